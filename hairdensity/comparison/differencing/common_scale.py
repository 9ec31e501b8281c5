"""One scale for two pictures: what their calibrations share, and what the skin says of the rest.

Skin keeps its size between visits but for a stretch of a percent or two. So the zoom between the pictures tells the
ratio of their scales, and which of two stated scales is wrong does not matter for a difference: both are brought to the
one that is known better.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment

__all__ = ["CommonScale", "find_common_scale", "restating_factor", "stated_ratio"]


class CommonScale(NamedTuple):
    """The scales of two pictures after they were brought together.

    Parameters
    ----------
    baseline, follow_up : Calibration or None
        None where one of the pictures has no scale: then nothing can be stated in um.
    zoom : float
        Follow-up px for each baseline px of the same length.
    ratio_sd : float
        Relative error of ``zoom`` that is left: diameters of one visit may be wrong by it against the other's.
    """

    baseline: Calibration | None
    follow_up: Calibration | None
    zoom: float
    ratio_sd: float

    def restating(self, calibrations: tuple[Calibration | None, Calibration | None]) -> tuple[float, float]:
        """What a um that the visits state by these calibrations is on this scale, at baseline and at follow-up."""
        first, second = calibrations
        return restating_factor(first, self.baseline), restating_factor(second, self.follow_up)


def restating_factor(stated: Calibration | None, common: Calibration | None) -> float:
    """What a um by one calibration of a picture is by another one; 1 where one of them is not known."""
    return 1.0 if stated is None or common is None else common.um_per_px / stated.um_per_px


def find_common_scale(
    calibrations: tuple[Calibration | None, Calibration | None], alignment: Alignment, *, skin_stretch: float
) -> CommonScale:
    """Bring the scales of baseline and follow-up together.

    Parameters
    ----------
    calibrations : (Calibration or None, Calibration or None)
    alignment : Alignment
    skin_stretch : float
        Relative standard deviation of the stretch of skin between visits.
    """
    before, after = calibrations
    if before is None or after is None:
        return CommonScale(None, None, alignment.zoom, skin_stretch)
    contradiction = math.log(stated_ratio(before, after, alignment))
    unshared = unshared_error(before, after)
    if unshared == 0 and abs(contradiction) > 3 * skin_stretch:
        # One device with one stated scale, but the skin has another size: the zoom was changed.
        unshared = math.hypot(before.relative_error, after.relative_error)
    weight = unshared**2 / (unshared**2 + skin_stretch**2) if unshared else 0.0
    wrong_by = weight * contradiction
    left = math.sqrt(weight) * skin_stretch
    if after.relative_error < before.relative_error:
        before = _scaled(before, math.exp(wrong_by))
    else:
        after = _scaled(after, math.exp(-wrong_by))
    return CommonScale(before, after, before.um_per_px / after.um_per_px, left)


def stated_ratio(before: Calibration, after: Calibration, alignment: Alignment) -> float:
    """Size of the skin at follow-up over that at baseline, by the stated scales: 1 when they agree."""
    return alignment.zoom * after.um_per_px / before.um_per_px


def unshared_error(before: Calibration, after: Calibration) -> float:
    """Relative error of the ratio of two stated scales: none for one device with one setting, whatever it is."""
    if before.source == after.source and math.isclose(before.um_per_px, after.um_per_px, rel_tol=1e-6):
        return 0.0
    return math.hypot(before.relative_error, after.relative_error)


def _scaled(calibration: Calibration, factor: float) -> Calibration:
    return Calibration(
        um_per_px=calibration.um_per_px * factor,
        relative_error=calibration.relative_error,
        source=calibration.source,
        disagrees_with=calibration.disagrees_with,
    )
