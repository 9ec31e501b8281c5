"""Comparisons: two pictures of a site chosen, the wait, the result, its pictures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse

from hairdensity.clinic import comparing
from hairdensity.clinic.jobs import place_of, retry
from hairdensity.errors import InputError
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_looks import legend_of
from hairdensity.report.change_wording import (
    Note,
    change_notes,
    correction_notes,
    expected_sentence,
    headline_parts,
    picture_notes,
    site_sentence,
    value_of,
)
from hairdensity.report.wording import NOT_KNOWN
from hairdensity.store.models import Comparison, Job, Reading
from hairdensity.web.change_cards import change_cards, time_between, verdict_sentence
from hairdensity.web.flash import go_to
from hairdensity.web.pages.views import View, keep_forever
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter()

Id = Annotated[str, Form(max_length=40)]


@router.get("/compare")
def choose(request: Request, db: Db, who: Who, baseline: str = "", follow_up: str = "") -> Response:
    """Two pictures beside each other, and a button; at once to the comparison where there is one."""
    try:
        order = comparing.comparison_order(db, who, baseline, follow_up)
    except InputError as error:
        return render(request, "comparisons/refused.html", status=422, message=str(error))
    found = comparing.found_comparison(db, order)
    if found is not None:
        return go_to(request, f"/comparisons/{found.id}")
    return render(request, "comparisons/choose.html", order=order, site=order.baseline.capture.site)


@router.post("/compare")
def start(request: Request, db: Db, who: Who, baseline: Id = "", follow_up: Id = "") -> Response:
    """Start a comparison, or go to the one that is there."""
    try:
        made = comparing.start_comparison(db, who, baseline, follow_up)
    except InputError as error:
        return render(request, "comparisons/refused.html", status=422, message=str(error))
    request.app.state.queue.nudge()
    return go_to(request, f"/comparisons/{made.id}")


@router.get("/comparisons/{comparison_id}")
def comparison_page(request: Request, comparison_id: str, db: Db, who: Who, at: At) -> Response:
    """The result, or how far the work is."""
    found = comparing.comparison_or_job(db, who, comparison_id)
    if isinstance(found, Job):
        return render(request, "comparisons/waiting.html", **_waiting(db, found))
    document = comparing.comparison_document(at, found)
    before, after = found.baseline.capture, found.follow_up.capture
    return render(
        request,
        "comparisons/comparison.html",
        comparison=found,
        baseline=found.baseline,
        follow_up=found.follow_up,
        site=before.site,
        between=time_between(before.visit.day, after.visit.day),
        document=document,
        sentence=verdict_sentence(document),
        basis=headline_parts(document)[1],
        cards=change_cards(document),
        legend=legend_of(document) if document["registration"]["accepted"] else [],
        alone=_alone(found.baseline, found.follow_up),
        notes=_notes(document),
        more=[words for words in (expected_sentence(document), site_sentence(document)) if words],
        hairs=comparing.comparison_view(at, found)["hairs"],
    )


def _alone(*readings: Reading) -> list[str]:
    """The hair density of each picture by itself; empty where one is not known."""
    name = "density_per_cm2"
    known = [value_of(info_of(name), reading.summary["metrics"].get(name)) for reading in readings]
    return [] if NOT_KNOWN in known else known


def _notes(document: dict[str, Any]) -> list[Note]:
    """What to know beside the reason of a refused registration and corrections, which stand at the top."""
    aside = list(correction_notes(document))
    notes = (*change_notes(document), *picture_notes(document))
    return [note for note in notes if note.about != "Registration" and note not in aside]


@router.get("/comparisons/{comparison_id}/state")
def state(request: Request, comparison_id: str, db: Db, who: Who) -> Response:
    """How far the work is, for a page that waits; when it is done, the page is loaded anew."""
    found = comparing.comparison_or_job(db, who, comparison_id)
    if isinstance(found, Comparison):
        return Response(status_code=204, headers={"HX-Redirect": f"/comparisons/{found.id}"})
    return render(request, "comparisons/state.html", **_waiting(db, found))


def _waiting(db: Db, job: Job) -> dict[str, Any]:
    baseline, follow_up = (db.get(Reading, job.order[name]) for name in ("baseline_id", "follow_up_id"))
    site = None if follow_up is None else follow_up.capture.site
    return {"job": job, "place": place_of(db, job), "baseline": baseline, "follow_up": follow_up, "site": site}


@router.post("/comparisons/{comparison_id}/again")
def again(request: Request, comparison_id: str, db: Db, who: Who) -> Response:
    """Try a comparison again that has failed."""
    job = retry(db, who, comparison_id)
    request.app.state.queue.nudge()
    return go_to(request, f"/comparisons/{job.id}")


@router.get("/comparisons/{comparison_id}/view.json")
def fates(request: Request, comparison_id: str, db: Db, who: Who, at: At) -> Response:
    """Every hair's line and fate."""
    comparison = comparing.find_comparison(db, who, comparison_id)
    headers, is_known = keep_forever(request, comparison.view_sha256[:32])
    if is_known:
        return Response(status_code=304, headers=headers)
    return Response(at.files.read(comparison.view_sha256), media_type="application/json", headers=headers)


@router.get("/comparisons/{comparison_id}/tiles/{view:path}.jpg")
def tile(request: Request, comparison_id: str, view: View, db: Db, who: Who, at: At) -> Response:
    """One tile of the follow-up, laid on the baseline."""
    comparison = comparing.find_comparison(db, who, comparison_id)
    etag = f"{comparison.result_sha256[:32]}-{view.replace('/', '-')}"
    headers, is_known = keep_forever(request, etag)
    if is_known:
        return Response(status_code=304, headers=headers)
    path = comparing.aligned_file(at, comparison, f"{view}.jpg", ask=request.app.state.queue.ask)
    return FileResponse(path, media_type="image/jpeg", headers=headers)
