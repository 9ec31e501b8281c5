"""How alike rendered and real pictures are: statistics side by side, and a contact sheet.

    python benchmarks/accuracy/realism.py FOLDER --um-per-px 5.571 [--mode microscope] [--pictures 20] [--sheet PNG]

FOLDER holds real pictures of one scale. As many random scenes of a mode are rendered, and each statistic is given by
its 10 %, 50 % and 90 % quantiles over the pictures of either kind. ``outside`` marks a statistic whose real median no
eight in ten of the rendered pictures reach around: the ranges of hairdensity/synthetic/variety.py should be widened or
moved until they bracket it. They are never fitted to a picture. The table goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.reporting import write_report
from hairdensity.analysis import analyze
from hairdensity.calibration import Calibration
from hairdensity.image import TrichoImage, read_image
from hairdensity.synthetic.simulation import Simulation, render_picture
from hairdensity.synthetic.variety import MODES

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
BORDER = 0.06
"""Share of each side that is left out: header lines, scale bars and out-of-focus rims."""

BANDS_PER_MM = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
QUANTILES = (0.1, 0.5, 0.9)
SKIN_UM = 60.0
SKIN_CELLS = 17
"""The skin's level is the median over a square of so many cells of ``SKIN_UM``: about 1 mm."""

TILE_PX = (480, 384)


def main() -> None:
    cv2.setNumThreads(1)
    arguments = _parse()
    paths = _chosen(arguments.folder, arguments.pictures)
    real = [(read_image(path), arguments.um_per_px) for path in paths]
    rendered = list(_rendered(arguments, len(real)))
    table = compare(
        pd.DataFrame([statistics(*picture) for picture in real]),
        pd.DataFrame([statistics(*picture) for picture in rendered]),
    )
    print(table.to_string(float_format="%.3g"), file=sys.stderr)
    if arguments.sheet is not None:
        write_sheet(arguments.sheet, [p.pixels for p, _ in real], [p.pixels for p, _ in rendered])
    report = {"pictures": len(real), "mode": arguments.mode, "statistics": table.round(4).to_dict("index")}
    write_report("likeness of rendered to real pictures", report, [], path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--um-per-px", type=float, required=True)
    parser.add_argument("--mode", choices=MODES, default="microscope")
    parser.add_argument("--pictures", type=int, default=20, help="of either kind, taken evenly from the folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--sheet", type=Path, metavar="PNG", help="write real (left) and rendered (right) pictures here"
    )
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _chosen(folder: Path, n: int) -> list[Path]:
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    if not found:
        sys.exit(f"{folder} holds no picture: looked for {', '.join(SUFFIXES)}")
    return [found[int(i)] for i in np.unique(np.linspace(0, len(found) - 1, n).round())]


def _rendered(arguments: argparse.Namespace, n: int) -> Iterator[tuple[TrichoImage, float]]:
    simulation = Simulation(folder=Path(), n_pictures=n, seed=arguments.seed, mode=arguments.mode, megapixels=1.3)
    for number in range(n):
        settings, rendering = render_picture(simulation, number)
        yield rendering.image, settings.um_per_px


def compare(real: pd.DataFrame, rendered: pd.DataFrame) -> pd.DataFrame:
    """One row for each statistic: quantiles over the pictures of both kinds."""
    rows = {}
    for name in real.columns:
        values = {"real": real[name].quantile(QUANTILES), "rendered": rendered[name].quantile(QUANTILES)}
        row: dict[str, Any] = {f"{kind}_{q:.0%}": v.loc[q] for kind, v in values.items() for q in QUANTILES}
        low, high = values["rendered"].loc[QUANTILES[0]], values["rendered"].loc[QUANTILES[-1]]
        rows[name] = {**row, "outside": "" if low <= values["real"].loc[0.5] <= high else "outside"}
    return pd.DataFrame.from_dict(rows, orient="index")


def statistics(image: TrichoImage, um_per_px: float) -> dict[str, float]:
    """Every statistic of one picture."""
    height, width = image.pixels.shape[:2]
    top, left = round(BORDER * height), round(BORDER * width)
    pixels = image.pixels[top : height - top, left : width - left].astype(np.float32)
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return {
        **_levels(pixels),
        **_quantiles("darkness", darkness(gray, um_per_px), (10, 50, 75, 90, 97)),
        **spectrum(gray, um_per_px),
        "edge_um": edge_width_um(gray, um_per_px),
        **_hairs(image, um_per_px),
    }


def _levels(pixels: NDArray[np.float32]) -> dict[str, float]:
    """Grey levels per channel, and how far the color changes over the frame."""
    levels: dict[str, float] = {}
    for channel, name in enumerate(("red", "green", "blue")):
        levels |= _quantiles(name, pixels[..., channel], (1, 10, 50, 90, 99))
    coarse = cv2.resize(pixels, (8, 6), interpolation=cv2.INTER_AREA)
    for name, other in (("blue", 2), ("green", 1)):
        ratio = coarse[..., other] / np.maximum(coarse[..., 0], 1)
        levels |= {f"{name}_over_red": float(np.median(ratio)), f"{name}_over_red_sd": float(ratio.std())}
    return levels


def _quantiles(name: str, values: NDArray[Any], percents: Sequence[int]) -> dict[str, float]:
    found = np.percentile(values, percents)
    return {f"{name}_{percent}%": float(value) for percent, value in zip(percents, found, strict=True)}


def darkness(gray: NDArray[np.float32], um_per_px: float) -> NDArray[np.float32]:
    """(H, W) natural logarithm of the skin's level over the pixel's."""
    height, width = gray.shape
    cell = SKIN_UM / um_per_px
    small = cv2.resize(gray, (max(1, round(width / cell)), max(1, round(height / cell))), interpolation=cv2.INTER_AREA)
    skin = cv2.medianBlur(np.clip(small, 0, 255).astype(np.uint8), SKIN_CELLS).astype(np.float32)
    level = cv2.resize(skin, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.log(np.maximum(level, 1) / np.maximum(gray, 1)), dtype=np.float32)


def spectrum(gray: NDArray[np.float32], um_per_px: float) -> dict[str, float]:
    """Power density in bands of cycles/mm, in dB of (grey level)^2 mm^2, and its slope in dB per octave."""
    height, width = gray.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.rfft2((gray - gray.mean()) * window)) ** 2
    power *= (um_per_px / 1000) ** 2 / (window**2).sum()
    rows, cols = np.fft.fftfreq(height, um_per_px / 1000), np.fft.rfftfreq(width, um_per_px / 1000)
    radius = np.hypot(rows[:, None], cols[None])
    bands = list(pairwise(BANDS_PER_MM))
    levels = [10 * np.log10(power[(radius >= low) & (radius < high)].mean()) for low, high in bands]
    named = {f"power_{low:g}-{high:g}_per_mm_db": float(v) for (low, high), v in zip(bands, levels, strict=True)}
    return {**named, "power_slope_db": float(np.polyfit(np.arange(len(levels)), levels, 1)[0])}


def edge_width_um(gray: NDArray[np.float32], um_per_px: float) -> float:
    """The picture's contrast over its steepest slopes: how wide a full edge is."""
    rows, cols = (cv2.Sobel(gray, cv2.CV_32F, 1 - axis, axis, scale=1 / 8) for axis in range(2))
    steepest = np.percentile(np.hypot(rows, cols), 99.5)
    dark, skin = np.percentile(gray, (1, 50))
    return float((skin - dark) / max(steepest, 1e-6) * um_per_px)


def _hairs(image: TrichoImage, um_per_px: float) -> dict[str, float]:
    """What the analysis finds; its errors are alike on both kinds."""
    hairs = analyze(image, calibration=Calibration(um_per_px=um_per_px)).hairs
    area_cm2 = image.pixels.shape[0] * image.pixels.shape[1] * um_per_px**2 / 1e8
    found = {"found_per_cm2": len(hairs) / area_cm2}
    for name, column in (("diameter_um", "diameter_um"), ("length_um", "length_um")):
        values = hairs[column].dropna().to_numpy(dtype=np.float64)
        found |= _quantiles(name, values if len(values) else np.array([np.nan]), (10, 50, 90))
    return found


def write_sheet(path: Path, real: Sequence[NDArray[np.uint8]], rendered: Sequence[NDArray[np.uint8]]) -> None:
    """Real pictures in the left two columns, rendered ones in the right two."""
    columns = [[_tile(p) for p in kind[first:12:2]] for kind in (real, rendered) for first in range(2)]
    n_rows = min(len(column) for column in columns)
    sheet = np.hstack([np.vstack(column[:n_rows]) for column in columns]) if n_rows else _tile(real[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())


def _tile(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(pixels, TILE_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8)


if __name__ == "__main__":
    main()
