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
    "tone": (-1.069, 1.036, 2.512),
    "tone_squared": (-2.025, -0.056, -1.122),
    "as_ostium": (-0.236, -0.047, 0.010),
    "as_yellow_dot": (0.583, -0.144, 0.009),
    "as_black_dot": (0.201, -0.059, 1.828),
    "red_share": (5.785, -1.092, 4.639),
    "red_share_squared": (-1.720, -0.788, -0.397),
    "yellow_share": (6.525, 6.974, -1.634),
    "yellow_share_squared": (-4.293, -2.755, -3.603),
    "strength": (1.497, 1.756, -0.831),
    "size": (-0.789, 3.973, -2.678),
    "size_squared": (-8.010, -1.911, -4.977),
    "closed": (1.463, 0.930, 5.139),
    "even": (-4.392, -2.834, -4.977),
    "round": (-4.959, -1.438, -6.863),
    "sharp": (-1.118, 1.553, 3.254),
    "skin": (3.999, 3.627, 8.742),
    "rank": (0.171, 0.232, 0.211),
    "shaft": (0.308, 0.700, 0.992),
    "behind": (-2.685, 0.166, -2.963),
    "dark_as_hair": (-0.793, -1.438, 0.586),
}
"""Of each witness, for each of the ``KINDS`` against none of them."""

BIAS: tuple[float, float, float] = (-14.420, -14.731, -22.445)


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
