"""Registration: whether two pictures show the same skin, and where."""

from __future__ import annotations

from dataclasses import dataclass

from hairdensity.comparison.alignment import Alignment

__all__ = ["Registration"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registration:
    """What was found out about two pictures.

    Parameters
    ----------
    accepted : bool
        Whether both show the same skin beyond reasonable doubt.
    alignment : Alignment or None
        The best one found, also when it was refused; None where there was nothing to align.
    residual_um : float
        Median distance of matched follicular units after alignment; NaN without any.
    n_inliers : int
        Roots that have a partner.
    overlap_cm2 : float
        Skin inside both frames, on the baseline's scale; NaN without a scale or an alignment.
    overlap_fraction : float
        The same as a share of the smaller frame, 0-1.
    log10_false_alarms : float
        Decadic logarithm of how many agreements as good as this one chance would make of unrelated pictures.
    texture_agreement : float
        Correlation of the skin between the hairs, -1 to 1; NaN where too little skin is seen.
    reason : str
        Why it was refused, with the remedy; empty when accepted.
    """

    accepted: bool
    alignment: Alignment | None
    residual_um: float
    n_inliers: int
    overlap_cm2: float
    overlap_fraction: float
    log10_false_alarms: float
    texture_agreement: float
    reason: str = ""
