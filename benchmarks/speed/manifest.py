"""Speed of reading and checking a manifest, and of looking for the same picture under two names.

    python benchmarks/speed/manifest.py [--json FILE] [--rounds 3] [--patients 500]

Each patient has two sites, ten visits and five pictures of each: 100 files, empty but for every hundredth. Before the
clock counts, the good manifest must have no fault and each damaged one exactly as many as were put in. Times are of one
process's work (CPU), medians over the rounds: how long a shared disk takes to list folders is not ours.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.reporting import figure, write_report

HEADER = "image,patient,site,visit,date,arm,center,um_per_px,area,treatment,needle_depth_mm,x_age"


def main() -> None:
    arguments = _parse()
    with tempfile.TemporaryDirectory() as folder:
        rows = _write_pictures(Path(folder), arguments.patients)
        results = [_measure(Path(folder), *kind, rounds=arguments.rounds) for kind in _manifests(rows)]
    n_rows = len(rows)
    figures = [
        figure(f"study check, {n_rows} rows, {item['what']}", f"{item['cpu_s']:.1f} s", "a few seconds for 50,000 rows")
        for item in results
    ]
    write_report("manifest_speed", {"n_rows": n_rows, "manifests": results}, figures, path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patients", type=int, default=500)
    return parser.parse_args()


def _write_pictures(folder: Path, n_patients: int) -> list[str]:
    """The files of all patients, and the rows that name them."""
    rows = []
    for patient in range(n_patients):
        for site in ("vertex", "frontal"):
            here = folder / f"P{patient:04d}" / site
            here.mkdir(parents=True)
            for visit in range(10):
                for picture in range(5):
                    name = f"{visit}_{picture}.jpg"
                    (here / name).write_text(str(len(rows)) if len(rows) % 100 == 0 else "")
                    day, arm = f"2024-{visit + 1:02d}-0{picture + 1}", "AB"[patient % 2]
                    rows.append(
                        f"P{patient:04d}/{site}/{name},P{patient:04d},{site},week {4 * visit},{day},{arm},"
                        f"C{patient % 7},5.2,whole,needling,1.5,40"
                    )
    return rows


def _manifests(rows: list[str]) -> list[tuple[str, list[str], int, bool]]:
    """(what, rows, faults that they have, by hash)."""
    missing = [row.replace(".jpg", "_.jpg", 1) for row in rows]
    return [
        ("no fault", rows, 0, False),
        ("no fault, contents compared", rows, 0, True),
        ("every file missing", missing, len(rows), False),
    ]


def _measure(folder: Path, what: str, rows: list[str], n_faults: int, by_hash: bool, *, rounds: int) -> dict[str, Any]:
    from hairdensity.study.manifest import check_manifest

    path = folder / "manifest.csv"
    path.write_text("\n".join([HEADER, *rows, ""]))
    found = check_manifest(path, by_hash=by_hash)[1]
    if len(found) != n_faults:
        raise SystemExit(f"{what}: {len(found)} faults instead of {n_faults}, e.g. {found[:1]}")
    cpu = [_cpu_s(lambda: check_manifest(path, by_hash=by_hash)) for _ in range(rounds)]
    return {"what": what, "n_faults": n_faults, "cpu_s": statistics.median(cpu)}


def _cpu_s(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
