"""MetricsSettings: how intervals are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["MetricsSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """How intervals are drawn.

    Parameters
    ----------
    n_draws : int
        Sites that are drawn from the picture's own units.
    seed : int
        The same picture gives the same interval.
    unit_dispersion : float
        Variance of the number of follicular units on a site over its mean. 1 is places at random; units keep clear of
        each other: 0.29 between halves of 81 annotated captures, 0.34 in rendered scalps. A picture whose units
        gather in parts of it raises the figure by itself.

    Raises
    ------
    InputError
        If a number makes no draws.
    """

    n_draws: int = 500
    seed: int = 0
    unit_dispersion: float = 0.4

    def __post_init__(self) -> None:
        if self.n_draws < 2:
            raise InputError(f"n_draws must be 2 or more, got {self.n_draws}")
        if not 0 < self.unit_dispersion < math.inf:
            raise InputError(
                f"unit_dispersion must be above 0, got {self.unit_dispersion:g}: 1 is units at random places"
            )
