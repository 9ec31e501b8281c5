"""A change as cards: the verdict first, in words, then the figures with their intervals as bars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from hairdensity.report.change_wording import (
    Row,
    control_in_words,
    headline_parts,
    main_names,
    main_rows,
)

__all__ = ["Bar", "Card", "change_cards", "time_between", "verdict_sentence"]

Document = dict[str, Any]

_VERDICTS = {
    "increase": ("up", "increase beyond measurement noise"),
    "decrease": ("down", "decrease beyond measurement noise"),
    "within noise": ("same", "within measurement noise"),
}
_UNKNOWN = ("unknown", "no verdict")

_MAIN = (
    "density_per_cm2",
    "median_diameter_um",
    "median_diameter_px",
    "cumulative_diameter_mm_per_cm2",
    "unit_density_per_cm2",
)

BAR_WIDTH = 240.0
_ROOM = 1.12
"""The longest end stands so far from the bar's own end."""


class Bar(NamedTuple):
    """An interval over the band of noise, in px of a drawing `BAR_WIDTH` wide; no change lies in its middle."""

    low: float
    high: float
    value: float
    noise_low: float
    noise_high: float


class Card(NamedTuple):
    """One figure of a change.

    Parameters
    ----------
    name : str
    row : Row
        In words.
    kind : {"up", "down", "same", "unknown"}
    verdict : str
    bar : Bar or None
        None where the interval is not known.
    control : str
        How the untreated site changed; empty without one.
    """

    name: str
    row: Row
    kind: str
    verdict: str
    bar: Bar | None
    control: str

    @property
    def is_main(self) -> bool:
        """One of the few that a page shows large."""
        return self.name in _MAIN


def change_cards(document: Document) -> list[Card]:
    """The main figures that are known, the most important first.

    Parameters
    ----------
    document : dict
        change-1.
    """
    return list(_cards(document))


def _cards(document: Document) -> Iterator[Card]:
    changes = document["change"]
    for name, row in zip(main_names(document), main_rows(document), strict=True):
        kind, verdict = _VERDICTS.get(changes[name]["verdict"], _UNKNOWN)
        if not document["registration"]["accepted"]:
            # Of other skin a verdict would say nothing, whatever the numbers are.
            kind, verdict = _UNKNOWN
        yield Card(name, row, kind, verdict, _bar(changes[name]), control_in_words(document, name))


def _bar(difference: dict[str, Any]) -> Bar | None:
    low, high, value, noise = (difference[name] for name in ("low", "high", "value", "detectable"))
    if None in (low, high, noise):
        return None
    reach = _ROOM * max(abs(low), abs(high), noise) or 1.0
    return Bar(*(round(BAR_WIDTH * (0.5 + 0.5 * end / reach), 1) for end in (low, high, value, -noise, noise)))


def verdict_sentence(document: Document) -> str:
    """What became of the density, in a few words for the head of a page."""
    if "same_picture" in document["flags"]:
        return "Both visits show the same file: there is nothing to compare"
    difference = document["change"].get("density_per_cm2")
    if not document["registration"]["accepted"]:
        return "Not shown to be the same skin: no change can be stated hair by hair"
    if difference is None or difference["value"] is None:
        return headline_parts(document)[0]
    sentences = {
        "increase": "Hair density rose beyond measurement noise",
        "decrease": "Hair density fell beyond measurement noise",
        "within noise": "Hair density: the change is within measurement noise",
    }
    return sentences.get(difference["verdict"], "Hair density: no verdict can be given")


def time_between(before: date, after: date) -> str:
    """``"on the same day"``, ``"12 days later"``, ``"13 weeks later"``, ``"2.5 years later"``."""
    days = (after - before).days
    if days == 0:
        return "on the same day"
    if days < 21:
        return f"{days} day{'' if days == 1 else 's'} later"
    if days < 546:
        return f"{round(days / 7)} weeks later"
    return f"{days / 365.25:.1f} years later"
