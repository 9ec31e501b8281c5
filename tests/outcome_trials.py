"""Small trials by hand for the tests of outcomes: tables with the columns that the analyses read, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from hairdensity.study.folder import StudyTables
from hairdensity.study.plan import Plan

ONE_FIGURE = Plan(secondary_figures=(), sensitivity=(), dose_columns=())

_DEFAULTS: dict[str, Any] = {
    "site": "vertex",
    "replicate": 1,
    "center": "",
    "control_site": "",
    "status": "ok",
    "error_code": "",
    "quality": "good",
    "area_kind": "whole",
    "area_cm2": 1.0,
    "unreadable_fraction": 0.0,
}


def images_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a picture; ``patient``, ``arm``, ``week`` and figures are stated, the rest is good and complete."""
    table = pd.DataFrame([{**_DEFAULTS, **row} for row in rows])
    table["row"] = range(1, len(table) + 1)
    if "visit" not in table:
        table["visit"] = [f"week {week:g}" for week in table["week"]]
    keys = table.groupby(["patient", "site"])["week"]
    return table.assign(visit_number=keys.rank(method="dense").astype(int) - 1)


def trial(
    arms: Mapping[str, Iterable[tuple[float | None, ...]]], *, weeks: tuple[float, ...] = (0, 12), **columns: Any
) -> pd.DataFrame:
    """Images of a trial: for each arm the densities of each patient at each visit; None: no picture."""
    return images_of(
        {"patient": f"{arm}{number}", "arm": arm, "week": week, "density_per_cm2": density, **columns}
        for arm, patients in arms.items()
        for number, densities in enumerate(patients)
        for week, density in zip(weeks, densities, strict=True)
        if density is not None
    )


def tables_of(images: pd.DataFrame, **tables: pd.DataFrame) -> StudyTables:
    """As `read_study` gives them."""
    return StudyTables(images=images, **tables)
