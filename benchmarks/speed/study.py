"""Throughput and memory of a study's run beside `score` alone: one core, two cores, a Dask cluster of two workers.

    python benchmarks/speed/study.py [--images 100] [--rounds 3] [--method network] [--compared 60] [--json FILE]

Rendered pictures of 1 MP, one visit of each patient, so that each command does the same work: decode, analyze, write
tables. What two cores can give at all is measured beside: two runs that know nothing of each other, each of half of the
patients, side by side. In each round every command is timed from the shell, start included, one after the other; the
report has the median over the rounds of each ratio, for a machine's speed drifts. Two more runs have two visits of each
patient: there comparisons are counted too. A second memory figure is of a long run of small pictures. Before the clock
counts for anything, all commands must agree on the number of hairs. With the network, 100 images and 3 rounds on two
cores take some 20 minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.dask_cluster import dask_cluster
from benchmarks.process_memory import MemoryTrace, run_traced
from benchmarks.reporting import figure, write_report
from benchmarks.study_pictures import UM_PER_PX, StudySettings, write_study

SHAPE = (1000, 1000)
LONG_SHAPE = (300, 400)
AIMS = {
    "two_cores": "at least 1.9",
    "of_score": "at least 0.9",
    "of_local": "at least 0.8",
    "memory": "flat over the run",
}


def main() -> None:
    arguments = _parse()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = StudySettings(n_images=arguments.images, n_visits=1, shape=SHAPE, density_per_cm2=150.0)
        manifest = write_study(folder / "pictures", pictures, seed=1).manifest
        with dask_cluster(folder, "--nanny", "--nanny") as cluster:
            rounds = [
                time_round(manifest, folder / str(i), arguments, scheduler=cluster.address)
                for i in range(arguments.rounds)
            ]
        results: dict[str, Any] = {
            "n_images": arguments.images,
            "method": arguments.method,
            "rounds": rounds,
            "compared": time_compared(folder, arguments) if arguments.compared else None,
            "long": time_long(folder, arguments) if arguments.long else None,
        }
    write_report("study_speed", results, _figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--method", choices=("ridges", "network"), default="network")
    parser.add_argument("--compared", type=int, default=60, help="images of the run with two visits; 0: without")
    parser.add_argument("--long", type=int, default=600, help="small images of the long run for memory; 0: without")
    return parser.parse_args()


def time_round(manifest: Path, out: Path, arguments: argparse.Namespace, *, scheduler: str) -> dict[str, Any]:
    """Seconds and memory of each command, on the same pictures."""
    ways = {
        "score_2": _score(manifest, out, arguments.method),
        "run_2": _run(manifest, out / "run_2", arguments.method, "--workers", "2"),
        "run_1": _run(manifest, out / "run_1", arguments.method, "--workers", "1"),
        "dask_2": _run(manifest, out / "dask_2", arguments.method, "--scheduler", scheduler),
    }
    seconds, memory = {}, {}
    for name, command in ways.items():
        seconds[name], trace = _timed(command)
        memory[name] = trace.summary()
        print(f"{name}: {seconds[name]:.1f} s", file=sys.stderr)
    _check(out, ways)
    seconds["halves"] = _time_halves(manifest, out / "halves", arguments.method)
    print(f"halves: {seconds['halves']:.1f} s", file=sys.stderr)
    return {"seconds": seconds, "memory": memory}


def _time_halves(manifest: Path, out: Path, method: str) -> float:
    """Seconds of two runs side by side, each with one child and half of the patients: the machine's own limit."""
    commands = [_run(manifest, out, method, "--workers", "1", "--shard", f"{half}/2") for half in (1, 2)]
    start = time.monotonic()
    processes = [subprocess.Popen(command) for command in commands]
    if any(process.wait() for process in processes):
        raise SystemExit("a half of the study failed")
    return time.monotonic() - start


def _score(manifest: Path, out: Path, method: str) -> list[str]:
    scale = ["--um-per-px", str(UM_PER_PX), "--method", method, "--workers", "2", "--quiet"]
    return [*_hairdensity("score"), str(manifest.parent), *scale, "--csv", str(out / "score_2")]


def _run(manifest: Path, out: Path, method: str, *where: str) -> list[str]:
    return [*_hairdensity("study", "run"), str(manifest), "--out", str(out), "--method", method, *where, "--quiet"]


def _hairdensity(*names: str) -> list[str]:
    return [sys.executable, "-m", "hairdensity.cli", *names]


def _timed(command: list[str]) -> tuple[float, MemoryTrace]:
    seconds, code, trace = run_traced(command)
    if code != 0:
        raise SystemExit(f"exit code {code}: {' '.join(command)}")
    return seconds, trace


def _check(out: Path, ways: dict[str, list[str]]) -> None:
    """A fast wrong answer is no result."""
    counts = {name: pd.read_csv(out / name / "images.csv")["n_hairs"].sum() for name in ways}
    if len(set(counts.values())) > 1 or not min(counts.values()):
        raise SystemExit(f"the commands do not agree on the number of hairs: {counts}")


def time_compared(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """A run with two visits of each patient, on two cores."""
    pictures = StudySettings(n_images=arguments.compared, shape=SHAPE, density_per_cm2=150.0)
    manifest = write_study(folder / "compared_pictures", pictures, seed=2).manifest
    out = folder / "compared"
    seconds, trace = _timed(_run(manifest, out, arguments.method, "--workers", "2"))
    counts = json.loads((out / "run.json").read_text())["counts"]
    return {"seconds": seconds, "memory": trace.summary(), "counts": counts}


def time_long(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """A run of many small pictures, with comparisons, by ridges: what grows with each picture shows here."""
    pictures = StudySettings(n_images=arguments.long, shape=LONG_SHAPE)
    manifest = write_study(folder / "long_pictures", pictures, seed=3).manifest
    seconds, trace = _timed(_run(manifest, folder / "long", "ridges", "--workers", "2"))
    return {"n_images": arguments.long, "seconds": seconds, "memory": trace.summary()}


def _figures(results: dict[str, Any]) -> list[dict[str, str]]:
    rounds, n_images = results["rounds"], results["n_images"]

    def ratio(of: str, to: str) -> str:
        return f"{statistics.median(one['seconds'][to] / one['seconds'][of] for one in rounds):.2f}"

    def rate(name: str) -> str:
        return f"{statistics.median(n_images / one['seconds'][name] for one in rounds):.2f} images/s"

    what = f"{n_images} images of 1 MP, {results['method']}"
    told = [
        figure(
            f"study run, 2 workers against 1 ({what})",
            f"{ratio('run_2', 'run_1')} x ({rate('run_2')}); two runs apart {ratio('halves', 'run_1')} x",
            AIMS["two_cores"],
        ),
        figure(
            "study run against score alone, 2 workers",
            f"{ratio('run_2', 'score_2')} x ({rate('score_2')})",
            AIMS["of_score"],
        ),
        figure(
            "study run on Dask against local, 2 workers",
            f"{ratio('dask_2', 'run_2')} x ({rate('dask_2')})",
            AIMS["of_local"],
        ),
        _memory_figure(f"study run of {what}", rounds[-1]["memory"]["run_2"]),
    ]
    if compared := results["compared"]:
        counts = compared["counts"]
        n_per_s = counts["images"] / compared["seconds"]
        told.append(
            figure(
                f"study run with {counts['comparisons']} comparisons ({counts['comparisons_registered']} registered)",
                f"{n_per_s:.2f} images/s",
            )
        )
    if long := results["long"]:
        told.append(_memory_figure(f"study run of {long['n_images']} small images with comparisons", long["memory"]))
    return told


def _memory_figure(what: str, memory: dict[str, float]) -> dict[str, str]:
    parent = f"parent {memory['parent_peak_mb']:.0f} MB ({memory['parent_growth_mb']:+.0f} MB over the run)"
    child = f"largest child {memory['child_peak_mb']:.0f} MB ({memory['child_growth_mb']:+.0f} MB)"
    return figure(f"Memory, {what}", f"{parent}, {child}", AIMS["memory"])


if __name__ == "__main__":
    main()
