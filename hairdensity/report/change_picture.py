"""The picture of a change: both visits side by side in one frame, every hair with its fate, the headline below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from hairdensity.files import write_whole
from hairdensity.report.change_caption import draw_change_caption
from hairdensity.report.change_frame import Frame, frame_of
from hairdensity.report.change_looks import LOOKS, UNMATCHED
from hairdensity.report.change_signs import draw_line, draw_ring, draw_sign
from hairdensity.report.lettering import Pen

if TYPE_CHECKING:
    from hairdensity.comparison.change import Change

__all__ = ["draw_change", "write_change_picture"]

PANEL_WIDTH_PX = 960
"""Two of them fill a screen and a printed page at 230 dots per inch."""

DESIGN_WIDTH_PX = 1280
_GAP = 12.0
_BACKGROUND = (18, 21, 26)
_BRIGHT = (244, 246, 248)
_OUTSIDE = 0.3
_FAINT, _LESS = 0.35, 0.65

Canvas = NDArray[np.uint8]
Paths = tuple[NDArray[np.float64] | None, ...]


def draw_change(change: Change, document: dict[str, Any], *, phases: Sequence[str] | None = None) -> Canvas:
    """Draw both visits and what became of each hair.

    Parameters
    ----------
    change : Change
    document : dict
        Of the same change: its words and numbers.
    phases : sequence of str, optional
        Of each hair of the matches, to be shown instead of its fate.

    Returns
    -------
    (H, W, 3) uint8 ndarray
        RGB.
    """
    frame = frame_of(change, width_px=PANEL_WIDTH_PX, phases=phases)
    # Letters and lines are a little larger than on an overlay: the picture is shown to patients.
    unit = PANEL_WIDTH_PX / DESIGN_WIDTH_PX * 1.15
    gap = np.full((frame.baseline.shape[0], round(_GAP), 3), _BACKGROUND, dtype=np.uint8)
    panels = np.hstack([_panel(frame, unit, is_baseline=True), gap, _panel(frame, unit, is_baseline=False)])
    return np.vstack([panels, draw_change_caption(document, frame, width_px=panels.shape[1])])


def write_change_picture(
    change: Change, document: dict[str, Any], path: Path, *, phases: Sequence[str] | None = None
) -> None:
    """Write the picture as a PNG.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    drawing = draw_change(change, document, phases=phases)[:, :, ::-1]
    _, data = cv2.imencode(".png", drawing, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    write_whole(path, data.tobytes())


def _panel(frame: Frame, unit: float, *, is_baseline: bool) -> Canvas:
    """One visit with its hairs, and rings where the other one shows a hair."""
    canvas = _dim(frame.baseline if is_baseline else frame.follow_up, frame.is_shared)
    paths = frame.baseline_paths if is_baseline else frame.follow_up_paths
    _draw_uncounted(canvas, frame, paths, unit)
    order = sorted(np.flatnonzero(frame.counts).tolist(), key=lambda hair: list(LOOKS).index(_look_name(frame, hair)))
    faint = [hair for hair in order if LOOKS[_look_name(frame, hair)].is_faint]
    layer = canvas.copy()
    _draw_hairs(layer, frame, paths, faint, unit=unit)
    cv2.addWeighted(layer, _LESS, canvas, 1.0 - _LESS, 0.0, dst=canvas)
    _draw_hairs(canvas, frame, paths, [hair for hair in order if hair not in set(faint)], unit=unit)
    return _titled(_widened(canvas), "Baseline" if is_baseline else "Follow-up", unit)


def _draw_hairs(canvas: Canvas, frame: Frame, paths: Paths, hairs: Sequence[int], *, unit: float) -> None:
    """The lines of some hairs, then their signs above all lines; a ring where only the other visit shows a hair."""
    looks = [LOOKS[_look_name(frame, hair)] for hair in hairs]
    for hair, look in zip(hairs, looks, strict=True):
        path = paths[hair]
        if path is not None:
            draw_line(canvas, path, look, unit=unit)
    for hair, look in zip(hairs, looks, strict=True):
        path = paths[hair]
        if path is not None:
            draw_sign(canvas, path[0], look, unit=unit)
        elif frame.is_aligned and not look.is_faint:
            draw_ring(canvas, frame.places[hair], look, unit=unit)


def _widened(canvas: Canvas) -> Canvas:
    """Center a narrow picture on a panel."""
    missing = max(0, PANEL_WIDTH_PX - canvas.shape[1])
    sides = (0, 0, missing // 2, missing - missing // 2)
    return np.asarray(cv2.copyMakeBorder(canvas, *sides, cv2.BORDER_CONSTANT, value=_BACKGROUND), dtype=np.uint8)


def _look_name(frame: Frame, hair: int) -> str:
    return "kept" if frame.looks[hair] == UNMATCHED else frame.looks[hair]


def _draw_uncounted(canvas: Canvas, frame: Frame, paths: Paths, unit: float) -> None:
    """Hairs outside the common area stay faint: they do not count."""
    layer = canvas.copy()
    for hair in np.flatnonzero(~frame.counts).tolist():
        path = paths[hair]
        if path is not None:
            draw_line(layer, path, LOOKS["kept"], unit=0.8 * unit)
    cv2.addWeighted(layer, _FAINT, canvas, 1.0 - _FAINT, 0.0, dst=canvas)


def _dim(pixels: Canvas, is_shared: NDArray[np.bool_]) -> Canvas:
    """A darker copy, on which colors stand out; much darker outside the common area, with its outline."""
    dimmed = np.asarray(cv2.convertScaleAbs(pixels, alpha=0.72))
    outside = cv2.convertScaleAbs(pixels, alpha=_OUTSIDE)
    dimmed[~is_shared] = outside[~is_shared]
    if not is_shared.all():
        outlines, _ = cv2.findContours(is_shared.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(dimmed, outlines, -1, (150, 156, 166), 1, cv2.LINE_AA)
    return np.asarray(dimmed, dtype=np.uint8)


def _titled(canvas: Canvas, title: str, unit: float) -> Canvas:
    picture = Image.fromarray(canvas)
    pen = Pen(ImageDraw.Draw(picture, "RGBA"), unit)
    length = pen.length(title, size=24)
    pen.draw.rectangle([0, 0, length + 28 * unit, 42 * unit], fill=(*_BACKGROUND, 215))
    pen.write(14 * unit, 6 * unit, title, size=24, fill=_BRIGHT)
    return np.asarray(picture, dtype=np.uint8)
