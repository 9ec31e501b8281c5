"""API of the own account: who asks, and the own tokens."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import tokens
from hairdensity.clinic.access import Role
from hairdensity.resources import package_version
from hairdensity.web.api.bodies import Body, Whole
from hairdensity.web.api.lists import All
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter(tags=["account"])


class Me(BaseModel):
    """Who asks."""

    user_id: str
    name: str
    role: Role
    clinic_id: str
    version: str = Field(description="Of the program that answers.")


class TokenOut(BaseModel):
    """A token, without its value."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class TokenMade(TokenOut):
    """A new token with its value, which is told only now."""

    token: str


class TokenIn(Body):
    """A token to make."""

    name: str = Field(min_length=1, max_length=80, description="What it is for.")
    days: Whole = Field(90, ge=1, le=tokens.LONGEST_DAYS, description="For how long it works.")


@router.get("/me")
def get_me(who: Who) -> Me:
    """Who asks, and what that person may do."""
    version = package_version()
    return Me(user_id=who.user_id, name=who.name, role=who.role, clinic_id=who.clinic_id, version=version)


@router.get("/tokens")
def list_tokens(db: Db, who: Who) -> All[TokenOut]:
    """The own tokens, the newest first; revoked and expired ones are among them."""
    return All(items=[TokenOut.model_validate(row) for row in tokens.tokens_of(db, who)])


@router.post("/tokens", status_code=201)
def make_token(body: TokenIn, db: Db, who: Who) -> TokenMade:
    """Make a token; its value is in this answer alone."""
    made = tokens.make_token(db, who, name=body.name, days=body.days)
    return TokenMade(**TokenOut.model_validate(made.row).model_dump(), token=made.token)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: str, db: Db, who: Who) -> None:
    """End a token."""
    tokens.revoke_token(db, who, token_id)
