"""API of comparisons and timelines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import comparing
from hairdensity.clinic.jobs import place_of
from hairdensity.clinic.timelines import FIGURES, Series, timeline_of
from hairdensity.store.models import Comparison
from hairdensity.web.api.bodies import Body, Bool
from hairdensity.web.api.jobs import JobState, job_state
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.api.treatments import TreatmentOut
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter(tags=["comparisons"])


class ComparisonIn(Body):
    """Two readings of one site."""

    baseline_id: str = Field(max_length=64)
    follow_up_id: str = Field(max_length=64)
    with_control: Bool = Field(True, description="Compare the patient's untreated site at the same visits, too.")


class ComparisonOut(BaseModel):
    """A comparison."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    baseline_id: str
    follow_up_id: str
    control_baseline_id: str | None
    control_follow_up_id: str | None
    version: str
    created_at: datetime
    summary: dict[str, Any] = Field(description="The document (change-1) without its rows.")


class Asked(BaseModel):
    """A comparison that is there, or the job that makes it and whose id it will have."""

    comparison: ComparisonOut | None
    job: JobState | None


class PointOut(BaseModel):
    """A picture of a site at a visit, by the reading that counts."""

    model_config = ConfigDict(from_attributes=True)

    capture_id: str
    reading_id: str
    visit_id: str
    day: date
    number: int
    is_corrected: bool
    is_usable: bool
    verdict: str = Field(description="Of the picture's quality: good, caution or unreadable.")
    figures: dict[str, dict[str, Any] | None] = Field(description="Value and interval by the figure's name.")


class LinkOut(BaseModel):
    """Two neighboring pictures of a line."""

    before_id: str = Field(description="A capture.")
    after_id: str
    reason: str = Field(description="Why they should not be joined; empty where they can be compared.")


class SeriesOut(BaseModel):
    """A site over the visits."""

    site_id: str
    name: str
    is_control: bool
    points: list[PointOut]
    links: dict[str, list[LinkOut]] = Field(description="By the figure's name: the first usable picture of each visit.")


class TimelineOut(BaseModel):
    """A site over the visits, the untreated sites beside it, and the treatments."""

    site_id: str
    series: list[SeriesOut] = Field(description="The site first, then the untreated ones.")
    treatments: list[TreatmentOut]


@router.post(
    "/comparisons",
    status_code=202,
    responses={200: {"model": Asked, "description": "The comparison was there already."}},
)
def start_comparison(request: Request, response: Response, body: ComparisonIn, db: Db, who: Who) -> Asked:
    """Compare two readings; the answer names the job, whose id the comparison will have."""
    made = comparing.start_comparison(db, who, body.baseline_id, body.follow_up_id, with_control=body.with_control)
    if isinstance(made, Comparison):
        response.status_code = 200
        return Asked(comparison=ComparisonOut.model_validate(made), job=None)
    request.app.state.queue.nudge()
    return Asked(comparison=None, job=job_state(made, place_of(db, made)))


@router.get("/comparisons/{comparison_id}")
def get_comparison(comparison_id: str, db: Db, who: Who) -> ComparisonOut:
    """One comparison."""
    return ComparisonOut.model_validate(comparing.find_comparison(db, who, comparison_id))


@router.get("/comparisons/{comparison_id}/document")
def get_comparison_document(comparison_id: str, db: Db, who: Who, at: At) -> dict[str, Any]:
    """The whole comparison: a document of the schema hairdensity/change-1."""
    return comparing.comparison_document(at, comparing.find_comparison(db, who, comparison_id))


@router.get("/sites/{site_id}/comparisons")
def list_comparisons(site_id: str, db: Db, who: Who, limit: Limit = 50, after: After = None) -> Listed[ComparisonOut]:
    """The comparisons of a site, the newest first."""
    page = comparing.list_comparisons(db, who, site_id, limit=limit, after=after)
    return Listed(items=[ComparisonOut.model_validate(one) for one in page.items], after=page.after)


@router.get("/sites/{site_id}/timeline")
def get_timeline(site_id: str, db: Db, who: Who) -> TimelineOut:
    """The figures of a site over the visits."""
    timeline = timeline_of(db, who, site_id)
    return TimelineOut(
        site_id=site_id,
        series=[_series(series) for series in timeline.series],
        treatments=[TreatmentOut.model_validate(one) for one in timeline.treatments],
    )


def _series(series: Series) -> SeriesOut:
    points = [
        PointOut(
            **{name: getattr(point, name) for name in PointOut.model_fields if name != "figures"},
            figures={name: point.figure(name) for name in FIGURES},
        )
        for point in series.points
    ]
    links = {
        name: [
            LinkOut(before_id=link.before.capture_id, after_id=link.after.capture_id, reason=link.reason)
            for link in series.links(name)
        ]
        for name in FIGURES
    }
    return SeriesOut(site_id=series.site_id, name=series.name, is_control=series.is_control, points=points, links=links)
