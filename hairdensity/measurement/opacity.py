"""How dark the hairs of a picture are by their width: thin hairs let more of the skin through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Opacity", "learn_opacity"]

Array = NDArray[np.float64]

OPAQUE_UM = np.geomspace(2.0, 60.0, 24)
"""Widths at which a shaft lets 1/e of the skin's color through; at 2 um all shafts are as good as opaque."""

USUAL_OPAQUE_UM, USUAL_LOG_SD = 20.0, 0.7
"""What is thought of the opaque width before the picture speaks: within 5-80 um. Vellus hair has hardly any pigment;
where a picture's thinnest resolved hairs are opaque, they say nothing about it."""

MIN_HAIRS = 8
LEAST_SD = 0.05
"""Of the log height among hairs of one width; on real clipped captures it is 0.1-0.25."""

QUARTILE_Z = 0.6745


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opacity:
    """Log height of a bar by its width.

    Parameters
    ----------
    width_px : (W,) float64 ndarray
    log_height, sd : (W,) float64 ndarray
        Mean, and deviation from hair to hair together with what the picture leaves open.
    """

    width_px: Array
    log_height: Array
    sd: Array


def learn_opacity(
    width_px: Array, height: Array, relative_se: Array, *, at_px: Array, um_per_px: float
) -> Opacity | None:
    """The law that the resolved hairs of a picture follow; None where they are too few.

    The height of a bar is its color's contrast times 1 - exp(-width / opaque width). Every opaque width is tried, and
    what the resolved hairs leave open about it remains as uncertainty at the widths where it matters.

    Parameters
    ----------
    width_px, height : (N,) float64 ndarray
        Of the resolved hairs; heights are positive.
    relative_se : (N,) float64 ndarray
        Standard error of the width over the width: a bar that is fitted too thin is fitted too high.
    at_px : (W,) float64 ndarray
        Widths at which the law is asked for.
    um_per_px : float
    """
    if len(width_px) < MIN_HAIRS:
        return None
    scale = OPAQUE_UM[:, None] / um_per_px
    law, asked = np.log(-np.expm1(-width_px / scale)), np.log(-np.expm1(-at_px / scale))  # (L, N), (L, W)
    level = np.median(np.log(height) - law, axis=1, keepdims=True)
    residual = np.log(height) - law - level
    deviation = float(np.median(np.abs(residual), axis=1).min()) / QUARTILE_Z
    scatter = max(np.sqrt(max(deviation**2 - float(np.median(relative_se)) ** 2, 0.0)), LEAST_SD)
    # Cauchy: some hairs are of another color, or lie under scale.
    log_likelihood = -np.log1p((residual / np.hypot(scatter, relative_se)) ** 2).sum(axis=1)
    log_likelihood -= 0.5 * (np.log(OPAQUE_UM / USUAL_OPAQUE_UM) / USUAL_LOG_SD) ** 2
    weight = np.exp(log_likelihood - log_likelihood.max())
    weight /= weight.sum()
    mean = weight @ (asked + level)
    variance = weight @ (asked + level - mean) ** 2
    return Opacity(width_px=at_px, log_height=mean, sd=np.sqrt(variance + scatter**2))
