"""Whether changes between two visits are found, and nothing where nothing changed, on rendered visit pairs.

    python benchmarks/accuracy/change.py [--pairs 300] [--methods network ridges] [--json FILE]

Of 300 pairs 90 are clipped with up to a quarter lost and new, 40 of any clipped head under a microscope, 20 of any
head and device, and 50 each of 1 cm2 without change, a tenth denser and 5 % thicker; none of those that the intervals
were fitted on (``paired_validation.py``). The truth is that of the true hairs on the skin that both pictures show.
For each set: how many pairs were registered, how far the change of density and diameter is off, matched hair to hair
and unmatched, and the verdicts; for each figure how often its interval holds the true change. Tables go to stderr,
the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.change_scenes import FIGURES, PairCase, measure_pairs
from benchmarks.accuracy.methods import add_method_options, ready_methods
from benchmarks.reporting import figure, write_report
from hairdensity.comparison.differences import ChangeVerdict

SEED = 9301
SHARES = {"clipped": 90, "microscope": 40, "mixed": 20, "no_change": 50, "denser": 50, "thicker": 50}
"""Of 300 pairs."""

DENSITY, DIAMETER = "density_per_cm2", "median_diameter_um"
VERDICTS = {
    "no_change": ChangeVerdict.WITHIN_NOISE,
    "denser": ChangeVerdict.INCREASE,
    "thicker": ChangeVerdict.INCREASE,
}
"""What each set's verdict should be."""

TITLES = {
    "clipped": "clipped, 0.26 cm2, up to a quarter lost and new",
    "microscope": "any clipped head, 0.27 cm2",
    "mixed": "any head and device",
    "no_change": "no change, 0.9 cm2",
    "denser": "a tenth denser, 0.9 cm2",
    "thicker": "5 % thicker, 0.9 cm2",
}
"""Of the sets, with the skin that their pictures share, for people."""

JUDGED = {"no_change": (DENSITY, DIAMETER), "denser": (DENSITY,), "thicker": (DIAMETER,)}
"""On which figures."""

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    results: dict[str, list[Row]] = {"sets": [], "verdicts": [], "coverage": [], "coverage by set": []}
    for method, settings in methods.items():
        cases = measure_pairs(_wanted(arguments.pairs), settings, seed=SEED)
        for name in SHARES:
            results["sets"].append(set_row([case for case in cases if case.name == name], name, method=method))
        results["verdicts"] += verdict_rows(cases, method=method)
        results["coverage"] += [coverage_row(cases, name, method=method) for name in FIGURES]
        results["coverage by set"] += [
            coverage_row([case for case in cases if case.name == part], name, method=method, part=part)
            for name in (DENSITY, DIAMETER)
            for part in SHARES
        ]
    for name, rows in results.items():
        print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.4f')}", file=sys.stderr)
    write_report("baseline versus follow-up on rendered pairs", results, figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _wanted(n_pairs: int) -> list[tuple[str, int]]:
    total = sum(SHARES.values())
    return [(name, number) for name, share in SHARES.items() for number in range(round(n_pairs * share / total))]


def set_row(cases: Sequence[PairCase], name: str, *, method: str) -> Row:
    """How far changes are off, as a share of the true figure at baseline: medians of the absolute error."""
    known = [case for case in cases if case.true]
    return {
        "set": name,
        "method": method,
        "pairs": len(cases),
        "registered": len(known),
        "area_cm2": _median([case.area_cm2 for case in known]),
        "density_error": _median([_error(case, DENSITY) for case in known]),
        "density_error_unmatched": _median([_error(case, DENSITY, matched=False) for case in known]),
        "density_reach": _median([case.found[DENSITY].detectable / case.true_baseline[DENSITY] for case in known]),
        "density_reach_unmatched": _median(
            [case.unmatched[DENSITY].detectable / case.true_baseline[DENSITY] for case in known]
        ),
        "diameter_error": _median([_error(case, DIAMETER) for case in known]),
        "diameter_error_unmatched": _median([_error(case, DIAMETER, matched=False) for case in known]),
    }


def _error(case: PairCase, name: str, *, matched: bool = True) -> float:
    """Absolute error of the relative change."""
    true = case.true[name] / case.true_baseline[name] if case.true_baseline[name] > 0 else np.nan
    if matched:
        level = case.true_baseline[name]
        return abs(case.found[name].value - case.true[name]) / level if level > 0 else np.nan
    return abs(case.unmatched[name].relative - true)


def _median(values: Sequence[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else None


def verdict_rows(cases: Sequence[PairCase], *, method: str) -> list[Row]:
    """How often each set's verdict is right, of the pairs that were registered."""
    rows = []
    for name, verdict in VERDICTS.items():
        for judged in JUDGED[name]:
            known = [case for case in cases if case.name == name and case.true]
            verdicts = [case.found[judged].verdict for case in known]
            unmatched = [case.unmatched[judged].verdict for case in known]
            rows.append(
                {
                    "set": name,
                    "method": method,
                    "figure": judged,
                    "asked": str(verdict),
                    "pairs": len(known),
                    "right": float(np.mean([found is verdict for found in verdicts])) if known else None,
                    "right_unmatched": float(np.mean([found is verdict for found in unmatched])) if known else None,
                }
            )
    return rows


def coverage_row(cases: Sequence[PairCase], name: str, **key: str) -> Row:
    """How often the interval of a figure's difference holds the true change, its width, and what truly changed."""
    stated = [(case.found[name], case.true[name]) for case in cases if case.true and name in case.found]
    known = [(found, true) for found, true in stated if np.isfinite([found.low, found.high, true]).all()]
    inside = [found.low - 1e-9 <= true <= found.high + 1e-9 for found, true in known]
    return {
        "figure": name,
        **key,
        "pairs": len(known),
        "holds": float(np.mean(inside)) if known else None,
        "truth_below": float(np.mean([true < found.low - 1e-9 for found, true in known])) if known else None,
        "truth_above": float(np.mean([true > found.high + 1e-9 for found, true in known])) if known else None,
        "half_width": _median([found.detectable for found, _ in known]),
        "true_change": _median([abs(true) for _, true in known]),
    }


def figures(results: dict[str, list[Row]]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    lines = []
    for row in results["sets"]:
        if row["density_error"] is not None:
            what = f"Change of density between visits, {TITLES[row['set']]}: median error, share of density"
            value = f"{row['density_error']:.1%}; unmatched {row['density_error_unmatched']:.1%}"
            lines.append(figure(what, value, "1.5 %; unmatched 8-11 %", method=row["method"]))
    titles = {
        ("no_change", DENSITY): ("No change at 1 cm2: density within noise", "95 %"),
        ("no_change", DIAMETER): ("No change at 1 cm2: median diameter within noise", "95 %"),
        ("denser", DENSITY): ("A tenth more hairs at 1 cm2: called an increase", "90 %"),
        ("thicker", DIAMETER): ("5 % thicker at 1 cm2: called an increase", "90 %"),
    }
    for row in results["verdicts"]:
        what, target = titles[row["set"], row["figure"]]
        if row["right"] is not None:
            lines.append(figure(what, f"{row['right']:.0%} of {row['pairs']}", target, method=row["method"]))
    for row in results["coverage"]:
        if row["figure"] in (DENSITY, DIAMETER) and row["holds"] is not None:
            what = f"95 % interval of the change of {row['figure']} holds it"
            lines.append(figure(what, f"{row['holds']:.1%} of {row['pairs']}", "93-98 % of 300", method=row["method"]))
    return lines


if __name__ == "__main__":
    main()
