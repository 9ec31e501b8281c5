"""Crossings: whether each of two hairs goes on beyond the place where they cross.

A pair that is swapped there, or lost, leaves both roots and the count right; only the hairs are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.evaluation.axes import EvenAxes, even_axes, inside_frame
from hairdensity.evaluation.hair_set import HairSet
from hairdensity.evaluation.shares import ratio
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["CROSSING_BANDS_DEG", "CrossingScore", "Crossings", "find_crossings", "pool_crossings", "score_crossings"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

CROSSING_BANDS_DEG = ((0.0, 15.0), (15.0, 30.0), (30.0, 90.0))
"""Below 15 degrees shafts lie on each other for four diameters and more; above 30 for less than two."""

REACH_DIAMETERS = 1.5
LEAST_REACH_UM = 40.0
"""A hair is looked for this far before and after a crossing, in diameters of the wider hair or in um."""

COURSE_TOLERANCE_DEG = 20.0
"""A found path that runs otherwise passes there, but is not this hair."""

NONE = -1


class Crossings(NamedTuple):
    """C places where the axes of two hairs cross.

    ``place_px`` (C, 2): row and column. ``angle_deg`` (C,): between the axes, 0-90. ``hairs`` (C, 2): their numbers,
    the lower one first. ``steps`` (C, 2): numbers of the points of the even axes before the crossing.
    """

    place_px: Array
    angle_deg: Array
    hairs: Integers
    steps: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingScore:
    """Tallies of crossings, one for each band of ``CROSSING_BANDS_DEG``.

    Parameters
    ----------
    n_true : tuple of int
        Crossings in the frame at which both hairs go on, in the frame, as far as they are looked for.
    n_right : tuple of int
        Of these, those that both hairs pass on a found path of their own.
    """

    n_true: tuple[int, ...]
    n_right: tuple[int, ...]

    @property
    def right_shares(self) -> tuple[float, ...]:
        """Share of the crossings of each band that are right; NaN where there is none."""
        return tuple(ratio(right, n) for right, n in zip(self.n_right, self.n_true, strict=True))


def score_crossings(truth: HairSet, found: Centerlines, *, um_per_px: float, shape: tuple[int, int]) -> CrossingScore:
    """Tell which crossings of true hairs are resolved.

    A crossing is right when, for both hairs, the found path that covers the hair before the crossing is the one that
    covers it after, and the two paths differ. A path covers a point that lies within half a diameter of it, 2 px at
    least, where both run the same way within 20 degrees; of several the nearest does.

    Parameters
    ----------
    truth : HairSet
        N hairs, each with its diameter.
    found : Centerlines
    um_per_px : float
    shape : (int, int)
        H, W of the picture.
    """
    axes = even_axes(truth.lines)
    crossings = _crossings_of(axes, shape)
    diameter_um = np.nan_to_num(truth.diameter_um)[crossings.hairs].max(axis=1)
    reach_px = np.maximum(REACH_DIAMETERS * diameter_um, LEAST_REACH_UM) / um_per_px
    ways, goes_on = _ways(axes, crossings, reach_px, shape)
    covering = _covering(axes, ways[goes_on].ravel(), even_axes(found), truth.tolerance_px(um_per_px))
    return _tallied(crossings.angle_deg[goes_on], _right(covering.reshape(-1, 2, 2)))


def find_crossings(lines: Centerlines, shape: tuple[int, int]) -> Crossings:
    """All places in the frame where the axes of two hairs cross.

    Parameters
    ----------
    lines : Centerlines
    shape : (int, int)
        H, W of the picture.
    """
    return _crossings_of(even_axes(lines), shape)


def pool_crossings(scores: Sequence[CrossingScore]) -> CrossingScore:
    """The tallies of several pictures added up."""
    zero = (0,) * len(CROSSING_BANDS_DEG)
    return CrossingScore(
        n_true=tuple(map(sum, zip(zero, *(s.n_true for s in scores), strict=True))),
        n_right=tuple(map(sum, zip(zero, *(s.n_right for s in scores), strict=True))),
    )


def _crossings_of(axes: EvenAxes, shape: tuple[int, int]) -> Crossings:
    start, pairs = _near_steps(axes)
    p, q = (axes.points_px[start[pairs[:, side]]] for side in range(2))
    r, s = (axes.points_px[start[pairs[:, side]] + 1] - place for side, place in enumerate((p, q)))
    area = _cross(r, s)
    is_parallel = np.abs(area) < 1e-12
    safe = np.where(is_parallel, 1.0, area)
    t, u = _cross(q - p, s) / safe, _cross(q - p, r) / safe
    # A crossing on a point of both axes must not fall between the steps that meet there.
    meets = ~is_parallel & (np.minimum(t, u) >= -1e-9) & (np.maximum(t, u) <= 1 + 1e-9)
    place = p + t[:, None] * r
    kept = np.flatnonzero(meets & inside_frame(place, shape))
    steps = start[pairs[kept]]
    once = _first_of_each(axes.owner[steps], steps)
    kept, steps = kept[once], steps[once]
    return Crossings(place[kept], _angles(axes.directions[steps]), axes.owner[steps], steps)


def _near_steps(axes: EvenAxes) -> tuple[Integers, Integers]:
    """(S,) points that start a step of an axis, and the (K, 2) pairs of such steps of two hairs that can touch."""
    start = np.flatnonzero(axes.owner[:-1] == axes.owner[1:])
    if not len(start):
        return start, np.zeros((0, 2), np.int64)
    middle = (axes.points_px[start] + axes.points_px[start + 1]) / 2
    # No step is longer than one px: the middles of two that touch are no farther apart.
    pairs = cKDTree(middle).query_pairs(1.0 + 1e-6, output_type="ndarray")
    is_other = axes.owner[start[pairs[:, 0]]] != axes.owner[start[pairs[:, 1]]]
    return start, np.sort(pairs[is_other], axis=1).astype(np.int64)


def _first_of_each(hairs: Integers, steps: Integers) -> Integers:
    """Numbers of the crossings less those that follow, within two steps, on one of the same two hairs."""
    order = np.lexsort((steps[:, 0], hairs[:, 1], hairs[:, 0]))
    hairs, steps = hairs[order], steps[order]
    is_same = (hairs[1:] == hairs[:-1]).all(axis=1) & (np.diff(steps[:, 0]) <= 2)
    return np.asarray(order[np.concatenate([[True], ~is_same])[: len(order)]], dtype=np.int64)


def _angles(directions: Array) -> Array:
    """(C,) angles in degrees, 0-90, between the two axes of (C, 2, 2) unit vectors."""
    a, b = directions[:, 0], directions[:, 1]
    return np.asarray(np.rad2deg(np.arctan2(np.abs(_cross(a, b)), np.abs((a * b).sum(axis=1)))))


def _ways(axes: EvenAxes, crossings: Crossings, reach_px: Array, shape: tuple[int, int]) -> tuple[Integers, Mask]:
    """(C, 2, 2) points of each hair before and after each crossing, and (C,) where all four are there to be seen."""
    first, last = (end[crossings.steps] for end in axes.ends)
    reach = np.ceil(reach_px).astype(np.int64)[:, None]
    before, after = crossings.steps - reach, crossings.steps + 1 + reach
    is_there = (before >= first) & (after <= last)
    ways = np.stack([np.maximum(before, first), np.minimum(after, last)], axis=2)
    is_seen = inside_frame(axes.points_px[ways.ravel()], shape).reshape(ways.shape).all(axis=(1, 2))
    return ways, np.asarray(is_there.all(axis=1) & is_seen)


def _covering(axes: EvenAxes, points: Integers, found: EvenAxes, tolerance_px: Array) -> Integers:
    """(Q,) number of the found path that covers each of these points of the true axes; -1 for none."""
    covering = np.full(len(points), NONE)
    if not len(found.owner) or not len(points):
        return covering
    places, courses = axes.points_px[points], axes.directions[points]
    near = cKDTree(found.points_px).query_ball_point(places, tolerance_px[axes.owner[points]])
    runs, least = found.directions, np.cos(np.deg2rad(COURSE_TOLERANCE_DEG))
    for query, hits in enumerate(near):
        alike = [hit for hit in hits if abs(runs[hit] @ courses[query]) >= least]
        if alike:
            distance = np.linalg.norm(found.points_px[alike] - places[query], axis=1)
            covering[query] = found.owner[alike[int(distance.argmin())]]
    return covering


def _right(covering: Integers) -> Mask:
    """(C,) True where (C, hair, before and after) paths go through, each hair on its own."""
    goes_through = (covering[..., 0] == covering[..., 1]) & (covering[..., 0] != NONE)
    return np.asarray(goes_through.all(axis=1) & (covering[:, 0, 0] != covering[:, 1, 0]))


def _tallied(angle_deg: Array, right: Mask) -> CrossingScore:
    band = np.digitize(angle_deg, [low for low, _ in CROSSING_BANDS_DEG[1:]])
    return CrossingScore(n_true=_counts(band), n_right=_counts(band[right]))


def _counts(band: Integers) -> tuple[int, ...]:
    return tuple(int(n) for n in np.bincount(band, minlength=len(CROSSING_BANDS_DEG)))


def _cross(a: Array, b: Array) -> Array:
    """(K,) area of the parallelogram of two (K, 2) vectors, with its sign."""
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
