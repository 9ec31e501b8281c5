"""The hairs of a series: every hair of every visit on its track, as two tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change import Change
from hairdensity.comparison.common_area import CommonArea, find_common_area
from hairdensity.comparison.following.chaining import chain
from hairdensity.comparison.following.tracks import LinkedVisit, Tracks, fates_of_tracks, link_tracks
from hairdensity.comparison.matching import match_visits
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.comparison.visits import BASELINE, FOLLOW_UP, rows_of
from hairdensity.errors import InputError
from hairdensity.tables import SIGHTINGS, TRACKS, empty_table, make_table

__all__ = ["follow_hairs"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]


def follow_hairs(
    visits: tuple[Analysis, ...],
    changes: Sequence[Change],
    shared: Sequence[CommonArea | None],
    settings: ComparisonSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tracks and their sightings.

    Parameters
    ----------
    visits : tuple of V Analysis
    changes : sequence of V - 1 Change
        Each later visit against the baseline.
    shared : sequence of V - 1 CommonArea or None
        Where hairs count.
    settings : ComparisonSettings

    Returns
    -------
    tracks, sightings : DataFrame
        Columns ``tables.TRACKS`` and ``tables.SIGHTINGS``.
    """
    alignments = [change.registration.alignment if change.registration.accepted else None for change in changes]
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
    linked: list[LinkedVisit | None] = []
    for number, (change, alignment) in enumerate(zip(changes, alignments, strict=True), start=1):
        if alignment is None:
            linked.append(None)
            continue
        earlier = [n for n in range(1, number) if alignments[n - 1] is not None]
        linked.append(
            LinkedVisit(
                roots_px=alignment.to_baseline(visits[number].centerlines.roots_px),
                with_baseline=_kept(change.matches, change.baseline, change.follow_up),
                with_earlier={n: _matched(changes[n - 1], change, settings) for n in earlier},
            )
        )
    return linked


def _matched(earlier: Change, later: Change, settings: ComparisonSettings) -> Ids:
    """(K, 2) hairs that two later visits have in common, aligned by way of the baseline."""
    first, second = earlier.registration, later.registration
    if first.alignment is None or second.alignment is None:
        raise InputError("only registered visits can be matched")
    height, width = earlier.follow_up.target_area.mask.shape
    way = chain(first.alignment.inverted((height, width)), second.alignment, (height, width))
    common = find_common_area(earlier.follow_up, later.follow_up, way)
    if common.baseline.area_px == 0:
        return np.zeros((0, 2), dtype=np.int64)
    matched = match_visits(
        earlier.follow_up,
        later.follow_up,
        way,
        common,
        residual_um=float(np.hypot(first.residual_um, second.residual_um)),
        settings=settings.matching,
    )
    pairs = _kept(matched.hairs, earlier.follow_up, later.follow_up)
    return np.asarray(pairs[(pairs >= 0).all(axis=1)])


def _kept(matches: pd.DataFrame, before: Analysis, after: Analysis) -> Ids:
    """(K, 2) rows of kept hairs in the tables of both visits; -1 where one shows a hair too faintly to number it."""
    kept = matches[matches["fate"] == "kept"]
    return np.stack([rows_of(kept, BASELINE, before.hairs), rows_of(kept, FOLLOW_UP, after.hairs)], axis=1)


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
    ids = [np.append(visit.hairs["hair_id"].to_numpy(dtype=np.int64), -1) for visit in visits]
    hair = np.stack([ids[i][tracks.hair[:, i]] for i in range(n_visits)], axis=1).ravel()
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
