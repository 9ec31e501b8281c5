"""The JSON Schemas of a study's documents, made from the columns and types that make the documents.

    python -m hairdensity.study.schemas outcomes > outcomes-1.schema.json

The files beside this module are what that prints for each of `KINDS`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Final

from hairdensity.report.schema_parts import Schema, fields_of, object_of, of_type, rows_of
from hairdensity.study.agreement.analysis import Agreement, Classes
from hairdensity.study.agreement.bland_altman import BlandAltman, Limits
from hairdensity.study.agreement.comparisons import Comparison
from hairdensity.study.agreement.kappa import Kappa
from hairdensity.study.manifest import Fault
from hairdensity.study.outcomes.columns import OUTCOME_TABLES
from hairdensity.study.plan import Plan
from hairdensity.study.tables import TABLE_NAMES

__all__ = ["KINDS", "file_name", "schema_text"]

_TEXT: Final[Schema] = {"type": "string"}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
_SHA256: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_VERSION: Final[Schema] = {"description": "Of hairdensity.", **_TEXT}
_REFUSED: Final[Schema] = {
    "description": "What was not analyzed, and why.",
    "type": "array",
    "items": object_of({"what": _TEXT, "reason": _TEXT}),
}


def _texts(description: str) -> Schema:
    return {"description": description, "type": "array", "items": _TEXT}


def _outcomes() -> Schema:
    plan = fields_of(Plan) | {
        "is_stated": {"description": "A file stated the plan; else all of it is defaults.", "type": "boolean"},
        "arms": _texts("Compared arms, the reference first."),
    }
    hashes = {f"{name}_sha256": _SHA256 for name in ("images", "changes", "manifest")}
    sources = hashes | {"manifest_sha256": _TEXT, "run_version": _VERSION}
    return {
        "version": _VERSION,
        "plan": {"description": "As it was followed: gaps are filled.", **object_of(plan)},
        "sources": {
            "description": "Hashes of the tables that were read, and the run that wrote them.",
            **object_of(sources, optional=sources),
        },
        **{name: rows_of(columns) for name, columns in OUTCOME_TABLES.items()},
        "notes": _texts("What has to be read with the numbers."),
        "refused": _REFUSED,
    }


def _agreement() -> Schema:
    found = fields_of(Agreement, leave_out=("comparison", "pairs", "pair_patients", "bland_altman", "kappa"))
    found |= {"bland_altman": _or_null(_bland_altman()), "kappa": _or_null(_classes())}
    analysis = fields_of(Comparison, leave_out=("subjects", "patients", "values", "is_grade")) | found
    sources = {
        "readings": {"type": "array", "items": object_of({"file": _TEXT, "sha256": _SHA256})},
        "images_sha256": {"description": "Null: readers were compared alone.", **_or_null(_SHA256)},
    }
    return {
        "version": _VERSION,
        "sources": object_of(sources),
        "analyses": {
            "description": "Differences, limits, sem and mdc are in the unit of the figure, which unit states; "
            "ratios, factors, correlations, kappa and cv are pure numbers. Null: cannot be stated.",
            "type": "array",
            "items": object_of(analysis),
        },
        "refused": _REFUSED,
    }


def _bland_altman() -> Schema:
    """Limits of the difference stand beside what the analysis has more."""
    numbers = {"type": "array", "items": {"type": "number"}}
    return object_of(
        {
            "difference": {"description": "Which reading less which.", **_TEXT},
            **fields_of(Limits),
            **fields_of(BlandAltman, leave_out=("difference",)),
            "use": {"enum": ["difference", "ratio"]},
            "points": object_of({"first": numbers, "second": numbers, "patient": {"type": "array", "items": _TEXT}}),
        }
    )


def _classes() -> Schema:
    own = fields_of(Classes, leave_out=("classes", "table", "kappas"))
    row = {"type": "array", "items": _WHOLE}
    return object_of(
        own
        | {
            "classes": {"description": "In order.", "type": "array", "items": {"type": "number"}},
            "table": {
                "description": "Subjects by class of the first rater (rows) and of the second.",
                "type": "array",
                "items": row,
            },
            "kappas": {"type": "array", "items": of_type(Kappa)},
        }
    )


def _run() -> Schema:
    files = [f"{name}.{kind}" for name in TABLE_NAMES for kind in ("parquet", "csv")]
    counts = {
        "images": "Rows of the manifest.",
        "images_failed": "Of them without a result.",
        "comparisons": "Pairs of a later picture and its baseline.",
        "comparisons_failed": "Of them with a picture that has no result.",
        "comparisons_registered": "Of them shown to be of the same skin.",
    }
    by_code = {"description": "By the code of the fault.", "type": "object", "additionalProperties": _WHOLE}
    return {
        "versions": {
            "description": "Of hairdensity, Python and the libraries that compute.",
            "type": "object",
            "required": ["hairdensity", "python"],
            "additionalProperties": _TEXT,
        },
        "manifest_sha256": _TEXT,
        "method": {"description": "How hairs were found.", **_TEXT},
        "model_sha256": {"description": "Of the network's weights; empty for a method without.", **_TEXT},
        "settings_sha256": object_of(dict.fromkeys(("analysis", "comparison"), _SHA256)),
        "counts": object_of(
            {name: {"description": words, **_WHOLE} for name, words in counts.items()}
            | {
                "images_failed_by_code": by_code,
                "rows": {"description": "Of each table.", **object_of(dict.fromkeys(TABLE_NAMES, _WHOLE))},
            }
        ),
        "sha256": {"description": "Of the tables' files.", **object_of(dict.fromkeys(files, _SHA256))},
    }


def _manifest_check() -> Schema:
    count = {"n_patients": _WHOLE, "n_images": _WHOLE}
    visit = {
        "visit": _TEXT,
        "week": {"description": "Planned weeks since baseline; null: not known.", "type": ["number", "null"]},
        "by_arm": {"description": "In the order of arms.", "type": "array", "items": object_of(count)},
    }
    study = {
        "n_images": _WHOLE,
        "n_patients": _WHOLE,
        **{name: {"type": "array", "items": _TEXT} for name in ("arms", "sites", "centers", "covariates")},
        "visits": {"type": "array", "items": object_of(visit)},
        "scale": {"description": "How many images state one.", **_TEXT},
    }
    return {
        "version": _VERSION,
        "manifest": object_of({"path": _TEXT, "sha256": _or_null(_SHA256)}),
        "accepted": {"description": "There is no fault; warnings do not stop a run.", "type": "boolean"},
        "study": {"description": "Null: the manifest cannot be read.", **_or_null(object_of(study))},
        "faults": {"type": "array", "items": of_type(Fault)},
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_PARTS: Final[dict[str, tuple[str, Callable[[], Schema]]]] = {
    "outcomes": ("Outcomes of a study by arm, of `hairdensity study outcomes`.", _outcomes),
    "agreement": ("Agreement of readers, algorithm and repeats, of `hairdensity study agreement`.", _agreement),
    "study-run": ("What a study run worked with and came to: its run.json.", _run),
    "manifest-check": ("What `hairdensity study check --json` prints.", _manifest_check),
}

KINDS: Final = tuple(_PARTS)


def file_name(kind: str) -> str:
    """Of the schema of a kind of document, beside this module."""
    return f"{kind}-1.schema.json"


def schema_text(kind: str) -> str:
    """The whole schema as the file holds it.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    """
    words, parts = _PARTS[kind]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hairdensity/{kind}-1",
        "description": f"{words} Research use, not a medical device.",
        **object_of({"schema": {"const": f"hairdensity/{kind}-1"}} | parts()),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(sys.argv[1]), end="")
