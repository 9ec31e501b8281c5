"""From a decoder's samples (8-16 bit; gray, RGB, alpha, CMYK; any orientation) to upright 8-bit RGB."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import DecodingError

__all__ = ["cmyk_to_rgb", "real_depth", "to_rgb8", "to_uint8", "upright"]

Samples = NDArray[np.uint8] | NDArray[np.uint16]

CAMERA_DEPTHS = (8, 10, 12, 14)
"""Bits per sample that sensors deliver; anything between them is a dark picture of the next one."""

ROWS_AT_ONCE = 256
"""Rows blended together: wide enough for numpy, small enough that 100 million pixels need no third copy."""


def real_depth(samples: Samples) -> int:
    """Bits per sample that the values really use.

    Microscope cameras store 10-14 bit values unscaled in 16-bit files, and no tag says so reliably: the smallest sensor
    depth that holds the brightest value is taken. A 12-bit picture that nowhere reaches a quarter of its range is
    therefore read as 10-bit, four times brighter; never as nearly black.
    """
    if samples.dtype == np.uint8:
        return 8
    brightest = int(samples.max())
    return next((depth for depth in CAMERA_DEPTHS if brightest < 1 << depth), 16)


def to_uint8(samples: Samples, *, depth: int) -> NDArray[np.uint8]:
    """Samples of a given depth scaled so that the largest value of that depth becomes 255."""
    if samples.dtype == np.uint8 and depth == 8:
        return cast(NDArray[np.uint8], samples)
    brightest = (1 << depth) - 1
    levels = np.minimum(np.arange(1 << 16), brightest)
    table = np.rint(levels * (255.0 / brightest)).astype(np.uint8)
    return table[samples]


def to_rgb8(samples: Samples, *, depth: int | None = None) -> NDArray[np.uint8]:
    """Any decoded array to RGB; transparent pixels show white, as a viewer's page does.

    Parameters
    ----------
    samples : (H, W) or (H, W, C) uint8 or uint16 ndarray
        C is 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha).
    depth : int, optional
        Bits per sample of the colors; found from the values when it is not given.

    Returns
    -------
    pixels : (H, W, 3) uint8 ndarray
    """
    planes = samples[:, :, None] if samples.ndim == 2 else samples
    n_colors = {1: 1, 2: 1, 3: 3, 4: 3}.get(planes.shape[2])
    if n_colors is None:
        raise DecodingError(f"the picture has {planes.shape[2]} channels; gray, RGB or either with alpha is needed")
    colors = planes[:, :, :n_colors]
    rgb = _three_channels(to_uint8(colors, depth=depth or real_depth(colors)))
    if planes.shape[2] == n_colors:
        return rgb
    alpha = planes[:, :, -1]
    return _over_white(rgb, to_uint8(alpha, depth=real_depth(alpha)))


def _three_channels(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if colors.shape[2] == 1:
        return np.repeat(colors, 3, axis=2)
    return np.ascontiguousarray(colors)


def _over_white(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB blended with a white page by its (H, W) alpha."""
    if alpha.min() == 255:
        return rgb
    blended = np.empty_like(rgb)
    for top in range(0, rgb.shape[0], ROWS_AT_ONCE):
        rows = slice(top, top + ROWS_AT_ONCE)
        opacity = alpha[rows, :, None].astype(np.uint16)
        blended[rows] = (rgb[rows] * opacity + 255 * (255 - opacity) + 127) // 255
    return blended


def cmyk_to_rgb(inks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB from (H, W, 4) amounts of ink, 255 being full cover; ink profiles are not applied."""
    rgb = np.empty((*inks.shape[:2], 3), dtype=np.uint8)
    for top in range(0, inks.shape[0], ROWS_AT_ONCE):
        paper = 255 - inks[top : top + ROWS_AT_ONCE].astype(np.uint16)
        rgb[top : top + ROWS_AT_ONCE] = (paper[:, :, :3] * paper[:, :, 3:] + 127) // 255
    return rgb


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Pixels turned as the EXIF or TIFF orientation (1-8) asks; any other value means 1."""
    turned: cv2.typing.MatLike
    match orientation:
        case 2:
            turned = cv2.flip(pixels, 1)
        case 3:
            turned = cv2.rotate(pixels, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(pixels, 0)
        case 5:
            turned = cv2.transpose(pixels)
        case 6:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)
        case 8:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return pixels
    return cast(NDArray[np.uint8], turned)
