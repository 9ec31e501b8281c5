"""The phototrichogram: how fast hairs grow, and which of them grow at all, from two pictures some days apart.

The site is clipped and photographed, and photographed again after two or three days. Hairs in anagen are longer then,
hairs in telogen (and catagen) are not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change import Change
from hairdensity.comparison.growth_settings import GrowthSettings
from hairdensity.comparison.shaft_pairs import baseline_shafts, follow_up_shafts, growth_of, passed_over
from hairdensity.comparison.two_populations import Growing, Measured, Populations, likelihood_of, separate
from hairdensity.errors import CalibrationError, InputError
from hairdensity.metrics import Estimate
from hairdensity.metrics.links import Link, from_link, slope, to_link
from hairdensity.tables import GROWTH, empty_table, make_table

__all__ = ["Growth", "GrowthSettings", "measure_growth"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)

TWO_SIDED_95 = 1.96

SYSTEMATIC_UM = 5.0
"""Deviation of the mean error of growth from pair to pair: a tip looks longer in one light than in another."""

MEDIAN_FACTOR = 1.2533
"""Error of a median as a multiple of that of a mean: the root of pi / 2."""

MANY_SHORTER = 0.3
FEWEST_TO_JUDGE = 8
"""When so many of at least so many hairs are shorter than before, they were clipped between the pictures."""

FLUSH_UM = 100.0
"""A shaft shorter than this is hardly seen."""

CANDIDATES = 12
"""Lengths that a hair which was not seen at baseline may have had."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lengths:
    """What was measured of K matched hairs, in the order of the matches; -1 for no hair, NaN for no length."""

    first: Ids
    second: Ids
    before_um: Array
    after_um: Array
    growth_um: Array
    error_um: float
    shortest_new_um: float
    is_cut_before: Mask
    is_cut_after: Mask
    is_tangled: Mask

    @property
    def is_kept(self) -> Mask:
        return (self.first >= 0) & (self.second >= 0)

    @property
    def is_new(self) -> Mask:
        return (self.first < 0) & (self.second >= 0)

    @property
    def is_too_short(self) -> Mask:
        """(K,) True for what is new and did not have to grow for it: a loose piece, or a hair overlooked before.

        On rendered pairs 42 of 50 of them are pieces; taken for hairs that rest, they would overstate telogen.
        """
        return np.asarray(self.is_new & (self.after_um < self.shortest_new_um))

    @property
    def is_known(self) -> Mask:
        """(K,) True where the follow-up says something about the growth."""
        return (self.second >= 0) & ~(self.is_cut_before & self.is_cut_after) & ~self.is_too_short


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
    .. [1] Van Neste, Dumrauf et al. (1994). The phototrichogram: analysis of some technical factors of variation.
       Skin Pharmacology 7, 67-72.
    .. [2] Loussouarn (2001). African hair growth parameters. British Journal of Dermatology 145, 294-297.
    .. [3] Van Neste, Leroy et al. (2016). Gender differences in scalp hair growth rates. Skin Research and Technology
       22, 363-369.
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
    um_per_px, scale_error = _common_scale(change, alignment)
    growing = _growing(hours, settings)
    lengths = _measure_lengths(change, alignment, um_per_px, growing=growing, settings=settings)
    in_area = change.matches["in_area"].to_numpy(dtype=bool)
    _check_not_clipped(lengths, in_area, growing)
    populations = _separate(lengths, in_area, growing)
    probability = np.full(len(in_area), np.nan)
    probability[lengths.is_known] = populations.probability
    phase = _phases(probability, lengths, growing, settings.confidence)
    anagen = _share(probability[in_area])
    to_rate = _mm_per_day(hours, settings)
    unmeasured = _unmeasured(lengths, in_area)
    median, mean = _rates(populations, growing, to_rate, scale_error=scale_error, unmeasured=unmeasured)
    return Growth(
        hours=float(hours),
        median_rate_mm_per_day=median,
        mean_rate_mm_per_day=mean,
        anagen_fraction=anagen,
        telogen_fraction=_complement(anagen),
        n_anagen=int((in_area & (phase == "anagen")).sum()),
        n_telogen=int((in_area & (phase == "telogen")).sum()),
        n_undecided=int((in_area & (phase == "undecided")).sum()),
        hairs=_table(change.matches, lengths, probability, phase, to_rate=to_rate),
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


def _common_scale(change: Change, alignment: Alignment) -> tuple[float, float]:
    """Um of the skin for each px of the baseline, and its relative error: by the scale that is known better."""
    before, after = change.baseline.calibration, change.follow_up.calibration
    if after is not None and (before is None or after.relative_error < before.relative_error):
        return after.um_per_px * alignment.zoom, after.relative_error
    if before is None:
        raise CalibrationError("growth in mm needs a scale: give --um-per-px of at least one of the pictures")
    return before.um_per_px, before.relative_error


def _measure_lengths(
    change: Change, alignment: Alignment, um_per_px: float, *, growing: Growing, settings: GrowthSettings
) -> _Lengths:
    """Lengths and growth of every match."""
    reach = {"edge_um": settings.edge_um, "touch_um": settings.touch_um}
    before = baseline_shafts(change.baseline, um_per_px, **reach)
    after = follow_up_shafts(change.follow_up, alignment, um_per_px, **reach)
    ids = change.matches[["baseline_hair_id", "follow_up_hair_id"]].fillna(-1).to_numpy(dtype=np.int64)
    first, second = ids.T
    lost, new = first[(first >= 0) & (second < 0)], second[(first < 0) & (second >= 0)]
    is_over = passed_over(before, after.lines.roots_px[new]), passed_over(after, before.lines.roots_px[lost])
    kept = (first >= 0) & (second >= 0)
    growth = np.full(len(ids), np.nan)
    growth[kept] = growth_of(before, after, ids[kept])
    return _Lengths(
        first=first,
        second=second,
        before_um=_of_each(before.length_um, first, np.nan),
        after_um=_of_each(after.length_um, second, np.nan),
        growth_um=growth,
        error_um=max(settings.length_error_um, settings.length_error_px * um_per_px),
        shortest_new_um=growing.threshold_um + FLUSH_UM,
        is_cut_before=_of_each(before.is_cut, first, False),
        is_cut_after=_of_each(after.is_cut, second, False),
        is_tangled=_of_each(before.is_tangled | is_over[0], first, False)
        | _of_each(after.is_tangled | is_over[1], second, False),
    )


def _of_each(values: NDArray[Scalar], chosen: Ids, missing: object) -> NDArray[Scalar]:
    """The values of the chosen hairs; ``missing`` for -1."""
    found = np.full(len(chosen), missing, dtype=values.dtype)
    found[chosen >= 0] = values[chosen[chosen >= 0]]
    return found


def _check_not_clipped(lengths: _Lengths, in_area: Mask, growing: Growing) -> None:
    clean = lengths.is_kept & in_area & ~lengths.is_cut_before & ~lengths.is_cut_after & ~lengths.is_tangled
    if clean.sum() < FEWEST_TO_JUDGE:
        return
    shorter = float((lengths.growth_um[clean] < -growing.threshold_um / 2).mean())
    if shorter > MANY_SHORTER:
        raise InputError(
            f"{shorter:.0%} of the hairs are shorter in the second picture: the site was clipped between the pictures, "
            "or they are in the wrong order"
        )


def _separate(lengths: _Lengths, in_area: Mask, growing: Growing) -> Populations:
    """The two populations; ``probability`` has one value for each hair that `_Lengths.is_known`."""
    known = lengths.is_known
    likelihood = np.zeros((len(known), len(growing.grid_um)))
    likelihood[lengths.is_kept] = likelihood_of(_measured(lengths, lengths.is_kept), growing)
    likelihood[lengths.is_new & known] = _likelihood_of_new(lengths, in_area, growing)
    return separate(likelihood[known], growing, counts=in_area[known])


def _measured(lengths: _Lengths, chosen: Mask) -> Measured:
    return Measured(
        growth_um=lengths.growth_um[chosen],
        error_um=np.full(int(chosen.sum()), lengths.error_um),
        shorter_um=lengths.before_um[chosen],
        is_cut_before=lengths.is_cut_before[chosen],
        is_cut_after=lengths.is_cut_after[chosen],
        is_tangled=lengths.is_tangled[chosen],
    )


def _likelihood_of_new(lengths: _Lengths, in_area: Mask, growing: Growing) -> Array:
    """(M, G) likelihood of hairs that were not seen at baseline: cut flush with the skin then, or missed.

    As many hairs are missed in one picture as in the other, so what is new beyond what was lost was cut flush. A missed
    hair was as long as the others were.
    """
    new = lengths.is_new & lengths.is_known
    n_new = int(new.sum())
    if not n_new:
        return np.zeros((0, len(growing.grid_um)))
    n_lost = int((in_area & (lengths.second < 0)).sum())
    flush_share = float(np.clip(1 - n_lost / max(int((in_area & new).sum()), 1), 0.1, 0.9))
    steps = (np.arange(CANDIDATES) + 0.5) / CANDIDATES
    seen = lengths.before_um[lengths.is_kept & ~lengths.is_cut_before]
    flush = FLUSH_UM * steps
    missed = np.quantile(seen, steps) if len(seen) else flush
    total = np.zeros((n_new, len(growing.grid_um)))
    for share, candidates in ((flush_share, flush), (1 - flush_share, missed)):
        for before_um in candidates:
            guess = Measured(
                growth_um=lengths.after_um[new] - before_um,
                error_um=np.full(n_new, 2 * lengths.error_um),
                shorter_um=np.full(n_new, before_um),
                is_cut_before=np.zeros(n_new, dtype=bool),
                is_cut_after=lengths.is_cut_after[new],
                is_tangled=lengths.is_tangled[new],
            )
            total += share / CANDIDATES * likelihood_of(guess, growing)
    return total


def _phases(probability: Array, lengths: _Lengths, growing: Growing, confidence: float) -> NDArray[np.object_]:
    """(K,) anagen, telogen or undecided.

    Where the length is sure the threshold decides, unless its error straddles it; a bound can show one side alone.
    Where another hair is in the way, the probability decides.
    """
    reach = TWO_SIDED_95 * lengths.error_um
    growth = np.where(lengths.is_new, lengths.after_um, lengths.growth_um)
    known, is_sure = lengths.is_known, ~lengths.is_tangled & (growth < growing.most_um)
    has_lower = lengths.is_kept & ~lengths.is_cut_before & is_sure
    has_upper = ~lengths.is_cut_after & ~lengths.is_tangled
    by_chance = known & ~(has_lower | has_upper) | lengths.is_new
    anagen = has_lower & (growth - reach > growing.threshold_um)
    telogen = has_upper & (growth + reach < growing.threshold_um)
    anagen |= by_chance & ~telogen & ~lengths.is_cut_before & (probability >= confidence)
    telogen |= by_chance & ~anagen & ~lengths.is_cut_after & (probability <= 1 - confidence)
    return np.select([known & anagen, known & telogen], ["anagen", "telogen"], "undecided").astype(object)


def _share(probability: Array) -> Estimate:
    """Share of anagen from the probability of each hair; hairs without one leave the share open."""
    known = probability[np.isfinite(probability)]
    n = len(known)
    if not n:
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n=0)
    value = float(known.mean())
    inside = min(max(value, 0.5 / n), 1 - 0.5 / n)
    single = inside * (1 - inside)
    unknown = (len(probability) - n) / len(probability)
    picture = float((known * (1 - known)).sum()) / n**2 + single / n * unknown + (0.5 / n) ** 2
    return _estimate(value, inside, (picture, picture + single / n), link="logit", n=n)


def _complement(share: Estimate) -> Estimate:
    return Estimate(
        value=1 - share.value,
        low=1 - share.high,
        high=1 - share.low,
        n=share.n,
        site_low=1 - share.site_high,
        site_high=1 - share.site_low,
    )


def _unmeasured(lengths: _Lengths, in_area: Mask) -> float:
    """Share of the hairs whose growth is not known but for a bound: the others speak for them."""
    exact = lengths.is_kept & ~lengths.is_cut_before & ~lengths.is_cut_after
    return 1.0 - float((exact & in_area).sum()) / max(float(in_area.sum()), 1.0)


def _rates(
    populations: Populations, growing: Growing, to_rate: float, *, scale_error: float, unmeasured: float
) -> tuple[Estimate, Estimate]:
    """Median and mean rate of the hairs that grow."""
    weight, grid = populations.growing_um, growing.grid_um
    n = float(np.nansum(populations.probability))
    if n < 1 or not weight.sum() > 0:
        nothing = Estimate(value=math.nan, low=math.nan, high=math.nan, n=0)
        return nothing, nothing
    mean = float(weight @ grid)
    median = float(np.interp(0.5, np.cumsum(weight) - weight / 2, grid))
    noise = float((populations.probability * populations.growth_sd_um**2).sum()) / n**2
    sampling = float(weight @ (grid - mean) ** 2) / n
    estimates = []
    for value, factor in ((median, MEDIAN_FACTOR), (mean, 1.0)):
        common = factor**2 * noise + SYSTEMATIC_UM**2 + (value * scale_error) ** 2
        picture = common + factor**2 * sampling * unmeasured
        site = common + factor**2 * sampling
        in_mm = to_rate**2 * picture, to_rate**2 * site
        estimates.append(_estimate(value * to_rate, value * to_rate, in_mm, link="log", n=round(n)))
    return estimates[0], estimates[1]


def _estimate(value: float, inside: float, variances: tuple[float, float], *, link: Link, n: int) -> Estimate:
    """An Estimate from the variances of picture and site; ``inside`` is the value where the link is finite."""
    middle, rise = to_link(inside, link), slope(inside, link)
    low, high, site_low, site_high = (
        from_link(middle + side * TWO_SIDED_95 * rise * math.sqrt(variance), link)
        for variance in variances
        for side in (-1, 1)
    )
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=n,
        site_low=min(site_low, value),
        site_high=max(site_high, value),
    )


def _table(
    matches: pd.DataFrame, lengths: _Lengths, probability: Array, phase: NDArray[np.object_], *, to_rate: float
) -> pd.DataFrame:
    if not len(matches):
        return empty_table(GROWTH)
    growth = np.where(lengths.is_new, lengths.after_um, lengths.growth_um)
    at_most = (lengths.is_new | lengths.is_cut_before) & ~lengths.is_cut_after
    at_least = lengths.is_cut_after & lengths.is_kept & ~lengths.is_cut_before
    return make_table(
        GROWTH,
        {
            "match_id": matches["match_id"].to_numpy(),
            "baseline_hair_id": matches["baseline_hair_id"].array,
            "follow_up_hair_id": matches["follow_up_hair_id"].array,
            "in_area": matches["in_area"].to_numpy(),
            "baseline_length_um": lengths.before_um,
            "follow_up_length_um": lengths.after_um,
            "growth_um": growth,
            "growth_mm_per_day": growth * to_rate,
            "growth_se_mm_per_day": np.where(np.isfinite(growth), lengths.error_um * to_rate, np.nan),
            "bound": np.select([at_most, at_least], ["at most", "at least"], "").astype(object),
            "anagen_probability": probability,
            "phase": phase,
            "reason": _reasons(lengths, phase),
        },
    )


def _reasons(lengths: _Lengths, phase: NDArray[np.object_]) -> NDArray[np.object_]:
    """(K,) what makes a length unsure, the weightiest first."""
    causes = {
        "not found in the second picture: shed, or hidden": lengths.second < 0,
        "tip out of sight in both pictures": lengths.is_cut_before & lengths.is_cut_after,
        "tip out of sight in the second picture": lengths.is_cut_after,
        "tip out of sight in the first picture": lengths.is_cut_before,
        "new, and too short to have grown out: overlooked before, or a loose piece": lengths.is_too_short,
        "not seen in the first picture: cut flush with the skin, or hidden": lengths.is_new,
        "touches another hair": lengths.is_tangled,
        "length error straddles the threshold": phase == "undecided",
    }
    return np.asarray(np.select(list(causes.values()), list(causes), ""), dtype=object)
