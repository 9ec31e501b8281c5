"""Accounts: the first admin, signing in, passwords and the one-time links by which they are chosen."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.passwords import check_password, hash_password, is_outdated, is_right
from hairdensity.clinic.sessions import OpenedSession, end_sessions, open_session, person_of, sha256_of
from hairdensity.clinic.sign_in_attempts import count_attempt, forget_attempts
from hairdensity.errors import InputError, NotFoundError
from hairdensity.store.audit import record
from hairdensity.store.database import Database
from hairdensity.store.models import Clinic, Installation, OneTimeLink, User, utc_now

__all__ = [
    "NO_PASSWORD",
    "Attempt",
    "change_password",
    "check_name",
    "choose_password",
    "is_new",
    "make_link",
    "new_welcome_key",
    "person_of_link",
    "set_up",
    "sign_in",
    "sign_out_others",
]

NO_PASSWORD = "!"  # noqa: S105 -- no password has this hash
LINK_LASTS = timedelta(hours=72)
_WELCOME = "welcome_key_sha256"
_NAME = re.compile(r"[^\W_][\w.@+-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How an attempt to sign in has ended.

    Parameters
    ----------
    opened : OpenedSession or None
        None when name or password are wrong; which of them is not told.
    wait_s : int
        More than 0 when there were too many attempts: nothing was checked.
    """

    opened: OpenedSession | None = None
    wait_s: int = 0


def is_new(db: Session) -> bool:
    """Whether nobody has an account yet."""
    return not db.scalar(select(func.count()).select_from(User))


def new_welcome_key(db: Session) -> str:
    """The key of the link by which the first admin begins; the one before is no longer good."""
    key = secrets.token_urlsafe(24)
    db.merge(Installation(name=_WELCOME, value=sha256_of(key)))
    return key


def set_up(db: Session, key: str, *, name: str, password: str, clinic: str = "Clinic") -> OpenedSession:
    """Make the clinic and its first admin, and sign that person in.

    Raises
    ------
    NotFoundError
        If the key is not the one of the last start, or somebody has begun already.
    InputError
        If name or password cannot be used.
    """
    kept = db.get(Installation, _WELCOME)
    if kept is None or not secrets.compare_digest(kept.value, sha256_of(key)) or not is_new(db):
        raise NotFoundError("this link has been used or is out of date; start the program again for a new one")
    name = check_name(name)
    check_password(password, name=name)
    made = Clinic(name=clinic.strip()[:120] or "Clinic")
    db.add(made)
    db.flush()
    user = User(clinic_id=made.id, name=name, role=Role.ADMIN.value, password_hash=hash_password(password))
    db.add(user)
    db.delete(kept)
    db.flush()
    record(db, "installation set up", ("user", user.id), clinic_id=made.id, user_id=user.id)
    return open_session(db, user)


def check_name(name: str) -> str:
    """The name for signing in, in the one way it is kept: small letters, no blanks around it.

    Raises
    ------
    InputError
        If it is empty, too long or has other signs than letters, digits and ``. _ @ + -``.
    """
    kept = unicodedata.normalize("NFKC", name).strip().casefold()
    if not _NAME.fullmatch(kept):
        raise InputError(
            "a name has 1 to 80 letters, digits or . _ @ + -, without blanks, and begins with a letter or digit"
        )
    return kept


def sign_in(database: Database, *, name: str, password: str, address: str) -> Attempt:
    """Check a name and a password.

    The attempt is counted before anything is checked and forgotten when it was right, so that many at once gain
    nothing; the slow part holds no transaction.

    Parameters
    ----------
    database : Database
    name, password : str
    address : str
        Of who asks.
    """
    kept_name = unicodedata.normalize("NFKC", name).strip().casefold()[:200]
    with database.session() as db:
        counted = count_attempt(db, name=kept_name, address=address)
        if counted.wait_s:
            return Attempt(wait_s=counted.wait_s)
        user = db.scalars(select(User).where(User.name == kept_name)).one_or_none()
        may_try = user is not None and user.disabled_at is None
    right = is_right(user.password_hash if user is not None and may_try else None, password)
    with database.session() as db:
        user = db.get(User, user.id) if user is not None else None
        if not right or user is None or user.disabled_at is not None:
            _record_failure(db, user)
            return Attempt()
        forget_attempts(db, counted)
        if is_outdated(user.password_hash):
            user.password_hash = hash_password(password)
        record(db, "signed in", ("user", user.id), clinic_id=user.clinic_id, user_id=user.id)
        return Attempt(opened=open_session(db, user))


def _record_failure(db: Session, user: User | None) -> None:
    """Of a name that nobody has, too, without that name: else the time of the answer would tell who has an account."""
    user_id, clinic_id = ("", None) if user is None else (user.id, user.clinic_id)
    record(db, "sign-in failed", ("user", user_id), clinic_id=clinic_id, user_id=None)


def change_password(db: Session, who: Person, *, old: str, new: str, session_id: str | None) -> None:
    """Set the own password; all other sessions end.

    Attempts are counted: whoever has got hold of a session must not guess the password by it.

    Raises
    ------
    InputError
        If the old one is wrong or was wrong too often, or if the new one cannot be used.
    """
    user = db.get_one(User, who.user_id)
    counted = count_attempt(db, name=f"present password of {user.id}", address=f"session of {user.id}")
    if counted.wait_s:
        raise InputError(f"too many attempts: wait {ceil(counted.wait_s / 60)} minutes, or ask an admin for a link")
    if not is_right(user.password_hash, old):
        _record_failure(db, user)
        raise InputError("the present password is not right")
    forget_attempts(db, counted)
    check_password(new, name=user.name)
    user.password_hash = hash_password(new)
    end_sessions(db, user.id, but=session_id)
    record(db, "password changed", ("user", user.id), clinic_id=user.clinic_id, user_id=user.id)


def sign_out_others(db: Session, who: Person, *, session_id: str | None) -> None:
    """End all sessions of oneself but one."""
    end_sessions(db, who.user_id, but=session_id)
    record(db, "signed out elsewhere", ("user", who.user_id), clinic_id=who.clinic_id, user_id=who.user_id)


def make_link(db: Session, user: User) -> str:
    """The key of a link by which a person chooses a password once; links made before are no longer good."""
    db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id))
    key = secrets.token_urlsafe(24)
    db.add(OneTimeLink(key_sha256=sha256_of(key), user_id=user.id, expires_at=utc_now() + LINK_LASTS))
    return key


def person_of_link(db: Session, key: str) -> Person:
    """Whose link it is.

    Raises
    ------
    NotFoundError
        If it has been used, is out of date or never was.
    """
    return person_of(_link(db, key)[1])


def choose_password(db: Session, key: str, password: str) -> OpenedSession:
    """Set the password of a link's person, end all sessions and begin a new one; the link is no longer good.

    Raises
    ------
    NotFoundError
        If the link is not good.
    InputError
        If the password cannot be used.
    """
    link, user = _link(db, key)
    check_password(password, name=user.name)
    user.password_hash = hash_password(password)
    db.delete(link)
    end_sessions(db, user.id)
    record(db, "password chosen", ("user", user.id), clinic_id=user.clinic_id, user_id=user.id)
    return open_session(db, user)


def _link(db: Session, key: str) -> tuple[OneTimeLink, User]:
    query = select(OneTimeLink, User).join(User).where(OneTimeLink.key_sha256 == sha256_of(key))
    row = db.execute(query).one_or_none()
    if row is None or row.OneTimeLink.expires_at < utc_now() or row.User.disabled_at is not None:
        raise NotFoundError("this link has been used or is out of date; ask an admin for a new one")
    return row.OneTimeLink, row.User
