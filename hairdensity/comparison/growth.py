"""The phototrichogram: how fast hairs grow, and which of them grow at all, from two pictures some days apart.

The site is clipped and photographed, and photographed again after two or three days. Hairs in anagen are longer then,
hairs in telogen (and catagen) are not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.comparison.change import Change
from hairdensity.comparison.growing.figures import complement, rates_of, share_of_hairs, unmeasured_share
from hairdensity.comparison.growing.lengths import GrownLengths, common_scale, measure_lengths
from hairdensity.comparison.growing.phases import phases_of, separate_lengths
from hairdensity.comparison.growing.table import growth_table
from hairdensity.comparison.growing.two_populations import Growing
from hairdensity.comparison.growth_settings import GrowthSettings
from hairdensity.errors import InputError
from hairdensity.metrics import Estimate

__all__ = ["Growth", "GrowthSettings", "measure_growth"]

Mask = NDArray[np.bool_]

MANY_SHORTER = 0.3
FEWEST_TO_JUDGE = 8
"""When so many of at least so many hairs are shorter than before, they were clipped between the pictures."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """A phototrichogram.

    Parameters
    ----------
    hours : float
        Between the pictures.
    median_rate_mm_per_day, mean_rate_mm_per_day : Estimate
        Over the hairs that grow.
    anagen_fraction, telogen_fraction : Estimate
        Hairs that grow faster than ``settings.threshold_mm_per_day``, and the others; telogen includes catagen. Both
        rest on all hairs whose growth says something, undecided ones by their probability.
    n_anagen, n_telogen, n_undecided : int
        Hairs on the common area by phase.
    hairs : DataFrame
        Columns ``tables.GROWTH``: every hair of the comparison.
    change : Change
        What it was measured on.
    settings : GrowthSettings
    """

    hours: float
    median_rate_mm_per_day: Estimate
    mean_rate_mm_per_day: Estimate
    anagen_fraction: Estimate
    telogen_fraction: Estimate
    n_anagen: int
    n_telogen: int
    n_undecided: int
    hairs: pd.DataFrame
    change: Change
    settings: GrowthSettings


def measure_growth(change: Change, *, hours: float, settings: GrowthSettings | None = None) -> Growth:
    """Growth rate, and the shares of hairs that grow and that rest.

    Not seen in a picture, and not corrected unless ``settings.elevation_deg`` says so, is how far shafts rise out of
    the picture's plane: rates are those of the projection, too low by the cosine. Pictures without a plate that presses
    the hairs flat understated the rate by about 30 % (Van Neste 1994).

    Parameters
    ----------
    change : Change
        The picture of the clipped site against the one some days later, not clipped between.
    hours : float
        Between the two pictures.
    settings : GrowthSettings, optional

    Returns
    -------
    Growth

    Raises
    ------
    InputError
        If the pictures were not registered, the hours are out of range, or the hairs were clipped between.
    CalibrationError
        If neither picture has a scale.

    References
    ----------
    .. [1] The phototrichogram: analysis of some technical factors of variation (1994). Skin Pharmacology 7(1-2), 67-72:
       classical pictures understated the rate by 30 %.
    .. [2] Loussouarn (2001). African hair growth parameters. British Journal of Dermatology 145, 294-297.
    .. [3] Gender differences in scalp hair growth rates are maintained but reduced in pattern hair loss compared to
       controls (2016). Skin Research and Technology 22(3), 363-369: thin hairs grow slower.
    .. [4] Saraogi, Dhurat (2010). Automated digital image analysis (TrichoScan) for human hair growth analysis: ease
       versus errors. International Journal of Trichology 2, 5-13.
    """
    settings = settings or GrowthSettings()
    _check_hours(hours, settings)
    if not change.registration.accepted or change.registration.alignment is None:
        raise InputError(
            f"growth needs two pictures of the same skin, but they were not registered: {change.registration.reason}"
        )
    alignment = change.registration.alignment
    um_per_px, scale_error = common_scale(change, alignment)
    growing = _growing(hours, settings)
    lengths = measure_lengths(change, alignment, um_per_px, growing=growing, settings=settings)
    in_area = change.matches["in_area"].to_numpy(dtype=bool)
    _check_not_clipped(lengths, in_area, growing)
    populations = separate_lengths(lengths, in_area, growing)
    probability = np.full(len(in_area), np.nan)
    probability[lengths.is_known] = populations.probability
    phase = phases_of(probability, lengths, growing, settings.confidence)
    anagen = share_of_hairs(probability[in_area])
    to_rate = _mm_per_day(hours, settings)
    unmeasured = unmeasured_share(lengths, in_area)
    median, mean = rates_of(populations, growing, to_rate, scale_error=scale_error, unmeasured=unmeasured)
    return Growth(
        hours=float(hours),
        median_rate_mm_per_day=median,
        mean_rate_mm_per_day=mean,
        anagen_fraction=anagen,
        telogen_fraction=complement(anagen),
        n_anagen=int((in_area & (phase == "anagen")).sum()),
        n_telogen=int((in_area & (phase == "telogen")).sum()),
        n_undecided=int((in_area & (phase == "undecided")).sum()),
        hairs=growth_table(change.matches, lengths, probability, phase, to_rate=to_rate),
        change=change,
        settings=settings,
    )


def _check_hours(hours: float, settings: GrowthSettings) -> None:
    low, high = settings.hours_range
    if not low <= hours <= high:
        raise InputError(
            f"hours between the pictures must lie in {low:g}-{high:g}, got {hours:g}: in less time growth is lost in "
            "the error of length, in more time hairs cover each other; 48-72 is usual"
        )


def _mm_per_day(hours: float, settings: GrowthSettings) -> float:
    """Rate along the shaft for each um of projected growth."""
    return 24.0 / hours / 1000.0 / math.cos(math.radians(settings.elevation_deg))


def _growing(hours: float, settings: GrowthSettings) -> Growing:
    to_rate = _mm_per_day(hours, settings)
    return Growing(
        threshold_um=settings.threshold_mm_per_day / to_rate,
        most_um=settings.most_mm_per_day / to_rate,
        days=1.0 / (1000.0 * to_rate),
    )


def _check_not_clipped(lengths: GrownLengths, in_area: Mask, growing: Growing) -> None:
    clean = lengths.is_kept & in_area & ~lengths.is_cut_before & ~lengths.is_cut_after & ~lengths.is_tangled
    if clean.sum() < FEWEST_TO_JUDGE:
        return
    shorter = float((lengths.growth_um[clean] < -growing.threshold_um / 2).mean())
    if shorter > MANY_SHORTER:
        raise InputError(
            f"{shorter:.0%} of the hairs are shorter in the second picture: the site was clipped between the pictures, "
            "or they are in the wrong order"
        )
