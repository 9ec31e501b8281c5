"""What an untreated site between the same visits says of a change.

Whatever changed there is the season, the device or the reading, and the treated site has changed by as much for the
same reasons, in an unknown direction. So the control's difference widens the verdict and is not subtracted: subtracting
estimates the effect of a treatment, and would carry the control's own error into every figure.

Of one pair of visits the variance of such changes is estimated by the square of the control's difference less that of
its own error, but not below 0; errors that are relative are taken over relatively.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from hairdensity.comparison.differences import ChangeVerdict, Difference
from hairdensity.metrics.figures import info_of

__all__ = ["MAIN_FIGURES", "has_changed", "widen_by_control"]

MAIN_FIGURES = ("density_per_cm2", "n_hairs", "median_diameter_um", "median_diameter_px")


def widen_by_control(differences: Mapping[str, Difference], control: Mapping[str, Difference]) -> dict[str, Difference]:
    """The differences of a treated site with the clinic's own noise in their intervals.

    Parameters
    ----------
    differences : mapping of str to Difference
    control : mapping of str to Difference
        Of the untreated site, matched hair to hair.
    """
    return {
        name: change.widened(_noise(change, control[name], is_relative=info_of(name).link == "log"))
        if name in control
        else change
        for name, change in differences.items()
    }


def _noise(change: Difference, control: Difference, *, is_relative: bool) -> float:
    """Standard deviation that the control's change adds, in the figure's unit; 0 where nothing is known of it."""
    excess = math.sqrt(max(control.value**2 - control.standard_error**2, 0.0)) if _is_known(control) else 0.0
    theirs = _level(control)
    if not is_relative or not theirs > 0:
        return excess
    own = _level(change)
    return excess * own / theirs if own > 0 else excess


def _is_known(change: Difference) -> bool:
    return math.isfinite(change.value) and math.isfinite(change.standard_error)


def _level(change: Difference) -> float:
    """The baseline's figure; NaN where nothing changed at all, and the control's own must do."""
    return abs(change.value / change.relative) if change.relative else math.nan


def has_changed(control: Mapping[str, Difference]) -> bool:
    """Whether the untreated site's density or diameter changed beyond noise."""
    beyond = (ChangeVerdict.INCREASE, ChangeVerdict.DECREASE)
    return any(control[name].verdict in beyond for name in MAIN_FIGURES if name in control)
