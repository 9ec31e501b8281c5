"""The readable skin that all visits of a series share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_area import CommonArea, find_common_area, restricted

__all__ = ["shared_skin"]

Mask = NDArray[np.bool_]

LEAST_SHARE = 0.25
"""Of the baseline's area that is to be left: a visit that would leave less is left out."""


def shared_skin(
    visits: Sequence[Analysis], alignments: Sequence[Alignment | None], *, least_share: float = LEAST_SHARE
) -> list[CommonArea | None]:
    """The skin that all registered visits share, on the baseline and on each later visit.

    The visits that share the most with the baseline are taken first; one that would leave less than ``least_share`` of
    the baseline's area is left out.

    Parameters
    ----------
    visits : sequence of V Analysis
    alignments : sequence of V - 1 Alignment or None
        From the baseline to each later visit; None where it was not registered.
    least_share : float, optional

    Returns
    -------
    list of V - 1 CommonArea or None
        All have the same area in cm2; it is None for a visit that has no scale, or whose baseline has none.
    """
    commons = [
        None if alignment is None else find_common_area(visits[0], visit, alignment)
        for visit, alignment in zip(visits[1:], alignments, strict=True)
    ]
    shared = visits[0].target_area.mask
    least = least_share * visits[0].target_area.area_px
    taken: dict[int, CommonArea] = {}
    sizes = {number: common.baseline.area_px for number, common in enumerate(commons) if common is not None}
    for number in sorted(sizes, key=lambda n: -sizes[n]):
        common = commons[number]
        left = shared if common is None else shared & common.baseline.mask
        if common is not None and np.count_nonzero(left) >= max(least, 1):
            shared, taken[number] = left, common
    if not taken:
        return [None] * len(commons)
    area_cm2 = _area_cm2(taken, shared)
    return [
        _cut(taken[number], alignment, shared, area_cm2) if number in taken and alignment is not None else None
        for number, alignment in enumerate(alignments)
    ]


def _area_cm2(taken: dict[int, CommonArea], shared: Mask) -> float | None:
    """By the scales of all visits that have one: the mean of what each pair makes of a pixel of the baseline."""
    known = [
        common.baseline.area_cm2 / common.baseline.area_px
        for common in taken.values()
        if common.baseline.area_cm2 is not None and common.baseline.area_px
    ]
    return float(np.mean(known)) * int(np.count_nonzero(shared)) if known else None


def _cut(common: CommonArea, alignment: Alignment, shared: Mask, area_cm2: float | None) -> CommonArea:
    """The common area of two visits less what the other visits do not show."""
    shape = common.follow_up.mask.shape
    after = common.follow_up.mask & alignment.inverted((shape[0], shape[1])).follow_up_as_baseline(
        shared, (shape[0], shape[1])
    )
    stated_cm2 = None if common.area_cm2 is None else area_cm2
    return CommonArea(
        baseline=restricted(common.baseline, shared, stated_cm2),
        follow_up=restricted(common.follow_up, after, stated_cm2),
    )
