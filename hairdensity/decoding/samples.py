"""From a decoder's samples (8-16 bit; gray, RGB, alpha, CMYK; any orientation) to upright 8-bit RGB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import DecodingError

__all__ = ["cmyk_to_rgb", "real_depth", "some_rows", "to_rgb8", "to_uint8", "upright"]

Samples = NDArray[np.uint8] | NDArray[np.uint16]

CAMERA_DEPTHS = (8, 10, 12, 14)
"""Bits per sample that sensors deliver; anything between them is a dark picture of the next one."""

ROWS_AT_ONCE = 16
"""Rows handled together: intermediate values stay in the processor's cache and need no third copy of the picture."""


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
    return cast(NDArray[np.uint8], cv2.convertScaleAbs(samples, alpha=255.0 / ((1 << depth) - 1)))


def to_rgb8(samples: Samples, *, depth: int | None = None) -> tuple[NDArray[np.uint8], int]:
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
    depth : int
        Bits per sample of the colors.
    """
    planes = samples[:, :, None] if samples.ndim == 2 else samples
    n_colors = {1: 1, 2: 1, 3: 3, 4: 3}.get(planes.shape[2])
    if n_colors is None:
        raise DecodingError(f"the picture has {planes.shape[2]} channels; gray, RGB or either with alpha is needed")
    colors: Samples = np.ascontiguousarray(planes[:, :, :n_colors])  # type: ignore[assignment]  # keeps the dtype
    depth = depth or real_depth(colors)
    rgb = to_uint8(colors, depth=depth)
    if n_colors == 1:
        rgb = cast(NDArray[np.uint8], cv2.cvtColor(rgb, cv2.COLOR_GRAY2RGB))
    if planes.shape[2] == n_colors:
        return rgb, depth
    alpha: Samples = np.ascontiguousarray(planes[:, :, -1])  # type: ignore[assignment]  # keeps the dtype
    return _over_white(rgb, to_uint8(alpha, depth=real_depth(alpha))), depth


def _over_white(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB blended with a white page by its (H, W) alpha."""
    if alpha.min() == 255:
        return rgb
    blended = np.empty_like(rgb)
    for rows in some_rows(rgb):
        opacity = alpha[rows, :, None].astype(np.uint16)
        blended[rows] = _divided_by_255(rgb[rows] * opacity + 255 * (255 - opacity))
    return blended


def cmyk_to_rgb(inks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB from (H, W, 4) amounts of ink, 255 being full cover; ink profiles are not applied."""
    rgb = np.empty((*inks.shape[:2], 3), dtype=np.uint8)
    for rows in some_rows(inks):
        paper = 255 - inks[rows].astype(np.uint16)
        rgb[rows] = _divided_by_255(paper[:, :, :3] * paper[:, :, 3:])
    return rgb


def some_rows(array: NDArray[Any]) -> Iterator[slice]:
    """Slices that together cover all rows of an array."""
    return (slice(top, top + ROWS_AT_ONCE) for top in range(0, array.shape[0], ROWS_AT_ONCE))


def _divided_by_255(products: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Products of two 8-bit values divided by 255 and rounded, exactly, without the slow division."""
    raised = products + np.uint16(128)
    raised += raised >> 8
    raised >>= 8
    return raised


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
