"""The sheet that a patient takes home: pictures, density and thickness in plain words, and what they are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from hairdensity.exchange.examined import Examined
from hairdensity.exchange.sheets.fates import draw_fates, fates_by_hair
from hairdensity.exchange.sheets.page import ACCENT, LEFT_MM, PALE, SOFT, WIDTH_MM, Ink, Sheet
from hairdensity.exchange.sheets.pictures import Shown, draw_legend, place_picture
from hairdensity.exchange.sheets.wording import day_words, interval_of, made_by, shown_value
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_wording import change_span, signed, value_of
from hairdensity.report.wording import DISCLAIMER

__all__ = ["patient_sheet"]

_GAP = 6.0
_HALF = (WIDTH_MM - _GAP) / 2
_PICTURE_MM = 68.8
_BOTTOM = 281.0

_QUALITY: Final = {
    "caution": "The picture was not ideal, so the figures are less certain than they could be.",
    "unreadable": "The picture could hardly be read: please do not rely on these figures.",
}
_VERDICTS: Final = {
    "increase": "Higher than before, by more than the measurement varies by itself.",
    "decrease": "Lower than before, by more than the measurement varies by itself.",
    "within noise": "No more than the measurement varies by itself: it cannot be told from no change.",
}
_FATES: Final = {
    "kept": "found again",
    "new": "new hairs",
    "lost": "no longer found",
    "unsure": "not certain",
}
_CHANGE_MM: Final = 45.0
_CONTROL: Final = "To check, a place that is not treated was measured on the same days. Its hair density changed by"
_WHY_OTHERS: Final = (
    "The change above is measured on the skin that both pictures show, from both pictures together. One picture by "
    "itself tells less exactly, so its figures can differ."
)
_NO_VERDICT: Final = "Whether this is a change cannot be said."
_NOT_SAME_SKIN: Final = "The two pictures could not be shown to be of the same skin, so nothing is said about a change."
_IS_NOT: Final = (
    "These figures describe the hair on one small piece of skin on one day. They do not say why hair is as it is, and "
    "they are no diagnosis and no advice on treatment: please talk about them with your doctor. Hair density and "
    "thickness differ much between healthy people; what counts most is how your own figures develop."
)


class _Card(NamedTuple):
    """A figure in large letters, with what it says."""

    title: str
    value: str
    unit: str
    words: tuple[str, ...]


def patient_sheet(
    shown: Shown, *, printed_on: date, before: Shown | None = None, change: dict[str, Any] | None = None
) -> bytes:
    """One page A4 for the patient.

    Parameters
    ----------
    shown : Shown
        The reading, the newer one of a comparison.
    printed_on : date
    before, change : Shown and dict, optional
        The earlier reading, and the document ``hairdensity/change-1`` of both.

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
    sheet = Sheet(f"Hair measurement {examined.patient_code}, {examined.visit_day}", printed_on)
    top = _head(sheet, examined)
    is_followed = change is not None and change["registration"]["accepted"]
    top = _pictures(sheet, top, shown, before=before, change=change if is_followed else None)
    if change is not None and before is not None:
        top = _change(sheet, top, before.examined, change)
    top = _alone(sheet, top, examined) if is_followed else _cards(sheet, top, examined)
    _further(sheet, top, examined, _FURTHER[: 2 if is_followed else 3])
    _foot(sheet, [examined] if before is None else [before.examined, examined], printed_on)
    return sheet.pdf()


def _head(sheet: Sheet, examined: Examined) -> float:
    sheet.words(examined.clinic, (LEFT_MM, 14.0), Ink(size=8.5, color=PALE, width=WIDTH_MM / 2))
    right = Ink(size=8.5, color=PALE, width=WIDTH_MM / 2, align="R")
    sheet.words(f"Patient code {examined.patient_code}", (LEFT_MM + WIDTH_MM / 2, 14.0), right)
    sheet.words("Your hair measurement", (LEFT_MM, 21.0), Ink(size=24.0, bold=True))
    words = f"{examined.place.title}, {day_words(examined.visit_day)}"
    return sheet.words(words, (LEFT_MM, 33.0), Ink(size=12.0, color=PALE)) + 3.5


def _pictures(sheet: Sheet, top: float, shown: Shown, *, before: Shown | None, change: dict[str, Any] | None) -> float:
    left = before or shown
    earlier, later = (None if change is None else fates_by_hair(change, visit) for visit in ("baseline", "follow_up"))
    place_picture(
        sheet,
        left.picture,
        ((LEFT_MM, top), (_HALF, _PICTURE_MM)),
        entry=None if before is None else before.examined.entry,
        fates=earlier,
        alt="The picture of the skin" if before is None else "The earlier picture with its hairs drawn over it",
    )
    place_picture(
        sheet,
        shown.picture,
        ((LEFT_MM + _HALF + _GAP, top), (_HALF, _PICTURE_MM)),
        entry=shown.examined.entry,
        fates=later,
        alt="The same picture with its hairs drawn over it",
    )
    captions = ("The picture", "The hairs that were found in it")
    if before is not None:
        captions = (day_words(before.examined.visit_day), day_words(shown.examined.visit_day))
    for number, caption in enumerate(captions):
        at = (LEFT_MM + number * (_HALF + _GAP), top + _PICTURE_MM + 1.5)
        sheet.words(caption, at, Ink(size=8.0, color=PALE, width=_HALF, align="C"))
    below = top + _PICTURE_MM + 8.5
    if change is not None:
        return draw_fates(sheet, below - 1.0, change, _FATES) + 3.0
    if shown.examined.entry["calibration"] is not None:
        draw_legend(sheet, (LEFT_MM, below), width=_HALF)
        below += 7.5
    return below + 1.0


def _cards(sheet: Sheet, top: float, examined: Examined) -> float:
    metrics = examined.entry["metrics"]
    if examined.entry["calibration"] is None:
        cards = [_Card("Hairs in the picture", str(metrics["n_hairs"]), "", (_WITHOUT_SCALE,))]
    else:
        cards = [_density_card(metrics), _thickness_card(metrics)]
    height = 47.0
    width = _HALF if len(cards) == 2 else WIDTH_MM
    for number, card in enumerate(cards):
        _card(sheet, (LEFT_MM + number * (_HALF + _GAP), top), (width, height), card)
    top += height + 3.0
    words = _QUALITY.get(examined.entry["quality"]["verdict"], "")
    return sheet.words(words, (LEFT_MM, top), Ink(size=9.5, bold=True)) + 2.0 if words else top + 1.0


_WITHOUT_SCALE: Final = (
    "The scale of this picture is not known, so neither the number of hairs per square centimeter nor their "
    "thickness can be stated."
)


def _density_card(metrics: dict[str, Any]) -> _Card:
    value, interval = shown_value(metrics, "density_per_cm2"), interval_of(metrics, "density_per_cm2")
    words = ["Hairs that grow here on 1 cm by 1 cm of skin."]
    return _Card("Hair density", value, "hairs per cm²", (*words, *_certainty(interval, "")))


def _thickness_card(metrics: dict[str, Any]) -> _Card:
    value, interval = shown_value(metrics, "median_diameter_um"), interval_of(metrics, "median_diameter_um")
    words = ["Half of the hairs here are thicker, half are thinner. 1000 µm are 1 mm."]
    return _Card("Hair thickness", value, "µm", (*words, *_certainty(interval, " µm")))


def _certainty(interval: str, unit: str) -> tuple[str, ...]:
    return (
        (f"The measurement's own error allows {interval}{unit} (95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}interval).",)
        if interval
        else ()
    )


def _card(sheet: Sheet, at: tuple[float, float], size: tuple[float, float], card: _Card) -> None:
    title, value, unit, words = card
    left, width = at[0] + 6.0, size[0] - 12.0
    sheet.box(at, size, fill=SOFT)
    top = sheet.words(title, (left, at[1] + 4.5), Ink(size=9.5, bold=True, color=PALE, width=width))
    large = Ink(size=30.0, bold=True, color=ACCENT, width=width)
    below = sheet.words(value, (left, top + 0.5), large)
    sheet.words(unit, (left + sheet.width_of(value, large) + 2.5, below - 6.8), Ink(size=11.0, width=50.0))
    top = below + 1.0
    for sentence in words:
        top = sheet.words(sentence, (left, top), Ink(size=8.8, width=width)) + 0.6


_MAIN: Final = (
    ("Hair density", "density_per_cm2", "per cm²"),
    ("Hair thickness", "median_diameter_um", "µm"),
)
_FURTHER: Final = (
    ("Fine hairs, 40 µm or thinner", "vellus_fraction_40um", "of the hairs"),
    ("Groups of hairs (follicular units)", "unit_density_per_cm2", "per cm²"),
    ("Hairs in a group", "hairs_per_unit", "on average"),
)


def _alone(sheet: Sheet, top: float, examined: Examined) -> float:
    """Set the newer picture's own figures below those of the change, and why they differ."""
    title = f"The picture of {day_words(examined.visit_day)} by itself"
    top = sheet.words(title, (LEFT_MM, top), Ink(size=10.5, bold=True)) + 0.6
    top = sheet.words(_WHY_OTHERS, (LEFT_MM, top), Ink(size=8.0, color=PALE)) + 1.2
    quality = _QUALITY.get(examined.entry["quality"]["verdict"], "")
    if quality:
        top = sheet.words(quality, (LEFT_MM, top), Ink(size=8.5, bold=True)) + 0.8
    return _further(sheet, top, examined, _MAIN)


def _further(sheet: Sheet, top: float, examined: Examined, rows: Sequence[tuple[str, str, str]]) -> float:
    """Set more figures for who wants to know more."""
    metrics = examined.entry["metrics"]
    known = [row for row in rows if metrics.get(row[1]) is not None and metrics[row[1]]["value"] is not None]
    for title, name, unit in known:
        interval = interval_of(metrics, name)
        sheet.words(title, (LEFT_MM, top), Ink(size=9.5))
        sheet.words(f"{shown_value(metrics, name)} {unit}", (LEFT_MM + 78.0, top), Ink(size=9.5, bold=True))
        words = f"{interval} (95 % interval)" if interval else ""
        sheet.words(words, (LEFT_MM + 120.0, top), Ink(size=9.5, color=PALE))
        sheet.rule(top + 5.6)
        top += 6.8
    return top


def _change(sheet: Sheet, top: float, before: Examined, change: dict[str, Any]) -> float:
    since = f"Since {day_words(before.visit_day)}"
    is_followed = change["registration"]["accepted"]
    title = f"{since}, on the skin that both pictures show" if is_followed else since
    top = sheet.words(title, (LEFT_MM, top), Ink(size=12.0, bold=True)) + 1.5
    if not is_followed:
        return sheet.words(_NOT_SAME_SKIN, (LEFT_MM, top), Ink(size=9.5)) + 3.0
    known = [row for row in _MAIN if (change["change"].get(row[1]) or {"value": None})["value"] is not None]
    for number, row in enumerate(known):
        at = (LEFT_MM + number * (_HALF + _GAP), top)
        _card(sheet, at, (_HALF if len(known) == 2 else WIDTH_MM, _CHANGE_MM), _change_card(row, change))
    top += _CHANGE_MM + 2.5 if known else 0.0
    words = _control_words(change["control"])
    return sheet.words(words, (LEFT_MM, top), Ink(size=9.0)) + 2.5 if words else top


def _control_words(control: dict[str, Any] | None) -> str:
    """How the hair density of the untreated place changed; empty where that is not known."""
    if control is None or not control["registration"]["accepted"]:
        return ""
    info, difference = info_of("density_per_cm2"), control["change"].get("density_per_cm2")
    if difference is None or difference["verdict"] is None:
        return ""
    change = f"{signed(info, difference['value'])} per cm² (95 % interval {change_span(info, difference)})"
    meaning = "no more than" if difference["verdict"] == "within noise" else "more than"
    return f"{_CONTROL} {change}, {meaning} the measurement varies by itself."


def _change_card(row: tuple[str, str, str], change: dict[str, Any]) -> _Card:
    title, name, unit = row
    info, difference = info_of(name), change["change"][name]
    pair = " to ".join(value_of(info, change[visit][name]) for visit in ("baseline", "follow_up"))
    words = (
        f"from {pair} {unit}",
        _VERDICTS.get(str(difference["verdict"]), _NO_VERDICT),
        f"95 % interval: {change_span(info, difference)} {unit}",
    )
    return _Card(title, signed(info, difference["value"]), unit, words)


def _foot(sheet: Sheet, readings: Sequence[Examined], printed_on: date) -> None:
    examined = readings[-1]
    top = _BOTTOM - 34.0
    top = sheet.words("What this sheet is not", (LEFT_MM, top), Ink(size=9.5, bold=True)) + 0.8
    top = sheet.words(_IS_NOT, (LEFT_MM, top), Ink(size=9.0))
    sheet.rule(_BOTTOM - 7.5)
    review = "not reviewed by a person yet" if examined.review is None else f"reviewed by {examined.review.by}"
    days = [day_words(one.visit_day) for one in readings if one.automatic is not None]
    corrected = f", corrected by a person: {' and '.join(days)}" if days else ""
    first = f"Measured by {made_by(examined)[: -len(DISCLAIMER) - 2]}{corrected}; {review}"
    top = sheet.words(first, (LEFT_MM, _BOTTOM - 6.0), Ink(size=6.5, color=PALE))
    words = f"Printed {day_words(printed_on)}. {DISCLAIMER.capitalize()}. {sheet.gap_sentence}"
    sheet.words(words, (LEFT_MM, top), Ink(size=6.5, color=PALE))
