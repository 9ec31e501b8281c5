"""How far every figure is from the truth on pictures of each difficulty; fits what the intervals are made of.

    python benchmarks/accuracy/validation.py [--pictures 400] [--methods ridges network] [--out FILE]

Renders pictures of all modes that no network was trained on, analyzes them, and fits for each figure the deviation of
its error (found - true, on the scale of the figure's link) from 0 as a function of the picture's traits
(``hairdensity.metrics.difficulty``): its logarithm is linear in the standardized traits, by penalized maximum
likelihood of Student's t with 5 degrees of freedom. The deviation is then scaled so that 95 % of
the errors of pictures that a fit had not seen (10 folds) lie within 1.96 of it. Writes ``validation.json`` and prints
each figure's error on an average picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from benchmarks.accuracy.interval_scenes import FIGURES, Case, measure_cases, of_method
from benchmarks.accuracy.methods import add_method_options, ready_methods
from hairdensity.metrics import MetricInfo
from hairdensity.metrics.difficulty import Traits, ValidatedErrors
from hairdensity.metrics.figures import info_of
from hairdensity.metrics.links import to_link

SEED = 5001
FOLDS = 10
PENALTY = 4.0
"""Of squared slopes: a trait must explain more than chance does."""

STUDENT_DF = 5.0
LEAST_CASES = 60
LEAST_SCALE = 1e-3
LEAST_SHARE = 1e-3

SHARES_OF_HAIRS = ("vellus_fraction_30um", "vellus_fraction_40um", "single_hair_unit_fraction")
"""Shares that half a hair or half a unit keeps away from none and all."""

OUT = Path("hairdensity/metrics/validation.json")

Array = np.ndarray[Any, np.dtype[np.float64]]


class Sample(NamedTuple):
    """``traits`` (N, T) and ``error`` (N,) of one figure."""

    traits: Array
    error: Array


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    cases = measure_cases(SEED, arguments.pictures, methods)
    stored = {method: fit_method(of_method(cases, method), arguments.pictures) for method in methods}
    arguments.out.write_text(json.dumps(stored, indent=1) + "\n")
    for method, entry in stored.items():
        print(f"\n{method}: {entry['source']}\n{_summary(entry)}", file=sys.stderr)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


def fit_method(cases: Sequence[Case], n_pictures: int) -> dict[str, Any]:
    """What ``validation.json`` holds of one method."""
    raw = np.array([case.traits for case in cases], dtype=np.float64)
    known = np.isfinite(raw).any(axis=0)
    center, scale = np.zeros(raw.shape[1]), np.ones(raw.shape[1])
    center[known] = np.nanmean(raw[:, known], axis=0)
    scale[known] = np.maximum(np.nanstd(raw[:, known], axis=0), LEAST_SCALE)
    slopes = {}
    for name in FIGURES:
        sample = errors_of(cases, name)
        if len(sample.error) >= LEAST_CASES:
            design = ValidatedErrors("", center, scale, {}).design(sample.traits)
            log_sd = fit_deviation(design, sample.error)
            log_sd[0] += np.log(stretch(design, sample.error))
            slopes[name] = [round(float(slope), 4) for slope in log_sd]
    traits = {
        name: {"center": round(float(c), 5), "scale": round(float(s), 5)}
        for name, c, s in zip(Traits._fields, center, scale, strict=True)
    }
    source = f"{len(cases)} readable of {n_pictures} rendered pictures of all modes, seed {SEED}"
    return {"source": source, "traits": traits, "log_sd": slopes}


def errors_of(cases: Sequence[Case], name: str) -> Sample:
    """Errors of a figure on its link, where found and truth both have one."""
    rows = [(case.traits, _error(case, info_of(name))) for case in cases]
    known = [(traits, error) for traits, error in rows if np.isfinite(error)]
    return Sample(np.array([row[0] for row in known], dtype=np.float64), np.array([row[1] for row in known]))


def _error(case: Case, info: MetricInfo) -> float:
    found, true = case.found[info.name].value, case.true[info.name]
    # Half a hair more on both sides, so that one where there is none is an error too.
    half = 0.5 / case.area_cm2 if info.unit == "/cm2" else 0.0
    if info.link == "logit":
        half_of_n = 0.5 / max(case.found[info.name].n, 1)
        edge = half_of_n if info.name in SHARES_OF_HAIRS else LEAST_SHARE
        found, true = (float(np.clip(value, edge, 1 - edge)) for value in (found, true))
    return to_link(found + half, info.link) - to_link(true + half, info.link)


def fit_deviation(design: Array, error: Array, signs: Sequence[int] | None = None) -> Array:
    """Constant and slopes of the logarithm of the deviation; with signs, no slope has the other sign."""

    def loss(slopes: Array) -> tuple[float, Array]:
        log_sd = design @ slopes
        square = (error * np.exp(-log_sd)) ** 2
        value = (log_sd + (STUDENT_DF + 1) / 2 * np.log1p(square / STUDENT_DF)).sum()
        pull = 1.0 - (STUDENT_DF + 1) * square / (STUDENT_DF + square)
        penalized = np.concatenate([[0.0], slopes[1:]])
        return float(value + PENALTY * (penalized**2).sum()), design.T @ pull + 2 * PENALTY * penalized

    start = np.zeros(design.shape[1])
    start[0] = np.log(np.std(error) + 1e-6)
    ends = {1: (0.0, None), -1: (None, 0.0)}
    bounds = None if signs is None else [(None, None), *(ends[sign] for sign in signs)]
    best: Array = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return best


def stretch(design: Array, error: Array) -> float:
    """What to multiply deviations by for 95 % of the errors of unseen pictures to lie within 1.96 of them."""
    return float(np.quantile(unseen_deviations(design, error, np.abs(error)), 0.95) / 1.96)


def unseen_deviations(design: Array, error: Array, size: Array, signs: Sequence[int] | None = None) -> Array:
    """``size`` over the deviation that a fit without this picture expects."""
    fold = np.arange(len(error)) % FOLDS
    off = np.zeros(len(error))
    for k in range(FOLDS):
        slopes = fit_deviation(design[fold != k], error[fold != k], signs)
        off[fold == k] = size[fold == k] * np.exp(-design[fold == k] @ slopes)
    return off


def _summary(entry: dict[str, Any]) -> str:
    rows = [{"figure": name, "sd": float(np.exp(slopes[0]))} for name, slopes in entry["log_sd"].items()]
    return pd.DataFrame(rows).to_string(index=False, float_format="%.3f")


if __name__ == "__main__":
    main()
