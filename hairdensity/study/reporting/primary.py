"""What a report puts first: the figure, the visit and the site that the plan named before the data were seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.study.outcomes.visits import at_control_site
from hairdensity.study.reporting.sources import ReportSources, rows_of
from hairdensity.study.reporting.wording import known

__all__ = [
    "at_primary_visit",
    "comparisons_of",
    "is_primary_visit",
    "primary_figure",
    "primary_pictures",
    "primary_site",
    "primary_visit",
]

_DEFAULT_FIGURE = "density_per_cm2"


def primary_figure(sources: ReportSources) -> str:
    """Name of the primary figure."""
    figures = [str(row.get("figure")) for row in rows_of(sources.outcomes, "descriptives")]
    return str(sources.plan.get("primary_figure") or next(iter(figures), _DEFAULT_FIGURE))


def primary_visit(sources: ReportSources) -> dict[str, Any]:
    """Name and week of the primary visit, as the settled plan of the outcomes has them."""
    week = sources.plan.get("primary_week")
    return {"visit": str(sources.plan.get("primary_visit") or ""), "week": week if known(week) else None}


def is_primary_visit(row: dict[str, Any], sources: ReportSources) -> bool:
    """Whether a row of the outcomes is of the primary visit."""
    primary = primary_visit(sources)
    return bool(_is_same(row.get("visit"), row.get("week"), primary))


def at_primary_visit(table: pd.DataFrame, sources: ReportSources) -> NDArray[np.bool_]:
    """(N,) which rows of a table with visit and week are of the primary visit."""
    primary = primary_visit(sources)
    pairs = table[["visit", "week"]].itertuples(index=False, name=None)
    return np.array([_is_same(visit, week, primary) for visit, week in pairs], dtype=np.bool_)


def _is_same(visit: Any, week: Any, primary: dict[str, Any]) -> bool:
    """By week where both have one: centers may name a visit differently."""
    if known(week) and primary["week"] is not None:
        return bool(week == primary["week"])
    return bool(primary["visit"]) and visit == primary["visit"]


def primary_site(sources: ReportSources) -> str | None:
    """The plan's primary site; the only site where there is but one; None where neither is so."""
    named = sources.plan.get("site")
    sites = sorted(set(sources.study.images["site"]))
    return str(named) if named else sites[0] if len(sites) == 1 else None


def primary_pictures(sources: ReportSources) -> pd.DataFrame:
    """Rows of the images of the primary site; where none is named, of all sites but untreated controls."""
    images, site = sources.pictures, primary_site(sources)
    return images[~at_control_site(images)] if site is None else images[images["site"] == site]


def comparisons_of(sources: ReportSources) -> pd.DataFrame:
    """Rows of the changes that gave a number for the primary figure, visit and site."""
    changes = sources.study.changes
    changes = changes[(changes["figure"] == primary_figure(sources)) & (changes["status"] == "ok")]
    changes = changes[changes["row"].isin(primary_pictures(sources)["row"])]
    return changes[at_primary_visit(changes, sources)]
