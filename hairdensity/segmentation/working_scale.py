"""A scale to work at when a picture has no calibration: right enough to look for hairs, never to measure with.

Published mean terminal hairs lie within a factor of two around 70 um, so that the width at which most of a picture's
ridges answer tells its scale within that factor. Density could be wrong by a factor of four: it is refused.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.hessian import ridge_response
from hairdensity.segmentation.skin_level import relative_darkness

__all__ = ["estimate_working_scale"]

TYPICAL_DIAMETER_UM = 70.0
"""Mean of frontal and occipital terminal shafts is 52-61 um in published series; clipped stubs look wider."""

SIGMAS_PX = tuple(0.8 * 1.25**i for i in range(15))
"""0.8-18 px: shafts of 2-36 px."""

SCALE_RANGE_UM_PER_PX = (1.5, 15.0)
STRONG_RESPONSE = 0.15

NOTHING_SEEN_UM_PER_PX = 5.0
"""A usual trichoscope's, for a picture on which no ridge tells."""


def estimate_working_scale(pixels: NDArray[np.uint8]) -> float:
    """um/px at which the picture's most frequent ridge would be a terminal hair.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
    """
    height, width = pixels.shape[:2]
    reduction = max(1.0, np.sqrt(height * width / 1.5e6))
    size = (max(1, round(width / reduction)), max(1, round(height / reduction)))
    green = cv2.resize(np.ascontiguousarray(pixels[..., 1]), size, interpolation=cv2.INTER_AREA)
    darkness = relative_darkness(green, window_px=max(size) / 8)
    strength, _, sigma = ridge_response(darkness, sigmas_px=list(SIGMAS_PX))
    strong = strength > STRONG_RESPONSE
    if not strong.any():
        return NOTHING_SEEN_UM_PER_PX
    mean_log_width = np.average(np.log(2 * sigma[strong]), weights=strength[strong])
    um_per_px = TYPICAL_DIAMETER_UM / (float(np.exp(mean_log_width)) * reduction)
    return float(np.clip(um_per_px, *SCALE_RANGE_UM_PER_PX))
