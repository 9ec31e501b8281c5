"""What cannot be read leaves the area; where too little is left, nothing is counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairdensity.flags import ImageFlag
from hairdensity.quality.settings import QualitySettings
from hairdensity.target_area import TargetArea

__all__ = ["leave_out"]


def leave_out(
    area: TargetArea, unreadable: NDArray[np.bool_], *, is_legible: bool, settings: QualitySettings
) -> tuple[TargetArea, ImageFlag]:
    """The area without what cannot be read, and the flag for how much that is.

    Parameters
    ----------
    area : TargetArea
    unreadable : (H, W) bool ndarray
    is_legible : bool
        Whether skin shows at all; if not, nothing of the area is left.
    settings : QualitySettings
    """
    left = area.without(unreadable)
    lost = 1 - left.area_px / max(area.area_px, 1)
    if not is_legible or lost >= settings.unreadable:
        return area.without(np.ones_like(unreadable)), ImageFlag.UNREADABLE
    return left, ImageFlag.PARTLY_UNREADABLE if lost >= settings.partly_unreadable else ImageFlag(0)
