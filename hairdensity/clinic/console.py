"""What somebody does at the server's own console: whoever may read and write its files needs no further rights."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.accounts import check_name
from hairdensity.clinic.passwords import check_password, hash_password
from hairdensity.clinic.people import add_person
from hairdensity.clinic.sessions import end_sessions
from hairdensity.errors import InputError, NotFoundError
from hairdensity.store.audit import record
from hairdensity.store.models import Clinic, OneTimeLink, User

__all__ = ["CONSOLE", "add_user", "clinic_of_name", "console_of", "reset_password"]

CONSOLE = "console"
"""Stands in the audit for the person, who has not signed in."""


def console_of(clinic: Clinic) -> Person:
    """Who works at the console, for one clinic."""
    return Person(user_id=CONSOLE, clinic_id=clinic.id, name=CONSOLE, role=Role.ADMIN)


def clinic_of_name(db: Session, name: str | None) -> Clinic:
    """The clinic of a name; without a name, the only one.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    InputError
        If there are several and none is named.
    """
    clinics = db.scalars(select(Clinic).order_by(Clinic.name)).all()
    found = [clinic for clinic in clinics if name in (None, clinic.name)]
    if not found:
        raise NotFoundError(f"there is no clinic {name!r}" if name else "there is no clinic yet: add an admin first")
    if len(found) > 1:
        raise InputError(f"there are several clinics: name one with --clinic ({', '.join(one.name for one in found)})")
    return found[0]


def add_user(db: Session, name: str, role: Role, *, password: str, clinic: str | None = None) -> User:
    """Add an account; the first one makes the clinic.

    Parameters
    ----------
    db : Session
    name : str
        To sign in with.
    role : Role
    password : str
    clinic : str, optional
        Needed where there are several; a new name makes a new clinic, whose first person is an admin.

    Raises
    ------
    InputError
        If name, password or clinic cannot be used.
    ConflictError
        If somebody has the name.
    """
    user = add_person(db, console_of(_home(db, role, clinic)), name=name, role=role).user
    _set_password(db, user, password)
    return user


def reset_password(db: Session, name: str, password: str) -> User:
    """Give an account another password and end its sessions.

    Raises
    ------
    NotFoundError
        If there is none.
    InputError
        If the password cannot be used.
    """
    user = db.scalars(select(User).where(User.name == check_name(name))).one_or_none()
    if user is None:
        raise NotFoundError(f"nobody signs in as {name!r}")
    _set_password(db, user, password)
    record(db, "password reset", ("user", user.id), clinic_id=user.clinic_id, user_id=CONSOLE)
    return user


def _set_password(db: Session, user: User, password: str) -> None:
    check_password(password, name=user.name)
    user.password_hash = hash_password(password)
    db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id))
    end_sessions(db, user.id)


def _home(db: Session, role: Role, name: str | None) -> Clinic:
    try:
        return clinic_of_name(db, name)
    except NotFoundError:
        if role is not Role.ADMIN:
            raise InputError("the first person of a clinic is an admin: add one with --role admin") from None
    made = Clinic(name=name or "Clinic")
    db.add(made)
    db.flush()
    return made
