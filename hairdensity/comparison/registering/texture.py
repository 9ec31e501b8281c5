"""Texture: the skin between the hairs as a second witness of where a picture was taken.

Furrows, spots, moles and vessels stay for months. Their pattern, without hairs and without what is finer or coarser
than they are, is correlated at the alignment and at many others around it: only the right one stands out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.errors import InputError

__all__ = ["SkinTexture", "TextureMatch", "TextureSettings", "compare_textures", "skin_texture"]

Float = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextureSettings:
    """What of the skin is looked at.

    Parameters
    ----------
    um_per_px : float
        Of the reduced picture.
    finest_um, coarsest_um : float
        Standard deviations of the two blurs whose difference is the texture.
    hair_margin_um : float
        Skin this near to a shaft shows its blur and its shadow.
    play_um : float
        The best agreement may lie this far from the alignment.
    apart_um, reach_um : float
        Shifts between these are wrong on purpose: what they give is chance.
    min_overlap_mm2 : float
        Bare skin that both pictures must show.
    """

    um_per_px: float = 30.0
    finest_um: float = 35.0
    coarsest_um: float = 180.0
    hair_margin_um: float = 40.0
    play_um: float = 75.0
    apart_um: float = 250.0
    reach_um: float = 1000.0
    min_overlap_mm2: float = 2.0

    def __post_init__(self) -> None:
        if not self.um_per_px > 0 or not 0 < self.finest_um < self.coarsest_um:
            raise InputError("um_per_px must be above 0, and finest_um lie below coarsest_um")
        if not 0 <= self.play_um < self.apart_um < self.reach_um:
            raise InputError("play_um, apart_um and reach_um must rise")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkinTexture:
    """The bare skin of one picture, reduced.

    Parameters
    ----------
    values : (h, w) float32 ndarray
        0 where a hair or something unreadable is.
    is_skin : (h, w) bool ndarray
    zoom : float
        Reduced px for each px of the picture.
    """

    values: Float
    is_skin: Mask
    zoom: float


class TextureMatch(NamedTuple):
    """How well two textures agree; NaN where too little skin is seen.

    Parameters
    ----------
    correlation : float
        At the alignment, -1 to 1.
    sigmas : float
        How far it stands above those of wrong alignments, in their deviations.
    """

    correlation: float
    sigmas: float


NO_MATCH = TextureMatch(math.nan, math.nan)


def skin_texture(analysis: Analysis, settings: TextureSettings) -> SkinTexture:
    """The texture of a picture's readable skin.

    Parameters
    ----------
    analysis : Analysis
    settings : TextureSettings
    """
    zoom = min(1.0, analysis.working_um_per_px / settings.um_per_px)
    # Green shows blood and pigment best, and is the sharpest channel of most sensors.
    green = np.ascontiguousarray(analysis.image.pixels[..., 1])
    height, width = green.shape
    size = max(2, round(width * zoom)), max(2, round(height * zoom))
    light = np.log(cv2.resize(green, size, interpolation=cv2.INTER_AREA).astype(np.float32) + 1)
    readable = cv2.resize(analysis.target_area.mask.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    is_skin = readable & ~_near_hairs(analysis, light.shape, zoom, settings)
    scale = analysis.working_um_per_px / zoom
    band = _blurred(light, is_skin, settings.finest_um / scale) - _blurred(light, is_skin, settings.coarsest_um / scale)
    if is_skin.any():
        # Glints and specks of scale would outweigh all else.
        limit = 3 * float(np.median(np.abs(band[is_skin]))) + 1e-6
        band = np.clip(band, -limit, limit)
    return SkinTexture(values=np.where(is_skin, band, 0).astype(np.float32), is_skin=is_skin, zoom=zoom)


def _near_hairs(analysis: Analysis, shape: tuple[int, ...], zoom: float, settings: TextureSettings) -> Mask:
    canvas = np.zeros(shape, dtype=np.uint8)
    widths = analysis.hairs["diameter_px"].to_numpy()
    known = widths[np.isfinite(widths)]
    widths = np.where(np.isfinite(widths), widths, np.median(known) if len(known) else 0.0)
    margin = 2 * settings.hair_margin_um / analysis.working_um_per_px
    for hair, width in enumerate(widths.tolist()):
        line = np.rint(((analysis.centerlines.path(hair) + 0.5) * zoom - 0.5)[:, ::-1]).astype(np.int32)
        cv2.polylines(canvas, [line], isClosed=False, color=1, thickness=max(1, math.ceil((width + margin) * zoom)))
    return canvas > 0


def _blurred(values: Float, mask: Mask, sigma_px: float) -> Float:
    """Gaussian mean of the masked values alone."""
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(values * weight, (0, 0), sigma_px)
    return np.asarray(total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma_px), 1e-3))


def compare_textures(
    baseline: SkinTexture, follow_up: SkinTexture, alignment: Alignment, settings: TextureSettings
) -> TextureMatch:
    """Correlate two textures at an alignment and around it.

    Parameters
    ----------
    baseline, follow_up : SkinTexture
    alignment : Alignment
    settings : TextureSettings
    """
    values, is_skin = _on_baseline(baseline, follow_up, alignment)
    least = settings.min_overlap_mm2 * 1e6 / settings.um_per_px**2
    if np.count_nonzero(is_skin & baseline.is_skin) < least:
        return NO_MATCH
    reach = math.ceil(settings.reach_um / settings.um_per_px)
    correlation = _correlations(baseline, values, is_skin, reach=reach, least=least / 2)
    offset = np.arange(-reach, reach + 1) * settings.um_per_px
    distance = np.hypot(offset[:, None], offset[None])
    wrong = correlation[(distance > settings.apart_um) & np.isfinite(correlation)]
    near = correlation[distance <= settings.play_um]
    if len(wrong) < 100 or not np.isfinite(near).any():
        return NO_MATCH
    best = float(np.nanmax(near))
    return TextureMatch(best, float((best - wrong.mean()) / max(wrong.std(), 1e-6)))


def _on_baseline(baseline: SkinTexture, follow_up: SkinTexture, alignment: Alignment) -> tuple[Float, Mask]:
    """The follow-up's texture where the baseline shows it."""
    shape = baseline.values.shape
    place = np.stack(np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij"), axis=-1).reshape(-1, 2)
    centers: NDArray[np.float64] = (place.astype(np.float64) + 0.5) / baseline.zoom - 0.5
    goal = alignment.to_follow_up(centers)
    goal = ((goal + 0.5) * follow_up.zoom - 0.5).reshape(*shape, 2).astype(np.float32)
    rows, cols = np.ascontiguousarray(goal[..., 0]), np.ascontiguousarray(goal[..., 1])
    values = cv2.remap(follow_up.values, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    mask = cv2.remap(follow_up.is_skin.view(np.uint8), cols, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(values), np.asarray(mask) > 0


def _correlations(baseline: SkinTexture, values: Float, is_skin: Mask, *, reach: int, least: float) -> Float:
    """(2 reach + 1, 2 reach + 1) correlation over what both masks show, by shift in px; NaN where that is little.

    By Fourier transform: sums over products of masked pictures are convolutions [1]_.

    References
    ----------
    .. [1] Padfield (2012). Masked object registration in the Fourier domain. IEEE TIP 21(5), 2706-2718.
    """
    size = [fft.next_fast_len(side + reach, real=True) for side in values.shape]
    one, two = np.where(is_skin, values, 0), baseline.values
    parts = [fft.rfft2(part, size) for part in (two, two**2, baseline.is_skin.astype(np.float32))]
    others = [np.conj(fft.rfft2(part, size)) for part in (one, one**2, is_skin.astype(np.float32))]

    def total(first: int, second: int) -> Float:
        whole = np.roll(fft.irfft2(parts[first] * others[second], size), (reach, reach), axis=(0, 1))
        return np.asarray(whole[: 2 * reach + 1, : 2 * reach + 1])

    n = np.maximum(total(2, 2), 1)
    mean_one, mean_two = total(2, 0) / n, total(0, 2) / n
    product = total(0, 0) / n - mean_one * mean_two
    spread = (total(2, 1) / n - mean_one**2) * (total(1, 2) / n - mean_two**2)
    return np.asarray(np.where(n >= least, product / np.sqrt(np.maximum(spread, 1e-16)), np.nan))
