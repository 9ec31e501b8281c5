"""The columns of a manifest as a table for docs/study-manifest.md: ``python -m hairdensity.study.reading.docs``."""

from __future__ import annotations

from hairdensity.study.columns import COVARIATE_PREFIX, MANIFEST, ManifestColumn

__all__ = ["column_table"]

_KINDS = {"object": "text", "float64": "number", "Int64": "whole number"}


def column_table() -> str:
    """One line of Markdown for each column."""
    covariate = f"| `{COVARIATE_PREFIX}...` | number or text | | | any covariate, e.g. `x_age`, `x_sex` | |"
    head = ["| Column | Holds | Unit | Must be there | Meaning | Also read |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *map(_line, MANIFEST), covariate])


def _line(column: ManifestColumn) -> str:
    aliases = ", ".join(f"`{alias}`" for alias in column.aliases)
    required = "yes" if column.required else ""
    cells = (f"`{column.name}`", _KINDS[column.dtype], column.unit, required, column.meaning, aliases)
    return " ".join(f"| {cell}" if cell else "|" for cell in cells) + " |"


if __name__ == "__main__":
    print(column_table())
