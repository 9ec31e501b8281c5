"""From cross-sections to one diameter per hair, with its spread and its bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from hairdensity.flags import HairFlag
from hairdensity.measurement.diameter import BarBank, BarFits, estimate_psf, fit_bars, make_bank
from hairdensity.measurement.neighbors import Surroundings, find_surroundings
from hairdensity.measurement.profiles import Profiles, place_profiles, sample_profiles
from hairdensity.measurement.settings import MeasurementSettings, ProfileGeometry
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["ShaftWidths", "grouped_quantiles", "measure_shafts"]

BLOCK = 2048
"""Cross-sections fitted at once: 432 scores each, so about 4 MB for each intermediate array."""

MAX_PSF_PROFILES = 1500

MODEL_ERROR_PX = 0.3
"""Half of a 95 % interval that no number of cross-sections removes: twice the fit's own bias of up to 0.15 px."""

EDGE_SIGMAS = 0.5
"""The fitted edge keeps this many sigmas of blur from where a neighbor's part begins."""

WIDEST_SHARE = 0.98
"""At the widest bar that is tried, what was fitted is not a shaft."""

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
    profiles = profiles.moved(around.shift_px)
    light = (centerlines.flags & int(HairFlag.LIGHT_HAIR)) != 0
    sign = np.where(light, np.float32(-1), np.float32(1))[profiles.hair]
    psf = _picture_psf(darkness, profiles, around, sign, geometry, default_px=settings.default_psf_px)
    fits = _fit_in_blocks(darkness, profiles, around.free_px, sign, make_bank(geometry, psf_px=psf))
    clean = (
        (fits.z >= settings.min_bar_z)
        & (fits.width_px < WIDEST_SHARE * geometry.width_range_px[1])
        & _edges_are_its_own(fits, around, EDGE_SIGMAS * psf, geometry)
        & _edges_are_inside(fits, profiles, darkness.shape)
    )
    placed = np.bincount(profiles.hair, minlength=len(centerlines))
    spacing = centerlines.lengths_px / np.maximum(placed, 1)
    return _per_hair(
        profiles.hair[clean],
        (fits.width_px / around.bundle)[clean],
        (fits.height * sign)[clean],
        independence=np.minimum(spacing / geometry.correlation_px, 1.0),
        min_profiles=settings.min_profiles,
        psf_px=psf,
    )


def _picture_psf(
    darkness: NDArray[np.float32],
    profiles: Profiles,
    around: Surroundings,
    sign: NDArray[np.float32],
    geometry: ProfileGeometry,
    *,
    default_px: float,
) -> float:
    """Sigma of the blur from cross-sections of single shafts that no other hair enters, spread over the picture."""
    alone = np.flatnonzero(np.isinf(around.free_px).all(axis=1) & (around.bundle == 1))
    alone = alone[:: max(1, len(alone) // MAX_PSF_PROFILES)]
    if len(alone) == 0:
        return default_px
    samples, inside = sample_profiles(darkness, profiles.take(alone), geometry.x_px)
    whole = inside.all(axis=1)
    return estimate_psf((samples * sign[alone, None])[whole], geometry, default_px=default_px)


def _fit_in_blocks(
    darkness: NDArray[np.float32],
    profiles: Profiles,
    free_px: NDArray[np.float64],
    sign: NDArray[np.float32],
    bank: BarBank,
) -> BarFits:
    """Fits of all K cross-sections; a sample in another hair's part or outside the picture does not count."""
    result = {field.name: np.zeros(len(profiles)) for field in fields(BarFits)}
    for start in range(0, len(profiles), BLOCK):
        part = slice(start, start + BLOCK)
        samples, inside = sample_profiles(darkness, profiles.take(part), bank.x_px.astype(np.float64))
        samples *= sign[part, None]
        counts = inside & (bank.x_px >= free_px[part, :1]) & (bank.x_px <= free_px[part, 1:])
        whole = counts.all(axis=1)
        for rows, weights in ((whole, np.ones((1, len(bank.x_px)), np.float32)), (~whole, counts[~whole])):
            if rows.any():
                fits = fit_bars(samples[rows], weights.astype(np.float32), bank)
                for name, values in result.items():
                    values[part][rows] = getattr(fits, name)
    return BarFits(**result)


def _edges_are_its_own(
    fits: BarFits, around: Surroundings, margin_px: float, geometry: ProfileGeometry
) -> NDArray[np.bool_]:
    """(K,) True where both edges lie in the hair's own part of the cross-section, with bare skin beside one of them."""
    reach = geometry.reach_px
    left = fits.center_px - fits.width_px / 2 - np.maximum(around.free_px[:, 0], -reach)
    right = np.minimum(around.free_px[:, 1], reach) - fits.center_px - fits.width_px / 2
    return np.asarray((np.minimum(left, right) >= margin_px) & (np.maximum(left, right) >= geometry.skin_px))


def _edges_are_inside(fits: BarFits, profiles: Profiles, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(K,) True where both fitted edges lie in the picture."""
    inside = np.ones(len(profiles), dtype=bool)
    for side in (-0.5, 0.5):
        edge = profiles.moved(fits.center_px + side * fits.width_px).center_px
        inside &= ((edge >= 0) & (edge <= np.array(shape) - 1)).all(axis=1)
    return inside


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
    factor = student_t.ppf(0.975, np.maximum(count - 1, 1))
    sampling = factor * MEDIAN_PENALTY * spread / IQR_PER_SIGMA / np.sqrt(worth)
    enough = np.where(count >= min_profiles, 1.0, np.nan)
    return ShaftWidths(
        diameter_px=median * enough,
        spread_px=spread * enough,
        error_px=np.hypot(sampling, MODEL_ERROR_PX) * enough,
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
