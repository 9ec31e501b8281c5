"""Tracks: one hair over all visits of a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FATES", "LinkedVisit", "Tracks", "fates_of_tracks", "link_tracks"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

FATES = ("present", "kept", "born", "lost", "returned", "absent", "missing")
"""Of a hair at one visit.

``present``: seen, and no earlier visit shows its place. ``kept``: seen as at the last visit that shows its place.
``born``: seen for the first time, though an earlier visit shows its place. ``lost``: seen before and not now.
``returned``: seen again. ``absent``: still not seen. ``missing``: the visit does not show its place.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkedVisit:
    """What one later visit has to do with those before it.

    Parameters
    ----------
    roots_px : (N, 2) float64 ndarray
        Roots of its hairs in px of the baseline.
    with_baseline : (P, 2) int64 ndarray
        Kept hairs: number at baseline, number here; -1 for a hair that one of both shows too faintly to count alone.
    with_earlier : mapping of visit to (K, 2) int64 ndarray
        Pairs of hairs of an earlier visit, not the baseline, and of this one.
    """

    roots_px: Array
    with_baseline: Ids
    with_earlier: dict[int, Ids]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """T hairs over V visits.

    Parameters
    ----------
    hair : (T, V) int64 ndarray
        Number of the hair at each visit; -1 where it has none.
    is_seen : (T, V) bool ndarray
        Also where it is too faint to have a number.
    place_px : (T, 2) float64 ndarray
        Mean of its roots in px of the baseline.
    """

    hair: Ids
    is_seen: Mask
    place_px: Array


def link_tracks(baseline_roots_px: Array, later: Sequence[LinkedVisit | None]) -> Tracks:
    """Follow every hair over the visits.

    A hair is followed by its match at baseline; one that the baseline does not have, by its match at the latest visit
    that has it.

    Parameters
    ----------
    baseline_roots_px : (N, 2) float ndarray
    later : sequence of LinkedVisit or None
        In the order of the visits; None for one that was not registered.
    """
    n_visits = len(later) + 1
    tracks = _Growing(len(baseline_roots_px), n_visits)
    tracks.found(np.arange(len(baseline_roots_px)), 0, np.arange(len(baseline_roots_px)))
    for number, visit in enumerate(later, start=1):
        if visit is not None:
            _follow(tracks, number, visit)
    roots = [baseline_roots_px, *(np.zeros((0, 2)) if visit is None else visit.roots_px for visit in later)]
    hair, is_seen = tracks.hair[: tracks.n], tracks.is_seen[: tracks.n]
    return Tracks(hair=hair, is_seen=is_seen, place_px=_places(hair, roots))


class _Growing:
    """Tracks under construction: rows are added as hairs are found that none of them is."""

    def __init__(self, n: int, n_visits: int) -> None:
        self.n = n
        self.hair = np.full((n, n_visits), -1, dtype=np.int64)
        self.is_seen = np.zeros((n, n_visits), dtype=bool)

    def found(self, track: Ids, visit: int, hair: Ids) -> None:
        self.hair[track, visit] = hair
        self.is_seen[track, visit] = True

    def begin(self, visit: int, hair: Ids) -> None:
        rows = np.arange(self.n, self.n + len(hair))
        more = np.full((len(hair), self.hair.shape[1]), -1, dtype=np.int64)
        self.hair = np.concatenate([self.hair, more])
        self.is_seen = np.concatenate([self.is_seen, more >= 0])
        self.n += len(hair)
        self.found(rows, visit, hair)

    def track_of(self, visit: int, hairs: Ids) -> Ids:
        """(K,) tracks of hairs of a visit; -1 for none."""
        rows = np.flatnonzero(self.hair[:, visit] >= 0)
        known = self.hair[rows, visit]
        track = np.full(int(max(known.max(initial=-1), hairs.max(initial=-1))) + 1, -1, dtype=np.int64)
        track[known] = rows
        return np.asarray(track[hairs], dtype=np.int64)


def _follow(tracks: _Growing, number: int, visit: LinkedVisit) -> None:
    before, now = visit.with_baseline.T
    kept = before >= 0
    tracks.found(before[kept], number, now[kept])
    is_open = np.ones(len(visit.roots_px), dtype=bool)
    is_open[now[kept & (now >= 0)]] = False
    for earlier in sorted(visit.with_earlier, reverse=True):
        then, hair = visit.with_earlier[earlier].T
        track = tracks.track_of(earlier, then)
        good = (track >= 0) & is_open[hair]
        good[good] = ~tracks.is_seen[track[good], number]
        tracks.found(track[good], number, hair[good])
        is_open[hair[good]] = False
    tracks.begin(number, np.flatnonzero(is_open))
    # The baseline shows these hairs too, though too faintly to give them a number there.
    faint = now[~kept & (now >= 0)]
    tracks.is_seen[tracks.track_of(number, faint), 0] = True


def _places(hair: Ids, roots: Sequence[Array]) -> Array:
    """(T, 2) mean root over the visits that number the hair."""
    total, count = np.zeros((len(hair), 2)), np.zeros(len(hair))
    for visit, places in enumerate(roots):
        rows = np.flatnonzero(hair[:, visit] >= 0)
        total[rows] += places[hair[rows, visit]]
        count[rows] += 1
    return np.asarray(total / np.maximum(count, 1)[:, None])


def fates_of_tracks(is_seen: Mask, is_shown: Mask) -> NDArray[np.object_]:
    """(T, V) word of ``FATES`` for each hair at each visit.

    Parameters
    ----------
    is_seen : (T, V) bool ndarray
    is_shown : (T, V) bool ndarray
        The visit shows the place of the hair; where a hair is seen it is shown.
    """
    fates = np.full(is_seen.shape, "missing", dtype=object)
    shown_before = np.zeros(len(is_seen), dtype=bool)
    seen_last = np.zeros(len(is_seen), dtype=bool)
    seen_ever = np.zeros(len(is_seen), dtype=bool)
    for visit in range(is_seen.shape[1]):
        seen = is_seen[:, visit]
        shown = is_shown[:, visit] | seen
        fates[:, visit] = np.select(
            [
                ~shown,
                seen & ~shown_before,
                seen & seen_last,
                seen & seen_ever,
                seen,
                seen_last,
            ],
            ["missing", "present", "kept", "returned", "born", "lost"],
            "absent",
        )
        seen_last = np.where(shown, seen, seen_last)
        seen_ever |= seen
        shown_before |= shown
    return fates
