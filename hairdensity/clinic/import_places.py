"""Names of sites, as studies and folders write them, on the scalp map."""

from __future__ import annotations

import re
from typing import Final

from hairdensity.clinic.labels import checked_label
from hairdensity.clinic.scalp import PLACES

__all__ = ["place_and_label"]

_WORDS: Final = (
    (r"mid[\s_-]*scalp|mid[\s_-]*anterior", "mid_scalp"),
    (r"vertex|crown|tonsur\w*|whorl", "vertex"),
    (r"occipit\w*|occiput|nape|donor", "occipital"),
    (r"front\w*|hairline|forelock", "frontal"),
    (r"temp(?:oral|le)\w*", "temporal"),
    (r"pariet\w*", "parietal"),
)
"""Words for a place; those at the sides need a side beside them."""

_SIDES: Final = {"left": r"left|links|\bl\b", "right": r"right|rechts|\br\b"}


def place_and_label(site: str) -> tuple[str, str] | None:
    """The place on the map, and what the name says beyond it.

    Parameters
    ----------
    site : str
        E.g. ``"left temple"``, ``"vertex 2"`` or a code of the map.

    Returns
    -------
    (str, str) or None
        ``("temporal_left", "")``, ``("vertex", "2")``; None where the name is of no place on the map.

    Raises
    ------
    InputError
        If what it says beyond the place is longer than a label may be.
    """
    words = re.sub(r"[\s_-]+", " ", site).strip().lower()
    exact = next((place.code for place in PLACES if words in (place.code.replace("_", " "), place.name.lower())), None)
    if exact is not None:
        return exact, ""
    for pattern, place in _WORDS:
        found = re.search(pattern, words)
        if found is not None:
            rest = f"{words[: found.start()]} {words[found.end() :]}"
            return _at_side(place, rest)
    return None


def _at_side(place: str, rest: str) -> tuple[str, str] | None:
    if place not in ("temporal", "parietal"):
        return place, checked_label(rest)
    for side, pattern in _SIDES.items():
        found = re.search(pattern, rest)
        if found is not None:
            return f"{place}_{side}", checked_label(f"{rest[: found.start()]} {rest[found.end() :]}")
    return None
