"""What a phototrichogram depends on, stored with its result."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["GrowthSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthSettings:
    """Settings of `measure_growth`.

    Parameters
    ----------
    threshold_mm_per_day : float
        A hair that grows faster is anagen, a slower one telogen (or catagen, which does not grow either). 0.1 lies
        between what rests and the slowest hairs that grow: means of scalp hair are 0.28-0.41 mm/day by group
        (Loussouarn 2001), and thin hairs grow slower than thick ones (Van Neste and Leroy 2016).
    most_mm_per_day : float
        No hair grows faster: what is longer was traced onto another hair.
    hours_range : (float, float)
        Between the pictures. Shorter: the growth is lost in the error of length. Longer: hairs cover each other.
    confidence : float
        A hair has a phase when its probability reaches this; else it is undecided.
    length_error_um, length_error_px : float
        Standard deviation of the growth of a hair that touches no other: the larger of both.
    touch_um : float
        A tip this near to the surface of another hair may lie on it: its length is unsure.
    edge_um : float
        A tip this near to the edge of the picture, or to what cannot be read, may lie beyond it.
    elevation_deg : float
        Mean angle between the shafts and the picture's plane. A picture shows the projection, so that rates are
        divided by the cosine. 0: a glass plate presses the hairs flat.
    """

    threshold_mm_per_day: float = 0.1
    most_mm_per_day: float = 0.6
    hours_range: tuple[float, float] = (20.0, 120.0)
    confidence: float = 0.95
    length_error_um: float = 10.0
    length_error_px: float = 1.8
    touch_um: float = 25.0
    edge_um: float = 40.0
    elevation_deg: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.threshold_mm_per_day < self.most_mm_per_day < math.inf:
            raise InputError(
                "threshold_mm_per_day must lie above 0 and below most_mm_per_day, got "
                f"{self.threshold_mm_per_day:g} and {self.most_mm_per_day:g} mm/day"
            )
        if not 0 < self.hours_range[0] < self.hours_range[1] < math.inf:
            raise InputError(f"hours_range must rise from above 0, got {self.hours_range}")
        if not 0.5 < self.confidence < 1:
            raise InputError(f"confidence must lie in 0.5-1, got {self.confidence:g}")
        if min(self.length_error_um, self.length_error_px) <= 0 or min(self.touch_um, self.edge_um) < 0:
            raise InputError("length_error_um and length_error_px must be above 0, touch_um and edge_um not below")
        if not 0 <= self.elevation_deg <= 60:
            raise InputError(f"elevation_deg must lie in 0-60 degrees, got {self.elevation_deg:g}")
