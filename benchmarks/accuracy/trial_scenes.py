"""A rendered trial: clipped scalps at two visits, arms of different true gain, the true change of each patient."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.visit_pairs import retaken
from hairdensity.synthetic.pair_truth import truth_of_pair
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render

MANIFEST = "manifest.csv"
TRUTH = "truth.csv"
VISITS = (("baseline", 0), ("week 12", 12))
SCALE_ERROR = 0.02

DENSITY_SD = 20.0
SHED = (0.03, 0.09)
"""Share of the hairs that are gone, drawn evenly for each patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedTrial:
    """What is rendered; a patient depends on the seed, the size and its number alone.

    ``gains`` are new hairs by arm, as a share of the baseline's, beyond those that replace what is shed: mean; each
    patient's own differs by ``gain_sd``.
    """

    per_arm: int = 12
    gains: tuple[tuple[str, float], ...] = (("control", 0.02), ("active", 0.16))
    gain_sd: float = 0.04
    density_per_cm2: float = 150.0
    field_mm: tuple[float, float] = (5.7047, 7.1309)
    um_per_px: float = 5.571
    seed: int = 4601


def write_trial(folder: Path, trial: RenderedTrial, *, processes: int = PROCESSES) -> pd.DataFrame:
    """Pictures and manifest in a folder; pictures that are there already are kept.

    Returns
    -------
    DataFrame
        patient, arm, true_baseline_per_cm2 and true_change_per_cm2, on the skin that both visits show, shared_cm2.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(trial.per_arm * len(trial.gains))
    with ProcessPoolExecutor(processes, get_context("spawn"), one_thread) as pool:
        truth = pd.DataFrame(list(pool.map(partial(_write_patient, folder=folder, trial=trial), numbers)))
    truth.to_csv(folder / TRUTH, index=False)
    pd.DataFrame(_manifest_rows(truth, trial)).to_csv(folder / MANIFEST, index=False)
    return truth


def _write_patient(number: int, *, folder: Path, trial: RenderedTrial) -> dict[str, Any]:
    """Render both visits of a patient, unless they are there; the truth comes from the scenes, which are cheap."""
    rng = np.random.default_rng([trial.seed, number])
    # Patients come in turn, so that a code tells no arm but by the manifest.
    arm, gain = trial.gains[number % len(trial.gains)]
    density = trial.density_per_cm2 + DENSITY_SD * float(rng.standard_normal())
    settings = replace(
        clipped(density, direction_deg=float(rng.uniform(0.0, 360.0))),
        field_mm=trial.field_mm,
        um_per_px=trial.um_per_px,
    )
    shed = float(rng.uniform(*SHED))
    new_per_cm2 = density * max(shed + gain + trial.gain_sd * float(rng.standard_normal()), 0.0)
    happened = {
        "exact": True,
        "lost_fraction": shed,
        "new_per_cm2": 0.6 * new_per_cm2,
        "gained_per_cm2": 0.4 * new_per_cm2,
    }
    baseline, follow_up = retaken(settings, rng, **happened)
    patient = f"P{number + 1:02d}"
    for (visit, _), scene in zip(VISITS, (baseline, follow_up.scene), strict=True):
        path = folder / _file(patient, visit)
        if not path.exists():
            rendering = render(scene, image_id=path.stem)
            if not cv2.imwrite(str(path), rendering.image.pixels[:, :, ::-1]):
                raise OSError(f"cannot write {path}")
    truth = truth_of_pair(baseline, follow_up)
    fates = truth.hairs["fate"].value_counts()
    n_lost, n_new, n_kept = (int(fates.get(fate, 0)) for fate in ("lost", "new", "kept"))
    return {
        "patient": patient,
        "arm": arm,
        "true_baseline_per_cm2": (n_kept + n_lost) / truth.shared_cm2,
        "true_change_per_cm2": (n_new - n_lost) / truth.shared_cm2,
        "shared_cm2": truth.shared_cm2,
    }


def _manifest_rows(truth: pd.DataFrame, trial: RenderedTrial) -> Sequence[dict[str, Any]]:
    return [
        {
            "image": _file(patient, visit),
            "patient": patient,
            "site": "vertex",
            "visit": visit,
            "week": week,
            "arm": arm,
            "um_per_px": trial.um_per_px,
            "scale_error": SCALE_ERROR,
        }
        for patient, arm in zip(truth["patient"], truth["arm"], strict=True)
        for visit, week in VISITS
    ]


def _file(patient: str, visit: str) -> str:
    return f"{patient}-{visit.replace(' ', '')}.png"
