"""Spaces that must not break: between a number and its percent sign, around a p value's sign."""

from __future__ import annotations

import re

__all__ = ["bound"]

_NO_BREAK = "\N{NO-BREAK SPACE}"
_PERCENT = re.compile(r"(?<=\d) (?=%)")
_P_VALUE = re.compile(r"\bp ([=<]) ?(?=\d)")
_N = re.compile(r"\bn = (?=\d)")


def bound(words: str) -> str:
    """The words with no line break inside a percentage, "p = 0.012" and "n = 12"."""
    words = _PERCENT.sub(_NO_BREAK, words)
    words = _P_VALUE.sub(rf"p{_NO_BREAK}\1{_NO_BREAK}", words)
    return _N.sub(f"n{_NO_BREAK}={_NO_BREAK}", words)
