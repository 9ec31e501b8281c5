"""Registration: whether two pictures show the same skin, and where.

The units' constellation proposes alignments (`voting`), each is fitted to the units that it brings together
(`refining`) and weighed against chance (`evidence`); the best one is fitted to the roots, with the stretch of the
skin (`stretching`). The skin between the hairs is a second witness (`texture`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.constellation import Constellation, constellation_of
from hairdensity.comparison.refining import one_to_one
from hairdensity.comparison.searching import Search, SearchSettings, search
from hairdensity.comparison.stretching import StretchSettings, align_roots
from hairdensity.comparison.texture import NO_MATCH, TextureMatch, TextureSettings, compare_textures, skin_texture
from hairdensity.errors import InputError

__all__ = ["Registration", "RegistrationSettings", "register", "register_constellations"]

ODD_ZOOM_TOLERANCE = 0.5
"""After a refusal zooms as far off are tried, to be able to say that a scale is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """How the same skin is looked for, and what is believed.

    Parameters
    ----------
    zoom_tolerance : float
        The scales of the visits may disagree by this share.
    unscaled_zoom_tolerance : float
        The same when one picture has no scale of its own.
    log10_false_alarms : float
        An agreement that chance makes more often than this is refused.
    log10_false_alarms_with_texture : float
        The same when the skin between the hairs agrees too.
    texture_sigmas : float
        From here on it does.
    log10_lead : float
        The best alignment must be better than any other by this factor.
    min_units : int
        Fewer units in a picture are no constellation.
    min_overlap : float
        Least share of the smaller picture that both must show.
    pair_tolerance_um : float
        Roots and units nearer than this after alignment are partners.
    search : SearchSettings
    stretch : StretchSettings
    texture : TextureSettings
    """

    zoom_tolerance: float = 0.13
    unscaled_zoom_tolerance: float = 0.38
    log10_false_alarms: float = -5.0
    log10_false_alarms_with_texture: float = -2.0
    texture_sigmas: float = 7.0
    log10_lead: float = 3.0
    min_units: int = 5
    min_overlap: float = 0.15
    pair_tolerance_um: float = 100.0
    search: SearchSettings = field(default_factory=SearchSettings)
    stretch: StretchSettings = field(default_factory=StretchSettings)
    texture: TextureSettings = field(default_factory=TextureSettings)

    def __post_init__(self) -> None:
        if not 0 < self.zoom_tolerance <= self.unscaled_zoom_tolerance < 1:
            raise InputError("zoom tolerances must lie between 0 and 1, the one without a scale not below the other")
        if self.log10_false_alarms > self.log10_false_alarms_with_texture or self.log10_lead < 0:
            raise InputError("the limit with texture may not be stricter than that without, log10_lead not below 0")
        if self.min_units < 3:
            raise InputError(f"min_units must be 3 or more, because two fit everywhere, got {self.min_units}")


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
        return _nothing(_too_few(baseline, follow_up, settings))
    tolerance = settings.zoom_tolerance if has_scale else settings.unscaled_zoom_tolerance
    found = search(baseline, follow_up, zoom=_range(tolerance), settings=settings.search)
    if found is None:
        return _nothing(_unexplained(baseline, follow_up))
    alignment = align_roots(found.similarity, baseline, follow_up, settings.stretch)
    texture = NO_MATCH
    if look is not None and found.log10_false_alarms <= settings.log10_false_alarms_with_texture:
        texture = look(alignment)
    reason = _doubt(found, texture, settings)
    if reason is None:
        reason = _explained(baseline, follow_up, settings) or _unexplained(baseline, follow_up)
    moved = alignment.to_follow_up(baseline.roots_um / baseline.um_per_px) * follow_up.um_per_px
    moved_units = alignment.to_follow_up(baseline.units_um / baseline.um_per_px) * follow_up.um_per_px
    units = one_to_one(moved_units, follow_up.units_um, settings.pair_tolerance_um).distance_um
    return Registration(
        accepted=not reason,
        alignment=alignment,
        residual_um=float(np.median(units)) if has_scale and len(units) else math.nan,
        n_inliers=len(one_to_one(moved, follow_up.roots_um, settings.pair_tolerance_um).first),
        overlap_cm2=found.overlap_um2 / 1e8 if has_scale else math.nan,
        overlap_fraction=found.overlap_fraction,
        log10_false_alarms=found.log10_false_alarms,
        texture_agreement=texture.correlation,
        reason=reason,
    )


def _range(tolerance: float) -> tuple[float, float]:
    return 1 / (1 + tolerance), 1 + tolerance


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


def _doubt(found: Search, texture: TextureMatch, settings: RegistrationSettings) -> str | None:
    """What speaks against the best alignment: empty where nothing does, None where it is no better than chance."""
    has_witness = texture.sigmas >= settings.texture_sigmas
    limit = settings.log10_false_alarms_with_texture if has_witness else settings.log10_false_alarms
    if found.log10_false_alarms > limit:
        return None
    if found.overlap_fraction < settings.min_overlap:
        return (
            f"only {found.overlap_fraction:.0%} of the smaller picture is on both: at least {settings.min_overlap:.0%} "
            "are needed; place the device on the mark of the first visit"
        )
    if found.rival < found.log10_false_alarms + settings.log10_lead:
        return (
            "the follicles agree in two different places about equally well, so neither can be trusted; "
            "take a picture with more overlap or of a larger field"
        )
    return ""


def _too_few(before: Constellation, after: Constellation, settings: RegistrationSettings) -> str:
    return (
        f"{len(before.units_um)} and {len(after.units_um)} follicular units were found: at least {settings.min_units} "
        "in each picture are needed to recognize the skin; photograph a larger field, or check that the hairs are found"
    )


def _explained(before: Constellation, after: Constellation, settings: RegistrationSettings) -> str:
    """Why the same skin may not have been found; empty without an explanation."""
    mirrored = search(before, after.mirrored(), zoom=_range(settings.zoom_tolerance), settings=settings.search)
    if mirrored is not None and mirrored.log10_false_alarms <= settings.log10_false_alarms:
        return "one picture is the mirror image of the other, and skin never is: export it without flipping"
    zoomed = search(before, after, zoom=_range(ODD_ZOOM_TOLERANCE), settings=settings.search)
    if zoomed is not None and zoomed.log10_false_alarms <= settings.log10_false_alarms:
        return (
            f"the follicles agree when the follow-up is taken as {zoomed.zoom:.2f} times as large as its scale says: "
            "the scale of one picture is probably wrong; check zoom and scale of both visits"
        )
    return ""


def _unexplained(before: Constellation, after: Constellation) -> str:
    return (
        f"the {len(before.units_um)} and {len(after.units_um)} follicular units agree no better than chance: the "
        "pictures show other skin, or share too little of it; mark the site and photograph it with more overlap"
    )
