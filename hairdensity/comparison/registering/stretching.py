"""Stretching: the last refinement, root to root: an affine map, then the smooth stretch of skin under pressure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.alignment import Alignment, Warp
from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.refining import Pairs, fit_affine, moved, one_to_one
from hairdensity.errors import InputError

__all__ = ["StretchSettings", "align_roots", "likeness"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchSettings:
    """How far skin may stretch between two pictures.

    Parameters
    ----------
    stretch_sds_um : tuple of float
        Sizes of the displacement beyond an affine map of which the most likely one is chosen.
    root_sd_um : float
        Error of a root's place on both pictures together.
    stretch_range_um : float
        Distance over which the displacement changes: places nearer than this move alike.
    node_spacing_um : float
        Of the warp's lattice.
    min_pairs : int
        With fewer roots that have a partner nothing but an affine map is fitted.
    """

    stretch_sds_um: tuple[float, ...] = (40.0, 100.0)
    root_sd_um: float = 15.0
    stretch_range_um: float = 2700.0
    node_spacing_um: float = 400.0
    min_pairs: int = 10

    def __post_init__(self) -> None:
        if not self.stretch_sds_um or min(self.stretch_sds_um) <= 0:
            raise InputError(f"stretch_sds_um must hold values above 0, got {self.stretch_sds_um}")
        if min(self.stretch_range_um, self.root_sd_um, self.node_spacing_um) <= 0:
            raise InputError("stretch_range_um, root_sd_um and node_spacing_um must be above 0")


AFFINE_TOLERANCES_UM = (200.0, 160.0, 130.0, 110.0)
WARP_TOLERANCES_UM = (150.0, 110.0, 80.0, 65.0)

LEAST_WEIGHT = 1e-3
"""A partner at the rim of the tolerance counts next to nothing, but divides."""


def align_roots(
    similarity: Array, baseline: Constellation, follow_up: Constellation, settings: StretchSettings
) -> Alignment:
    """From a similarity to the alignment that brings the roots together.

    Parameters
    ----------
    similarity : (2, 3) float64 ndarray
        From baseline to follow-up um.
    baseline, follow_up : Constellation
    settings : StretchSettings

    Returns
    -------
    Alignment
        From px to px.
    """
    before, after = baseline.roots_um, follow_up.roots_um
    affine = similarity
    for tolerance in AFFINE_TOLERANCES_UM:
        pairs = one_to_one(moved(affine, before), after, tolerance)
        if len(pairs.first) >= 2:
            affine = fit_affine(similarity, before[pairs.first], after[pairs.second], _weight(pairs, tolerance))
    stretch = _stretch(affine, before, after, settings)
    warp = None
    if stretch is not None:
        nodes = _nodes(baseline.frame_um, settings.node_spacing_um)
        displacement = stretch.at(nodes.reshape(-1, 2)).reshape(nodes.shape) / follow_up.um_per_px
        warp = Warp(displacement_px=displacement, spacing_px=settings.node_spacing_um / baseline.um_per_px)
    linear = affine[:, :2] * baseline.um_per_px / follow_up.um_per_px
    return Alignment(matrix=np.column_stack([linear, affine[:, 2] / follow_up.um_per_px]), warp=warp)


def _weight(pairs: Pairs, tolerance: float) -> Array:
    """Tukey's: a partner at the rim of the tolerance counts nothing."""
    return np.asarray((1 - (pairs.distance_um / tolerance) ** 2) ** 2)


class _Stretch(NamedTuple):
    """A smooth displacement, by Gaussian process regression [1]_: it fades to nothing where no root speaks.

    References
    ----------
    .. [1] Rasmussen & Williams (2006). Gaussian Processes for Machine Learning, chapters 2 and 5. MIT Press.
    """

    places: Array
    coefficients: Array
    range_um: float

    def at(self, points: Array) -> Array:
        return np.asarray(likeness(points, self.places, self.range_um) @ self.coefficients)


def likeness(one: Array, two: Array, range_um: float) -> Array:
    """(N, M) correlation of the displacements at two places."""
    square = ((one[:, None] - two[None]) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-square / (2 * range_um**2)))


def _stretch(affine: Array, before: Array, after: Array, settings: StretchSettings) -> _Stretch | None:
    """What moves the roots beyond an affine map; None where too few have a partner."""
    plain, places, found = moved(affine, before), moved(affine, before), None
    for tolerance in WARP_TOLERANCES_UM:
        pairs = one_to_one(places, after, tolerance)
        if len(pairs.first) < settings.min_pairs:
            return found
        rest = after[pairs.second] - plain[pairs.first]
        found = _regressed(before[pairs.first], rest, _weight(pairs, tolerance), settings)
        places = plain + found.at(before)
    return found


def _regressed(start: Array, rest: Array, weight: Array, settings: StretchSettings) -> _Stretch:
    """The displacement of the most likely size that explains what is left between partners."""
    root = np.sqrt(np.maximum(weight, LEAST_WEIGHT))
    values, vectors = np.linalg.eigh(root[:, None] * likeness(start, start, settings.stretch_range_um) * root)
    seen = vectors.T @ (root[:, None] * rest)
    sizes = np.array(settings.stretch_sds_um)
    # (S, N) variance of each independent part of what is seen, for every size.
    variance = sizes[:, None] ** 2 * np.maximum(values, 0) + settings.root_sd_um**2
    likely = -0.5 * ((seen**2).sum(axis=1) / variance + 2 * np.log(variance)).sum(axis=1)
    best = int(np.argmax(likely))
    coefficients = sizes[best] ** 2 * root[:, None] * (vectors @ (seen / variance[best][:, None]))
    return _Stretch(start, coefficients, settings.stretch_range_um)


def _nodes(frame_um: tuple[float, float], spacing_um: float) -> Array:
    """(R, C, 2) um of the lattice over the baseline."""
    rows, cols = (max(2, int(np.ceil(side / spacing_um)) + 1) for side in frame_um)
    nodes = np.stack(np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij"), axis=-1)
    return np.asarray(nodes * spacing_um, dtype=np.float64)
