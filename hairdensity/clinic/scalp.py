"""Places on the scalp, as trials and clinics name them, and where they lie on the map that a person clicks."""

from __future__ import annotations

from typing import NamedTuple

from hairdensity.errors import InputError

__all__ = ["PLACES", "Place", "place_of"]


class Place(NamedTuple):
    """A place on the scalp.

    ``x`` and ``y`` lie on a head seen from above, nose up, in a square of 100 by 100; ``snomed`` is the code of its
    body structure where SNOMED CT has one that fits, else that of the scalp.
    """

    code: str
    name: str
    x: float
    y: float
    snomed: str


SCALP = "43067004"

PLACES = (
    Place("frontal", "Frontal", 50, 22, "699900002"),
    Place("mid_scalp", "Mid-scalp", 50, 42, SCALP),
    Place("vertex", "Vertex", 50, 62, "61719002"),
    Place("occipital", "Occipital", 50, 84, "79951008"),
    Place("temporal_left", "Left temporal", 20, 38, SCALP),
    Place("temporal_right", "Right temporal", 80, 38, SCALP),
    Place("parietal_left", "Left parietal", 22, 60, SCALP),
    Place("parietal_right", "Right parietal", 78, 60, SCALP),
)
"""Codes of body structures: DICOM PS3.16 and the project's own list of checked ones."""

_BY_CODE = {place.code: place for place in PLACES}


def place_of(code: str) -> Place:
    """The place of a code.

    Raises
    ------
    InputError
        If there is none.
    """
    if code not in _BY_CODE:
        raise InputError(f"there is no place {code[:40]!r} on the scalp map; use one of {', '.join(_BY_CODE)}")
    return _BY_CODE[code]
