"""The figures of a site over the visits, with the treatments between them and the control site beside.

Pictures are joined from visit to visit only where their figures can be compared: one model, one device and zoom, areas
of one shape and size, and no registration that said they show other skin.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from hairdensity.clinic.access import Person, find
from hairdensity.clinic.comparing import comparisons_of
from hairdensity.clinic.readings import current_reading, is_usable
from hairdensity.clinic.sites import site_name
from hairdensity.clinic.treatments import treatments_of
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_wording import FIRST
from hairdensity.store.models import Capture, Reading, Site, Treatment, Visit
from hairdensity.study.basis import Basis, differences

__all__ = ["DEFAULT_FIGURES", "FIGURES", "Link", "Point", "Series", "Timeline", "not_comparable", "timeline_of"]

DEFAULT_FIGURES = ("density_per_cm2", "median_diameter_um")

FIGURES = tuple(name for name in FIRST if not name.endswith("_px"))
"""What a timeline can show."""

_SHAPES = {"whole": "whole frame"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A picture of a site at a visit, by its current reading.

    Parameters
    ----------
    capture_id, reading_id, visit_id : str
    day : date
    label : str
        Of the visit.
    number : int
        Of the pictures of this site at this visit.
    is_corrected : bool
    is_usable : bool
        Good enough for a line.
    model : str
        That found the hairs; empty without one.
    summary : dict
        Of the reading.
    """

    capture_id: str
    reading_id: str
    visit_id: str
    day: date
    label: str
    number: int
    is_corrected: bool
    is_usable: bool
    model: str
    summary: dict[str, Any]

    @property
    def verdict(self) -> str:
        """Of the picture's quality: good, caution or unreadable."""
        return str(self.summary["quality"]["verdict"])

    def figure(self, name: str) -> dict[str, Any] | None:
        """Value and interval; None where it is not known."""
        figure: dict[str, Any] | None = self.summary["metrics"].get(name)
        return None if figure is None or figure["value"] is None else figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two neighboring points of a line.

    Parameters
    ----------
    before, after : Point
    reason : str
        Why they are not comparable; empty where they are.
    """

    before: Point
    after: Point
    reason: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """A site over the visits.

    Parameters
    ----------
    site_id, name : str
    is_control : bool
    points : tuple of Point
        In the order of days.
    refused : frozenset of (str, str)
        Ids of captures that were not shown to be the same skin.
    """

    site_id: str
    name: str
    is_control: bool
    points: tuple[Point, ...]
    refused: frozenset[tuple[str, str]]

    @cached_property
    def chosen(self) -> tuple[Point, ...]:
        """The first usable picture of each visit."""
        first: dict[str, Point] = {}
        for point in self.points:
            if point.is_usable:
                first.setdefault(point.visit_id, point)
        return tuple(first.values())

    def links(self, figure: str) -> list[Link]:
        """From each chosen point that has a figure to the next one."""
        known = [point for point in self.chosen if point.figure(figure) is not None]
        return [
            Link(before=before, after=after, reason=self._reason(before, after, figure))
            for before, after in pairwise(known)
        ]

    def _reason(self, before: Point, after: Point, figure: str) -> str:
        if (before.capture_id, after.capture_id) in self.refused:
            return "the comparison could not show that both pictures are of the same skin"
        return not_comparable(before, after, figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A site, its control site and the treatments.

    Parameters
    ----------
    site : Site
    series : tuple of Series
        The site first, then the patient's untreated sites.
    treatments : tuple of Treatment
        Of this site and of all sites.
    """

    site: Site
    series: tuple[Series, ...]
    treatments: tuple[Treatment, ...]

    @property
    def default_pair(self) -> tuple[Point, Point] | None:
        """The first usable picture and that of the newest visit; None while there is but one visit."""
        chosen = self.series[0].chosen
        return (chosen[0], chosen[-1]) if len(chosen) > 1 else None


def timeline_of(db: Session, who: Person, site_id: str) -> Timeline:
    """The timeline of a site.

    Raises
    ------
    NotFoundError
        If there is no such site.
    """
    site = find(db, who, Site, site_id)
    controls = [] if site.is_control else [other for other in site.patient.sites if other.is_control]
    treatments = [one for one in treatments_of(db, who, site.patient_id) if one.site_id in (None, site.id)]
    return Timeline(
        site=site,
        series=tuple(_series(db, who, each) for each in (site, *sorted(controls, key=lambda each: each.created_at))),
        treatments=tuple(treatments),
    )


def _series(db: Session, who: Person, site: Site) -> Series:
    query = select(Capture).join(Visit).where(Capture.site_id == site.id)
    in_order = query.order_by(Visit.day, Visit.created_at, Capture.number)
    captures = db.scalars(in_order.options(contains_eager(Capture.visit), selectinload(Capture.readings))).all()
    readings = (current_reading(capture) for capture in captures)
    refused = (
        (one.baseline.capture_id, one.follow_up.capture_id)
        for one in comparisons_of(db, who, site.id)
        if not one.summary["registration"]["accepted"]
    )
    return Series(
        site_id=site.id,
        name=site_name(site),
        is_control=site.is_control,
        points=tuple(_point(reading) for reading in readings if reading is not None),
        refused=frozenset(refused),
    )


def _point(reading: Reading) -> Point:
    capture = reading.capture
    return Point(
        capture_id=capture.id,
        reading_id=reading.id,
        visit_id=capture.visit_id,
        day=capture.visit.day,
        label=capture.visit.label,
        number=capture.number,
        is_corrected=reading.kind == "corrected",
        is_usable=is_usable(reading),
        model="" if reading.model is None else f"{reading.model['name']} {reading.model['version']}",
        summary=reading.summary,
    )


def not_comparable(before: Point, after: Point, figure: str) -> str:
    """Why a figure of two pictures should not be joined by a line; empty where nothing speaks against it.

    Parameters
    ----------
    before, after : Point
    figure : str
        Name in `hairdensity.metrics.METRICS`.
    """
    return next(_reasons(before, after, figure), "")


def _reasons(before: Point, after: Point, figure: str) -> Iterator[str]:
    if before.model != after.model:
        yield f"read by {before.model or 'no network'} and by {after.model or 'no network'}"
    scales = before.summary["calibration"], after.summary["calibration"]
    if None not in scales and info_of(figure).scale_power and _differ(*(scale["um_per_px"] for scale in scales)):
        yield "another device or zoom: {:.4g} and {:.4g} µm per pixel".format(*(s["um_per_px"] for s in scales))
    areas = (_basis(point.summary["target_area"]) for point in (before, after))
    for difference in differences(*areas):
        yield f"{difference.part} differs: {difference.first} and {difference.second}"


def _differ(before: float, after: float) -> bool:
    return abs(math.log(after / before)) > math.log(1 + ChangeSettings().scale_difference)


def _basis(area: dict[str, Any]) -> Basis:
    """Shape and aimed size: what could not be read is added back."""
    size = area["area_cm2"]
    readable = 1.0 - min(area["unreadable_fraction"] or 0.0, 0.99)
    kind = area["kind"]
    return Basis(per="cm2", area_shape=_SHAPES.get(kind, kind), area_cm2=None if not size else size / readable)
