"""From cross-sections to one diameter per hair, with its spread, its standard error and its bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.flags import HairFlag
from hairdensity.measurement.banks import Banks, blur_slope, make_banks
from hairdensity.measurement.diameter import BarFits
from hairdensity.measurement.lines import choose_lines
from hairdensity.measurement.neighbors import find_surroundings
from hairdensity.measurement.opacity import learn_opacity
from hairdensity.measurement.profiles import place_profiles
from hairdensity.measurement.psf import PsfField
from hairdensity.measurement.sections import (
    KnownBars,
    Sections,
    beside_others,
    clean_sections,
    crowded_psf,
    fit_sections,
    outer_widths,
    picture_psf,
    weigh_widths,
)
from hairdensity.measurement.settings import MeasurementSettings
from hairdensity.measurement.summary import HairWidths, grouped_quantiles, summarize, taper_of
from hairdensity.measurement.thin import ThinWidths, infer_widths
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["ShaftWidths", "measure_shafts"]

Array = NDArray[np.float64]

N_PASSES = 5
"""Shafts that touch are told apart step by step: on real clipped captures the fifth pass still moves the mean hair by
0.8 um, the third by 2.8 um."""

ROUGH_PASSES = 2
"""Enough to tell the blur."""

TWO_SIDED_95 = 1.96

MODEL_SE_PX = 0.02
"""Standard error that no number of cross-sections removes: the bank's steps."""

SCATTER_FACTOR = 1.5
"""On rendered hairs the median errs by 1.4-1.6 times what the scatter along the hair explains: cross-sections share
their noise, their skin and their blur beyond the distance at which they count as one."""

NEIGHBOR_SE_PX = 0.3
"""Of a hair that touches others all along: the shares of a common shadow are told apart only by their models."""

THIN_SIGMAS = (2.5, 3.5)
"""Widths over sigma: below the first, the whole hair is weighed at once; above the second, its cross-sections speak."""

RESOLVED_SIGMAS = 1.0
"""Below this many sigmas of blur nothing but the hair's darkness tells its width."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShaftWidths:
    """Widths of N hairs in px; NaN where too few cross-sections are clean. No figure holds the error of the scale.

    Parameters
    ----------
    diameter_px : (N,) float64 ndarray
        Median along the shaft.
    spread_px : (N,) float64 ndarray
        Interquartile range along the shaft.
    se_px : (N,) float64 ndarray
        Standard error of the diameter.
    low_px, high_px : (N,) float64 ndarray
        Its 95 % interval.
    taper : (N,) float64 ndarray
        Change of the width towards the tip, px per px.
    n_profiles : (N,) int64 ndarray
        Clean cross-sections.
    contrast : (N,) float64 ndarray
        Median height of the bar in the units of ``darkness``, negative for light hairs.
    unresolved : (N,) bool ndarray
        Thinner than the sigma of the blur: the width follows from the darkness.
    psf_px : (N,) float64 ndarray
        Sigma of the blur.
    """

    diameter_px: Array
    spread_px: Array
    se_px: Array
    low_px: Array
    high_px: Array
    taper: Array
    n_profiles: NDArray[np.int64]
    contrast: Array
    unresolved: NDArray[np.bool_]
    psf_px: Array


def measure_shafts(
    darkness: NDArray[np.float32], centerlines: Centerlines, *, um_per_px: float, settings: MeasurementSettings
) -> ShaftWidths:
    """Measure the projected diameter of every hair shaft.

    The picture is sampled along the normal at points of each axis and fitted with a bar blurred by the picture's PSF; a
    hair's diameter is the median, so that highlights and debris, which touch few points, do not move it. Of hairs
    about as thin as the blur all cross-sections are weighed together, with how dark the picture's hairs are by width.

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
    field = picture_psf(sections, default_px=settings.default_psf_px)
    fitted = _fit_hairs(sections, field, settings, passes=ROUGH_PASSES if field.is_assumed else N_PASSES)
    if field.is_assumed:
        fitted = _fit_crowded(fitted, settings)
    placed = np.bincount(profiles.hair, minlength=len(centerlines))
    spacing_px = centerlines.lengths_px / np.maximum(placed, 1)
    return _widths(fitted, np.minimum(spacing_px / geometry.correlation_px, 1.0), um_per_px, settings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fitted:
    """All cross-sections of a picture after the last pass: the clean ones are ``clean`` (K,)."""

    sections: Sections
    field: PsfField
    banks: Banks
    fits: BarFits
    known: KnownBars
    clean: NDArray[np.bool_]

    @property
    def width_px(self) -> Array:
        """(K,) widths of single hairs: a bundle's is shared."""
        return self.fits.width_px / self.sections.around.bundle


def _fit_hairs(sections: Sections, field: PsfField, settings: MeasurementSettings, *, passes: int) -> _Fitted:
    """Fit, learn each hair's bar, and fit again with the neighbors' bars taken out."""
    hair, n_hairs = sections.profiles.hair, len(sections.sign)
    banks = make_banks(field.at(sections.profiles.center_px, hair), sections.geometry)
    known = KnownBars(width_px=np.full(n_hairs, np.nan), height=np.full(n_hairs, np.nan))
    fits = fit_sections(sections, known, banks, rows=np.arange(len(hair)))
    banks = choose_lines(sections, fits, known, banks)
    lined = np.flatnonzero(banks.reflex >= 0)
    fits = fits.replaced(lined, fit_sections(sections, known, banks, rows=lined))
    before = known
    for _ in range(passes):
        stale = np.unique(sections.around.profile[known.differs(before)[sections.around.hair]])
        fits = fits.replaced(stale, fit_sections(sections, known, banks, rows=stale))
        clean = clean_sections(sections, fits, known, psf_px=banks.psf_px, min_z=settings.min_bar_z)
        fitted = _Fitted(sections=sections, field=field, banks=banks, fits=fits, known=known, clean=clean)
        before, known = known, _learn_bars(fitted, settings)
    return fitted


def _fit_crowded(fitted: _Fitted, settings: MeasurementSettings) -> _Fitted:
    """Where no hair stands alone, tell the blur and the neighbors in turn; the first have the default blur."""
    for passes in (ROUGH_PASSES, N_PASSES):
        sections = fitted.sections
        field = crowded_psf(
            sections,
            fitted.fits,
            fitted.known,
            fitted.banks,
            clean=fitted.clean,
            default_px=settings.default_psf_px,
        )
        fitted = _fit_hairs(sections, field, settings, passes=passes)
    return fitted


def _learn_bars(fitted: _Fitted, settings: MeasurementSettings) -> KnownBars:
    """Width and height of each hair from its clean cross-sections, or else from those that show one edge."""
    sections, hair, n_hairs = fitted.sections, fitted.sections.profiles.hair, len(fitted.sections.sign)
    outer = outer_widths(sections, fitted.fits, min_z=settings.min_bar_z)
    shown, clean = np.isfinite(outer), fitted.clean
    enough = np.bincount(hair[clean], minlength=n_hairs) >= settings.min_profiles

    def median(values: Array, rows: NDArray[np.bool_]) -> Array:
        return grouped_quantiles(values[rows], hair[rows], n_hairs, (0.5,))[:, 0]

    height = fitted.fits.height * sections.sign[hair]
    return KnownBars(
        width_px=np.where(enough, median(fitted.width_px, clean), median(outer, shown)),
        height=np.where(enough, median(height, clean), median(height, shown)),
    )


def _widths(fitted: _Fitted, independence: Array, um_per_px: float, settings: MeasurementSettings) -> ShaftWidths:
    """One width for each hair: from its cross-sections' median, and, as far as it is thin, from all of them at once."""
    clean, hair, n_hairs = fitted.clean, fitted.sections.profiles.hair, len(independence)
    wide = summarize(fitted.width_px[clean], hair[clean], independence)
    psf_px = grouped_quantiles(fitted.banks.psf_px, hair, n_hairs, (0.5,))[:, 0]
    height = grouped_quantiles(fitted.fits.height[clean], hair[clean], n_hairs, (0.5,))[:, 0]
    enough = wide.n_profiles >= settings.min_profiles
    se = _standard_error(fitted, wide, psf_px)
    values = np.stack([wide.median, wide.median - TWO_SIDED_95 * se, wide.median + TWO_SIDED_95 * se, se, height])
    share = np.clip((THIN_SIGMAS[1] - wide.median / psf_px) / (THIN_SIGMAS[1] - THIN_SIGMAS[0]), 0.0, 1.0)
    thin = np.flatnonzero(enough & (share > 0))
    if len(thin):
        resolved = enough & (share < 1)
        found = _weigh_thin(fitted, thin, (wide, height, se, resolved), (psf_px, independence), um_per_px)
        mixed = np.stack([found.width_px, found.low_px, found.high_px, found.se_px, found.height])
        values[:, thin] += share[thin] * (mixed - values[:, thin])
    values = np.where(enough, values, np.nan)
    taper = taper_of(fitted.width_px[clean], fitted.sections.profiles.along_px[clean], hair[clean], n_hairs)
    return ShaftWidths(
        diameter_px=values[0],
        low_px=np.maximum(values[1], 0.0),
        high_px=values[2],
        se_px=values[3],
        spread_px=np.where(enough, wide.spread, np.nan),
        taper=np.where(enough, taper, np.nan),
        n_profiles=wide.n_profiles,
        contrast=values[4] * fitted.sections.sign,
        unresolved=enough & (values[0] < RESOLVED_SIGMAS * psf_px),
        psf_px=psf_px,
    )


def _standard_error(fitted: _Fitted, wide: HairWidths, psf_px: Array) -> Array:
    """(N,) px: the scatter along the hair, the blur's error, the neighbors' share."""
    sections, n_hairs = fitted.sections, len(psf_px)
    blur = blur_slope(wide.median / psf_px) * psf_px * fitted.field.log_se(n_hairs)
    beside = beside_others(sections, fitted.fits, fitted.known, psf_px=fitted.banks.psf_px)[fitted.clean]
    owner = sections.profiles.hair[fitted.clean]
    crowd = np.bincount(owner, weights=beside, minlength=n_hairs) / np.maximum(wide.n_profiles, 1)
    parts = (SCATTER_FACTOR * wide.se, np.full(n_hairs, MODEL_SE_PX), blur, NEIGHBOR_SE_PX * crowd)
    return np.asarray(np.sqrt(sum(part**2 for part in parts)))


def _weigh_thin(
    fitted: _Fitted,
    thin: NDArray[np.int64],
    resolved: tuple[HairWidths, Array, Array, NDArray[np.bool_]],
    by_hair: tuple[Array, Array],
    um_per_px: float,
) -> ThinWidths:
    """Widths of the hairs ``thin`` (H,) from all their clean cross-sections at once."""
    hair, (psf_px, independence) = fitted.sections.profiles.hair, by_hair
    place = np.full(len(psf_px), -1)
    place[thin] = np.arange(len(thin))
    rows = np.flatnonzero(fitted.clean & (place[hair] >= 0))
    unexplained, heights = weigh_widths(fitted.sections, fitted.known, fitted.banks, rows=rows)
    degrees = fitted.sections.geometry.n_free - 5.0
    worth = -0.5 * degrees * independence[hair[rows], None] / SCATTER_FACTOR**2 * np.log(unexplained)
    count = np.bincount(place[hair[rows]], minlength=len(thin))[:, None]
    log_width = np.log(np.geomspace(*fitted.sections.geometry.width_range_px, unexplained.shape[1]))
    wide, height, se, trusted = resolved
    opacity = learn_opacity(
        wide.median[trusted],
        np.abs(height[trusted]),
        (se / wide.median)[trusted],
        at_px=np.exp(log_width),
        um_per_px=um_per_px,
    )
    total = np.zeros((2, len(thin), unexplained.shape[1]))
    np.add.at(total[0], place[hair[rows]], worth)
    np.add.at(total[1], place[hair[rows]], heights)
    return infer_widths(
        total[0],
        total[1] / count,
        log_width=log_width,
        psf_px=psf_px[thin],
        log_psf_excess=grouped_quantiles(fitted.banks.log_excess, hair, len(psf_px), (0.5,))[thin, 0],
        log_psf_sd=fitted.field.log_se(len(psf_px))[thin],
        opacity=opacity,
    )
