"""The JSON Schemas of comparisons, made from the tables of figures and columns and from the schema of one picture.

    python -m hairdensity.report.change_schemas change > change-1.schema.json

The files beside this module are what that prints for ``change``, ``series`` and ``growth``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from importlib import resources

from hairdensity.comparison.differences import ChangeVerdict, Difference
from hairdensity.comparison.following.trend import Trend
from hairdensity.flags import ChangeFlag, flag_names
from hairdensity.report.growth_wording import GROWTH_FIGURES
from hairdensity.report.schema import FILE_NAME
from hairdensity.report.schema_parts import Schema, object_of, rows_of
from hairdensity.tables import GROWTH, MATCHES, SIGHTINGS, TRACKS, UNIT_MATCHES

__all__ = ["KINDS", "file_name", "schema_text"]

KINDS = ("change", "series", "growth")

_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": "string"}
_EXPECTED = {"type": "number", "minimum": 0}
_WHOLE = {"type": "integer", "minimum": 0}
_OPTIONAL = ("edits",)
"""Of a visit: an automatic reading has none."""

_DESCRIPTIONS = {
    "change": "Two visits of one site. Coordinates are [row, col] px of the baseline picture.",
    "series": "Visits of one site. Coordinates are [row, col] px of the baseline picture.",
    "growth": "A phototrichogram: two pictures of a clipped site, some days apart.",
}


def file_name(kind: str) -> str:
    """Of the schema of a kind of document, beside this module."""
    return f"{kind}-1.schema.json"


def schema_text(kind: str) -> str:
    """The whole schema as the file holds it.

    Parameters
    ----------
    kind : {"change", "series", "growth"}
    """
    parts = {"change": _change_parts, "series": _series_parts, "growth": _growth_parts}[kind]()
    head = {"schema": {"const": f"hairdensity/{kind}-1"}, "version": _TEXT}
    errors = {"errors": {"type": "array", "items": object_of({"path": _TEXT, "code": _TEXT, "message": _TEXT})}}
    failed = {"type": "array", "minItems": 1}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hairdensity/{kind}-1",
        "description": f"{_DESCRIPTIONS[kind]} Research use, not a medical device.",
        "type": "object",
        "required": ["schema", "version", "errors"],
        "properties": head | {"headline": _TEXT} | parts | errors,
        "additionalProperties": False,
        "anyOf": [
            {"required": ["headline", *parts]},
            {
                "description": "Nothing could be compared: the errors say why.",
                "properties": {"errors": failed},
                "maxProperties": 3,
            },
        ],
        "$defs": _definitions(),
    }
    return json.dumps(schema, indent=2) + "\n"


def _change_parts() -> dict[str, Schema]:
    control = {"description": "An untreated site between the same visits."}
    return _described() | {
        "matches": rows_of(MATCHES),
        "units": rows_of(UNIT_MATCHES),
        "control": control | {"anyOf": [object_of(_described()), {"type": "null"}]},
        "settings": {"type": "object"},
    }


def _series_parts() -> dict[str, Schema]:
    visit = _visit() | {
        "day": _NUMBER,
        "registered": {"type": "boolean"},
        "route": {
            "description": "The visits over which it was registered.",
            "type": ["array", "null"],
            "items": _WHOLE,
        },
        "shared_area_cm2": _NUMBER,
        "shared_area_inch2": _NUMBER,
        "metrics": {"anyOf": [_reference("metrics"), {"type": "null"}]},
        "change": {"anyOf": [_reference("differences"), {"type": "null"}]},
    }
    return {
        "visits": {"type": "array", "minItems": 2, "items": object_of(visit, optional=_OPTIONAL)},
        "trends": {"type": "object", "additionalProperties": _reference("trend")},
        "changes": {"type": "array", "items": object_of(_described() | {"matches": rows_of(MATCHES)})},
        "tracks": rows_of(TRACKS),
        "sightings": rows_of(SIGHTINGS),
        "settings": {"type": "object"},
    }


def _growth_parts() -> dict[str, Schema]:
    return {
        "hours": {"type": "number", "exclusiveMinimum": 0},
        "growth": object_of({name: _reference("estimate") for name in GROWTH_FIGURES}),
        "phases": object_of(dict.fromkeys(("anagen", "telogen", "undecided"), _WHOLE)),
        **_described(),
        "hairs": rows_of(GROWTH),
        "settings": {"type": "object"},
    }


def _described() -> dict[str, Schema]:
    """What `describe_change` gives."""
    counts = (
        *("n_kept", "n_lost", "n_new", "n_unsure", "n_thicker", "n_thinner", "n_second_look"),
        *("n_units_kept", "n_units_reactivated", "n_units_emptied", "n_units_unsure"),
    )
    expected = [f"expected_n_{name}" for name in ("kept", "lost", "new", "baseline", "follow_up")]
    summary = dict.fromkeys(counts, _WHOLE) | dict.fromkeys(expected, _EXPECTED)
    known = [flag_names(flag)[0] for flag in ChangeFlag]
    return {
        "images": object_of({"baseline": _reference("visit"), "follow_up": _reference("visit")}),
        "registration": _reference("registration"),
        "common_area": {"anyOf": [_reference("common_area"), {"type": "null"}]},
        "baseline": _reference("metrics"),
        "follow_up": _reference("metrics"),
        "change": _reference("differences"),
        "unmatched": _reference("differences"),
        "summary": {
            "description": "Of the common area. Counts: hairs and units whose fate has a probability of 0.5 or more, "
            "the others are unsure. Expected numbers: sums of the probabilities of all hairs.",
            **object_of(summary),
        },
        "flags": {"type": "array", "items": {"enum": known}, "uniqueItems": True},
    }


def _visit() -> dict[str, Schema]:
    """What `describe_visit` gives: parts of the schema of one picture, and the model."""
    picture = _analysis_schema()["$defs"]["result"]["properties"]
    names = ("image", "calibration", "target_area", "quality", "settings", "flags")
    return {name: picture[name] for name in names} | {
        "model": _analysis_schema()["properties"]["model"],
        "n_hairs": _WHOLE,
        "edits": picture["edits"],
    }


def _definitions() -> dict[str, Schema]:
    own = _analysis_schema()["$defs"]
    return {name: own[name] for name in own if name != "result"} | {
        "visit": object_of(_visit(), optional=_OPTIONAL),
        "registration": _registration(),
        "common_area": object_of(
            dict.fromkeys(("area_cm2", "area_inch2"), _NUMBER)
            | dict.fromkeys(("baseline_px", "follow_up_px"), _WHOLE)
            | {
                "boundary_px": {"type": "array", "items": _reference("point_px")},
                "unreadable_fraction": _reference("fraction"),
            }
        ),
        "differences": {
            "description": "Follow-up less baseline by figure; low to high: on the skin that both pictures show, "
            "site_low to site_high: at the site around.",
            "type": "object",
            "additionalProperties": _reference("difference"),
        },
        "difference": _of_dataclass(Difference),
        "trend": _of_dataclass(Trend),
    }


def _registration() -> Schema:
    row = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    vectors = {"type": "array", "items": {"type": "array", "items": _reference("point_px")}}
    warp = object_of({"spacing_px": {"type": "number"}, "displacement_px": vectors})
    figures = (
        "residual_um",
        "placement_sd_um",
        "overlap_cm2",
        "overlap_fraction",
        "log10_false_alarms",
        "texture_agreement",
    )
    return object_of(
        {
            "accepted": {"type": "boolean"},
            "reason": {"description": "Why it was refused, with the remedy.", **_TEXT},
            "matrix": {
                "description": "Takes (row, col, 1) of the baseline to (row, col) of the follow-up.",
                "anyOf": [{"type": "array", "items": row, "minItems": 2, "maxItems": 2}, {"type": "null"}],
            },
            "warp": {
                "description": "Added to it in follow-up px, bilinear between nodes spacing_px apart.",
                "anyOf": [warp, {"type": "null"}],
            },
            **dict.fromkeys(figures, _NUMBER),
            "n_inliers": _WHOLE,
        }
    )


def _of_dataclass(kind: type) -> Schema:
    """The fields of a type of numbers and a verdict."""
    special: dict[str, Schema] = {
        "verdict": {"enum": [*map(str, ChangeVerdict), None]},
        "n": _WHOLE,
        "n_visits": _WHOLE,
        "per": _TEXT,
    }
    return object_of({field.name: special.get(field.name, _NUMBER) for field in fields(kind)})


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _analysis_schema() -> Schema:
    schema: Schema = json.loads(resources.files("hairdensity.report").joinpath(FILE_NAME).read_text())
    return schema


if __name__ == "__main__":
    print(schema_text(sys.argv[1]), end="")
