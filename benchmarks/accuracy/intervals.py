"""Whether the 95 % intervals of the figures hold the truth, on rendered pictures of all modes.

    python benchmarks/accuracy/intervals.py [--pictures 300] [--methods ridges network] [--json FILE]

The pictures are none of those that the intervals were fitted on (``validation.py``). The truth is that of the same
picture on the skin that the method could read. For each figure: how often the picture's interval holds it, and how wide
it is; for density and median diameter also by mode and verdict. The table goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.interval_scenes import FIGURES, Case, measure_cases, of_method
from benchmarks.accuracy.methods import add_method_options, ready_methods
from benchmarks.reporting import figure, write_report

SEED = 9001
MAIN = ("density_per_cm2", "median_diameter_um")

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    cases = measure_cases(SEED, arguments.pictures, methods)
    results = {
        "figures": [
            coverage_row(of_method(cases, method), name, method=method) for method in methods for name in FIGURES
        ],
        "by mode": _split(cases, methods, lambda case: case.mode),
        "by verdict": _split(cases, methods, lambda case: case.verdict),
    }
    for name, rows in results.items():
        print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.3f')}", file=sys.stderr)
    write_report("intervals on rendered scalp", results, figures(results["figures"]), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _split(cases: Sequence[Case], methods: Sequence[str], kind: Callable[[Case], str]) -> list[Row]:
    return [
        coverage_row([case for case in of_method(cases, method) if kind(case) == part], name, method=method, part=part)
        for method in methods
        for name in MAIN
        for part in sorted({kind(case) for case in cases})
    ]


def coverage_row(cases: Sequence[Case], name: str, **key: str) -> Row:
    """How often a figure's interval holds the truth, how often it lies below and above, and how wide it is."""
    stated = [(case.found[name], case.true[name]) for case in cases]
    known = [(found, true) for found, true in stated if np.isfinite([found.low, found.high, true]).all()]
    ends = np.array([(found.low, found.high, true) for found, true in known]).reshape(-1, 3)
    low, high, true = ends.T
    value = np.array([found.value for found, _ in known])
    # The truth may be an end of the interval: only what rounding separates is forgiven.
    slack = 1e-9 * np.maximum(np.abs(true), 1.0)
    half = (high - low) / 2 / np.where(value > 0, value, np.nan)
    return {
        "figure": name,
        **key,
        "pictures": len(known),
        "holds": float(((true >= low - slack) & (true <= high + slack)).mean()) if known else None,
        "truth_below": float((true < low - slack).mean()) if known else None,
        "truth_above": float((true > high + slack).mean()) if known else None,
        "half_width": float(np.nanmedian(half)) if np.isfinite(half).any() else None,
    }


def figures(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    titles = {"density_per_cm2": "hair density", "median_diameter_um": "median diameter"}
    return [
        figure(
            f"95 % interval of {titles[row['figure']]} holds the truth, rendered pictures of all modes",
            f"{row['holds']:.1%} of {row['pictures']}, median +-{row['half_width']:.0%}",
            "93-98 % of 300",
            method=row["method"],
        )
        for row in rows
        if row["figure"] in titles
    ]


if __name__ == "__main__":
    main()
