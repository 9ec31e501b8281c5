"""Pages ask the database as often for many rows as for few."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from hairdensity.store.models import Capture, Comparison, Job, Patient, Reading, Site, Treatment, Visit

DENSITY = {"value": 61.4, "low": 50.2, "high": 74.8, "n": 61}
SUMMARY = {
    "metrics": {"n_hairs": 61, "density_per_cm2": DENSITY, "median_diameter_um": DENSITY},
    "quality": {"verdict": "good"},
    "flags": [],
    "calibration": {"um_per_px": 5.5},
    "target_area": {"kind": "whole", "area_cm2": 0.5, "unreadable_fraction": 0.0},
}
CHANGE = {"flags": [], "change": {}, "registration": {"accepted": False}}


@pytest.fixture
def clinic(place):
    """A function that adds patients, and visits to the first of them, with pictures read or waiting."""
    who = place.people["clinician"]

    def grow(n_patients, n_visits):
        with place.database.session() as db:
            first = db.query(Patient).order_by(Patient.code).first()
            made = [
                Patient(
                    clinic_id=who.clinic_id, code=f"P-{db.query(Patient).count() + number:04d}", created_by=who.user_id
                )
                for number in range(n_patients)
            ]
            for patient in made:
                patient.sites = [Site(place="vertex"), Site(place="occipital", is_control=True)]
            db.add_all(made)
            db.flush()
            patient = first or made[0]
            begun = db.query(Visit).count()
            for number in range(begun, begun + n_visits):
                _add_visit(db, who, patient, date(2025, 1, 1) + timedelta(days=number))
            for other in made[1:]:
                _add_visit(db, who, other, date(2025, 1, 1))
            # One visit with many pictures, two of which wait.
            visit = patient.visits[0]
            for number in range(n_visits):
                _add_picture(db, who, visit, patient.sites[0], number=2 + begun + number)
            for _ in range(2):
                waits = _add_picture(db, who, visit, patient.sites[1], number=9, is_read=False)
                db.add(Job(clinic_id=who.clinic_id, kind="score", capture_id=waits.id))
            return {"patients": patient.id, "visits": visit.id, "sites": patient.sites[0].id}

    return grow


def _add_visit(db, who, patient, day):
    visit = Visit(patient_id=patient.id, day=day, created_by=who.user_id)
    db.add(visit)
    db.add(Treatment(patient_id=patient.id, kind="prp", started_on=day, ended_on=day, created_by=who.user_id))
    db.flush()
    readings = [_add_picture(db, who, visit, site, number=1).readings[0] for site in patient.sites]
    db.add(
        Comparison(
            baseline_id=readings[0].id,
            follow_up_id=readings[0].id,
            result_sha256="2" * 64,
            view_sha256="3" * 64,
            summary=CHANGE,
            version="1",
        )
    )


def _add_picture(db, who, visit, site, *, number, is_read=True):
    capture = Capture(
        visit_id=visit.id,
        site_id=site.id,
        number=number,
        sha256="0" * 64,
        media_type="image/jpeg",
        n_bytes=9,
        width_px=640,
        height_px=480,
        uploaded_by=who.user_id,
    )
    if is_read:
        capture.readings = [
            Reading(kind="automatic", area="whole", result_sha256="1" * 64, summary=SUMMARY, version="1")
        ]
        capture.jobs = [Job(clinic_id=who.clinic_id, kind="score", state="done")]
    db.add(capture)
    db.flush()
    return capture


@contextmanager
def counted(database):
    """What a database is asked meanwhile."""
    asked = []
    engines = {database.engine, database._reading}

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            asked.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_questions_does_not_grow_with_the_rows(browser, place, clinic):
    desk = browser()

    def n_asked(ids):
        paths = ["/", "/queue", *(f"/{kind}/{one}" for kind, one in ids.items())]
        numbers = {}
        for path in paths:
            with counted(place.database) as asked:
                answer = desk.get(path)
            assert answer.status_code == 200, path
            numbers[path.split("/")[1]] = len(asked)
        return numbers

    few = n_asked(clinic(2, 2))
    many = n_asked(clinic(8, 9))
    assert many == few
    assert max(few.values()) <= 20
