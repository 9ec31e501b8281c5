"""How many hairs get their true fate, on rendered clipped pairs: lost, new and re-clipped hairs, other light and lens.

    python benchmarks/accuracy/matching.py [--pairs 60] [--methods network ridges] [--json FILE]

A true hair whose root lies on the common area is right when every row that found it says what became of it; a hair
that no visit found is wrong. Each pair is matched from its pictures by each method, and once from its true hairs.
Beside the fates: how often a pair is one hair, what the stated probabilities are worth, fates of follicular units, and
the error of the density's change, matched and unmatched. The table goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.matching_scenes import TRUE_HAIRS, PairFates, measure_pairs
from benchmarks.accuracy.methods import add_method_options, ready_methods
from benchmarks.reporting import figure, write_report

SEED = 6203
SET = "clipped"
STEPS = (0.0, 0.5, 0.8, 0.95, 0.99, 1.0)

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    cases = measure_pairs(arguments.set, arguments.seed, arguments.pairs, methods)
    rows = [row_of([case for case in cases if case.method == name], name) for name in (TRUE_HAIRS, *methods)]
    shown = [{key: value for key, value in row.items() if not isinstance(value, dict)} for row in rows]
    print(pd.DataFrame(shown).T.to_string(header=False), file=sys.stderr)
    for row in rows:
        print(f"\n{row['method']}: true fate, what was said, hairs", file=sys.stderr)
        print("\n".join(f"  {key:20s} {n}" for key, n in row["fates"].items()), file=sys.stderr)
    results = {"set": arguments.set, "seed": arguments.seed, "by method": rows}
    write_report("matching", results, [line for row in rows for line in _figures(row)], path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--set", default=SET, help="a set of visit_pairs.py")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def row_of(cases: Sequence[PairFates], method: str) -> Row:
    """Tallies over the pairs of one method; refused pairs are left out and counted."""
    done = [case for case in cases if not case.reason]
    tally: Counter[tuple[str, str]] = Counter()
    for case in done:
        tally.update(case.tally)
    n_hairs = tally.total()
    right = sum(n for (true, said), n in tally.items() if true == said)
    unseen = sum(n for (_, said), n in tally.items() if said == "nothing")
    true, *others = (
        np.array([getattr(case, f"{kind}_change") for case in done])
        for kind in ("true", "counted", "expected", "unmatched")
    )
    errors = dict(zip(("counted", "expected", "unmatched"), others, strict=True))
    row: Row = {"method": method, "pairs": len(cases), "refused": len(cases) - len(done), "true hairs": n_hairs}
    row |= {"fate right": right / max(n_hairs, 1), "fate right, found hairs": right / max(n_hairs - unseen, 1)}
    row |= {f"{fate} right": _share(tally, fate) for fate in ("kept", "lost", "new")}
    row["partner right"] = _ratio(sum(c.partner_right for c in done), sum(c.partner_known for c in done))
    for name, change in errors.items():
        off = np.abs(change - true)
        row[f"change {name}: median error"] = float(np.nanmedian(off)) if len(off) else float("nan")
        row[f"change {name}: bias"] = float(np.nanmean(change - true)) if len(off) else float("nan")
    row |= _units(done)
    row["fates"] = {f"{true:5s} {said}": n for (true, said), n in sorted(tally.items())}
    row["right by stated probability"] = _calibration(done)
    return row


def _share(tally: Counter[tuple[str, str]], fate: str) -> float:
    return _ratio(tally[fate, fate], sum(n for (true, _), n in tally.items() if true == fate))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _units(cases: Sequence[PairFates]) -> Row:
    """Recall and precision of each fate of units."""
    row: Row = {}
    for fate in ("kept", "emptied", "re-activated"):
        wanted, got, hits = (sum(case.units[fate][k] for case in cases) for k in range(3))
        row |= {f"units {fate}: found": _ratio(hits, wanted), f"units {fate}: right": _ratio(hits, got)}
    return row


def _calibration(cases: Sequence[PairFates]) -> dict[str, tuple[float, float, int]]:
    """By step of the stated probability: its mean, the share that is right, and how many."""
    stated = np.array([pair for case in cases for pair in case.stated], dtype=np.float64).reshape(-1, 2)
    found = {}
    for low, high in pairwise(STEPS):
        inside = stated[(stated[:, 0] > low) & (stated[:, 0] <= high)]
        if len(inside):
            found[f"{low:g}-{high:g}"] = float(inside[:, 0].mean()), float(inside[:, 1].mean()), len(inside)
    return found


def _figures(row: Row) -> list[dict[str, str]]:
    """The lines of the README's table."""
    method = row["method"]
    if method == TRUE_HAIRS:
        return [
            figure("Fate of a hair right, rendered clipped pairs, true roots", f"{row['fate right']:.1%}", ">= 95 %")
        ]
    return [
        figure(
            "Fate of a hair right, rendered clipped pairs, from pictures",
            f"{row['fate right']:.1%} of all true hairs, {row['fate right, found hairs']:.1%} of those found",
            ">= 90 %",
            method=method,
        ),
        figure(
            "Change of density, median error, rendered clipped pairs",
            f"{row['change expected: median error']:.1%} of density; unmatched "
            f"{row['change unmatched: median error']:.1%}",
            "<= 1.5 %; unmatched 8-11 %",
            method=method,
        ),
    ]


if __name__ == "__main__":
    main()
