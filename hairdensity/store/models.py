"""The tables of a clinic's database.

Nothing is named after a person: patients are codes, files lie under their hash and never under their name. Readings,
comparisons and the audit only grow; what is corrected becomes a new reading beside the old one.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Date, DateTime, Double, ForeignKey, MetaData, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

__all__ = [
    "NAMES_A_FILE",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Capture",
    "Clinic",
    "Comparison",
    "DeviceScale",
    "Installation",
    "Job",
    "OneTimeLink",
    "Patient",
    "Reading",
    "SignIn",
    "SignInFailure",
    "Site",
    "Treatment",
    "User",
    "Visit",
    "new_id",
    "utc_now",
]

NAMES_A_FILE = {"names_a_file": True}
"""Of columns whose value is the name of a file of the store."""


def new_id() -> str:
    """A name that cannot be guessed: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def utc_now() -> datetime:
    """The moment of the call."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: SQLite forgets time zones, so they are put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Only moments that state their zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, got {value!r}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Names of constraints follow a rule, so that migrations can find them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        date: Date,
        float: Double,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class Installation(Base):
    """Facts of this installation, by name: its secret, its first start."""

    __tablename__ = "installation"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Clinic(Base):
    """A group of people who share patients; nobody sees those of another one."""

    __tablename__ = "clinics"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class User(Base):
    """Who signs in; role: reader, clinician or admin."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    disabled_at: Mapped[datetime | None]


class SignIn(Base):
    """A session of a browser; its cookie's value is kept as a hash alone."""

    __tablename__ = "sign_ins"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A token of the API; shown once, kept as a hash. It may do what its user may."""

    __tablename__ = "api_tokens"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link by which a person chooses a password, once; its key is kept as a hash alone."""

    __tablename__ = "one_time_links"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A failed attempt to sign in, counted against guessing; what it was against is kept as a keyed hash alone."""

    __tablename__ = "sign_in_failures"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    against: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Patient(Base):
    """A code, not a name."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("clinic_id", "code"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"), index=True)
    code: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    sites: Mapped[list[Site]] = relationship(back_populates="patient", passive_deletes=True)
    visits: Mapped[list[Visit]] = relationship(back_populates="patient", passive_deletes=True)
    treatments: Mapped[list[Treatment]] = relationship(back_populates="patient", passive_deletes=True)


class Site(Base):
    """A place on one patient's scalp; ``place`` is a code of `clinic.scalp`, ``label`` tells two of one place apart."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("patient_id", "place", "label"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    place: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(String(80), default="")
    is_control: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    patient: Mapped[Patient] = relationship(back_populates="sites")
    captures: Mapped[list[Capture]] = relationship(back_populates="site", passive_deletes=True)


class Visit(Base):
    """A day on which pictures were taken."""

    __tablename__ = "visits"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    patient: Mapped[Patient] = relationship(back_populates="visits")
    captures: Mapped[list[Capture]] = relationship(back_populates="visit", passive_deletes=True)


class Capture(Base):
    """A picture of a site at a visit, with the scale and the target area that a person has set for it.

    ``scale`` is None (look for one in the picture) or ``{"kind": "given"|"drawn"|"ruler"|"profile"|"none", ...}``;
    ``area`` is the text that `hairdensity.target_area.parse_area` reads. Both together with the bytes decide the
    figures.
    """

    __tablename__ = "captures"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    """Of the pictures of this site at this visit, from 1."""
    sha256: Mapped[str] = mapped_column(String(64), index=True, info=NAMES_A_FILE)
    media_type: Mapped[str] = mapped_column(String(32))
    n_bytes: Mapped[int]
    width_px: Mapped[int]
    height_px: Mapped[int]
    scale: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    area: Mapped[str] = mapped_column(Text, default="whole")
    uploaded_at: Mapped[datetime] = mapped_column(default=utc_now)
    uploaded_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    visit: Mapped[Visit] = relationship(back_populates="captures")
    site: Mapped[Site] = relationship(back_populates="captures")
    readings: Mapped[list[Reading]] = relationship(
        back_populates="capture", passive_deletes=True, order_by="Reading.created_at"
    )
    jobs: Mapped[list[Job]] = relationship(back_populates="capture", passive_deletes=True, order_by="Job.created_at")


class Reading(Base):
    """What was found on a capture: by the program (automatic), or as a person has corrected it. Never changed.

    ``result_sha256`` names the file of its entry of ``results`` (analysis-1, JSON); ``summary`` is the same without
    hairs and outlines. A corrected reading carries its whole list of edits, from the automatic reading on.
    """

    __tablename__ = "readings"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    capture_id: Mapped[str] = mapped_column(ForeignKey("captures.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """automatic or corrected."""
    automatic_id: Mapped[str | None] = mapped_column(ForeignKey("readings.id", ondelete="CASCADE"))
    """The automatic reading that a corrected one started from."""
    edits: Mapped[list[Any]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    scale: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    area: Mapped[str] = mapped_column(Text)
    result_sha256: Mapped[str] = mapped_column(String(64), info=NAMES_A_FILE)
    summary: Mapped[dict[str, Any]]
    model: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    capture: Mapped[Capture] = relationship(back_populates="readings")


class Comparison(Base):
    """Two readings of one site, compared; it has the id of the job that made it. Never changed.

    ``result_sha256`` names the file of the change-1 document, ``view_sha256`` that of every hair's line and fate in px
    of the baseline, which the page draws. The control readings are those of an untreated site at the same two visits.
    """

    __tablename__ = "comparisons"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    baseline_id: Mapped[str] = mapped_column(ForeignKey("readings.id", ondelete="CASCADE"), index=True)
    follow_up_id: Mapped[str] = mapped_column(ForeignKey("readings.id", ondelete="CASCADE"), index=True)
    control_baseline_id: Mapped[str | None] = mapped_column(ForeignKey("readings.id", ondelete="CASCADE"))
    control_follow_up_id: Mapped[str | None] = mapped_column(ForeignKey("readings.id", ondelete="CASCADE"))
    result_sha256: Mapped[str] = mapped_column(String(64), info=NAMES_A_FILE)
    view_sha256: Mapped[str] = mapped_column(String(64), info=NAMES_A_FILE)
    summary: Mapped[dict[str, Any]]
    version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    baseline: Mapped[Reading] = relationship(foreign_keys=[baseline_id])
    follow_up: Mapped[Reading] = relationship(foreign_keys=[follow_up_id])


class Job(Base):
    """Work that waits for a worker: score a capture, or compare two readings.

    ``state``: queued, running, done, failed. Rows survive a restart; what was running then is queued again.
    """

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    capture_id: Mapped[str | None] = mapped_column(ForeignKey("captures.id", ondelete="CASCADE"), index=True)
    order: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the task needs beside the capture: reading ids of a comparison, for example."""
    state: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    n_tries: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    capture: Mapped[Capture | None] = relationship(back_populates="jobs")


class Treatment(Base):
    """What a patient received: microneedling, minoxidil, PRP ...; on all sites when ``site_id`` is None."""

    __tablename__ = "treatments"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(200), default="")
    route: Mapped[str] = mapped_column(String(16), default="")
    """topical or oral, of medicines."""
    depth_mm: Mapped[float | None]
    interval_weeks: Mapped[float | None]
    """Between sessions of one that is repeated from the first to the last day."""
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    """None for one that goes on; the same day for a single session."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    patient: Mapped[Patient] = relationship(back_populates="treatments")


class DeviceScale(Base):
    """A device's profile that a clinic keeps; ``profile`` as `hairdensity.calibration.DeviceProfile` has it."""

    __tablename__ = "device_scales"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    profile: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))


class AuditEntry(Base):
    """Who did what and when; each entry carries the hash of the one before it. See `store.audit`."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    when: Mapped[str] = mapped_column(String(40))
    """As text, because it is hashed."""
    clinic_id: Mapped[str | None] = mapped_column(String(32), index=True)
    user_id: Mapped[str | None] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(32), index=True)
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
