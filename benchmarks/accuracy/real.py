"""What is found on real captures that a reader annotated with one vector for each hair.

    python benchmarks/accuracy/real.py FOLDER [--um-per-px 5.571] [--json FILE] [--overlay DIR]

FOLDER holds the captures and ``annotations.json``: {capture: [{"class", "root": [x, y], "tip": [x, y]}]} in px, x to
the right and y down. Vectors of the class ``abnormal`` are loose cut fragments, no hairs. Roots within a margin of the
edge do not count on either side, because readers leave out-of-focus hairs there unmarked. Tables go to stderr, the
report to stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.evaluation import RootScore, pool_roots, score_vectors
from hairdensity.image import read_image

NO_HAIR = "abnormal"
PROCESSES = 2
SUFFIXES = (".jpg", ".jpeg", ".png")


def main() -> None:
    arguments = _parse()
    source = arguments.folder / "annotations.json"
    if not source.is_file():
        print(f"skipped: no annotated captures in {arguments.folder} ({source.name} is not there)", file=sys.stderr)
        return
    annotations = json.loads(source.read_text())
    paths = captures(arguments.folder, annotations)
    if not paths:
        sys.exit(f"{source} names {len(annotations)} captures but none of them lies beside it")
    score_one = partial(
        score_capture,
        um_per_px=arguments.um_per_px,
        margin_px=arguments.margin_px,
        strip_px=arguments.strip_px,
        overlays=arguments.overlay,
    )
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), _one_thread) as pool:
        scores = list(pool.map(score_one, paths, [annotations[path.stem] for path in paths]))
    results = summary(scores)
    print(worst_captures([path.stem for path in paths], scores, arguments.worst), file=sys.stderr)
    write_report("accuracy on real clipped scalp", results, figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--um-per-px", type=float, default=5.571)
    parser.add_argument("--margin-px", type=float, default=64.0)
    parser.add_argument("--strip-px", type=int, default=16, help="height of the burned-in strip at the bottom")
    parser.add_argument("--worst", type=int, default=12, help="number of captures in the table of the worst")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="write an overlay of each capture here")
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _one_thread() -> None:
    cv2.setNumThreads(1)


def captures(folder: Path, annotations: dict[str, Any]) -> list[Path]:
    """The annotated pictures of a folder."""
    found = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES)
    return [path for path in found if path.stem in annotations]


def score_capture(
    path: Path,
    vectors: Sequence[dict[str, Any]],
    *,
    um_per_px: float,
    margin_px: float,
    strip_px: int,
    overlays: Path | None,
) -> RootScore:
    """Analyze one capture and compare its hairs with the reader's vectors."""
    analysis = analyze(read_image(path), calibration=Calibration(um_per_px=um_per_px))
    if overlays is not None:
        _draw(analysis, overlays / f"{path.stem}_overlay.png")
    height, width = analysis.image.pixels.shape[:2]
    return score_vectors(
        reader_vectors(vectors),
        found_vectors(analysis),
        um_per_px=um_per_px,
        shape=(height - strip_px, width),
        margin_px=margin_px,
    )


def reader_vectors(vectors: Sequence[dict[str, Any]]) -> np.ndarray:
    """(N, 4) row and column of root and tip."""
    hairs = [v["root"][::-1] + v["tip"][::-1] for v in vectors if v["class"] != NO_HAIR]
    return np.array(hairs, dtype=np.float64).reshape(-1, 4)


def found_vectors(analysis: Analysis) -> np.ndarray:
    """(M, 4) row and column of root and tip, of every hair in the picture."""
    columns = ["root_row_px", "root_col_px", "tip_row_px", "tip_col_px"]
    return analysis.hairs[columns].to_numpy(dtype=np.float64)


def _draw(analysis: Analysis, path: Path) -> None:
    # Only who asks for pictures waits for their library.
    from hairdensity.report.overlay import write_overlay

    path.parent.mkdir(parents=True, exist_ok=True)
    write_overlay(analysis, path)


def summary(scores: Sequence[RootScore]) -> dict[str, float]:
    """The figures over all captures."""
    pooled = pool_roots(scores)
    errors = [abs(s.n_found - s.n_true) / max(s.n_true, 1) for s in scores]
    values = {
        "count_mape": float(np.mean(errors)),
        "count_bias": pooled.count_error,
        "root_precision": pooled.precision if pooled.n_found else 0.0,
        "root_recall": pooled.recall,
        "root_f1": pooled.f1,
        "directed_recall": pooled.directed_recall,
    }
    return {"captures": len(scores), **{name: round(value, 4) for name, value in values.items()}}


def worst_captures(names: Sequence[str], scores: Sequence[RootScore], n: int) -> str:
    """A table of the captures with the lowest root F1."""
    rows = [
        {
            "capture": name,
            "n_true": score.n_true,
            "n_found": score.n_found,
            "count_error": score.count_error,
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.f1,
            "directed_recall": score.directed_recall,
        }
        for name, score in zip(names, scores, strict=True)
    ]
    table = pd.DataFrame(rows).sort_values("f1").head(n)
    return str(table.to_string(index=False, float_format="%.3f"))


def figures(results: dict[str, float]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    n = int(results["captures"])
    return [
        figure(f"Count error, {n} real captures, clipped", f"{results['count_mape']:.1%}", "at most 25 %"),
        figure(f"Root F1 at 0.2 mm, {n} real captures, clipped", f"{results['root_f1']:.2f}", "at least 0.70"),
    ]


if __name__ == "__main__":
    main()
