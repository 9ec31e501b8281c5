"""Change: what a follow-up shows beside its baseline; compare(), the way from two visits to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.comparison.common_area import CommonArea, find_common_area
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.differencing.alarms import change_flags
from hairdensity.comparison.differencing.common_scale import find_common_scale
from hairdensity.comparison.differencing.control import has_changed, widen_by_control
from hairdensity.comparison.differencing.hair_to_hair import HairToHair, compare_hairs
from hairdensity.comparison.differencing.unmatched import unmatched_differences
from hairdensity.comparison.matching import Matched, match_visits
from hairdensity.comparison.registration import Registration, register
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.flags import ChangeFlag
from hairdensity.metrics import Metrics
from hairdensity.resources import package_version
from hairdensity.tables import MATCHES, UNIT_MATCHES, empty_table

__all__ = ["Change", "compare", "compare_registered"]

NO_COMMON_AREA = (
    "the pictures overlap, but no skin can be read on both: "
    "place the target areas on the same skin, or photograph it again"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A baseline and a follow-up, compared.

    Parameters
    ----------
    baseline, follow_up : Analysis
    registration : Registration
    common_area : CommonArea or None
        The readable skin of both; None when registration was refused.
    baseline_metrics, follow_up_metrics : Metrics
        On the common area, where the diameters of kept hairs are estimated from both visits; each on its own area when
        registration was refused.
    matches, units : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``; zero rows when registration was refused.
    differences : mapping of str to Difference
        By figure (see `metrics.METRICS`): matched hair to hair, or unmatched when registration was refused.
    unmatched : mapping of str to Difference
        The same as two samples that know nothing of each other: each visit on its own whole area.
    flags : ChangeFlag
    control : Change or None
        Of an untreated site between the same visits.
    settings : ComparisonSettings
        What all this was computed with.
    version : str
        Of this package.
    """

    baseline: Analysis
    follow_up: Analysis
    registration: Registration
    common_area: CommonArea | None
    baseline_metrics: Metrics
    follow_up_metrics: Metrics
    matches: pd.DataFrame
    units: pd.DataFrame
    differences: Mapping[str, Difference]
    unmatched: Mapping[str, Difference]
    flags: ChangeFlag
    control: Change | None
    settings: ComparisonSettings
    version: str


def compare(
    baseline: Analysis,
    follow_up: Analysis,
    *,
    control: tuple[Analysis, Analysis] | None = None,
    settings: ComparisonSettings | None = None,
) -> Change:
    """Whether and how a site changed between two visits.

    Parameters
    ----------
    baseline, follow_up : Analysis
        Of one site.
    control : (Analysis, Analysis), optional
        Baseline and follow-up of an untreated site between the same visits: how far it changed widens the verdict.
    settings : ComparisonSettings, optional

    Returns
    -------
    Change
        When the pictures could not be shown to be the same skin, its differences are the unmatched ones.
    """
    settings = settings or ComparisonSettings()
    registration = register(baseline, follow_up, settings=settings.registration)
    return compare_registered(baseline, follow_up, registration, control=control, settings=settings)


def compare_registered(
    baseline: Analysis,
    follow_up: Analysis,
    registration: Registration,
    *,
    control: tuple[Analysis, Analysis] | None = None,
    settings: ComparisonSettings | None = None,
) -> Change:
    """The same where the registration is known already, such as one that leads over a visit between.

    Parameters
    ----------
    baseline, follow_up : Analysis
    registration : Registration
        One that leaves no skin that both visits can read is refused here.
    control : (Analysis, Analysis), optional
    settings : ComparisonSettings, optional
    """
    settings = settings or ComparisonSettings()
    visits = baseline, follow_up
    registration, common_area = _common_skin(visits, registration)
    matched, found = _found(visits, registration, common_area, settings)
    unmatched = unmatched_differences(baseline, follow_up)
    differences = unmatched if found is None else found.differences
    flags = change_flags(baseline, follow_up, registration, matched.hairs, settings.change)
    control_change = None if control is None else compare(*control, settings=settings)
    if control_change is not None:
        differences, more = _beside_control(differences, control_change)
        flags |= more
    if ChangeFlag.UNREADABLE_VISIT in flags:
        differences, unmatched = (
            {name: change.without_verdict() for name, change in part.items()} for part in (differences, unmatched)
        )
    return Change(
        baseline=baseline,
        follow_up=follow_up,
        registration=registration,
        common_area=common_area,
        baseline_metrics=baseline.metrics if found is None else found.baseline,
        follow_up_metrics=follow_up.metrics if found is None else found.follow_up,
        matches=matched.hairs,
        units=matched.units,
        differences=differences,
        unmatched=unmatched,
        flags=flags,
        control=control_change,
        settings=settings,
        version=package_version(),
    )


def _common_skin(
    visits: tuple[Analysis, Analysis], registration: Registration
) -> tuple[Registration, CommonArea | None]:
    """The readable skin of both; without any there is nothing to compare hair to hair, and registration is refused."""
    if not registration.accepted or registration.alignment is None:
        return registration, None
    common_area = find_common_area(*visits, registration.alignment)
    if min(common_area.baseline.area_px, common_area.follow_up.area_px) > 0:
        return registration, common_area
    return replace(registration, accepted=False, reason=NO_COMMON_AREA), None


def _found(
    visits: tuple[Analysis, Analysis],
    registration: Registration,
    common_area: CommonArea | None,
    settings: ComparisonSettings,
) -> tuple[Matched, HairToHair | None]:
    """What both visits show on their common skin, hair to hair; nothing without any."""
    alignment = registration.alignment
    if alignment is None or common_area is None:
        return Matched(hairs=empty_table(MATCHES), units=empty_table(UNIT_MATCHES)), None
    calibrations = visits[0].calibration, visits[1].calibration
    scale = find_common_scale(calibrations, alignment, skin_stretch=settings.change.skin_stretch)
    matched = match_visits(
        *visits,
        alignment,
        common_area,
        residual_um=registration.residual_um,
        um_factors=scale.restating(calibrations),
        settings=settings.matching,
    )
    found = compare_hairs(
        visits,
        matched.hairs,
        matched.units,
        scale=scale,
        common_area=common_area,
        settings=settings.change,
    )
    return matched, found


def _beside_control(
    differences: Mapping[str, Difference], control: Change
) -> tuple[Mapping[str, Difference], ChangeFlag]:
    """The differences widened by an untreated site's, and what is noteworthy about that."""
    if not control.registration.accepted:
        return differences, ChangeFlag.CONTROL_NOT_REGISTERED
    flags = ChangeFlag.CONTROL_CHANGED if has_changed(control.differences) else ChangeFlag(0)
    return widen_by_control(differences, control.differences), flags
