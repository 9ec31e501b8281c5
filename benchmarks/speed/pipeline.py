"""Speed by stage, and as a ratio to the pipeline that a researcher would script.

    python benchmarks/speed/pipeline.py [--json FILE] [--rounds 5] [--megapixels 3.1 12]

Ours and the scripted one read the same rendered JPEG, in the same process, by turns; what they found is compared with
the rendering's truth before the clock starts. Ridges run on one thread, the network on two: a lone picture gets all the
cores. Times are medians over the rounds. Memory is the peak of a fresh process that scores one picture. A cold start is
the whole command, from the shell to the JSON.
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
    "graphics": ("analysis", "find_graphics"),
    "quality": ("analysis", "assess_quality"),
    "area": ("analysis", "place_area"),
    "segment": ("finding", {"ridges": "segment_polarities", "network": "segment_with_network"}),
    "trace": ("finding", {"ridges": "trace", "network": "trace_and_weigh"}),
    "hairs and units": ("analysis", "measure"),
    "cover": ("analysis", "measure_coverage"),
    "skin": ("analysis", "look_at_skin"),
    "openings": ("analysis", "find_ostia"),
    "metrics": ("analysis", "compute_metrics"),
}
"""Module and name of what analyze() calls, for each stage."""

MEASURING = ("hairs and units", "cover", "skin", "openings", "metrics")

THREADS = {"ridges": 1, "network": 2}
AIMS = {"ridges": "at least 10 times", "network": "at least 4 times"}
COLD_MEGAPIXELS = 3.1
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
    results: dict[str, Any] = {"help_s": wall_seconds("--help")}
    with tempfile.TemporaryDirectory() as folder:
        for megapixels in sizes:
            path = Path(folder) / f"{megapixels:g}mp.jpg"
            truth = run_child("render", path, megapixels)
            results[f"{megapixels:g}mp"] = {
                "n_hairs_true": truth["n_hairs"],
                **{method: measure_method(method, path, truth["n_hairs"], rounds) for method in THREADS},
                "scripted_peak_mb": run_child("memory", path, "scripted"),
            }
            if megapixels == COLD_MEGAPIXELS:
                results["cold_s"] = wall_seconds("score", str(path), "--um-per-px", str(UM_PER_PX), "--json")
    return results


def measure_method(method: str, path: Path, n_true: int, rounds: int) -> dict[str, Any]:
    """Times and peak memory of one method."""
    threads = THREADS[method]
    times = run_child("time", path, method, n_true, rounds, threads=threads)
    return {"threads": threads, **times, "peak_mb": run_child("memory", path, method, threads=threads)}


def run_child(*arguments: object, threads: int = 1) -> Any:
    """What a function of CHILDREN returns in a fresh process; ``threads`` are for the network alone."""
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    environment = {**os.environ, **ONE_THREAD, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def wall_seconds(*arguments: str, rounds: int = 5) -> float:
    """Wall time of the command ``hairdensity`` with these arguments, files already in the system's cache."""
    command = [str(Path(sys.executable).with_name("hairdensity")), *arguments]
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


def time_pipelines(path: str, method: str, n_true: str, rounds: str) -> dict[str, Any]:
    """Median seconds of both pipelines, by turns, after checking that both see the hairs."""
    import cv2

    cv2.setNumThreads(1)
    n_ours, n_scripted = score(path, method), scripted(path)
    check_count("hairdensity", n_ours, int(n_true), tolerance=0.25)
    # One component often holds several hairs: the scripted count is only expected to see most of the picture.
    check_count("the scripted pipeline", n_scripted, int(n_true), tolerance=0.6)

    times: dict[str, list[float]] = {}
    for _ in range(int(rounds)):
        with stage_clocks(times, method):
            clocked(times, "whole", score)(path, method)
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
    scripted(path) if pipeline == "scripted" else score(path, pipeline)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def score(path: str, method: str) -> int:
    """The number of hairs by this package, from the file to all figures and their intervals, and to the JSON."""
    from hairdensity import analysis, image
    from hairdensity.calibration import Calibration
    from hairdensity.report.document import describe
    from hairdensity.settings import Settings

    settings = Settings(method=method)
    found = analysis.analyze(
        image.read_image(Path(path)), calibration=Calibration(um_per_px=UM_PER_PX), settings=settings
    )
    json.dumps(describe(found))
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
def stage_clocks(times: dict[str, list[float]], method: str) -> Iterator[None]:
    """Clock the stages as analyze() calls them, with its own arguments; a stage that it renames fails here.

    A stage that runs more than once for a picture counts with the sum of its runs.
    """
    from hairdensity import analysis, finding, image

    modules = {"analysis": analysis, "finding": finding}
    runs: dict[str, list[float]] = {}
    with ExitStack() as stack:
        stack.enter_context(patch.object(image, "read_image", clocked(runs, "decode", image.read_image)))
        for name, (place, functions) in STAGES.items():
            function = functions if isinstance(functions, str) else functions[method]
            stage = clocked(runs, name, getattr(modules[place], function))
            stack.enter_context(patch.object(modules[place], function, stage))
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
    if "cold_s" in results:
        what = f"First picture, cold: the whole command at {COLD_MEGAPIXELS:g} MP, default method"
        lines.append(figure(what, f"{results['cold_s']:.2f} s", "at most 3 s"))
    for size, result in results.items():
        if size.endswith("mp"):
            lines += [line for method in THREADS for line in _figures_of(size, method, result[method])]
    return lines


def _figures_of(size: str, method: str, result: dict[str, Any]) -> list[dict[str, str]]:
    megapixels, seconds = size.removesuffix("mp"), result["seconds"]
    cores = f"{result['threads']} core{'s' if result['threads'] > 1 else ''}"
    aim = "at most 3.5 s" if (method, size) == ("network", "12mp") else ""
    lines = [
        figure(
            f"File to JSON, {method}, {megapixels} MP, {cores}", f"{seconds['whole']:.2f} s ({_stages(seconds)})", aim
        ),
        figure(
            f"Speed against a scripted scikit-image pipeline, {method}, {megapixels} MP",
            f"{result['ratio']:.1f} times ({result['ratio_lean']:.1f} times a lean one)",
            AIMS[method],
        ),
    ]
    if size == "12mp":
        aim = "at most 700 MB" if method == "ridges" else ""
        lines.append(figure(f"Peak memory, {method}, 12 MP", f"{result['peak_mb']:.0f} MB", aim))
        measuring = sum(seconds[name] for name in MEASURING)
        lines.append(figure(f"All of measuring, {method}, 12 MP", f"{measuring:.2f} s", "at most 0.8 s"))
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
