"""How the fates and phases of hairs look on pictures: color, form of the line and sign, with their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hairdensity.report.change_fates import UNSURE

__all__ = ["FATES", "LOOKS", "PHASES", "UNMATCHED", "Look", "legend_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a fate or a phase is shown: by color, form of line and sign, so that no one of them alone tells it.

    Parameters
    ----------
    name : str
    meaning : str
        In words for people.
    color : (int, int, int)
        RGB; after Okabe and Ito's palette, which the color-blind can tell apart.
    width : float
        Of the line, in px of a picture 1280 px wide.
    is_dashed : bool
    sign : {"dot", "plus", "cross", "up", "down", "circle"}
        At the root.
    is_dotted : bool, optional
    is_faint : bool, optional
    """

    name: str
    meaning: str
    color: tuple[int, int, int]
    width: float
    is_dashed: bool
    sign: str
    is_dotted: bool = False
    is_faint: bool = False


FATES = (
    Look(
        name=UNSURE,
        meaning="unsure, maybe no hair",
        color=(160, 168, 178),
        width=1.6,
        is_dashed=False,
        sign="circle",
        is_dotted=True,
        is_faint=True,
    ),
    Look(name="kept", meaning="kept", color=(206, 212, 220), width=1.6, is_dashed=False, sign="dot"),
    Look(name="new", meaning="new at follow-up", color=(72, 178, 255), width=2.6, is_dashed=False, sign="plus"),
    Look(name="lost", meaning="lost since baseline", color=(255, 140, 40), width=2.6, is_dashed=True, sign="cross"),
    Look(name="thicker", meaning="of these thicker", color=(246, 230, 72), width=4.2, is_dashed=False, sign="up"),
    Look(name="thinner", meaning="of these thinner", color=(226, 126, 190), width=1.6, is_dashed=False, sign="down"),
)

PHASES = (
    Look(name="undecided", meaning="undecided", color=(206, 212, 220), width=1.6, is_dashed=False, sign="dot"),
    Look(name="telogen", meaning="resting", color=(255, 140, 40), width=2.6, is_dashed=True, sign="down"),
    Look(name="anagen", meaning="growing", color=(72, 178, 255), width=2.6, is_dashed=False, sign="up"),
)

_LEGEND = ("kept", "thicker", "thinner", "new", "lost", UNSURE)
"""What is a part of another one stands behind it."""

LOOKS = {look.name: look for look in (*FATES, *PHASES)}
"""By name, in the order in which they are drawn: what changed lies above what did not."""

UNMATCHED = "unmatched"
"""Look of hairs without a fate: outside the common area, or of pictures that were not registered."""


def legend_of(document: dict[str, Any]) -> list[tuple[Look, int]]:
    """The looks that a document's picture shows, each with its number of hairs."""
    if "phases" in document:
        return [(look, document["phases"][look.name]) for look in PHASES]
    return [(LOOKS[name], document["summary"][f"n_{name}"]) for name in _LEGEND]
