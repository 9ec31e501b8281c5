"""What was deleted is gone from the whole folder: rows, files, caches, uploads for an import, SQLite's own pages."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.deleting import delete_patient
from hairdensity.clinic.forgetting import finish_removals, forget_unkept
from hairdensity.clinic.import_drafts import new_draft
from hairdensity.clinic.opening import open_workplace
from hairdensity.clinic.reviewing import Draft, save_correction
from hairdensity.errors import NotFoundError
from hairdensity.store.models import Capture, Clinic, Patient, Reading, Site, User, Visit

CODE = "Unmistakable-4711"
LABEL = "left of the whorl"


@pytest.fixture
def installation(tmp_path):
    """An installation as it runs, a person in it, a patient with a picture, and what lies around of both."""
    with open_workplace(tmp_path / "data", database_url=f"sqlite:///{tmp_path}/data/clinic.sqlite") as at:
        with at.database.session() as db:
            clinic = Clinic(name="Ours")
            db.add(clinic)
            db.flush()
            user = User(clinic_id=clinic.id, name="admin", role="admin", password_hash="!")  # noqa: S106
            db.add(user)
            db.flush()
            who = Person(user_id=user.id, clinic_id=clinic.id, name="admin", role=Role.ADMIN)
        yield at, who


def add_patient(at, who):
    with at.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code=CODE, created_by=who.user_id)
        patient.sites = [Site(place="vertex", label=LABEL)]
        patient.visits = [Visit(day=date(2026, 1, 2), created_by=who.user_id)]
        db.add(patient)
        db.flush()
        sha256, result = at.files.put(b"the picture of " + CODE.encode()), at.files.put(b"the result of it")
        capture = Capture(
            visit_id=patient.visits[0].id,
            site_id=patient.sites[0].id,
            number=1,
            sha256=sha256,
            media_type="image/png",
            n_bytes=len(at.files.read(sha256)),
            width_px=64,
            height_px=64,
            uploaded_by=who.user_id,
        )
        db.add(capture)
        db.flush()
        facts = {"area": "whole", "summary": {}, "version": "0", "result_sha256": result}
        db.add(Reading(capture_id=capture.id, kind="automatic", **facts))
    views = at.cache / "views" / sha256
    views.mkdir(parents=True)
    (views / "thumbnail.jpg").write_bytes(b"a view")
    return patient.id, sha256


def places_of(folder, *sought):
    """Paths under a folder whose name or content holds one of these texts."""
    found = set()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found |= {str(path.relative_to(folder)) for text in sought if text in path.name or text.encode() in content}
    return found


def test_nothing_of_a_deleted_patient_is_left_in_the_folder(installation):
    at, who = installation
    patient_id, sha256 = add_patient(at, who)
    by_picture, by_code, another = (new_draft(at, who) for _ in range(3))
    (by_picture.files / "a.png").write_bytes(at.files.read(sha256))
    (by_code.files / "manifest.csv").write_text(f"image,patient\na.png,{CODE.lower()}\n")
    (another.files / "manifest.csv").write_text("image,patient\na.png,P-1\n")
    assert len(places_of(at.folder, CODE, LABEL, sha256)) >= 4
    with at.database.session() as db:
        delete_patient(at, db, who, patient_id)
    assert places_of(at.folder, CODE, CODE.lower(), LABEL, sha256) == set()
    assert at.files.names() == set()
    assert [path.name for path in (at.folder / "imports").iterdir()] == [another.id]


def test_what_a_crash_has_kept_from_going_goes_with_the_next_start(installation, monkeypatch):
    at, who = installation
    patient_id, sha256 = add_patient(at, who)
    with monkeypatch.context() as patched:
        patched.setattr("hairdensity.clinic.forgetting._work_off", lambda at, note: None)
        with at.database.session() as db:
            delete_patient(at, db, who, patient_id)
    assert sha256 in at.files.names()
    finish_removals(at)
    assert at.files.names() == set()
    assert places_of(at.folder, CODE, LABEL, sha256) == set()


def test_a_note_of_what_was_not_deleted_after_all_removes_nothing(installation):
    at, who = installation
    patient_id, sha256 = add_patient(at, who)
    with pytest.raises(RuntimeError), at.database.session() as db:
        delete_patient(at, db, who, patient_id)
        raise RuntimeError
    finish_removals(at)
    assert sha256 in at.files.names()
    assert (at.cache / "views" / sha256).exists()
    assert not list((at.folder / "removals").iterdir())


def test_what_a_worker_finishes_for_a_deleted_picture_goes_again(installation):
    at, who = installation
    patient_id, sha256 = add_patient(at, who)
    with at.database.session() as db:
        delete_patient(at, db, who, patient_id)
    late = at.files.put(json.dumps({"of": CODE}).encode())
    (at.cache / "views" / sha256).mkdir(parents=True)
    forget_unkept(at, {"kind": "score", "picture": {"sha256": sha256}}, {"result_sha256": late})
    assert at.files.names() == set()
    assert not (at.cache / "views" / sha256).exists()


def test_a_correction_of_a_picture_that_is_deleted_meanwhile_leaves_no_file(installation):
    at, who = installation
    patient_id, _ = add_patient(at, who)
    with at.database.session(writes=False) as db:
        reading = db.scalars(select(Reading)).one()

    def ask(kind, task, timeout_s):
        with at.database.session() as db:
            delete_patient(at, db, who, patient_id)
        return {"result_sha256": at.files.put(b"corrected"), "summary": {}, "model": None, "version": "0"}

    draft = Draft(edits=[{"op": "delete", "hair_id": 1}], reading_id=reading.id)
    with pytest.raises(NotFoundError):
        save_correction(at, who, reading.capture_id, draft, ask=ask)
    assert at.files.names() == set()
