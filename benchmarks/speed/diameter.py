"""How many cross-sections are fitted in a second on one core, and what all diameters of a 12 MP picture take.

    python benchmarks/speed/diameter.py [--json FILE] [--repeats 5]

Processor time, not the clock's: the best of the repeats. ``kernel`` is ``fit_bars`` alone, once with all samples and
once with a part of each cross-section hidden; ``measure_shafts`` includes sampling, the blur and the neighbors.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.accuracy.diameter_bars import draw
from benchmarks.reporting import figure, write_report
from hairdensity.measurement.diameter import bar_profile, fit_bars, make_bank
from hairdensity.measurement.profiles import place_profiles
from hairdensity.measurement.settings import MeasurementSettings
from hairdensity.measurement.shafts import measure_shafts

UM_PER_PX = 5.0
PSF_PX = 1.5
KERNEL_PROFILES = 20_000
BLOCK = 2048
PICTURES = {"3 MP": ("plain", 9), "12 MP": ("plain", 17), "12 MP, no hair alone": ("neighbor", 17)}
"""Bars along each side: one, or two side by side, on each square millimeter."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [*kernel_rows(arguments.repeats), *picture_rows(arguments.repeats)]
    for row in rows:
        print(f"{row['what']:<40} {row['seconds']:7.3f} s {row['profiles_per_s']:>10,.0f} profiles/s", file=sys.stderr)
    write_report("speed of the diameter", rows, figures(rows), path=arguments.json)


def kernel_rows(repeats):
    """``fit_bars`` on noisy bars, after a check that it finds their widths."""
    rng, geometry = np.random.default_rng(0), MeasurementSettings().in_px(UM_PER_PX)
    width = rng.uniform(6.0, 24.0, KERNEL_PROFILES)
    bars = bar_profile(geometry.x_px, width[:, None], rng.normal(0, 0.3, (len(width), 1)), PSF_PX)
    samples = (0.6 * bars + rng.normal(0, 0.01, bars.shape)).astype(np.float32)
    bank = make_bank(geometry, psf_px=PSF_PX)
    hidden = np.ones((BLOCK, samples.shape[1]), np.float32)
    hidden[:, -4:] = 0.0
    rows = []
    for what, weights in (("kernel, all samples", hidden[:1] * 0 + 1), ("kernel, samples hidden", hidden)):

        def fit(weights=weights):
            starts = range(0, len(samples), BLOCK)
            return [fit_bars(samples[k : k + BLOCK], weights[: len(samples) - k], bank) for k in starts]

        found = np.concatenate([fits.width_px for fits in fit()])
        if np.median(np.abs(found - width)) > 0.2:
            sys.exit(f"{what}: the widths found are wrong")
        rows.append(_row(what, KERNEL_PROFILES, _seconds(fit, repeats)))
    return rows


def picture_rows(repeats):
    """``measure_shafts`` on pictures of bars."""
    rows, settings = [], MeasurementSettings()
    for size, (variant, grid) in PICTURES.items():
        darkness, lines, _ = draw(np.random.default_rng(0), UM_PER_PX, PSF_PX, variant, grid=grid)
        placed = place_profiles(lines, settings.in_px(UM_PER_PX), max_per_hair=settings.max_profiles_per_hair)

        def measured(darkness=darkness, lines=lines):
            return measure_shafts(darkness, lines, um_per_px=UM_PER_PX, settings=settings)

        what = f"measure_shafts, {size}, {len(lines)} hairs"
        rows.append(_row(what, len(placed), _seconds(measured, repeats)))
    return rows


def _seconds(run, repeats):
    """Best processor time."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def _row(what, n_profiles, seconds):
    return {"what": what, "profiles": n_profiles, "seconds": seconds, "profiles_per_s": n_profiles / seconds}


def figures(rows):
    """The lines of the README's table."""
    kernel = min(row["profiles_per_s"] for row in rows if row["what"].startswith("kernel"))
    whole = next(row for row in rows if "12 MP" in row["what"])
    crowded = next(row for row in rows if "alone" in row["what"])
    return [
        figure("Cross-sections fitted in a second, one core", f"{kernel:,.0f}", "20,000 or more"),
        figure("All diameters of a 12 MP picture, one core", f"{whole['seconds']:.2f} s", "0.8 s or less"),
        figure("The same where no hair stands alone", f"{crowded['seconds']:.2f} s"),
    ]


if __name__ == "__main__":
    main()
