"""The JSON contract ``hairdensity/analysis-1``: an Analysis as plain values.

``analysis-1.schema.json`` beside this file states its form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from hairdensity.flags import HairFlag, flag_names
from hairdensity.metrics import CM2_PER_INCH2, METRICS, Histogram
from hairdensity.report.envelope import SCHEMA, ImageError, document, document_lines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hairdensity.analysis import Analysis
    from hairdensity.metrics import Estimate

__all__ = ["SCHEMA", "ImageError", "describe", "document", "document_lines"]

DECIMALS = 2
"""Of px and um in geometry and hairs: a hundredth is far below what an image can resolve. Figures are not rounded."""


def describe(analysis: Analysis, *, path: str | None = None) -> dict[str, Any]:
    """One entry of ``results``: all that was found on one picture.

    Parameters
    ----------
    analysis : Analysis
    path : str, optional
        Where the picture came from; its ``image_id`` by default.

    Returns
    -------
    dict
        Plain values that JSON can carry: NaN is None.
    """
    height, width = analysis.image.pixels.shape[:2]
    return {
        "image": {
            "path": analysis.image.image_id if path is None else path,
            "sha256": analysis.image.sha256,
            "width_px": width,
            "height_px": height,
        },
        "calibration": None if analysis.calibration is None else asdict(analysis.calibration),
        "target_area": {
            "kind": analysis.target_area.kind,
            "area_cm2": analysis.target_area.area_cm2,
            "area_inch2": _inch2(analysis.target_area.area_cm2),
            "boundary_px": _rounded(analysis.target_area.boundary_px),
            "unreadable_fraction": analysis.target_area.unreadable_fraction,
        },
        "quality": _quality(analysis),
        "settings": _plain(asdict(analysis.settings)),
        "flags": flag_names(analysis.flags),
        "metrics": {info.name: _figure(getattr(analysis.metrics, info.name)) for info in METRICS},
        "unit_gap_um": None if analysis.calibration is None else analysis.grouping.gap_um,
        "hairs": list(_hairs(analysis)),
        "ostia": list(_ostia(analysis)),
    }


def _plain(value: Any) -> Any:
    """Nested settings as JSON has them: a tuple is a list, so that a document equals itself after a round trip."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _quality(analysis: Analysis) -> dict[str, Any]:
    """The verdict and the figures it rests on; the flags stand beside them, masks stay in memory."""
    values = ((field.name, getattr(analysis.quality, field.name)) for field in fields(analysis.quality))
    figures = {name: _or_none(value) for name, value in values if isinstance(value, float)}
    if analysis.calibration is None:
        figures |= {name: None for name in figures if name.endswith("_um")}
    return {"verdict": str(analysis.quality.verdict), **figures}


def _figure(value: Estimate | Histogram | float | None) -> dict[str, Any] | float | None:
    """A figure as a dict of its fields, a number as itself; None for what needs a scale that is not known."""
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return _or_none(value)
    if isinstance(value, Histogram):
        return {"bin_um": value.bin_um, "counts": list(value.counts)}
    return {name: _or_none(part) for name, part in asdict(value).items()}


def _inch2(area_cm2: float | None) -> float | None:
    return None if area_cm2 is None else area_cm2 / CM2_PER_INCH2


def _hairs(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """Yield the hairs in the order of the table."""
    for index, hair in enumerate(analysis.hairs.to_dict("records")):
        path = _rounded(analysis.centerlines.path(index))
        yield {
            "hair_id": hair["hair_id"],
            "unit_id": hair["unit_id"],
            "root_px": _rounded_pair(hair["root_row_px"], hair["root_col_px"]),
            "tip_px": _rounded_pair(hair["tip_row_px"], hair["tip_col_px"]),
            "centerline_px": path,
            "length_um": _or_none(hair["length_um"], DECIMALS),
            "diameter_um": _or_none(hair["diameter_um"], DECIMALS),
            "diameter_low_um": _or_none(hair["diameter_low_um"], DECIMALS),
            "diameter_high_um": _or_none(hair["diameter_high_um"], DECIMALS),
            "diameter_se_um": _or_none(hair["diameter_se_um"], DECIMALS),
            "hair_probability": _or_none(hair["hair_probability"], DECIMALS),
            "in_area": hair["in_area"],
            "flags": flag_names(HairFlag(hair["flags"])),
        }


def _ostia(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """Yield the openings in the order of the table."""
    for ostium in analysis.ostia.to_dict("records"):
        yield {
            "ostium_id": ostium["ostium_id"],
            "kind": ostium["kind"],
            "center_px": _rounded_pair(ostium["row_px"], ostium["col_px"]),
            "diameter_um": _or_none(ostium["diameter_um"], DECIMALS),
            "confidence": _or_none(ostium["confidence"], DECIMALS),
            "in_area": ostium["in_area"],
        }


def _rounded(points_px: NDArray[np.float64]) -> list[list[float]]:
    """(row, col) pairs of an (N, 2) array."""
    rounded: list[list[float]] = points_px.round(DECIMALS).tolist()
    return rounded


def _rounded_pair(row: float, col: float) -> list[float | None]:
    return [_or_none(row, DECIMALS), _or_none(col, DECIMALS)]


def _or_none(value: float, decimals: int | None = None) -> float | None:
    """A number that JSON knows: None for NaN and infinity."""
    if not math.isfinite(value):
        return None
    return value if decimals is None else round(value, decimals)
