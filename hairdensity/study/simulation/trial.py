"""A simulated trial: people, visits, pictures and comparisons, and the truth that the tables should find."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hairdensity.study.folder import StudyTables
from hairdensity.study.simulation.comparisons import changes_of
from hairdensity.study.simulation.hairs import matches_of
from hairdensity.study.simulation.patients import draw_patients, draw_visits, share_of_effect, staying, visit_name
from hairdensity.study.simulation.pictures import images_of, read_pictures
from hairdensity.study.simulation.settings import ArmSettings, TrialSettings

__all__ = ["SimulatedTrial", "simulate_trial"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedTrial:
    """Tables and the truth behind them.

    Parameters
    ----------
    tables : StudyTables
        Images and changes, as a study run leaves them; matches and unit_matches where `TrialSettings.with_hairs`.
    patients : DataFrame
        One row for each patient: true figures at baseline and true changes until the last visit.
    visits : DataFrame
        One row for each patient and visit, with ``attended``: true changes, also of those who were not there.
    true_effects : DataFrame
        arm, visit, week, true_change_per_cm2, true_difference_per_cm2 (to the first arm),
        true_diameter_change_um, true_new_per_cm2 (hairs), true_reactivated_per_cm2 (units): of all whom the arm could
        have had, not only of those in the trial.
    """

    tables: StudyTables
    patients: pd.DataFrame
    visits: pd.DataFrame
    true_effects: pd.DataFrame

    @property
    def images(self) -> pd.DataFrame:
        """The images table."""
        return self.tables.images

    @property
    def changes(self) -> pd.DataFrame:
        """The changes table."""
        return self.tables.changes


def simulate_trial(settings: TrialSettings | None = None, *, seed: int) -> SimulatedTrial:
    """Draw a trial.

    Parameters
    ----------
    settings : TrialSettings, optional
    seed : int
        The same seed and settings give the same tables.
    """
    settings = settings or TrialSettings()
    rng = np.random.default_rng(seed)
    patients = draw_patients(settings, rng)
    visits = draw_visits(patients, settings, rng)
    pictures = read_pictures(visits, settings, rng)
    visits["attended"] = staying(_seen_changes(pictures, settings), settings, rng).ravel()
    there = np.repeat(visits["attended"].to_numpy(), settings.replicates)
    pictures = pictures[there].reset_index(drop=True)
    pictures["row"] = np.arange(len(pictures)) + 1
    tables = StudyTables(images=images_of(pictures, settings), changes=changes_of(pictures, settings, rng))
    if settings.with_hairs:
        # Numbers of their own: the other tables are the same without them.
        of_hairs = np.random.default_rng([seed, 1])
        matches, unit_matches = matches_of(tables.changes, patients, settings, of_hairs)
        tables = replace(tables, matches=matches, unit_matches=unit_matches)
    return SimulatedTrial(tables=tables, patients=patients, visits=visits, true_effects=_true_effects(settings))


def _seen_changes(pictures: pd.DataFrame, settings: TrialSettings) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(N, V) change of the mean of the replicates, as it was read."""
    n_visits = len(settings.weeks)
    density = pictures["density"].to_numpy().reshape(-1, n_visits, settings.replicates).mean(axis=2)
    return np.asarray(density - density[:, :1])


def _true_effects(settings: TrialSettings) -> pd.DataFrame:
    share = share_of_effect(settings)
    reference = _mean_effect(settings.arms[0], settings)
    rows = [
        {
            "arm": arm.name,
            "visit": visit_name(week),
            "week": week,
            "true_change_per_cm2": share_now * _mean_effect(arm, settings),
            "true_difference_per_cm2": share_now * (_mean_effect(arm, settings) - reference),
            "true_diameter_change_um": share_now * arm.diameter_effect_um,
            "true_new_per_cm2": (week > 0) * settings.turnover_per_cm2 + share_now * _mean_effect(arm, settings) / 2.0,
            "true_reactivated_per_cm2": share_now * arm.reactivated_per_cm2,
        }
        for arm in settings.arms
        for week, share_now in zip(settings.weeks, share, strict=True)
    ]
    return pd.DataFrame(rows)


def _mean_effect(arm: ArmSettings, settings: TrialSettings) -> float:
    """Of an arm: its own effect, less what its patients lose by missed sessions."""
    effect = arm.effect_per_cm2 - settings.per_session_per_cm2 * settings.missed_sessions * arm.sessions
    if arm.needle_depths_mm:
        depths = np.resize(np.array(arm.needle_depths_mm), settings.patients_per_arm)
        effect += settings.per_needle_mm_per_cm2 * float(depths.mean() - np.mean(arm.needle_depths_mm))
    return effect
