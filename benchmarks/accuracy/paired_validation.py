"""How far the differences of two visits are from the truth on pairs of each difficulty; fits what their intervals are.

    python benchmarks/accuracy/paired_validation.py [--pairs 240] [--methods network ridges] [--out FILE]

Renders visit pairs that no benchmark reports, compares them, and fits for each figure the deviation of its
difference's error (found - true, as a share of `paired_errors.level_of`) from 0 as a function of the pair's traits,
as ``validation.py`` does for pictures. Of 240 pairs 24 are of any head and device, 42 of any clipped head under a
microscope, 48 clipped with up to a quarter lost and new, 18 with up to 6 %, and 108 of 1 cm2 with little or no
change. Writes ``validation.json`` and prints each figure's error on an average pair.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.change_scenes import FIGURES, PairCase, measure_pairs
from benchmarks.accuracy.methods import add_method_options, ready_methods
from benchmarks.accuracy.validation import LEAST_SCALE, fit_deviation, unseen_deviations
from hairdensity.comparison.differencing.paired_errors import PairTraits, level_of, one_of
from hairdensity.metrics.difficulty import ValidatedErrors
from hairdensity.metrics.figures import info_of

SEED = 702
SHARES = {"mixed": 4, "microscope": 7, "clipped": 8, "slight": 3, "no_change": 7, "denser": 5, "thicker": 6}
"""Of 40 pairs. Those of 1 cm2 with next to no change have the narrowest intervals: few of them leave it to chance."""

SIGNS = [-1 if name == "log_hairs" else 1 for name in PairTraits._fields]
"""No pair is more exact for being harder: of 117 pairs chance said so of diameters and turnover."""

TURNOVER = PairTraits._fields.index("log_turnover")
LEAST_CASES = 40
OUT = Path("hairdensity/comparison/differencing/validation.json")

Array = np.ndarray[Any, np.dtype[np.float64]]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    stored = {}
    for method, settings in methods.items():
        cases = measure_pairs(wanted_pairs(arguments.pairs), settings, seed=SEED)
        stored[method] = fit_pairs(cases)
        print(f"\n{method}: {stored[method]['source']}\n{summary(stored[method])}", file=sys.stderr)
    arguments.out.write_text(json.dumps(stored, indent=1) + "\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--pairs", type=int, default=240)
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


def wanted_pairs(n_pairs: int) -> list[tuple[str, int]]:
    """Sets and numbers of the pairs, in the shares of the sets."""
    total = sum(SHARES.values())
    return [(name, number) for name, share in SHARES.items() for number in range(round(n_pairs * share / total))]


def fit_pairs(cases: Sequence[PairCase]) -> dict[str, Any]:
    """What ``validation.json`` holds of one method: of the pairs whose registration was accepted."""
    known = [case for case in cases if case.true]
    raw = np.array([case.traits for case in known], dtype=np.float64)
    is_known = np.isfinite(raw).any(axis=0)
    center, scale = np.zeros(raw.shape[1]), np.ones(raw.shape[1])
    center[is_known] = np.nanmean(raw[:, is_known], axis=0)
    scale[is_known] = np.maximum(np.nanstd(raw[:, is_known], axis=0), LEAST_SCALE)
    slopes = {}
    for name in FIGURES:
        error = np.array([relative_error(case, name) for case in known])
        stated = np.isfinite(error)
        if np.count_nonzero(stated) >= LEAST_CASES:
            design = ValidatedErrors("", center, scale, {}).design(raw[stated])
            log_sd = fit_deviation(design, error[stated], SIGNS)
            beyond = np.array([beyond_grain(case, name) for case in known])[stated]
            off = unseen_deviations(design, error[stated], beyond, SIGNS)
            log_sd += stretched(off, design[:, 1 + TURNOVER])
            slopes[name] = [round(float(slope), 4) for slope in log_sd]
    traits = {
        name: {"center": round(float(c), 5), "scale": round(float(s), 5)}
        for name, c, s in zip(PairTraits._fields, center, scale, strict=True)
    }
    source = f"{len(known)} registered of {len(cases)} rendered visit pairs, seed {SEED}"
    return {"source": source, "traits": traits, "log_sd": slopes}


def stretched(off: Array, turnover: Array) -> Array:
    """What to add to constant and slopes for 95 % of unseen pairs to be held, of those with much change as of others.

    Pairs without change are easy and many: they may not pay for the misses of those with much, nor the other way round.
    """
    hard = turnover >= np.median(turnover)
    easy_stretch, hard_stretch = (np.log(np.quantile(off[part], 0.95) / 1.96) for part in (~hard, hard))
    added = np.zeros(1 + len(PairTraits._fields))
    slope = max(0.0, hard_stretch - easy_stretch) / (turnover[hard].mean() - turnover[~hard].mean())
    added[1 + TURNOVER] = slope
    added[0] = max(easy_stretch, hard_stretch) - slope * turnover[hard].mean()
    return added


def relative_error(case: PairCase, name: str) -> float:
    """Found less true, as a share of the figure's level; NaN where either is not known."""
    if name not in case.found:
        return float("nan")
    off = case.found[name].value - case.true[name]
    return float(off / level_of(info_of(name), case.levels[name], case.area_cm2))


def beyond_grain(case: PairCase, name: str) -> float:
    """The absolute error without the half hair of a count that every interval allows for."""
    info = info_of(name)
    half = one_of(info, case.area_cm2) / 2 / level_of(info, case.levels[name], case.area_cm2)
    return max(abs(relative_error(case, name)) - half, 0.0)


def summary(entry: dict[str, Any]) -> str:
    rows = [{"figure": name, "sd": float(np.exp(slopes[0]))} for name, slopes in entry["log_sd"].items()]
    return pd.DataFrame(rows).to_string(index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
