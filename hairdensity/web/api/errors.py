"""What every operation may answer besides its result."""

from __future__ import annotations

from typing import Any

from fastapi import Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

__all__ = ["BEARER", "RESPONSES", "ErrorAnswer"]


class Fault(BaseModel):
    """What is wrong."""

    code: str = Field(description="Stable name of the fault.")
    message: str = Field(description="What was asked, what came and the remedy, for a person.")


class ErrorAnswer(BaseModel):
    """The body of every answer that is no success."""

    error: Fault


_MEANINGS = {
    400: "The request could not be read.",
    401: "No token, or one that does not work.",
    403: "The role of the token's user does not allow it.",
    404: "It is not there, or belongs to another clinic.",
    408: "The body did not come in time.",
    409: "It cannot be done as things are now.",
    413: "The body is too large.",
    415: "The body is of a kind that is not taken here.",
    422: "The values cannot be used; the message says why.",
    429: "Too many requests; see Retry-After.",
    500: "A fault of the program; its number stands in the log.",
    501: "A part of the program is not installed; the message names it.",
    503: "Busy; see Retry-After.",
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": meaning} for status, meaning in _MEANINGS.items()
}
"""Declared once for all operations, where the routers are put together."""

BEARER = Security(
    HTTPBearer(
        scheme_name="token",
        description="A token that a person has made on the page Account; it may do what that person may.",
        auto_error=False,
    )
)
"""Only states it in the schema: `requests.Who` checks it."""
