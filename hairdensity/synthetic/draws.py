"""Ways to draw one number or color from a range."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["RGB", "as_rgb", "even", "log_even", "sometimes"]

RGB = tuple[float, float, float]


def even(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn evenly from a range."""
    return float(rng.uniform(low, high))


def log_even(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn evenly in its logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def sometimes(rng: np.random.Generator, share: float, low: float, high: float) -> float:
    """A number from the range in a share of cases, else 0."""
    value = even(rng, low, high)
    return value if rng.random() < share else 0.0


def as_rgb(color: ArrayLike) -> RGB:
    """Three channels as plain numbers."""
    red, green, blue = (float(value) for value in np.asarray(color))
    return red, green, blue
