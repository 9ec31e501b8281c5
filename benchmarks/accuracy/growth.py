"""How well growth rate and anagen share are measured, on rendered phototrichograms with known rates.

    python benchmarks/accuracy/growth.py [--pairs 60] [--methods network ridges] [--json FILE]

Each pair is measured from its pictures by each method, and once from its true hairs, which shows what registration,
matching and geometry alone cost. Beside the package's figures stand those of the usual rule, one threshold for the
length difference of each matched hair. The table goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.growth_scenes import TRUE_HAIRS, Case, measure_cases
from benchmarks.accuracy.methods import add_method_options, ready_methods
from benchmarks.reporting import figure, write_report

SEED = 7301
SET = "phototrichogram"
RATE_GOAL, SHARE_GOAL = 0.02, 0.05

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    cases = measure_cases(SET, arguments.seed, arguments.pairs, methods)
    rows = [_row([case for case in cases if case.method == method], method) for method in (TRUE_HAIRS, *methods)]
    print(pd.DataFrame(rows).T.to_string(header=False), file=sys.stderr)
    results = {"set": SET, "seed": arguments.seed, "by method": rows, "refused": _refused(cases)}
    write_report("growth", results, [line for row in rows for line in _figures(row)], path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _row(cases: Sequence[Case], method: str) -> Row:
    """Errors over the pairs of one method."""
    done = [case for case in cases if not case.refused]
    share, naive, rate, mean, naive_rate = (
        np.array([value(case) for case in done])
        for value in (
            lambda case: case.share.value - case.true_share,
            lambda case: case.naive_share - case.true_share,
            lambda case: case.median.value - case.true_median,
            lambda case: case.mean.value - case.true_mean,
            lambda case: case.naive_rate - case.true_median,
        )
    )
    phases = sum((Counter({"/".join(pair): n for pair, n in case.phases.items()}) for case in done), Counter())
    return {
        "method": method,
        "pairs": len(cases),
        "measured": len(done),
        "hairs": int(np.median([case.n_true for case in done])),
        "true_share": float(np.mean([case.true_share for case in done])),
        **_errors("median_rate", rate, RATE_GOAL),
        **_errors("mean_rate", mean, RATE_GOAL),
        **_errors("naive_rate", naive_rate, RATE_GOAL),
        **_errors("share", share, SHARE_GOAL),
        **_errors("naive_share", naive, SHARE_GOAL),
        "share_interval_holds": _holds(done, "share", "true_share"),
        "rate_interval_holds": _holds(done, "median", "true_median"),
        "telogen_over_20": float(np.mean([case.share.value < 0.8 for case in done])),
        "true_telogen_over_20": float(np.mean([case.true_share < 0.8 for case in done])),
        "naive_telogen_over_20": float(np.mean([case.naive_share < 0.8 for case in done])),
        "phases": dict(sorted(phases.items())),
    }


def _errors(name: str, error: np.ndarray[Any, Any], goal: float) -> Row:
    size = np.abs(error)
    return {
        f"{name}_error_median": float(np.median(size)),
        f"{name}_error_p95": float(np.quantile(size, 0.95)),
        f"{name}_bias": float(error.mean()),
        f"{name}_within_{goal:g}": float((size <= goal).mean()),
    }


def _holds(cases: Sequence[Case], name: str, true: str) -> float:
    return float(
        np.mean([getattr(case, name).low <= getattr(case, true) <= getattr(case, name).high for case in cases])
    )


def _refused(cases: Sequence[Case]) -> list[Row]:
    return [{"pair": case.number, "method": case.method, "reason": case.refused} for case in cases if case.refused]


def _figures(row: Row) -> list[dict[str, str]]:
    """The lines of the README's table."""
    wrong = sum(n for pair, n in row["phases"].items() if pair in ("anagen/telogen", "telogen/anagen"))
    decided = sum(n for pair, n in row["phases"].items() if not pair.endswith("undecided"))
    lines = {
        "Growth rate, error over phototrichograms (median; 95 of 100)": (
            f"{row['median_rate_error_median']:.3f}; {row['median_rate_error_p95']:.3f} mm/day",
            "0.02",
        ),
        "Anagen share, error in points (median; 95 of 100)": (
            f"{100 * row['share_error_median']:.1f}; {100 * row['share_error_p95']:.1f}",
            "5",
        ),
        "Anagen share, error in points, by one threshold for each hair instead": (
            f"{100 * row['naive_share_error_median']:.1f}; {100 * row['naive_share_error_p95']:.1f}",
            "",
        ),
        "Hairs given the wrong phase, of those decided": (f"{wrong / max(decided, 1):.1%} of {decided}", ""),
    }
    return [figure(what, value, target, method=row["method"]) for what, (value, target) in lines.items()]


if __name__ == "__main__":
    main()
