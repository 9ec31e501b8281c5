"""Stretching: the last refinement, root to root: an affine map, then the smooth stretch of skin under pressure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from hairdensity.comparison.alignment import Alignment, Warp
from hairdensity.comparison.constellation import Constellation
from hairdensity.comparison.refining import Pairs, fit_affine, moved, one_to_one
from hairdensity.errors import InputError

__all__ = ["StretchSettings", "align_roots"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchSettings:
    """How far skin may stretch between two pictures.

    Parameters
    ----------
    stretch_sd_um : float
        Usual size of the displacement beyond an affine map.
    stretch_range_um : float
        Distance over which it changes: places nearer than this move alike.
    root_sd_um : float
        Error of a root's place on both pictures together.
    node_spacing_um : float
        Of the warp's lattice.
    min_pairs : int
        With fewer roots that have a partner nothing but an affine map is fitted.
    """

    stretch_sd_um: float = 60.0
    stretch_range_um: float = 1800.0
    root_sd_um: float = 25.0
    node_spacing_um: float = 400.0
    min_pairs: int = 10

    def __post_init__(self) -> None:
        if min(self.stretch_range_um, self.root_sd_um, self.node_spacing_um) <= 0 or self.stretch_sd_um < 0:
            raise InputError(
                "stretch_range_um, root_sd_um and node_spacing_um must be above 0, stretch_sd_um not below"
            )


AFFINE_TOLERANCES_UM = (200.0, 160.0, 130.0, 110.0)
WARP_TOLERANCES_UM = (110.0, 90.0, 75.0)


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stretch:
    """A smooth displacement, by Gaussian process regression: it fades to nothing where no root speaks."""

    places: Array
    coefficients: Array
    settings: StretchSettings

    def at(self, points: Array) -> Array:
        return np.asarray(_covariance(points, self.places, self.settings) @ self.coefficients)


def _covariance(one: Array, two: Array, settings: StretchSettings) -> Array:
    square = ((one[:, None] - two[None]) ** 2).sum(axis=-1)
    return np.asarray(settings.stretch_sd_um**2 * np.exp(-square / (2 * settings.stretch_range_um**2)))


def _stretch(affine: Array, before: Array, after: Array, settings: StretchSettings) -> _Stretch | None:
    """What moves the roots beyond an affine map; None where too few have a partner."""
    plain, places, found = moved(affine, before), moved(affine, before), None
    for tolerance in WARP_TOLERANCES_UM:
        pairs = one_to_one(places, after, tolerance)
        if len(pairs.first) < settings.min_pairs:
            return found
        start, rest = before[pairs.first], after[pairs.second] - plain[pairs.first]
        noise = settings.root_sd_um**2 / np.maximum(_weight(pairs, tolerance), 1e-3)
        factor = cho_factor(_covariance(start, start, settings) + np.diag(noise))
        found = _Stretch(places=start, coefficients=cho_solve(factor, rest), settings=settings)
        places = plain + found.at(before)
    return found


def _nodes(frame_um: tuple[float, float], spacing_um: float) -> Array:
    """(R, C, 2) um of the lattice over the baseline."""
    rows, cols = (max(2, int(np.ceil(side / spacing_um)) + 1) for side in frame_um)
    nodes = np.stack(np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij"), axis=-1)
    return np.asarray(nodes * spacing_um, dtype=np.float64)
