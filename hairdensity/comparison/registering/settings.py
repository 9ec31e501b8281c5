"""How the same skin is looked for, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass, field

from hairdensity.comparison.registering.searching import SearchSettings
from hairdensity.comparison.registering.stretching import StretchSettings
from hairdensity.comparison.registering.texture import TextureMatch, TextureSettings
from hairdensity.errors import InputError

__all__ = ["RegistrationSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """How the same skin is looked for, and what is believed.

    Parameters
    ----------
    zoom_tolerance : float
        The scales of the visits may disagree by this share.
    unscaled_zoom_tolerance : float
        The same when one picture has no scale of its own: working scales were seen to be off by a half.
    log10_false_alarms : float
        An agreement that chance makes more often than this is refused. The smallest of 3,000 unrelated constellations
        had -0.7 (10 units a picture), 3.0 (40 units) and 10.6 (80 units). Nearer to them the place is right, but the
        fit rests on too few roots: one in 120 pairs with 40 % turnover was off by 53 um at -3.4.
    log10_false_alarms_with_texture : float
        The same when the skin between the hairs agrees too.
    log10_false_alarms_against_texture : float
        The same when enough skin is seen and does not agree: other light, months and cleaning change it.
    agreeing_sigmas, disagreeing_sigmas : float
        The skin agrees when its correlation stands this many deviations above those of wrong alignments; it does not
        below the smaller one. Unrelated captures reached 2.8, copies of a capture stood above 10.
    log10_lead : float
        The best alignment must be better than any other by this factor.
    min_units : int
        Fewer units in a picture are no constellation.
    min_overlap : float
        Least share of the smaller picture that both must show.
    max_placement_sd_um : float
        An alignment that may be further off, as a standard deviation, is refused. Of 58 simulated pairs with 40 %
        turnover at 50 % overlap the one that was off by 40 um had 13; pairs of which 25 % changed at 60 % overlap have
        6, and 2 % of them more than 12.
    pair_tolerance_um : float
        Roots and units nearer than this after alignment are partners.
    search : SearchSettings
    stretch : StretchSettings
    texture : TextureSettings
    """

    zoom_tolerance: float = 0.13
    unscaled_zoom_tolerance: float = 0.65
    log10_false_alarms: float = -4.5
    log10_false_alarms_with_texture: float = -3.0
    log10_false_alarms_against_texture: float = -5.5
    agreeing_sigmas: float = 6.0
    disagreeing_sigmas: float = 3.0
    log10_lead: float = 3.0
    min_units: int = 5
    min_overlap: float = 0.15
    max_placement_sd_um: float = 12.0
    pair_tolerance_um: float = 100.0
    search: SearchSettings = field(default_factory=SearchSettings)
    stretch: StretchSettings = field(default_factory=StretchSettings)
    texture: TextureSettings = field(default_factory=TextureSettings)

    def __post_init__(self) -> None:
        if not 0 < self.zoom_tolerance <= self.unscaled_zoom_tolerance < 1:
            raise InputError("zoom tolerances must lie between 0 and 1, the one without a scale not below the other")
        limits = (
            self.log10_false_alarms_against_texture,
            self.log10_false_alarms,
            self.log10_false_alarms_with_texture,
        )
        if list(limits) != sorted(limits) or self.disagreeing_sigmas > self.agreeing_sigmas:
            raise InputError("a texture that agrees may not make the limit stricter, nor one that does not laxer")
        if self.log10_lead < 0:
            raise InputError(f"log10_lead may not be below 0, got {self.log10_lead:g}")
        if not self.max_placement_sd_um > 0:
            raise InputError(f"max_placement_sd_um must be above 0, got {self.max_placement_sd_um:g}")
        if self.min_units < 3:
            raise InputError(f"min_units must be 3 or more, because two fit everywhere, got {self.min_units}")

    def limit(self, texture: TextureMatch) -> float:
        """``log10_false_alarms`` that is believed, by what the texture says."""
        if texture.sigmas >= self.agreeing_sigmas:
            return self.log10_false_alarms_with_texture
        if texture.sigmas < self.disagreeing_sigmas:
            return self.log10_false_alarms_against_texture
        return self.log10_false_alarms
