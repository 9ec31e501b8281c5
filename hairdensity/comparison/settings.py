"""ComparisonSettings: everything that a comparison depends on beside the two analyses."""

from __future__ import annotations

from dataclasses import dataclass, field

from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.growth_settings import GrowthSettings
from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.registration import RegistrationSettings

__all__ = ["ComparisonSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSettings:
    """Everything that a comparison depends on beside the two analyses.

    Parameters
    ----------
    registration : RegistrationSettings
    matching : MatchingSettings
    change : ChangeSettings
    growth : GrowthSettings
    """

    registration: RegistrationSettings = field(default_factory=RegistrationSettings)
    matching: MatchingSettings = field(default_factory=MatchingSettings)
    change: ChangeSettings = field(default_factory=ChangeSettings)
    growth: GrowthSettings = field(default_factory=GrowthSettings)
