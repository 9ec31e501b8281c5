"""ChangeSettings: what the errors and alarms of a change depend on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from hairdensity.errors import InputError

__all__ = ["ChangeSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """What the errors and alarms of a change depend on.

    Parameters
    ----------
    skin_stretch : float
        How far skin may be stretched between visits, as one relative standard deviation of lengths: within it skin
        tells the ratio of two scales.
    least_diameter_se : float
        Relative error that no measured diameter is taken to fall below.
    n_draws : int
        Sites that are drawn for the sampling of gained and lost hairs.
    seed : int
        The same pair gives the same intervals.
    least_overlap : float
        Share of the smaller frame below which the overlap is called small.
    scale_ratio, scale_difference : float
        Relative: by how much the skin must contradict the stated scales, and by how much the stated scales must differ,
        to raise an alarm.
    blur_ratio, length_ratio : float
        Larger over smaller, of the blur and of the median visible length, above which an alarm is raised.
    contrast_difference : float
        Of the hairs' median contrast against the skin, 0-1.
    light_ratio : float
        Larger over smaller, of the skin's grey level.

    Raises
    ------
    InputError
        If a number is not finite or below 0, or a ratio below 1.
    """

    skin_stretch: float = 0.015
    least_diameter_se: float = 0.01
    n_draws: int = 500
    seed: int = 0
    least_overlap: float = 0.5
    scale_ratio: float = 0.04
    scale_difference: float = 0.03
    blur_ratio: float = 1.5
    length_ratio: float = 1.5
    contrast_difference: float = 0.1
    light_ratio: float = 1.25

    def __post_init__(self) -> None:
        for field in fields(self):
            number = getattr(self, field.name)
            if not 0 <= number < math.inf:
                raise InputError(f"{field.name} must be 0 or more, got {number:g}")
        for name in ("blur_ratio", "length_ratio", "light_ratio"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is the larger over the smaller: 1 or more, got {getattr(self, name):g}")
        if self.n_draws < 2:
            raise InputError(f"n_draws must be 2 or more, got {self.n_draws}")
