"""Which bank of templates each cross-section is fitted with: by the blur where it lies, and the line along its hair."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.diameter import REFLEXES, BarBank, Reflex, make_bank
from hairdensity.measurement.settings import ProfileGeometry

__all__ = ["Banks", "blur_slope", "make_banks"]

LEVEL_STEP = 0.12
"""Relative step of sigma from bank to bank; what is left is put right after the fit."""

PSF_SLOPE, PSF_SLOPE_AT, PSF_SLOPE_SCALE = 3.4, 2.5, 1.9
"""A relative error of the blur moves a bar of r >= 2.5 sigmas by 3.4 exp((2.5 - r) / 1.9) times as many sigmas."""

PLAIN = -1
"""No line along the hair."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Banks:
    """The banks of K cross-sections.

    Parameters
    ----------
    psf_px : (K,) float64 ndarray
        Sigma of the blur.
    level : (K,) int64 ndarray
        Which of the sigmas of ``levels_px`` stands for it.
    levels_px : (L,) float64 ndarray
    reflex : (K,) int64 ndarray
        Number of the line in ``lines``; -1 for none.
    geometry : ProfileGeometry
    lines : tuple of Reflex
    made : dict
        Banks that were needed so far, by level and line.
    """

    psf_px: NDArray[np.float64]
    level: NDArray[np.int64]
    levels_px: NDArray[np.float64]
    reflex: NDArray[np.int64]
    geometry: ProfileGeometry
    lines: tuple[Reflex, ...] = REFLEXES
    made: dict[tuple[int, Reflex | None], BarBank] = field(default_factory=dict)

    def groups(self, rows: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], BarBank]]:
        """The cross-sections ``rows`` by the bank that they share."""
        code = self.level[rows] * (len(self.lines) + 1) + self.reflex[rows] + 1
        return [(rows[code == one], self._bank(int(one))) for one in np.unique(code)]

    def _bank(self, code: int) -> BarBank:
        level, reflex = divmod(code, len(self.lines) + 1)
        shape = self.lines[reflex - 1] if reflex else None
        if (level, shape) not in self.made:
            self.made[level, shape] = make_bank(self.geometry, psf_px=float(self.levels_px[level]), reflex=shape)
        return self.made[level, shape]

    @property
    def log_excess(self) -> NDArray[np.float64]:
        """(K,) log of the bank's sigma over the one that it stands for."""
        return np.asarray(np.log(self.levels_px[self.level] / self.psf_px), dtype=np.float64)

    def corrected(self, width_px: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The widths (R,) that the cross-sections ``rows`` would have with their very own sigma."""
        psf_px = self.psf_px[rows]
        return width_px + blur_slope(width_px / psf_px) * psf_px * self.log_excess[rows]

    def with_reflex(self, reflex: NDArray[np.int64], lines: tuple[Reflex, ...] = REFLEXES) -> Banks:
        """The same blur, with other lines (K,) along the hairs."""
        return replace(self, reflex=reflex, lines=lines)


def blur_slope(width_sigmas: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how many sigmas a bar is fitted too thin for a relative excess of the blur; flat below 2.5 sigmas."""
    return np.asarray(PSF_SLOPE * np.exp((PSF_SLOPE_AT - np.maximum(width_sigmas, PSF_SLOPE_AT)) / PSF_SLOPE_SCALE))


def make_banks(psf_px: NDArray[np.float64], geometry: ProfileGeometry) -> Banks:
    """Banks without lines for cross-sections with these sigmas of blur (K,)."""
    low, high = (psf_px.min(), psf_px.max()) if len(psf_px) else (1.0, 1.0)
    n_levels = 1 + int(np.ceil(np.log(high / low) / LEVEL_STEP))
    levels = np.geomspace(low, high, n_levels)
    level = np.abs(np.log(psf_px)[:, None] - np.log(levels)).argmin(axis=1)
    return Banks(
        psf_px=psf_px,
        level=level,
        levels_px=levels,
        reflex=np.full(len(psf_px), PLAIN),
        geometry=geometry,
    )
