"""The piece of skin that can be read on both pictures: what a change is measured on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.target_area import TargetArea

__all__ = ["CommonArea", "find_common_area", "restricted"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommonArea:
    """One piece of skin on two pictures: two masks, one area in cm2.

    Parameters
    ----------
    baseline, follow_up : TargetArea
        Each in the px of its own picture; both have the same ``area_cm2``.
    """

    baseline: TargetArea
    follow_up: TargetArea

    @property
    def area_cm2(self) -> float | None:
        """Of the skin; None without a scale."""
        return self.baseline.area_cm2


def find_common_area(baseline: Analysis, follow_up: Analysis, alignment: Alignment) -> CommonArea:
    """What both visits' target areas share.

    The skin has one size, so both visits get the same cm2: those of the visit whose scale is known better, of the
    baseline when both are known alike. A wrong scale of the other visit can then not feign a change of density.

    Parameters
    ----------
    baseline, follow_up : Analysis
    alignment : Alignment
    """
    shapes = baseline.target_area.mask.shape, follow_up.target_area.mask.shape
    before = baseline.target_area.mask & alignment.follow_up_as_baseline(follow_up.target_area.mask, shapes[0])
    way_back = alignment.inverted(shapes[1])
    after = follow_up.target_area.mask & way_back.follow_up_as_baseline(baseline.target_area.mask, shapes[1])
    area_cm2 = _area_cm2(baseline, follow_up, (before, after))
    return CommonArea(
        baseline=restricted(baseline.target_area, before, area_cm2),
        follow_up=restricted(follow_up.target_area, after, area_cm2),
    )


def _area_cm2(baseline: Analysis, follow_up: Analysis, masks: tuple[Mask, Mask]) -> float | None:
    if baseline.calibration is None or follow_up.calibration is None:
        return None
    is_better = follow_up.calibration.relative_error < baseline.calibration.relative_error
    scale, mask = (follow_up.calibration, masks[1]) if is_better else (baseline.calibration, masks[0])
    return scale.area_cm2(int(np.count_nonzero(mask)))


def restricted(area: TargetArea, mask: Mask, area_cm2: float | None) -> TargetArea:
    """The part of an area that a mask leaves.

    Parameters
    ----------
    area : TargetArea
    mask : (H, W) bool ndarray
        Inside of ``area``.
    area_cm2 : float or None
        Of what is left.
    """
    own = mask.copy()
    own.setflags(write=False)
    kept = int(np.count_nonzero(own)) / max(area.area_px, 1)
    return replace(
        area,
        mask=own,
        area_cm2=area_cm2,
        unreadable_fraction=1.0 - (1.0 - area.unreadable_fraction) * kept,
        kind="common",
    )
