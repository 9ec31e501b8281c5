"""How often the intervals of agreement statistics hold the truth, on simulated readings with known variances.

    python benchmarks/accuracy/agreement.py [--sets 2000] [--json FILE]

Three designs: independent pictures, three readers drawn anew for each set (ICC(2,1)) or two fixed ones (all others);
several pictures of each patient, of which readers disagree on some patients more than on others, with intervals that
know of patients and with those that take pictures as independent; and classes. Every number is simulated. The table
goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.reporting import figure, write_report
from hairdensity.study.agreement.bland_altman import bland_altman, limits_of_agreement
from hairdensity.study.agreement.concordance import concordance
from hairdensity.study.agreement.icc import intraclass_correlations
from hairdensity.study.agreement.kappa import kappa
from hairdensity.study.agreement.repeatability import CHANGE, between_raters, within_rater

SEED = 6104
GOAL = "0.93-0.97"
NAIVE = "taken as independent"

MEAN, SUBJECT_SD, ERROR_SD, READER_SD, BIAS = 180.0, 40.0, 9.0, 6.0, 5.0
"""Hairs per cm2: SD between pictures, of one reading, between readers; bias of one fixed reader against the other."""

PATIENT_SD, PICTURE_SD, DISAGREEMENT_SD = 35.0, 20.0, 6.0
"""Of clustered pictures: between patients, between pictures of a patient, of a reader's error on a patient."""


class Case(NamedTuple):
    """One interval of one simulated set, and the truth."""

    design: str
    figure: str
    low: float
    high: float
    truth: float


def main() -> None:
    arguments = _parse()
    rng = np.random.default_rng(arguments.seed)
    held: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for _ in range(arguments.sets):
        for case in (*_independent(rng), *_repeats(rng), *_clustered(rng), *_classes(rng)):
            # An interval that cannot be stated does not hold the truth.
            held[case.design, case.figure].append(case.low <= case.truth <= case.high)
    rows = [
        {"design": design, "figure": name, "coverage": float(np.mean(of_set)), "sets": len(of_set)}
        for (design, name), of_set in held.items()
    ]
    designs = [design for design, _ in held]
    print(pd.DataFrame(rows).to_string(index=False), file=sys.stderr)
    lines = [_line(design, [row for row in rows if row["design"] == design]) for design in dict.fromkeys(designs)]
    write_report("agreement", {"seed": arguments.seed, "rows": rows}, lines, path=arguments.json)


def _line(design: str, rows: list[dict[str, Any]]) -> dict[str, str]:
    covered = [row["coverage"] for row in rows]
    value = " to ".join(dict.fromkeys(f"{bound:.3f}" for bound in (min(covered), max(covered))))
    what = f"Agreement, {design}: how often 95 % intervals hold the truth, over {len(rows)} statistics"
    return figure(what, value, "" if design.endswith(NAIVE) else GOAL)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _independent(rng: np.random.Generator, n: int = 30) -> Iterator[Case]:
    """Pictures of n patients, one each."""
    subjects = rng.normal(MEAN, SUBJECT_SD, (n, 1))
    readers = rng.normal(0, READER_SD, 3)
    drawn = subjects + readers + rng.normal(0, ERROR_SD, (n, 3))
    design = f"{n} pictures, 3 readers of many"
    total = SUBJECT_SD**2 + READER_SD**2 + ERROR_SD**2
    icc = intraclass_correlations(drawn)[1]
    yield Case(design, "ICC(2,1)", icc.low, icc.high, SUBJECT_SD**2 / total)
    agreement = between_raters(drawn).sem_agreement
    yield Case(design, "SEM with bias", agreement.low, agreement.high, float(np.hypot(READER_SD, ERROR_SD)))
    fixed = subjects + np.array([BIAS, 0]) + rng.normal(0, ERROR_SD, (n, 2))
    yield from _pairs(fixed, f"{n} pictures, 2 readers", SUBJECT_SD**2, ERROR_SD**2, None)


def _repeats(rng: np.random.Generator, n: int = 30) -> Iterator[Case]:
    """Pictures that are read twice by one reader; a tenth has no second reading."""
    values = rng.normal(MEAN, SUBJECT_SD, (n, 1)) + rng.normal(0, ERROR_SD, (n, 2))
    values[: n // 10, 1] = np.nan
    found = within_rater(values)
    design = f"{n} pictures, repeats"
    yield Case(design, "SEM", found.sem.low, found.sem.high, ERROR_SD)
    yield Case(design, "MDC", found.mdc.low, found.mdc.high, CHANGE * ERROR_SD)
    # Readings whose error is a share of the figure: the coefficient of variation is a constant.
    share = ERROR_SD / MEAN
    cv = within_rater(rng.normal(MEAN, SUBJECT_SD, (n, 1)) * (1 + share * rng.standard_normal((n, 2)))).cv
    yield Case(design, "CV", cv.low, cv.high, share)


def _clustered(rng: np.random.Generator, n_patients: int = 20, n_pictures: int = 4) -> Iterator[Case]:
    """Pictures of patients; a reader errs in one way on all pictures of a patient, and anew on each picture."""
    clusters = np.repeat(np.arange(n_patients), n_pictures)
    n = len(clusters)
    subjects = MEAN + rng.normal(0, PATIENT_SD, n_patients)[clusters] + rng.normal(0, PICTURE_SD, n)
    on_patient = rng.normal(0, DISAGREEMENT_SD, (n_patients, 2))[clusters]
    values = subjects[:, np.newaxis] + np.array([BIAS, 0]) + on_patient + rng.normal(0, ERROR_SD, (n, 2))
    between, error = PATIENT_SD**2 + PICTURE_SD**2, DISAGREEMENT_SD**2 + ERROR_SD**2
    design = f"{n_patients} patients, {n_pictures} pictures each"
    yield from _pairs(values, design, between, error, clusters)
    yield from _pairs(values, f"{design}, {NAIVE}", between, error, None)


def _pairs(
    values: NDArray[np.float64], design: str, between: float, error: float, clusters: NDArray[np.int64] | None
) -> Iterator[Case]:
    """All intervals of two fixed readers; variances between subjects and of one reading are the truth."""
    limits = limits_of_agreement(values[:, 0] - values[:, 1], clusters=clusters)
    reach = 1.96 * np.sqrt(2 * error)
    yield Case(design, "bias", limits.bias.low, limits.bias.high, BIAS)
    yield Case(design, "lower limit of agreement", limits.lower.low, limits.lower.high, BIAS - reach)
    yield Case(design, "upper limit of agreement", limits.upper.low, limits.upper.high, BIAS + reach)
    slope = bland_altman(values, clusters=clusters).proportional_bias.slope
    yield Case(design, "slope of the bias", slope.low, slope.high, 0.0)
    icc = intraclass_correlations(values, clusters=clusters)[2]
    yield Case(design, "ICC(3,1)", icc.low, icc.high, between / (between + error))
    lin = concordance(values, clusters=clusters)
    yield Case(design, "Lin's concordance", lin.low, lin.high, 2 * between / (2 * (between + error) + BIAS**2))
    found = between_raters(values, clusters=clusters)
    yield Case(design, "SEM", found.sem.low, found.sem.high, float(np.sqrt(error)))
    yield Case(design, "MDC", found.mdc.low, found.mdc.high, float(CHANGE * np.sqrt(error)))


def _classes(rng: np.random.Generator, n: int = 60) -> Iterator[Case]:
    """Grades of four classes: each reader reports the true one or, now and then, a neighbor."""
    true_shares = np.array([0.2, 0.35, 0.3, 0.15])
    report = np.array([[0.85, 0.15, 0, 0], [0.1, 0.8, 0.1, 0], [0, 0.1, 0.8, 0.1], [0, 0, 0.15, 0.85]])
    shares = report.T @ (true_shares[:, np.newaxis] * report)
    table = rng.multinomial(n, shares.ravel()).reshape(4, 4).astype(np.float64)
    for weights in ("none", "linear", "quadratic"):
        found = kappa(table, weights=weights)
        yield Case(
            f"{n} pictures, 4 grades", f"kappa, {weights}", found.low, found.high, kappa(shares, weights=weights).value
        )


if __name__ == "__main__":
    main()
