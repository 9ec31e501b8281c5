"""The JSON contract ``hairdensity/growth-1``: a phototrichogram as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hairdensity.report.change_document import describe_change, records
from hairdensity.report.document import ImageError
from hairdensity.report.growth_wording import GROWTH_FIGURES, growth_words
from hairdensity.report.values import number_or_none, plain

if TYPE_CHECKING:
    from hairdensity.comparison.growth import Growth

__all__ = ["GROWTH_SCHEMA", "growth_document"]

GROWTH_SCHEMA = "hairdensity/growth-1"


def growth_document(
    growth: Growth, *, paths: tuple[str, str] | None = None, errors: Iterable[ImageError] = ()
) -> dict[str, Any]:
    """The whole document of a phototrichogram.

    Parameters
    ----------
    growth : Growth
    paths : (str, str), optional
        Where the pictures came from; their ``image_id`` by default.
    errors : iterable of ImageError, optional

    Returns
    -------
    dict
        Plain values that JSON can carry: NaN is None.
    """
    figures = {name: getattr(growth, name) for name in GROWTH_FIGURES}
    document = {
        "schema": GROWTH_SCHEMA,
        "version": growth.change.version,
        "hours": growth.hours,
        "growth": {
            name: {part: number_or_none(value) for part, value in asdict(figure).items()}
            for name, figure in figures.items()
        },
        "phases": {phase: getattr(growth, f"n_{phase}") for phase in ("anagen", "telogen", "undecided")},
        **describe_change(growth.change, paths=paths),
        "hairs": records(growth.hairs, decimals=4),
        "settings": plain(asdict(growth.settings)),
        "errors": [error._asdict() for error in errors],
    }
    return document | {"headline": growth_words(document)}
