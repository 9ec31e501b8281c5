"""The JSON Schema of the document: its part on figures is made from the table of figures.

    python -m hairdensity.report.schema > analysis-1.schema.json

The file beside this module is what that prints; everything but the figures is edited there.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from hairdensity.metrics import METRICS, MetricInfo

__all__ = ["FILE_NAME", "schema_text"]

FILE_NAME = "analysis-1.schema.json"


def schema_text() -> str:
    """The whole schema as the file holds it."""
    schema = json.loads(resources.files("hairdensity.report").joinpath(FILE_NAME).read_text())
    schema["$defs"]["metrics"] = {
        "description": "Every figure; null needs a scale that is not known.",
        "type": "object",
        "additionalProperties": False,
        "required": [info.name for info in METRICS],
        "properties": {info.name: _figure(info) for info in METRICS},
    }
    return json.dumps(schema, indent=2) + "\n"


def _figure(info: MetricInfo) -> dict[str, Any]:
    """What stands under a figure's name."""
    words = f"{info.title}: {info.definition}" + (f"; {info.unit}" if info.unit else "")
    if info.kind == "number":
        kind = "integer" if info.decimals == 0 else "number"
        return {"description": words, "type": kind, "minimum": 0}
    reference = {"$ref": f"#/$defs/{info.kind}"}
    return (
        {"description": words, "anyOf": [reference, {"type": "null"}]}
        if info.needs_scale
        else ({"description": words, **reference})
    )


if __name__ == "__main__":
    print(schema_text(), end="")
