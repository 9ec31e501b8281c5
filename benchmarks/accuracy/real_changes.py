"""Changes on real captures whose truth is known because they were made: hairs painted out of a copy.

    python benchmarks/accuracy/real_changes.py FOLDER [--captures N] [--methods network] [--json FILE]

FOLDER holds captures and ``annotations.json`` as for real.py. A copy of each capture is turned, shifted, relit, given
noise and encoded as JPEG: nothing changed. A second copy, made likewise, first lost 5-20 % of its hairs: those that a
reader drew, alone or beside others, wherever skin from beside them can be laid over them cleanly. The capture against
that copy shows known losses; the copy against the capture shows the same hairs gained. Where hairs stand so close that
the brush would touch a neighbor nothing is painted, so hairs of dense units are asked about too seldom. What is no hair
is the same on every copy of a capture, as it is not between visits. The table goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, add_method_options, one_thread, ready_methods
from benchmarks.accuracy.painting_out import PaintedOut, paint_out
from benchmarks.accuracy.real import NO_HAIR, captures
from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.change import Change, compare
from hairdensity.comparison.differences import ChangeVerdict
from hairdensity.evaluation.roots import ROOT_TOLERANCE_UM, match_roots
from hairdensity.image import TrichoImage, read_image

SEED = 5100
SHARES = (0.05, 0.2)
TURN_DEG, SHIFT_PX = 8.0, 40.0
LIGHT = (0.88, 1.1)
NOISE_SD = 2.0
QUALITY = 90
READER_DEG = 45.0
"""A found hair is the reader's when its root is near and it leaves like the vector within this angle."""

NOTHING, LOSSES, GAINS = "nothing", "losses", "gains"
RIGHT = {
    NOTHING: ChangeVerdict.WITHIN_NOISE,
    LOSSES: ChangeVerdict.DECREASE,
    GAINS: ChangeVerdict.INCREASE,
}

Row = dict[str, Any]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Array = np.ndarray[Any, np.dtype[np.float64]]


def main() -> None:
    arguments = _parse()
    source = arguments.folder / "annotations.json"
    if not source.is_file():
        print(f"skipped: no annotated captures in {arguments.folder} ({source.name} is not there)", file=sys.stderr)
        return
    annotations = json.loads(source.read_text())
    paths = captures(arguments.folder, annotations)
    if arguments.captures is not None:
        paths = paths[:: max(1, len(paths) // arguments.captures)][: arguments.captures]
    methods = ready_methods(arguments.methods, arguments.model)
    measure = partial(measure_capture, methods=methods, um_per_px=arguments.um_per_px)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        parts = pool.map(measure, paths, [annotations[path.stem] for path in paths])
        rows = [row for part in parts for row in part]
    pooled = pool_rows(rows)
    print(pd.DataFrame(pooled).T.to_string(header=False), file=sys.stderr)
    results = {"pooled": pooled, "pairs": rows}
    write_report("changes made on real captures", results, figures(pooled), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    add_method_options(parser)
    parser.set_defaults(methods=["network"])
    parser.add_argument("--um-per-px", type=float, default=5.571)
    parser.add_argument("--captures", type=int, help="how many, evenly from all; all by default")
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def measure_capture(path: Path, vectors: list[Row], *, methods: dict[str, Settings], um_per_px: float) -> list[Row]:
    """The three pairs of one capture by each method."""
    drawn = np.array([v["root"][::-1] + v["tip"][::-1] for v in vectors if v["class"] != NO_HAIR], dtype=np.float64)
    seed = SEED + sum(path.stem.encode())
    return [
        {"capture": path.stem, "method": method, **row}
        for method, settings in methods.items()
        for row in _pairs(read_image(path), drawn.reshape(-1, 4), settings, um_per_px=um_per_px, seed=seed)
    ]


def _pairs(image: TrichoImage, drawn: Array, settings: Settings, *, um_per_px: float, seed: int) -> Iterator[Row]:
    calibration, rng = Calibration(um_per_px=um_per_px), np.random.default_rng(seed)
    capture = analyze(image, calibration=calibration, settings=settings)
    without = losing_hairs(capture, drawn, rng)
    same, fewer = (
        analyze(TrichoImage.from_array(moved_copy(pixels, rng)), calibration=calibration, settings=settings)
        for pixels in (image.pixels, without.pixels)
    )
    yield row_of(compare(capture, same), NOTHING, PaintedOut(image.pixels, np.zeros(0, dtype=np.int64)))
    yield row_of(compare(capture, fewer), LOSSES, without)
    yield row_of(compare(fewer, capture), GAINS, without)


def losing_hairs(capture: Analysis, drawn: Array, rng: np.random.Generator) -> PaintedOut:
    """The capture without some of those of its hairs that the reader drew."""
    lines = capture.centerlines
    found = np.concatenate([lines.roots_px, lines.tips_px], axis=1)
    reach_px = ROOT_TOLERANCE_UM / capture.working_um_per_px
    pairs = match_roots(drawn, found, tolerance_px=reach_px, tolerance_deg=READER_DEG)
    overlooked = np.delete(drawn, match_roots(drawn, found, tolerance_px=reach_px)[:, 0], axis=0)
    n = round(rng.uniform(*SHARES) * capture.metrics.n_hairs)
    return paint_out(capture, rng.permutation(pairs[:, 1]), n, others_px=overlooked)


def moved_copy(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Turned and shifted a little, in another light, with noise, and encoded again."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-TURN_DEG, TURN_DEG), 1.0)
    turn[:, 2] += rng.uniform(-SHIFT_PX, SHIFT_PX, 2)
    moved = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    lit = moved * rng.uniform(*LIGHT) + rng.normal(0, NOISE_SD, moved.shape)
    data = np.clip(lit, 0, 255).astype(np.uint8)[..., ::-1]
    packed = cv2.imencode(".jpg", data, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])


def row_of(change: Change, kind: str, without: PaintedOut) -> Row:
    """What was said of the painted-out hairs, of the others and of the density."""
    row: Row = {"kind": kind, "accepted": change.registration.accepted, "reason": change.registration.reason}
    if change.common_area is None or not change.common_area.area_cm2:
        return row
    matches = change.matches[change.matches["in_area"]]
    side, gone, sign = ("follow_up", "new", 1) if kind == GAINS else ("baseline", "lost", -1)
    is_painted = matches[f"{side}_hair_id"].isin(without.hairs).to_numpy(dtype=bool)
    painted, others = matches[is_painted], matches[~is_painted]
    stated = (matches["follow_up_probability"] - matches["baseline_probability"]).to_numpy(dtype=np.float64)
    area_cm2, density = change.common_area.area_cm2, change.differences["density_per_cm2"]
    row |= {
        "hairs": float(len(matches)),
        "painted": len(painted),
        "painted right": int((painted["fate"] == gone).sum()),
        "painted stated": float(sign * stated[is_painted].sum()),
        "others": len(others),
        "others lost": int((others["fate"] == "lost").sum()),
        "others new": int((others["fate"] == "new").sum()),
        "others stated": float(stated[~is_painted].sum()),
        "area_cm2": area_cm2,
        "true": sign * len(painted) / area_cm2,
        "baseline": density.value / density.relative if density.relative else float("nan"),
        "verdict": str(density.verdict),
    }
    unmatched = change.unmatched["density_per_cm2"]
    for name, found in (("matched", density), ("unmatched", unmatched)):
        row |= {name: found.value, f"{name} low": found.low, f"{name} high": found.high}
    return row | {"baseline": change.baseline_metrics.density_per_cm2.value}


def pool_rows(rows: list[Row]) -> list[Row]:
    """One row for each method and kind of change."""
    table = pd.DataFrame(rows)
    return [
        {"method": method, "change": kind, "pairs": len(group), **_pooled(group[group["accepted"]], str(kind))}
        for (method, kind), group in table.groupby(["method", "kind"], sort=False)
    ]


def _pooled(pairs: pd.DataFrame, kind: str) -> Row:
    names = ("painted", "painted right", "painted stated", "others", "others lost", "others new", "others stated")
    row: Row = {"accepted": len(pairs), **{name: round(float(pairs[name].sum()), 2) for name in names}}
    row["verdict right"] = float((pairs["verdict"] == RIGHT[kind]).mean())
    row["mean true change"] = float(pairs["true"].mean())
    for name in ("matched", "unmatched"):
        off = pairs[name] - pairs["true"]
        row[f"{name}: mean change"] = float(pairs[name].mean())
        row[f"{name}: median error"] = float((off.abs() / pairs["baseline"]).median())
        row[f"{name}: bias"] = float((off / pairs["baseline"]).mean())
        holds = (pairs[f"{name} low"] <= pairs["true"]) & (pairs["true"] <= pairs[f"{name} high"])
        row[f"{name}: interval holds"] = float(holds.mean())
        row[f"{name}: half width"] = float(
            ((pairs[f"{name} high"] - pairs[f"{name} low"]) / 2 / pairs["baseline"]).median()
        )
    return row


def figures(pooled: list[Row]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    return [line for row in pooled for line in (_unchanged(row) if row["change"] == NOTHING else _changed(row))]


def _unchanged(row: Row) -> list[dict[str, str]]:
    what = f"{row['pairs']} real captures against a moved, relit copy of themselves"
    return [
        figure(f"Verdict within noise, {what}", f"{row['verdict right']:.1%}", ">= 95 %", method=row["method"]),
    ]


def _changed(row: Row) -> list[dict[str, str]]:
    kind, method = row["change"], row["method"]
    word = {LOSSES: "lost", GAINS: "new"}[kind]
    where = f"{row['pairs']} real captures with {row['painted']:.0f} hairs painted out, as {kind}"
    falsely = f"{row['others lost'] + row['others new']:.0f} of {row['others']:.0f} others lost or new"
    error = f"{row['matched: median error']:.1%} of density; unmatched {row['unmatched: median error']:.1%}"
    holds = f"{row['matched: interval holds']:.1%}, median +-{row['matched: half width']:.1%}"
    return [
        figure(
            f"Called {word}, {where}",
            f"{row['painted right'] / max(row['painted'], 1):.1%}; {falsely}",
            ">= 90 %",
            method=method,
        ),
        figure(f"Change of density, median error, {where}", error, "<= 1.5 %; unmatched 8-11 %", method=method),
        figure(f"95 % interval holds the change, {where}", holds, "93-98 %", method=method),
    ]


if __name__ == "__main__":
    main()
