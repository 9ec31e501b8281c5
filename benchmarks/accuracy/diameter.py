"""How right diameters are: by band, scale and blur, on drawn bars and on rendered scalp.

    python benchmarks/accuracy/diameter.py [--json FILE] [--pictures 2] [--parts bars scenes]

The tables go to stderr, the report to stdout. ``bars``: bars of random width, place and direction on sloping, noisy
skin, on jittered axes. ``scenes``: rendered scalp with fraying, halos, flecks and JPEG, measured along the true axes
(``true axes``) and along those that were found and match a true hair (``found``). The blur is estimated from each
picture. ``se_sd`` is the deviation of (found - true) / standard error, ``se_68`` half of its central 68 %.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy.diameter_bars import BANDS_UM, VARIANTS, draw
from benchmarks.accuracy.diameter_scenes import FIRST_SEED, FOUND, ON_AXES, scenes, score_scene
from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.reporting import figure, write_report
from hairdensity.calibration import Calibration
from hairdensity.measurement import measure
from hairdensity.target_area import AreaShape, place_area

SCALES_UM_PER_PX = (2.5, 5.0, 8.0)
PSFS_PX = (0.7, 1.2, 2.0, 2.5)
VARIED_PSFS_PX = (0.7, 1.5, 2.5)
VARIED_GRID = 9
CUT_OFFS_UM = (30.0, 40.0)
ASKED_UM = (30.0, 120.0)
LEAST_HAIRS = 8
"""A cell with fewer hairs has no limits of agreement."""


def main():
    arguments = _parse()
    tables = []
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        if "bars" in arguments.parts:
            tables += pool.map(score_bars, *zip(*_bar_cells(), strict=True))
        if "scenes" in arguments.parts:
            jobs = [(n, s, FIRST_SEED + k) for n, s in scenes().items() for k in range(arguments.pictures)]
            tables += pool.map(score_scene, *zip(*jobs, strict=True))
    hairs = pd.concat(tables, ignore_index=True)
    results = {"bands": band_rows(hairs), "pictures": picture_rows(hairs), "cells": cell_rows(hairs)}
    for name, rows in results.items():
        print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.2f')}", file=sys.stderr)
    write_report("diameter of drawn bars and rendered hairs", results, figures(results), path=arguments.json)


def _parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--pictures", type=int, default=2, help="pictures of each rendered scene")
    parser.add_argument("--parts", nargs="+", choices=("bars", "scenes"), default=("bars", "scenes"))
    return parser.parse_args()


def _bar_cells():
    """Variant, scale and blur of each picture of bars."""
    for variant in VARIANTS:
        for scale in SCALES_UM_PER_PX:
            for psf_px in PSFS_PX if variant == "plain" else VARIED_PSFS_PX:
                yield variant, scale, psf_px


def score_bars(variant, um_per_px, psf_px, seed=0):
    """Hairs (DataFrame) of one picture of bars with their true diameters."""
    grid = {} if variant == "plain" else {"grid": VARIED_GRID}
    darkness, lines, truth = draw(np.random.default_rng(seed), um_per_px, psf_px, variant, **grid)
    calibration = Calibration(um_per_px=um_per_px, relative_error=0.0)
    area = place_area(
        AreaShape(), image_shape=darkness.shape, unreadable=np.zeros(darkness.shape, bool), calibration=calibration
    )
    hairs, *_ = measure(darkness, lines, calibration=calibration, working_um_per_px=um_per_px, target_area=area)
    cell = f"{um_per_px:g} um/px, blur {psf_px:g} px"
    return hairs.assign(true_um=truth, way=f"bars, {variant}", scene=cell, seed=seed)[np.isfinite(truth)]


def band_rows(hairs):
    """One row for each way, cell and band; the last of each way pools its cells."""
    rows = []
    for way, of_way in hairs.groupby("way", sort=False):
        cells = [*of_way.groupby("scene", sort=False), ("all", of_way)]
        for cell, table in cells:
            for low, high in BANDS_UM:
                band = table[(table["true_um"] >= low) & (table["true_um"] < high)]
                if len(band):
                    rows.append({"way": way, "cell": cell, "band_um": f"{low}-{high}", **_agreement(band)})
    return rows


def _agreement(band):
    known = band[band["diameter_um"].notna()]
    error = known["diameter_um"] - known["true_um"]
    score = error / known["diameter_se_um"]
    covered = (known["diameter_low_um"] <= known["true_um"]) & (known["true_um"] <= known["diameter_high_um"])
    many = len(known) >= LEAST_HAIRS
    return {
        "n": len(band),
        "measured": len(known),
        "bias_um": _json(error.mean()),
        "median_um": _json(error.median()),
        "loa_low_um": _json(error.mean() - 1.96 * error.std()) if many else None,
        "loa_high_um": _json(error.mean() + 1.96 * error.std()) if many else None,
        "within_6_um": _json((error.abs() <= 6).mean()),
        "covered": _json(covered.mean()),
        "se_sd": _json(score.std()) if many else None,
        "se_68": _json((score.quantile(0.84) - score.quantile(0.16)) / 2) if many else None,
    }


def picture_rows(hairs):
    """One row for each picture: the error of its median and of its shares of thin hairs."""
    rows = []
    for (way, cell, seed), table in hairs.dropna(subset=["diameter_um"]).groupby(["way", "scene", "seed"], sort=False):
        error = table["diameter_um"].median() - table["true_um"].median()
        rows.append({"way": way, "cell": cell, "seed": int(seed), "n": len(table), "median_error_um": _json(error)})
    return rows


def cell_rows(hairs):
    """One row for each way and cell: rank correlation of the thin hairs, error of their shares in points."""
    rows = []
    for way, of_way in hairs.dropna(subset=["diameter_um"]).groupby("way", sort=False):
        for cell, table in [*of_way.groupby("scene", sort=False), ("all", of_way)]:
            thin = table[(table["true_um"] >= 15) & (table["true_um"] < 30)]
            row = {"way": way, "cell": cell, "n_thin": len(thin), "spearman": None}
            if len(thin) >= LEAST_HAIRS:
                row["spearman"] = _json(thin["diameter_um"].corr(thin["true_um"], method="spearman"))
            for cut_off in CUT_OFFS_UM:
                share = (table["diameter_um"] <= cut_off).mean() - (table["true_um"] <= cut_off).mean()
                row[f"share_{cut_off:g}um_points"] = 100 * float(share)
            rows.append(row)
    return rows


def figures(results):
    """The lines of the README's table."""
    ways = [way for way in ("bars, plain", ON_AXES, FOUND) if any(row["way"] == way for row in results["bands"])]
    return [line for way in ways for line in _figures(way, *(_of(results[name], way) for name in results))]


def _of(rows, way):
    return [row for row in rows if row["way"] == way]


def _figures(way, bands, pictures, cells):
    asked = [row for row in bands if float(row["band_um"].split("-")[0]) >= ASKED_UM[0]]
    single = [row for row in asked if row["cell"] != "all" and row["loa_low_um"] is not None]
    pooled = [row for row in bands if row["cell"] == "all"]
    bias = max(single, key=lambda row: abs(row["bias_um"]))
    limits = max(single, key=_reach)
    median = max(pictures, key=lambda row: abs(row["median_error_um"]))
    spearman, share = next(row for row in cells if row["cell"] == "all"), partial(_worst_share, cells)
    value = {
        "Largest diameter bias, 30-120 um": (f"{bias['bias_um']:+.1f} um ({bias['cell']})", "within 1.5 um"),
        "Widest limits of agreement of a hair, 30-120 um": (f"+-{_reach(limits):.1f} um ({limits['cell']})", "+-6 um"),
        "Pooled limits of agreement, worst band": (f"+-{max(map(_reach, _but_thin(pooled))):.1f} um", "+-6 um"),
        "Largest error of a picture's median": (f"{median['median_error_um']:+.1f} um ({median['cell']})", "1 um"),
        "Spearman, 15-30 um, all cells": (f"{spearman['spearman']:.2f}", "0.8 or more"),
        "Error of the share of hairs up to 30 / 40 um, worst cell": (
            f"{share(30.0):.1f} / {share(40.0):.1f} points",
            "5",
        ),
        "95 % bounds hold the truth, by band": (_span(pooled, "covered", "{:.0%}"), "93-98 %"),
        "Deviation of error / standard error, by band": (_span(pooled, "se_sd", "{:.2f}"), "0.85-1.2"),
        "The same from the central 68 %, by band": (_span(pooled, "se_68", "{:.2f}"), "0.85-1.2"),
    }
    return [figure(f"Diameter, {way}: {what}", found, aim) for what, (found, aim) in value.items()]


def _reach(row):
    return max(-row["loa_low_um"], row["loa_high_um"])


def _but_thin(rows):
    return [row for row in rows if not row["band_um"].startswith("15-")]


def _worst_share(cells, cut_off):
    return max(abs(row[f"share_{cut_off:g}um_points"]) for row in cells if row["cell"] != "all")


def _span(rows, column, form):
    values = [row[column] for row in rows if row[column] is not None]
    return f"{form.format(min(values))} to {form.format(max(values))}"


def _json(value):
    """JSON has no NaN."""
    return float(value) if np.isfinite(value) else None


if __name__ == "__main__":
    main()
