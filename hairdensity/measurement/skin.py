"""Redness and scale of the skin between the hairs.

Everything is measured at 20 um per px, on skin that is readable, away from hairs and not burned out. A raw camera is
not calibrated: redness compares pictures of one device, one light and one white balance, and nothing else. The ratio of
red to green takes out how bright the light is, not which color it has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.target_area import TargetArea
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["SkinLook", "look_at_skin"]

Mask = NDArray[np.bool_]
Float = NDArray[np.float32]

WORKING_UM_PER_PX = 20.0

HAIR_MARGIN_UM = 60.0
"""Beside a shaft its blur and shadow, and the shade of its buried root, darken the skin."""

BURNED_OUT = 250
"""A grey level at which a camera no longer tells light from more light: a mirror image of the lamp."""

SKIN_WINDOW_UM = 1500.0
SKIN_QUANTILE = 0.35
"""Scale is brighter than skin: below the median of a window there is skin even where scale covers most of it."""

PALENESS = 4.0
"""Weight of log (G / R) against log brightness: sheen and mottling change the brightness, scale the color."""

LEAST_BRIGHTNESS = -0.1
"""Log of the brightness over the skin's below which nothing is scale."""

SCALE_EXCESS = 0.4
"""Excess of brightness and paleness from which a spot may be scale."""

EDGE_BLUR_UM = 20.0
LEAST_EDGE_PER_UM = 0.006
"""Mean slope of the excess on the rim of a spot. Without it, patches of redness made 19-37 % of bare skin scale."""

LEAST_SPOT_UM = 60.0
"""Glints are smaller."""

TILE_UM = 1000.0
LEAST_TILE = 0.2
FEWEST_TILES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinLook:
    """How the skin between the hairs looks; NaN where too little of it shows.

    Parameters
    ----------
    erythema_index, erythema_sd : float
        100 log10(R / G) of linear red and green, and its deviation between sites.
    scaling_fraction, scaling_sd : float
        Share of the skin on which scale lies, and its deviation between sites.
    n_tiles : int
        Square millimeters of skin, or parts of them, that these rest on.
    """

    erythema_index: float
    erythema_sd: float
    scaling_fraction: float
    scaling_sd: float
    n_tiles: int


def look_at_skin(
    pixels: NDArray[np.uint8],
    centerlines: Centerlines,
    diameter_px: NDArray[np.float64],
    target_area: TargetArea,
    *,
    um_per_px: float,
) -> SkinLook:
    """Measure the redness of the bare skin and the share of it that scale covers.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    centerlines : Centerlines
        N hairs, whether they count or not.
    diameter_px : (N,) float64 ndarray
        NaN is taken for the median.
    target_area : TargetArea
    um_per_px : float
        The calibration's scale, or a working one.

    Returns
    -------
    SkinLook
    """
    zoom = min(1.0, um_per_px / WORKING_UM_PER_PX)
    scale = um_per_px / zoom
    small = _resized(pixels, zoom, cv2.INTER_AREA)
    readable = _resized(target_area.mask.view(np.uint8), zoom, cv2.INTER_NEAREST) > 0
    skin = readable & ~_near_hairs(centerlines, diameter_px, small.shape[:2], zoom, scale)
    skin &= small.max(axis=2) < BURNED_OUT
    linear = _linear(small)
    flaky = skin & _scale(linear, skin, um_per_px=scale)
    bare = skin & ~flaky
    redness = 100 * np.log10(linear[..., 0] / linear[..., 1])
    return _summary(redness, skin, bare, flaky, side=max(1, round(TILE_UM / scale)))


def _resized(picture: NDArray[np.uint8], zoom: float, method: int) -> NDArray[np.uint8]:
    size = tuple(max(1, round(side * zoom)) for side in (picture.shape[1], picture.shape[0]))
    return np.asarray(cv2.resize(picture, size, interpolation=method))


def _linear(pixels: NDArray[np.uint8]) -> Float:
    """(H, W, 3) light from sRGB values, above 0 so that it has a logarithm."""
    value = np.arange(256) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.maximum(table, 0.25 / 255 / 12.92).astype(np.float32)[pixels]


def _near_hairs(
    centerlines: Centerlines, diameter_px: NDArray[np.float64], shape: tuple[int, ...], zoom: float, um_per_px: float
) -> Mask:
    """(H, W) True on shafts and within a margin of them."""
    canvas = np.zeros(shape, dtype=np.uint8)
    known = diameter_px[np.isfinite(diameter_px)]
    widths = np.where(np.isfinite(diameter_px), diameter_px, np.median(known) if len(known) else 0.0)
    margin = 2 * HAIR_MARGIN_UM / um_per_px
    for hair, width in enumerate(widths.tolist()):
        line = np.rint(((centerlines.path(hair) + 0.5) * zoom - 0.5)[:, ::-1]).astype(np.int32)
        cv2.polylines(canvas, [line], isClosed=False, color=1, thickness=max(1, math.ceil(width * zoom + margin)))
    return canvas > 0


def _scale(linear: Float, skin: Mask, *, um_per_px: float) -> Mask:
    """(H, W) True on spots that are brighter and paler than the skin around and have an edge."""
    bright = np.log(linear @ np.array([0.2126, 0.7152, 0.0722], np.float32))
    pale = np.log(linear[..., 1] / linear[..., 0])  # skin is red, scale is white
    side = max(1, round(SKIN_WINDOW_UM / um_per_px))
    brighter = bright - _skin_level(bright, skin, side)
    excess = brighter + PALENESS * (pale - _skin_level(pale, skin, side))
    reach = max(3, round(LEAST_SPOT_UM / um_per_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    raised = (excess > SCALE_EXCESS) & (brighter > LEAST_BRIGHTNESS) & skin
    spots = np.asarray(cv2.morphologyEx(raised.astype(np.uint8), cv2.MORPH_OPEN, disc))
    return _with_edges(spots, excess, um_per_px=um_per_px)


def _with_edges(spots: NDArray[np.uint8], excess: Float, *, um_per_px: float) -> Mask:
    """(H, W) the spots whose rim is steep: skin between red patches is pale too, but fades into them."""
    smooth = cv2.GaussianBlur(excess, (0, 0), EDGE_BLUR_UM / um_per_px)
    # A Sobel kernel weighs to 8.
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)) / (8 * um_per_px)
    n, label = cv2.connectedComponents(spots)
    rim = (spots > 0) & (cv2.erode(spots, np.ones((3, 3), np.uint8)) == 0)
    steepness = np.bincount(label[rim], weights=slope[rim], minlength=n) / np.maximum(
        np.bincount(label[rim], minlength=n), 1
    )
    is_scale = steepness > LEAST_EDGE_PER_UM
    is_scale[0] = False  # the background
    return np.asarray(is_scale[label])


def _skin_level(values: Float, skin: Mask, side: int) -> Float:
    """(H, W) the skin's own level: a quantile in tiles, smooth in between."""
    rows, cols = (max(1, round(length / side)) for length in skin.shape)
    level = np.full((rows, cols), np.nan)
    row_edges, col_edges = (np.linspace(0, n, k + 1).astype(int) for n, k in zip(skin.shape, (rows, cols), strict=True))
    for row in range(rows):
        for col in range(cols):
            # Neighboring pixels share their light: every other one says the same.
            tile = np.s_[row_edges[row] : row_edges[row + 1] : 2, col_edges[col] : col_edges[col + 1] : 2]
            known = values[tile][skin[tile]]
            if len(known):
                level[row, col] = np.quantile(known, SKIN_QUANTILE)
    everywhere = np.nanmedian(level) if np.isfinite(level).any() else 0.0
    filled = np.where(np.isfinite(level), level, everywhere).astype(np.float32)
    return np.asarray(cv2.resize(filled, skin.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _summary(redness: Float, skin: Mask, bare: Mask, flaky: Mask, *, side: int) -> SkinLook:
    """Both figures from tiles of a square millimeter: their means, and how far these may differ between sites."""
    values, shares, weights = [], [], []
    for row in range(0, skin.shape[0], side):
        for col in range(0, skin.shape[1], side):
            tile = np.s_[row : row + side, col : col + side]
            n_skin = int(np.count_nonzero(skin[tile]))
            if n_skin >= LEAST_TILE * side**2 and bare[tile].any():
                values.append(float(np.median(redness[tile][bare[tile]])))
                shares.append(np.count_nonzero(flaky[tile]) / n_skin)
                weights.append(n_skin)
    n = len(weights)
    (erythema, erythema_sd), (share, share_sd) = (_mean(np.array(part), np.array(weights)) for part in (values, shares))
    return SkinLook(
        erythema_index=erythema, erythema_sd=erythema_sd, scaling_fraction=share, scaling_sd=share_sd, n_tiles=n
    )


def _mean(values: NDArray[np.float64], weights: NDArray[np.int64]) -> tuple[float, float]:
    """Weighted mean, and its deviation as the tiles show it; NaN of fewer than two tiles."""
    n = len(values)
    if n == 0:
        return math.nan, math.nan
    mean = float(np.average(values, weights=weights))
    if n < FEWEST_TILES:
        return mean, math.nan
    share = weights / weights.sum()
    return mean, float(np.sqrt(np.sum((share * (values - mean)) ** 2) * n / (n - 1)))
