"""Diameters of the hairs that are right: bias and limits of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIAMETER_BANDS_UM", "DiameterAgreement", "diameter_agreement"]

Array = NDArray[np.float64]

DIAMETER_BANDS_UM = ((15.0, 30.0), (30.0, 40.0), (40.0, 60.0), (60.0, 80.0), (80.0, 120.0))


class DiameterAgreement(NamedTuple):
    """Bland-Altman figures of the hairs of one diameter band; NaN where hairs are too few."""

    low_um: float
    high_um: float
    n: int
    bias_um: float
    lower_limit_um: float
    upper_limit_um: float


def diameter_agreement(
    true_um: Array, found_um: Array, bands_um: Sequence[tuple[float, float]] = DIAMETER_BANDS_UM
) -> tuple[DiameterAgreement, ...]:
    """Bias and 95 % limits of agreement in each band of true diameters.

    Parameters
    ----------
    true_um, found_um : (M,) float ndarray
    bands_um : sequence of (float, float), optional
        Lower bound included, upper bound not.
    """
    return tuple(_agreement_in(true_um, found_um, low, high) for low, high in bands_um)


def _agreement_in(true_um: Array, found_um: Array, low: float, high: float) -> DiameterAgreement:
    chosen = (true_um >= low) & (true_um < high)
    difference = found_um[chosen] - true_um[chosen]
    n = len(difference)
    bias = float(difference.mean()) if n else np.nan
    reach = 1.96 * float(difference.std(ddof=1)) if n > 1 else np.nan
    return DiameterAgreement(low, high, n, bias, bias - reach, bias + reach)
