"""Passwords that guessing begins with: those on lists of the most used ones, and what is put together from them.

The list (``common_passwords.txt.gz``) holds the 10,000 most used passwords and the 12,000 most used English words of
zxcvbn (MIT license), in turns, the most used first, and then all passwords of 12 and more characters of zxcvbn's and of
Django's list (BSD license). Lists are short of long ones, so a password is also taken apart into its cheapest pieces -
entries of the list, sequences, walks on the keyboard, repetitions, years - after Wheeler's estimate of guesses [1]_.

References
----------
.. [1] Wheeler (2016). zxcvbn: low-budget password strength estimation. USENIX Security, 157-173.
"""

from __future__ import annotations

import gzip
import math
import re
from functools import cache
from importlib import resources

__all__ = ["is_common", "log10_guesses"]

ENOUGH = 8.0
"""log10 of guesses below which a password is common: what is tried in minutes where a database has leaked."""

CONTEXT = (
    "hairdensity",
    "hair",
    "density",
    "clinic",
    "dermatology",
    "dermatologist",
    "trichoscopy",
    "scalp",
    "patient",
)
"""Words that somebody would try here first (ASVS 6.1.2)."""

_LONGEST_PIECE = 24
_PIECE = 0.3
"""Each further piece multiplies the guesses by 2: which one comes first."""
_WALK = 1.2
_DIGIT = 1.0
_SIGN = 2.0
"""log10 of 10 digits and of about 100 printable signs."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_PLAIN = str.maketrans("@4301!$57+", "aaeoiisstt")
_WALKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "!@#$%^&*()",
)


def is_common(password: str, *, beside: tuple[str, ...] = ()) -> bool:
    """Whether a password is among the first that are tried.

    Parameters
    ----------
    password : str
    beside : tuple of str
        More words that would be tried here: the own name.
    """
    return log10_guesses(password, beside=(*CONTEXT, *beside)) < ENOUGH


def log10_guesses(password: str, *, beside: tuple[str, ...] = ()) -> float:
    """About how many guesses a password takes, as a power of ten.

    Parameters
    ----------
    password : str
    beside : tuple of str
        Words that are tried first.
    """
    text = password.casefold()
    unit = _repeated_unit(text)
    if len(unit) < len(text):
        return log10_guesses(unit, beside=beside) + math.log10(len(text) / len(unit))
    first = {word.casefold(): 0.0 for word in beside if len(word) > 2}
    best = [0.0]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - _LONGEST_PIECE), end)
        best.append(min(best[start] + _PIECE + _cost(text[start:end], first) for start in starts))
    return best[-1] - _PIECE


def _cost(piece: str, first: dict[str, float]) -> float:
    """log10 of the guesses for one piece."""
    plain = piece.translate(_PLAIN)
    costs = [_by_signs(piece)]
    for lists in (first, _ranks()):
        costs += [lists[one] + extra for one, extra in ((piece, 0.0), (plain, 0.5)) if one in lists]
    if len(piece) > 2 and (_is_walk(piece) or len(set(piece)) == 1):
        costs.append(_WALK)
    if _YEAR.fullmatch(piece):
        costs.append(_SIGN)
    return min(costs)


def _by_signs(piece: str) -> float:
    return sum(_DIGIT if sign.isdecimal() else _SIGN for sign in piece)


def _is_walk(piece: str) -> bool:
    return any(piece in walk or piece in walk[::-1] for walk in _WALKS)


def _repeated_unit(text: str) -> str:
    """The shortest piece that a text is a repetition of."""
    length = (text + text).find(text, 1) if text else 0
    return text[:length]


@cache
def _ranks() -> dict[str, float]:
    """log10 of each entry's place on the list."""
    packed = resources.files("hairdensity.clinic").joinpath("common_passwords.txt.gz").read_bytes()
    entries = gzip.decompress(packed).decode().split()
    return {entry: math.log10(place) for place, entry in enumerate(entries, start=1)}
