"""From the ledger to the tables of a study: Parquet, CSV, data dictionary, run.json."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from hairdensity.files import drafted, json_bytes, sha256_of, write_whole
from hairdensity.metrics.figures import info_of
from hairdensity.report.tables import figure_cells
from hairdensity.study.folder import RUN, RUN_SCHEMA
from hairdensity.study.ledger import Entry
from hairdensity.study.planning import Pair, Picture, Site
from hairdensity.study.results import Identity, Results
from hairdensity.study.table_files import TableWriter
from hairdensity.study.tables import TABLE_NAMES, columns_of, covariates_of, dictionary

__all__ = ["Counts", "export_study"]

_PARTS = ("value", "low", "high", "site_low", "site_high", "detectable", "n", "verdict")
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "opencv-python-headless", "onnxruntime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a run came to.

    Parameters
    ----------
    faults : dict
        Pictures by the code of their fault.
    n_images, n_failed, n_pairs, n_pairs_failed, n_registered : int
    rows : dict
        Number of rows by table.
    """

    faults: dict[str, int]
    n_images: int
    n_failed: int
    n_pairs: int
    n_pairs_failed: int
    n_registered: int
    rows: dict[str, int]


def export_study(
    folder: Path, rows: pd.DataFrame, *, sites: Sequence[Site], results: Results, run: dict[str, Any]
) -> Counts:
    """Write the tables, their dictionary and run.json.

    Parameters
    ----------
    folder : Path
    rows : DataFrame
        Of the manifest.
    sites : sequence of Site
        All, in order.
    results : Results
        Of every picture and pair.
    run : dict
        What run.json says beside versions, hashes and counts.

    Returns
    -------
    Counts

    Raises
    ------
    StorageError
        If a file cannot be written; what stood there before stays.
    """
    covariates = covariates_of(rows)
    paths = [folder / f"{name}.{kind}" for name in TABLE_NAMES for kind in ("parquet", "csv")]
    with drafted(paths) as drafts:
        with ExitStack() as stack:
            writers = {
                name: stack.enter_context(
                    TableWriter(columns_of(name, covariates), parquet=drafts[2 * i], csv=drafts[2 * i + 1])
                )
                for i, name in enumerate(TABLE_NAMES)
            }
            tally = _write(writers, rows, sites, results)
        # Without it the folder holds no finished run: tables of two runs are never read together.
        Path(folder, RUN).unlink(missing_ok=True)
    counts = _count(tally, {name: writer.n_rows for name, writer in writers.items()})
    write_whole(folder / "dictionary.csv", dictionary(covariates).to_csv(index=False, lineterminator="\n").encode())
    described = {
        "schema": RUN_SCHEMA,
        "versions": _versions(),
        **run,
        "counts": {
            "images": counts.n_images,
            "images_failed": counts.n_failed,
            "images_failed_by_code": counts.faults,
            "comparisons": counts.n_pairs,
            "comparisons_failed": counts.n_pairs_failed,
            "comparisons_registered": counts.n_registered,
            "rows": counts.rows,
        },
        "sha256": {path.name: sha256_of(path) for path in paths if path.exists()},
    }
    write_whole(folder / RUN, json_bytes(described))
    return counts


def _write(
    writers: dict[str, TableWriter], rows: pd.DataFrame, sites: Sequence[Site], results: Results
) -> Counter[tuple[str, str]]:
    """Write every row; how many pictures and pairs came to what."""
    tally: Counter[tuple[str, str]] = Counter()
    pictures = {picture.row: picture for site in sites for picture in site.pictures}
    for record in rows.sort_values("row").to_dict("records"):
        picture = pictures[record["row"]]
        entry = results.of(picture)
        tally["image", entry.code] += 1
        identity = results.identities[picture.row]
        writers["images"].add_row({str(name): value for name, value in record.items()} | _result(entry, identity))
        if entry.value is not None:
            keys = {name: getattr(picture, name) for name in ("row", "patient", "site", "visit", "replicate")}
            writers["hairs"].add(keys, entry.value["hairs"])
            writers["units"].add(keys, entry.value["units"])
    for pair in (pair for site in sites for pair in site.pairs):
        entry = results.of_pair(pair)
        tally["pair", entry.code] += 1
        keys = _pair_keys(pair)
        if entry.value is None:
            writers["changes"].add_row(keys | {"status": "failed", "reason": entry.message})
            continue
        tally["registered", ""] += entry.value["summary"]["registration"]["accepted"]
        control = _control_cells(results.control_of(pair))
        for row in _changes(entry.value["summary"]):
            writers["changes"].add_row(keys | control | row)
        writers["matches"].add(keys, entry.value["matches"])
        writers["unit_matches"].add(keys, entry.value["unit_matches"])
    return tally


def _count(tally: Counter[tuple[str, str]], rows: dict[str, int]) -> Counts:
    faults = {code: n for (kind, code), n in sorted(tally.items()) if kind == "image" and code}
    return Counts(
        faults=faults,
        n_images=sum(n for (kind, _), n in tally.items() if kind == "image"),
        n_failed=sum(faults.values()),
        n_pairs=sum(n for (kind, _), n in tally.items() if kind == "pair"),
        n_pairs_failed=sum(n for (kind, code), n in tally.items() if kind == "pair" and code),
        n_registered=tally["registered", ""],
        rows=rows,
    )


def _result(entry: Entry, identity: Identity) -> dict[str, Any]:
    """The columns RESULT, but those of the manifest, and the figures."""
    row: dict[str, Any] = {
        "status": "failed" if entry.code else "ok",
        "error_code": entry.code,
        "error_message": entry.message,
        "image_sha256": identity.image_sha256,
        "settings_sha256": identity.settings_sha256,
    }
    if entry.value is None:
        return row
    summary = entry.value["summary"]
    image, area, scale = summary["image"], summary["target_area"], summary["calibration"] or {}
    row |= {
        "model_sha256": (summary["model"] or {}).get("sha256", ""),
        "width_px": image["width_px"],
        "height_px": image["height_px"],
        "used_um_per_px": scale.get("um_per_px"),
        "used_scale_error": scale.get("relative_error"),
        "scale_source": scale.get("source", ""),
        "area_kind": area["kind"],
        "area_cm2": area["area_cm2"],
        "area_inch2": area["area_inch2"],
        "unreadable_fraction": area["unreadable_fraction"],
        "quality": summary["quality"]["verdict"],
        "flags": ";".join(summary["flags"]),
    }
    for name, figure in summary["metrics"].items():
        row |= figure_cells(name, figure)
    return row


def _pair_keys(pair: Pair) -> dict[str, Any]:
    follow_up: Picture = pair.follow_up
    return {
        "patient": follow_up.patient,
        "site": follow_up.site,
        "replicate": follow_up.replicate,
        "baseline_visit": pair.baseline.visit,
        "visit": follow_up.visit,
        "week": follow_up.week,
        "baseline_row": pair.baseline.row,
        "row": follow_up.row,
    }


def _control_cells(control: Pair | None) -> dict[str, Any]:
    """Which pictures of an untreated site widened the intervals."""
    if control is None:
        return {}
    return {
        "control_site": control.follow_up.site,
        "control_baseline_row": control.baseline.row,
        "control_row": control.follow_up.row,
    }


def _changes(summary: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a row for each figure of a comparison."""
    registration, common = summary["registration"], summary["common_area"] or {}
    shared = {
        "status": "ok",
        "registered": registration["accepted"],
        "reason": registration["reason"] or "",
        "overlap_cm2": common.get("area_cm2"),
        "flags": ";".join(summary["flags"]),
    }
    for name, difference in summary["change"].items():
        unmatched = summary["unmatched"].get(name) or {}
        yield {
            **shared,
            "figure": name,
            "unit": info_of(name).unit,
            "baseline": _value(summary["baseline"][name]),
            "follow_up": _value(summary["follow_up"][name]),
            **{part: difference.get(part) for part in _PARTS},
            "verdict": difference.get("verdict") or "",
            **{f"unmatched_{part}": unmatched.get(part) for part in ("value", "low", "high")},
        }


def _value(figure: dict[str, Any] | float | None) -> float | None:
    return figure["value"] if isinstance(figure, dict) else figure


def _versions() -> dict[str, str]:
    return {"hairdensity": version("hairdensity"), "python": platform.python_version()} | {
        name: version(name) for name in _LIBRARIES
    }
