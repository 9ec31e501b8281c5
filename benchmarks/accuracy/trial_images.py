"""Whether a rendered trial, from pictures to outcomes, finds its true effect within the intervals.

    python benchmarks/accuracy/trial_images.py [--folder DIR] [--per-arm 12] [--method network] [--json FILE]

Scalps are rendered at two visits, with another true gain in each arm; then `hairdensity study run` and `hairdensity
study outcomes` read the folder as they would a real one. The true effect is the difference of the arms in the true
change on the skin that both visits show. Pictures and results that are in the folder already are kept. Progress goes to
stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import METHODS, PROCESSES
from benchmarks.accuracy.trial_scenes import MANIFEST, VISITS, RenderedTrial, write_trial
from benchmarks.reporting import figure, write_report

FIGURE = "density_per_cm2"
WEEK = VISITS[-1][1]
PLAN = f"""primary_figure = "{FIGURE}"
primary_week = {WEEK}
site = "vertex"
reference_arm = "control"
secondary_figures = []
"""

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    if arguments.folder is not None:
        _measure(arguments.folder, arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), arguments)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="keep pictures and results here; a temporary folder by default")
    parser.add_argument("--per-arm", type=int, default=RenderedTrial().per_arm)
    parser.add_argument("--seed", type=int, default=RenderedTrial().seed)
    parser.add_argument("--method", choices=METHODS, default="network")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _measure(folder: Path, arguments: argparse.Namespace) -> None:
    trial = RenderedTrial(per_arm=arguments.per_arm, seed=arguments.seed)
    # Another seed makes other pictures of the same names.
    own = folder / f"trial-{trial.seed}"
    pictures, results, plan = own / "pictures", own / f"results-{arguments.method}", own / "plan.toml"
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    truth = write_trial(pictures, trial, processes=arguments.processes)
    seconds["rendering"] = time.perf_counter() - start
    plan.write_text(PLAN)
    run = ["run", str(pictures / MANIFEST), "--out", str(results), "--method", arguments.method]
    seconds["run"] = _command([*run, "--workers", str(arguments.processes)])
    seconds["outcomes"] = _command(["outcomes", str(results), "--plan", str(plan)])
    document = json.loads((results / "outcomes.json").read_text())
    true = _true_effects(truth, trial)
    rows = [{**row, **_holds(row, true)} for row in _found(document)]
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.2f"), file=sys.stderr)
    errors = _errors(truth, pd.read_csv(results / "changes.csv"))
    report = {"trial": {"per_arm": trial.per_arm, "seed": trial.seed}, "method": arguments.method, "true": true}
    write_report(
        "trial_images",
        {**report, "found": rows, "by patient": errors, "seconds": seconds},
        _figures(rows, true, errors),
        path=arguments.json,
    )


def _command(words: list[str]) -> float:
    """Seconds that a command of ``hairdensity study`` took."""
    start = time.perf_counter()
    subprocess.run([str(Path(sys.executable).with_name("hairdensity")), "study", *words], check=True, stdout=sys.stderr)
    return time.perf_counter() - start


def _true_effects(truth: pd.DataFrame, trial: RenderedTrial) -> dict[str, float]:
    """Of these patients, and of all whom the arms could have had."""
    (_, reference), (_, gain) = trial.gains
    mean = truth.groupby("arm")["true_change_per_cm2"].mean()
    return {
        "patients": float(mean[trial.gains[1][0]] - mean[trial.gains[0][0]]),
        "population": (gain - reference) * trial.density_per_cm2,
    }


def _found(document: dict[str, Any]) -> list[Row]:
    """The difference between the arms, by unmatched and by matched analysis."""
    return [
        {
            "analysis": row.get("analysis_set") or "hair-to-hair change, registered pairs",
            "n": row["n"],
            "difference": row["difference"],
            "low": row[f"{before}low"],
            "high": row[f"{before}high"],
            "half_width": (row[f"{before}high"] - row[f"{before}low"]) / 2.0,
        }
        for analysis, before in (("ancova", ""), ("matched", "difference_"))
        for row in document[analysis]
        if row["figure"] == FIGURE and row["week"] == WEEK and row["difference"] is not None
    ]


def _holds(row: Row, true: dict[str, float]) -> Row:
    return {f"holds_{of}": row["low"] <= value <= row["high"] for of, value in true.items()}


def _errors(truth: pd.DataFrame, changes: pd.DataFrame) -> Row:
    """Of each patient's change, matched and unmatched, against the true one."""
    density = changes[changes["figure"] == FIGURE].set_index("patient")
    true = truth.set_index("patient")["true_change_per_cm2"].reindex(density.index)
    registered = density["registered"].astype(bool)
    matched, unmatched = density["value"] - true, density["unmatched_value"] - true
    inside = (density["low"] <= true) & (true <= density["high"])
    return {
        "patients": len(truth),
        "registered": int(registered.sum()),
        "matched_rms": float(np.sqrt((matched[registered] ** 2).mean())),
        "unmatched_rms": float(np.sqrt((unmatched**2).mean())),
        "own_interval_holds": float(inside[registered].mean()),
    }


def _figures(rows: list[Row], true: dict[str, float], errors: Row) -> list[dict[str, str]]:
    lines = [
        figure(
            f"Rendered trial, {errors['patients']} patients, pictures to outcomes; true effect "
            f"{true['patients']:+.1f} /cm2: {row['analysis']}",
            f"{row['difference']:+.1f} ({row['low']:+.1f} to {row['high']:+.1f})",
            "the truth inside" if row["holds_patients"] else "the truth inside: FAILED",
        )
        for row in rows
    ]
    lines.append(
        figure(
            "Rendered trial: error of a patient's change, hair to hair (unmatched), rms",
            f"{errors['matched_rms']:.1f} ({errors['unmatched_rms']:.1f}) /cm2",
        )
    )
    return lines


if __name__ == "__main__":
    main()
