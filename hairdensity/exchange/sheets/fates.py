"""What became of the hairs between two visits, as a sheet draws it: by color and by a sign at the root."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from hairdensity.exchange.sheets.page import LEFT_MM, WIDTH_MM, Ink, Sheet
from hairdensity.report.change_fates import LEAST_PROBABILITY, UNSURE
from hairdensity.report.change_looks import LOOKS, Look, legend_of

__all__ = ["draw_fates", "draw_sign", "fates_by_hair", "hex_of"]

Place = tuple[float, float]

_DARK: Final = "#14181d"
_GAP_MM: Final = 3.4
_LINE_MM: Final = 4.6


def fates_by_hair(change: dict[str, Any], visit: str) -> dict[int, str]:
    """The name of the look of each hair of one visit; hairs outside of the common area have none.

    Parameters
    ----------
    change : dict
        The document ``hairdensity/change-1``.
    visit : {"baseline", "follow_up"}
    """
    return {
        row[f"{visit}_hair_id"]: _look_name(row)
        for row in change["matches"]
        if row["in_area"] and row[f"{visit}_hair_id"] is not None
    }


def _look_name(row: dict[str, Any]) -> str:
    probability = row["fate_probability"]
    if probability is None or probability < LEAST_PROBABILITY:
        return UNSURE
    is_changed = row["fate"] == "kept" and row["thickness"] in LOOKS
    return str(row["thickness"] if is_changed else row["fate"])


def draw_fates(sheet: Sheet, top: float, change: dict[str, Any], meanings: Mapping[str, str]) -> float:
    """Draw what each look means with its number of hairs; gives where the next line begins.

    Parameters
    ----------
    sheet : Sheet
    top : float
        In mm.
    change : dict
    meanings : mapping
        Words by the look's name, where others than its own are better understood.
    """
    left = LEFT_MM
    ink = Ink(size=7.0, width=60.0)
    for look, n_hairs in legend_of(change):
        words = f"{n_hairs} {meanings.get(look.name, look.meaning)}"
        width = sheet.width_of(words, ink) + 5.4
        if left + width > LEFT_MM + WIDTH_MM:
            left, top = LEFT_MM, top + _LINE_MM
        sheet.box((left, top), (4.4, 3.9), fill="#6f675f")
        draw_sign(sheet, (left + 2.2, top + 1.95), look)
        sheet.words(words, (left + 5.6, top + 0.1), ink)
        left += width + _GAP_MM
    return top + _LINE_MM


def draw_sign(sheet: Sheet, at: Place, look: Look) -> None:
    """Draw the sign of a look, with a dark edge that stands out from skin."""
    x, y = at
    color, size = hex_of(look), 0.95
    if look.sign in ("up", "down"):
        for fill, reach in ((_DARK, size + 0.3), (color, size)):
            ahead = reach if look.sign == "down" else -reach
            sheet.shape([(x, y + ahead), (x - reach, y - ahead * 0.7), (x + reach, y - ahead * 0.7)], fill)
    elif look.sign in ("plus", "cross"):
        turn = 0.0 if look.sign == "plus" else math.pi / 4
        for ink, width in ((_DARK, 0.8), (color, 0.42)):
            for angle in (turn, turn + math.pi / 2):
                across, along = size * math.cos(angle), size * math.sin(angle)
                sheet.line([(x - across, y - along), (x + across, y + along)], ink, width)
    elif look.sign == "circle":
        ring = [(x + 0.7 * math.cos(turn), y + 0.7 * math.sin(turn)) for turn in (math.tau * n / 16 for n in range(17))]
        for ink, width in ((_DARK, 0.5), (color, 0.22)):
            sheet.line(ring, ink, width)
    else:
        for fill, radius in ((_DARK, 0.7), (color, 0.5)):
            sheet.dot(at, fill, radius)


def hex_of(look: Look) -> str:
    """The color of a look, e.g. ``"#48b2ff"``."""
    return "#{:02x}{:02x}{:02x}".format(*look.color)
