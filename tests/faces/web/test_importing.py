"""Import through the page: uploaded, looked through, added whole or not at all, twice adds nothing."""

import importlib
import json
import time
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from hairdensity.clinic.import_drafts import new_draft
from hairdensity.clinic.import_leftovers import KEPT_S
from hairdensity.store.models import AuditEntry, Capture, Job, Patient, Site, Visit
from tests.handed_on import jpeg

HEAD = "image,patient,site,visit,date,um_per_px,scale_error,area,control_site,arm\n"
ROWS = (
    "a/one.jpg,P-1,vertex,baseline,2026-01-02,5.5,0.01,whole,occiput,active\n"
    'two.jpg,P-1,vertex,week 12,2026-03-02,5.5,,"rectangle=5,5,40,40",occiput,active\n'
    "three.jpg,P-1,occiput,week 12,2026-03-02,,,,,active\n"
)


@pytest.fixture
def upload(app, place, browser):
    """A function that uploads files and gives the id of the import."""
    bench = SimpleNamespace(files=place.workplace.files)

    def ask(kind, task, timeout_s):
        assert kind == "propose"
        module = importlib.import_module("hairdensity.clinic.tasks.proposing")
        return json.loads(json.dumps(module.handle(task, bench)))

    app.state.queue = SimpleNamespace(ask=ask)

    def send(files, who="clinician", draft_id=None):
        client = browser(who)
        draft_id = draft_id or client.post("/import").json()["id"]
        for name, content in files.items():
            answer = client.post(f"/import/{draft_id}/import", content=content, headers={"X-File-Name": quote(name)})
            assert answer.status_code == 204, answer.text
        return draft_id

    return send


def pictures(*names):
    return {name: variant(number) for number, name in enumerate(names)}


def variant(number):
    """A JPEG of the same pixels in other bytes: with a comment."""
    return jpeg()[:2] + b"\xff\xfe\x00\x03" + bytes([number]) + jpeg()[2:]


def study(rows=ROWS):
    return pictures("one.jpg", "two.jpg", "three.jpg") | {"manifest.csv": (HEAD + rows).encode()}


def counts(place):
    with place.database.session() as db:
        return [db.query(kind).count() for kind in (Patient, Site, Visit, Capture, Job)]


def test_a_study_comes_in_whole_and_once(place, upload, browser):
    client = browser()
    draft_id = upload(study())
    page = client.get(f"/import/{draft_id}").text
    assert "Ready to import" in page
    assert "Not imported: arms" in page
    done = client.post(f"/import/{draft_id}", data={"csrf_token": "csrf-of-the-tests"})
    assert (done.status_code, done.headers["location"]) == (303, "/queue")
    assert counts(place) == [1, 2, 2, 3, 3]
    assert client.get(f"/import/{draft_id}").status_code == 404
    again = upload(study())
    assert client.post(f"/import/{again}").headers["location"] == "/"
    assert counts(place) == [1, 2, 2, 3, 3]


def test_scale_area_and_control_come_along(place, upload, browser):
    browser().post(f"/import/{upload(study())}")
    with place.database.session() as db:
        found = {capture.visit.label + capture.site.place: capture for capture in db.query(Capture)}
        assert found["baselinevertex"].scale == {"kind": "given", "um_per_px": 5.5, "relative_error": 0.01}
        assert found["week 12vertex"].area == "rectangle=5,5,40,40"
        assert found["week 12occipital"].scale is None
        assert found["week 12occipital"].site.is_control
        assert not found["week 12vertex"].site.is_control
        events = {entry.event for entry in db.query(AuditEntry)}
    assert {"imported", "patient added", "site added", "visit added", "capture added"} <= events


def test_all_faults_are_said_at_once_and_nothing_is_added(place, upload, browser):
    rows = (
        "a/one.jpg,Jane Doe,vertex,baseline,2026-01-02,5.5,,,,\n"
        "two.jpg,P-2,elbow,baseline,,5000,,,,\n"
        'three.jpg,P-3,vertex,baseline,2026-01-02,,,"circle=1,1,0",,\n'
    )
    draft_id = upload(study(rows))
    page = browser().get(f"/import/{draft_id}").text
    for words in ("looks like a name", "no place on the scalp map", "fill in the column date", "no extent"):
        assert words in page
    assert browser().post(f"/import/{draft_id}").status_code == 422
    assert counts(place) == [0] * 5


def test_a_list_is_corrected_and_looked_at_again(place, upload, browser):
    draft_id = upload(study(ROWS.replace("vertex", "elbow")))
    assert "to put right" in browser().get(f"/import/{draft_id}").text
    upload({"corrected.csv": (HEAD + ROWS).encode()}, draft_id=draft_id)
    assert "Ready to import" in browser().get(f"/import/{draft_id}").text


def test_codes_that_look_like_names_can_be_confirmed(place, upload, browser):
    draft_id = upload(study(ROWS.replace("P-1", "Magenta")))
    client = browser()
    assert "looks like a name" in client.get(f"/import/{draft_id}").text
    assert "Ready to import" in client.get(f"/import/{draft_id}?codes=true").text
    assert client.post(f"/import/{draft_id}", data={"codes": "true"}).status_code == 303
    assert counts(place)[0] == 1


def test_names_of_files_propose_a_list(place, upload, browser):
    draft_id = upload(pictures("P-7/vertex/2026-01-02_baseline.jpg", "P-7/vertex/2026-03-02_week12.jpg"))
    client = browser()
    assert "no manifest" in client.get(f"/import/{draft_id}").text
    page = client.post(f"/import/{draft_id}/propose").text
    assert "Ready to import" in page
    assert client.get(f"/import/{draft_id}/manifest.csv").text.count("P-7,vertex") == 2
    client.post(f"/import/{draft_id}")
    assert counts(place) == [1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    "name", ["../../clinic.sqlite", "/etc/passwd", "a/../../b.jpg", "C:\\x.jpg", ".hidden", "a//b.jpg", "", "a\nb.jpg"]
)
def test_a_name_leads_nowhere_else(place, upload, browser, name):
    draft_id = upload({})
    before = sorted(path for path in place.workplace.folder.rglob("*"))
    answer = browser().post(f"/import/{draft_id}/import", content=jpeg(), headers={"X-File-Name": quote(name, safe="")})
    assert answer.status_code == 422
    assert sorted(path for path in place.workplace.folder.rglob("*")) == before


@pytest.mark.parametrize("image", ["../../../clinic.sqlite", "/etc/hostname"])
def test_a_manifest_reads_nothing_of_the_server(place, upload, browser, image):
    draft_id = upload({"manifest.csv": (HEAD + f"{image},P-1,vertex,baseline,2026-01-02,,,,,\n").encode()})
    assert "to put right" in browser().get(f"/import/{draft_id}").text
    assert browser().post(f"/import/{draft_id}").status_code == 422


def test_a_profile_is_a_name_and_no_file(upload, browser):
    head = "image,patient,site,visit,date,device_profile\n"
    draft_id = upload({"manifest.csv": f"{head}one.jpg,P-1,vertex,baseline,2026-01-02,/etc/hostname\n".encode()})
    assert "a device is named here, no file" in browser().get(f"/import/{draft_id}").text


def test_what_is_no_picture_is_refused_before_anything(place, upload, browser):
    draft_id = upload(study() | {"two.jpg": b"<svg onload=alert(1)>"})
    page = browser().get(f"/import/{draft_id}").text
    assert "row 2, image" in page
    assert counts(place) == [0] * 5


def test_an_import_is_its_owners_alone(upload, browser):
    draft_id = upload(study())
    for who in ("admin", "stranger"):
        assert browser(who).get(f"/import/{draft_id}").status_code == 404
        assert browser(who).post(f"/import/{draft_id}").status_code == 404
    assert browser("reader").post("/import").status_code == 403
    assert browser("reader").get(f"/import/{draft_id}").status_code == 403


def test_what_was_uploaded_can_be_deleted(place, upload, browser):
    draft_id = upload(study())
    assert browser().post(f"/import/{draft_id}/discard").status_code == 303
    assert list((place.workplace.folder / "imports").iterdir()) == []


def test_old_uploads_go(place, monkeypatch):
    old = new_draft(place.workplace, place.people["clinician"])
    now = time.time()
    monkeypatch.setattr("hairdensity.clinic.import_leftovers.time.time", lambda: now + KEPT_S + 60.0)
    fresh = new_draft(place.workplace, place.people["clinician"])
    assert [path.name for path in (place.workplace.folder / "imports").iterdir()] == [fresh.id]
    assert old.id != fresh.id
