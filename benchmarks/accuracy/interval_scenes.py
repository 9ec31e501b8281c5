"""Rendered pictures with what was found on them and what is true on the same readable skin, figure by figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, one_thread
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.measurement.coverage import measure_coverage
from hairdensity.metrics import METRICS, Estimate, Measured, Metrics, compute_metrics
from hairdensity.metrics.difficulty import Traits
from hairdensity.synthetic.simulation import Simulation, render_picture
from hairdensity.synthetic.truth import Truth
from hairdensity.tables import HAIRS, UNITS, make_table
from hairdensity.target_area import TargetArea

NO_TRUTH = ("erythema_index", "scaling_fraction", "empty_ostia_per_cm2", "yellow_dots_per_cm2", "black_dots_per_cm2")
"""Colors have no true value; openings are measured by their own benchmark."""

DERIVED = ("inch2", "terminal_vellus_ratio")
"""In names of figures that follow from another, with its interval."""

FIGURES = tuple(
    info.name
    for info in METRICS
    if info.kind == "estimate" and info.name not in NO_TRUTH and not any(part in info.name for part in DERIVED)
)


class Case(NamedTuple):
    """One picture by one method: ``found`` and ``true`` by figure, NaN where there is none."""

    number: int
    mode: str
    method: str
    verdict: str
    area_cm2: float
    traits: Traits
    found: dict[str, Estimate]
    true: dict[str, float]


def measure_cases(seed: int, n_pictures: int, methods: dict[str, Settings]) -> list[Case]:
    """Cases of pictures of all modes by each method; those without readable skin have none."""
    simulation = Simulation(folder=Path(), n_pictures=n_pictures, seed=seed, mode="mix", megapixels=1.0)
    measure = partial(measure_case, simulation=simulation, methods=methods)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        return [case for part in pool.map(measure, range(n_pictures), chunksize=4) for case in part]


def measure_case(number: int, *, simulation: Simulation, methods: dict[str, Settings]) -> list[Case]:
    """Render a picture, analyze it by each method, and state the truth on what the method could read."""
    settings, rendering = render_picture(simulation, number)
    truth, calibration = rendering.truth, Calibration(um_per_px=settings.um_per_px, relative_error=0.0)
    cases = []
    for method, how in methods.items():
        analysis = analyze(rendering.image, calibration=calibration, settings=how)
        if not analysis.target_area.area_px:
            continue
        true = true_metrics(truth, analysis)
        cases.append(
            Case(
                number=number,
                mode=mode_of(truth),
                method=method,
                verdict=str(analysis.quality.verdict),
                area_cm2=analysis.target_area.area_cm2 or math.nan,
                traits=analysis.traits,
                found={name: getattr(analysis.metrics, name) for name in FIGURES},
                true={name: getattr(true, name).value for name in FIGURES},
            )
        )
    return cases


def mode_of(truth: Truth) -> str:
    """What the hairs of a picture are like, by their true lengths."""
    if truth.n_hairs / truth.area_cm2 < 5:
        return "bald"
    length_um = float(np.median(truth.length_um))
    return "clipped" if length_um < 1200 else "short" if length_um < 3000 else "long"


def true_metrics(truth: Truth, analysis: Analysis) -> Metrics:
    """All figures of the true hairs whose root lies on the analyzed area."""
    return metrics_of_truth(truth, analysis.target_area)


def metrics_of_truth(
    truth: Truth,
    area: TargetArea,
    *,
    hairs_counted: np.ndarray[Any, Any] | None = None,
    units_counted: np.ndarray[Any, Any] | None = None,
) -> Metrics:
    """All figures of the true hairs that count: by default those with their root on the area, and units alike.

    ``units_counted`` is in the order of the units' ids.
    """
    um = truth.um_per_px
    lines, n = truth.hairs, len(truth.hairs)
    nothing = np.full(n, np.nan)
    diameter_px = truth.diameter_um / um
    unit_numbers, unit = np.unique(truth.unit_id, return_inverse=True)
    hairs = make_table(
        HAIRS,
        {
            "hair_id": np.arange(n),
            "unit_id": unit,
            **dict(zip(("root_row_px", "root_col_px"), lines.roots_px.T, strict=True)),
            **dict(zip(("tip_row_px", "tip_col_px"), lines.tips_px.T, strict=True)),
            **dict.fromkeys(("root_confidence", "hair_probability", "contrast"), np.ones(n)),
            "length_px": truth.length_um / um,
            "length_um": truth.length_um,
            "diameter_px": diameter_px,
            **dict.fromkeys(("diameter_um", "diameter_low_um", "diameter_high_um"), truth.diameter_um),
            "diameter_se_um": np.zeros(n),
            **dict.fromkeys(("diameter_spread_um", "taper_um_per_mm"), nothing),
            "n_profiles": np.ones(n),
            "in_area": area.contains(lines.roots_px) if hairs_counted is None else hairs_counted,
            "flags": np.zeros(n),
        },
    )
    units = _true_units(unit, len(unit_numbers), truth, area)
    if units_counted is not None:
        units["in_area"] = units_counted
    coverage = measure_coverage(lines, diameter_px, area)
    calibration = Calibration(um_per_px=um, relative_error=0.0)
    return compute_metrics(Measured(hairs=hairs, units=units, coverage_fraction=coverage), area, calibration)


def _true_units(unit: np.ndarray[Any, Any], n_units: int, truth: Truth, area: TargetArea) -> pd.DataFrame:
    size = np.bincount(unit, minlength=n_units)
    roots_px = truth.hairs.roots_px
    middle = np.stack([np.bincount(unit, weights=roots_px[:, axis], minlength=n_units) for axis in (0, 1)], axis=1)
    middle = middle / np.maximum(size, 1)[:, None]
    apart = np.linalg.norm(middle[:, None] - middle[None], axis=2) + np.diag(np.full(n_units, np.inf))
    nearest = apart.min(axis=1) if n_units > 1 else np.full(n_units, np.nan)
    return make_table(
        UNITS,
        {
            "unit_id": np.arange(n_units),
            "row_px": middle[:, 0],
            "col_px": middle[:, 1],
            "n_hairs": size,
            "nearest_unit_um": nearest * truth.um_per_px,
            "in_area": area.contains(middle),
        },
    )


def of_method(cases: Sequence[Case], method: str) -> list[Case]:
    return [case for case in cases if case.method == method]
