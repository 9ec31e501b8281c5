"""Exports through the page and the API: who may, what leaves, and that it is on record."""

import csv
import importlib
import io
import json
import zipfile
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from hairdensity.store.models import AuditEntry, Capture, Comparison, Patient, Reading, Site, Visit, utc_now
from tests.handed_on import entry, jpeg

NOTHING = "0" * 32


class QueueHere:
    """Handles what is asked in this process, and passes text alone."""

    def __init__(self, at):
        self._bench = SimpleNamespace(files=at.files)

    def ask(self, kind, task, timeout_s):
        module = importlib.import_module(f"hairdensity.clinic.tasks.{kind}ing")
        return json.loads(json.dumps(module.handle({**task, "kind": kind}, self._bench)))


@pytest.fixture
def clinic(place, app):
    """Ids of a patient with a corrected reading, a capture without one, and a comparison."""
    app.state.queue = QueueHere(place.workplace)
    files, who = place.workplace.files, place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P 0142/ä", created_by=who.user_id)
        patient.sites = [Site(place="vertex")]
        days = (date(2026, 1, 2), date(2026, 3, 2))
        patient.visits = [Visit(day=day, created_by=who.user_id) for day in days]
        db.add(patient)
        db.flush()
        before, after, waiting = (
            _capture(db, files, who, (patient.visits[number], patient.sites[0]), n)
            for number, n in ((0, 1), (1, 1), (1, 2))
        )
        first = _reading(db, files, before, entry())
        automatic = _reading(db, files, after, entry())
        edited = _reading(db, files, after, entry(density=160.0), automatic=automatic, who=who)
        change = files.put(json.dumps({**CHANGE, "matches": [{"match_id": 0, "fate": "kept"}]}).encode())
        comparison = Comparison(
            baseline_id=first.id,
            follow_up_id=edited.id,
            result_sha256=change,
            view_sha256=change,
            summary={},
            version="1",
        )
        db.add(comparison)
        db.flush()
        return SimpleNamespace(
            patient=patient.id,
            visit=patient.visits[1].id,
            capture=after.id,
            waiting=waiting.id,
            comparison=comparison.id,
        )


CHANGE = {
    "schema": "hairdensity/change-1",
    "headline": "Not registered",
    "registration": {"accepted": False, "reason": "too few roots"},
    "change": {},
    "common_area": None,
    "summary": {},
    "flags": [],
    "baseline": {"n_hairs": 2},
    "follow_up": {"n_hairs": 2},
    "unmatched": {},
    "control": None,
}


def _capture(db, files, who, place, number):
    visit, site = place
    # A comment that says who it is: it must not leave.
    data = jpeg()[:2] + b"\xff\xfe\x00\x0aJane Doe" + jpeg()[2:]
    capture = Capture(
        visit_id=visit.id,
        site_id=site.id,
        number=number,
        sha256=files.put(data),
        media_type="image/jpeg",
        n_bytes=len(data),
        width_px=80,
        height_px=60,
        scale={"kind": "given", "um_per_px": 5.0},
        uploaded_by=who.user_id,
    )
    db.add(capture)
    db.flush()
    return capture


def _reading(db, files, capture, found, *, automatic=None, who=None):
    found["image"] = {"path": capture.id, "sha256": capture.sha256, "width_px": 80, "height_px": 60}
    reading = Reading(
        capture_id=capture.id,
        kind="automatic" if automatic is None else "corrected",
        automatic_id=None if automatic is None else automatic.id,
        edits=[] if automatic is None else [{"op": "delete", "hair_id": 3}],
        reason="" if automatic is None else "a cut hair",
        scale=capture.scale,
        area="whole",
        result_sha256=files.put(json.dumps(found).encode()),
        summary={},
        model={"name": "hairnet", "version": "0.2", "sha256": "cd" * 32},
        version="1.2.3",
        created_at=utc_now() + timedelta(seconds=automatic is not None),
        created_by=None if who is None else who.user_id,
    )
    db.add(reading)
    db.flush()
    return reading


def exports(place):
    with place.database.session() as db:
        entries = db.query(AuditEntry).filter_by(event="exported").order_by(AuditEntry.number)
        return [(one.object_type, one.detail["file"], one.user_id) for one in entries]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("patient.pdf", b"%PDF"),
        ("clinical.pdf", b"%PDF"),
        ("picture.dcm", b"\0" * 128 + b"DICM"),
        ("report.dcm", b"\0" * 128 + b"DICM"),
        ("picture", b"\xff\xd8"),
        ("fhir.json", b"{"),
        ("hairs.csv", b"patient,"),
        ("units.parquet", b"PAR1"),
        ("all.zip", b"PK"),
    ],
)
def test_a_reader_gets_each_file_and_it_is_on_record(place, clinic, browser, name, begins):
    answer = browser("reader").get(f"/captures/{clinic.capture}/export/{name}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    # An archive is sent while it is made: nobody knows its length before.
    known = None if name.endswith(".zip") else str(len(answer.content))
    assert answer.headers.get("content-length") == known
    assert "no-store" in answer.headers["cache-control"]
    assert b"Jane Doe" not in answer.content
    assert exports(place) == [("capture", name, place.people["reader"].user_id)]


def test_names_of_files_are_plain(clinic, browser):
    said = browser().get(f"/captures/{clinic.capture}/export/hairs.csv").headers["content-disposition"]
    assert said == 'attachment; filename="P-0142_2026-03-02_vertex_1_hairs.csv"'


def test_both_readings_are_documents_as_the_command_line_writes_them(clinic, browser):
    get = browser().get
    both = [get(f"/captures/{clinic.capture}/export/{name}.json").json() for name in ("data", "automatic")]
    assert [one["schema"] for one in both] == ["hairdensity/analysis-1"] * 2
    densities = [one["results"][0]["metrics"]["density_per_cm2"]["value"] for one in both]
    assert densities == [160.0, 150.0]
    assert (both[0]["version"], both[0]["model"]["name"], both[0]["errors"]) == ("1.2.3", "hairnet", [])


def test_a_picture_without_a_result_has_only_itself(place, clinic, browser):
    answer = browser().get(f"/captures/{clinic.waiting}/export/patient.pdf")
    assert answer.status_code == 409
    picture = browser().get(f"/captures/{clinic.waiting}/export/picture")
    assert picture.headers["content-type"] == "image/jpeg"
    assert [file for _, file, _ in exports(place)] == ["picture"]


@pytest.mark.parametrize("name", ["picture", "patient.pdf", "all.zip"])
def test_another_clinic_finds_nothing(place, clinic, browser, name):
    stranger = browser("stranger")
    paths = [f"captures/{clinic.capture}", f"patients/{clinic.patient}", f"visits/{clinic.visit}"]
    for path in [*paths, f"comparisons/{clinic.comparison}", f"captures/{NOTHING}"]:
        assert stranger.get(f"/{path}/export/{name}").status_code == 404
    assert exports(place) == []


def test_what_is_no_export_is_not_found(place, clinic, browser):
    for name in ("passwords", "data.json.exe", "..%2f..%2fclinic.sqlite"):
        assert browser().get(f"/captures/{clinic.capture}/export/{name}").status_code == 404
    assert exports(place) == []


def test_tables_of_a_visit_and_of_a_patient(clinic, browser):
    get = browser().get
    of_visit = list(csv.DictReader(io.StringIO(get(f"/visits/{clinic.visit}/export/captures.csv").text)))
    of_patient = list(csv.DictReader(io.StringIO(get(f"/patients/{clinic.patient}/export/captures.csv").text)))
    assert [row["reading"] for row in of_visit] == ["corrected", "automatic"]
    assert [row["visit_day"] for row in of_patient] == ["2026-01-02", "2026-03-02", "2026-03-02"]


def test_everything_of_a_patient(clinic, browser):
    content = browser().get(f"/patients/{clinic.patient}/export/all.zip").content
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    record = json.loads(archive.read("record.json"))
    assert (record["patient"]["code"], len(record["captures"]), len(record["comparisons"])) == ("P 0142/ä", 3, 1)
    named = [reading["file"] for capture in record["captures"] for reading in capture["readings"]]
    assert len(named) == 3
    assert set(named) < set(archive.namelist())
    assert sum(name.startswith("pictures/") for name in archive.namelist()) == 3
    assert sum(name.startswith("sheets/") for name in archive.namelist()) == 4
    assert not any(b"Jane Doe" in archive.read(name) for name in archive.namelist())


def test_a_comparison_as_sheet_and_table(place, clinic, browser):
    get = browser().get
    for name, begins in (("patient.pdf", b"%PDF"), ("clinical.pdf", b"%PDF"), ("matches.csv", b"match_id,fate")):
        answer = get(f"/comparisons/{clinic.comparison}/export/{name}")
        assert answer.content.startswith(begins)
    assert get(f"/comparisons/{clinic.comparison}/export/data.json").json()["schema"] == "hairdensity/change-1"
    assert len(exports(place)) == 4


def test_nobody_exports_without_signing_in(place, clinic, app, browser):
    anonymous = browser()
    anonymous.cookies.clear()
    assert anonymous.get(f"/captures/{clinic.capture}/export/picture").status_code in (302, 303)
    assert anonymous.get(f"/api/v1/captures/{clinic.capture}/export/picture").status_code == 401
    assert exports(place) == []


def test_the_api_gives_the_same_bytes(clinic, browser):
    get = browser().get
    path = f"/captures/{clinic.capture}/export/data.json"
    assert get(f"/api/v1{path}").content == get(path).content
    assert get(f"/api/v1/captures/{clinic.capture}/export/nothing").status_code == 422
