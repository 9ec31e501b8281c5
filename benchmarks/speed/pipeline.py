"""Speed by stage, and as a ratio to the pipeline that a researcher would script.

    python benchmarks/speed/pipeline.py [--json FILE] [--rounds 5] [--megapixels 3.1 12]

Both pipelines read the same rendered JPEG, in the same process, by turns, on one thread; what they found is compared
with the rendering's truth before the clock starts. Times are medians over the rounds. Memory is the peak of a fresh
process that scores one picture.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.reporting import figure, write_report

# The measured libraries are imported where they are used: the process that starts the others stays small, because
# Linux counts the peak memory of a parent towards its child, and threads must be limited before NumPy is loaded.

UM_PER_PX = 5.0
SHAPES = {3.1: (1536, 2048), 12.0: (3000, 4000)}
DENSITY_PER_CM2 = 120.0
STAGES = {
    "graphics": "find_graphics",
    "area": "place_area",
    "segment": "segment_polarities",
    "trace": "trace",
    "measure": "measure",
    "metrics": "compute_metrics",
}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    arguments = _parse()
    if arguments.child:
        task, *values = arguments.child
        print(json.dumps(CHILDREN[task](*values)))
        return
    results = measure_all(arguments.megapixels, arguments.rounds)
    write_report("speed", results, figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megapixels", type=float, nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure_all(sizes: Sequence[float], rounds: int) -> dict[str, Any]:
    """Times and peak memory for every size, and the command line's start."""
    results: dict[str, Any] = {"help_s": help_seconds()}
    with tempfile.TemporaryDirectory() as folder:
        for megapixels in sizes:
            path = Path(folder) / f"{megapixels:g}mp.jpg"
            truth = run_child("render", path, megapixels)
            results[f"{megapixels:g}mp"] = {
                "n_hairs_true": truth["n_hairs"],
                **run_child("time", path, truth["n_hairs"], rounds),
                "peak_mb": run_child("memory", path, "ours"),
                "scripted_peak_mb": run_child("memory", path, "scripted"),
            }
    return results


def run_child(*arguments: object) -> Any:
    """What a function of CHILDREN returns in a fresh process with one thread."""
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def help_seconds(rounds: int = 5) -> float:
    """Wall time of ``hairdensity --help``, files already in the system's cache."""
    command = [str(Path(sys.executable).with_name("hairdensity")), "--help"]
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def render_picture(path: str, megapixels: str) -> dict[str, int]:
    """Write a JPEG of clipped scalp and return the number of hairs rooted in it."""
    from dataclasses import replace

    import cv2

    from hairdensity.synthetic.presets import clipped
    from hairdensity.synthetic.render import render
    from hairdensity.synthetic.scene import make_scene

    field_mm = tuple(side * UM_PER_PX / 1000 for side in SHAPES[float(megapixels)])
    settings = replace(clipped(DENSITY_PER_CM2), field_mm=field_mm, um_per_px=UM_PER_PX)
    rendering = render(make_scene(settings, seed=1))
    cv2.imwrite(path, cv2.cvtColor(rendering.image.pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return {"n_hairs": rendering.truth.n_hairs}


def time_pipelines(path: str, n_true: str, rounds: str) -> dict[str, Any]:
    """Median seconds of both pipelines, by turns, after checking that both see the hairs."""
    import cv2

    cv2.setNumThreads(1)
    n_ours, n_scripted = score(path), scripted(path)
    check_count("hairdensity", n_ours, int(n_true), tolerance=0.25)
    # One component often holds several hairs: the scripted count is only expected to see most of the picture.
    check_count("the scripted pipeline", n_scripted, int(n_true), tolerance=0.6)

    times: dict[str, list[float]] = {}
    for _ in range(int(rounds)):
        with stage_clocks(times):
            clocked(times, "whole", score)(path)
        clocked(times, "scripted", scripted)(path)
        clocked(times, "scripted_lean", scripted)(path, sigmas=(2, 4, 6), dtype="float32")
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    return {
        "n_hairs": n_ours,
        "n_hairs_scripted": n_scripted,
        "seconds": medians,
        "spread_s": {name: max(seconds) - min(seconds) for name, seconds in times.items()},
        "ratio": medians["scripted"] / medians["whole"],
        "ratio_lean": medians["scripted_lean"] / medians["whole"],
        # The same in processor seconds, which other programs on the machine disturb less.
        "ratio_cpu": medians["scripted_cpu"] / medians["whole_cpu"],
    }


def check_count(name: str, found: int, true: int, *, tolerance: float) -> None:
    if abs(found - true) > tolerance * true:
        sys.exit(f"{name} found {found} hairs of {true}: its time would mean nothing")


def peak_memory(path: str, pipeline: str) -> float:
    """Peak resident memory in MB of this process after one picture, libraries included."""
    import cv2

    cv2.setNumThreads(1)
    {"ours": score, "scripted": scripted}[pipeline](path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def score(path: str) -> int:
    """The number of hairs by this package, from the file to all figures and their intervals."""
    from hairdensity import analysis, image
    from hairdensity.calibration import Calibration

    found = analysis.analyze(image.read_image(Path(path)), calibration=Calibration(um_per_px=UM_PER_PX))
    return found.metrics.n_hairs


def scripted(path: str, *, sigmas: Sequence[float] = (2, 4, 6, 8), dtype: str = "float64") -> int:
    """The number of hairs by the script that one writes in an afternoon.

    Public scripts for hairs, fibers and vessels were read for it: they take gray values as float64, the Sato filter
    over 3 to 8 scales (its default is 5), thresholds from Otsu or percentiles, a skeleton, and count its components.
    Here the filter gets four scales, which cover 35-140 um at 5 um/px, and the leanest of the usual calls follow; no
    diameter is measured. ``scripted_lean`` is what an expert might make of it: three scales in single precision.
    """
    from skimage.color import rgb2gray
    from skimage.filters import apply_hysteresis_threshold, sato, threshold_otsu
    from skimage.io import imread
    from skimage.measure import label, regionprops
    from skimage.morphology import skeletonize

    gray = rgb2gray(imread(path)).astype(dtype, copy=False)
    ridges = sato(gray, sigmas=sigmas, black_ridges=True)
    high = threshold_otsu(ridges)
    skeleton = skeletonize(apply_hysteresis_threshold(ridges, high / 2, high))
    return len([region for region in regionprops(label(skeleton)) if region.area >= 30])


@contextmanager
def stage_clocks(times: dict[str, list[float]]) -> Iterator[None]:
    """Clock the stages as analyze() calls them, with its own arguments; a stage that it renames fails here.

    A stage that runs more than once for a picture counts with the sum of its runs.
    """
    from hairdensity import analysis, image

    runs: dict[str, list[float]] = {}
    with ExitStack() as stack:
        stack.enter_context(patch.object(image, "read_image", clocked(runs, "decode", image.read_image)))
        for name, function in STAGES.items():
            stage = clocked(runs, name, getattr(analysis, function))
            stack.enter_context(patch.object(analysis, function, stage))
        yield
    for name, seconds in runs.items():
        times.setdefault(name, []).append(sum(seconds))


def clocked(times: dict[str, list[float]], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which also notes how long each call took; of an iterator, how long each item took."""

    def run(*arguments: Any, **options: Any) -> Any:
        with clock(times, name):
            result = function(*arguments, **options)
        return clocked_items(times, name, result) if isinstance(result, Iterator) else result

    return run


def clocked_items(times: dict[str, list[float]], name: str, items: Iterator[Any]) -> Iterator[Any]:
    end = object()
    while True:
        with clock(times, name):
            item = next(items, end)
        if item is end:
            return
        yield item
        # Held here, an item would stay in memory while the next is made.
        del item


@contextmanager
def clock(times: dict[str, list[float]], name: str) -> Iterator[None]:
    wall, processor = time.perf_counter(), time.process_time()
    yield
    times.setdefault(name, []).append(time.perf_counter() - wall)
    times.setdefault(f"{name}_cpu", []).append(time.process_time() - processor)


def figures(results: dict[str, Any]) -> list[dict[str, str]]:
    """The lines for the README's table."""
    lines = [figure("`hairdensity --help`", f"{results['help_s']:.2f} s", "at most 0.5 s")]
    for size, result in results.items():
        if size == "help_s":
            continue
        megapixels, seconds = size.removesuffix("mp"), result["seconds"]
        lines += [
            figure(f"Whole picture, {megapixels} MP, one core", f"{seconds['whole']:.2f} s ({_stages(seconds)})", ""),
            figure(
                f"Speed against a scripted scikit-image pipeline, {megapixels} MP",
                f"{result['ratio']:.1f} times ({result['ratio_lean']:.1f} times a lean one)",
                "at least 10 times",
            ),
        ]
        if size == "12mp":
            lines.append(figure("Peak memory, 12 MP", f"{result['peak_mb']:.0f} MB", "at most 700 MB"))
    return lines


def _stages(seconds: dict[str, float]) -> str:
    return ", ".join(f"{name} {seconds[name]:.2f}" for name in ("decode", *STAGES))


CHILDREN: dict[str, Callable[..., Any]] = {
    "render": render_picture,
    "time": time_pipelines,
    "memory": peak_memory,
}


if __name__ == "__main__":
    main()
