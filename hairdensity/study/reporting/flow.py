"""The flow of patients through the study, after the CONSORT 2010 diagram: boxes by arm, joined from top to bottom.

Who was screened, eligible and asked is not in a folder of pictures: those boxes are drawn, and say so.

References
----------
.. [1] Schulz, Altman, Moher (2010). CONSORT 2010 Statement. BMJ 340, c332.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from hairdensity.study.outcomes.flow import STAGES
from hairdensity.study.reporting.blocks import Picture
from hairdensity.study.reporting.drawing import INK, PALE, drawing, empty_figure, picture_of
from hairdensity.study.reporting.wording import arm_name, count, known, visit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["flow_diagram"]

_LINE_INCH, _PAD_INCH, _GAP_INCH = 0.16, 0.1, 0.2
_LETTER_INCH = 0.067
_ARM_INCH, _LEAST_INCH = 2.9, 6.6
_SIZE_PT = 8.5


@dataclass(frozen=True, slots=True)
class _Box:
    """A heading and lines below it."""

    title: str
    lines: tuple[str, ...]

    def wrapped(self, width_inch: float) -> tuple[list[str], list[str]]:
        n_letters = max(12, int((width_inch - 2.0 * _PAD_INCH) / _LETTER_INCH))
        # Bold letters are wider.
        title = wrap(self.title, int(0.88 * n_letters)) or [""]
        return title, [part for line in self.lines for part in wrap(line, n_letters)]

    def height(self, width_inch: float) -> float:
        title, lines = self.wrapped(width_inch)
        return (len(title) + len(lines)) * _LINE_INCH + 2.0 * _PAD_INCH


def flow_diagram(rows: Sequence[Mapping[str, Any]], arms: Sequence[str], n_patients: int) -> Picture | None:
    """The drawing, or None where the outcomes give no flow.

    Parameters
    ----------
    rows : sequence of dict
        ``flow`` of the outcomes.
    arms : sequence of str
    n_patients : int
        In the manifest, all arms together.
    """
    of_arms = {arm: [row for row in rows if str(row.get("arm") or "") == arm] for arm in arms}
    columns = [_boxes(found, arm) for arm, found in of_arms.items() if found]
    if not columns:
        return None
    head = [
        _Box("Enrollment", ("Assessed for eligibility, excluded, asked: not known here",)),
        _Box("In the manifest", (f"{n_patients} patients. How they were assigned to arms: not known here",)),
    ]
    width = max(_LEAST_INCH, _ARM_INCH * len(columns))
    box_width = width / len(columns) - _GAP_INCH
    head_width = min(4.2, width - _GAP_INCH)
    steps = [
        max(boxes[step].height(box_width) for boxes in columns if step < len(boxes))
        for step in range(max(map(len, columns)))
    ]
    height = sum(box.height(head_width) + _GAP_INCH for box in head) + sum(steps) + _GAP_INCH * (len(steps) + 0.5)
    with drawing():
        canvas = empty_figure(width, height)
        canvas.set_layout_engine("none")
        axes = canvas.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set(xlim=(0.0, width), ylim=(height, 0.0))
        axes.set_axis_off()
        top = _draw_head(axes, head, width, head_width)
        _draw_arms(axes, columns, steps, top)
        return picture_of(
            canvas,
            caption="Flow of patients and pictures, drawn after the CONSORT 2010 diagram. What a folder of pictures "
            "cannot tell is named as not known.",
            alt=_words(head, columns),
        )


def _boxes(rows: Sequence[Mapping[str, Any]], arm: str) -> list[_Box]:
    """The boxes of an arm: its patients, each visit, pictures that were excluded."""
    named = {stage: [row for row in rows if row.get("stage") == stage] for stage in STAGES}
    everyone, _, _, analyzed, lost, excluded = named.values()
    boxes = [_Box(arm_name(arm), tuple(f"{_size(row)} in the manifest" for row in everyone))]
    for place, row in enumerate(analyzed):
        name = _capital(visit_name(row))
        title = f"{name} (baseline)" if place == 0 and name.casefold() != "baseline" else name
        reasons = [_lost_words(other) for other in lost if other.get("visit") == row.get("visit")]
        boxes.append(_Box(title, (f"Analyzed: {_size(row)}", *filter(None, reasons))))
    if excluded:
        lines = [
            f"{_reason(row) or 'reason not stated'}: {_counted(row.get('n_images'), 'picture')}" for row in excluded
        ]
        boxes.append(_Box("Pictures not analyzed, at any visit", tuple(lines)))
    return boxes


def _size(row: Mapping[str, Any]) -> str:
    """How many patients, and pictures of them."""
    n_images = f", {_counted(row['n_images'], 'picture')}" if known(row.get("n_images")) else ""
    return f"{_counted(row.get('n_patients'), 'patient')}{n_images}"


def _counted(n: Any, what: str) -> str:
    return f"{count(n)} {what}" if n == 1 else f"{count(n)} {what}s"


def _lost_words(row: Mapping[str, Any]) -> str:
    if not row.get("n_patients"):
        return ""
    note = f": {_reason(row)}" if row.get("note") else ""
    return f"Not analyzed: {_counted(row['n_patients'], 'patient')}{note}"


def _reason(row: Mapping[str, Any]) -> str:
    """A note as it is read: ``2 x no picture`` has a true sign, a fault's name no underscores."""
    words = str(row.get("note") or "").replace("_", " ")
    words = re.sub(r"\bfailed: ([\w ]+)", r"no result (\1)", words)
    return re.sub(r"(?<=\d) x (?=\w)", " \N{MULTIPLICATION SIGN} ", words)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _draw_head(axes: Axes, head: Sequence[_Box], width: float, head_width: float) -> float:
    """Draw the boxes of all arms; return where the arms begin."""
    top = 0.5 * _GAP_INCH
    for box in head:
        height = box.height(head_width)
        _draw(axes, box, (width / 2.0 - head_width / 2.0, top), (head_width, height))
        top += height + _GAP_INCH
        if box is not head[-1]:
            _arrow(axes, width / 2.0, top - _GAP_INCH, top)
    return top - _GAP_INCH


def _draw_arms(axes: Axes, columns: Sequence[Sequence[_Box]], steps: Sequence[float], top: float) -> None:
    width = axes.get_xlim()[1]
    pitch = width / len(columns)
    middles = [pitch * (place + 0.5) for place in range(len(columns))]
    fork = top + 0.45 * _GAP_INCH
    axes.plot([width / 2.0, width / 2.0], [top, fork], color=PALE, linewidth=0.9)
    axes.plot([middles[0], middles[-1]], [fork, fork], color=PALE, linewidth=0.9)
    for middle, boxes in zip(middles, columns, strict=True):
        y, before = top + _GAP_INCH, fork
        for box, step in zip(boxes, steps, strict=False):
            _arrow(axes, middle, before, y)
            box_width = pitch - _GAP_INCH
            _draw(axes, box, (middle - box_width / 2.0, y), (box_width, step))
            before, y = y + step, y + step + _GAP_INCH


def _draw(axes: Axes, box: _Box, corner: tuple[float, float], size: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    axes.add_patch(Rectangle(corner, *size, facecolor="white", edgecolor=PALE, linewidth=0.9))
    title, lines = box.wrapped(size[0])
    y = corner[1] + _PAD_INCH + 0.5 * _LINE_INCH
    for number, line in enumerate([*title, *lines]):
        weight = "bold" if number < len(title) else "normal"
        place = (corner[0] + _PAD_INCH, y + number * _LINE_INCH)
        axes.text(*place, line, fontsize=_SIZE_PT, weight=weight, va="center", color=INK)


def _arrow(axes: Axes, x: float, start: float, end: float) -> None:
    style = {"arrowstyle": "-|>", "color": PALE, "linewidth": 0.9, "shrinkA": 0.0, "shrinkB": 0.0, "mutation_scale": 8}
    axes.annotate("", (x, end), (x, start), arrowprops=style)


def _words(head: Sequence[_Box], columns: Sequence[Sequence[_Box]]) -> str:
    """The diagram in words."""
    sentences = [f"{box.title}: {'; '.join(box.lines)}" for box in head]
    for arm, *boxes in columns:
        parts = (f"{box.title} ({'; '.join(box.lines)})" for box in boxes)
        sentences.append(f"{arm.title}: {', '.join([*arm.lines, *parts])}")
    return f"Flow diagram. {'. '.join(sentences)}."
