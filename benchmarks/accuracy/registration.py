"""Whether the same skin is found again, and other skin is not taken for it.

    python benchmarks/accuracy/registration.py [--pairs 100] [--roots 300] [--unrelated 1000] [--methods ridges network]
        [--real FOLDER] [--captures 30] [--json FILE]

Rendered pairs: ``clipped`` (up to 25 % lost and new, 60 % overlap or more, any rotation, zoom of 10 %, stretched skin)
and ``hard`` (40 % turnover at 50 % overlap), from true roots and from pictures; unrelated pairs of the same head and of
other heads. An acceptance is right when the alignment's median error on the shared skin is 40 um or less; errors are
also given in the deviations that the registration states. With a folder of real captures: some of them against a
turned, cropped, relit and compressed copy of themselves, and every two of those as unrelated ones. The table goes to
stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import add_method_options, ready_methods
from benchmarks.accuracy.registration_real import every_two, read_folder
from benchmarks.accuracy.registration_scenes import (
    RIGHT_UM,
    TRUE_ROOTS,
    Outcome,
    registered_pictures,
    registered_roots,
)
from benchmarks.reporting import figure, write_report

SEED = 20261
TARGETS = {
    "clipped": ">= 98 % right, 0 wrong",
    "hard": "0 wrong",
    "unrelated_same_head": "0 wrong of 1,000",
    "unrelated": "0 wrong of 1,000",
}
PICTURES = {"clipped": 1.0, "hard": 0.25, "unrelated_same_head": 0.1, "unrelated": 0.1}
"""Rendered pairs of a set for each of ``--pairs``: a picture takes as long as ten constellations."""
TITLES = {
    "clipped": "Clipped scalp at two visits found to be the same skin (60 % overlap or more, up to 25 % lost or new)",
    "hard": "The same with 50 % overlap and 40 % turnover: right, or refused",
    "unrelated_same_head": "Other skin of the same head taken for the same",
    "unrelated": "Another head taken for the same",
}

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    outcomes: list[Outcome] = []
    for name in TARGETS:
        many = arguments.unrelated if name.startswith("unrelated") else arguments.roots
        outcomes += registered_roots(name, SEED, range(many))
        few = round(PICTURES[name] * arguments.pairs)
        outcomes += registered_pictures(name, SEED, range(few), methods)
    rows = [summary([one for one in outcomes if (one.name, one.method) == key]) for key in _keys(outcomes)]
    results: dict[str, Any] = {"sets": rows, "wrong": [one._asdict() for one in outcomes if one.is_wrong]}
    lines = figures(rows)
    if arguments.real is not None:
        seen = read_folder(arguments.real, methods, arguments.um_per_px, most=arguments.captures)
        pairs = every_two(seen)
        results["real copies"] = [one.copy for one in seen]
        results["real captures accepted"] = [pair for pair in pairs if pair["accepted"]]
        lines += [line for method in methods for line in real_figures(results["real copies"], pairs, method)]
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3f"), file=sys.stderr)
    write_report("registration of two visits", results, lines, path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pairs", type=int, default=100, help="rendered clipped pairs; fewer of the other sets")
    parser.add_argument("--roots", type=int, default=300, help="pairs of true roots of each set")
    parser.add_argument("--unrelated", type=int, default=1000, help="the same of each of both unrelated sets")
    parser.add_argument("--real", type=Path, help="a folder of real captures")
    parser.add_argument("--captures", type=int, default=30, help="so many of them, spread over their names")
    parser.add_argument("--um-per-px", type=float, default=5.571, help="of the real captures")
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _keys(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.name, one.method) for one in outcomes))


def summary(outcomes: Sequence[Outcome]) -> Row:
    """One line: shares of right and wrong acceptances, and how exact the right ones are."""
    right = [one for one in outcomes if one.is_right]
    false_alarms = np.array([one.log10_false_alarms for one in outcomes])

    def median(values: list[float]) -> float | None:
        return float(np.median(values)) if values else None

    return {
        "set": outcomes[0].name,
        "method": outcomes[0].method,
        "pairs": len(outcomes),
        "right": len(right) / len(outcomes),
        "wrong": sum(one.is_wrong for one in outcomes),
        "residual_um": median([one.residual_um for one in right]),
        "placement_sd_um": median([one.placement_sd_um for one in right]),
        "rms_error_in_sds": float(np.sqrt(np.mean([one.error_in_sds**2 for one in right]))) if right else None,
        "error_um": median([one.error_um for one in right]),
        "error_p95_um": median([one.error_p95_um for one in right]),
        "best_log10_false_alarms": float(false_alarms.min()),
        "median_log10_false_alarms": float(np.median(false_alarms)),
    }


def figures(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    return [
        figure(
            TITLES[row["set"]] + (", by true roots" if row["method"] == TRUE_ROOTS else ""),
            _value(row),
            TARGETS[row["set"]],
            **({} if row["method"] == TRUE_ROOTS else {"method": row["method"]}),
        )
        for row in rows
    ]


def real_figures(copies: Sequence[Row], pairs: Sequence[Row], method: str) -> list[dict[str, str]]:
    """The lines of real captures."""
    own = [copy for copy in copies if copy["method"] == method]
    right = sum(copy["accepted"] and copy["error_um"] <= RIGHT_UM for copy in own)
    wrong = sum(copy["accepted"] and copy["error_um"] > RIGHT_UM for copy in own)
    others = [pair for pair in pairs if pair["method"] == method]
    accepted = sum(pair["accepted"] for pair in others)
    return [
        figure(
            "Real captures found again in a turned, cropped, relit and compressed copy",
            f"{right} of {len(own)} right, {wrong} wrong",
            "all",
            method=method,
        ),
        figure(
            "Two different real captures taken for the same skin",
            f"{accepted} of {len(others)}",
            "only what shows the same skin",
            method=method,
        ),
    ]


def _value(row: Row) -> str:
    if row["set"].startswith("unrelated"):
        return f"{row['wrong']} of {row['pairs']}"
    return f"{row['right']:.1%} right, {row['wrong']} wrong of {row['pairs']}"


if __name__ == "__main__":
    main()
