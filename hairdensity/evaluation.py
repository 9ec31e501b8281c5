"""How close found hairs come to the truth: roots, whole hairs and diameters.

A right count can hide wrong hairs: splits and merges cancel. So every score carries, beside the count, how many roots
and how many whole hairs are right, one to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from hairdensity.analysis import Analysis
from hairdensity.errors import InputError
from hairdensity.tracing.centerlines import Centerlines

__all__ = [
    "DIAMETER_BANDS_UM",
    "ROOT_TOLERANCE_UM",
    "DiameterAgreement",
    "HairScore",
    "HairSet",
    "RootScore",
    "Score",
    "diameter_agreement",
    "found_hairs",
    "inside_margin",
    "pool_roots",
    "pool_scores",
    "score_hairs",
    "score_vectors",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROOT_TOLERANCE_UM = 200.0
"""Two readers of one clipped capture place the same root within this."""

DIRECTION_TOLERANCE_DEG = 30.0
OVERLAP = 0.8
"""A found hair is right when it covers this share of a true one, and this share of it lies on the true one."""

HOME = 0.5
"""A hair belongs to the one that at least this share of it lies on; two in one home are a split or a merge."""

LEAST_TOLERANCE_PX = 2.0
DIAMETER_BANDS_UM = ((15.0, 30.0), (30.0, 40.0), (40.0, 60.0), (60.0, 80.0), (80.0, 120.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HairSet:
    """N hairs of one picture, true or found.

    Parameters
    ----------
    lines : Centerlines
        Parts outside the frame are neither asked for nor held against anyone.
    diameter_um : (N,) float ndarray
        NaN where it is not known.
    counted : (N,) bool ndarray
        The root counts.
    """

    lines: Centerlines
    diameter_um: Array
    counted: Mask

    def __post_init__(self) -> None:
        for name in ("diameter_um", "counted"):
            shape = np.shape(getattr(self, name))
            if shape != (len(self.lines),):
                raise InputError(f"{name} must have one value for each of {len(self.lines)} hairs, got shape {shape}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RootScore:
    """Tallies of roots matched one to one; tallies of several pictures add up.

    Parameters
    ----------
    n_true, n_found : int
        Roots that count.
    n_true_hit : int
        True roots that count and have a found root of their own, which may lie outside what counts.
    n_found_hit : int
        Found roots that count and have a true root of their own.
    n_directed_hit : int
        As ``n_true_hit``, with the direction from root to tip right as well.
    """

    n_true: int
    n_found: int
    n_true_hit: int
    n_found_hit: int
    n_directed_hit: int

    @property
    def count_error(self) -> float:
        """Signed error of the count as a fraction of the truth; NaN without true roots."""
        return _ratio(self.n_found - self.n_true, self.n_true)

    @property
    def precision(self) -> float:
        """Share of the found roots that are true."""
        return _ratio(self.n_found_hit, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the true roots that were found."""
        return _ratio(self.n_true_hit, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _harmonic(self.precision, self.recall)

    @property
    def directed_recall(self) -> float:
        """Share of the true roots that were found with the right direction."""
        return _ratio(self.n_directed_hit, self.n_true)


@dataclass(frozen=True, slots=True, kw_only=True)
class HairScore:
    """Tallies of whole hairs matched one to one by coverage and purity.

    Parameters
    ----------
    n_true, n_found : int
        Hairs with a part in the frame.
    n_hit : int
        Pairs in which each covers 0.8 of the other.
    n_splits : int
        Found hairs too many on the same true hair.
    n_merges : int
        True hairs too many in the same found hair.
    """

    n_true: int
    n_found: int
    n_hit: int
    n_splits: int
    n_merges: int

    @property
    def precision(self) -> float:
        """Share of the found hairs that are right."""
        return _ratio(self.n_hit, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the true hairs that are right."""
        return _ratio(self.n_hit, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _harmonic(self.precision, self.recall)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """One picture, or several pooled, against the truth.

    Parameters
    ----------
    roots : RootScore
    hairs : HairScore
    true_diameter_um, found_diameter_um : (M,) float64 ndarray
        Of the M hairs that are right and have both.
    """

    roots: RootScore
    hairs: HairScore
    true_diameter_um: Array
    found_diameter_um: Array


class DiameterAgreement(NamedTuple):
    """Bland-Altman figures of the hairs of one diameter band; NaN where hairs are too few."""

    low_um: float
    high_um: float
    n: int
    bias_um: float
    lower_limit_um: float
    upper_limit_um: float


def score_hairs(truth: HairSet, found: HairSet, *, um_per_px: float, shape: tuple[int, int]) -> Score:
    """Compare found hairs with the true ones.

    Parameters
    ----------
    truth : HairSet
        N hairs, each with its diameter.
    found : HairSet
        M hairs.
    um_per_px : float
    shape : (int, int)
        H, W of the picture.

    Returns
    -------
    Score
    """
    roots = _score_roots(
        _vectors(truth.lines),
        _vectors(found.lines),
        tolerance_px=ROOT_TOLERANCE_UM / um_per_px,
        counted_truth=truth.counted,
        counted_found=found.counted,
    )
    tolerance = np.fmax(0.5 * truth.diameter_um / um_per_px, LEAST_TOLERANCE_PX)
    hairs, pairs = _score_lines(truth.lines, found.lines, tolerance_px=tolerance, shape=shape)
    diameters = np.stack([truth.diameter_um[pairs[:, 0]], found.diameter_um[pairs[:, 1]]])
    both = np.isfinite(diameters).all(axis=0)
    return Score(roots=roots, hairs=hairs, true_diameter_um=diameters[0, both], found_diameter_um=diameters[1, both])


def found_hairs(analysis: Analysis) -> HairSet:
    """The hairs of an analysis, to be scored.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    HairSet
        Those count whose root lies in the target area.
    """
    return HairSet(
        lines=analysis.centerlines,
        diameter_um=analysis.hairs["diameter_um"].to_numpy(dtype=np.float64),
        counted=analysis.hairs["in_area"].to_numpy(dtype=bool),
    )


def score_vectors(
    truth: Array, found: Array, *, um_per_px: float, shape: tuple[int, int], margin_px: float = 64.0
) -> RootScore:
    """Compare found hairs with a reader's vectors on one capture.

    Hairs near the edge are out of focus and often left out by readers: only roots within the margin count, on either
    side, but a match may lie outside it.

    Parameters
    ----------
    truth, found : (N, 4) and (M, 4) float ndarray
        Row and column of the root, then of the tip, in px.
    um_per_px : float
    shape : (int, int)
        H, W of the readable picture.
    margin_px : float, optional

    Returns
    -------
    RootScore
    """
    truth, found = (np.asarray(vectors, dtype=np.float64).reshape(-1, 4) for vectors in (truth, found))
    return _score_roots(
        truth,
        found,
        tolerance_px=ROOT_TOLERANCE_UM / um_per_px,
        counted_truth=inside_margin(truth[:, :2], shape, margin_px),
        counted_found=inside_margin(found[:, :2], shape, margin_px),
    )


def pool_roots(scores: Sequence[RootScore]) -> RootScore:
    """The tallies of several pictures added up."""
    return RootScore(
        n_true=sum(s.n_true for s in scores),
        n_found=sum(s.n_found for s in scores),
        n_true_hit=sum(s.n_true_hit for s in scores),
        n_found_hit=sum(s.n_found_hit for s in scores),
        n_directed_hit=sum(s.n_directed_hit for s in scores),
    )


def pool_scores(scores: Sequence[Score]) -> Score:
    """Several pictures as if they were one."""
    empty = np.zeros(0)
    return Score(
        roots=pool_roots([s.roots for s in scores]),
        hairs=HairScore(
            n_true=sum(s.hairs.n_true for s in scores),
            n_found=sum(s.hairs.n_found for s in scores),
            n_hit=sum(s.hairs.n_hit for s in scores),
            n_splits=sum(s.hairs.n_splits for s in scores),
            n_merges=sum(s.hairs.n_merges for s in scores),
        ),
        true_diameter_um=np.concatenate([empty, *(s.true_diameter_um for s in scores)]),
        found_diameter_um=np.concatenate([empty, *(s.found_diameter_um for s in scores)]),
    )


def diameter_agreement(
    true_um: Array, found_um: Array, bands_um: Sequence[tuple[float, float]] = DIAMETER_BANDS_UM
) -> tuple[DiameterAgreement, ...]:
    """Bias and 95 % limits of agreement in each band of true diameters.

    Parameters
    ----------
    true_um, found_um : (M,) float ndarray
    bands_um : sequence of (float, float), optional
        Lower bound included, upper bound not.
    """
    return tuple(_agreement_in(true_um, found_um, low, high) for low, high in bands_um)


def inside_margin(points_px: Array, shape: tuple[int, int], margin_px: float) -> Mask:
    """(N,) True where a (row, col) point keeps the margin to every edge."""
    low, high = margin_px, np.array(shape) - margin_px
    return np.asarray(((points_px >= low) & (points_px < high)).all(axis=1))


def _agreement_in(true_um: Array, found_um: Array, low: float, high: float) -> DiameterAgreement:
    chosen = (true_um >= low) & (true_um < high)
    difference = found_um[chosen] - true_um[chosen]
    n = len(difference)
    bias = float(difference.mean()) if n else np.nan
    reach = 1.96 * float(difference.std(ddof=1)) if n > 1 else np.nan
    return DiameterAgreement(low, high, n, bias, bias - reach, bias + reach)


def _score_roots(
    truth: Array, found: Array, *, tolerance_px: float, counted_truth: Mask, counted_found: Mask
) -> RootScore:
    """Tallies from (N, 4) and (M, 4) vectors; what does not count may still be the match of what does."""
    n_true, n_found = int(counted_truth.sum()), int(counted_found.sum())
    return RootScore(
        n_true=n_true,
        n_found=n_found,
        n_true_hit=_n_matches(truth[counted_truth], found, tolerance_px),
        n_found_hit=_n_matches(truth, found[counted_found], tolerance_px),
        n_directed_hit=_n_matches(truth[counted_truth], found, tolerance_px, DIRECTION_TOLERANCE_DEG),
    )


def _n_matches(truth: Array, found: Array, tolerance_px: float, tolerance_deg: float = 180.0) -> int:
    """Number of one-to-one matches of roots that are near, and of like direction."""
    distance = np.linalg.norm(truth[:, None, :2] - found[None, :, :2], axis=2)
    heading = [np.arctan2(v[:, 2] - v[:, 0], v[:, 3] - v[:, 1]) for v in (truth, found)]
    turn = np.abs(np.angle(np.exp(1j * (heading[0][:, None] - heading[1][None]))))
    near = (distance <= tolerance_px) & (turn <= np.deg2rad(tolerance_deg) + 1e-12)
    # A pair out of reach costs more than all pairs in reach together, so that as many as possible are matched.
    cost = np.where(near, distance, 1e6)
    return int(near[linear_sum_assignment(cost)].sum())


def _score_lines(
    truth: Centerlines, found: Centerlines, *, tolerance_px: Array, shape: tuple[int, int]
) -> tuple[HairScore, NDArray[np.int64]]:
    """Tallies of whole hairs, and the (K, 2) numbers of the true and found hairs that are right."""
    true_points, true_owner = _even_points(truth, shape)
    found_points, found_owner = _even_points(found, shape)
    sides = ((true_points, true_owner, len(truth)), (found_points, found_owner, len(found)))
    coverage, purity = _overlaps(*sides, tolerance_px)
    # Side by side in one unit, each hair lies within the other's tolerance; half of it tells them apart.
    likeness = coverage + purity + np.add(*_overlaps(*sides, tolerance_px / 2))
    right = (coverage >= OVERLAP) & (purity >= OVERLAP)
    chosen = linear_sum_assignment(np.where(right, likeness, 0.0), maximize=True)
    pairs = np.stack(chosen, axis=1)[right[chosen]].astype(np.int64)
    score = HairScore(
        n_true=len(np.unique(true_owner)),
        n_found=len(np.unique(found_owner)),
        n_hit=len(pairs),
        n_splits=_n_crowded(purity, likeness, axis=0),
        n_merges=_n_crowded(coverage, likeness, axis=1),
    )
    return score, pairs


def _overlaps(
    truth: tuple[Array, NDArray[np.int64], int], found: tuple[Array, NDArray[np.int64], int], tolerance_px: Array
) -> tuple[Array, Array]:
    """(N, M) share of each true hair that each found one covers, and share of each found one that lies on it."""
    (true_points, true_owner, n), (found_points, found_owner, m) = truth, found
    coverage, purity = np.zeros((n, m)), np.zeros((n, m))
    if not len(true_points) or not len(found_points):
        return coverage, purity
    near = cKDTree(found_points).query_ball_point(true_points, tolerance_px[true_owner])
    a = np.repeat(np.arange(len(true_points)), [len(hits) for hits in near])
    b = np.concatenate([np.asarray(hits, dtype=np.int64) for hits in near])
    touched = np.unique(np.stack([a, found_owner[b]], axis=1), axis=0)
    np.add.at(coverage, (true_owner[touched[:, 0]], touched[:, 1]), 1.0)
    touching = np.unique(np.stack([true_owner[a], b], axis=1), axis=0)
    np.add.at(purity, (touching[:, 0], found_owner[touching[:, 1]]), 1.0)
    coverage /= np.maximum(np.bincount(true_owner, minlength=n), 1)[:, None]
    purity /= np.maximum(np.bincount(found_owner, minlength=m), 1)[None]
    return coverage, purity


def _n_crowded(share: Array, likeness: Array, axis: int) -> int:
    """Hairs too many in the same home: each belongs to the likest one that holds at least half of it."""
    if share.size == 0:
        return 0
    held = np.where(share >= HOME, likeness, -1.0)
    home, belongs = held.argmax(axis=axis), held.max(axis=axis) >= 0
    guests = np.bincount(home[belongs])
    return int(np.maximum(guests - 1, 0).sum())


def _even_points(lines: Centerlines, shape: tuple[int, int]) -> tuple[Array, NDArray[np.int64]]:
    """Points every px or so along each axis, those in the frame only, and the hair that owns each."""
    paths = [_resampled(lines.path(hair)) for hair in range(len(lines))]
    points = np.concatenate([np.zeros((0, 2)), *paths])
    owner = np.repeat(np.arange(len(paths)), [len(path) for path in paths]).astype(np.int64)
    inside = _in_frame(points, shape)
    return points[inside], owner[inside]


def _resampled(path: Array) -> Array:
    """The axis at even steps of at most one px."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0.0, along[-1], int(np.ceil(along[-1])) + 1)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)


def _vectors(lines: Centerlines) -> Array:
    """(N, 4) root and tip."""
    return np.concatenate([lines.roots_px, lines.tips_px], axis=1)


def _in_frame(points_px: Array, shape: tuple[int, int]) -> Mask:
    """(N,) True where a point lies on a pixel."""
    return inside_margin(points_px + 0.5, shape, 0.0)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _harmonic(a: float, b: float) -> float:
    """Harmonic mean; 0 when either is 0."""
    return 2 * a * b / (a + b) if a + b > 0 else 0.0
