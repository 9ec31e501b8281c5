"""From cross-sections to one diameter per hair, with its spread and its bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from hairdensity.flags import HairFlag
from hairdensity.measurement.diameter import make_bank
from hairdensity.measurement.neighbors import find_surroundings
from hairdensity.measurement.profiles import place_profiles
from hairdensity.measurement.sections import (
    KnownBars,
    Sections,
    clean_sections,
    fit_sections,
    outer_widths,
    picture_psf,
)
from hairdensity.measurement.settings import MeasurementSettings
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["ShaftWidths", "grouped_quantiles", "measure_shafts"]

N_PASSES = 5
"""Shafts that touch are told apart step by step: on real clipped captures the fifth pass still moves the mean hair by
0.8 um, the third by 2.8 um."""

MODEL_ERROR_PX = 0.3
"""Half of a 95 % interval that no number of cross-sections removes: twice the fit's own bias of up to 0.15 px."""

IQR_PER_SIGMA = 1.349
MEDIAN_PENALTY = 1.2533
"""Standard error of a median over that of a mean: sqrt(pi / 2)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShaftWidths:
    """Widths of N hairs in px; NaN where too few cross-sections are clean.

    Parameters
    ----------
    diameter_px : (N,) float64 ndarray
        Median along the shaft.
    spread_px : (N,) float64 ndarray
        Interquartile range along the shaft.
    error_px : (N,) float64 ndarray
        Half-width of the 95 % interval of the median, without the error of the scale.
    contrast : (N,) float64 ndarray
        Median height of the bar in the units of ``darkness``, negative for light hairs.
    psf_px : float
        Sigma of the blur that was used.
    """

    diameter_px: NDArray[np.float64]
    spread_px: NDArray[np.float64]
    error_px: NDArray[np.float64]
    contrast: NDArray[np.float64]
    psf_px: float


def measure_shafts(
    darkness: NDArray[np.float32], centerlines: Centerlines, *, um_per_px: float, settings: MeasurementSettings
) -> ShaftWidths:
    """Measure the projected diameter of every hair shaft.

    The picture is sampled along the normal at points of each axis and fitted with a bar blurred by the picture's PSF; a
    hair's diameter is the median, so that highlights and debris, which touch few points, do not move it.

    Parameters
    ----------
    darkness : (H, W) float32 ndarray
        1 - intensity / skin: 0 is bare skin.
    centerlines : Centerlines
        N hairs; those with the flag ``LIGHT_HAIR`` are measured as lighter than the skin.
    um_per_px : float
        Turns the settings into px.
    settings : MeasurementSettings
    """
    geometry = settings.in_px(um_per_px)
    profiles = place_profiles(centerlines, geometry, max_per_hair=settings.max_profiles_per_hair)
    around = find_surroundings(
        profiles, centerlines, reach_px=1.5 * geometry.reach_px, spacing_px=max(1.0, geometry.skin_px / 2)
    )
    light = (centerlines.flags & int(HairFlag.LIGHT_HAIR)) != 0
    sections = Sections(
        darkness=darkness,
        profiles=profiles.moved(around.shift_px),
        around=around,
        sign=np.where(light, np.float32(-1), np.float32(1)),
        geometry=geometry,
    )
    placed = np.bincount(profiles.hair, minlength=len(centerlines))
    spacing_px = centerlines.lengths_px / np.maximum(placed, 1)
    return _measure_sections(sections, np.minimum(spacing_px / geometry.correlation_px, 1.0), settings)


def _measure_sections(
    sections: Sections, independence: NDArray[np.float64], settings: MeasurementSettings
) -> ShaftWidths:
    """Fit, learn each hair's bar, and fit again with the neighbors' bars taken out."""
    psf_px = picture_psf(sections, default_px=settings.default_psf_px)
    bank = make_bank(sections.geometry, psf_px=psf_px)
    hair, n_hairs = sections.profiles.hair, len(independence)
    known = KnownBars(width_px=np.full(n_hairs, np.nan), height=np.full(n_hairs, np.nan))
    fits = fit_sections(sections, known, bank, rows=np.arange(len(hair)))
    entered = np.unique(sections.around.profile)
    for again in range(N_PASSES):
        if again:
            fits = fits.replaced(entered, fit_sections(sections, known, bank, rows=entered))
        clean = clean_sections(sections, fits, known, psf_px=psf_px, min_z=settings.min_bar_z)
        height = fits.height * sections.sign[hair]
        result = _per_hair(
            hair[clean],
            (fits.width_px / sections.around.bundle)[clean],
            height[clean],
            independence=independence,
            min_profiles=settings.min_profiles,
            psf_px=psf_px,
        )
        outer = outer_widths(sections, fits, min_z=settings.min_bar_z)
        shown = np.isfinite(outer)
        rough = (grouped_quantiles(part[shown], hair[shown], n_hairs, (0.5,))[:, 0] for part in (outer, height))
        known = KnownBars(
            width_px=np.where(np.isnan(result.diameter_px), next(rough), result.diameter_px),
            height=np.where(np.isnan(result.contrast), next(rough), result.contrast),
        )
    return result


def _per_hair(
    hair: NDArray[np.int64],
    width_px: NDArray[np.float64],
    height: NDArray[np.float64],
    *,
    independence: NDArray[np.float64],
    min_profiles: int,
    psf_px: float,
) -> ShaftWidths:
    """Medians of N hairs from their clean cross-sections, each of which is worth ``independence`` (N,) of one."""
    n_hairs = len(independence)
    count = np.bincount(hair, minlength=n_hairs)
    low, median, high = grouped_quantiles(width_px, hair, n_hairs, (0.25, 0.5, 0.75)).T
    (contrast,) = grouped_quantiles(height, hair, n_hairs, (0.5,)).T
    spread = high - low
    worth = np.maximum(count * independence, 1.0)
    factor = stdtrit(np.maximum(count - 1, 1), 0.975)
    sampling = factor * MEDIAN_PENALTY * spread / IQR_PER_SIGMA / np.sqrt(worth)
    # A bar thinner than the blur's sigma looks like any other: the bounds reach from nothing to there.
    unresolved = np.maximum(psf_px - median, 0.0)
    enough = np.where(count >= min_profiles, 1.0, np.nan)
    return ShaftWidths(
        diameter_px=median * enough,
        spread_px=spread * enough,
        error_px=np.hypot(np.hypot(sampling, MODEL_ERROR_PX), unresolved) * enough,
        contrast=contrast * enough,
        psf_px=psf_px,
    )


def grouped_quantiles(
    values: NDArray[np.float64], group: NDArray[np.int64], n_groups: int, quantiles: tuple[float, ...]
) -> NDArray[np.float64]:
    """(G, Q) quantiles of the values of each group, linear between order statistics; NaN for an empty group."""
    if len(values) == 0:
        return np.full((n_groups, len(quantiles)), np.nan)
    ordered = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=n_groups)
    first = np.cumsum(count) - count
    place = first[:, None] + np.maximum(count[:, None] - 1, 0) * np.asarray(quantiles)
    below = np.minimum(np.floor(place).astype(np.int64), len(values) - 1)
    above = np.minimum(np.ceil(place).astype(np.int64), len(values) - 1)
    found = ordered[below] + (place - np.floor(place)) * (ordered[above] - ordered[below])
    return np.where(count[:, None] > 0, found, np.nan)
