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

    Of counts, half a hair (unit, opening) is added to both: so one that was found where there is none is an error too.

    Parameters
    ----------
    mean : float
        Of the log link: -0.05 is 5 % too little.
    sd : float
        Deviation of the error from picture to picture.
    """

    mean: float
    sd: float


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
            if not all(math.isfinite(part) for part in error) or error.sd < 0:
                raise InputError(f"the error of {name} must be finite, its deviation 0 or more, got {tuple(error)}")

    def of(self, name: str) -> FigureError | None:
        """The error of a figure; None where validation did not measure it."""
        return self.by_figure.get(name)
