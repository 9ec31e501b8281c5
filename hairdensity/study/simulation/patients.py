"""The truth of a simulated trial: who is in it, what changes in whom, and who stays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.study.simulation.settings import ArmSettings, TrialSettings

__all__ = ["draw_patients", "draw_visits", "share_of_effect", "staying", "visit_name"]

Array = NDArray[np.float64]
Rng = np.random.Generator

CHANGE_SCALE_PER_CM2 = 10.0
"""Of `TrialSettings.dropout_by_change`."""


def draw_patients(settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    """One row for each patient.

    Returns
    -------
    DataFrame
        patient, arm, center, treatment, combined_with, needle_depth_mm, sessions, interval_days, true_density_per_cm2,
        true_diameter_um, true_redness (all at baseline), true_effect_per_cm2, true_diameter_effect_um and
        true_redness_effect (changes until the last visit).
    """
    arms = [_draw_arm(arm, settings, rng) for arm in settings.arms]
    table = pd.concat(arms, ignore_index=True)
    offsets = settings.center_sd_per_cm2 * rng.standard_normal(settings.centers)
    n = len(table)
    density = settings.density_per_cm2 + settings.density_sd_per_cm2 * rng.standard_normal(n)
    # Codes run across the arms, as after a randomization: a code tells no arm.
    code = rng.permutation(n)
    width = len(str(n))
    return table.assign(
        patient=[f"P{number + 1:0{width}d}" for number in code],
        true_density_per_cm2=np.maximum(density + offsets[table["center_number"]], 0.25 * settings.density_per_cm2),
        true_diameter_um=settings.diameter_um + settings.diameter_sd_um * rng.standard_normal(n),
        true_redness=settings.redness + settings.redness_sd * rng.standard_normal(n),
        center=["" if settings.centers == 1 else f"center {number + 1}" for number in table["center_number"]],
    ).sort_values("patient", ignore_index=True)


def draw_visits(patients: pd.DataFrame, settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    """One row for each patient and visit that would take place if nobody left, true figures beside the patient's own.

    Returns
    -------
    DataFrame
        The patients' columns, visit_number, week, visit, true_change_per_cm2, true_diameter_change_um and
        true_redness_change.
    """
    n_visits = len(settings.weeks)
    table = patients.loc[patients.index.repeat(n_visits)].reset_index(drop=True)
    number = np.tile(np.arange(n_visits), len(patients))
    share = share_of_effect(settings)[number]
    wander = settings.wander_per_cm2 * rng.standard_normal(len(table)) * (number > 0)
    return table.assign(
        visit_number=number,
        week=np.asarray(settings.weeks)[number],
        visit=[visit_name(week) for week in np.asarray(settings.weeks)[number]],
        true_change_per_cm2=share * table["true_effect_per_cm2"] + wander,
        true_diameter_change_um=share * table["true_diameter_effect_um"],
        true_redness_change=np.where(number > 0, table["true_redness_effect"], 0.0),
    )


def staying(change_per_cm2: Array, settings: TrialSettings, rng: Rng) -> NDArray[np.bool_]:
    """Who is at which visit: a patient that is gone stays away.

    Parameters
    ----------
    change_per_cm2 : (N, V) float64 ndarray
        Seen changes, the baseline's 0 first: who is gone at a visit depends on the visit before.
    settings : TrialSettings
    rng : Generator

    Returns
    -------
    (N, V) bool ndarray
    """
    stays = np.ones(change_per_cm2.shape, bool)
    if settings.dropout == 0:
        return stays
    usual = np.log(settings.dropout / (1.0 - settings.dropout))
    for visit in range(1, change_per_cm2.shape[1]):
        before = change_per_cm2[:, visit - 1]
        below = (before.mean() - before) / CHANGE_SCALE_PER_CM2
        chance = 1.0 / (1.0 + np.exp(-usual - settings.dropout_by_change * below))
        stays[:, visit] = stays[:, visit - 1] & (rng.random(len(before)) >= chance)
    return stays


def share_of_effect(settings: TrialSettings) -> Array:
    """(V,) share of the effect that each visit shows: 0 at the first, 1 at the last."""
    weeks = np.asarray(settings.weeks)
    built = 1.0 - np.exp(-weeks / settings.build_up_weeks)
    return np.asarray(built / built[-1])


def _draw_arm(arm: ArmSettings, settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    n = settings.patients_per_arm
    depth = np.resize(np.array(arm.needle_depths_mm or (np.nan,)), n)
    kept = rng.binomial(arm.sessions, 1.0 - settings.missed_sessions, n).astype(np.float64)
    effect = arm.effect_per_cm2 + arm.effect_sd_per_cm2 * rng.standard_normal(n)
    if arm.needle_depths_mm:
        effect += settings.per_needle_mm_per_cm2 * (depth - np.mean(arm.needle_depths_mm))
    effect += settings.per_session_per_cm2 * (kept - arm.sessions)
    return pd.DataFrame(
        {
            "arm": arm.name,
            "center_number": np.arange(n) % settings.centers,
            "treatment": arm.treatment,
            "combined_with": arm.combined_with,
            "needle_depth_mm": depth,
            "sessions": kept if arm.sessions else np.nan,
            "interval_days": arm.interval_days,
            "true_effect_per_cm2": effect,
            "true_diameter_effect_um": arm.diameter_effect_um,
            "true_redness_effect": arm.redness,
        }
    )


def visit_name(week: float) -> str:
    """What the visit of a week is called."""
    return f"week {week:g}" if week else "baseline"
