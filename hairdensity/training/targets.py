"""What the network is to answer for a crop: maps drawn from the exact geometry of its hairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.maps import N_HEADINGS

__all__ = ["CropHairs", "Known", "Targets", "draw_targets"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]

LINE_SIGMA_PX = 0.9
"""Blur of the drawn centerline; with the line's own width it is about 1.1 px wide."""

ROOT_AHEAD_PX, ROOT_BEHIND_PX, ROOT_ASIDE_PX = 8.0, 3.0, 2.5
"""Sigmas of a root's peak: 40, 15 and 12 um at the working scale. Roots of one unit stand 40 um apart and more."""

TUBE_PX = 2
"""Half-width, in px of the coarse maps, of the band about an axis in which heading and diameter are asked for."""

SURROUNDINGS_PX = 10.0
"""60 um with the scale's usual variation: the thickest shafts end within this distance of their axis."""

ROUGH_PX = 6.0
"""Half of a terminal hair's width: so far a plain vector may lie beside the axis."""

ROUGH_SHARE = 0.05
"""Of its length comes on top: the rise of a bow whose radius is two and a half times its chord."""

ON_LINE = 0.1
"""Of a line's height: below it, a pixel is not asked to be on it."""

SUBPIXEL_BITS = 4


class Known(NamedTuple):
    """What an annotation says about its picture; what it does not say is not asked.

    ``hairs``: roots, axes and directions; without them only the body is known. ``everywhere``: what is not annotated is
    skin. ``rendered``: also which pixels nobody could read, and what lies below them.
    """

    hairs: bool = True
    everywhere: bool = True
    rendered: bool = True


ALL = Known()


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
    asked. ``masks`` is (2, h, w): multiplicity, unreadable; ``mask_weight`` is 0 where they are not asked.
    """

    fine: Map
    fine_weight: Map
    heading: Map
    diameter_px: Map
    masks: Map
    mask_weight: Map


def draw_targets(
    hairs: CropHairs,
    unreadable: NDArray[np.bool_] | None,
    shape: tuple[int, int],
    *,
    body: NDArray[np.bool_] | None = None,
    known: Known = ALL,
) -> Targets:
    """Draw the targets of a crop.

    Parameters
    ----------
    hairs : CropHairs
        A line of two points without a diameter is a plain vector, only roughly on the axis.
    unreadable : (H, W) bool ndarray or None
        Where nothing of what lies below can be seen.
    shape : (int, int)
        H, W of the crop: even numbers.
    body : (H, W) bool ndarray, optional
        Where a shaft is, if that is known better than from axes and diameters.
    known : Known, optional
    """
    coarse_shape = (shape[0] // 2, shape[1] // 2)
    outlines = [_outline(path, width) for path, width in zip(hairs.paths, hairs.diameter_px, strict=True)]
    drawn, count = np.zeros(shape, np.uint8), np.zeros(coarse_shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(drawn, [_fixed(outline)], 1, shift=SUBPIXEL_BITS)
        _add_polygon(count, (outline - 0.5) / 2)
    shafts = (drawn > 0 if body is None else body).astype(np.float32)
    fine = np.stack([_lines(hairs.paths, shape), shafts, _root_peaks(hairs.paths, shape)])
    hidden = np.zeros(coarse_shape, np.float32)
    if unreadable is not None:
        hidden = cv2.resize(unreadable.astype(np.float32), coarse_shape[::-1], interpolation=cv2.INTER_AREA)
    hidden = (hidden > 0.5).astype(np.float32)
    seen = np.ones_like(hidden) if known.rendered else 1 - hidden
    return Targets(
        fine=fine,
        fine_weight=_fine_weight(hairs, fine[0], seen, has_body=body is not None, known=known),
        heading=_headings(hairs.paths, coarse_shape) * seen,
        diameter_px=_diameters(hairs, coarse_shape) * seen,
        masks=np.stack([(count > 1).astype(np.float32), hidden]),
        mask_weight=_mask_weight(hairs, seen, has_unreadable=unreadable is not None, known=known),
    )


def _fine_weight(hairs: CropHairs, lines: Map, seen: Map, *, has_body: bool, known: Known) -> Map:
    """(3, H, W) what is asked of centerline, body and root."""
    weight = np.ones((3, *lines.shape), np.float32)
    weight[:2] = 1 - _lines(hairs.fragments, lines.shape, thickness=9)
    if not known.hairs:
        weight[[0, 2]] = 0
    # The line of a plain vector is asked, its surroundings are not: the axis runs somewhere in there.
    weight[0][_band(hairs, lines.shape, rough=True) & (lines < ON_LINE)] = 0
    if not has_body:
        weight[1][_band(hairs, lines.shape)] = 0
    if not known.everywhere:
        weight[:, ~_band(hairs, lines.shape, every=True)] = 0
    if not seen.all():
        weight *= np.repeat(np.repeat(seen, 2, axis=0), 2, axis=1)
    return weight


def _mask_weight(hairs: CropHairs, seen: Map, *, has_unreadable: bool, known: Known) -> Map:
    """(2, h, w) what is asked of multiplicity and unreadable."""
    shape = (2 * seen.shape[0], 2 * seen.shape[1])
    # Whether two shafts of unknown width overlap is not known either.
    crossings = ~_band(hairs, shape) if known.hairs else np.zeros(shape, np.bool_)
    if not known.everywhere:
        crossings &= _band(hairs, shape, every=True)
    asked = float(known.rendered or has_unreadable)
    return np.stack([crossings[::2, ::2] * seen, np.full_like(seen, asked)]).astype(np.float32)


def _band(hairs: CropHairs, shape: tuple[int, ...], *, rough: bool = False, every: bool = False) -> NDArray[np.bool_]:
    """(H, W) True about the shafts of unknown width, about the plain vectors among them only, or about every hair."""
    band = np.zeros(shape, np.uint8)
    for path, width in zip(hairs.paths, hairs.diameter_px, strict=True):
        is_rough = len(path) == 2 and not np.isfinite(width)
        if not every and (np.isfinite(width) or (rough and not is_rough)):
            continue
        slack = ROUGH_SHARE * float(np.linalg.norm(path[1] - path[0])) if is_rough else 0.0
        half = slack + (ROUGH_PX if rough else max(SURROUNDINGS_PX, np.nan_to_num(float(width))))
        cv2.polylines(band, [_fixed(path)], False, 1, round(2 * half) + 1, shift=SUBPIXEL_BITS)
    return band > 0


def _lines(paths: Sequence[Array], shape: tuple[int, ...], *, thickness: int = 1) -> Map:
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
    """(H, W) 1 at each root, falling slowly along its shaft, fast across and behind; the larger where two overlap.

    Slender, because the roots of a unit stand side by side; drawn out along the shaft, because skin hides where exactly
    a shaft leaves it, and a round peak small enough for units would ask for more than a picture shows.
    """
    peaks = np.zeros(shape, np.float32)
    reach = int(3 * ROOT_AHEAD_PX)
    for path in paths:
        root, direction = path[0], _first_direction(path)
        low = np.maximum(np.rint(root).astype(int) - reach, 0)
        high = np.minimum(np.rint(root).astype(int) + reach + 1, shape)
        if (low >= high).any():
            continue
        rows, cols = (
            np.arange(a, b, dtype=np.float32) - np.float32(c) for a, b, c in zip(low, high, root, strict=True)
        )
        ahead = np.add.outer(rows * direction[0], cols * direction[1])
        aside = np.add.outer(rows * direction[1], -cols * direction[0])
        ahead = ahead / np.where(ahead > 0, np.float32(ROOT_AHEAD_PX), np.float32(ROOT_BEHIND_PX))
        peak = np.exp(-0.5 * (ahead**2 + (aside / np.float32(ROOT_ASIDE_PX)) ** 2))
        window = peaks[low[0] : high[0], low[1] : high[1]]
        np.maximum(window, peak, out=window)
    return peaks


def _first_direction(path: Array) -> NDArray[np.float32]:
    """Unit vector along the first stretch of a path."""
    away = path - path[0]
    distance = np.linalg.norm(away, axis=1)
    far = int(np.argmax(distance >= min(float(ROOT_AHEAD_PX), float(distance.max()))))
    return np.asarray(away[far] / max(float(distance[far]), 1e-6), dtype=np.float32)


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
