"""A site: its figures over the visits, and pairs of pictures to compare."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hairdensity.clinic.comparing import comparisons_of
from hairdensity.clinic.timelines import DEFAULT_FIGURES, FIGURES, timeline_of
from hairdensity.clinic.treatments import courses_of
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_wording import title_of, value_of
from hairdensity.web.change_cards import time_between, verdict_sentence
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who
from hairdensity.web.timeline.placing import draw_timeline

__all__ = ["router"]

router = APIRouter()

WIDE_PX, NARROW_PX = 1040.0, 350.0
"""Of the drawing for a screen and of the one for a phone, so that letters stay readable on both."""

Figures = Annotated[list[str] | None, Query(max_length=20)]


@router.get("/sites/{site_id}")
def site_page(request: Request, site_id: str, db: Db, who: Who, figure: Figures = None) -> Response:
    """The timeline of a site."""
    timeline = timeline_of(db, who, site_id)
    figures = [name for name in FIGURES if name in (figure or DEFAULT_FIGURES)] or list(DEFAULT_FIGURES)
    today = date.today()
    return render(
        request,
        "sites/site.html",
        site=timeline.site,
        timeline=timeline,
        figures=[info_of(name) for name in figures],
        choices=[(name, title_of(info_of(name)), name in figures) for name in FIGURES],
        drawings={
            "wide": draw_timeline(timeline, figures, width=WIDE_PX, today=today),
            "narrow": draw_timeline(timeline, figures, width=NARROW_PX, today=today),
        },
        courses=courses_of(timeline.treatments),
        comparisons=comparisons_of(db, who, site_id),
        between=time_between,
        sentence=verdict_sentence,
        title_of=title_of,
        value_of=value_of,
    )
