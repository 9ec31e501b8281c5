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
from hairdensity.comparison.chaining import chained
from hairdensity.comparison.change import Change, compare, compare_registered
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.hair_to_hair import HairToHair, compare_hairs
from hairdensity.comparison.pairing import pair_hairs
from hairdensity.comparison.registration import Registration, register
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.comparison.shared_skin import shared_skin
from hairdensity.comparison.sightings import Sightings, sightings_of
from hairdensity.comparison.tracks import LinkedVisit, Tracks, fates_of_tracks, link_tracks
from hairdensity.comparison.trend import Trend, trend_of
from hairdensity.comparison.visits import BASELINE, FOLLOW_UP, ids_of
from hairdensity.errors import InputError
from hairdensity.metrics import METRICS, Estimate, Metrics
from hairdensity.resources import package_version
from hairdensity.tables import SIGHTINGS, TRACKS, empty_table, make_table
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
    tracks, sightings = _follow_hairs(visits, changes, shared, settings)
    first = next((part for part in found if part is not None), None)
    differences = tuple(None if part is None else part.differences for part in found)
    return Series(
        visits=visits,
        days=None if days is None else tuple(float(day) for day in days),
        changes=changes,
        routes=((0,), *routes),
        shared_areas=(
            next((common.baseline for common in shared if common is not None), None),
            *(None if common is None else common.follow_up for common in shared),
        ),
        metrics=(
            None if first is None else first.baseline,
            *(None if part is None else part.follow_up for part in found),
        ),
        differences=(None, *differences),
        tracks=tracks,
        sightings=sightings,
        trends={} if first is None else _trends(first.baseline, differences, days),
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
            shapes = (visits[n].target_area.mask.shape for n in (0, number))
            registration = chained(
                changes[between].registration, last, **dict(zip(("baseline_shape", "last_shape"), shapes, strict=True))
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
    return compare_hairs(
        (change.baseline, change.follow_up),
        matches,
        units,
        alignment=alignment,
        common_area=common,
        settings=settings.change,
    )


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


def _follow_hairs(
    visits: tuple[Analysis, ...],
    changes: Sequence[Change],
    shared: Sequence[CommonArea | None],
    settings: ComparisonSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tracks and their sightings."""
    alignments = [_alignment(change) for change in changes]
    later = _linked(visits, changes, alignments, settings)
    tracks = link_tracks(visits[0].centerlines.roots_px, later)
    is_shown = np.stack(
        [
            visits[0].target_area.contains(tracks.place_px),
            *(_shown(visit, alignment, tracks) for visit, alignment in zip(visits[1:], alignments, strict=True)),
        ],
        axis=1,
    )
    fates = fates_of_tracks(tracks.is_seen, is_shown)
    area = next((common.baseline for common in shared if common is not None), None)
    in_area = np.zeros(len(fates), dtype=bool) if area is None else area.contains(tracks.place_px)
    return _track_table(tracks, fates, in_area), _sighting_table(visits, tracks, fates)


def _shown(visit: Analysis, alignment: Alignment | None, tracks: Tracks) -> Mask:
    """(T,) True where a visit's readable area holds the place of a track."""
    if alignment is None:
        return np.zeros(len(tracks.place_px), dtype=bool)
    return visit.target_area.contains(alignment.to_follow_up(tracks.place_px))


def _linked(
    visits: tuple[Analysis, ...],
    changes: Sequence[Change],
    alignments: Sequence[Alignment | None],
    settings: ComparisonSettings,
) -> list[LinkedVisit | None]:
    """Each later visit with its matches at baseline and, for what the baseline does not have, at earlier visits."""
    um_per_px = visits[0].working_um_per_px
    linked: list[LinkedVisit | None] = []
    seen: dict[int, Sightings] = {}
    for number, (change, alignment) in enumerate(zip(changes, alignments, strict=True), start=1):
        if alignment is None:
            linked.append(None)
            continue
        seen[number] = sightings_of(visits[number], to_baseline=alignment.to_baseline, um_per_px=um_per_px)
        kept = change.matches[change.matches["fate"] == "kept"]
        pairs = np.stack([ids_of(kept, BASELINE), ids_of(kept, FOLLOW_UP)], axis=1)
        earlier = [n for n in seen if n != number]
        linked.append(
            LinkedVisit(
                roots_px=alignment.to_baseline(visits[number].centerlines.roots_px),
                with_baseline=pairs,
                with_earlier={n: _pairs(visits, changes, seen, (n, number), settings) for n in earlier},
            )
        )
    return linked


def _pairs(
    visits: tuple[Analysis, ...],
    changes: Sequence[Change],
    seen: Mapping[int, Sightings],
    numbers: tuple[int, int],
    settings: ComparisonSettings,
) -> Ids:
    """(K, 2) hairs of two later visits that are each other's match."""
    first, second = numbers
    residuals = [changes[number - 1].registration.residual_um for number in numbers]
    usual = settings.matching.usual_residual_um
    residual_um = max(value if math.isfinite(value) else usual for value in residuals)
    density = visits[second].metrics.density_per_cm2
    pairing = pair_hairs(
        seen[first],
        seen[second],
        residual_um=residual_um,
        density_per_cm2=density.value if density is not None and math.isfinite(density.value) else USUAL_PER_CM2,
        settings=settings.matching,
    )
    return np.stack([pairing.before, pairing.after], axis=1)


USUAL_PER_CM2 = 150.0
"""Density that matching expects where none is known."""


def _track_table(tracks: Tracks, fates: NDArray[np.object_], in_area: Mask) -> pd.DataFrame:
    n, n_visits = tracks.is_seen.shape
    if not n:
        return empty_table(TRACKS)
    return make_table(
        TRACKS,
        {
            "track_id": np.arange(n),
            "row_px": tracks.place_px[:, 0],
            "col_px": tracks.place_px[:, 1],
            "in_area": in_area,
            "n_seen": tracks.is_seen.sum(axis=1),
            "n_shown": (fates != "missing").sum(axis=1),
            "first_visit": tracks.is_seen.argmax(axis=1),
            "last_visit": n_visits - 1 - tracks.is_seen[:, ::-1].argmax(axis=1),
            "fates": np.array([" ".join(row) for row in fates], dtype=object),
        },
    )


def _sighting_table(visits: tuple[Analysis, ...], tracks: Tracks, fates: NDArray[np.object_]) -> pd.DataFrame:
    n, n_visits = tracks.is_seen.shape
    if not n:
        return empty_table(SIGHTINGS)
    hair = tracks.hair.ravel()
    measured = {
        name: np.stack(
            [_of_hairs(visit.hairs[name].to_numpy(), tracks.hair[:, i]) for i, visit in enumerate(visits)], axis=1
        ).ravel()
        for name in ("diameter_um", "length_um")
    }
    return make_table(
        SIGHTINGS,
        {
            "track_id": np.repeat(np.arange(n), n_visits),
            "visit": np.tile(np.arange(n_visits), n),
            "hair_id": pd.arrays.IntegerArray(np.maximum(hair, 0), hair < 0),
            "fate": fates.ravel(),
            **measured,
        },
    )


def _of_hairs(values: Array, chosen: Ids) -> Array:
    """The values of the chosen hairs; NaN for -1."""
    found = np.full(len(chosen), np.nan)
    found[chosen >= 0] = values[chosen[chosen >= 0]]
    return found
