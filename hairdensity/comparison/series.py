"""Series: more than two visits of one site, in the frame of the first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change import Change, compare, compare_registered
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.differencing.common_scale import find_common_scale
from hairdensity.comparison.differencing.hair_to_hair import HairToHair, compare_hairs
from hairdensity.comparison.following.chaining import chained
from hairdensity.comparison.following.series_tracks import follow_hairs
from hairdensity.comparison.following.shared_skin import shared_skin
from hairdensity.comparison.following.trend import Trend, trend_of
from hairdensity.comparison.registration import Registration, register
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.errors import InputError
from hairdensity.metrics import METRICS, Estimate, Metrics
from hairdensity.resources import package_version
from hairdensity.target_area import TargetArea

__all__ = ["Series", "follow_series"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

FIGURES = tuple(info.name for info in METRICS if info.kind == "estimate")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """V visits of one site.

    Parameters
    ----------
    visits : tuple of Analysis
        The first is the baseline.
    days : tuple of float or None
        Of each visit.
    changes : tuple of Change
        V - 1: each later visit against the baseline, on the skin that these two show.
    routes : tuple of tuple of int, or None
        V: the visits over which each was registered. ``(0, 2)`` is direct, ``(0, 1, 2)`` leads over a visit between:
        its place is less exact. None where none led there: the visit has no part in tracks and trends.
    shared_areas : tuple of TargetArea or None
        V: the readable skin that all registered visits share, on each picture. None for visits that were not
        registered, or share so little that they would take the others' skin away.
    metrics : tuple of Metrics or None
        V: on the shared skin.
    differences : tuple of mapping, or None
        V: from the baseline, hair to hair, on the shared skin; None for the baseline itself.
    tracks : DataFrame
        Columns ``tables.TRACKS``: every hair over the visits.
    sightings : DataFrame
        Columns ``tables.SIGHTINGS``: one row for each track and visit.
    trends : mapping of str to Trend
        By figure, on the shared skin: per month where the days are known, else per visit.
    settings : ComparisonSettings
    version : str
        Of this package.
    """

    visits: tuple[Analysis, ...]
    days: tuple[float, ...] | None
    changes: tuple[Change, ...]
    routes: tuple[tuple[int, ...] | None, ...]
    shared_areas: tuple[TargetArea | None, ...]
    metrics: tuple[Metrics | None, ...]
    differences: tuple[Mapping[str, Difference] | None, ...]
    tracks: pd.DataFrame
    sightings: pd.DataFrame
    trends: Mapping[str, Trend]
    settings: ComparisonSettings
    version: str


def follow_series(
    visits: Sequence[Analysis], *, days: Sequence[float] | None = None, settings: ComparisonSettings | None = None
) -> Series:
    """Follow a site over its visits.

    Every visit is registered to the baseline; one that shares too little skin with it, over a visit between. All
    figures and trends are those of the readable skin that the visits share.

    Parameters
    ----------
    visits : sequence of Analysis
        Two or more, in the order of time.
    days : sequence of float, optional
        When they were, in days from any day: they must rise.
    settings : ComparisonSettings, optional

    Raises
    ------
    InputError
        If there are fewer than two visits, or the days do not fit them.
    """
    settings = settings or ComparisonSettings()
    visits = tuple(visits)
    _check(visits, days)
    changes, routes = _compare_all(visits, settings)
    shared = shared_skin(visits, [_alignment(change) for change in changes])
    found = [
        None if common is None else _on_shared_skin(change, common, settings)
        for change, common in zip(changes, shared, strict=True)
    ]
    tracks, sightings = follow_hairs(visits, changes, shared, settings)
    area, metrics = _at_baseline(shared, found)
    differences = tuple(None if part is None else part.differences for part in found)
    return Series(
        visits=visits,
        days=None if days is None else tuple(float(day) for day in days),
        changes=changes,
        routes=((0,), *routes),
        shared_areas=(area, *(None if common is None else common.follow_up for common in shared)),
        metrics=(metrics, *(None if part is None else part.follow_up for part in found)),
        differences=(None, *differences),
        tracks=tracks,
        sightings=sightings,
        trends={} if metrics is None else _trends(metrics, differences, days),
        settings=settings,
        version=package_version(),
    )


def _check(visits: tuple[Analysis, ...], days: Sequence[float] | None) -> None:
    if len(visits) < 2:
        raise InputError(f"a series needs two visits or more, got {len(visits)}")
    if days is None:
        return
    if len(days) != len(visits):
        raise InputError(f"days must name one day for each visit: got {len(days)} for {len(visits)} visits")
    if not (np.isfinite(days).all() and (np.diff(days) > 0).all()):
        raise InputError(f"days must rise from visit to visit, got {', '.join(f'{day:g}' for day in days)}")


def _alignment(change: Change) -> Alignment | None:
    return change.registration.alignment if change.registration.accepted else None


def _compare_all(
    visits: tuple[Analysis, ...], settings: ComparisonSettings
) -> tuple[tuple[Change, ...], list[tuple[int, ...] | None]]:
    """Every later visit against the baseline, and the visits over which it was registered."""
    changes = {number: compare(visits[0], visits[number], settings=settings) for number in range(1, len(visits))}
    routes: dict[int, tuple[int, ...]] = {0: (0,)}
    routes |= {number: (0, number) for number, change in changes.items() if change.registration.accepted}
    for number in sorted(set(changes) - set(routes), key=lambda n: min(abs(n - known) for known in routes)):
        detour = _detour(visits, changes, routes, number, settings=settings)
        if detour is not None:
            registration, route = detour
            changes[number] = compare_registered(visits[0], visits[number], registration, settings=settings)
            routes[number] = route
    numbers = range(1, len(visits))
    return tuple(changes[number] for number in numbers), [routes.get(number) for number in numbers]


def _detour(
    visits: tuple[Analysis, ...],
    changes: Mapping[int, Change],
    routes: Mapping[int, tuple[int, ...]],
    number: int,
    *,
    settings: ComparisonSettings,
) -> tuple[Registration, tuple[int, ...]] | None:
    """The way to a visit over the nearest one that is registered already and that it can be registered to."""
    for between in sorted(set(routes) - {0}, key=lambda n: (abs(n - number), n)):
        last = register(visits[between], visits[number], settings=settings.registration)
        if last.accepted:
            registration = chained(
                changes[between].registration,
                last,
                baseline_shape=visits[0].image.pixels.shape[:2],
                last_shape=visits[number].image.pixels.shape[:2],
            )
            return registration, (*routes[between], number)
    return None


def _on_shared_skin(change: Change, common: CommonArea, settings: ComparisonSettings) -> HairToHair:
    """Baseline and one later visit, hair to hair, where all visits show the skin."""
    alignment = change.registration.alignment
    if alignment is None:
        raise InputError("a visit without alignment shares no skin")
    matches, units = (
        table.assign(
            in_area=table["in_area"] & common.baseline.contains(table[["row_px", "col_px"]].to_numpy(dtype=np.float64))
        )
        for table in (change.matches, change.units)
    )
    calibrations = change.baseline.calibration, change.follow_up.calibration
    return compare_hairs(
        (change.baseline, change.follow_up),
        matches,
        units,
        scale=find_common_scale(calibrations, alignment, skin_stretch=settings.change.skin_stretch),
        common_area=common,
        settings=settings.change,
    )


def _at_baseline(
    shared: Sequence[CommonArea | None], found: Sequence[HairToHair | None]
) -> tuple[TargetArea | None, Metrics | None]:
    """The shared skin on the baseline, and its figures: as the first visit with a scale has them, else the first."""
    both = [
        (common.baseline, part.baseline)
        for common, part in zip(shared, found, strict=True)
        if common is not None and part is not None
    ]
    scaled = [pair for pair in both if pair[0].area_cm2 is not None]
    return next(iter(scaled or both), (None, None))


def _trends(
    baseline: Metrics, differences: Sequence[Mapping[str, Difference] | None], days: Sequence[float] | None
) -> dict[str, Trend]:
    trends = {}
    for name in FIGURES:
        figure = getattr(baseline, name)
        value = figure.value if isinstance(figure, Estimate) else math.nan
        changes = [None if part is None else part.get(name) for part in differences]
        trends[name] = trend_of(value, changes, days=days)
    return trends
