"""What the network is to answer for a crop: maps drawn from the exact geometry of its hairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.maps import N_HEADINGS

__all__ = ["CropHairs", "Targets", "draw_targets"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]

LINE_SIGMA_PX = 0.9
"""Blur of the drawn centerline; with the line's own width it is about 1.1 px wide."""

ROOT_SIGMA_PX = 4.0
"""20 um at the working scale: roots of one unit, 40 um apart and more, keep their own peaks."""

TUBE_PX = 2
"""Half-width, in px of the coarse maps, of the band about an axis in which heading and diameter are asked for."""

SUBPIXEL_BITS = 4


class CropHairs(NamedTuple):
    """N hairs and some loose fragments in px of a crop.

    ``paths`` are N (K, 2) axes (row, col), root first; ``diameter_px`` is (N,) with NaN where it is not known;
    ``fragments`` are axes of pieces that are no hairs.
    """

    paths: Sequence[Array]
    diameter_px: Array
    fragments: Sequence[Array]


class Targets(NamedTuple):
    """Targets of one crop of H x W px; h, w are half of that.

    ``fine`` is (3, H, W): centerline, body, root. ``fine_weight`` is (3, H, W): 0 where nothing is asked.
    ``heading`` is (16, h, w) and sums to 1 on the tubes, to 0 elsewhere. ``diameter_px`` is (h, w), 0 where it is not
    asked. ``masks`` is (2, h, w): multiplicity, unreadable.
    """

    fine: Map
    fine_weight: Map
    heading: Map
    diameter_px: Map
    masks: Map


def draw_targets(hairs: CropHairs, unreadable: NDArray[np.bool_] | None, shape: tuple[int, int]) -> Targets:
    """Draw the targets of a crop.

    Parameters
    ----------
    hairs : CropHairs
    unreadable : (H, W) bool ndarray or None
        Where nothing of what lies below can be seen.
    shape : (int, int)
        H, W of the crop: even numbers.
    """
    coarse_shape = (shape[0] // 2, shape[1] // 2)
    outlines = [_outline(path, width) for path, width in zip(hairs.paths, hairs.diameter_px, strict=True)]
    body, count = np.zeros(shape, np.uint8), np.zeros(coarse_shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(body, [_fixed(outline)], 1, shift=SUBPIXEL_BITS)
        _add_polygon(count, (outline - 0.5) / 2)
    fine = np.stack([_lines(hairs.paths, shape), body.astype(np.float32), _root_peaks(hairs.paths, shape)])
    weight = np.ones_like(fine)
    weight[:2] = 1 - _lines(hairs.fragments, shape, thickness=9)
    hidden = np.zeros(coarse_shape, np.float32)
    if unreadable is not None:
        hidden = cv2.resize(unreadable.astype(np.float32), coarse_shape[::-1], interpolation=cv2.INTER_AREA)
    return Targets(
        fine=fine,
        fine_weight=weight,
        heading=_headings(hairs.paths, coarse_shape),
        diameter_px=_diameters(hairs, coarse_shape),
        masks=np.stack([(count > 1).astype(np.float32), (hidden > 0.5).astype(np.float32)]),
    )


def _lines(paths: Sequence[Array], shape: tuple[int, int], *, thickness: int = 1) -> Map:
    """(H, W) 1 on the axes, falling to 0 within 3 px."""
    drawn = np.zeros(shape, np.uint8)
    cv2.polylines(
        drawn, [_fixed(path) for path in paths], False, 255, thickness, lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS
    )
    blurred = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), LINE_SIGMA_PX)
    return np.asarray(np.minimum(blurred / (255 * _line_peak(thickness)), 1.0), dtype=np.float32)


def _line_peak(thickness: int) -> float:
    """Height of a straight line of 1 after the blur."""
    profile = np.zeros((1, 31), np.float32)
    profile[0, 15 - thickness // 2 : 16 + thickness // 2] = 1
    return float(cv2.GaussianBlur(profile, (0, 0), LINE_SIGMA_PX).max())


def _root_peaks(paths: Sequence[Array], shape: tuple[int, int]) -> Map:
    """(H, W) a peak of 1 at each root, the larger one where two overlap."""
    peaks = np.zeros(shape, np.float32)
    reach = int(4 * ROOT_SIGMA_PX)
    for root in (path[0] for path in paths):
        low = np.maximum(np.rint(root).astype(int) - reach, 0)
        high = np.minimum(np.rint(root).astype(int) + reach + 1, shape)
        if (low >= high).any():
            continue
        rows, cols = (
            np.exp(-0.5 * ((np.arange(a, b) - c) / ROOT_SIGMA_PX) ** 2) for a, b, c in zip(low, high, root, strict=True)
        )
        window = peaks[low[0] : high[0], low[1] : high[1]]
        np.maximum(window, np.outer(rows, cols).astype(np.float32), out=window)
    return peaks


def _headings(paths: Sequence[Array], shape: tuple[int, int]) -> Map:
    """(16, h, w) shares of the two bins between which the direction lies; several hairs share a pixel evenly."""
    bins = np.zeros((N_HEADINGS, *shape), np.uint8)
    for path in paths:
        steps = np.diff(path, axis=0)
        place = np.arctan2(steps[:, 0], steps[:, 1]) / (2 * np.pi) * N_HEADINGS
        lower = np.floor(place).astype(int)
        upper_share = np.rint(255 * (place - lower)).astype(int)
        for ends, bin_, share in zip(_coarse_segments(path), lower.tolist(), upper_share.tolist(), strict=True):
            _tube(bins[bin_ % N_HEADINGS], ends, 255 - share)
            _tube(bins[(bin_ + 1) % N_HEADINGS], ends, share)
    total = bins.sum(axis=0, dtype=np.float32)
    return np.asarray(bins / np.maximum(total, 1), dtype=np.float32)


def _diameters(hairs: CropHairs, shape: tuple[int, int]) -> Map:
    """(h, w) diameter in fine px on the tubes; thick shafts lie on top."""
    drawn = np.zeros(shape, np.float32)
    for hair in np.argsort(hairs.diameter_px):
        width = float(hairs.diameter_px[hair])
        if np.isfinite(width):
            for ends in _coarse_segments(hairs.paths[hair]):
                _tube(drawn, ends, width)
    return drawn


def _coarse_segments(path: Array) -> list[list[list[int]]]:
    """The two ends of each segment in the fixed-point px of the coarse maps."""
    points = _fixed((path - 0.5) / 2)
    return np.stack([points[:-1], points[1:]], axis=1).tolist()  # type: ignore[no-any-return]


def _tube(canvas: NDArray[Any], ends: list[list[int]], value: float) -> None:
    cv2.line(canvas, ends[0], ends[1], value, 2 * TUBE_PX - 1, shift=SUBPIXEL_BITS)


def _outline(path: Array, width: float) -> Array:
    """(2 K, 2) polygon about an axis; a shaft of unknown width is drawn as a thin line."""
    half = (width if np.isfinite(width) else 2.0) / 2
    direction = np.gradient(path, axis=0)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    normal = np.stack([direction[:, 1], -direction[:, 0]], axis=1) * half
    return np.concatenate([path + normal, (path - normal)[::-1]])


def _add_polygon(count: NDArray[np.uint8], outline: Array) -> None:
    """Add 1 inside a polygon, in place."""
    low = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + 2, count.shape)
    if (low >= high).any():
        return
    part = np.zeros(high - low, np.uint8)
    cv2.fillPoly(part, [_fixed(outline - low)], 1, shift=SUBPIXEL_BITS)
    count[low[0] : high[0], low[1] : high[1]] += part


def _fixed(points: Array) -> NDArray[np.int32]:
    """(K, 2) x, y in the fixed-point numbers that OpenCV draws with."""
    # Far points overflow OpenCV's 32 bits; nothing beyond a thousand px is drawn anyway.
    clipped = np.clip(points[:, ::-1], -4000, 12000)
    return np.asarray(np.rint(clipped * 2**SUBPIXEL_BITS), dtype=np.int32)
