"""Sessions of browsers: kept on this side, ended by idling, by age, by signing out and by a new password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role
from hairdensity.store.models import ApiToken, SignIn, User, utc_now

__all__ = [
    "IDLE",
    "LONGEST",
    "OpenedSession",
    "end_session",
    "end_sessions",
    "needs_touch",
    "open_session",
    "person_of",
    "session_of",
    "sha256_of",
    "touch",
]

IDLE = timedelta(hours=1)
"""Without a request for so long, a session ends: a computer in a consulting room is left often."""
LONGEST = timedelta(hours=12)
"""One working day."""
TOUCH = timedelta(minutes=1)
"""How exactly the last request is remembered: a write for each request would only make them wait for one another."""


class OpenedSession(NamedTuple):
    """A new session; the token is told once and kept as a hash."""

    token: str
    sign_in: SignIn


def sha256_of(token: str) -> str:
    """By which a token is kept: it has 256 random bits, so that nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(db: Session, user: User) -> OpenedSession:
    """Begin a session for who has just proved to be this user; expired ones are cleared away."""
    now = utc_now()
    db.execute(delete(SignIn).where((SignIn.expires_at < now) | (SignIn.seen_at < now - IDLE)))
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(
        token_sha256=sha256_of(token),
        csrf_token=secrets.token_urlsafe(32),
        user_id=user.id,
        seen_at=now,
        expires_at=now + LONGEST,
    )
    db.add(sign_in)
    db.flush()
    return OpenedSession(token, sign_in)


def session_of(db: Session, token: str) -> tuple[SignIn, User] | None:
    """The running session of a token, and whose it is; None when it has ended."""
    if not token:
        return None
    query = select(SignIn, User).join(User).where(SignIn.token_sha256 == sha256_of(token))
    row = db.execute(query).one_or_none()
    now = utc_now()
    if row is None or row.User.disabled_at is not None:
        return None
    if row.SignIn.expires_at <= now or row.SignIn.seen_at <= now - IDLE:
        return None
    return row.SignIn, row.User


def needs_touch(used: SignIn | ApiToken) -> bool:
    """Whether the last use of a session or a token is remembered too roughly."""
    last = used.seen_at if isinstance(used, SignIn) else used.used_at
    return last is None or last < utc_now() - TOUCH


def touch(db: Session, kind: type[SignIn] | type[ApiToken], row_id: str) -> None:
    """Remember that a session or a token was used now; nothing happens when it has ended meanwhile."""
    column = "seen_at" if kind is SignIn else "used_at"
    db.execute(update(kind).where(kind.id == row_id).values({column: utc_now()}))


def person_of(user: User) -> Person:
    """Who asks, of a user's row."""
    return Person(user_id=user.id, clinic_id=user.clinic_id, name=user.name, role=Role(user.role))


def count_sessions(db: Session, user_id: str) -> int:
    """How many sessions of a user are running."""
    now = utc_now()
    running = (SignIn.user_id == user_id, SignIn.expires_at > now, SignIn.seen_at > now - IDLE)
    return db.scalar(select(func.count()).select_from(SignIn).where(*running)) or 0


def end_session(db: Session, token: str) -> None:
    """Sign out; nothing happens where there is no such session."""
    db.execute(delete(SignIn).where(SignIn.token_sha256 == sha256_of(token)))


def end_sessions(db: Session, user_id: str, *, but: str | None = None) -> None:
    """End all sessions of a user, but the one of this id."""
    query = delete(SignIn).where(SignIn.user_id == user_id)
    db.execute(query if but is None else query.where(SignIn.id != but))
