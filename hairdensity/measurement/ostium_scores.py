"""Whether a spot is an opening, and of which kind: all that speaks for and against it in one probability of each.

Freckles, vessels, cut pieces, furrows and shine look like openings in one respect or another. A softmax regression on
several witnesses tells them apart; its weights come from rendered pictures (``benchmarks/accuracy/ostium_weights.py``),
where it is known which spot is an opening.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "score_spots"]

Array = NDArray[np.float64]

KINDS = ("empty ostium", "yellow dot", "black dot")

WEIGHTS: dict[str, tuple[float, float, float]] = {
    "tone": (-1.217, 0.906, 1.630),
    "tone_squared": (-1.706, 0.032, -0.623),
    "as_ostium": (0.660, -0.048, 0.031),
    "as_yellow_dot": (0.505, 0.204, 0.011),
    "as_black_dot": (-0.054, -0.093, 3.115),
    "red_share": (6.056, -0.784, 6.017),
    "red_share_squared": (-1.664, -0.675, -1.056),
    "yellow_share": (6.389, 7.034, -1.701),
    "yellow_share_squared": (-4.209, -2.890, -3.650),
    "strength": (1.950, 2.363, 0.278),
    "size": (-0.842, 3.873, -2.458),
    "size_squared": (-7.886, -1.939, -4.943),
    "closed": (1.448, 0.918, 5.003),
    "even": (-4.271, -2.664, -4.303),
    "round": (-4.882, -1.452, -7.355),
    "sharp": (-0.981, 1.607, 3.274),
    "skin": (4.317, 4.090, 7.543),
    "rank": (0.233, 0.266, 0.178),
    "shaft": (0.338, 0.755, 0.495),
    "behind": (-2.730, 0.201, -2.978),
    "dark_as_hair": (-0.849, -1.451, 0.590),
}
"""Of each witness, for each of the ``KINDS`` against none of them."""

BIAS: tuple[float, float, float] = (-18.266, -17.949, -28.346)


def score_spots(witnesses: Array, *, weights: Array | None = None, bias: Array | None = None) -> Array:
    """(S, 3) probability that a spot is an opening of each of the ``KINDS``; the rest is that it is none.

    Parameters
    ----------
    witnesses : (S, W) float ndarray
        As ``hear_spots`` gives them.
    weights, bias : (W, 3) and (3,) float ndarray, optional
        Others than the fitted ones.
    """
    table = np.array(list(WEIGHTS.values())) if weights is None else weights
    odds = witnesses @ table + (np.array(BIAS) if bias is None else bias)
    # Against the largest, so that no exponential overflows; "none of them" has log odds of 0.
    highest = np.maximum(odds.max(axis=1, initial=0.0, keepdims=True), 0.0)
    share = np.exp(odds - highest)
    return np.asarray(share / (np.exp(-highest) + share.sum(axis=1, keepdims=True)))
