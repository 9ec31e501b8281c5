"""What a request brings: the installation, a transaction, who asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.workplace import Workplace
from hairdensity.store.models import SignIn, User, utc_now

__all__ = ["SESSION_COOKIE", "At", "Db", "NotSignedInError", "Who", "WritingDb"]

SESSION_COOKIE = "hairdensity_session"


class NotSignedInError(Exception):
    """A page answers with the way to sign in, the API with 401."""


def _workplace(request: Request) -> Workplace:
    workplace: Workplace = request.app.state.workplace
    return workplace


At = Annotated[Workplace, Depends(_workplace)]
"""The installation."""


def _session(request: Request, at: At) -> Iterator[Session]:
    with at.database.session(writes=request.method not in READING) as db:
        yield db


def _writing_session(at: At) -> Iterator[Session]:
    with at.database.session() as db:
        yield db


READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing: they read beside the writer and never wait for it."""

Db = Annotated[Session, Depends(_session, scope="function")]
"""One transaction for the request, committed before the answer leaves; with GET it can only read."""

WritingDb = Annotated[Session, Depends(_writing_session, scope="function")]
"""For the few GETs that leave a trace, as an export does in the audit: a transaction of its own that writes."""


def _person(request: Request, db: Db) -> Person:
    token = request.cookies.get(SESSION_COOKIE, "")
    query = select(SignIn, User).join(User).where(SignIn.token_sha256 == hashlib.sha256(token.encode()).hexdigest())
    row = db.execute(query).one_or_none()
    if row is None or row.SignIn.expires_at < utc_now() or row.User.disabled_at is not None:
        raise NotSignedInError
    request.state.csrf_token = row.SignIn.csrf_token
    user = row.User
    person = Person(user_id=user.id, clinic_id=user.clinic_id, name=user.name, role=Role(user.role))
    request.state.person = person
    return person


Who = Annotated[Person, Depends(_person)]
"""Who has signed in; without, the answer is 401 or the way to sign in."""
