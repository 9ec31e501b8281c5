"""Registration: whether two pictures show the same skin, and where.

The units' constellation proposes alignments (`voting`), each is fitted to the units that it brings together
(`refining`) and weighed against chance (`evidence`); the best one is fitted to the roots, with the stretch of the
skin (`stretching`). The skin between the hairs is a second witness (`texture`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.registering.constellation import Constellation, constellation_of
from hairdensity.comparison.registering.placement import placement_sd_um
from hairdensity.comparison.registering.refining import one_to_one
from hairdensity.comparison.registering.refusing import no_agreement, refusal, too_few_units
from hairdensity.comparison.registering.searching import search, zoom_range
from hairdensity.comparison.registering.settings import RegistrationSettings
from hairdensity.comparison.registering.stretching import align_roots
from hairdensity.comparison.registering.texture import NO_MATCH, TextureMatch, compare_textures, skin_texture

__all__ = ["Registration", "RegistrationSettings", "register", "register_constellations"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registration:
    """What was found out about two pictures.

    Parameters
    ----------
    accepted : bool
        Whether both show the same skin beyond reasonable doubt.
    alignment : Alignment or None
        The best one found, also when it was refused; None where there was nothing to align.
    residual_um : float
        Median distance of matched follicular units after alignment; NaN without any.
    placement_sd_um : float
        How far the alignment itself may be off, as the standard deviation along one axis at the median of the skin that
        both show; NaN without a scale or an alignment.
    n_inliers : int
        Roots that have a partner.
    overlap_cm2 : float
        Skin inside both frames, on the baseline's scale; NaN without a scale or an alignment.
    overlap_fraction : float
        The same as a share of the smaller frame, 0-1.
    log10_false_alarms : float
        Decadic logarithm of how many agreements as good as this one chance would make of unrelated pictures.
    texture_agreement : float
        Correlation of the skin between the hairs, -1 to 1; NaN where too little skin is seen.
    reason : str
        Why it was refused, with the remedy; empty when accepted.
    """

    accepted: bool
    alignment: Alignment | None
    residual_um: float
    n_inliers: int
    overlap_cm2: float
    overlap_fraction: float
    log10_false_alarms: float
    texture_agreement: float
    placement_sd_um: float = math.nan
    reason: str = ""


def register(baseline: Analysis, follow_up: Analysis, *, settings: RegistrationSettings | None = None) -> Registration:
    """Find the same skin on two pictures.

    Parameters
    ----------
    baseline, follow_up : Analysis
        Without a scale the working scale serves, wider zooms are tried, and no um is stated.
    settings : RegistrationSettings, optional

    Returns
    -------
    Registration
        Refused, with the reason, where the agreement could be chance.
    """
    settings = settings or RegistrationSettings()

    def look(alignment: Alignment) -> TextureMatch:
        before, after = (skin_texture(visit, settings.texture) for visit in (baseline, follow_up))
        return compare_textures(before, after, alignment, settings.texture)

    has_scale = baseline.calibration is not None and follow_up.calibration is not None
    before, after = constellation_of(baseline), constellation_of(follow_up)
    return register_constellations(before, after, has_scale=has_scale, look=look, settings=settings)


def register_constellations(
    baseline: Constellation,
    follow_up: Constellation,
    *,
    has_scale: bool = True,
    look: Callable[[Alignment], TextureMatch] | None = None,
    settings: RegistrationSettings | None = None,
) -> Registration:
    """The same from units and roots alone.

    Parameters
    ----------
    baseline, follow_up : Constellation
    has_scale : bool, optional
        Whether the um of both are true ones.
    look : callable, optional
        Asks the skin's texture about an alignment.
    settings : RegistrationSettings, optional
    """
    settings = settings or RegistrationSettings()
    if min(len(side.units_um) for side in (baseline, follow_up)) < settings.min_units:
        return _nothing(too_few_units(baseline, follow_up, settings))
    tolerance = settings.zoom_tolerance if has_scale else settings.unscaled_zoom_tolerance
    found = search(baseline, follow_up, zoom=zoom_range(tolerance), settings=settings.search)
    if found is None:
        return _nothing(no_agreement(baseline, follow_up))
    alignment = align_roots(found.similarity, baseline, follow_up, settings.stretch)
    texture = NO_MATCH
    if look is not None and found.log10_false_alarms <= settings.log10_false_alarms_with_texture:
        texture = look(alignment)
    placement = placement_sd_um(alignment, baseline, follow_up, settings.stretch)
    reason = refusal(found, texture, (baseline, follow_up), settings, placement_sd_um=placement)
    moved = alignment.to_follow_up(baseline.roots_um / baseline.um_per_px) * follow_up.um_per_px
    moved_units = alignment.to_follow_up(baseline.units_um / baseline.um_per_px) * follow_up.um_per_px
    units = one_to_one(moved_units, follow_up.units_um, settings.pair_tolerance_um).distance_um
    return Registration(
        accepted=not reason,
        alignment=alignment,
        residual_um=float(np.median(units)) if has_scale and len(units) else math.nan,
        placement_sd_um=placement if has_scale and math.isfinite(placement) else math.nan,
        n_inliers=len(one_to_one(moved, follow_up.roots_um, settings.pair_tolerance_um).first),
        overlap_cm2=found.overlap_um2 / 1e8 if has_scale else math.nan,
        overlap_fraction=found.overlap_fraction,
        log10_false_alarms=found.log10_false_alarms,
        texture_agreement=texture.correlation,
        reason=reason,
    )


def _nothing(reason: str) -> Registration:
    """Refused without an alignment."""
    return Registration(
        accepted=False,
        alignment=None,
        residual_um=math.nan,
        n_inliers=0,
        overlap_cm2=math.nan,
        overlap_fraction=0.0,
        log10_false_alarms=0.0,
        texture_agreement=math.nan,
        reason=reason,
    )
