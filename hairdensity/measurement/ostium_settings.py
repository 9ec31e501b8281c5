"""OstiumSettings: which spots count as openings without a hair."""

from __future__ import annotations

from dataclasses import dataclass, field

from hairdensity.errors import InputError
from hairdensity.segmentation.spots import SpotSettings

__all__ = ["OstiumSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OstiumSettings:
    """Which spots count as openings.

    Parameters
    ----------
    min_probability : float
        Below it a spot is none.
    max_elongation : float
        Density along the rim that turns twice about a spot, over its contrast: 0.65 on a line, below 0.4 for 98 % of
        rendered openings of each kind. A long thing is none, whatever else speaks for it.
    halo_um : float
        Skin this close beside a shaft shows its blur and shadow.
    root_um : float
        An opening this close to a root bears its hair.
    spots : SpotSettings
    """

    min_probability: float = 0.5
    max_elongation: float = 0.45
    halo_um: float = 25.0
    root_um: float = 80.0
    spots: SpotSettings = field(default_factory=SpotSettings)

    def __post_init__(self) -> None:
        if not 0 < self.min_probability < 1:
            raise InputError(f"min_probability must lie in 0-1, got {self.min_probability:g}")
        if self.halo_um < 0 or self.root_um < 0:
            raise InputError(f"halo_um and root_um must be 0 or more, got {self.halo_um:g} and {self.root_um:g}")
