"""A patient with two sites and two visits, whose readings and comparisons are made in the process of the test."""

from datetime import date

import cv2
from sqlalchemy import select

from hairdensity.clinic import job_kinds
from hairdensity.clinic.tasks import comparing as comparing_task
from hairdensity.clinic.tasks import scoring
from hairdensity.resources import sample_images_folder
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, Visit

SCALE = {"kind": "given", "um_per_px": 5.571}
FIRST, LAST = date(2026, 1, 5), date(2026, 4, 6)


def corner_of(name):
    """The same corner of a sample image, as PNG."""
    pixels = cv2.imread(str(sample_images_folder() / f"{name}.jpg"))[150:790, 250:1050]
    return cv2.imencode(".png", pixels)[1].tobytes()


class ComparedSite:
    """A patient with sites and visits, and readings made in this process."""

    def __init__(self, place, bench, pictures):
        self.place, self.bench, self.pictures = place, bench, pictures
        self.who = place.people["clinician"]
        with place.database.session() as db:
            patient = Patient(clinic_id=self.who.clinic_id, code="P-001", created_by=self.who.user_id)
            patient.sites = [Site(place="vertex"), Site(place="occipital", is_control=True)]
            db.add(patient)
            db.flush()
            self.patient_id, self.site_id, self.control_id = patient.id, *(site.id for site in patient.sites)
            visits = [Visit(patient_id=patient.id, day=day, created_by=self.who.user_id) for day in (FIRST, LAST)]
            db.add_all(visits)
            db.flush()
            self.visit_ids = {visit.day: visit.id for visit in visits}

    def read(self, day, picture, *, site_id=None):
        """A picture of a day with its automatic reading; the reading's id."""
        sha256 = self.pictures[picture]
        self._share(sha256)
        with self.place.database.session() as db:
            capture = Capture(
                visit_id=self.visit_ids[day],
                site_id=site_id or self.site_id,
                number=1,
                sha256=sha256,
                media_type="image/png",
                n_bytes=1,
                width_px=800,
                height_px=640,
                scale=SCALE,
                uploaded_by=self.who.user_id,
            )
            db.add(capture)
            db.flush()
            subject = {"picture": {"sha256": sha256, "scale": SCALE, "area": "whole"}, "capture_id": capture.id}
            kept = scoring.handle(subject, self.bench)
            self._share(kept["result_sha256"])
            reading = Reading(capture_id=capture.id, kind="automatic", scale=SCALE, area="whole", **kept)
            db.add(reading)
            db.flush()
            return reading.id

    def work_off(self):
        """Do the jobs that wait, as the queue does."""
        with self.place.database.session() as db:
            for job in db.scalars(select(Job).where(Job.state == "queued")):
                value = comparing_task.handle(job_kinds.task_of(db, job), self.bench)
                for name in ("result_sha256", "view_sha256"):
                    self._share(value[name])
                job_kinds.keep(db, job, value)
                job.state = "done"

    def _share(self, sha256):
        self.place.workplace.files.put(self.bench.files.read(sha256))
