"""Hair maps without weights: the skin's own level, then Hessian ridges over a ladder of widths.

A shaft is a bar, and a bar answers most to the blur whose sigma is half its width. The ladder of blurs ends at a sigma
for which a bar wider than the widest single hair answers with two ridges, one along each side: two hairs lying side by
side are told apart by this alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.hessian import ridge_axis, ridge_response
from hairdensity.segmentation.maps import RidgeMaps
from hairdensity.segmentation.skin_level import relative_darkness

__all__ = ["RidgeSettings", "segment", "segment_polarities"]

Float = NDArray[np.float32]

SPLIT_RATIO = 2 * math.sqrt(3)
"""A bar wider than this many sigmas answers with two ridges: there its profile's fourth derivative changes sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeSettings:
    """What counts as a ridge, in um and contrast.

    Parameters
    ----------
    working_um_per_px : float
        Finer pictures are reduced to this scale.
    min_diameter_um, max_diameter_um : float
        Range of single shafts. A wider bar answers with two ridges; the picture's blur and the merging of near ridges
        keep single shafts whole to about 130 um.
    scale_step : float
        Ratio of neighbouring sigmas.
    skin_window_um : float
        Window of the skin's own level: wider than any bundle, narrower than the illumination's changes.
    highlight_um : float
        Widest bright line along a shaft that is filled: a shaft with a highlight must not answer as two. Gaps between
        hairs that lie closer than this are filled too; their common width then tells them apart.
    min_contrast : float
        Weakest response that can belong to a shaft.
    glance_um_per_px, min_light_contrast, min_light_length_um : float
        Light hairs are looked for where, at this coarse scale, a stretch at least that much lighter than the skin is at
        least that long.
    """

    working_um_per_px: float = 5.0
    min_diameter_um: float = 13.0
    max_diameter_um: float = 120.0
    scale_step: float = 1.5
    skin_window_um: float = 1000.0
    highlight_um: float = 25.0
    min_contrast: float = 0.05
    glance_um_per_px: float = 15.0
    min_light_contrast: float = 0.12
    min_light_length_um: float = 200.0


def segment(
    pixels: NDArray[np.uint8], *, um_per_px: float, settings: RidgeSettings | None = None, polarity: int = 1
) -> RidgeMaps:
    """Maps of the shafts of a picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    um_per_px : float
        Scale that turns the settings' um into px: the calibration's or a working one.
    settings : RidgeSettings, optional
    polarity : int, optional
        1 for hairs darker than the skin, -1 for lighter ones.
    """
    # Who asks for light hairs gets their maps, whatever a first glance says.
    sure = replace(settings or RidgeSettings(), min_light_length_um=0.0)
    return next(segment_polarities(pixels, um_per_px=um_per_px, settings=sure, polarities=(polarity,)))


def segment_polarities(
    pixels: NDArray[np.uint8],
    *,
    um_per_px: float,
    settings: RidgeSettings | None = None,
    polarities: tuple[int, ...] = (1, -1),
) -> Iterator[RidgeMaps]:
    """Maps of dark and of light shafts, one after the other: what both need is computed once.

    Those of light shafts are left out where no bright stretch of the picture is long enough to be a hair: on most
    pictures they would cost half of the time and hold nothing.

    An iterator, so that a caller who lets go of the first maps before asking for the next holds one set in memory.

    Parameters
    ----------
    pixels, um_per_px, settings
        As in ``segment``.
    polarities : tuple of int, optional
        1 for hairs darker than the skin, -1 for lighter ones.
    """
    settings = settings or RidgeSettings()
    window_px = settings.skin_window_um / um_per_px
    factor = max(1.0, settings.working_um_per_px / um_per_px)
    um = um_per_px * factor
    darkness = relative_darkness(_channel(pixels, 1), window_px=window_px)
    shape = (max(1, round(darkness.shape[0] / factor)), max(1, round(darkness.shape[1] / factor)))
    reduced = _reduced(darkness, shape)
    red = relative_darkness(_reduced(_channel(pixels, 0), shape), window_px=window_px / factor)
    for polarity in polarities:
        if polarity < 0 and not _may_hold_light_hairs(reduced, um, settings):
            continue
        # A function of its own, because names bound here would hold the maps while the next are made.
        yield _maps(darkness, reduced, red, polarity=polarity, factor=factor, um_per_map_px=um, settings=settings)


def _maps(
    darkness: Float,
    reduced: Float,
    red: Float,
    *,
    polarity: int,
    factor: float,
    um_per_map_px: float,
    settings: RidgeSettings,
) -> RidgeMaps:
    contrast = _fill_highlights(reduced if polarity == 1 else -reduced, settings.highlight_um / um_per_map_px)
    strength, orientation, sigma = ridge_response(
        contrast,
        sigmas_px=_sigma_ladder(um_per_map_px, settings),
        min_strength=settings.min_contrast,
    )
    return RidgeMaps(
        darkness=darkness,
        contrast=contrast,
        strength=strength,
        orientation_rad=orientation,
        width_px=np.multiply(sigma, 2, out=sigma),
        axis=ridge_axis(strength, orientation, min_strength=settings.min_contrast),
        red_contrast=red if polarity == 1 else -red,
        polarity=polarity,
        px_per_map_px=factor,
        um_per_map_px=um_per_map_px,
    )


def _may_hold_light_hairs(darkness: Float, um_per_px: float, settings: RidgeSettings) -> bool:
    """Whether a connected bright stretch is as long as the shortest light hair that is looked for."""
    if settings.min_light_length_um <= 0:
        return True
    factor = max(1.0, settings.glance_um_per_px / um_per_px)
    height, width = darkness.shape
    coarse = _reduced(darkness, (max(1, round(height / factor)), max(1, round(width / factor))))
    bright = (coarse < -settings.min_light_contrast).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
    extent = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool((extent * um_per_px * factor >= settings.min_light_length_um).any())


def _channel(pixels: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.extractChannel(pixels, index), dtype=np.uint8)


def _reduced(channel: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """A channel averaged over the pixels of a smaller (h, w)."""
    if channel.shape == shape:
        return channel
    return np.asarray(cv2.resize(channel, shape[::-1], interpolation=cv2.INTER_AREA))


def _fill_highlights(contrast: Float, width_px: float) -> Float:
    """(h, w) The contrast with bright lines up to ``width_px`` closed."""
    side = 2 * round(width_px / 2) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(contrast, cv2.MORPH_CLOSE, disc), dtype=np.float32)


def _sigma_ladder(um_per_px: float, settings: RidgeSettings) -> list[float]:
    """Sigmas in px from half the thinnest shaft to the one at which the widest just gives a single ridge."""
    low = max(settings.min_diameter_um / 2, 0.7 * um_per_px)
    high = settings.max_diameter_um / SPLIT_RATIO
    steps = max(1, round(math.log(high / low, settings.scale_step)))
    return [low * (high / low) ** (i / steps) / um_per_px for i in range(steps + 1)]
