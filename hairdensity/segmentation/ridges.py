"""Hair maps without weights: the skin's own level, then Hessian ridges over a ladder of widths.

A shaft is a bar. The Hessian of the blurred picture has one large eigenvalue across a bar; normalised by the blur's
variance (Lindeberg 1998), the response of a bar peaks where sigma is half its width and is then proportional to its
contrast. The ladder ends at a sigma for which a bar wider than the widest single hair answers with two ridges, one
along each side: two hairs lying side by side are told apart by this alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.maps import HairMaps

__all__ = ["RidgeSettings", "segment"]

Float = NDArray[np.float32]

PEAK_RESPONSE = 2 / math.sqrt(2 * math.pi * math.e)
"""Response of a bar of contrast 1 at sigma = half its width: 2 phi(1) = 0.484."""

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
        Range of single shafts; a wider bar splits into two ridges.
    scale_step : float
        Ratio of neighbouring sigmas.
    skin_window_um : float
        Window of the skin's own level: wider than any bundle, narrower than the illumination's changes.
    highlight_um : float
        Widest bright line along a shaft that is filled: a shaft with a highlight must not answer as two. Gaps between
        hairs that lie closer than this are filled too; their common width then tells them apart.
    min_contrast : float
        Weakest response that can belong to a shaft.
    """

    working_um_per_px: float = 5.0
    min_diameter_um: float = 13.0
    max_diameter_um: float = 130.0
    scale_step: float = 1.5
    skin_window_um: float = 1000.0
    highlight_um: float = 25.0
    min_contrast: float = 0.05


def segment(
    pixels: NDArray[np.uint8], *, um_per_px: float, settings: RidgeSettings | None = None, polarity: int = 1
) -> HairMaps:
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

    References
    ----------
    .. [1] Lindeberg (1998). Edge detection and ridge detection with automatic scale selection. IJCV 30(2), 117-156.
    .. [2] Steger (1998). An unbiased detector of curvilinear structures. IEEE TPAMI 20(2), 113-125.
    """
    settings = settings or RidgeSettings()
    window_px = settings.skin_window_um / um_per_px
    darkness = relative_darkness(pixels[..., 1], window_px=window_px)
    factor = max(1.0, settings.working_um_per_px / um_per_px)
    um = um_per_px * factor
    shape = (max(1, round(darkness.shape[0] / factor)), max(1, round(darkness.shape[1] / factor)))
    reduced = _reduced(darkness, shape)
    red = relative_darkness(_reduced(pixels[..., 0], shape), window_px=window_px / factor)
    signed = reduced if polarity == 1 else -reduced
    filled = _fill_highlights(signed, settings.highlight_um / um)
    strength, orientation, sigma = ridge_response(filled, sigmas_px=_sigma_ladder(um, settings))
    return HairMaps(
        darkness=darkness,
        contrast=signed,
        strength=strength,
        orientation_rad=orientation,
        width_px=2 * sigma,
        axis=_axis(strength, orientation, min_strength=settings.min_contrast),
        red_contrast=red if polarity == 1 else -red,
        polarity=polarity,
        px_per_map_px=factor,
        um_per_map_px=um,
    )


def relative_darkness(channel: NDArray[np.uint8], *, window_px: float) -> Float:
    """(H, W) 1 - intensity / the skin's intensity around.

    Green is the channel to take: hair and skin differ most in it, and sensors resolve it best. The skin's level is
    found on a strongly reduced picture: a closing removes the shafts, a median the scales and glints, which are
    brighter than skin and must not make the skin beside them look dark.
    """
    level = channel.astype(np.float32) + 1.0
    reduction = max(1.0, window_px / 24)
    small = cv2.resize(level, None, fx=1 / reduction, fy=1 / reduction, interpolation=cv2.INTER_AREA)
    side = 2 * round(window_px / reduction / 8) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    without_shafts = cv2.morphologyEx(small, cv2.MORPH_CLOSE, disc)
    window = 2 * round(window_px / reduction / 2) + 1
    skin = cv2.medianBlur(np.round(without_shafts).clip(0, 255).astype(np.uint8), window).astype(np.float32)
    skin = np.maximum(cv2.GaussianBlur(skin, (0, 0), window / 6), 1.0)
    skin = cv2.resize(skin, (level.shape[1], level.shape[0]), interpolation=cv2.INTER_LINEAR)
    np.divide(level, skin, out=level)
    return np.asarray(np.subtract(1.0, level, out=level), dtype=np.float32)


def _reduced(channel: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """A channel averaged over the pixels of a smaller (h, w)."""
    if channel.shape == shape:
        return channel
    return np.asarray(cv2.resize(channel, shape[::-1], interpolation=cv2.INTER_AREA))


def _fill_highlights(signed: Float, width_px: float) -> Float:
    """(h, w) The contrast with bright lines up to ``width_px`` closed."""
    side = 2 * round(width_px / 2) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(signed, cv2.MORPH_CLOSE, disc), dtype=np.float32)


def _sigma_ladder(um_per_px: float, settings: RidgeSettings) -> list[float]:
    """Sigmas in px from half the thinnest shaft to the one at which the widest just gives a single ridge."""
    low = max(settings.min_diameter_um / 2, 0.7 * um_per_px)
    high = settings.max_diameter_um / SPLIT_RATIO
    steps = max(1, round(math.log(high / low, settings.scale_step)))
    return [low * (high / low) ** (i / steps) / um_per_px for i in range(steps + 1)]


def ridge_response(darkness: Float, *, sigmas_px: list[float]) -> tuple[Float, Float, Float]:
    """Largest ridge response over the sigmas, with the direction of the ridge and the sigma that gave it.

    Returns
    -------
    strength, orientation_rad, sigma_px : (h, w) float32 ndarray
    """
    strength = np.zeros_like(darkness)
    doubled_angle = np.zeros((*darkness.shape, 2), dtype=np.float32)
    best_sigma = np.full_like(darkness, sigmas_px[0])
    for sigma in sigmas_px:
        response, difference, cross = _hessian_ridge(darkness, sigma)
        better = response > strength
        np.copyto(strength, response, where=better)
        np.copyto(doubled_angle[..., 0], difference, where=better)
        np.copyto(doubled_angle[..., 1], cross, where=better)
        best_sigma[better] = sigma
    orientation = 0.5 * np.arctan2(doubled_angle[..., 1], doubled_angle[..., 0])
    return strength, orientation.astype(np.float32), best_sigma


def _hessian_ridge(darkness: Float, sigma: float) -> tuple[Float, Float, Float]:
    """Response at one sigma, and (xx - yy) / 2 and xy, whose doubled angle is the ridge's direction."""
    smooth = cv2.GaussianBlur(darkness, (0, 0), sigma)
    second, first = np.array([1, -2, 1], np.float32), np.array([-0.5, 0, 0.5], np.float32)
    keep = np.array([0, 1, 0], np.float32)
    xx = cv2.sepFilter2D(smooth, cv2.CV_32F, second, keep)
    yy = cv2.sepFilter2D(smooth, cv2.CV_32F, keep, second)
    xy = cv2.sepFilter2D(smooth, cv2.CV_32F, first, first)
    mean = (xx + yy) * 0.5
    difference = (xx - yy) * 0.5
    radius = cv2.magnitude(difference, xy)
    # Eigenvalues are mean -+ radius; across a dark bar the lower one is strongly negative, along it about zero.
    response = (radius - mean - np.abs(mean + radius)) * np.float32(sigma**2 / PEAK_RESPONSE)
    return response, difference, xy


def _axis(strength: Float, orientation: Float, *, min_strength: float) -> NDArray[np.bool_]:
    """(h, w) True where the response is the largest across the ridge (non-maximum suppression, one px each side)."""
    height, width = strength.shape
    axis = np.zeros((height, width), dtype=bool)
    row, col = np.nonzero(strength[1:-1, 1:-1] > min_strength)
    row, col = (row + 1).astype(np.int32), (col + 1).astype(np.int32)
    angle = orientation[row, col]
    step = np.stack([np.cos(angle), -np.sin(angle)])
    here = strength[row, col]
    ahead = _bilinear(strength, row + step[0], col + step[1])
    behind = _bilinear(strength, row - step[0], col - step[1])
    axis[row, col] = (here >= ahead) & (here > behind)
    return axis


def _bilinear(values: Float, row: Float, col: Float) -> Float:
    """(N,) values between pixels; the points lie inside the map."""
    r0 = np.minimum(row.astype(np.int32), values.shape[0] - 2)
    c0 = np.minimum(col.astype(np.int32), values.shape[1] - 2)
    fr, fc = (row - r0).astype(np.float32), (col - c0).astype(np.float32)
    flat, stride = values.ravel(), values.shape[1]
    index = r0 * stride + c0
    top = flat[index] * (1 - fc) + flat[index + 1] * fc
    bottom = flat[index + stride] * (1 - fc) + flat[index + stride + 1] * fc
    return np.asarray(top * (1 - fr) + bottom * fr)
