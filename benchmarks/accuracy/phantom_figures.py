"""The lines of the README's table about rendered scalps, with their aims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.accuracy.phantom_scenes import APART, CLIPPED, LONG, LONG_THINNING, SHORT, SUITES, VISIBLE
from benchmarks.reporting import figure

HAIR_F1_AIMS = {CLIPPED: "at least 0.85", LONG: "at least 0.65"}
CROSSING_SCENES = (SHORT, LONG)
CROSSING_BANDS = {
    "30": ("above 30 degrees", "at least 95 %"),
    "15": ("of 15-30 degrees", ""),
    "0": ("below 15 degrees", ""),
}

REFERENCE = ("black", "I")
HARDER = {"blond hair": ("blond", None), "grey hair": ("grey", None), "black hair on dark skin": ("black", "VI")}

Row = dict[str, Any]
Figure = dict[str, str]


def figures(results: dict[str, list[Row]]) -> list[Figure]:
    """One line for each figure and method; the table puts the methods side by side."""
    methods = dict.fromkeys(row["method"] for rows in results.values() for row in rows)
    return [line for method in methods for line in _figures_of(method, results)]


def _figures_of(method: str, results: dict[str, list[Row]]) -> Iterator[Figure]:
    scenes, diameters, invariance = ([r for r in rows if r["method"] == method] for rows in results.values())
    by_name = {row["scene"]: row for row in scenes}
    for parts in (_counts(by_name), _hairs(by_name), _crossings(by_name), _tones(by_name), _extremes(by_name)):
        for what, value, target in parts:
            yield figure(what, value, target, method=method)
    for what, value, target in (*_false_hairs(by_name), *_diameters(diameters), *_changes(invariance)):
        yield figure(what, value, target, method=method)


Lines = Iterator[tuple[str, str, str]]


def _counts(rows: dict[str, Row]) -> Lines:
    # The same scene may belong to two suites.
    for name in dict.fromkeys((*SUITES["apart"], *SUITES["units"], *SUITES["modes"], *SUITES["light"])):
        if row := rows.get(name):
            error = "-" if row["count_mape"] is None else f"{row['count_mape']:.1%}"
            yield f"Count error, {name}", error, "at most 2 %" if name == APART else ""


def _hairs(rows: dict[str, Row]) -> Lines:
    for name in SUITES["modes"]:
        if row := rows.get(name):
            yield f"Root F1, {name}", f"{row['root_f1']:.3f}", "" if name == LONG_THINNING else "at least 0.92"
            yield f"Hair F1, {name}", f"{row['hair_f1']:.3f}", HAIR_F1_AIMS.get(name, "")
            value = f"{row['splits_per_100']:.1f} and {row['merges_per_100']:.1f}"
            yield f"Splits and merges in 100 hairs, {name}", value, ""


def _crossings(rows: dict[str, Row]) -> Lines:
    for low, (words, target) in CROSSING_BANDS.items():
        shown = [rows[name] for name in CROSSING_SCENES if name in rows]
        n = sum(row[f"crossings_{low}"] for row in shown)
        if n:
            n_right = sum(row[f"crossings_{low}"] * (row[f"right_{low}"] or 0.0) for row in shown)
            yield f"Crossings {words} that are right, short and long hairs", f"{n_right / n:.1%} of {n}", target


def _tones(rows: dict[str, Row]) -> Lines:
    """How far the root F1 falls, in points, where hairs stand out less: the worst skin on which they can be seen."""
    if not (reference := rows.get(_tone(*REFERENCE))):
        return
    for words, (hair, skin) in HARDER.items():
        skins = [skin] if skin else VISIBLE[hair]
        fall = max(100 * (reference["root_f1"] - rows[_tone(hair, each)]["root_f1"]) for each in skins)
        yield f"Root F1, {words}, against black hair on light skin", f"{-fall:+.1f} points", "within 5 points"


def _extremes(rows: dict[str, Row]) -> Lines:
    for suite, words in (("scales", "2.5-14 um/px"), ("blur", "blur 0.7-3.5 px")):
        shown = [rows[name] for name in SUITES[suite] if name in rows]
        if shown:
            worst = min(shown, key=lambda row: row["root_f1"])
            yield f"Root F1, {words}, worst", f"{worst['root_f1']:.3f} ({worst['scene'].split(', ')[-1]})", ""


def _false_hairs(rows: dict[str, Row]) -> Lines:
    for name in SUITES["bald"]:
        if row := rows.get(name):
            yield f"False hairs, {name}", f"{row['false_per_cm2']:.1f} per cm2", "at most 0.5 per cm2"


def _diameters(rows: list[Row]) -> Lines:
    if biases := [abs(row["bias_um"]) for row in rows if row["scene"] == APART and row["low_um"] >= 40]:
        yield "Diameter bias, hairs apart, 40-120 um, worst band", f"{max(biases):.1f} um", "at most 2 um"


def _changes(rows: list[Row]) -> Lines:
    worst: dict[str, float] = {}
    for row in rows:
        worst[row["scene"]] = max(worst.get(row["scene"], 0.0), row["change"])
    for scene, change in worst.items():
        what = f"Change of single pictures' counts, {scene}: turned, flipped, brighter, darker or enlarged, worst"
        yield what, f"{change:.1%}", "at most 2 %"


def _tone(hair: str, skin: str) -> str:
    return f"{hair} hair, skin {skin}"
