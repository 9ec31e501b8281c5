"""Speed of a correction's figures while a person works: edits applied and measured, and the answer written as JSON.

    python benchmarks/speed/correct.py [--json FILE] [--rounds 7] [--megapixels 1.3 3 12] [--hairs 200]

Pictures are rendered with about so many hairs and analyzed once, as a worker remembers them; then one hair is deleted
and one drawn, in other places each round. Before the clock counts, a correction that changes nothing must measure all
hairs as the analysis did. One thread; times are medians over the rounds, of the clock and of the processor.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.reporting import figure, write_report

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    # Before NumPy is loaded.
    os.environ.setdefault(_name, "1")

SHAPES = {1.3: (1024, 1280), 3.0: (1536, 2048), 12.0: (3000, 4000)}
UM_PER_PX = {1.3: 5.571, 3.0: 5.0, 12.0: 3.2}
AIMS = {3.0: "at most 0.5 s with 200 hairs"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--megapixels", type=float, nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--hairs", type=int, default=200)
    arguments = parser.parse_args()
    timed = [time_correction(size, arguments.hairs, rounds=arguments.rounds) for size in arguments.megapixels]
    write_report("correct_speed", {"corrections": timed}, [_figure(one) for one in timed], path=arguments.json)


def time_correction(size: float, n_hairs: int, *, rounds: int) -> dict[str, Any]:
    """Times of a correction of a picture of so many megapixels with about so many hairs."""
    import cv2
    import numpy as np

    from hairdensity.analysis import analyze
    from hairdensity.calibration import Calibration
    from hairdensity.correction import apply_edits, parse_edits
    from hairdensity.report.document import describe
    from hairdensity.synthetic.presets import clipped
    from hairdensity.synthetic.render import render
    from hairdensity.synthetic.scene import make_scene

    cv2.setNumThreads(1)
    um_per_px, shape = UM_PER_PX[size], SHAPES[size]
    field_mm = (shape[0] * um_per_px / 1000, shape[1] * um_per_px / 1000)
    density = n_hairs / (field_mm[0] * field_mm[1]) * 100
    image = render(make_scene(replace(clipped(density), field_mm=field_mm, um_per_px=um_per_px), seed=1)).image
    analysis = analyze(image, calibration=Calibration(um_per_px=um_per_px))
    height, width = image.pixels.shape[:2]
    outside = [{"op": "unreadable", "polygon_px": [[0, 0], [0, 2], [2, 2]]}]
    same = apply_edits(analysis, parse_edits(outside, image_shape=(height, width)))
    assert same.hairs.equals(analysis.hairs), "a correction that changes nothing measures other hairs"
    walls, cpus, rng = [], [], np.random.default_rng(0)
    for number in range(rounds):
        root = rng.uniform(0.2, 0.8, 2) * (height, width)
        drawn = [root.tolist(), (root + 250 / um_per_px).tolist()]
        edits = parse_edits(
            [{"op": "delete", "hair_id": number}, {"op": "add", "path_px": drawn}], image_shape=(height, width)
        )
        wall, cpu = time.perf_counter(), time.process_time()
        json.dumps(describe(apply_edits(analysis, edits)), allow_nan=False)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {
        "megapixels": size,
        "n_hairs": len(analysis.hairs),
        "wall_s": statistics.median(walls),
        "cpu_s": statistics.median(cpus),
    }


def _figure(timed: dict[str, Any]) -> dict[str, str]:
    return figure(
        f"A correction's figures, {timed['megapixels']:g} MP, {timed['n_hairs']} hairs, 1 core",
        f"{timed['wall_s']:.2f} s ({timed['cpu_s']:.2f} s of the processor)",
        AIMS.get(timed["megapixels"], ""),
    )


if __name__ == "__main__":
    main()
