"""API of uploads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from hairdensity.clinic.uploading import Accepted, Arrival
from hairdensity.web.api.jobs import JobState, job_state
from hairdensity.web.requests import StreamingWho

__all__ = ["Upload", "router", "upload_of"]

router = APIRouter(tags=["pictures"])


class Taken(BaseModel):
    """A picture that was taken."""

    id: str
    visit_id: str
    site_id: str
    number: int = Field(description="Of the pictures of this site at this visit, from 1.")
    sha256: str
    media_type: str
    n_bytes: int
    width_px: int
    height_px: int


class Upload(BaseModel):
    """What became of an upload."""

    capture: Taken
    job: JobState | None
    is_new: bool = Field(description="False where the same bytes were there already, at the same visit and site.")


def upload_of(accepted: Accepted) -> Upload:
    """An upload as the API shows it."""
    job = None if accepted.job is None else job_state(accepted.job, accepted.place)
    taken = Taken.model_validate(accepted.capture, from_attributes=True)
    return Upload(capture=taken, job=job, is_new=accepted.is_new)


@router.post(
    "/visits/{visit_id}/captures",
    status_code=201,
    responses={200: {"model": Upload, "description": "The same bytes were there already."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_picture(
    request: Request,
    response: Response,
    visit_id: str,
    site_id: Annotated[str, Query(max_length=64)],
    who: StreamingWho,
) -> Upload:
    """Upload one picture: its bytes are the body of the request. It is scored later; the job says how far it is."""
    arrival = Arrival(visit_id=visit_id, site_id=site_id)
    accepted = await request.app.state.reception.receive(request, who, arrival)
    response.status_code = 201 if accepted.is_new else 200
    response.headers["Location"] = f"/api/v1/captures/{accepted.capture.id}"
    return upload_of(accepted)
