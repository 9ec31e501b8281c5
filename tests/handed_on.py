"""A reading made by hand, as it is handed on: every figure is known."""

from datetime import UTC, date, datetime

import numpy as np
import simplejpeg

from hairdensity.exchange.examined import Examined, Ids, Place, Review
from hairdensity.metrics import METRICS

__all__ = ["REVIEW", "entry", "examined", "jpeg", "pixels"]

REVIEW = Review(by="reader-7", code="0123456789abcdef", at=datetime(2026, 3, 2, 10, 5, tzinfo=UTC))


def pixels(height=60, width=80):
    """A picture whose every pixel is its own."""
    rows, cols = np.mgrid[:height, :width]
    return np.stack([rows * 3 % 256, cols * 2 % 256, (rows + cols) % 256], axis=2).astype(np.uint8)


def jpeg(colors="420"):
    """The same as a baseline JPEG."""
    return simplejpeg.encode_jpeg(np.ascontiguousarray(pixels()), quality=90, colorsubsampling=colors)


def entry(*, um_per_px=5.0, density=150.0, quality="good", kind="rectangle"):
    """An entry of ``results`` with two hairs of a unit that count, and one outside of the area."""
    return {
        "image": {"path": "c" * 32, "sha256": "ab" * 32, "width_px": 80, "height_px": 60},
        "calibration": None
        if um_per_px is None
        else {"um_per_px": um_per_px, "relative_error": 0.02, "source": "given", "disagrees_with": None},
        "target_area": {
            "kind": kind,
            "area_cm2": None if um_per_px is None else 0.25,
            "area_inch2": None if um_per_px is None else 0.03875,
            "boundary_px": [[-0.5, -0.5], [-0.5, 59.5], [49.5, 59.5], [49.5, -0.5]],
            "unreadable_fraction": 0.125,
        },
        "quality": {"verdict": quality},
        "settings": {},
        "flags": ["found_calibration"],
        "metrics": {info.name: _figure(info, density, is_calibrated=um_per_px is not None) for info in METRICS},
        "unit_gap_um": 200.0,
        "hairs": [
            _hair(0, 0, [[10.0, 10.0], [20.0, 12.0]], None if um_per_px is None else 62.5, in_area=True),
            _hair(1, 0, [[10.0, 14.0], [22.0, 15.0]], None, in_area=True),
            _hair(2, 1, [[50.0, 70.0], [58.0, 70.0]], None if um_per_px is None else 25.0, in_area=False),
        ],
        "ostia": [],
    }


def examined(**changes):
    """A reading of a vertex that nobody has reviewed."""
    facts = {
        "ids": Ids(patient="a" * 32, visit="b" * 32, site="d" * 32, capture="c" * 32, reading="e" * 32),
        "patient_code": "P-0142",
        "clinic": "Ours",
        "place": Place(code="vertex", name="Vertex", snomed="61719002"),
        "visit_day": date(2026, 3, 2),
        "visit_label": "week 12",
        "number": 1,
        "entry": entry(),
        "automatic": None,
        "reason": "",
        "made_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "corrected_by": None,
        "review": None,
        "model": {"name": "hairnet", "version": "0.2", "sha256": "cd" * 32},
        "version": "1.2.3",
    }
    return Examined(**(facts | changes))


def _hair(hair_id, unit_id, path, diameter_um, *, in_area):
    ends = (None, None) if diameter_um is None else (diameter_um - 2.0, diameter_um + 2.0)
    return {
        "hair_id": hair_id,
        "unit_id": unit_id,
        "root_px": path[0],
        "tip_px": path[-1],
        "centerline_px": path,
        "length_um": 51.0,
        "diameter_um": diameter_um,
        "diameter_low_um": ends[0],
        "diameter_high_um": ends[1],
        "diameter_se_um": None if diameter_um is None else 1.0,
        "hair_probability": 0.9,
        "in_area": in_area,
        "flags": ["crossing"] if hair_id == 1 else [],
    }


def _figure(info, density, *, is_calibrated):
    if info.needs_scale and not is_calibrated:
        return None
    if info.kind == "number":
        return 2
    if info.kind == "histogram":
        return {"bin_um": 10.0, "counts": [0] * 16}
    value = density if info.name == "density_per_cm2" else 0.5 if info.link == "logit" else 40.0
    ends = {"low": value * 0.8, "high": value * 1.2, "site_low": value * 0.5, "site_high": value * 1.5}
    return {"value": value, **ends, "n": 2}
