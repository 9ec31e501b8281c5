"""How far every figure is from the truth on pictures of each difficulty; fits what the intervals are made of.

    python benchmarks/accuracy/validation.py [--pictures 400] [--methods ridges network] [--out FILE]

Renders pictures of all modes that no network was trained on, analyzes them, and fits for each figure the mean and the
deviation of its error (found - true, on the scale of the figure's link) as functions of the picture's traits
(``hairdensity.metrics.difficulty``): both linear in the standardized traits, the deviation on the log scale, by
penalized maximum likelihood of Student's t with 5 degrees of freedom. The deviation is then scaled so that 95 % of
the errors of pictures that a fit had not seen (10 folds) lie within 1.96 of it. Writes ``validation.json`` and prints
each figure's error on an average picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from benchmarks.accuracy.interval_scenes import FIGURES, Case, measure_case, of_method, simulation_of
from benchmarks.accuracy.methods import PROCESSES, add_method_options, one_thread, ready_methods
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
LEAST_LOG_SD = -7.0
OUT = Path("hairdensity/metrics/validation.json")

Array = np.ndarray[Any, np.dtype[np.float64]]


class Sample(NamedTuple):
    """``traits`` (N, T) and ``error`` (N,) of one figure."""

    traits: Array
    error: Array


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    simulation = simulation_of(SEED, arguments.pictures)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        measure = partial(measure_case, simulation=simulation, methods=methods)
        cases = [case for part in pool.map(measure, range(arguments.pictures), chunksize=4) for case in part]
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
    center, scale = np.nanmean(raw, axis=0), np.maximum(np.nanstd(raw, axis=0), 1e-6)
    figures = {}
    for name in FIGURES:
        sample = errors_of(cases, name)
        if len(sample.error) >= LEAST_CASES:
            standard = ValidatedErrors("", center, scale, {}, {}).design(sample.traits)
            mean, log_sd = fit_errors(standard, sample.error)
            log_sd[0] += np.log(stretch(standard, sample.error))
            figures[name] = {"mean": _rounded(mean), "log_sd": _rounded(log_sd)}
    traits = {
        name: {"center": round(float(c), 5), "scale": round(float(s), 5)}
        for name, c, s in zip(Traits._fields, center, scale, strict=True)
    }
    source = f"{len(cases)} readable of {n_pictures} rendered pictures of all modes, seed {SEED}"
    return {"source": source, "traits": traits, "figures": figures}


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
        found, true = (float(np.clip(value, half_of_n, 1 - half_of_n)) for value in (found, true))
    return to_link(found + half, info.link) - to_link(true + half, info.link)


def fit_errors(design: Array, error: Array) -> tuple[Array, Array]:
    """Slopes of the mean, and of the logarithm of the deviation."""
    n = design.shape[1]

    def loss(both: Array) -> float:
        mean, log_sd = design @ both[:n], np.maximum(design @ both[n:], LEAST_LOG_SD)
        off = (error - mean) * np.exp(-log_sd)
        fit = (log_sd + (STUDENT_DF + 1) / 2 * np.log1p(off**2 / STUDENT_DF)).sum()
        spread = np.std(error) + 1e-9
        return float(fit + PENALTY * ((both[1:n] / spread) ** 2).sum() + PENALTY * (both[n + 1 :] ** 2).sum())

    start = np.zeros(2 * n)
    start[0], start[n] = np.median(error), np.log(np.std(error) + 1e-6)
    best = minimize(loss, start, method="L-BFGS-B", options={"maxiter": 400, "maxfun": 40000}).x
    return best[:n], best[n:]


def stretch(design: Array, error: Array) -> float:
    """What to multiply deviations by for 95 % of the errors of unseen pictures to lie within 1.96 of them."""
    fold = np.arange(len(error)) % FOLDS
    off = np.zeros(len(error))
    for k in range(FOLDS):
        mean, log_sd = fit_errors(design[fold != k], error[fold != k])
        unseen = fold == k
        off[unseen] = np.abs(error[unseen] - design[unseen] @ mean) / np.exp(design[unseen] @ log_sd)
    return float(np.quantile(off, 0.95) / 1.96)


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 5) for value in values]


def _summary(entry: dict[str, Any]) -> str:
    rows = [
        {"figure": name, "mean": part["mean"][0], "sd": float(np.exp(part["log_sd"][0]))}
        for name, part in entry["figures"].items()
    ]
    return pd.DataFrame(rows).to_string(index=False, float_format="%.3f")


if __name__ == "__main__":
    main()
