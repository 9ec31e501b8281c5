"""The panel below an overlay: the main figures with their intervals, the legend, the scale bar, what to know."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from hairdensity.analysis import Analysis
from hairdensity.flags import IMAGE_FLAGS, VERDICTS
from hairdensity.metrics import Estimate, Metrics
from hairdensity.report.colors import GREY, ThicknessColors, thickness_colors
from hairdensity.report.lettering import Pen
from hairdensity.report.wording import DISCLAIMER, flag_sentence, number, percent, span

__all__ = ["draw_caption", "scale_bar_mm"]

DESIGN_WIDTH_PX = 1280

_BACKGROUND = (18, 21, 26)
_RULE = (52, 58, 68)
_BRIGHT = (244, 246, 248)
_PALE = (168, 176, 186)
_AMBER = (255, 190, 84)

_MARGIN = 28.0
_CARDS_TOP, _CARDS_HEIGHT = 20.0, 136.0
_LEGEND_HEIGHT = 66.0
_LINE = 22.0
_FOOTER_HEIGHT = 40.0


class Card(NamedTuple):
    """One of the main figures."""

    title: str
    value: str
    lines: tuple[str, ...]


def draw_caption(analysis: Analysis, *, width_px: int, zoom: int = 1) -> NDArray[np.uint8]:
    """Draw the panel.

    Parameters
    ----------
    analysis : Analysis
    width_px : int
        Of the panel.
    zoom : int, optional
        How much larger than the picture the drawing above is: for the scale bar.

    Returns
    -------
    (h, width_px, 3) uint8 ndarray
        RGB.
    """
    unit = width_px / DESIGN_WIDTH_PX
    ruler = Pen(ImageDraw.Draw(Image.new("RGB", (1, 1))), unit)
    notes = [line for text in _notes(analysis) for line in ruler.wrap(text, size=16, width=width_px - 80 * unit)]
    notes_top = _CARDS_TOP + _CARDS_HEIGHT + _LEGEND_HEIGHT
    height = notes_top + len(notes) * _LINE + _FOOTER_HEIGHT
    picture = Image.new("RGB", (width_px, round(height * unit)), _BACKGROUND)
    pen = Pen(ImageDraw.Draw(picture), unit)
    _draw_cards(pen, _cards(analysis), width_px)
    _draw_legend(pen, analysis, top=_CARDS_TOP + _CARDS_HEIGHT, width_px=width_px, zoom=zoom)
    for index, line in enumerate(notes):
        pen.write(_MARGIN * unit, (notes_top + index * _LINE) * unit, line, size=16, fill=_AMBER)
    _draw_footer(pen, analysis, top=height - _FOOTER_HEIGHT, width_px=width_px)
    return np.asarray(picture, dtype=np.uint8)


def scale_bar_mm(um_per_px: float, *, room_px: float) -> float:
    """The longest bar of a round length that fits: 1, 2 or 5 times a power of ten, in mm."""
    room_mm = room_px * um_per_px / 1000.0
    lengths = [factor * 10.0**power for power in range(-3, 4) for factor in (1, 2, 5)]
    return max((length for length in lengths if length <= room_mm), default=lengths[0])


def _cards(analysis: Analysis) -> list[Card]:
    """Four figures that answer: how many, how thick, how thin are the thin ones, on what basis."""
    metrics = analysis.metrics
    return [
        _density_card(metrics),
        _thickness_card(metrics),
        _vellus_card(metrics.vellus_fraction_30um, metrics.vellus_fraction_40um),
        _basis_card(analysis),
    ]


def _density_card(metrics: Metrics) -> Card:
    title, density, per_inch2 = "Hair density", metrics.density_per_cm2, metrics.density_per_inch2
    if density is None or per_inch2 is None:
        return Card(title, "no scale", ("state the um per px", "for hairs per cm^2"))
    return Card(title, f"{number(density.value)} /cm^2", (*_intervals(density), f"{number(per_inch2.value)} /inch^2"))


def _thickness_card(metrics: Metrics) -> Card:
    median, unit = metrics.median_diameter_um, "um"
    if median is None:
        median, unit = metrics.median_diameter_px, "px"
    variation = f"variation (CV) {percent(metrics.diameter_cv.value)}"
    return Card("Median thickness", f"{number(median.value)} {unit}", (*_intervals(median), variation))


def _vellus_card(at_30: Estimate | None, at_40: Estimate | None) -> Card:
    if at_30 is None or at_40 is None:
        return Card("Thin hairs (vellus)", "no scale", ("state the um per px", "for the share of thin hairs"))
    lines = (*_intervals(at_30, as_percent=True), f"40 um or thinner: {percent(at_40.value)}")
    return Card("Vellus: 30 um or thinner", percent(at_30.value), lines)


def _basis_card(analysis: Analysis) -> Card:
    metrics, area = analysis.metrics, analysis.target_area
    extent = f"{area.area_px:,} px" if area.area_cm2 is None else f"{area.area_cm2:.3g} cm^2"
    basis = f"on {extent} ({area.unreadable_fraction:.0%} unreadable)" if area.unreadable_fraction else f"on {extent}"
    return Card("Counted", f"{metrics.n_hairs} hairs", (f"in {metrics.n_units} follicular units", basis))


def _intervals(figure: Estimate, *, as_percent: bool = False) -> tuple[str, ...]:
    """Both 95 % intervals in words, where they are known."""
    ends = (("picture", figure.low, figure.high), ("site", figure.site_low, figure.site_high))
    spans = ((what, span(low, high, as_percent=as_percent)) for what, low, high in ends)
    return tuple(f"this {what}: {words} (95 %)" for what, words in spans if words)


def _draw_cards(pen: Pen, cards: list[Card], width_px: int) -> None:
    unit = pen.unit
    step = (width_px - 2 * _MARGIN * unit) / len(cards)
    for index, card in enumerate(cards):
        left = _MARGIN * unit + index * step
        if index:
            rule = left - 16 * unit
            pen.draw.line([(rule, 24 * unit), (rule, 144 * unit)], fill=_RULE, width=max(1, round(unit)))
        pen.write(left, _CARDS_TOP * unit, card.title, size=15, fill=_PALE)
        pen.write(left, (_CARDS_TOP + 20) * unit, card.value, size=36, fill=_BRIGHT)
        for row, line in enumerate(card.lines):
            pen.write(left, (_CARDS_TOP + 66 + 20 * row) * unit, line, size=15, fill=_PALE)


def _draw_legend(pen: Pen, analysis: Analysis, *, top: float, width_px: int, zoom: int) -> None:
    """Color bar on the left, signs in the middle, scale bar on the right."""
    unit = pen.unit
    pen.draw.line(
        [(_MARGIN * unit, top * unit), (width_px - _MARGIN * unit, top * unit)], fill=_RULE, width=max(1, round(unit))
    )
    scale, _ = thickness_colors(analysis)
    _draw_color_bar(pen, scale, left=_MARGIN, top=top + 16)
    _draw_signs(pen, left=500.0, top=top + 14)
    if analysis.calibration is not None:
        um_per_px = analysis.calibration.um_per_px / zoom
        length_mm = scale_bar_mm(um_per_px, room_px=260 * unit)
        end, bar_px = width_px - _MARGIN * unit, length_mm * 1000.0 / um_per_px
        pen.draw.rectangle([end - bar_px, (top + 18) * unit, end - 1, (top + 24) * unit], fill=_BRIGHT)
        pen.write(end - bar_px / 2, (top + 30) * unit, f"{length_mm:g} mm", size=15, fill=_BRIGHT, align=0.5)


def _draw_color_bar(pen: Pen, scale: ThicknessColors, *, left: float, top: float) -> None:
    unit, length, height = pen.unit, 300.0, 12.0
    columns = round(length * unit)
    bar = scale.colors(np.linspace(scale.low, scale.high, columns))
    for column, color in enumerate(bar):
        x = left * unit + column
        pen.draw.line([(x, top * unit), (x, (top + height) * unit)], fill=tuple(int(c) for c in color))
    for tick in scale.ticks:
        x = (left + length * (tick - scale.low) / (scale.high - scale.low)) * unit
        label = f"{tick} {scale.unit}" if tick == scale.ticks[-1] else f"{tick}"
        align = 0.0 if tick == scale.ticks[0] else 0.5
        pen.write(x, (top + height + 5) * unit, label, size=14, fill=_PALE, align=align)
    swatch = left + length + 56
    pen.draw.rectangle([swatch * unit, top * unit, (swatch + 22) * unit, (top + height) * unit], fill=GREY)
    pen.write((swatch + 11) * unit, (top + height + 5) * unit, "not sure", size=14, fill=_PALE, align=0.5)


def _draw_signs(pen: Pen, *, left: float, top: float) -> None:
    """What a dot, a faint dot and stripes mean."""
    unit = pen.unit

    def disc(x: float, y: float, radius: float, fill: tuple[int, int, int]) -> None:
        box = [(x - radius) * unit, (y - radius) * unit, (x + radius) * unit, (y + radius) * unit]
        pen.draw.ellipse(box, fill=fill)

    green = (120, 214, 90)
    disc(left + 8, top + 8, 6.5, _BRIGHT)
    disc(left + 8, top + 8, 4.3, green)
    pen.write((left + 22) * unit, top * unit, "root: counts", size=14, fill=_PALE)
    disc(left + 8, top + 31, 5.0, (62, 100, 56))
    pen.write((left + 22) * unit, (top + 23) * unit, "root outside: does not count", size=14, fill=_PALE)
    box = (left + 232, top, left + 256, top + 16)
    for offset in range(-16, 24, 8):
        start, stop = max(0, offset), min(24, offset + 16)
        pen.draw.line(
            [
                ((box[0] + start) * unit, (box[3] - (start - offset)) * unit),
                ((box[0] + stop) * unit, (box[3] - (stop - offset)) * unit),
            ],
            fill=_PALE,
            width=max(1, round(2 * unit)),
        )
    pen.write((box[2] + 8) * unit, top * unit, "not judged:", size=14, fill=_PALE)
    pen.write((box[2] + 8) * unit, (top + 23) * unit, "not in the area", size=14, fill=_PALE)


def _notes(analysis: Analysis) -> list[str]:
    return ["! " + flag_sentence(info) for flag, info in IMAGE_FLAGS.items() if flag in analysis.flags]


def _draw_footer(pen: Pen, analysis: Analysis, *, top: float, width_px: int) -> None:
    unit, size = pen.unit, 13
    height, width = analysis.image.pixels.shape[:2]
    scale = analysis.calibration
    facts = [f"picture: {VERDICTS[analysis.quality.verdict]}", f"{width} x {height} px"]
    if scale is not None:
        facts.append(f"{scale.um_per_px:.4g} um/px +- {scale.relative_error:.0%}, {scale.source}")
    facts.append(f"hairdensity {analysis.version}")
    right = f"{'  |  '.join(facts)}  |  {DISCLAIMER}"
    y, end = (top + 12) * unit, width_px - _MARGIN * unit
    pen.write(end, y, right, size=size, fill=_PALE, align=1.0)
    room = end - _MARGIN * unit - pen.length(right + "    ", size=size)
    name = pen.shorten(analysis.image.image_id, size=size, width=room)
    pen.write(_MARGIN * unit, y, name, size=size, fill=_BRIGHT)
