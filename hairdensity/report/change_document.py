"""The JSON contract ``hairdensity/change-1``: a Change as plain values.

``change-1.schema.json`` beside this file states its form. Coordinates are (row, col) px of the baseline picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hairdensity.flags import flag_names
from hairdensity.report.change_fates import are_likely, count_fates, expect_fates
from hairdensity.report.change_wording import headline
from hairdensity.report.document import ImageError, describe_edits, describe_picture
from hairdensity.report.values import DECIMALS, figure_values, inch2, number_or_none, plain, rounded

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis
    from hairdensity.comparison.alignment import Alignment
    from hairdensity.comparison.change import Change
    from hairdensity.comparison.common_area import CommonArea
    from hairdensity.comparison.differences import Difference
    from hairdensity.comparison.registration import Registration

__all__ = [
    "CHANGE_SCHEMA",
    "change_document",
    "describe_change",
    "describe_differences",
    "describe_visit",
    "records",
    "summary_of",
]

CHANGE_SCHEMA = "hairdensity/change-1"

Paths = tuple[str, str]


def change_document(
    change: Change,
    *,
    paths: Paths | None = None,
    control_paths: Paths | None = None,
    errors: Iterable[ImageError] = (),
) -> dict[str, Any]:
    """The whole document of a comparison.

    Parameters
    ----------
    change : Change
    paths : (str, str), optional
        Where the pictures came from; their ``image_id`` by default.
    control_paths : (str, str), optional
        Of the control site.
    errors : iterable of ImageError, optional
        Pictures that could not be used: those of the control site.

    Returns
    -------
    dict
        Plain values that JSON can carry: NaN is None.
    """
    control = change.control
    described = describe_change(change, paths=paths)
    return {
        "schema": CHANGE_SCHEMA,
        "version": change.version,
        "headline": headline(described),
        **described,
        "matches": records(change.matches),
        "units": records(change.units),
        "control": None if control is None else describe_change(control, paths=control_paths),
        "settings": plain(asdict(change.settings)),
        "errors": [error._asdict() for error in errors],
    }


def describe_change(change: Change, *, paths: Paths | None = None) -> dict[str, Any]:
    """All of a change but the rows of its matches and its control site."""
    before, after = paths or (None, None)
    return {
        "images": {
            "baseline": describe_visit(change.baseline, before),
            "follow_up": describe_visit(change.follow_up, after),
        },
        "registration": _registration(change.registration),
        "common_area": _common_area(change.common_area),
        "baseline": figure_values(change.baseline_metrics),
        "follow_up": figure_values(change.follow_up_metrics),
        "change": describe_differences(change.differences),
        "unmatched": describe_differences(change.unmatched),
        "summary": summary_of(change),
        "flags": flag_names(change.flags),
    }


def summary_of(change: Change) -> dict[str, Any]:
    """How many hairs and units of the common area have which likely fate, and how many are expected to have it."""
    hairs = change.matches[change.matches["in_area"].astype(bool)]
    likely = hairs[are_likely(hairs)]
    units = count_fates(change.units, ("kept", "re-activated", "emptied"))
    return {
        **{f"n_{fate}": n for fate, n in count_fates(change.matches, ("kept", "lost", "new")).items()},
        **{f"n_{way}": int((likely["thickness"] == way).sum()) for way in ("thicker", "thinner")},
        "n_second_look": int(likely["second_look"].astype(bool).sum()),
        **{f"n_units_{fate.replace('-', '')}": n for fate, n in units.items()},
        **{f"expected_n_{name}": round(number, 2) for name, number in expect_fates(change.matches).items()},
    }


def records(table: pd.DataFrame, *, decimals: int = DECIMALS) -> list[dict[str, Any]]:
    """The rows of a table as JSON has them, in its order: missing values are None, floats are rounded."""
    names = [str(name) for name in table.columns]
    columns = [[_cell(value, decimals) for value in table[name].tolist()] for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _cell(value: Any, decimals: int) -> Any:
    if value is pd.NA or value is None:
        return None
    return number_or_none(value, decimals) if isinstance(value, float) else value


def describe_visit(analysis: Analysis, path: str | None) -> dict[str, Any]:
    """One visit's picture, with the figures of its own whole area."""
    return {
        **describe_picture(analysis, path=path),
        "model": None if analysis.model is None else asdict(analysis.model),
        "n_hairs": analysis.metrics.n_hairs,
        **describe_edits(analysis),
    }


def _registration(registration: Registration) -> dict[str, Any]:
    alignment = registration.alignment
    return {
        "accepted": registration.accepted,
        "reason": registration.reason,
        **_alignment(alignment),
        **{
            name: number_or_none(getattr(registration, name))
            for name in (
                "residual_um",
                "placement_sd_um",
                "overlap_cm2",
                "overlap_fraction",
                "log10_false_alarms",
                "texture_agreement",
            )
        },
        "n_inliers": registration.n_inliers,
    }


def _alignment(alignment: Alignment | None) -> dict[str, Any]:
    """The map's parts, unrounded: (row, col, 1) of the baseline to (row, col) of the follow-up, then the warp."""
    if alignment is None:
        return {"matrix": None, "warp": None}
    warp = alignment.warp
    lattice = None if warp is None else np.round(warp.displacement_px, 4).tolist()
    return {
        "matrix": alignment.matrix.tolist(),
        "warp": None if warp is None else {"spacing_px": float(warp.spacing_px), "displacement_px": lattice},
    }


def _common_area(area: CommonArea | None) -> dict[str, Any] | None:
    if area is None:
        return None
    return {
        "area_cm2": area.area_cm2,
        "area_inch2": inch2(area.area_cm2),
        "baseline_px": area.baseline.area_px,
        "follow_up_px": area.follow_up.area_px,
        "boundary_px": rounded(area.baseline.boundary_px),
        "unreadable_fraction": area.baseline.unreadable_fraction,
    }


def describe_differences(differences: Mapping[str, Difference]) -> dict[str, Any]:
    """By figure; one that cannot be stated has nulls."""
    return {name: _difference(difference) for name, difference in differences.items()}


def _difference(difference: Difference) -> dict[str, Any]:
    values = asdict(difference)
    verdict = None if difference.verdict is None else str(difference.verdict)
    return {name: number_or_none(value) if isinstance(value, float) else value for name, value in values.items()} | {
        "verdict": verdict
    }
