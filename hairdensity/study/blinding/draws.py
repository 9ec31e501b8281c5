"""Random order, repeats and codes: the same from the same seed and secret, unforeseeable from the seed alone.

Every draw is a keyed hash (HMAC-SHA256) of what it is for. The seed can stand in the protocol; the secret lies in the
sealed key, and without it nobody can compute which code a picture has.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hairdensity.errors import InputError

__all__ = ["ALPHABET", "CODE_LENGTH", "Draws", "Place", "draw_codes", "draw_order", "draw_repeats"]

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, which make words, and without digits, which are taken for letters, and codes for numbers."""

CODE_LENGTH = 8
"""20**8 = 2.6e10 codes: of 100,000 pictures a mistyped letter hits another code once in 260,000 times."""

REPEAT_GAP = 0.1
"""Share of the list that lies between a picture and its repeat at least: what is read one after the other is known
again."""


class Place(NamedTuple):
    """A place in a reader's list: row of the manifest, 1 for its first or 2 for its second reading."""

    row: int
    reading: int


class Draws:
    """A source of draws that are named by what they are for."""

    def __init__(self, *, seed: int, secret: bytes) -> None:
        self._key = hmac.digest(secret, f"hairdensity blinding, seed {seed}".encode(), hashlib.sha256)

    def digest(self, *purpose: object) -> bytes:
        """32 bytes for one purpose."""
        # Lengths in front: ("ab", "c") and ("a", "bc") are two purposes.
        name = b"".join(f"{len(str(part))}:{part}".encode() for part in purpose)
        return hmac.digest(self._key, name, hashlib.sha256)

    def below(self, n: int, *purpose: object) -> int:
        """A whole number of 0 to n - 1; the remainder of 256 bits favors none of them noticeably."""
        return int.from_bytes(self.digest(*purpose), "big") % n

    def shuffled(self, items: Iterable[int], *purpose: object) -> list[int]:
        """The items in random order."""
        return sorted(items, key=lambda item: self.digest(*purpose, item))


def draw_repeats(draws: Draws, rows: Sequence[int], share: float) -> list[int]:
    """The rows that each reader gets twice: the share, rounded up.

    Raises
    ------
    InputError
        If the share is not one, or repeats could only lie beside each other.
    """
    if not 0 <= share <= 1:
        raise InputError(f"repeats must be a share of 0-1, got {share:g}; 0.1 is one picture in ten")
    # A tenth of ten is one, whatever binary fractions say.
    n_repeats = min(len(rows), int(-(-round(share * len(rows), 9) // 1)))
    if n_repeats and len(rows) < 2:
        raise InputError("a repeat needs another picture between: give at least two pictures, or --repeats 0")
    return draws.shuffled(rows, "repeats")[:n_repeats]


def draw_order(draws: Draws, rows: Sequence[int], repeats: Sequence[int], *, reader: str) -> list[Place]:
    """A reader's list: all rows in random order, the repeats at random places that are far from their originals."""
    order = draws.shuffled(rows, "order", reader)
    gap = max(2, round(REPEAT_GAP * len(rows)))
    for row in draws.shuffled(repeats, "repeat", reader):
        at = order.index(row)
        # Later repeats only push what stands apart further apart.
        n_before, n_behind = max(0, at + 2 - gap), max(0, len(order) + 1 - at - gap)
        place = draws.below(n_before + n_behind, "place", reader, row)
        order.insert(place if place < n_before else at + gap + place - n_before, row)
    places, seen = [], set()
    for row in order:
        places.append(Place(row, 2 if row in seen else 1))
        seen.add(row)
    return places


def draw_codes(draws: Draws, n_codes: int, *, reader: str, taken: set[str]) -> list[str]:
    """Codes that nobody has yet, sorted: handed out along the random order they name no more than a place in it.

    ``taken`` grows by them.
    """
    codes: list[str] = []
    attempt = 0
    while len(codes) < n_codes:
        code = _code(draws.below(len(ALPHABET) ** CODE_LENGTH, "code", reader, attempt))
        attempt += 1
        if code not in taken:
            taken.add(code)
            codes.append(code)
    return sorted(codes)


def _code(number: int) -> str:
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)
