"""All routes of the application, with a request to each: a new one is walked too, and fails until it is described."""

import re
from datetime import date, timedelta

import pytest
from fastapi.routing import iter_route_contexts

from hairdensity.clinic.import_drafts import new_draft
from hairdensity.store.models import (
    ApiToken,
    Capture,
    Comparison,
    DeviceScale,
    Job,
    Patient,
    Reading,
    Site,
    Treatment,
    Visit,
    utc_now,
)

__all__ = ["QUERY_IDS", "body_of", "contexts", "filled", "ours", "unsafe", "with_ids"]

PARTS = {"level": "0", "x": "0", "y": "0", "view": "0/0_0"}
"""Parts of paths that are no ids."""

FILES = {"captures": "data.json", "visits": "hairs.csv", "patients": "hairs.csv", "comparisons": "data.json"}
"""A file that can be exported, by what it is exported of."""

TREATMENT = {"kind": "minoxidil", "started_on": "2026-01-02"}

BODIES = {
    ("POST", "/devices"): {"json": {"profile": {}}, "data": {}},
    ("POST", "/captures/{capture_id}/device"): {"json": {"name": "Scope"}},
    ("POST", "/people"): {"json": {"name": "new.one"}},
    ("POST", "/patients"): {"json": {"code": "X-79"}, "data": {"code": "X-79"}},
    ("POST", "/admin/people/{user_id}/role"): {"data": {"role": "reader"}},
    ("POST", "/captures/{capture_id}/preview"): {"json": {"edits": []}},
    ("POST", "/captures/{capture_id}/corrections"): {"json": {"edits": [], "reading_id": "0" * 32, "reason": "r"}},
    ("POST", "/captures/{capture_id}/reviewed"): {"json": {"reading_id": "0" * 32}},
    ("POST", "/patients/{patient_id}/code"): {"data": {"code": "X-77"}},
    ("POST", "/patients/{patient_id}/place"): {"data": {"place": "vertex"}},
    ("POST", "/patients/{patient_id}/visits"): {"data": {"day": "2026-01-02"}, "json": {"day": "2026-01-02"}},
    ("POST", "/patients/{patient_id}/sites"): {"data": {"place": "vertex"}, "json": {"place": "vertex"}},
    ("POST", "/patients/{patient_id}/treatments"): {"data": TREATMENT, "json": TREATMENT},
    ("POST", "/treatments/{treatment_id}"): {"data": TREATMENT},
    ("PUT", "/treatments/{treatment_id}"): {"json": TREATMENT},
    ("POST", "/sites/{site_id}/change"): {"data": {"label": "left"}},
    ("POST", "/visits/{visit_id}/change"): {"data": {"day": "2026-01-03"}},
    ("POST", "/visits/{visit_id}/place"): {"data": {"place": "vertex"}},
    ("POST", "/captures/{capture_id}/move"): {"data": {"visit_id": "0" * 32, "site_id": "0" * 32}},
    ("POST", "/captures/{capture_id}/scale"): {"data": {"kind": "none"}},
    ("POST", "/captures/{capture_id}/area"): {"data": {"area": "whole"}},
    ("POST", "/visits/{visit_id}/captures"): {"content": b"\xff\xd8\xff", "params": {"site_id": "0" * 32}},
    ("POST", "/import/{draft_id}/import"): {"content": b"x", "headers": {"X-File-Name": "a.jpg"}},
    ("POST", "/imports/{import_id}/files"): {"content": b"x", "headers": {"X-File-Name": "a.jpg"}},
    ("POST", "/imports/{import_id}/confirm"): {"json": {}},
    ("PATCH", "/people/{user_id}"): {"json": {"disabled": True}},
    ("PATCH", "/patients/{patient_id}"): {"json": {"code": "X-78"}},
    ("PATCH", "/sites/{site_id}"): {"json": {"label": "left"}},
    ("PATCH", "/visits/{visit_id}"): {"json": {"label": "later"}},
    ("PATCH", "/captures/{capture_id}"): {"json": {"area": "whole"}},
}
"""What a request carries besides its ids, so that it comes as far as the object."""


PROFILE = {"name": "Scope", "um_per_px": 5.0, "relative_error": 0.01, "width_px": 64, "height_px": 64}

SUMMARY = {"metrics": {"n_hairs": 0, "density_per_cm2": None}, "flags": [], "calibration": None}


def contexts(app):
    """(method, path, names of its query) of every route that is no static file."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(getattr(context, "methods", None) or ()):
            if method != "HEAD" and not context.path.startswith("/static"):
                yield method, context.path, query_names(getattr(context, "dependant", None))


def query_names(dependant):
    if dependant is None:
        return []
    return [one.name for one in dependant.query_params] + [n for d in dependant.dependencies for n in query_names(d)]


@pytest.fixture
def ours(place):
    """Ids of one object of each kind, of the first clinic, by the names that routes give them."""
    who = place.people["admin"]
    with place.database.session() as db:
        sha256 = place.workplace.files.put(b"no picture")
        result = place.workplace.files.put(b"{}")
        patient = Patient(clinic_id=who.clinic_id, code="P-1", created_by=who.user_id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=date(2026, 1, 2), created_by=who.user_id)
        db.add_all([site, visit])
        db.flush()
        capture = Capture(
            visit_id=visit.id,
            site_id=site.id,
            number=1,
            sha256=sha256,
            media_type="image/png",
            n_bytes=10,
            width_px=64,
            height_px=64,
            uploaded_by=who.user_id,
        )
        db.add(capture)
        db.flush()
        common = {"capture_id": capture.id, "area": "whole", "summary": SUMMARY, "version": "0"}
        reading = Reading(kind="automatic", result_sha256=result, **common)
        second = Reading(kind="automatic", result_sha256=result, **common)
        job = Job(clinic_id=who.clinic_id, kind="score", capture_id=capture.id, state="failed")
        device = DeviceScale(clinic_id=who.clinic_id, name="Scope", profile=PROFILE, created_by=who.user_id)
        until = utc_now() + timedelta(days=1)
        treatment = Treatment(patient_id=patient.id, kind="prp", started_on=date(2026, 1, 2), created_by=who.user_id)
        token = ApiToken(user_id=who.user_id, name="register", token_sha256="0" * 64, expires_at=until)
        db.add_all([reading, second, job, device, treatment, token])
        db.flush()
        comparison = Comparison(
            baseline_id=reading.id,
            follow_up_id=second.id,
            result_sha256=result,
            view_sha256=result,
            summary={},
            version="0",
        )
        db.add(comparison)
        db.flush()
        return {
            "patient_id": patient.id,
            "site_id": site.id,
            "visit_id": visit.id,
            "capture_id": capture.id,
            "reading_id": reading.id,
            "job_id": job.id,
            "device_id": device.id,
            "treatment_id": treatment.id,
            "token_id": token.id,
            "comparison_id": comparison.id,
            "user_id": place.people["clinician"].user_id,
            "draft_id": (draft := new_draft(place.workplace, who).id),
            "import_id": draft,
        }


QUERY_IDS = {"baseline": "reading_id", "follow_up": "reading_id", "reading": "reading_id", "site": "site_id"}
"""Names in queries that carry an id without saying so."""


def filled(path, ours):
    """A path with ids of ours; (None, name) when the name of a part is not known."""
    first = path.removeprefix("/api/v1").split("/")[1]
    known = {**PARTS, **ours, "name": FILES.get(first, "")}
    names = re.findall(r"{(\w+)(?::\w+)?}", path)
    unknown = [name for name in names if name not in known]
    assert not unknown, f"{path}: say in this test what {unknown} is"
    return re.sub(r"{(\w+)(?::\w+)?}", lambda match: known[match[1]], path)


def body_of(method, path):
    body = dict(BODIES.get((method, path.removeprefix("/api/v1")), {}))
    if {"data", "json"} <= set(body):
        body.pop("data" if path.startswith("/api/") else "json")
    return body


def with_ids(app, ours):
    found = [(method, path) for method, path, _ in contexts(app) if any(f"{{{name}}}" in path for name in ours)]
    assert len(found) > 20, "the routes were not found"
    return found


def unsafe(app):
    """(method, path) of every route that changes something."""
    found = [(method, path) for method, path, _ in contexts(app) if method not in ("GET", "OPTIONS")]
    assert len(found) > 40, "the routes were not found"
    return found
