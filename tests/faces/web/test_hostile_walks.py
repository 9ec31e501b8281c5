"""Walks over every route that changes something: who may only look, forged pages, ids in bodies, the audit."""

import pytest
from sqlalchemy import delete, func, insert, select

from hairdensity.store.models import AuditEntry, Base, Capture, Patient, Site, Visit, utc_now
from tests.faces.web.routes import body_of, filled, ours, unsafe

__all__ = ["ours"]

FOR_EVERYBODY = {"/welcome", "/sign-in", "/set-password"}
"""Before there is a session."""

OWN = {
    "/sign-out",
    "/account/password",
    "/account/sign-out-others",
    "/account/tokens",
    "/account/tokens/{token_id}/revoke",
    "/api/v1/tokens",
    "/api/v1/tokens/{token_id}",
}
"""A reader's own account."""

LEADS_ON = {"/patients/search", "/patients", "/compare", "/comparisons"}
"""To what is there already, which a reader may see; nothing is added for a reader."""

NOTED = {"audit", "sign_ins", "installation"}
"""Tables in which a walk leaves traces of itself."""


def rows_of(place):
    with place.database.session(writes=False) as db:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in NOTED]
        return {table.name: sorted(map(str, db.execute(select(table)).all())) for table in tables}


LEAVES_NO_ENTRY = {
    "/patients/search": "asks",
    "/admin/people/{user_id}/enable": "nobody is disabled in this walk",
    "/captures/{capture_id}/preview": "keeps nothing",
    "/api/v1/captures/{capture_id}/preview": "keeps nothing",
    "/admin/audit/verify": "asks",
    "/import": "makes room for one's own uploads: adding them is what counts",
    "/import/{draft_id}/import": "as above",
    "/import/{draft_id}/propose": "as above",
    "/import/{draft_id}/discard": "as above",
    "/api/v1/imports": "as above",
    "/api/v1/imports/{import_id}": "as above",
    "/api/v1/imports/{import_id}/files": "as above",
    "/api/v1/imports/{import_id}/manifest": "as above",
}


def test_a_reader_is_refused_by_every_route_that_changes_something(place, app, browser, ours):
    reader = browser("reader")
    before = rows_of(place)
    wrong = []
    for method, path in unsafe(app):
        if path in FOR_EVERYBODY | OWN:
            continue
        answer = reader.request(method, filled(path, ours), **body_of(method, path))
        if answer.status_code != 403 and path.removeprefix("/api/v1") not in LEADS_ON:
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert rows_of(place) == before


def test_3_5_1_every_route_that_changes_something_refuses_what_no_page_of_ours_sent(app, browser, ours):
    admin = browser("admin")
    admin.headers.update({"X-CSRF-Token": "of another page", "Accept": "application/json"})
    wrong = []
    for method, path in unsafe(app):
        if path in FOR_EVERYBODY:
            continue
        answer = admin.request(method, filled(path, ours), **body_of(method, path))
        if answer.status_code != 403 or answer.json()["error"]["code"] != "forged":
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_requests_of_other_sites_are_refused_by_every_route_signed_in_or_not(app, browser, ours):
    admin = browser("admin")
    admin.headers.update({"Sec-Fetch-Site": "cross-site", "Accept": "application/json"})
    answers = {
        f"{method} {path}": admin.request(method, filled(path, ours), **body_of(method, path)).status_code
        for method, path in unsafe(app)
    }
    assert set(answers.values()) == {403}, answers


@pytest.fixture
def theirs(place):
    """A patient of another clinic's own, with a visit, a site and a picture: what a hostile colleague may use."""
    who = place.people["stranger"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="S-1", created_by=who.user_id)
        patient.sites = [Site(place="vertex")]
        patient.visits = [Visit(day=utc_now().date(), created_by=who.user_id)]
        db.add(patient)
        db.flush()
        visit, site = patient.visits[0], patient.sites[0]
        capture = Capture(
            visit_id=visit.id,
            site_id=site.id,
            number=1,
            sha256="0" * 64,
            media_type="image/png",
            n_bytes=1,
            width_px=64,
            height_px=64,
            uploaded_by=who.user_id,
        )
        db.add(capture)
        db.flush()
        return {"patient": patient.id, "site": site.id, "visit": visit.id, "capture": capture.id}


def test_ids_of_ours_in_bodies_and_queries_lead_a_stranger_nowhere(place, browser, ours, theirs):
    stranger = browser("stranger")
    capture, upload = f"/api/v1/captures/{theirs['capture']}", f"visits/{theirs['visit']}/captures"
    treatment = {"kind": "prp", "started_on": "2026-01-02", "site_id": ours["site_id"]}
    reading = {"reading_id": ours["reading_id"]}
    pair = {"baseline_id": ours["reading_id"], "follow_up_id": ours["reading_id"]}
    requests = [
        ("PATCH", capture, {"json": {"visit_id": ours["visit_id"]}}),
        ("PATCH", capture, {"json": {"site_id": ours["site_id"]}}),
        ("PATCH", capture, {"json": {"scale": {"kind": "profile", "device_id": ours["device_id"]}}}),
        ("POST", f"/captures/{theirs['capture']}/move", {"data": {"visit_id": ours["visit_id"]}}),
        ("POST", f"/captures/{theirs['capture']}/scale", {"data": {"kind": "profile", "device_id": ours["device_id"]}}),
        ("POST", f"/{upload}", {"content": b"\xff\xd8\xff", "params": {"site_id": ours["site_id"]}}),
        ("POST", f"/api/v1/{upload}", {"content": b"\xff\xd8\xff", "params": {"site_id": ours["site_id"]}}),
        ("POST", f"{capture}/corrections", {"json": {"edits": [], "reason": "r", **reading}}),
        ("POST", f"{capture}/preview", {"json": {"edits": [], **reading}}),
        ("POST", f"{capture}/reviewed", {"json": reading}),
        ("POST", "/api/v1/comparisons", {"json": pair}),
        ("POST", "/compare", {"data": {"baseline": ours["reading_id"], "follow_up": ours["reading_id"]}}),
        ("POST", f"/patients/{theirs['patient']}/treatments", {"data": treatment}),
        ("POST", f"/api/v1/patients/{theirs['patient']}/treatments", {"json": treatment}),
        ("GET", "/api/v1/patients", {"params": {"after": ours["patient_id"]}}),
        ("GET", "/api/v1/devices", {"params": {"after": ours["device_id"]}}),
        ("GET", "/api/v1/captures", {"params": {"visit_id": ours["visit_id"]}}),
        ("GET", f"/captures/{theirs['capture']}/panel", {"params": {"reading": ours["reading_id"]}}),
        ("GET", f"/captures/{theirs['capture']}/readings/{ours['reading_id']}/result", {}),
        ("GET", f"/captures/{theirs['capture']}/readings/{ours['reading_id']}/unreadable", {}),
    ]
    answers = {
        f"{method} {path} {more}": stranger.request(method, path, **more).status_code for method, path, more in requests
    }
    wrong = {what: status for what, status in answers.items() if status not in (404, 409, 422)}
    assert not wrong, wrong
    with place.database.session(writes=False) as db:
        capture = db.get(Capture, theirs["capture"])
        assert (capture.visit_id, capture.site_id, capture.scale) == (theirs["visit"], theirs["site"], None)


REAL = {
    ("POST", "/account/tokens"): {"data": {"name": "register"}},
    ("POST", "/api/v1/tokens"): {"json": {"name": "register"}},
    ("POST", "/admin/people"): {"data": {"name": "new.two"}},
    ("POST", "/patients"): {"data": {"code": "N-100"}},
    ("POST", "/patients/{patient_id}/visits"): {"data": {"day": "2026-01-05"}},
    ("POST", "/api/v1/patients/{patient_id}/visits"): {"json": {"day": "2026-01-06"}},
    ("POST", "/api/v1/patients/{patient_id}/sites"): {"json": {"place": "vertex", "label": "right"}},
    ("POST", "/visits/{visit_id}/place"): {"data": {"place": "occiput"}},
    ("PATCH", "/api/v1/captures/{capture_id}"): {"json": {"area": "circle=30,30,20"}},
    ("PATCH", "/api/v1/sites/{site_id}"): {"json": {"label": "upper"}},
    ("POST", "/captures/{capture_id}/area"): {"data": {"area": "circle=30,30,20"}},
    ("POST", "/patients/{patient_id}/delete"): {"data": {"code": "P-1"}},
}
"""Bodies with which a request is carried out and changes something."""


def _n_entries(place):
    with place.database.session(writes=False) as db:
        return db.scalar(select(func.count()).select_from(AuditEntry))


def test_what_was_done_stands_in_the_audit(place, app, browser, ours):
    """Each route meets the same rows: what it changes is put back. Of what is refused nothing is asked here."""
    admin, kept = browser("admin"), tables_of(place)
    done, silent = 0, []
    for method, path in unsafe(app):
        if path in FOR_EVERYBODY or path in LEAVES_NO_ENTRY:
            continue
        before = _n_entries(place)
        answer = admin.request(method, filled(path, ours), **REAL.get((method, path), body_of(method, path)))
        if answer.status_code < 400:
            assert answer.headers.get("Location") != "/sign-in" or path == "/sign-out", path
            done += 1
            if _n_entries(place) == before:
                silent.append(f"{method} {path}: {answer.status_code}")
            put_back(place, kept)
    assert not silent, "\n".join(silent)
    assert done > 35, "too little was carried out to say anything"


def tables_of(place):
    with place.database.session(writes=False) as db:
        return {table: db.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}


def put_back(place, kept):
    with place.database.session() as db:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "audit":
                db.execute(delete(table))
        for table, rows in kept.items():
            if rows and table.name != "audit":
                db.execute(insert(table), [dict(row) for row in rows])
