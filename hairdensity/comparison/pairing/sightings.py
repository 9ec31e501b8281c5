"""Sightings: the shafts of one visit as a match needs them, in um on the baseline's skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.pairing.courses import Places

__all__ = ["Sightings", "sightings_of"]

Array = NDArray[np.float64]

DIRECTION_UM = 150.0
"""A hair leaves in the direction of its first 0.15 mm: longer ones bend, and are combed otherwise."""

UNKNOWN_PROBABILITY = 0.9
"""Of a shaft that nobody weighed: one that begins outside the picture, or any of a method without probabilities."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sightings:
    """N shafts seen at one visit.

    Parameters
    ----------
    roots_um, tips_um : (N, 2) float64 ndarray
        (row, col) in um from the baseline picture's first pixel.
    leaving, arriving : (N, 2) float64 ndarray
        Unit vectors: at the root along the shaft, and at the tip back along it.
    root_confidence : (N,) float64 ndarray
        0.5-1.
    probability : (N,) float64 ndarray
        That it is a hair.
    log_diameter, log_diameter_se : (N,) float64 ndarray
        Of um on the baseline's skin, like places: what the follow-up's own scale says has no part in it. NaN where
        unknown.
    presence : (N,) float64 ndarray
        Log odds, by the other visit's pixels, that it is there too.
    """

    roots_um: Array
    tips_um: Array
    leaving: Array
    arriving: Array
    root_confidence: Array
    probability: Array
    log_diameter: Array
    log_diameter_se: Array
    presence: Array

    def __len__(self) -> int:
        return len(self.roots_um)

    def take(self, who: NDArray[np.int64]) -> Sightings:
        """Some of them."""
        return Sightings(**{name: getattr(self, name)[who] for name in Sightings.__slots__})

    @classmethod
    def of_roots(cls, roots_um: Array, tips_um: Array | None = None, diameter_um: Array | None = None) -> Self:
        """Sure hairs that are known by their ends alone; without tips, by their roots alone."""
        roots = np.asarray(roots_um, dtype=np.float64).reshape(-1, 2)
        tips = np.full_like(roots, np.nan) if tips_um is None else np.asarray(tips_um, dtype=np.float64)
        n = len(roots)
        diameter = np.full(n, np.nan) if diameter_um is None else np.asarray(diameter_um, dtype=np.float64)
        return cls(
            roots_um=roots,
            tips_um=tips,
            leaving=_unit(tips - roots),
            arriving=_unit(roots - tips),
            root_confidence=np.ones(n),
            probability=np.ones(n),
            log_diameter=np.log(diameter),
            log_diameter_se=np.zeros(n),
            presence=np.zeros(n),
        )


def sightings_of(
    analysis: Analysis, presence: Array, *, to_baseline: Places, um_per_px: float, zoom: float = 1.0
) -> Sightings:
    """The hairs of a picture.

    Parameters
    ----------
    analysis : Analysis
    presence : (N,) float64 ndarray
        Log odds that the other visit shows each hair too.
    to_baseline : callable
        Takes (N, 2) px of this picture to px of the baseline.
    um_per_px : float
        Of the baseline.
    zoom : float, optional
        Px of this picture for each px of the baseline.
    """
    lines, hairs = analysis.centerlines, analysis.hairs
    reach_px = DIRECTION_UM / analysis.working_um_per_px
    near_root, near_tip = _points_inside(lines.points_px, lines.offsets, reach_px)
    ends = [lines.roots_px, lines.tips_px, near_root, near_tip]
    roots, tips, ahead, behind = (to_baseline(points) * um_per_px for points in ends)
    diameter = hairs["diameter_px"].to_numpy(dtype=np.float64)
    relative = hairs["diameter_se_um"].to_numpy(dtype=np.float64) / hairs["diameter_um"].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_diameter = np.log(diameter / zoom * um_per_px)
    return Sightings(
        roots_um=roots,
        tips_um=tips,
        leaving=_unit(ahead - roots),
        arriving=_unit(behind - tips),
        root_confidence=np.clip(lines.root_confidence, 0.5, 1.0),
        probability=np.nan_to_num(lines.hair_probability, nan=UNKNOWN_PROBABILITY),
        log_diameter=log_diameter,
        log_diameter_se=relative,
        presence=presence,
    )


def _points_inside(points_px: Array, offsets: NDArray[np.int64], reach_px: float) -> tuple[Array, Array]:
    """(N, 2) the last point within reach of the root along the shaft, and the first one within reach of the tip."""
    if len(offsets) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    step = np.linalg.norm(np.diff(points_px, axis=0), axis=1)
    step[offsets[1:-1] - 1] = 0.0
    arc = np.concatenate([[0.0], np.cumsum(step)])
    first, last = offsets[:-1], offsets[1:] - 1
    from_root = np.searchsorted(arc, arc[first] + reach_px, side="right") - 1
    from_tip = np.searchsorted(arc, arc[last] - reach_px, side="left")
    return points_px[np.clip(from_root, first + 1, last)], points_px[np.clip(from_tip, first, last - 1)]


def _unit(vectors: Array) -> Array:
    """(N, 2) of length 1; NaN where there is no direction."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norm > 0, norm, np.nan))
