"""A small clinic: one patient with two visits, pictures, readings, a comparison and a treatment."""

from dataclasses import dataclass
from datetime import date

from hairdensity.clinic.access import Person, Role
from hairdensity.store.audit import record
from hairdensity.store.models import (
    Capture,
    Clinic,
    Comparison,
    Installation,
    Job,
    Patient,
    Reading,
    Site,
    Treatment,
    User,
    Visit,
)

__all__ = ["Rows", "fill"]


@dataclass(frozen=True)
class Rows:
    """Ids of what was made, and the names of the files."""

    admin: Person
    patient_id: str
    comparison_id: str
    pictures: list[str]
    results: list[str]


def fill(at, *, code="P-1", clinic="Clinic", picture=b"picture"):
    """Put a patient with everything that can belong to one into an installation."""
    with at.database.session() as db:
        owner = db.query(Clinic).filter_by(name=clinic).one_or_none() or Clinic(name=clinic)
        db.merge(Installation(name="secret", value="s"))
        db.add(owner)
        db.flush()
        user = db.query(User).filter_by(clinic_id=owner.id).first()
        user = user or User(clinic_id=owner.id, name=f"admin of {clinic}", role="admin", password_hash="!")  # noqa: S106 -- no password has this hash
        db.add(user)
        db.flush()
        admin = Person(user_id=user.id, clinic_id=owner.id, name=user.name, role=Role.ADMIN)
        patient = Patient(clinic_id=owner.id, code=code, created_by=user.id)
        patient.sites = [Site(place="vertex")]
        patient.treatments = [
            Treatment(kind="minoxidil", depth_mm=None, started_on=date(2026, 1, 2), created_by=user.id)
        ]
        db.add(patient)
        db.flush()
        readings = [
            _read(at, db, (patient, user), day, picture + bytes([number]))
            for number, day in enumerate((date(2026, 1, 2), date(2026, 7, 2)))
        ]
        compared = Comparison(
            baseline_id=readings[0].id,
            follow_up_id=readings[1].id,
            result_sha256=at.files.put(b"change of " + patient.id.encode()),
            view_sha256=at.files.put(b"view of " + patient.id.encode()),
            summary={"density": {"change": -3.25}},
            version="1",
        )
        db.add(compared)
        record(db, "patient added", ("patient", patient.id), clinic_id=owner.id, user_id=user.id)
        db.flush()
        results = [one.result_sha256 for one in (*readings, compared)] + [compared.view_sha256]
        pictures = [one.capture.sha256 for one in readings]
        return Rows(admin, patient.id, compared.id, pictures, results)


def _read(at, db, owners, day, picture):
    """A visit with a picture, its automatic reading and a corrected one; gives the automatic one."""
    patient, user = owners
    visit = Visit(patient_id=patient.id, day=day, created_by=user.id)
    db.add(visit)
    db.flush()
    capture = Capture(
        visit_id=visit.id,
        site_id=patient.sites[0].id,
        number=1,
        sha256=at.files.put(picture),
        media_type="image/jpeg",
        n_bytes=len(picture),
        width_px=640,
        height_px=480,
        uploaded_by=user.id,
    )
    db.add(capture)
    db.flush()
    automatic = _reading(at, capture, kind="automatic")
    db.add(automatic)
    db.flush()
    db.add(_reading(at, capture, kind="corrected", automatic_id=automatic.id, edits=[{"op": "delete", "hair_id": 3}]))
    db.add(Job(clinic_id=patient.clinic_id, kind="score", capture_id=capture.id, state="done"))
    db.flush()
    return automatic


def _reading(at, capture, **content):
    result = at.files.put(f"{content['kind']} of {capture.id}".encode())
    return Reading(
        capture_id=capture.id,
        area="whole",
        result_sha256=result,
        summary={"density": 150.5, "words": "µm, ½"},
        version="1",
        scale={"kind": "given", "um_per_px": 5.571},
        **content,
    )
