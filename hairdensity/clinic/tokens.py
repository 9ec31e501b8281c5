"""Tokens of the API: shown once, kept as a hash; each may do what its user may."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person
from hairdensity.clinic.sessions import sha256_of
from hairdensity.errors import ConflictError, InputError, NotFoundError
from hairdensity.store.audit import record
from hairdensity.store.models import ApiToken, User, utc_now

__all__ = ["NewToken", "is_working", "make_token", "revoke_token", "token_of", "tokens_of"]

PREFIX = "hd_"
"""So that a token that was published by mistake can be found."""
LONGEST_DAYS = 365
MOST = 20
"""Tokens of one person that work at the same time."""


class NewToken(NamedTuple):
    """A token as it is told once, and its row."""

    token: str
    row: ApiToken


def make_token(db: Session, who: Person, *, name: str, days: int = 90) -> NewToken:
    """Make a token for oneself.

    Parameters
    ----------
    db : Session
    who : Person
    name : str
        What it is for.
    days : int, optional
        For how long it works: 1 to 365.

    Raises
    ------
    InputError
        If it has no name, or another lifetime.
    ConflictError
        If the person has too many.
    """
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise InputError("say in 1 to 80 characters what the token is for")
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(f"a token works for 1 to {LONGEST_DAYS} days, got {days}")
    if sum(is_working(row) for row in tokens_of(db, who)) >= MOST:
        raise ConflictError(f"you have {MOST} tokens that work; revoke one that is no longer used")
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=who.user_id, name=name, token_sha256=sha256_of(token), expires_at=utc_now() + timedelta(days=days)
    )
    db.add(row)
    db.flush()
    record(db, "token made", ("token", row.id), clinic_id=who.clinic_id, user_id=who.user_id, detail={"days": days})
    return NewToken(token, row)


def tokens_of(db: Session, who: Person) -> list[ApiToken]:
    """The own tokens, the newest first; revoked and expired ones are among them."""
    query = select(ApiToken).where(ApiToken.user_id == who.user_id).order_by(ApiToken.created_at.desc(), ApiToken.id)
    return list(db.scalars(query))


def is_working(row: ApiToken, *, at: datetime | None = None) -> bool:
    """Whether a token is neither revoked nor expired."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > (at or utc_now()))


def revoke_token(db: Session, who: Person, token_id: str) -> None:
    """End one of the own tokens; nothing happens to one that has ended.

    Raises
    ------
    NotFoundError
        If one has no such token.
    """
    row = db.scalars(select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == who.user_id)).one_or_none()
    if row is None:
        raise NotFoundError("you have no such token")
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        record(db, "token revoked", ("token", row.id), clinic_id=who.clinic_id, user_id=who.user_id)


def token_of(db: Session, token: str) -> tuple[ApiToken, User] | None:
    """The row of a token and whose it is; None when it does not work."""
    query = select(ApiToken, User).join(User).where(ApiToken.token_sha256 == sha256_of(token))
    row = db.execute(query).one_or_none()
    if row is None or not is_working(row.ApiToken) or row.User.disabled_at is not None:
        return None
    return row.ApiToken, row.User
