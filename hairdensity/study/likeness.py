"""What a name that nobody knows may have been meant for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["hint"]

NEAR = 0.5
"""Likeness of two names from which one may be meant for the other."""

MOST_LISTED = 25


def hint(name: str, known: Iterable[str]) -> str:
    """The end of a message about a wrong name: the nearest known one, else all of them where they are few."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=NEAR)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(names)}" if len(names) <= MOST_LISTED else ""
