"""Both visits in one frame: the follow-up resampled on the baseline's px, every hair's line in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.visits import BASELINE, FOLLOW_UP, rows_of
from hairdensity.report.change_fates import UNSURE, are_likely
from hairdensity.report.change_looks import LOOKS, UNMATCHED

if TYPE_CHECKING:
    import pandas as pd

    from hairdensity.analysis import Analysis
    from hairdensity.comparison.change import Change

__all__ = ["Frame", "frame_of"]

TALLEST = 1.5
"""Height of a frame for its width: a strip of 100 x 20,000 px must not become a picture of 190,000 px."""

Canvas = NDArray[np.uint8]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """Two pictures of one size and N hairs on them.

    Parameters
    ----------
    baseline, follow_up : (H, W, 3) uint8 ndarray
        RGB.
    is_shared : (H, W) bool ndarray
        The common area; everything when the pictures were not registered.
    baseline_paths, follow_up_paths : tuple of ((K, 2) ndarray or None), N each
        (row, col) of the frame, root first; None where a visit does not show the hair.
    places : (N, 2) float64 ndarray
        (row, col) of the root.
    looks : tuple of str, N
        Names of `LOOKS`, or `UNMATCHED`.
    counts : (N,) bool ndarray
        The root lies on the common area.
    um_per_px : float
        Of the frame; NaN without a scale.
    is_aligned : bool
        Both pictures show the same skin at the same px.
    """

    baseline: Canvas
    follow_up: Canvas
    is_shared: NDArray[np.bool_]
    baseline_paths: tuple[Array | None, ...]
    follow_up_paths: tuple[Array | None, ...]
    places: Array
    looks: tuple[str, ...]
    counts: NDArray[np.bool_]
    um_per_px: float
    is_aligned: bool


def frame_of(change: Change, *, width_px: int | None = None, phases: Sequence[str] | None = None) -> Frame:
    """Lay both visits of a change over each other.

    Parameters
    ----------
    change : Change
    width_px : int, optional
        Of the frame; that of a very tall picture is smaller. The baseline's own px by default.
    phases : sequence of str, optional
        Of each hair of the matches, to be shown instead of its fate.
    """
    height, width = change.baseline.image.pixels.shape[:2]
    scale = 1.0 if width_px is None else min(width_px / width, TALLEST * width_px / height)
    shape = (max(1, round(height * scale)), max(1, round(width * scale)))
    calibration = change.baseline.calibration
    um_per_px = np.nan if calibration is None else calibration.um_per_px / scale
    if change.registration.accepted and change.registration.alignment is not None:
        frame = _aligned(change, scale, shape, um_per_px)
        looks = None if phases is None else _phase_looks(phases, frame.counts)
        return frame if looks is None else replace(frame, looks=looks)
    return _side_by_side(change, scale, shape, um_per_px)


def _aligned(change: Change, scale: float, shape: tuple[int, int], um_per_px: float) -> Frame:
    alignment = change.registration.alignment
    area = change.common_area
    if alignment is None or area is None:
        raise ValueError("an accepted registration has an alignment and a common area")
    original = change.baseline.image.pixels.shape[:2]
    moved = alignment.follow_up_as_baseline(change.follow_up.image.pixels, (original[0], original[1]))
    before = _lines(change.baseline, rows_of(change.matches, BASELINE, change.baseline.hairs))
    after = _lines(change.follow_up, rows_of(change.matches, FOLLOW_UP, change.follow_up.hairs))
    before = [None if path is None else _scaled(path, scale) for path in before]
    after = [None if path is None else _scaled(alignment.to_baseline(path), scale) for path in after]
    # A kept hair that one visit shows too faintly for a line of its own borrows the other's.
    is_kept = (change.matches["fate"] == "kept").tolist()
    trios = list(zip(before, after, is_kept, strict=True))
    places = change.matches[["row_px", "col_px"]].to_numpy(dtype=np.float64)
    return Frame(
        baseline=_resized(change.baseline.image.pixels, shape),
        follow_up=_resized(moved, shape),
        is_shared=_resized(area.baseline.mask.astype(np.uint8), shape, nearest=True).astype(bool),
        baseline_paths=tuple(own if own is not None or not kept else other for own, other, kept in trios),
        follow_up_paths=tuple(own if own is not None or not kept else other for other, own, kept in trios),
        places=_scaled(places, scale),
        looks=_fate_looks(change.matches),
        counts=change.matches["in_area"].to_numpy(dtype=bool),
        um_per_px=um_per_px,
        is_aligned=True,
    )


def _side_by_side(change: Change, scale: float, shape: tuple[int, int], um_per_px: float) -> Frame:
    """Each visit as it is, the follow-up fitted into the baseline's frame."""
    pixels = change.follow_up.image.pixels
    fit = min(shape[0] / pixels.shape[0], shape[1] / pixels.shape[1])
    size = max(1, round(pixels.shape[0] * fit)), max(1, round(pixels.shape[1] * fit))
    corner = (shape[0] - size[0]) // 2, (shape[1] - size[1]) // 2
    follow_up = np.zeros((*shape, 3), dtype=np.uint8)
    follow_up[corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]] = _resized(pixels, size)
    before = [_scaled(path, scale) for path in _paths(change.baseline)]
    after = [_scaled(path, fit) + np.array(corner) for path in _paths(change.follow_up)]
    counts = [analysis.hairs["in_area"].to_numpy(dtype=bool) for analysis in (change.baseline, change.follow_up)]
    n_hairs = len(before) + len(after)
    return Frame(
        baseline=_resized(change.baseline.image.pixels, shape),
        follow_up=follow_up,
        is_shared=np.ones(shape, dtype=bool),
        baseline_paths=(*before, *(None for _ in after)),
        follow_up_paths=(*(None for _ in before), *after),
        places=np.array([path[0] for path in (*before, *after)], dtype=np.float64).reshape(-1, 2),
        looks=(UNMATCHED,) * n_hairs,
        counts=np.concatenate(counts),
        um_per_px=um_per_px,
        is_aligned=False,
    )


def _fate_looks(matches: pd.DataFrame) -> tuple[str, ...]:
    """The look of each match; outside the common area a hair without a partner is neither lost nor new."""
    columns = (matches[name].tolist() for name in ("fate", "thickness", "in_area"))
    return tuple(
        UNMATCHED if not counts else UNSURE if not is_likely else way if fate == "kept" and way in LOOKS else fate
        for fate, way, counts, is_likely in zip(*columns, are_likely(matches).tolist(), strict=True)
    )


def _phase_looks(phases: Sequence[str], counts: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(
        phase if is_counted and phase in LOOKS else UNMATCHED for phase, is_counted in zip(phases, counts, strict=True)
    )


def _lines(analysis: Analysis, rows: NDArray[np.int64]) -> list[Array | None]:
    """The centerlines of rows of a table of hairs; None for -1."""
    return [analysis.centerlines.path(row) if row >= 0 else None for row in rows.tolist()]


def _paths(analysis: Analysis) -> list[Array]:
    return [analysis.centerlines.path(hair) for hair in range(len(analysis.hairs))]


def _scaled(points_px: Array, scale: float) -> Array:
    """(row, col) of the picture as (row, col) of the frame: pixel centers are whole numbers in both."""
    return np.asarray((points_px + 0.5) * scale - 0.5)


def _resized(pixels: Canvas, shape: tuple[int, int], *, nearest: bool = False) -> Canvas:
    if pixels.shape[:2] == shape:
        return pixels
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_AREA if shape[0] < pixels.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (shape[1], shape[0]), interpolation=how), dtype=np.uint8)
