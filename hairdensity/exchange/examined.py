"""What is handed on: a reading with the patient's code, the place, the day, who reviewed it and what made it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

__all__ = ["Examined", "Ids", "Place", "Review", "identity_of"]

_NAMESPACE = uuid.UUID("6d3f3c1e-3c0b-5a3e-9f5d-1f6a5b0e7a41")
"""Of all names that this package derives for other systems. It never changes: the same reading keeps its names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place on the scalp.

    Parameters
    ----------
    code : str
        Of the private scheme, e.g. ``"temporal_left"``.
    name : str
        For people.
    snomed : str
        Code of the skin there; that of the scalp where SNOMED CT has no closer one.
    label : str
        Tells two sites of one place apart; may be empty.
    is_control : bool
        An untreated site that shows the measurement's own repeatability.
    """

    code: str
    name: str
    snomed: str
    label: str = ""
    is_control: bool = False

    @property
    def title(self) -> str:
        """The name with its label, e.g. ``"Vertex (left of the whorl)"``."""
        return f"{self.name} ({self.label})" if self.label else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Who stands behind a reading.

    Parameters
    ----------
    by : str
        Name under which the person signs in.
    code : str
        Of that person: what other systems are given instead of the name.
    at : datetime
    """

    by: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Ids of the objects of the database; names for other systems are derived from them.

    Parameters
    ----------
    patient, visit, site, capture, reading : str
    """

    patient: str
    visit: str
    site: str
    capture: str
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examined:
    """A reading of one picture, as plain values.

    Parameters
    ----------
    ids : Ids
    patient_code : str
    clinic : str
        Its name.
    place : Place
    visit_day : date
    visit_label : str
    number : int
        Of the pictures of this site at this visit, from 1.
    entry : dict
        Its entry of ``results`` in the document ``hairdensity/analysis-1``.
    automatic : dict or None
        The automatic entry, where ``entry`` was corrected by a person.
    reason : str
        Why it was corrected.
    made_at : datetime
    corrected_by : Review or None
    review : Review or None
        None until somebody has looked at it.
    model : dict or None
        Name, version and sha256 of the weights.
    version : str
        Of this package, which made the reading.
    """

    ids: Ids
    patient_code: str
    clinic: str
    place: Place
    visit_day: date
    visit_label: str
    number: int
    entry: dict[str, Any]
    automatic: dict[str, Any] | None
    reason: str
    made_at: datetime
    corrected_by: Review | None
    review: Review | None
    model: dict[str, str] | None
    version: str

    @property
    def model_words(self) -> str:
        """The model's name and version, e.g. ``"hairnet 0.2"``; the method without weights has no name of its own."""
        return f"{self.model['name']} {self.model['version']}" if self.model else "ridges, without a network"

    @property
    def kind(self) -> str:
        """``"corrected"`` or ``"automatic"``."""
        return "automatic" if self.automatic is None else "corrected"


def identity_of(*parts: str) -> uuid.UUID:
    """A name that follows from its parts: the same ones, the same name, on every computer.

    Parameters
    ----------
    *parts : str
        What is named, and all that its content depends on.
    """
    return uuid.uuid5(_NAMESPACE, "\n".join(parts))
