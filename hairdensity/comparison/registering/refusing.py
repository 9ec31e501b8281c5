"""Refusing: what speaks against an alignment, with the remedy."""

from __future__ import annotations

from dataclasses import replace

from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.searching import Search, SearchSettings, search, zoom_range
from hairdensity.comparison.registering.settings import RegistrationSettings
from hairdensity.comparison.registering.texture import TextureMatch

__all__ = ["no_agreement", "refusal", "too_few_units"]

ODD_ZOOM_TOLERANCE = 0.65
"""After a refusal zooms as far off are tried, to be able to say that a scale is wrong."""

REMEDY = "mark the site and photograph it with more overlap"


def refusal(
    found: Search,
    texture: TextureMatch,
    visits: tuple[Constellation, Constellation],
    settings: RegistrationSettings,
    *,
    placement_sd_um: float,
) -> str:
    """Why an alignment is not believed; empty when it is.

    Parameters
    ----------
    found : Search
    texture : TextureMatch
    visits : (Constellation, Constellation)
        Baseline and follow-up.
    settings : RegistrationSettings
    placement_sd_um : float
        How far the alignment may be off.
    """
    if found.log10_false_alarms > settings.limit(texture):
        return _explained(*visits, settings) or _unproven(found, texture, visits, settings)
    if found.overlap_fraction < settings.min_overlap:
        return (
            f"only {found.overlap_fraction:.0%} of the smaller picture is on both, and at least "
            f"{settings.min_overlap:.0%} are needed: place the device on the mark of the first visit"
        )
    if found.rival < found.log10_false_alarms + settings.log10_lead:
        return (
            "the follicles agree in two different places about equally well, so neither can be trusted: "
            "photograph a larger field, or the site with more overlap"
        )
    if placement_sd_um > settings.max_placement_sd_um:
        return (
            f"the pictures show the same skin, but the {found.n_roots} hairs found on both tell its place only to "
            f"{placement_sd_um:.0f} um, and {settings.max_placement_sd_um:.0f} um are needed to match hair to hair: "
            "photograph a larger field, or the site with more overlap"
        )
    return ""


def too_few_units(baseline: Constellation, follow_up: Constellation, settings: RegistrationSettings) -> str:
    """The pictures show no constellation."""
    return (
        f"{len(baseline.units_um)} and {len(follow_up.units_um)} follicular units were found, and at least "
        f"{settings.min_units} in each picture are needed to recognize the skin: photograph a larger field, or check "
        "that the hairs are found"
    )


def no_agreement(baseline: Constellation, follow_up: Constellation) -> str:
    """What is found is what any two pictures show."""
    return (
        f"the {len(baseline.units_um)} and {len(follow_up.units_um)} follicular units agree no better than chance: "
        f"the pictures show other skin, or share too little of it; {REMEDY}"
    )


def _unproven(
    found: Search,
    texture: TextureMatch,
    visits: tuple[Constellation, Constellation],
    settings: RegistrationSettings,
) -> str:
    if found.log10_false_alarms > settings.log10_false_alarms_with_texture:
        return no_agreement(*visits)
    skin = ", and the skin between the hairs does not agree" if texture.sigmas < settings.disagreeing_sigmas else ""
    return (
        f"{found.n_roots} hairs seem to stand in the same places, which is too few to exclude chance{skin}: "
        f"the pictures may show the same skin, but share too little of it; {REMEDY}"
    )


def _explained(baseline: Constellation, follow_up: Constellation, settings: RegistrationSettings) -> str:
    """What would make the pictures agree after all; empty where nothing does."""
    quick = _quick(settings.search)
    mirror = search(baseline, follow_up.mirrored(), zoom=zoom_range(settings.zoom_tolerance), settings=quick)
    if mirror is not None and mirror.log10_false_alarms <= settings.log10_false_alarms:
        return "one picture is the mirror image of the other, and skin never is: export it without flipping"
    zoomed = search(baseline, follow_up, zoom=zoom_range(ODD_ZOOM_TOLERANCE), settings=quick)
    if zoomed is not None and zoomed.log10_false_alarms <= settings.log10_false_alarms:
        return (
            f"the follicles agree when the follow-up is taken as {zoomed.zoom:.2f} times as large as its scale says: "
            "the scale of one picture is probably wrong; check zoom and scale of both visits"
        )
    return ""


def _quick(thorough: SearchSettings) -> SearchSettings:
    """For what is only said when it is plain: a third of the time."""
    edges, candidates = min(thorough.voting.max_edges, 400), min(thorough.voting.max_candidates, 15)
    return replace(
        thorough,
        voting=replace(thorough.voting, max_edges=edges, max_candidates=candidates),
        max_weighed=min(thorough.max_weighed, 4),
    )
