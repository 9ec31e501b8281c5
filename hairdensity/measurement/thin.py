"""Hairs too thin for their edges to show: what all their cross-sections and the picture's other hairs say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.opacity import Opacity

__all__ = ["ThinWidths", "infer_widths"]

Array = NDArray[np.float64]

FINE = 8
"""Steps between two widths of the bank on which the probability is laid out."""

SIGMA_NODES = np.array([-1.8, -0.9, 0.0, 0.9, 1.8])
SIGMA_WEIGHTS = np.exp(-0.5 * SIGMA_NODES**2)

QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThinWidths:
    """Widths of H hairs in px.

    Parameters
    ----------
    width_px, low_px, high_px, se_px : (H,) float64 ndarray
        Median of the probability, its central 95 %, and half of its central 68 %.
    height : (H,) float64 ndarray
        Of the bar at the median.
    """

    width_px: Array
    low_px: Array
    high_px: Array
    se_px: Array
    height: Array


def infer_widths(
    log_likelihood: Array,
    height: Array,
    *,
    log_width: Array,
    psf_px: Array,
    log_psf_excess: Array,
    log_psf_sd: Array,
    opacity: Opacity | None,
) -> ThinWidths:
    """Probability of the width of each hair, from its cross-sections and from how dark hairs of a width are.

    Below about two sigmas of blur a thin dark hair looks like a wider pale one: only the product of width and height
    shows. Other hairs of the picture tell how dark a hair of each width is, and so which of the pairs is likely.

    Parameters
    ----------
    log_likelihood : (H, W) float64 ndarray
        Of all cross-sections of a hair, by width.
    height : (H, W) float64 ndarray
        Of the bar that fits best at each width.
    log_width : (W,) float64 ndarray
        Evenly spaced, px.
    psf_px : (H,) float64 ndarray
    log_psf_excess : (H,) float64 ndarray
        Log of the sigma that the fits took over that one.
    log_psf_sd : (H,) float64 ndarray
        Standard error of the log of the blur.
    opacity : Opacity or None
        At the same widths.
    """
    fine = np.linspace(log_width[0], log_width[-1], FINE * (len(log_width) - 1) + 1)
    width = np.exp(fine)
    log_p = np.stack([np.interp(fine, log_width, row) for row in log_likelihood])
    log_p = _blur_unsure(log_p, width, psf_px, -log_psf_excess, log_psf_sd)
    heights = np.stack([np.interp(fine, log_width, row) for row in height])
    if opacity is not None:
        expected = np.interp(fine, log_width, opacity.log_height)
        sd = np.interp(fine, log_width, opacity.sd)
        log_p -= 0.5 * ((np.log(np.maximum(heights, 1e-6)) - expected) / sd) ** 2 + np.log(sd)
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True)) * width  # even in width, on a grid even in its log
    low, below, middle, above, high = _quantiles(p, width)
    place = np.clip(np.searchsorted(width, middle), 0, len(width) - 1)
    return ThinWidths(
        width_px=middle,
        low_px=np.where(low <= width[2], 0.0, low),
        high_px=high,
        se_px=(above - below) / 2,
        height=heights[np.arange(len(p)), place],
    )


def _blur_unsure(log_p: Array, width: Array, psf_px: Array, log_shift: Array, log_psf_sd: Array) -> Array:
    """The log likelihood when the blur is known up to an error: a thin bar's variance adds to the blur's, w^2 / 12."""
    top = log_p.max(axis=1)
    total = np.zeros_like(log_p)
    for node, weight in zip(SIGMA_NODES, SIGMA_WEIGHTS / SIGMA_WEIGHTS.sum(), strict=True):
        for k, sigma in enumerate(psf_px):
            shifted = np.sqrt(
                np.maximum(width**2 + 24 * sigma**2 * (log_shift[k] + node * log_psf_sd[k]), width[0] ** 2)
            )
            total[k] += weight * np.exp(np.interp(shifted, width, log_p[k]) - top[k])
    return np.asarray(np.log(np.maximum(total, 1e-300)) + top[:, None])


def _quantiles(p: Array, width: Array) -> list[Array]:
    """QUANTILES of each of H probabilities on a grid."""
    cumulated = np.cumsum(p, axis=1)
    cumulated /= cumulated[:, -1:]
    return [np.array([np.interp(q, row, width) for row in cumulated]) for q in QUANTILES]
