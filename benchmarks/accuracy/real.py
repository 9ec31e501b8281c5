"""What each method finds on real captures that a reader annotated with one vector for each hair.

    python benchmarks/accuracy/real.py FOLDER [--um-per-px 5.571] [--methods ridges network] [--json FILE]

FOLDER holds the captures and ``annotations.json``: {capture: [{"class", "root": [x, y], "tip": [x, y]}]} in px, x to
the right and y down. Vectors of the class ``abnormal`` are loose cut fragments, no hairs. Roots within a margin of the
edge do not count on either side, because readers leave out-of-focus hairs there unmarked. Missed and false hairs are
sorted by cause (``hairdensity.evaluation.Mistakes``). Whether the density's interval of the picture holds the reader's
count is asked of its ratio to the density, since readers count on less of the picture. Tables go to stderr, the report
to stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, add_method_options, one_thread, ready_methods
from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.evaluation import (
    Capture,
    Mistakes,
    RootScore,
    pool_mistakes,
    pool_roots,
    score_vectors,
    sort_mistakes,
)
from hairdensity.image import TrichoImage, read_image

NO_HAIR = "abnormal"
SUFFIXES = (".jpg", ".jpeg", ".png")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of one method for one capture; ``interval`` is that of the density over the density."""

    capture: str
    method: str
    roots: RootScore
    interval: tuple[float, float]
    mistakes: Mistakes


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
    methods = ready_methods(arguments.methods, arguments.model)
    score_one = partial(score_capture, methods=methods, frame=_frame(arguments), overlays=arguments.overlay)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        answers = [
            answer for both in pool.map(score_one, paths, [annotations[path.stem] for path in paths]) for answer in both
        ]
    results = {"pooled": pooled_rows(answers), "captures": capture_rows(answers)}
    _show(results, arguments.worst)
    write_report("accuracy on real clipped scalp", results, figures(results["pooled"]), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    add_method_options(parser)
    parser.add_argument("--um-per-px", type=float, default=5.571)
    parser.add_argument("--margin-px", type=float, default=64.0)
    parser.add_argument("--strip-px", type=int, default=16, help="height of the burned-in strip at the bottom")
    parser.add_argument(
        "--seams-px",
        type=float,
        nargs=2,
        default=(512.0, 640.0),
        metavar=("ROW", "COL"),
        help="where the four quadrants meet that were annotated on their own",
    )
    parser.add_argument("--worst", type=int, default=12, help="number of captures in the table of the worst")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="write an overlay of each capture and method here")
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def _frame(arguments: argparse.Namespace) -> Row:
    """What is the same for all captures."""
    row, col = arguments.seams_px
    return {
        "um_per_px": arguments.um_per_px,
        "margin_px": arguments.margin_px,
        "strip_px": arguments.strip_px,
        "seam_rows_px": (row,),
        "seam_cols_px": (col,),
    }


def captures(folder: Path, annotations: dict[str, Any]) -> list[Path]:
    """The annotated pictures of a folder."""
    found = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES)
    return [path for path in found if path.stem in annotations]


def score_capture(
    path: Path, vectors: Sequence[Row], *, methods: dict[str, Settings], frame: Row, overlays: Path | None
) -> list[Answer]:
    """Analyze one capture by each method and compare the hairs with the reader's vectors."""
    image = read_image(path)
    capture = reader_capture(image, vectors, frame)
    # The scale is the same for the reader: its error is none of the count's.
    calibration = Calibration(um_per_px=capture.um_per_px, relative_error=0.0)
    answers = []
    for method, settings in methods.items():
        analysis = analyze(image, calibration=calibration, settings=settings)
        if overlays is not None:
            _draw(analysis, overlays / method / f"{path.stem}_overlay.png")
        answers.append(_answer(path.stem, method, capture, analysis))
    return answers


def reader_capture(image: TrichoImage, vectors: Sequence[Row], frame: Row) -> Capture:
    """What the reader drew, and where it counts."""
    height, width = image.pixels.shape[:2]
    options = {name: value for name, value in frame.items() if name != "strip_px"}
    return Capture(
        hairs=_vectors(v for v in vectors if v["class"] != NO_HAIR),
        fragments=_vectors(v for v in vectors if v["class"] == NO_HAIR),
        shape=(height - frame["strip_px"], width),
        **options,
    )


def _vectors(vectors: Any) -> np.ndarray:
    """(N, 4) row and column of root and tip."""
    return np.array([v["root"][::-1] + v["tip"][::-1] for v in vectors], dtype=np.float64).reshape(-1, 4)


def _answer(name: str, method: str, capture: Capture, analysis: Analysis) -> Answer:
    lines = analysis.centerlines
    roots = score_vectors(
        capture.hairs,
        np.concatenate([lines.roots_px, lines.tips_px], axis=1),
        um_per_px=capture.um_per_px,
        shape=capture.shape,
        margin_px=capture.margin_px,
    )
    density = analysis.metrics.density_per_cm2
    value = density.value if density is not None and density.value > 0 else np.nan
    interval = (np.nan, np.nan) if density is None else (density.low / value, density.high / value)
    return Answer(capture=name, method=method, roots=roots, interval=interval, mistakes=sort_mistakes(capture, lines))


def holds_count(answer: Answer) -> bool:
    """Whether the interval around the hairs that count on the reader's part of the picture holds the reader's."""
    low, high = (answer.roots.n_found * ratio for ratio in answer.interval)
    return low <= answer.roots.n_true <= high


def _draw(analysis: Analysis, path: Path) -> None:
    # Only who asks for pictures waits for their library.
    from hairdensity.report.overlay import write_overlay

    path.parent.mkdir(parents=True, exist_ok=True)
    write_overlay(analysis, path)


def pooled_rows(answers: Sequence[Answer]) -> list[Row]:
    """One row for each method, over all captures."""
    return [_pooled([a for a in answers if a.method == method]) for method in _methods(answers)]


def _pooled(answers: Sequence[Answer]) -> Row:
    roots = pool_roots([answer.roots for answer in answers])
    errors = [abs(a.roots.n_found - a.roots.n_true) / max(a.roots.n_true, 1) for a in answers]
    values = {
        "count_mape": float(np.mean(errors)),
        "count_bias": roots.count_error,
        "interval_holds": float(np.mean([holds_count(answer) for answer in answers])),
        "interval_half_width": float(np.nanmedian([(a.interval[1] - a.interval[0]) / 2 for a in answers])),
        "root_precision": roots.precision if roots.n_found else 0.0,
        "root_recall": roots.recall,
        "root_f1": roots.f1,
        "directed_recall": roots.directed_recall,
    }
    return {
        "method": answers[0].method,
        "captures": len(answers),
        **{name: round(value, 4) for name, value in values.items()},
        **asdict(pool_mistakes([answer.mistakes for answer in answers])),
    }


def capture_rows(answers: Sequence[Answer]) -> list[Row]:
    """One row for each capture and method."""
    return [
        {
            "capture": a.capture,
            "method": a.method,
            "n_true": a.roots.n_true,
            "n_found": a.roots.n_found,
            "holds": holds_count(a),
            "precision": a.roots.precision if a.roots.n_found else 0.0,
            "recall": a.roots.recall if a.roots.n_true else 0.0,
            "f1": a.roots.f1,
            **asdict(a.mistakes),
        }
        for a in answers
    ]


def _show(results: dict[str, list[Row]], n_worst: int) -> None:
    """The methods side by side, and of each the captures with the lowest root F1."""
    pooled = pd.DataFrame(results["pooled"]).set_index("method").T
    print(pooled.to_string(float_format=lambda x: f"{x:g}"), file=sys.stderr)
    table = pd.DataFrame(results["captures"])
    for method, rows in table.groupby("method", sort=False):
        worst = rows.drop(columns="method").sort_values("f1").head(n_worst)
        print(f"\nworst by {method}\n{worst.to_string(index=False, float_format='%.3f')}", file=sys.stderr)


def figures(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    lines = []
    for row in rows:
        where, method = f"{row['captures']} real captures, clipped", row["method"]
        count, f1 = f"{row['count_mape']:.1%}", f"{row['root_f1']:.3f}"
        lines.append(figure(f"Count error, {where}", count, "at most 6.2 %", method=method))
        lines.append(figure(f"Root F1 at 0.2 mm, {where}", f1, "at least 0.947", method=method))
        holds = f"{row['interval_holds']:.1%}, median +-{row['interval_half_width']:.0%}"
        lines.append(figure(f"95 % interval of the count holds the reader's, {where}", holds, "93-98 %", method=method))
    return lines


def _methods(answers: Sequence[Answer]) -> list[str]:
    return list(dict.fromkeys(answer.method for answer in answers))


if __name__ == "__main__":
    main()
