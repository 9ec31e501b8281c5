"""The sheet for the clinic's file: both pictures, all figures with their intervals, and all that they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from textwrap import shorten
from typing import Any, Final

from hairdensity.exchange.examined import Examined
from hairdensity.exchange.sheets.fates import draw_fates, fates_by_hair
from hairdensity.exchange.sheets.page import INK, LEFT_MM, PALE, WIDTH_MM, Ink, Sheet
from hairdensity.exchange.sheets.pictures import Shown, draw_legend, place_picture
from hairdensity.exchange.sheets.wording import day_words, interval_of, moment_words, shown_value
from hairdensity.flags import IMAGE_FLAGS, flag_names
from hairdensity.metrics import METRICS
from hairdensity.report.change_wording import (
    control_in_words,
    expected_sentence,
    headline,
    main_names,
    main_rows,
    site_sentence,
    title_of,
)
from hairdensity.report.wording import DISCLAIMER

__all__ = ["clinical_sheet"]

_GAP = 6.0
_HALF = (WIDTH_MM - _GAP) / 2
_PICTURE_MM = 62.0
_ROW_MM = 3.95
_ENDS_MM = (84.0, 114.0, 144.0, 158.0, 178.0)
_CHANGE_ENDS_MM = (66.0, 79.0, 96.0, 119.0)
_VERDICT_MM, _CONTROL_MM = 122.0, 142.0
_SMALL, _TINY = 7.6, 6.7
_BOTTOM = 286.0
_MOST_LETTERS = 220
"""Of the reason of a correction: two lines; the documents have all of it."""
_LEFT_OUT: Final = {"median_diameter_px", "diameter_histogram", "density_per_inch2", "unit_density_per_inch2"}
"""The same figure in other units, and what a line cannot hold; documents and tables have them."""

_FLAGS = {flag_names(flag)[0]: info for flag, info in IMAGE_FLAGS.items()}


def clinical_sheet(
    shown: Shown, *, printed_on: date, before: Shown | None = None, change: dict[str, Any] | None = None
) -> bytes:
    """One page A4 for the clinic's file.

    Parameters
    ----------
    shown : Shown
        The reading, the newer one of a comparison.
    printed_on : date
    before, change : Shown and dict, optional
        The earlier reading, and the document ``hairdensity/change-1`` of both: the table then shows the change.

    Returns
    -------
    bytes
        Of a PDF; the same ones for the same reading and day.

    Raises
    ------
    MissingDependencyError
        If fpdf2 or matplotlib is not installed.
    """
    examined = shown.examined
    sheet = Sheet(f"Clinical sheet {examined.patient_code}, {examined.visit_day}", printed_on)
    top = _head(sheet, examined)
    top = _pictures(sheet, top, shown, before=before, change=change)
    if change is not None and before is not None:
        top = _change_table(sheet, top, change)
    else:
        top = _figures(sheet, top, examined)
    _basis(sheet, top + 2.5, [examined] if before is None else [before.examined, examined])
    _foot(sheet, printed_on)
    return sheet.pdf()


def _head(sheet: Sheet, examined: Examined) -> float:
    title = f"{examined.place.title}, {day_words(examined.visit_day)}"
    sheet.words(title, (LEFT_MM, 11.0), Ink(size=15.0, bold=True, width=120.0))
    right = Ink(size=8.5, color=PALE, width=70.0, align="R")
    below = sheet.words(f"Patient code {examined.patient_code}", (LEFT_MM + WIDTH_MM - 70.0, 11.0), right)
    sheet.words(examined.clinic, (LEFT_MM + WIDTH_MM - 70.0, below), right)
    parts = [
        "untreated control site" if examined.place.is_control else "",
        examined.visit_label,
        f"picture {examined.number} of the site at this visit",
        f"{examined.kind} reading",
    ]
    return sheet.words(", ".join(part for part in parts if part), (LEFT_MM, 18.5), Ink(size=8.5, color=PALE)) + 2.0


def _pictures(sheet: Sheet, top: float, shown: Shown, *, before: Shown | None, change: dict[str, Any] | None) -> float:
    left = before or shown
    is_followed = change is not None and change["registration"]["accepted"]
    earlier, later = (
        fates_by_hair(change, visit) if change is not None and is_followed else None
        for visit in ("baseline", "follow_up")
    )
    boxes = (((LEFT_MM, top), (_HALF, _PICTURE_MM)), ((LEFT_MM + _HALF + _GAP, top), (_HALF, _PICTURE_MM)))
    first = None if before is None else before.examined.entry
    alt = "The earlier picture" if before else "The picture"
    place_picture(sheet, left.picture, boxes[0], entry=first, fates=earlier, alt=alt)
    alt = "The picture with its hairs"
    place_picture(sheet, shown.picture, boxes[1], entry=shown.examined.entry, fates=later, alt=alt)
    below = top + _PICTURE_MM + 1.0
    if before is not None:
        for number, each in enumerate((before, shown)):
            ink = Ink(size=_SMALL, color=PALE, width=_HALF, align="C")
            words = f"{day_words(each.examined.visit_day)}, {each.examined.kind} reading"
            sheet.words(words, (LEFT_MM + number * (_HALF + _GAP), below), ink)
        below += 4.5
    if change is not None and is_followed:
        return draw_fates(sheet, below + 1.0, change, {}) + 1.5
    return max(draw_legend(sheet, (LEFT_MM, below + 0.8), width=_HALF), below + 7.0) + 0.8


def _figures(sheet: Sheet, top: float, examined: Examined) -> float:
    """Set all figures, a line each; of a corrected reading with the automatic values."""
    automatic = examined.automatic
    heads = ["Value", "95 %, this picture", "95 %, site around", "n", "" if automatic is None else "Automatic"]
    _row(sheet, top, "", heads, color=PALE)
    top += _ROW_MM
    sheet.rule(top - 0.4, color=INK)
    metrics = examined.entry["metrics"]
    for info in METRICS:
        if info.name in _LEFT_OUT:
            continue
        figure = metrics.get(info.name)
        cells = [
            shown_value(metrics, info.name),
            interval_of(metrics, info.name),
            interval_of(metrics, info.name, of_site=True),
            str(figure["n"]) if isinstance(figure, dict) else "",
            "" if automatic is None else shown_value(automatic["metrics"], info.name),
        ]
        _row(sheet, top, title_of(info), cells)
        top += _ROW_MM
        sheet.rule(top - 0.55)
    return top


def _row(sheet: Sheet, top: float, title: str, cells: Sequence[str], *, color: str = INK) -> None:
    """Set a title, then cells that end at their places."""
    sheet.words(title, (LEFT_MM, top), Ink(size=_TINY, color=color, width=70.0))
    for number, (text, end) in enumerate(zip(cells, _ENDS_MM, strict=True)):
        is_value = number == 0 and color == INK
        ink = Ink(size=_TINY, bold=is_value, color=INK if is_value else PALE, width=34.0, align="R")
        sheet.words(text, (LEFT_MM + end - ink.width, top), ink)


def _change_table(sheet: Sheet, top: float, change: dict[str, Any]) -> float:
    top = sheet.words(headline(change), (LEFT_MM, top), Ink(size=9.0, bold=True)) + 1.5
    heads = ["", "Earlier", "Later", "Change", "95 % interval", "Verdict"]
    has_control = change["control"] is not None
    _change_row(sheet, top, [*heads, "Untreated control" if has_control else ""], color=PALE)
    top += 5.0
    sheet.rule(top - 0.4, color=INK)
    for row, name in zip(main_rows(change), main_names(change), strict=True):
        cells = [row.title, row.baseline, row.follow_up, row.change, row.interval_in_column, row.verdict]
        # Of the verdict, which stands behind the interval, there is no room.
        _change_row(sheet, top, [*cells, control_in_words(change, name).rpartition(", ")[0]])
        top += 5.0
        sheet.rule(top - 0.6)
    for words in (expected_sentence(change), site_sentence(change)):
        if words:
            top = sheet.words(f"{words.removesuffix('.')}.", (LEFT_MM, top + 0.4), Ink(size=_TINY, color=PALE))
    return top


def _change_row(sheet: Sheet, top: float, cells: Sequence[str], *, color: str = INK) -> None:
    title, *numbers, verdict, control = cells
    sheet.words(title, (LEFT_MM, top), Ink(size=_SMALL, color=color, width=60.0))
    for text, end in zip(numbers, _CHANGE_ENDS_MM, strict=True):
        sheet.words(text, (LEFT_MM + end - 28.0, top), Ink(size=_SMALL, color=color, width=28.0, align="R"))
    sheet.words(verdict, (LEFT_MM + _VERDICT_MM, top), Ink(size=_SMALL, bold=color == INK, color=color))
    beside = Ink(size=_TINY, color=PALE, width=WIDTH_MM - _CONTROL_MM)
    sheet.words(sheet.cut(control, beside), (LEFT_MM + _CONTROL_MM, top + 0.2), beside)


def _basis(sheet: Sheet, top: float, readings: Sequence[Examined]) -> None:
    """Set what the figures rest on, for each reading in a column of its own."""
    width = WIDTH_MM if len(readings) == 1 else _HALF
    for number, examined in enumerate(readings):
        left = LEFT_MM + number * (_HALF + _GAP)
        line = top
        for term, words in _basis_lines(examined):
            sheet.words(term, (left, line), Ink(size=_TINY, color=PALE, width=20.0))
            line = sheet.words(words, (left + 20.0, line), Ink(size=_TINY, width=width - 20.0)) + 0.4


def _basis_lines(examined: Examined) -> list[tuple[str, str]]:
    entry = examined.entry
    area = entry["target_area"]
    cm2 = (
        "not known in cm²"
        if area["area_cm2"] is None
        else f"{area['area_cm2']:.3g} cm² ({area['area_inch2']:.3g} inch²)"
    )
    model = "none" if examined.model is None else examined.model["sha256"]
    lines = [
        ("Scale", _scale_words(entry["calibration"])),
        ("Area", f"{area['kind']}: {cm2} could be read; {area['unreadable_fraction']:.1%} of it could not"),
        ("Quality", f"{entry['quality']['verdict']}{_flag_words(entry['flags'])}"),
        ("Reviewed", _review_words(examined)),
        ("Measured", f"{moment_words(examined.made_at)}, hairdensity {examined.version}, {examined.model_words}"),
        (
            "Picture",
            f"sha256 {entry['image']['sha256']}, {entry['image']['width_px']} by {entry['image']['height_px']} px",
        ),
        ("Weights", f"sha256 {model}"),
    ]
    if examined.automatic is not None:
        lines.insert(4, ("Corrected", _correction_words(examined)))
    return lines


def _scale_words(scale: dict[str, Any] | None) -> str:
    if scale is None:
        return "not known: nothing is stated in µm or per cm²"
    return f"{scale['um_per_px']:.4g} µm per pixel ± {scale['relative_error']:.1%}, from: {scale['source']}"


def _flag_words(names: Sequence[str]) -> str:
    """What was noted, in the words of the flags; without their effects, which the documents have."""
    words = "; ".join(_FLAGS[name].meaning for name in names if name in _FLAGS)
    return f". Noted: {words}" if words else ", nothing noted"


def _review_words(examined: Examined) -> str:
    if examined.review is None:
        return "not yet: preliminary"
    return f"by {examined.review.by}, {moment_words(examined.review.at)}"


def _correction_words(examined: Examined) -> str:
    by = (
        ""
        if examined.corrected_by is None
        else f"by {examined.corrected_by.by}, {moment_words(examined.corrected_by.at)}"
    )
    reason = shorten(examined.reason, _MOST_LETTERS, placeholder=" \N{HORIZONTAL ELLIPSIS}")
    return f"{by}: {reason}" if reason else by


def _foot(sheet: Sheet, printed_on: date) -> None:
    words = f"For measurement and monitoring, no diagnosis; {DISCLAIMER}. Printed {day_words(printed_on)}."
    words = f"{words} {sheet.gap_sentence}"
    sheet.rule(_BOTTOM - 5.5)
    sheet.words(words, (LEFT_MM, _BOTTOM - 4.5), Ink(size=_TINY, color=PALE))
