"""The JSON contract ``hairdensity/analysis-1``: an Analysis as plain values.

``analysis-1.schema.json`` beside this file states its form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from hairdensity.edits import edit_values
from hairdensity.flags import HairFlag, flag_names
from hairdensity.report.envelope import SCHEMA, ImageError, document, document_lines
from hairdensity.report.values import DECIMALS, figure_values, inch2, number_or_none, plain, rounded, rounded_pair

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis

__all__ = ["SCHEMA", "ImageError", "describe", "describe_edits", "describe_picture", "document", "document_lines"]


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
    return {
        **describe_picture(analysis, path=path),
        "metrics": figure_values(analysis.metrics),
        "unit_gap_um": None if analysis.calibration is None else analysis.grouping.gap_um,
        **describe_edits(analysis),
        "hairs": list(_hairs(analysis)),
        "ostia": list(_ostia(analysis)),
    }


def describe_edits(analysis: Analysis) -> dict[str, Any]:
    """What a person has changed, as ``edits``; nothing for what the program found."""
    if analysis.correction is None:
        return {}
    return {"edits": [edit_values(edit) for edit in analysis.correction.edits]}


def describe_picture(analysis: Analysis, *, path: str | None = None) -> dict[str, Any]:
    """What a picture's figures rest on: the file, the scale, the area, the quality, settings and flags."""
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
            "area_inch2": inch2(analysis.target_area.area_cm2),
            "boundary_px": rounded(analysis.target_area.boundary_px),
            "unreadable_fraction": analysis.target_area.unreadable_fraction,
        },
        "quality": _quality(analysis),
        "settings": plain(asdict(analysis.settings)),
        "flags": flag_names(analysis.flags),
    }


def _quality(analysis: Analysis) -> dict[str, Any]:
    """The verdict and the figures it rests on; the flags stand beside them, masks stay in memory."""
    values = ((field.name, getattr(analysis.quality, field.name)) for field in fields(analysis.quality))
    figures = {name: number_or_none(value) for name, value in values if isinstance(value, float)}
    if analysis.calibration is None:
        figures |= {name: None for name in figures if name.endswith("_um")}
    return {"verdict": str(analysis.quality.verdict), **figures}


def _hairs(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """Yield the hairs in the order of the table."""
    for index, hair in enumerate(analysis.hairs.to_dict("records")):
        path = rounded(analysis.centerlines.path(index))
        yield {
            "hair_id": hair["hair_id"],
            "unit_id": hair["unit_id"],
            "root_px": rounded_pair(hair["root_row_px"], hair["root_col_px"]),
            "tip_px": rounded_pair(hair["tip_row_px"], hair["tip_col_px"]),
            "centerline_px": path,
            "length_um": number_or_none(hair["length_um"], DECIMALS),
            "diameter_um": number_or_none(hair["diameter_um"], DECIMALS),
            "diameter_low_um": number_or_none(hair["diameter_low_um"], DECIMALS),
            "diameter_high_um": number_or_none(hair["diameter_high_um"], DECIMALS),
            "diameter_se_um": number_or_none(hair["diameter_se_um"], DECIMALS),
            "hair_probability": number_or_none(hair["hair_probability"], DECIMALS),
            "in_area": hair["in_area"],
            "flags": flag_names(HairFlag(hair["flags"])),
        }


def _ostia(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """Yield the openings in the order of the table."""
    for ostium in analysis.ostia.to_dict("records"):
        yield {
            "ostium_id": ostium["ostium_id"],
            "kind": ostium["kind"],
            "center_px": rounded_pair(ostium["row_px"], ostium["col_px"]),
            "diameter_um": number_or_none(ostium["diameter_um"], DECIMALS),
            "confidence": number_or_none(ostium["confidence"], DECIMALS),
            "in_area": ostium["in_area"],
        }
