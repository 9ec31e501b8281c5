"""A study that is killed again and again: nothing may be lost, double or different in the end.

    python benchmarks/study_torture.py [--images 2000] [--kills 20] [--method ridges] [--dask] [--seed 0] [--json FILE]

Small pictures of simulated patients with two visits each (`study_pictures.py`), 1 % of them damaged, and two on which
the decoder crashes and hangs. `hairdensity study run` goes through once uninterrupted; then, in another folder, its
whole process group gets SIGKILL at random moments over the whole run, the start and the writing of the tables included,
and is resumed each time by the same command. Then both folders must hold the same bytes in every Parquet and CSV table,
a row for each picture and each pair, and each fault on its own row with its code; no result that was kept before a kill
may be missing or other after it. With --dask the run that is killed is one on a Dask cluster of this machine. On two
cores 2,000 images take some 15 minutes. The exit code is 1 when it failed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.dask_cluster import dask_cluster
from benchmarks.reporting import figure, write_report
from benchmarks.study_pictures import FLAWED_DECODER, LOG_VARIABLE, VISITS, StudyFiles, StudySettings, write_study

LOOK_S = 0.02
KINDS = ("*.parquet", "*.csv")


def main() -> None:
    arguments = _parse()
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = StudySettings(n_images=arguments.images, fault_share=0.01, with_killers=True)
        files = write_study(folder / "pictures", settings, seed=arguments.seed)
        (folder / "flaws").mkdir(exist_ok=True)
        (folder / "flaws" / "sitecustomize.py").write_text(FLAWED_DECODER)
        where = ["--workers", str(arguments.workers)]
        whole = _Run(files, folder / "whole", arguments, where)
        if arguments.dask:
            environment = flawed_environment(folder, folder / "killed_decoded.txt")
            nannies = ["--nanny"] * arguments.workers
            cluster = stack.enter_context(dask_cluster(folder, *nannies, environment=environment))
            where = ["--scheduler", cluster.address]
        results = torture(files, whole, _Run(files, folder / "killed", arguments, where), arguments)
    write_report("study_torture", results, _figures(results), path=arguments.json)
    if results["faults"]:
        raise SystemExit("; ".join(results["faults"]))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--method", choices=("ridges", "network"), default="ridges")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dask", action="store_true", help="the run that is killed is one on a Dask cluster")
    parser.add_argument("--limit-s", type=float, default=5.0, help="s for one picture")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this empty folder and leave all there")
    return parser.parse_args()


def flawed_environment(folder: Path, log: Path) -> dict[str, str]:
    """With the decoder that crashes and hangs."""
    paths = os.pathsep.join([str(folder / "flaws"), *filter(None, sys.path)])
    return os.environ | {"PYTHONPATH": paths, LOG_VARIABLE: str(log)}


def torture(files: StudyFiles, whole: _Run, killed: _Run, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the study both ways and compare."""
    codes = [whole.finish()]
    kills = Killing(killed, full_size=whole.ledger.stat().st_size, rng=random.Random(arguments.seed))
    for phase, share in kills.moments(arguments.kills):
        kills.kill(phase, share)
    codes.append(killed.finish())
    kills.look_back()
    faults = [*_differences(whole.out, killed.out), *_wrong_rows(killed.out, files, arguments.images), *kills.faults]
    if codes != [1, 1]:
        faults.append(f"exit codes {codes}, not 1: some images failed")
    images = pd.read_parquet(killed.out / "images.parquet")
    return {
        "n_images": arguments.images,
        "n_pairs": arguments.images // len(VISITS),
        "method": arguments.method,
        "on_dask": arguments.dask,
        "kills": kills.done,
        "seconds": {"whole": whole.seconds, "killed": killed.seconds},
        "n_decoded": {"whole": whole.n_decoded(), "killed": killed.n_decoded()},
        "error_codes": dict(Counter(images["error_code"].fillna("").astype(str))),
        "tables": sorted(path.name for path in whole.out.glob("*.parquet")),
        "faults": faults,
    }


class _Run:
    """A study's folder and the command that fills it."""

    def __init__(self, files: StudyFiles, out: Path, arguments: argparse.Namespace, where: list[str]) -> None:
        self.out, self.ledger = out, out / "ledger.sqlite"
        self.seconds = 0.0
        self._decoded = out.with_name(f"{out.name}_decoded.txt")
        self._messages = out.with_name(f"{out.name}_messages.txt")
        self._command = [
            sys.executable,
            "-m",
            "hairdensity.cli",
            "study",
            "run",
            str(files.manifest),
            "--out",
            str(out),
        ]
        self._command += ["--method", arguments.method, *where, "--quiet"]
        self._command += ["--limit-s", str(arguments.limit_s)]
        self._environment = flawed_environment(out.parent, self._decoded)

    def start(self) -> subprocess.Popen[bytes]:
        """The command, in a process group of its own."""
        with self._messages.open("ab") as messages:
            return subprocess.Popen(
                self._command,
                env=self._environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=messages,
            )

    def finish(self) -> int:
        """Let it end; its exit code."""
        start = time.perf_counter()
        code = self.start().wait()
        self.seconds += time.perf_counter() - start
        return code

    def n_decoded(self) -> int:
        """Pictures that were decoded, those again that were decoded again."""
        return len(self._decoded.read_bytes().splitlines())

    def results(self) -> dict[str, bytes]:
        """Hashes of all results by their keys, read from a copy: what a kill has left is for the next run to mend."""
        with tempfile.TemporaryDirectory() as folder:
            for path in self.out.glob(f"{self.ledger.name}*"):
                shutil.copy(path, folder)
            with contextlib.closing(sqlite3.connect(Path(folder) / self.ledger.name)) as ledger:
                try:
                    rows = ledger.execute("SELECT key, kind, code, message, value FROM results").fetchall()
                except sqlite3.OperationalError:
                    return {}  # Killed before it had made its tables.
        return {row[0]: hashlib.sha256(repr(row).encode()).digest() for row in rows}


class Killing:
    """Kills a run at chosen moments and sees that no result that was kept gets lost or changed."""

    def __init__(self, run: _Run, *, full_size: int, rng: random.Random) -> None:
        self._run, self._full_size, self._rng = run, full_size, rng
        self._results: dict[str, bytes] = {}
        self.done: list[str] = []
        self.faults: list[str] = []

    def moments(self, n_kills: int) -> list[tuple[str, float]]:
        """Phase and share of the results: the start and the writing of the tables, else spread over the results."""
        shares = sorted(self._rng.random() for _ in range(n_kills - 2))
        return [("start", 0.0), *(("results", share) for share in shares), ("tables", 1.0)][:n_kills]

    def kill(self, phase: str, share: float) -> None:
        """Start or resume the run, kill it and look at what it has left."""
        start = time.perf_counter()
        process = self._run.start()
        is_due = self._is_due(phase, share, time.monotonic() + self._rng.uniform(0.0, 1.5))
        while process.poll() is None and not is_due():
            time.sleep(LOOK_S)
        time.sleep(self._rng.uniform(0.0, 0.3))
        # A group that has ended is gone.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        self._run.seconds += time.perf_counter() - start
        n_results = self.look_back()
        when = f"{phase}: {n_results} results, " + ("killed" if code == -signal.SIGKILL else f"exit code {code}")
        self.done.append(when)
        print(f"kill {len(self.done)}: {when}", file=sys.stderr)

    def _is_due(self, phase: str, share: float, soon: float) -> Callable[[], bool]:
        out, ledger = self._run.out, self._run.ledger
        if phase == "start":
            return lambda: time.monotonic() > soon
        if phase == "results":
            return lambda: ledger.exists() and ledger.stat().st_size >= share * self._full_size
        return lambda: any("parquet" in path.name for path in out.iterdir()) if out.exists() else False

    def look_back(self) -> int:
        """See that all results are there that were there before; how many there are."""
        before, self._results = self._results, self._run.results()
        if n_lost := len(before.items() - self._results.items()):
            self.faults.append(f"{n_lost} results were lost or changed")
        return len(self._results)


def _differences(whole: Path, killed: Path) -> list[str]:
    """Files whose bytes are not the same."""
    names = {path.name for folder in (whole, killed) for kind in KINDS for path in folder.glob(kind)}
    return [f"{name} differs" for name in sorted(names) if not _same(whole / name, killed / name)]


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.read_bytes() == other.read_bytes()


def _wrong_rows(out: Path, files: StudyFiles, n_images: int) -> list[str]:
    """What is missing, double or has another code than its file's fault."""
    images, changes = (pd.read_parquet(out / f"{name}.parquet") for name in ("images", "changes"))
    wrong = []
    if sorted(images["row"]) != list(range(1, n_images + 1)):
        wrong.append("images: not every row once")
    codes = {row: code for row, code in zip(images["row"], images["error_code"], strict=True) if code}
    if codes != files.faults:
        wrong.append(f"images: faults {codes} instead of {files.faults}")
    ok = images.loc[images["status"] == "ok"]
    if ok["density_per_cm2"].isna().any():
        wrong.append("images: a row that is ok has no density")
    if sorted(changes["row"].unique()) != list(range(2, n_images + 1, 2)):
        wrong.append("changes: not every pair")
    failed = {row + row % 2 for row in files.faults}
    if set(changes.loc[changes["status"] == "failed", "row"]) != failed:
        wrong.append("changes: other pairs failed than those with a damaged picture")
    keys = {"changes": "figure", "hairs": "hair_id", "units": "unit_id", "matches": "match_id"}
    for name, key in keys.items():
        table = pd.read_parquet(out / f"{name}.parquet", columns=["row", key])
        if table.empty or table.duplicated().any():
            wrong.append(f"{name}: empty or double rows")
    return wrong


def _figures(results: dict[str, Any]) -> list[dict[str, str]]:
    n_killed = sum(kill.endswith("killed") for kill in results["kills"])
    n_faults = sum(n for code, n in results["error_codes"].items() if code)
    where = " on Dask" if results["on_dask"] else ""
    decoded, seconds = results["n_decoded"], results["seconds"]
    return [
        figure(
            f"A study of {results['n_images']:,} images, {n_faults} faulty, its run{where} killed {n_killed} times",
            "; ".join(results["faults"]) or f"the same bytes in all {len(results['tables'])} tables, nothing lost",
            "the same bytes as an uninterrupted run, each fault on its own row",
        ),
        figure(
            "What the kills cost",
            f"{decoded['killed'] - decoded['whole']} pictures decoded again, {seconds['killed']:.0f} s instead of "
            f"{seconds['whole']:.0f} s",
        ),
    ]


if __name__ == "__main__":
    main()
