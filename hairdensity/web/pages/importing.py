"""Import of a folder or of a study: files come up one by one, are looked through as a whole, then added at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from hairdensity.clinic.import_checks import check_draft, propose, ready_plan
from hairdensity.clinic.import_drafts import find_draft, new_draft
from hairdensity.clinic.importing import carry_out
from hairdensity.errors import NotFoundError
from hairdensity.web.flash import go_to
from hairdensity.web.receiving import receive_file
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, ReadingDb, StreamingWho, WaitingWho, Who

__all__ = ["router"]

router = APIRouter()

MOST_ROWS = 60
"""Of the plan on the page; the manifest has all."""


@router.get("/import")
def choose(request: Request, who: Who) -> Response:
    """What can be imported, and the form for it."""
    return render(request, "importing/choose.html")


@router.post("/import")
def begin(at: At, who: Who) -> Response:
    """Make room for the files that follow."""
    return JSONResponse({"id": new_draft(at, who).id}, status_code=201)


@router.post("/import/{draft_id}/import")
async def take(
    request: Request, draft_id: str, at: At, who: StreamingWho, x_file_name: Annotated[str, Header(max_length=2000)]
) -> Response:
    """Take a file, the body of the request; its name stands in a header, percent-encoded."""
    await receive_file(request, find_draft(at, who, draft_id), x_file_name)
    return Response(status_code=204)


@router.get("/import/{draft_id}")
def look(
    request: Request, draft_id: str, at: At, db: Db, who: Who, codes: Annotated[bool, Query()] = False
) -> Response:
    """What would be added, and all that stands against it."""
    draft = find_draft(at, who, draft_id)
    checked = check_draft(db, who, draft, codes_confirmed=codes)
    return render(request, "importing/look.html", draft=draft, checked=checked, codes=codes, most=MOST_ROWS)


@router.post("/import/{draft_id}/propose")
def propose_manifest(request: Request, draft_id: str, at: At, who: WaitingWho, db: ReadingDb) -> Response:
    """Have the names of the pictures read, and show what they tell."""
    draft = find_draft(at, who, draft_id)
    notes = propose(draft, ask=request.app.state.queue.ask)
    checked = check_draft(db, who, draft)
    return render(
        request, "importing/look.html", draft=draft, checked=checked, codes=False, most=MOST_ROWS, notes=notes
    )


@router.get("/import/{draft_id}/manifest.csv")
def manifest(draft_id: str, at: At, who: Who) -> Response:
    """The manifest, to be completed in a spreadsheet."""
    path = find_draft(at, who, draft_id).manifest()
    if path is None:
        raise NotFoundError("there is no manifest yet")
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename="manifest.csv")


@router.post("/import/{draft_id}")
def confirm(
    request: Request, draft_id: str, at: At, who: WaitingWho, db: ReadingDb, codes: Annotated[bool, Form()] = False
) -> Response:
    """Add everything, or nothing."""
    draft = find_draft(at, who, draft_id)
    plan = ready_plan(check_draft(db, who, draft, codes_confirmed=codes))
    db.close()
    done = carry_out(at, who, plan)
    draft.discard()
    known = f"; {done.n_known} were there already" if done.n_known else ""
    message = f"{done.n_captures} pictures were added and wait to be scored{known}."
    return go_to(request, "/queue" if done.n_captures else "/", message=message)


@router.post("/import/{draft_id}/discard")
def discard(request: Request, draft_id: str, at: At, who: Who) -> Response:
    """Delete what was uploaded."""
    find_draft(at, who, draft_id).discard()
    return go_to(request, "/import", message="What was uploaded is deleted; nothing was imported.")
