"""Study folders for tests of the report: simulated trials with their outcomes, as the commands leave them."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from hairdensity.study.folder import RUN, RUN_SCHEMA
from hairdensity.study.outcomes import analyze_outcomes, outcomes_document
from hairdensity.study.plan import Plan
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.simulation.settings import ArmSettings, TrialSettings
from hairdensity.study.simulation.trial import simulate_trial

ACTIVE, REFERENCE = "needling + drug", "drug alone"
TWO_ARMS = TrialSettings(
    arms=(
        ArmSettings(name=REFERENCE, effect_per_cm2=5.0),
        ArmSettings(name=ACTIVE, effect_per_cm2=30.0, needle_depths_mm=(0.5, 1.5), sessions=6, interval_days=14.0),
    ),
    patients_per_arm=6,
    weeks=(0.0, 12.0, 24.0),
    replicates=2,
    centers=2,
    unreadable=0.08,
    refused=0.15,
    dropout=0.1,
)
PLAN = Plan(primary_week=24.0, reference_arm=REFERENCE, secondary_figures=("mean_diameter_um",))


@cache
def sources_of(settings: TrialSettings = TWO_ARMS, plan: Plan | None = PLAN, *, seed: int = 3) -> ReportSources:
    """A simulated study with histograms of its diameters, and its outcomes; made once: not to be changed in place."""
    trial = simulate_trial(settings, seed=seed)
    tables = replace(trial.tables, images=_with_histograms(trial.images), run=_RUN)
    document = json.loads(json.dumps(outcomes_document(analyze_outcomes(tables, plan))))
    return ReportSources(folder=Path("trial"), study=tables, outcomes=document, agreement=None, hashes={})


def write_study(folder: Path, sources: ReportSources) -> Path:
    """The files that a report reads."""
    sources.study.images.to_parquet(folder / "images.parquet", index=False)
    sources.study.changes.to_parquet(folder / "changes.parquet", index=False)
    (folder / RUN).write_text(json.dumps(sources.study.run))
    (folder / "outcomes.json").write_text(json.dumps(sources.outcomes))
    return folder


_RUN = {"schema": RUN_SCHEMA, "versions": {"hairdensity": "0.0"}, "manifest_sha256": "abc", "method": "network"}


def _with_histograms(images: pd.DataFrame) -> pd.DataFrame:
    """Half of the counted hairs 40-50 um thick, half 50-60 um."""
    columns = [name for name in images if str(name).startswith("diameter_histogram_from_")]
    read = images["status"] == "ok"
    filled = images.assign(**{name: np.where(read, 0.0, np.nan) for name in columns}).copy()
    for name in ("diameter_histogram_from_40um", "diameter_histogram_from_50um"):
        filled[name] = images["n_hairs"].astype(float) / 2.0
    return filled.copy()
