"""The JSON contract ``hairdensity/series-1``: more than two visits of one site as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hairdensity.metrics.figures import info_of
from hairdensity.report.change_document import describe_change, describe_differences, describe_visit, records
from hairdensity.report.change_wording import signed
from hairdensity.report.document import ImageError
from hairdensity.report.values import figure_values, inch2, number_or_none, plain
from hairdensity.report.wording import NOT_KNOWN

if TYPE_CHECKING:
    from hairdensity.comparison.following.trend import Trend
    from hairdensity.comparison.series import Series

__all__ = ["SERIES_SCHEMA", "series_document", "series_headline"]

SERIES_SCHEMA = "hairdensity/series-1"


def series_document(
    series: Series, *, paths: Sequence[str] | None = None, errors: Iterable[ImageError] = ()
) -> dict[str, Any]:
    """The whole document of a series.

    Parameters
    ----------
    series : Series
    paths : sequence of str, optional
        Where the pictures came from; their ``image_id`` by default.
    errors : iterable of ImageError, optional
        Visits that could not be used.

    Returns
    -------
    dict
        Plain values that JSON can carry: NaN is None.
    """
    names = paths or [visit.image.image_id for visit in series.visits]
    document = {
        "schema": SERIES_SCHEMA,
        "version": series.version,
        "visits": [_visit(series, index, names[index]) for index in range(len(series.visits))],
        "trends": {name: _trend(trend) for name, trend in series.trends.items()},
        "changes": [
            describe_change(change, paths=(names[0], name)) | {"matches": records(change.matches)}
            for change, name in zip(series.changes, names[1:], strict=True)
        ],
        "tracks": records(series.tracks),
        "sightings": records(series.sightings),
        "settings": plain(asdict(series.settings)),
        "errors": [error._asdict() for error in errors],
    }
    return document | {"headline": series_headline(document)}


def series_headline(document: dict[str, Any]) -> str:
    """The result in one sentence."""
    trend, n_registered = document["trends"].get("density_per_cm2"), _n_registered(document)
    basis = f"{n_registered} of {len(document['visits'])} visits registered"
    if trend is None or trend["slope"] is None:
        return f"Hair density: no trend can be stated; {basis}"
    info = info_of("density_per_cm2")
    slope, low, high = (signed(info, trend[part], more=1) for part in ("slope", "low", "high"))
    interval = "interval not known" if NOT_KNOWN in (low, high) else f"{low} to {high}"
    verdict = f"{trend['verdict']}, " if trend["verdict"] else ""
    return f"Hair density: {verdict}{slope} /cm² per {trend['per']} ({interval}); {basis}"


def _n_registered(document: dict[str, Any]) -> int:
    return sum(visit["registered"] for visit in document["visits"])


def _visit(series: Series, index: int, path: str) -> dict[str, Any]:
    area, metrics, route = series.shared_areas[index], series.metrics[index], series.routes[index]
    differences = series.differences[index]
    return {
        **describe_visit(series.visits[index], path),
        "day": None if series.days is None else series.days[index],
        "registered": route is not None,
        "route": None if route is None else list(route),
        "shared_area_cm2": None if area is None else area.area_cm2,
        "shared_area_inch2": None if area is None else inch2(area.area_cm2),
        "metrics": None if metrics is None else figure_values(metrics),
        "change": None if differences is None else describe_differences(differences),
    }


def _trend(trend: Trend) -> dict[str, Any]:
    verdict = None if trend.verdict is None else str(trend.verdict)
    values = {name: number_or_none(part) if isinstance(part, float) else part for name, part in asdict(trend).items()}
    return values | {"verdict": verdict}
