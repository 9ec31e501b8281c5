"""The cross-sections of one picture, fitted with their neighbors taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.banks import Banks
from hairdensity.measurement.diameter import (
    N_WIDTHS,
    BarBank,
    BarFits,
    bar_profile,
    fit_bars,
    make_bank,
    width_evidence,
)
from hairdensity.measurement.neighbors import Surroundings
from hairdensity.measurement.profiles import Profiles, sample_profiles
from hairdensity.measurement.psf import DEFAULT_LOG_SD, PsfField, estimate_psf
from hairdensity.measurement.settings import ProfileGeometry

__all__ = [
    "KnownBars",
    "Sections",
    "beside_others",
    "clean_sections",
    "crowded_psf",
    "fit_sections",
    "outer_widths",
    "picture_psf",
    "weigh_widths",
]

BLOCK = 2048
"""Cross-sections fitted at once: 648 scores each, so about 5 MB for each intermediate array."""

MAX_PSF_PROFILES = 600

MIN_SLANT = 0.5
"""Hairs that cross at more than 60 degrees are hidden, not subtracted: their own ends and edges lie in the window."""

EDGE_SIGMAS = 0.5
"""The fitted edge keeps this many sigmas of blur from where a hidden part begins."""

OVERLAP_SIGMAS = 1.0
"""Two bars may overlap by this much: what lies on top is not told from what lies beside within the blur."""

OFF_SHARE, OFF_SIGMAS, OFF_PX = 0.04, 0.2, 0.5
"""How far the middle of a bar beside another may be off the axis: in widths, plus in sigmas of blur, and what a traced
axis may err. Axes of rendered hairs apart are within 0.4 px of the middle in nine of ten cross-sections."""

BESIDE_SIGMAS = 2.0

SAME_PX, SAME_SHARE = 0.1, 0.01
"""A neighbor whose bar moved by less is not subtracted anew."""

WIDEST_SHARE = 0.98
"""At the widest bar that is tried, what was fitted is not a shaft."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sections:
    """K cross-sections of N hairs with all that their fit needs.

    Parameters
    ----------
    darkness : (H, W) float32 ndarray
    profiles : Profiles
        Around the middles of shafts or bundles.
    around : Surroundings
    sign : (N,) float32 ndarray
        1 for hairs darker than the skin, -1 for lighter ones.
    geometry : ProfileGeometry
    """

    darkness: NDArray[np.float32]
    profiles: Profiles
    around: Surroundings
    sign: NDArray[np.float32]
    geometry: ProfileGeometry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownBars:
    """What is known so far of N hairs; NaN for nothing.

    Parameters
    ----------
    width_px : (N,) float64 ndarray
    height : (N,) float64 ndarray
        In the units of ``darkness``, negative for light hairs.
    """

    width_px: NDArray[np.float64]
    height: NDArray[np.float64]

    def differs(self, other: KnownBars) -> NDArray[np.bool_]:
        """(N,) True where the bars differ by more than a hair's error, or only one of them is known."""
        same = np.abs(self.width_px - other.width_px) <= SAME_PX
        same &= np.abs(self.height - other.height) <= SAME_SHARE * np.abs(other.height)
        return ~same & ~(np.isnan(self.width_px) & np.isnan(other.width_px))

    def solves(self, around: Surroundings) -> NDArray[np.bool_]:
        """(Q,) True where the other hair can be subtracted."""
        return np.isfinite(self.width_px[around.hair]) & (around.slant >= MIN_SLANT)


def picture_psf(sections: Sections, *, default_px: float) -> PsfField:
    """Sigma of the blur from cross-sections that no other hair enters, spread over the picture."""
    entered = np.zeros(len(sections.profiles), dtype=bool)
    entered[sections.around.profile] = True
    alone = np.flatnonzero(~entered & (sections.around.bundle == 1))
    alone = alone[:: max(1, -(-len(alone) // MAX_PSF_PROFILES))]
    height, width = sections.darkness.shape
    if len(alone) == 0:
        return PsfField.even(default_px, (height, width), log_sd=DEFAULT_LOG_SD)
    profiles = sections.profiles.take(alone)
    sign = sections.sign[profiles.hair, None]
    samples, inside = sample_profiles(sections.darkness, profiles, sections.geometry.x_px)
    rough = make_bank(sections.geometry, psf_px=default_px)
    centered = profiles.moved(fit_bars(samples * sign, np.ones((1, samples.shape[1]), np.float32), rough).center_px)
    samples, centered_inside = sample_profiles(sections.darkness, centered, sections.geometry.x_px)
    whole = inside.all(axis=1) & centered_inside.all(axis=1)
    signed = samples * sign
    return estimate_psf(
        signed[whole],
        profiles.hair[whole],
        profiles.center_px[whole],
        sections.geometry,
        shape=(height, width),
        default_px=default_px,
    )


def crowded_psf(
    sections: Sections, fits: BarFits, known: KnownBars, banks: Banks, *, clean: NDArray[np.bool_], default_px: float
) -> PsfField:
    """Sigma of the blur where hairs stand too close for ``picture_psf``: their neighbors are subtracted first."""
    crowded = np.flatnonzero(clean & (sections.around.bundle == 1))
    crowded = crowded[:: max(1, -(-len(crowded) // MAX_PSF_PROFILES))]
    height, width = sections.darkness.shape
    if len(crowded) == 0:
        return PsfField.even(default_px, (height, width), log_sd=DEFAULT_LOG_SD)
    moved = replace(sections, profiles=sections.profiles.moved(fits.center_px))
    solved, everywhere = known.solves(sections.around), np.tile([-np.inf, np.inf], (len(clean), 1))
    # The neighbors' places are told from the axis.
    around = replace(sections.around, offset_px=sections.around.offset_px - fits.center_px[sections.around.profile])
    moved = replace(moved, around=around)
    samples, counts = _samples(moved, known, solved, crowded, banks.psf_px, everywhere)
    whole = counts.all(axis=1)
    return estimate_psf(
        samples[whole],
        sections.profiles.hair[crowded[whole]],
        sections.profiles.center_px[crowded[whole]],
        sections.geometry,
        shape=(height, width),
        default_px=default_px,
    )


def fit_sections(sections: Sections, known: KnownBars, banks: Banks, *, rows: NDArray[np.int64]) -> BarFits:
    """Fit some of the cross-sections after subtracting the neighbors that are known and hiding the part of the others.

    What lies beyond the middle between two axes is the other's part: the gap's middle, where both are as wide.
    """
    result = {field.name: np.zeros(len(sections.profiles)) for field in fields(BarFits)}
    for part, samples, weights, bank in _batches(sections, known, banks, rows):
        fits = fit_bars(samples, weights, bank)
        for name, values in result.items():
            values[part] = getattr(fits, name)
    result["width_px"][rows] = banks.corrected(result["width_px"][rows], rows)
    return BarFits(**{name: values[rows] for name, values in result.items()})


def weigh_widths(
    sections: Sections, known: KnownBars, banks: Banks, *, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(R, W) unexplained share and height of ``diameter.width_evidence`` of the cross-sections ``rows`` (R,)."""
    place = np.full(len(sections.profiles), -1)
    place[rows] = np.arange(len(rows))
    unexplained, height = np.ones((len(rows), N_WIDTHS)), np.zeros((len(rows), N_WIDTHS))
    for part, samples, weights, bank in _batches(sections, known, banks, rows):
        unexplained[place[part]], height[place[part]] = width_evidence(samples, weights, bank)
    return unexplained, height


def _batches(
    sections: Sections, known: KnownBars, banks: Banks, rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32], BarBank]]:
    """Numbers, samples and weights of cross-sections that share a bank, those that nothing hides with one weight."""
    around = sections.around
    solved = known.solves(around)
    free = around.free_px(np.where(solved, np.inf, np.abs(around.offset_px) / 2))
    for group, bank in banks.groups(rows):
        for start in range(0, len(group), BLOCK):
            part = group[start : start + BLOCK]
            samples, counts = _samples(sections, known, solved, part, banks.psf_px, free)
            whole = counts.all(axis=1)
            for chosen, weights in ((whole, np.ones((1, counts.shape[1]))), (~whole, counts[~whole])):
                if chosen.any():
                    yield part[chosen], samples[chosen], weights.astype(np.float32), bank


def _samples(
    sections: Sections,
    known: KnownBars,
    solved: NDArray[np.bool_],
    part: NDArray[np.int64],
    psf_px: NDArray[np.float64],
    free: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(k, n) values of the cross-sections ``part`` (k,) without the known neighbors, and (k, n) which of them count."""
    x_px = sections.geometry.x_px
    samples, inside = sample_profiles(sections.darkness, sections.profiles.take(part), x_px)
    samples -= _neighbors(sections.around, solved, known, part, psf_px=psf_px, x_px=x_px)
    samples *= sections.sign[sections.profiles.hair[part], None]
    return samples, inside & (x_px >= free[part, :1]) & (x_px <= free[part, 1:])


def _neighbors(
    around: Surroundings,
    solved: NDArray[np.bool_],
    known: KnownBars,
    part: NDArray[np.int64],
    *,
    psf_px: NDArray[np.float64],
    x_px: NDArray[np.float64],
) -> NDArray[np.float32]:
    """(k, n) sum of the known neighbors' bars in the cross-sections ``part`` (k,)."""
    total = np.zeros((len(part), len(x_px)), dtype=np.float32)
    place = np.full(len(around.bundle), -1)
    place[part] = np.arange(len(part))
    chosen = np.flatnonzero(solved & (place[around.profile] >= 0))
    hair = around.hair[chosen]
    bars = known.height[hair, None] * bar_profile(
        x_px[None],
        (known.width_px[hair] / around.slant[chosen])[:, None],
        around.offset_px[chosen, None],
        psf_px[around.profile[chosen], None],
    )
    np.add.at(total, place[around.profile[chosen]], bars.astype(np.float32))
    return total


def clean_sections(
    sections: Sections, fits: BarFits, known: KnownBars, *, psf_px: NDArray[np.float64], min_z: float
) -> NDArray[np.bool_]:
    """(K,) True where the bar stands out, lies in the picture and in the hair's own part, with skin beside it."""
    around, geometry = sections.around, sections.geometry
    solved = known.solves(around)
    offset = np.abs(around.offset_px)
    other_edge = _other_edges(around, known)
    limit = np.where(solved, other_edge + (OVERLAP_SIGMAS + EDGE_SIGMAS) * psf_px[around.profile], offset / 2)
    left, right = _room(fits, around.free_px(limit), geometry.reach_px)
    own = np.minimum(left, right) >= EDGE_SIGMAS * psf_px
    left, right = _room(fits, around.free_px(np.where(solved, np.inf, offset / 2)), geometry.reach_px)
    own &= np.maximum(left, right) >= geometry.skin_px
    own &= ~_squeezed(fits, around, other_edge, psf_px)
    shaft = (fits.z >= min_z) & (fits.width_px < WIDEST_SHARE * geometry.width_range_px[1])
    return np.asarray(own & shaft & _edges_are_inside(sections, fits))


def _squeezed(
    fits: BarFits, around: Surroundings, other_edge_px: NDArray[np.float64], psf_px: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(K,) True where another hair touches the bar and the bar's middle is off the axis.

    Where shafts overlap, the hidden edge is cut off with the other hair. What is left has its middle off the axis by
    half of what is missing.
    """
    off = np.abs(fits.center_px) > np.maximum(OFF_SHARE * fits.width_px + OFF_SIGMAS * psf_px, OFF_PX)
    return np.asarray(off & (_gap(fits, around, other_edge_px) < psf_px))


def _gap(fits: BarFits, around: Surroundings, other_edge_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K,) px of skin between the bar and the nearest other hair, negative where they overlap; infinite without any."""
    gap = np.full(len(fits.width_px), np.inf)
    reach = other_edge_px - fits.width_px[around.profile] / 2
    np.minimum.at(gap, around.profile, np.where(np.isnan(reach), -np.inf, reach))
    return gap


def beside_others(
    sections: Sections, fits: BarFits, known: KnownBars, *, psf_px: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(K,) True where the blur joins the bar with another hair: less than two sigmas of skin lie between them."""
    return _gap(fits, sections.around, _other_edges(sections.around, known)) < BESIDE_SIGMAS * psf_px


def _other_edges(around: Surroundings, known: KnownBars) -> NDArray[np.float64]:
    """(Q,) px from the axis to the near edge of the other hair; NaN where its width is not known."""
    half = known.width_px[around.hair] / np.maximum(around.slant, MIN_SLANT) / 2
    return np.asarray(np.abs(around.offset_px) - half)


def _room(
    fits: BarFits, free_px: NDArray[np.float64], reach_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(K,) px between the left, and the right, edge of each bar and the end of the free part of its cross-section."""
    free = np.clip(free_px, -reach_px, reach_px)
    return fits.center_px - fits.width_px / 2 - free[:, 0], free[:, 1] - fits.center_px - fits.width_px / 2


def _edges_are_inside(sections: Sections, fits: BarFits) -> NDArray[np.bool_]:
    """(K,) True where both fitted edges lie in the picture."""
    inside = np.ones(len(sections.profiles), dtype=bool)
    for side in (-0.5, 0.5):
        edge = sections.profiles.moved(fits.center_px + side * fits.width_px).center_px
        inside &= ((edge >= 0) & (edge <= np.array(sections.darkness.shape) - 1)).all(axis=1)
    return inside


def outer_widths(sections: Sections, fits: BarFits, *, min_z: float) -> NDArray[np.float64]:
    """(K,) twice the distance from the axis to the only edge that shows skin; NaN where both or none do.

    A shaft that touches another on one side has one free edge. Its axis is traced, so this edge gives a width, good
    enough to take the shaft out of its neighbor's cross-section.
    """
    around, geometry = sections.around, sections.geometry
    left_px, right_px = _room(fits, around.free_px(np.abs(around.offset_px) / 2), geometry.reach_px)
    left_shows, right_shows = left_px >= geometry.skin_px, right_px >= geometry.skin_px
    width = fits.width_px + 2 * np.where(left_shows, -fits.center_px, fits.center_px)
    valid = (left_shows != right_shows) & (width >= geometry.width_range_px[0]) & (fits.z >= min_z)
    return np.where(valid & (around.bundle == 1), width, np.nan)
