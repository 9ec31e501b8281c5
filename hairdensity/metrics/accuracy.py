"""How far figures have been from the truth on validation pictures like this one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from hairdensity.errors import InputError

__all__ = ["FigureErrors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureErrors:
    """Errors of the figures of pictures of one difficulty, as validation measured them.

    Parameters
    ----------
    source : str
        On which pictures, in words.
    sd : mapping of str to float
        By figure: deviation of found - true on the scale of the figure's link (see `MetricInfo.link`), 0 being no
        error; of the log link, 0.05 is 5 %. Of counts, half a hair (unit, opening) is added to both: so one that was
        found where there is none is an error too. A figure that is not named has no known error of detection: its
        interval holds what is known of measurement and scale.

    Raises
    ------
    InputError
        If a deviation is not finite or below 0.
    """

    source: str
    sd: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, sd in self.sd.items():
            if not 0 <= sd < math.inf:
                raise InputError(f"the error of {name} must have a deviation of 0 or more, got {sd}")
