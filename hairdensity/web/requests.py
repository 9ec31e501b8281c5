"""What a request brings: the installation, a transaction, who asks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person
from hairdensity.clinic.sessions import needs_touch, person_of, session_of
from hairdensity.clinic.tokens import token_of
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import BusyError
from hairdensity.store.database import WAIT_S
from hairdensity.store.models import ApiToken, SignIn, User

__all__ = [
    "N_WRITING_TURNS",
    "SESSION_COOKIE",
    "At",
    "Db",
    "ForgedRequestError",
    "NotSignedInError",
    "ReadingDb",
    "SavingTurn",
    "StreamingWho",
    "WaitingWho",
    "Who",
    "WritingDb",
    "address_of",
    "link_to_password",
]

SESSION_COOKIE = "hairdensity_session"
"""Behind TLS with the prefix that has browsers refuse it from anything but this very host over https."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing: they read beside the writer and never wait for it."""
N_WRITING_TURNS = 8
"""Requests that write, or wait for the writer in a thread; the others wait without one: threads are left for pages."""
SAVING_WAIT_S = 60.0
"""Corrections that are saved wait for one another: a worker measures each."""
LARGEST_FORM_BYTES = 1_000_000
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def session_cookie(request: Request) -> str:
    """The name of the session's cookie."""
    return f"__Host-{SESSION_COOKIE}" if request.app.state.settings.behind_tls else SESSION_COOKIE


class NotSignedInError(Exception):
    """A page answers with the way to sign in, the API with 401."""


class ForgedRequestError(Exception):
    """A request that changes something does not prove that it comes from one of our own pages: 403."""


def _workplace(request: Request) -> Workplace:
    workplace: Workplace = request.app.state.workplace
    return workplace


At = Annotated[Workplace, Depends(_workplace)]
"""The installation."""


@asynccontextmanager
async def _one_of(turns: asyncio.Semaphore, wait_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(wait_s):
            await turns.acquire()
    except TimeoutError:
        raise BusyError("many people are saving at this moment: try again in a moment") from None
    try:
        yield
    finally:
        turns.release()


async def _writing_turn(request: Request) -> AsyncIterator[None]:
    """Wait for the writer without a thread.

    A transaction of a request goes from one thread to the next. Where all threads wait for the writer, the request that
    has it gets none to go on with, and nobody ever gives it back.
    """
    async with _one_of(request.app.state.writing_turns, WAIT_S):
        yield


async def _saving_turn(request: Request) -> AsyncIterator[None]:
    async with _one_of(request.app.state.saving_turns, SAVING_WAIT_S):
        yield


SavingTurn = Annotated[None, Depends(_saving_turn, scope="function")]
"""For a POST that waits for a worker in its thread and then for the writer: these have turns of their own, so that they
take few threads and nobody else's turn. Goes before `WaitingWho`, whose session is not held meanwhile."""


async def _turn(request: Request) -> AsyncIterator[None]:
    if request.method in READING:
        yield
        return
    async with asynccontextmanager(_writing_turn)(request):
        yield


def _session(request: Request, at: At, _: Annotated[None, Depends(_turn, scope="function")]) -> Iterator[Session]:
    with at.database.session(writes=request.method not in READING) as db:
        yield db


def _writing_session(at: At, _: Annotated[None, Depends(_writing_turn, scope="function")]) -> Iterator[Session]:
    with at.database.session() as db:
        yield db


Db = Annotated[Session, Depends(_session, scope="function")]
"""One transaction for the request, committed before the answer leaves; with GET it can only read."""

WritingDb = Annotated[Session, Depends(_writing_session, scope="function")]
"""For the few GETs that leave a trace, as an export does in the audit: a transaction of its own that writes."""


def _reading_session(at: At) -> Iterator[Session]:
    with at.database.session(writes=False) as db:
        yield db


ReadingDb = Annotated[Session, Depends(_reading_session, scope="function")]
"""For a POST that waits for a worker: nobody else's writing waits with it."""


async def _csrf_sent(request: Request) -> str:
    """The token of the page that a request comes from: of the header, else of the form's field."""
    sent = request.headers.get("X-CSRF-Token", "")
    if sent or request.method in READING or not request.cookies.get(session_cookie(request)):
        return sent
    # A large form comes from a script, which sets the header: it is streamed, never read here.
    is_form = request.headers.get("Content-Type", "").startswith(_FORMS)
    length = request.headers.get("Content-Length", "")
    if is_form and length.isdecimal() and int(length) <= LARGEST_FORM_BYTES:
        field = (await request.form()).get("csrf_token", "")
        return field if isinstance(field, str) else ""
    return ""


def _person(request: Request, db: Db, csrf_sent: Annotated[str, Depends(_csrf_sent)]) -> Person:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if request.url.path.startswith("/api/") and scheme.casefold() == "bearer":
        user = _user_of_token(request, db, token.strip())
    else:
        user = _user_of_cookie(request, db, csrf_sent)
    if user is None:
        raise NotSignedInError
    person = person_of(user)
    request.state.person = person
    return person


def _user_of_token(request: Request, db: Session, token: str) -> User | None:
    found = token_of(db, token)
    if found is None:
        return None
    row, user = found
    _note_use(request, row)
    return user


def _user_of_cookie(request: Request, db: Session, csrf_sent: str) -> User | None:
    found = session_of(db, request.cookies.get(session_cookie(request), ""))
    if found is None:
        return None
    sign_in, user = found
    # Here, so that no route that knows who asks can forget it.
    if request.method not in READING and not secrets.compare_digest(csrf_sent.encode(), sign_in.csrf_token.encode()):
        raise ForgedRequestError
    _note_use(request, sign_in)
    request.state.csrf_token = sign_in.csrf_token
    request.state.sign_in_id = sign_in.id
    return user


def visitor_of(request: Request, db: Session) -> Person | None:
    """Who looks at a page that changes nothing and is for everybody."""
    found = session_of(db, request.cookies.get(session_cookie(request), ""))
    if found is None:
        return None
    sign_in, user = found
    request.state.csrf_token = sign_in.csrf_token
    person = request.state.person = person_of(user)
    return person


def _visitor(request: Request, db: Db) -> Person | None:
    return visitor_of(request, db)


def _note_use(request: Request, used: SignIn | ApiToken) -> None:
    """Have the last use written down once the answer has left: a request that reads must not wait for a writer."""
    if needs_touch(used):
        request.state.used = (type(used), used.id)


Who = Annotated[Person, Depends(_person)]
"""Who has signed in; without, the answer is 401 or the way to sign in."""


def _waiting_person(request: Request, db: ReadingDb, csrf_sent: Annotated[str, Depends(_csrf_sent)]) -> Person:
    return _person(request, db, csrf_sent)


WaitingWho = Annotated[Person, Depends(_waiting_person)]
"""`Who` of a request that waits for a worker: see `ReadingDb`."""


def _streaming_person(request: Request, at: At, csrf_sent: Annotated[str, Depends(_csrf_sent)]) -> Person:
    with at.database.session(writes=False) as db:
        return _person(request, db, csrf_sent)


StreamingWho = Annotated[Person, Depends(_streaming_person)]
"""`Who` of a request that streams its body: no session stays open however long that takes."""


Visitor = Annotated[Person | None, Depends(_visitor)]
"""Who looks at a page that is for everybody: None without a session."""


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else "unknown"


def link_to_password(request: Request, key: str) -> str:
    """The address at which a person chooses a password."""
    return f"{request.base_url}set-password?key={key}"
