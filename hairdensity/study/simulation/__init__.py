"""Simulated trials with a known truth, as the tables that a study run leaves: no picture is made or read.

    trial = simulate_trial(TrialSettings(), seed=1)
    trial.tables.images, trial.tables.changes, trial.true_effects
    simulate_trial(TrialSettings(with_hairs=True), seed=1).tables.matches

What is simulated is named so: patients are codes, treatments are words, and nothing in it is a finding.
"""

from hairdensity.study.simulation.settings import ArmSettings, TrialSettings
from hairdensity.study.simulation.trial import SimulatedTrial, simulate_trial

__all__ = ["ArmSettings", "SimulatedTrial", "TrialSettings", "simulate_trial"]
