"""Random numbers of the hairs' effects: each draws its own, so that switching one on moves no other."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Effect", "Ripple", "between", "chosen", "effect_rng", "remembered"]

Array = NDArray[np.float64]


PER_UNIT = 4
"""Stored values of a ripple per unit of length."""


class Effect(IntEnum):
    """What draws random numbers."""

    FLOW = 1
    GROUPING = 2
    STRAYS = 3
    WAVES = 4
    LOCKS = 5
    PIECES = 6
    WIDTHS = 7
    EDGES = 8
    TIPS = 9
    TAILS = 10
    COLORS = 11
    STRIPES = 12
    GRAIN = 13
    FADES = 14
    CUFFS = 15
    BURIED = 16
    HEIGHTS = 17
    OSTIA = 18


def effect_rng(seed: int, effect: Effect, part: int = 0) -> np.random.Generator:
    """The random numbers of one effect; ``part`` parts hairs (0) from fragments (1)."""
    return np.random.default_rng([seed, 18, effect, part])


def between(span: tuple[float, float], n: int, rng: np.random.Generator) -> Array:
    """(n,) numbers drawn evenly from a range."""
    return rng.uniform(*span, n)


def chosen(share: float, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(n,) True for this share on average."""
    return rng.random(n) < share


def remembered(first: Array, first_id: NDArray[np.int64], new: Array, new_id: NDArray[np.int64]) -> Array:
    """What was drawn for each of N things when it was first seen, and what is drawn now for those never seen.

    Parameters
    ----------
    first : (M, ...) float64 ndarray
    first_id : (M,) int64 ndarray
    new : (N, ...) float64 ndarray
    new_id : (N,) int64 ndarray
    """
    known, now, then = np.intersect1d(new_id, first_id, return_indices=True)
    values = new.copy()
    if len(known):
        values[now] = first[then]
    return values


class Ripple:
    """A smooth random function of one variable, of mean 0, deviation 1 and bumps of about one unit; it repeats.

    Parameters
    ----------
    rng : Generator
    """

    def __init__(self, rng: np.random.Generator) -> None:
        values = rng.standard_normal(1024 * PER_UNIT)
        kernel = np.exp(-0.5 * (np.arange(-8, 9) / (0.5 * PER_UNIT)) ** 2)
        smooth = np.convolve(np.concatenate([values[-8:], values, values[:8]]), kernel, mode="valid")
        self._values = (smooth - smooth.mean()) / smooth.std()

    def __call__(self, at: Array) -> Array:
        """Values at any places; far places are independent of each other."""
        place = np.mod(at * PER_UNIT, len(self._values))
        before = place.astype(np.int64) % len(self._values)
        share = place - np.floor(place)
        after = (before + 1) % len(self._values)
        return np.asarray((1 - share) * self._values[before] + share * self._values[after], dtype=np.float64)
