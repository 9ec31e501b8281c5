"""Corrections and reviews over the page's routes and the API; the worker's task runs in this process."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event, Lock
from types import SimpleNamespace

import cv2
import httpx2
import pytest
from sqlalchemy import select

from hairdensity.clinic.readings import current_reading, read_result
from hairdensity.clinic.tasks import correcting, scoring
from hairdensity.clinic.tasks.bench import Bench
from hairdensity.clinic.tasks.settings import TaskSettings
from hairdensity.correction import apply_edits
from hairdensity.resources import sample_images_folder
from hairdensity.store.models import AuditEntry, Capture, Patient, Reading, Site, Visit, utc_now
from hairdensity.web.requests import SESSION_COOKIE
from tests.browser import served

N_AT_ONCE = 50
"""The web framework has 40 threads."""

WAIT_S = 60.0
SCALE = {"kind": "given", "um_per_px": 5.0}
CORNERS = [[30, 30], [30, 60], [60, 60]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    return Bench(TaskSettings(files=folder / "files", cache=folder / "cache"))


@pytest.fixture(scope="module")
def picture():
    """A corner of a sample image, as PNG."""
    pixels = cv2.imread(str(sample_images_folder() / "clipped_150_per_cm2.jpg"))[300:620, 300:620]
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.fixture
def capture_id(place, app, bench, picture):
    """A picture with its automatic reading."""
    sha256 = place.workplace.files.put(picture)
    bench.files.put(picture)

    def ask(kind, task, timeout_s):
        assert kind == "correct"
        answer = correcting.handle(task, bench)
        if "result_sha256" in answer:
            place.workplace.files.put(bench.files.read(answer["result_sha256"]))
        return answer

    app.state.queue = SimpleNamespace(ask=ask)
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-001", created_by=who.user_id)
        patient.sites = [Site(place="vertex")]
        db.add(patient)
        db.flush()
        visit = Visit(patient_id=patient.id, day=utc_now().date(), created_by=who.user_id)
        db.add(visit)
        db.flush()
        facts = {"media_type": "image/png", "n_bytes": len(picture), "width_px": 320, "height_px": 320}
        capture = Capture(
            visit_id=visit.id, site_id=patient.sites[0].id, number=1, sha256=sha256, scale=SCALE, **facts,
            uploaded_by=who.user_id,
        )  # fmt: skip
        db.add(capture)
        db.flush()
        subject = {"picture": {"sha256": sha256, "scale": SCALE, "area": "whole"}, "capture_id": capture.id}
        kept = scoring.handle(subject, bench)
        place.workplace.files.put(bench.files.read(kept["result_sha256"]))
        db.add(Reading(capture_id=capture.id, kind="automatic", scale=SCALE, area="whole", **kept))
    return capture.id


def current(place, capture_id):
    with place.database.session(writes=False) as db:
        reading = current_reading(db.get(Capture, capture_id))
        return reading.id, reading.kind


def delete(hair_id):
    return [{"op": "delete", "hair_id": hair_id}]


def save(client, place, capture_id, edits, **more):
    body = {"edits": edits, "reading_id": current(place, capture_id)[0], **more}
    return client.post(f"/api/v1/captures/{capture_id}/corrections", json=body)


def test_a_preview_keeps_nothing(place, browser, capture_id):
    client, before = browser(), current(place, capture_id)
    api, page = (
        client.post(f"{start}/captures/{capture_id}/preview", json={"edits": delete(0), "reading_id": before[0]})
        for start in ("/api/v1", "")
    )
    assert api.status_code == page.status_code == 200
    assert api.json() == page.json()["result"]
    assert api.json()["hairs"][0]["hair_id"] == 1
    assert "With your 1 edit, not saved" in page.json()["figures"]
    assert current(place, capture_id) == before


def test_what_was_previewed_is_not_computed_anew_when_it_is_saved(place, browser, capture_id, monkeypatch):
    applied = []

    def counting(analysis, edits):
        applied.append(edits)
        return apply_edits(analysis, edits)

    monkeypatch.setattr(correcting, "apply_edits", counting)
    seen = browser().post(f"/api/v1/captures/{capture_id}/preview", json={"edits": delete(0) + delete(2)}).json()
    saved = save(browser(), place, capture_id, delete(0) + delete(2)).json()
    assert len(applied) == 1
    save(browser(), place, capture_id, delete(0))
    assert len(applied) == 2
    with place.database.session(writes=False) as db:
        assert read_result(place.workplace, db.get(Reading, saved["id"]))["metrics"] == seen["metrics"]


def test_a_saved_correction_stands_beside_the_automatic_reading(place, browser, capture_id):
    client, (automatic_id, _) = browser(), current(place, capture_id)
    answer = save(client, place, capture_id, delete(0), reason="a loose hair")
    assert answer.status_code == 201
    saved = answer.json()
    assert (saved["kind"], saved["automatic_id"], saved["n_edits"]) == ("corrected", automatic_id, 1)
    assert (saved["made_by"], saved["reason"], saved["reviewed_by"]) == ("clinician", "a loose hair", None)
    listed = client.get(f"/api/v1/captures/{capture_id}/readings").json()["items"]
    assert [(one["id"], one["is_current"]) for one in listed] == [(saved["id"], True), (automatic_id, False)]
    with place.database.session(writes=False) as db:
        first, second = db.get(Reading, automatic_id), db.get(Reading, saved["id"])
        assert second.summary["metrics"]["n_hairs"] <= first.summary["metrics"]["n_hairs"]
        assert "edits" not in second.summary
        (entry,) = db.scalars(select(AuditEntry).where(AuditEntry.event == "reading corrected"))
        assert entry.detail["edits"] == {"delete": 1}
        assert "loose" not in str(entry.detail)


def test_pages_answer_while_many_wait_for_a_worker_to_save(place, app, browser, capture_id):
    client, go_on, one_lane, ask = browser(), Event(), Lock(), app.state.queue.ask

    def ask_later(*asked):
        with one_lane:
            go_on.wait(WAIT_S)
            return ask(*asked)

    app.state.queue = SimpleNamespace(ask=ask_later, start=lambda: None, stop=lambda: None)
    headers = {
        "Cookie": f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}",
        "X-CSRF-Token": client.headers["X-CSRF-Token"],
        "Host": "testserver",
    }
    body = {"edits": delete(1), "reading_id": current(place, capture_id)[0]}
    with served(app) as url, ThreadPoolExecutor(N_AT_ONCE) as people:

        def save_it(_):
            return httpx2.post(f"{url}/captures/{capture_id}/corrections", json=body, headers=headers, timeout=WAIT_S)

        saved = [people.submit(save_it, number) for number in range(N_AT_ONCE)]
        wait([*saved], timeout=1.0)
        try:
            assert httpx2.get(f"{url}/", headers=headers, timeout=5.0).status_code == 200
        finally:
            go_on.set()
    assert sorted(one.result().status_code for one in saved) == [200] + [409] * (N_AT_ONCE - 1)


def test_edits_are_the_whole_list_and_can_be_taken_back(place, browser, capture_id):
    client = browser()
    first = save(client, place, capture_id, delete(0)).json()
    second = save(client, place, capture_id, delete(0) + delete(1)).json()
    assert second["automatic_id"] == first["automatic_id"]
    emptied = save(client, place, capture_id, []).json()
    with place.database.session(writes=False) as db:
        automatic, last = db.get(Reading, first["automatic_id"]), db.get(Reading, emptied["id"])
        assert last.result_sha256 == automatic.result_sha256


def test_who_was_slower_is_told_and_covers_up_nothing(place, browser, capture_id):
    shown = current(place, capture_id)[0]
    assert save(browser("admin"), place, capture_id, delete(0)).status_code == 201
    late = {"edits": delete(1), "reading_id": shown}
    for way in ("preview", "corrections"):
        answer = browser().post(f"/api/v1/captures/{capture_id}/{way}", json=late)
        assert answer.status_code == 409
        assert "load the page again" in answer.json()["error"]["message"]
    answer = browser().post(f"/api/v1/captures/{capture_id}/reviewed", json={"reading_id": shown})
    assert answer.status_code == 409


def test_a_correction_that_changes_nothing_is_a_review(place, browser, capture_id):
    answer = save(browser(), place, capture_id, [])
    assert answer.status_code == 409
    assert "mark it as reviewed" in answer.json()["error"]["message"]


def test_a_review_names_who_and_when(place, browser, capture_id):
    client, (reading_id, _) = browser(), current(place, capture_id)
    answer = client.post(f"/captures/{capture_id}/reviewed", json={"reading_id": reading_id})
    assert answer.status_code == 200
    (version,) = client.get(f"/api/v1/captures/{capture_id}/readings").json()["items"]
    assert version["reviewed_by"] == "clinician"
    assert version["reviewed_at"]
    client.post(f"/captures/{capture_id}/reviewed", json={"reading_id": reading_id})
    with place.database.session(writes=False) as db:
        entries = db.scalars(select(AuditEntry).where(AuditEntry.event == "reading reviewed")).all()
    assert len(entries) == 1


def test_a_correction_may_be_reviewed_at_once(place, browser, capture_id):
    saved = save(browser(), place, capture_id, delete(0), is_reviewed=True).json()
    assert saved["reviewed_by"] == "clinician"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([{"op": "delete", "hair_id": 9999}], "edit 1 (delete): there is no hair 9999"),
        ([{"op": "unreadable", "polygon_px": CORNERS}, {"op": "grow"}], "edit 2"),
        ([{"op": "add", "path_px": [[1, 1], [400, 1]]}], "outside the picture"),
    ],
)
def test_what_cannot_be_done_is_said(place, browser, capture_id, edits, words):
    answer = browser().post(f"/api/v1/captures/{capture_id}/preview", json={"edits": edits})
    assert answer.status_code == 422
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize("reason", ["\x00", "x" * 501])
def test_a_reason_is_short_and_printable(place, browser, capture_id, reason):
    assert save(browser(), place, capture_id, delete(0), reason=reason).status_code == 422


@pytest.mark.parametrize("way", ["preview", "corrections", "reviewed"])
def test_readers_and_strangers_change_nothing(place, browser, capture_id, way):
    body = {"reading_id": current(place, capture_id)[0]}
    if way != "reviewed":
        body["edits"] = delete(0)
    for start in ("/api/v1", ""):
        address = f"{start}/captures/{capture_id}/{way}"
        headers = {"Accept": "application/json"}
        assert browser("reader").post(address, json=body, headers=headers).status_code == 403
        assert browser("stranger").post(address, json=body, headers=headers).status_code == 404


def test_a_picture_without_a_reading_cannot_be_corrected(place, browser, capture_id):
    with place.database.session() as db:
        db.get(Capture, capture_id).area = "circle=160,160,90"
    answer = browser().post(f"/api/v1/captures/{capture_id}/preview", json={"edits": delete(0)})
    assert answer.status_code == 409
    assert "wait for its result" in answer.json()["error"]["message"]


def test_edits_of_another_version_are_refused(place, browser, capture_id):
    with place.database.session() as db:
        db.scalars(select(Reading)).one().version = "0.0.1"
    answer = save(browser(), place, capture_id, delete(0))
    assert answer.status_code == 409
    assert "have it read again" in answer.json()["error"]["message"]
