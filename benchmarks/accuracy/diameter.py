"""Bias and limits of agreement of the diameter, by band, scale and blur, on rendered bars whose width is known.

    python benchmarks/accuracy/diameter.py [--json FILE]

The table goes to stderr, the report to stdout. Each picture holds bars of random width, place and
direction on sloping, noisy skin, on jittered axes; the blur is estimated from the picture like on a real one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from benchmarks.reporting import figure, write_report
from hairdensity.calibration import Calibration
from hairdensity.measurement import measure
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines

BANDS_UM = ((15, 30), (30, 40), (40, 60), (60, 80), (80, 120))
SCALES_UM_PER_PX = (2.5, 5.0, 8.0)
PSFS_PX = (0.7, 1.2, 2.0, 2.5)
LENGTH_UM = 700.0
CELL_UM = 1000.0
GRID = 14
NOISE_SD = 0.03
AXIS_JITTER_PX = 0.5


def render(rng, um_per_px, psf_px):
    """Darkness (H, W) of GRID x GRID bars, their jittered axes and their widths in um."""
    cell = int(CELL_UM / um_per_px)
    picture = np.zeros((GRID * cell, GRID * cell), dtype=np.float32)
    widths = rng.uniform(*np.array(BANDS_UM)[rng.integers(0, len(BANDS_UM), GRID * GRID)].T)
    paths = []
    for k, width_um in enumerate(widths):
        top, left = (cell * index for index in divmod(k, GRID))
        middle, angle = cell / 2 + rng.uniform(-2, 2, 2), rng.uniform(0, np.pi)
        direction = np.array([np.sin(angle), np.cos(angle)])
        rows, cols = np.mgrid[:cell, :cell] - middle[:, None, None]
        along, across = rows * direction[0] + cols * direction[1], rows * direction[1] - cols * direction[0]
        half_width, half_length = width_um / um_per_px / 2, LENGTH_UM / um_per_px / 2
        bar = np.ones_like(rows)
        for place, half in ((across, half_width), (along, half_length)):
            bar *= ndtr((place + half) / psf_px) - ndtr((place - half) / psf_px)
        contrast = rng.uniform(0.3, 0.9)
        picture[top : top + cell, left : left + cell] = contrast * bar + 1e-3 * rows * rng.uniform(-0.5, 0.5)
        reach = np.arange(-half_length, half_length + 1, 4.0)
        axis = middle + reach[:, None] * direction + (top, left)
        paths.append(axis + rng.normal(0, AXIS_JITTER_PX, axis.shape))
    picture += rng.normal(0, NOISE_SD, picture.shape).astype(np.float32)
    return picture, paths, widths


def score(um_per_px, psf_px, seed=0):
    """One row for each band: bias, limits of agreement, coverage of the 95 % bounds, in um."""
    darkness, paths, truth = render(np.random.default_rng(seed), um_per_px, psf_px)
    calibration = Calibration(um_per_px=um_per_px, relative_error=0.0)
    area = place_area(
        AreaShape(), image_shape=darkness.shape, unreadable=np.zeros(darkness.shape, bool), calibration=calibration
    )
    hairs, *_ = measure(
        darkness,
        Centerlines.from_paths(paths),
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=area,
    )
    error = hairs["diameter_um"].to_numpy() - truth
    covered = (hairs["diameter_low_um"] <= truth) & (truth <= hairs["diameter_high_um"])
    rows = []
    for low, high in BANDS_UM:
        band = (truth >= low) & (truth < high)
        found = error[band & ~np.isnan(error)]
        rows.append(
            {
                "um_per_px": um_per_px,
                "psf_px": psf_px,
                "band_um": f"{low}-{high}",
                "n": int(band.sum()),
                "measured": len(found),
                "bias_um": float(found.mean()),
                "loa_low_um": float(found.mean() - 1.96 * found.std(ddof=1)),
                "loa_high_um": float(found.mean() + 1.96 * found.std(ddof=1)),
                "covered": float(covered[band].sum() / max(1, len(found))),
            }
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    arguments = parser.parse_args()
    rows = [row for scale in SCALES_UM_PER_PX for psf in PSFS_PX for row in score(scale, psf)]
    print(
        f"{'um/px':>5} {'psf px':>6} {'band um':>8} {'n':>4} {'bias um':>8} {'limits of agreement':>20} {'covered':>8}",
        file=sys.stderr,
    )
    for row in rows:
        print(
            f"{row['um_per_px']:5.1f} {row['psf_px']:6.1f} {row['band_um']:>8} {row['measured']:4d} "
            f"{row['bias_um']:+8.2f} {row['loa_low_um']:+9.1f} to {row['loa_high_um']:+6.1f} {row['covered']:8.0%}",
            file=sys.stderr,
        )
    write_report("diameter of rendered bars", rows, figures(rows), path=arguments.json)


def figures(rows):
    """The lines of the README's table."""
    terminal = [row for row in rows if row["um_per_px"] == 5.0 and row["band_um"] in ("40-60", "60-80", "80-120")]
    worst = max(abs(row["bias_um"]) for row in terminal)
    limits = max(max(-row["loa_low_um"], row["loa_high_um"]) for row in terminal)
    what = "bars of 40-120 um at 5 um/px, blur 0.7-2.5 px"
    return [
        figure(f"Largest diameter bias of a band, {what}", f"{worst:.2f} um", "within 2 um"),
        figure(f"Widest limits of agreement of a band, {what}", f"+-{limits:.1f} um"),
    ]


if __name__ == "__main__":
    main()
