"""Whether the outcome tables hold what they promise, on simulated trials whose true effects are known.

    python benchmarks/accuracy/trial_tables.py [--trials 200] [--fate-trials 60] [--json FILE]

Tables of trials are simulated, analyzed as `hairdensity study outcomes` does, and compared with the truth: how often
the 95 % interval of the difference between two arms holds it (ANCOVA, mixed model, matched change), bias, power, and
errors of the first kind with and without Holm; and, in fewer trials with hairs, how often the intervals of new hairs
and re-activated units hold the true means of the arms. No picture is made. The tables go to stderr, the report to
stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES
from benchmarks.reporting import figure, write_report
from hairdensity.study.outcomes import analyze_outcomes
from hairdensity.study.outcomes.sample_size import power_of
from hairdensity.study.plan import Plan
from hairdensity.study.simulation import ArmSettings, TrialSettings, simulate_trial

SEED = 6100
FIGURE = "density_per_cm2"
ANALYSES = {"ancova": "ANCOVA", "mixed": "mixed model", "matched": "hair to hair"}
COVERAGE_GOAL = 0.93
ALPHA = 0.05

CONTROL = ArmSettings(name="control", effect_per_cm2=10.0)
ACTIVE = ArmSettings(name="active", effect_per_cm2=24.0, diameter_effect_um=2.0, redness=1.0)
SAME = replace(CONTROL, name="second")

PLAIN = TrialSettings(arms=(CONTROL, ACTIVE))
LOSSES = {"centers": 4, "dropout": 0.07, "dropout_by_change": 0.3, "unreadable": 0.03, "refused": 0.1}
SCENARIOS: dict[str, TrialSettings] = {
    "two arms": PLAIN,
    "two arms, 4 centers, losses": replace(PLAIN, **LOSSES),
    "three arms, two replicates": replace(PLAIN, arms=(CONTROL, SAME, ACTIVE), replicates=2),
    "three arms, no effect, losses": replace(PLAIN, arms=(CONTROL, SAME, replace(CONTROL, name="third")), **LOSSES),
}

FATES = {"new": "new hairs", "reactivated": "re-activated units"}
WITH_HAIRS = replace(
    PLAIN,
    arms=(CONTROL, replace(ACTIVE, reactivated_per_cm2=4.0)),
    weeks=(0.0, 24.0),
    refused=0.1,
    with_hairs=True,
)

Row = dict[str, Any]


def main() -> None:
    arguments = _parse()
    found = pd.concat([_analyze(name, arguments) for name in SCENARIOS], ignore_index=True)
    rows = [_row(*key, group) for key, group in found.groupby(["scenario", "analysis"], sort=False)]
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3f"), file=sys.stderr)
    families = _families(found)
    print(pd.DataFrame(families).to_string(index=False, float_format="%.3f"), file=sys.stderr)
    fates = _fates(arguments)
    print(pd.DataFrame(fates).to_string(index=False, float_format="%.3f"), file=sys.stderr)
    results = {"trials": arguments.trials, "seed": arguments.seed, "analyses": rows, "families": families}
    results |= {"fate_trials": arguments.fate_trials, "fates": fates}
    write_report("trial_tables", results, _figures(rows, families) + _fate_figures(fates), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200, help="of two arms; of three arms half as many")
    parser.add_argument("--fate-trials", type=int, default=60, help="with hairs, of two arms")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _analyze(scenario: str, arguments: argparse.Namespace) -> pd.DataFrame:
    # Three arms have two comparisons with the reference.
    n_trials = arguments.trials // (len(SCENARIOS[scenario].arms) - 1)
    seeds = range(arguments.seed, arguments.seed + n_trials)
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
        return pd.concat(pool.map(partial(_trial, scenario), seeds, chunksize=5), ignore_index=True)


def _trial(scenario: str, seed: int) -> pd.DataFrame:
    """Differences between arms at the last visit, as found by each analysis, beside the true ones."""
    settings = SCENARIOS[scenario]
    trial = simulate_trial(settings, seed=seed)
    last = settings.weeks[-1]
    tables = analyze_outcomes(trial.tables, _plan(settings)).tables
    effects = trial.true_effects
    true = effects[effects["week"] == last].set_index("arm")["true_difference_per_cm2"]
    found = pd.DataFrame(list(_differences(tables, last)))
    return found.assign(scenario=scenario, seed=seed, true=found["arm"].map(true))


def _plan(settings: TrialSettings) -> Plan:
    return Plan(
        primary_figure=FIGURE,
        primary_week=settings.weeks[-1],
        reference_arm=CONTROL.name,
        site=settings.site,
        secondary_figures=(),
        sensitivity=(),
        dose_columns=(),
    )


def _differences(tables: dict[str, Any], week: float) -> Iterator[Row]:
    sd = next(row["sd"] for row in tables["sample_size"] if row["figure"] == FIGURE)
    for analysis, before in (("ancova", ""), ("mixed", ""), ("matched", "difference_")):
        for row in tables[analysis]:
            if row["figure"] == FIGURE and row["week"] == week and np.isfinite(row.get("difference", np.nan)):
                yield {
                    "analysis": analysis,
                    "arm": row["arm"],
                    "n": row["n"],
                    "difference": row["difference"],
                    "low": row[f"{before}low"],
                    "high": row[f"{before}high"],
                    "p": row["p"],
                    "p_holm": row.get("p_holm", np.nan),
                    "sd": sd if analysis == "ancova" else np.nan,
                }


def _row(scenario: str, analysis: str, found: pd.DataFrame) -> Row:
    """Of all comparisons of one analysis: coverage, bias, and how often an effect, or none, was called one."""
    holds = (found["low"] <= found["true"]) & (found["true"] <= found["high"])
    is_real, is_called = found["true"] != 0, found["p"] < ALPHA
    real = found[is_real]
    return {
        "scenario": scenario,
        "analysis": analysis,
        "comparisons": len(found),
        "n_per_arm": float(found["n"].mean()),
        "coverage": float(holds.mean()),
        "bias": float((found["difference"] - found["true"]).mean()),
        "bias_se": float((found["difference"] - found["true"]).std() / np.sqrt(len(found))),
        "half_width": float((found["high"] - found["low"]).mean() / 2.0),
        "power": float(is_called[is_real].mean()) if is_real.any() else None,
        "power_by_formula": _expected_power(real) if analysis == "ancova" and is_real.any() else None,
        "false_positives": float(is_called[~is_real].mean()) if not is_real.all() else None,
    }


def _expected_power(real: pd.DataFrame) -> float:
    """What the formula of the sample size says of these trials, by the deviation that they found."""
    sd = float(np.sqrt((real["sd"] ** 2).mean()))
    return power_of(float(real["n"].mean()), float(real["true"].mean()), sd, alpha=ALPHA)


def _families(found: pd.DataFrame) -> list[Row]:
    """Share of the trials with a false positive among their comparisons, without and with Holm."""
    rows = []
    for key, group in found[found["true"] == 0].groupby(["scenario", "analysis"], sort=False):
        if group["p_holm"].notna().all():
            wrong = group.assign(plain=group["p"] < ALPHA, holm=group["p_holm"] < ALPHA).groupby("seed")
            shares = wrong[["plain", "holm"]].any().mean()
            names = dict(zip(("scenario", "analysis"), key, strict=True))
            rows.append({**names, "one_wrong": float(shares["plain"]), "one_wrong_holm": float(shares["holm"])})
    return rows


def _fates(arguments: argparse.Namespace) -> list[Row]:
    """Of new hairs and re-activated units in each arm: how often the interval holds the true mean, and the bias."""
    seeds = range(arguments.seed, arguments.seed + arguments.fate_trials)
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
        found = pd.concat(pool.map(_fates_of_trial, seeds, chunksize=5), ignore_index=True)
    rows = []
    for (fate, arm), group in found.groupby(["fate", "arm"], sort=False):
        error = group["mean"] - group["true"]
        rows.append(
            {
                "fate": fate,
                "arm": arm,
                "trials": len(group),
                "n_per_arm": float(group["n"].mean()),
                "true": float(group["true"].iloc[0]),
                "coverage": float(((group["low"] <= group["true"]) & (group["true"] <= group["high"])).mean()),
                "bias": float(error.mean()),
                "bias_se": float(error.std() / np.sqrt(len(group))),
                "half_width": float((group["high"] - group["low"]).mean() / 2.0),
            }
        )
    return rows


def _fates_of_trial(seed: int) -> pd.DataFrame:
    """Means per cm2 of each arm at the last visit, beside the true ones."""
    trial = simulate_trial(WITH_HAIRS, seed=seed)
    effects = trial.true_effects
    true = effects[effects["week"] == WITH_HAIRS.weeks[-1]].set_index("arm")
    rows = analyze_outcomes(trial.tables, _plan(WITH_HAIRS)).tables["hairs"]
    return pd.DataFrame(
        [
            {
                "fate": fate,
                "arm": row["arm"],
                "n": row["n_patients"],
                "true": true.loc[row["arm"], f"true_{fate}_per_cm2"],
                "mean": row[f"{fate}_per_cm2"],
                "low": row[f"{fate}_per_cm2_low"],
                "high": row[f"{fate}_per_cm2_high"],
            }
            for row in rows
            for fate in FATES
        ]
    )


def _fate_figures(fates: list[Row]) -> list[dict[str, str]]:
    lines = []
    for fate, title in FATES.items():
        own = [row for row in fates if row["fate"] == fate]
        n = sum(row["trials"] for row in own)
        share = sum(row["coverage"] * row["trials"] for row in own) / n
        what = f"{n} arms of simulated trials with hairs: 95 % interval holds the true mean of {title} per cm2"
        lines.append(figure(what, f"{share:.1%}", f">= {COVERAGE_GOAL:.0%}"))
    return lines


def _figures(rows: list[Row], families: list[Row]) -> list[dict[str, str]]:
    lines = []
    for scenario in SCENARIOS:
        own = {row["analysis"]: row for row in rows if row["scenario"] == scenario}
        shares = " / ".join(f"{own[name]['coverage']:.1%}" for name in ANALYSES)
        lines.append(
            figure(
                f"{own['ancova']['comparisons']} comparisons of simulated arms ({scenario}): 95 % interval holds the "
                f"true difference, {' / '.join(ANALYSES.values())}",
                shares,
                f">= {COVERAGE_GOAL:.0%}",
            )
        )
    plain = next(row for row in rows if row["scenario"] == next(iter(SCENARIOS)) and row["analysis"] == "ancova")
    power = f"{plain['power']:.0%} ({plain['power_by_formula']:.0%})"
    lines.append(figure("Power of simulated trials by ANCOVA (by the formula of the sample size)", power, "alike"))
    return lines + [
        figure(
            f"Simulated trials, {row['scenario']}: a false positive in the family with Holm (without)",
            f"{row['one_wrong_holm']:.1%} ({row['one_wrong']:.1%})",
            "about 5 % or less",
        )
        for row in families
    ]


if __name__ == "__main__":
    main()
