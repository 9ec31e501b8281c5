"""The panel below the picture of a change: the headline, the other main figures, the legend, what to know."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from hairdensity.report.caption import scale_bar_mm
from hairdensity.report.change_frame import Frame
from hairdensity.report.change_looks import legend_of
from hairdensity.report.change_signs import draw_sample
from hairdensity.report.change_wording import change_notes, headline_parts, main_sentences
from hairdensity.report.lettering import Pen
from hairdensity.report.wording import DISCLAIMER

__all__ = ["draw_change_caption"]

DESIGN_WIDTH_PX = 1280

_BACKGROUND = (18, 21, 26)
_RULE = (52, 58, 68)
_BRIGHT = (244, 246, 248)
_PALE = (168, 176, 186)
_AMBER = (255, 190, 84)

_MARGIN = 28.0
_TOP = 18.0
_HEADLINE, _LINE = 32.0, 22.0
_LEGEND_HEIGHT = 76.0
_SAMPLE = 42.0
_FOOTER_HEIGHT = 40.0


def draw_change_caption(document: dict[str, Any], frame: Frame, *, width_px: int) -> NDArray[np.uint8]:
    """Draw the panel.

    Parameters
    ----------
    document : dict
        From `hairdensity.report.change_document.change_document`.
    frame : Frame
        For the scale bar and the legend.
    width_px : int

    Returns
    -------
    (h, width_px, 3) uint8 ndarray
        RGB.
    """
    unit = width_px / DESIGN_WIDTH_PX
    ruler = Pen(ImageDraw.Draw(Image.new("RGB", (1, 1))), unit)
    room = width_px - 2 * _MARGIN * unit
    lines = _lines(document, ruler, room)
    legend_top = _TOP + sum(height for *_, height in lines) + 10.0
    height = legend_top + _LEGEND_HEIGHT + _FOOTER_HEIGHT
    picture = Image.new("RGB", (width_px, round(height * unit)), _BACKGROUND)
    pen = Pen(ImageDraw.Draw(picture), unit)
    y = _TOP
    for text, size, fill, line_height in lines:
        pen.write(_MARGIN * unit, y * unit, text, size=size, fill=fill)
        y += line_height
    _rule(pen, legend_top, width_px)
    _draw_footer(pen, document, top=height - _FOOTER_HEIGHT, width_px=width_px)
    canvas = np.array(picture, dtype=np.uint8)
    _draw_legend(canvas, document, frame, top=legend_top + 16.0, unit=unit)
    return canvas


def plain_text(text: str) -> str:
    """Words in the letters that the picture's font knows; a ``^`` raises the sign behind it."""
    return text.replace("²", "^2").replace("µ", "u").replace("±", "+-")


Line = tuple[str, float, tuple[int, int, int], float]


def _lines(document: dict[str, Any], ruler: Pen, room: float) -> list[Line]:
    """Text, size, color and height of each line above the legend."""
    first, basis = headline_parts(document)
    parts: list[Line] = [(first, 25.0, _BRIGHT, _HEADLINE), (f"{basis[:1].upper()}{basis[1:]}.", 17.0, _PALE, 26.0)]
    parts += [(sentence, 17.0, _PALE, 24.0) for sentence in main_sentences(document)]
    control = document.get("control")
    if control is not None:
        parts.append((f"Untreated control site: {'; '.join(headline_parts(control))}", 17.0, _PALE, 24.0))
    parts += [(f"! {note.sentence}", 16.0, _AMBER, _LINE) for note in change_notes(document) if note.is_serious]
    return [
        (line, size, fill, height)
        for text, size, fill, height in parts
        for line in ruler.wrap(plain_text(text), size=size, width=room)
    ]


def _rule(pen: Pen, top: float, width_px: int) -> None:
    ends = [(_MARGIN * pen.unit, top * pen.unit), (width_px - _MARGIN * pen.unit, top * pen.unit)]
    pen.draw.line(ends, fill=_RULE, width=max(1, round(pen.unit)))


def _draw_legend(canvas: NDArray[np.uint8], document: dict[str, Any], frame: Frame, *, top: float, unit: float) -> None:
    """A sample of each look with its meaning and number, then what dimmed skin means and the scale bar."""
    looks = [(look, f"{look.meaning}: {n_hairs}") for look, n_hairs in legend_of(document)] if frame.is_aligned else []
    ruler = Pen(ImageDraw.Draw(Image.new("RGB", (1, 1))), unit)
    widths = [_SAMPLE * unit + ruler.length(text, size=14) for _, text in looks]
    starts = _MARGIN * unit + np.cumsum([0.0, *(width + 22.0 * unit for width in widths)])
    for (look, _), x in zip(looks, starts.tolist(), strict=False):
        draw_sample(canvas, look, x=x, y=(top + 9.0) * unit, unit=unit)
    picture = Image.fromarray(canvas)
    pen = Pen(ImageDraw.Draw(picture), unit)
    for (_, text), x in zip(looks, starts.tolist(), strict=False):
        pen.write(x + _SAMPLE * unit, top * unit, text, size=14, fill=_PALE)
    below = (
        "Hollow ring: where the other visit shows a hair. Dimmed: not readable on both pictures, not compared."
        if frame.is_aligned
        else "The pictures do not show the same skin for sure: no hair is given a fate."
    )
    pen.write(_MARGIN * unit, (top + (26.0 if looks else 0.0)) * unit, below, size=14, fill=_PALE)
    _draw_bar(pen, frame, top=top + 28.0, width_px=canvas.shape[1])
    canvas[:] = np.asarray(picture)


def _draw_bar(pen: Pen, frame: Frame, *, top: float, width_px: int) -> None:
    if not math.isfinite(frame.um_per_px):
        return
    length_mm = scale_bar_mm(frame.um_per_px, room_px=200 * pen.unit)
    end, bar_px = width_px - _MARGIN * pen.unit, length_mm * 1000.0 / frame.um_per_px
    pen.draw.rectangle([end - bar_px, (top + 2) * pen.unit, end - 1, (top + 8) * pen.unit], fill=_BRIGHT)
    pen.write(end - bar_px / 2, (top + 14) * pen.unit, f"{length_mm:g} mm", size=15, fill=_BRIGHT, align=0.5)


def _draw_footer(pen: Pen, document: dict[str, Any], *, top: float, width_px: int) -> None:
    unit, size = pen.unit, 13
    right = f"95 % intervals in brackets  |  hairdensity {document['version']}  |  {DISCLAIMER}"
    y, end = (top + 12) * unit, width_px - _MARGIN * unit
    pen.write(end, y, right, size=size, fill=_PALE, align=1.0)
    room = end - _MARGIN * unit - pen.length(right + "    ", size=size)
    names = " -> ".join(document["images"][visit]["image"]["path"] for visit in ("baseline", "follow_up"))
    pen.write(_MARGIN * unit, y, pen.shorten(names, size=size, width=room), size=size, fill=_BRIGHT)
