"""API of imports: a folder or a study comes up file by file, is looked through as a whole, then added at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from hairdensity.clinic.import_checks import Checked, check_draft, propose, ready_plan
from hairdensity.clinic.import_drafts import ImportDraft, find_draft, new_draft
from hairdensity.clinic.importing import carry_out
from hairdensity.errors import NotFoundError
from hairdensity.web.api.bodies import Body, Bool
from hairdensity.web.receiving import receive_file
from hairdensity.web.requests import At, Db, ReadingDb, StreamingWho, WaitingWho, Who

__all__ = ["router"]

router = APIRouter(tags=["imports"])


class Objection(BaseModel):
    """Something about the manifest or a row of it."""

    row: int | None = Field(description="Row of data from 1, the header not counted; null for the whole file.")
    column: str = Field(description="Empty for the whole file or row.")
    message: str


class ImportOut(BaseModel):
    """An import that was not carried out yet."""

    id: str
    n_pictures: int = Field(description="Uploaded so far.")
    has_manifest: bool
    may_go_on: bool = Field(description="Whether it can be carried out as it is.")
    n_rows: int = Field(description="Pictures that it would add.")
    n_patients: int = Field(description="Patients that they are of, new or not.")
    n_visits: int
    refusals: list[Objection] = Field(description="Nothing is imported as long as there is one.")
    warnings: list[Objection]
    left_out: list[str] = Field(description="What the manifest holds and the clinic has no place for.")
    notes: list[str] = Field(description="What to look at in a proposed manifest.")


class Codes(Body):
    """What a person says about the patients' codes."""

    codes_confirmed: Bool = Field(False, description="They are codes, even if one looks like a name or a date.")


class ImportDone(BaseModel):
    """What an import has added."""

    n_patients: int
    n_sites: int
    n_visits: int
    n_captures: int
    n_known: int = Field(description="Pictures that were there already, at the same visit and site.")


@router.post("/imports", status_code=201)
def begin_import(at: At, who: Who) -> ImportOut:
    """Make room for files; what nobody carries out is deleted after a day."""
    return _shown(new_draft(at, who), None)


@router.post(
    "/imports/{import_id}/files",
    status_code=204,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_import_file(
    request: Request,
    import_id: str,
    at: At,
    who: StreamingWho,
    x_file_name: Annotated[
        str, Header(max_length=2000, description="Name with folders (a/b.jpg), percent-encoded; .csv is the manifest.")
    ],
) -> None:
    """Upload one file, a picture or the manifest: its bytes are the body of the request."""
    await receive_file(request, find_draft(at, who, import_id), x_file_name)


@router.get("/imports/{import_id}")
def get_import(
    import_id: str,
    at: At,
    db: Db,
    who: Who,
    codes_confirmed: Annotated[bool, Query(description="See the body of the confirmation.")] = False,
) -> ImportOut:
    """What would be added, and all that stands against it."""
    draft = find_draft(at, who, import_id)
    return _shown(draft, check_draft(db, who, draft, codes_confirmed=codes_confirmed))


@router.post("/imports/{import_id}/manifest")
def propose_manifest(request: Request, import_id: str, at: At, who: WaitingWho, db: ReadingDb) -> ImportOut:
    """Have a manifest made of what the names of the pictures tell, for a person to complete."""
    draft = find_draft(at, who, import_id)
    notes = propose(draft, ask=request.app.state.queue.ask)
    return _shown(draft, check_draft(db, who, draft), notes)


@router.get(
    "/imports/{import_id}/manifest",
    response_class=FileResponse,
    responses={200: {"description": "The manifest.", "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def get_manifest(import_id: str, at: At, who: Who) -> FileResponse:
    """The manifest, as uploaded or proposed."""
    path = find_draft(at, who, import_id).manifest()
    if path is None:
        raise NotFoundError("there is no manifest yet")
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename="manifest.csv")


@router.post("/imports/{import_id}/confirm")
def carry_out_import(import_id: str, body: Codes, at: At, who: WaitingWho, db: ReadingDb) -> ImportDone:
    """Add everything, or nothing; the pictures then wait to be scored."""
    draft = find_draft(at, who, import_id)
    plan = ready_plan(check_draft(db, who, draft, codes_confirmed=body.codes_confirmed))
    db.close()
    done = carry_out(at, who, plan)
    draft.discard()
    return ImportDone.model_validate(done, from_attributes=True)


@router.delete("/imports/{import_id}", status_code=204)
def discard_import(import_id: str, at: At, who: Who) -> None:
    """Delete what was uploaded."""
    find_draft(at, who, import_id).discard()


def _shown(draft: ImportDraft, checked: Checked | None, notes: list[str] | None = None) -> ImportOut:
    plan = None if checked is None else checked.plan
    faults = () if checked is None else checked.faults
    refused = [Objection(row=one.row, column=one.column, message=str(one)) for one in faults]
    refused += (
        []
        if checked is None
        else [Objection(row=one.row, column=one.column, message=one.what) for one in checked.refusals]
    )
    warned = [] if checked is None else checked.warnings
    return ImportOut(
        id=draft.id,
        n_pictures=draft.n_pictures(),
        has_manifest=checked is not None,
        may_go_on=checked is not None and checked.may_go_on,
        n_rows=0 if plan is None else len(plan.rows),
        n_patients=0 if plan is None else plan.n_patients,
        n_visits=0 if plan is None else plan.n_visits,
        refusals=refused,
        warnings=[Objection(row=one.row, column=one.column, message=str(one)) for one in warned],
        left_out=[] if plan is None else list(plan.left_out),
        notes=notes or [],
    )
