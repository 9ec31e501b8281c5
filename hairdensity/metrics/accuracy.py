"""How far figures have been from the truth on validation pictures like this one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hairdensity.errors import InputError

__all__ = ["FigureError", "FigureErrors"]


class FigureError(NamedTuple):
    """Error of one figure, found - true, on the scale of its link (see `MetricInfo.link`).

    Parameters
    ----------
    mean : float
        Of the log link: -0.05 is 5 % too little.
    sd : float
        Deviation from picture to picture that no number of hairs averages out.
    sd_of_one : float
        Deviation that a single hair (unit, opening) adds: its variance is divided by the figure's n.
    """

    mean: float
    sd: float
    sd_of_one: float = 0.0

    def sd_for(self, n: int) -> float:
        """Deviation of a figure that rests on n hairs."""
        return math.hypot(self.sd, self.sd_of_one / math.sqrt(max(n, 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureErrors:
    """Errors of the figures of pictures of one difficulty, as validation measured them.

    Parameters
    ----------
    source : str
        On which pictures, in words; stored with the result.
    by_figure : mapping of str to FigureError
        By the figure's name. A figure that is not named has no known error of detection: its interval holds what
        is known of measurement and scale.

    Raises
    ------
    InputError
        If an error is not finite, or a deviation is below 0.
    """

    source: str
    by_figure: Mapping[str, FigureError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, error in self.by_figure.items():
            if not all(math.isfinite(part) for part in error) or min(error.sd, error.sd_of_one) < 0:
                raise InputError(f"the error of {name} must be finite, its deviations 0 or more, got {tuple(error)}")

    def of(self, name: str) -> FigureError | None:
        """The error of a figure; None where validation did not measure it."""
        return self.by_figure.get(name)
