"""Results of other trials beside each other: each on its own basis, restated per cm2, with flags; never pooled unseen.

side_by_side(MICRONEEDLING_TRIALS)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.metrics import CM2_PER_INCH2
from hairdensity.study.basis import Basis, converted, differences, require_same

__all__ = [
    "MICRONEEDLING_TRIALS",
    "TYPICAL_SD_PER_CM2",
    "ExternalResult",
    "common_basis",
    "side_by_side",
]

TYPICAL_SD_PER_CM2 = 26.0
"""Standard deviation of the change of a hair count between patients, about: 2.1 (standard error) times the root of 161
women an arm, 24 weeks of minoxidil. Others: 20.7, 21.7 and 25.4 at 48 weeks, 19.7 and 22.5 at 16 weeks of minoxidil or
placebo (Olsen 2002 and 2007, by table 2 of PMC6691938)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalResult:
    """The change of a count in one arm, as it was published.

    Parameters
    ----------
    trial, arm : str
    mean_change : float
        On ``basis``.
    basis : Basis
        What is not stated stays empty.
    source : str
        Where it can be read.
    n : int or None
        Patients of the arm that it rests on; None where not stated.
    sd : float or None
        Between patients, on ``basis``; None where not stated.
    week : float or None
        Since baseline.
    is_reference : bool
        The arm that the others of its trial are compared with.

    Raises
    ------
    InputError
        If the change is not finite, or sd or n is not positive.
    """

    trial: str
    arm: str
    mean_change: float
    basis: Basis
    source: str
    n: int | None = None
    sd: float | None = None
    week: float | None = None
    is_reference: bool = False

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean_change):
            raise InputError(f"mean_change of {self.trial}, {self.arm} must be a number, got {self.mean_change}")
        if (self.sd is not None and not self.sd > 0) or (self.n is not None and self.n < 1):
            raise InputError(f"sd and n of {self.trial}, {self.arm} must be above 0; leave out what is not stated")


def side_by_side(results: Sequence[ExternalResult], *, typical_sd_per_cm2: float = TYPICAL_SD_PER_CM2) -> pd.DataFrame:
    """A row for each arm, with what stands against comparing it.

    Parameters
    ----------
    results : sequence of ExternalResult
    typical_sd_per_cm2 : float, optional
        What a gap between arms is held against where it is not tested: no threshold of importance, a plausibility.

    Returns
    -------
    DataFrame
        trial, arm, n, week, mean_change, sd, basis (in words), mean_change_per_cm2 (the same figure per cm2 of its own
        area: no correction for shape, size or rule of counting; NaN where the area is unknown), gap_per_cm2 (to the
        reference arm of its trial), gap_in_typical_sds, same_arm_ratio (the change per cm2 in the first trial with an
        arm of this name, over this one's), flags (with semicolons between) and source. Flags are:

        basis_differs : not the basis of the first row, the unit aside: restated, not made alike.
        area_shape_not_stated, counting_rule_not_stated : what the basis leaves open.
        no_sd_reported, no_n_reported : no interval can be made, and none is.
        effect_beyond_typical_sd : the gap to the reference arm is larger than ``typical_sd_per_cm2``.

    Raises
    ------
    InputError
        If a trial has more than one reference arm.
    """
    reference = _references(results)
    earliest: dict[str, float] = {}
    rows = []
    for result in results:
        per_cm2 = _per_cm2(result)
        gap = math.nan if result.is_reference else per_cm2 - reference.get(result.trial, math.nan)
        in_sds = gap / typical_sd_per_cm2
        rows.append(
            {
                "trial": result.trial,
                "arm": result.arm,
                "n": result.n,
                "week": result.week,
                "mean_change": result.mean_change,
                "sd": result.sd,
                "basis": str(result.basis),
                "mean_change_per_cm2": per_cm2,
                "gap_per_cm2": gap,
                "gap_in_typical_sds": in_sds,
                "same_arm_ratio": earliest.setdefault(result.arm, per_cm2) / per_cm2 if per_cm2 else math.nan,
                "flags": ";".join(_flags(result, results[0], in_sds)),
                "source": result.source,
            }
        )
    table = pd.DataFrame(rows)
    return table.astype({"n": "Int64", "week": "float64", "sd": "float64"}) if rows else table


def common_basis(results: Sequence[ExternalResult]) -> Basis:
    """The one basis on which changes may be pooled; asked before any mean over trials.

    Raises
    ------
    BasisError
        If the results have different bases; the message names each part that differs.
    """
    return require_same({f"{result.trial}, {result.arm}": result.basis for result in results}, doing="pool the changes")


def _references(results: Sequence[ExternalResult]) -> dict[str, float]:
    """Change per cm2 of each trial's reference arm."""
    found: dict[str, float] = {}
    for result in results:
        if result.is_reference:
            if result.trial in found:
                raise InputError(f"{result.trial} has two reference arms; state one")
            found[result.trial] = _per_cm2(result)
    return found


def _per_cm2(result: ExternalResult) -> float:
    basis = result.basis
    if not basis.per and basis.area_cm2 is None:
        return math.nan
    return converted(result.mean_change, basis, replace(basis, per="cm2"))


def _flags(result: ExternalResult, first: ExternalResult, gap_in_sds: float) -> list[str]:
    parts = [found.part for found in differences(first.basis, result.basis)]
    # A raw number in 1 cm2 and a number per cm2 of it are the same thing.
    raised = {
        "basis_differs": any(part != "per" for part in parts),
        "area_shape_not_stated": not result.basis.area_shape,
        "counting_rule_not_stated": not result.basis.rule,
        "no_sd_reported": result.sd is None,
        "no_n_reported": result.n is None,
        "effect_beyond_typical_sd": abs(gap_in_sds) > 1.0,
    }
    return [name for name, is_raised in raised.items() if is_raised]


def _arms(trial: str, source: str, basis: Basis, week: float | None, **changes: float) -> tuple[ExternalResult, ...]:
    """Two arms of a trial of microneedling with minoxidil against minoxidil alone."""
    alone = ExternalResult(
        trial=trial,
        arm="minoxidil 5 %",
        mean_change=changes["alone"],
        basis=basis,
        source=source,
        week=week,
        is_reference=True,
    )
    return alone, replace(
        alone, arm="microneedling + minoxidil 5 %", mean_change=changes["needled"], is_reference=False
    )


MICRONEEDLING_TRIALS: tuple[ExternalResult, ...] = (
    *_arms(
        "Dhurat 2013",
        "Int J Trichology 2013;5(1):6-11, doi 10.4103/0974-7753.114700, PMC3746236, abstract",
        Basis(area_cm2=1.0),
        12.0,
        alone=22.2,
        needled=91.4,
    ),
    *_arms(
        "Kumar 2018",
        "J Cutan Aesthet Surg 2018;11(4):211-216, doi 10.4103/JCAS.JCAS_130_17, abstract",
        Basis(per="inch2", area_cm2=CM2_PER_INCH2),
        None,
        alone=1.89,
        needled=12.52,
    ),
)
"""The trials behind microneedling, as their abstracts state them; what the abstracts leave out stays empty."""
