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
    "tone": (-1.664, 0.905, 2.368),
    "tone_squared": (-2.926, -0.231, -1.426),
    "as_ostium": (0.007, 0.434, 0.231),
    "as_yellow_dot": (0.596, -0.295, 0.070),
    "as_black_dot": (0.068, -0.152, 1.896),
    "red_share": (6.604, -1.067, 5.837),
    "red_share_squared": (-2.633, -1.205, -0.867),
    "yellow_share": (9.274, 6.349, -0.991),
    "yellow_share_squared": (-7.274, -2.326, -2.013),
    "strength": (1.676, 1.201, -0.613),
    "size": (-0.427, 4.382, -2.705),
    "size_squared": (-6.575, -2.648, -4.081),
    "closed": (1.170, 1.054, 6.177),
    "even": (-4.874, -2.319, -6.599),
    "round": (-6.510, -0.832, -6.289),
    "sharp": (-2.437, 2.028, 1.948),
    "skin": (1.833, 1.324, 7.270),
    "rank": (0.078, -0.148, 0.243),
    "shaft": (-3.678, 0.677, 0.136),
    "dark_as_hair": (-0.826, -1.430, 1.123),
}
"""Of each witness, for each of the ``KINDS`` against none of them."""

BIAS: tuple[float, float, float] = (-12.450, -11.075, -23.607)


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
