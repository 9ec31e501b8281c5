"""People of a clinic, as its admins manage them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.accounts import NO_PASSWORD, check_name, make_link
from hairdensity.clinic.sessions import end_sessions
from hairdensity.errors import ConflictError, InputError
from hairdensity.store.audit import lock_audit, record
from hairdensity.store.models import User, utc_now

__all__ = [
    "Invited",
    "add_person",
    "disable_person",
    "enable_person",
    "get_person",
    "list_people",
    "new_link",
    "role_of",
    "set_role",
]


class Invited(NamedTuple):
    """A user, and the key of the link by which that person chooses a password; it is told once."""

    user: User
    key: str


def list_people(db: Session, who: Person) -> list[User]:
    """Everybody of the clinic, by name; the disabled ones are among them.

    Raises
    ------
    NotAllowedError
        If one is no admin.
    """
    require_role(who, Role.ADMIN)
    return list(db.scalars(select(User).where(User.clinic_id == who.clinic_id).order_by(User.name)))


def role_of(text: str) -> Role:
    """A role by its name.

    Raises
    ------
    InputError
        If there is none.
    """
    try:
        return Role(text)
    except ValueError:
        raise InputError(f"a role is {', '.join(Role)}, got {text[:20]!r}") from None


def add_person(db: Session, who: Person, *, name: str, role: Role) -> Invited:
    """Add somebody, who then chooses a password by a link.

    Raises
    ------
    NotAllowedError
        If one is no admin.
    InputError
        If the name cannot be used.
    ConflictError
        If somebody has the name already.
    """
    require_role(who, Role.ADMIN)
    name = check_name(name)
    if db.scalar(select(func.count()).where(User.name == name)):
        raise ConflictError(f"somebody signs in as {name!r} already; take another name")
    user = User(clinic_id=who.clinic_id, name=name, role=role.value, password_hash=NO_PASSWORD)
    db.add(user)
    db.flush()
    _record(db, who, "person added", user, role=role.value)
    return Invited(user, make_link(db, user))


def new_link(db: Session, who: Person, user_id: str) -> Invited:
    """A link by which somebody chooses a new password; the old one works until then.

    Raises
    ------
    NotAllowedError, NotFoundError
        If one is no admin, or there is nobody of that id.
    ConflictError
        If the account is disabled.
    """
    user = get_person(db, who, user_id)
    if user.disabled_at is not None:
        raise ConflictError(f"{user.name} is disabled; enable the account first")
    _record(db, who, "link for a password made", user)
    return Invited(user, make_link(db, user))


def get_person(db: Session, who: Person, user_id: str) -> User:
    """Somebody of the clinic.

    Raises
    ------
    NotAllowedError, NotFoundError
        If one is no admin, or there is nobody of that id.
    """
    require_role(who, Role.ADMIN)
    return find(db, who, User, user_id)


def set_role(db: Session, who: Person, user_id: str, role: Role) -> User:
    """Give somebody another role, from the next request on.

    Raises
    ------
    NotAllowedError, NotFoundError
        If one is no admin, or there is nobody of that id.
    ConflictError
        If nobody would be left as admin.
    """
    user = get_person(db, who, user_id)
    if role != Role.ADMIN:
        _keep_an_admin(db, who, user)
    if user.role != role:
        user.role = role.value
        _record(db, who, "role changed", user, role=role.value)
    return user


def disable_person(db: Session, who: Person, user_id: str) -> User:
    """Let somebody in no more; sessions end and tokens do not work from now on. What was done stays.

    Raises
    ------
    NotAllowedError, NotFoundError
        If one is no admin, or there is nobody of that id.
    ConflictError
        If nobody would be left as admin.
    """
    user = get_person(db, who, user_id)
    _keep_an_admin(db, who, user)
    if user.disabled_at is None:
        user.disabled_at = utc_now()
        end_sessions(db, user.id)
        _record(db, who, "person disabled", user)
    return user


def enable_person(db: Session, who: Person, user_id: str) -> User:
    """Let somebody in again.

    Raises
    ------
    NotAllowedError, NotFoundError
        If one is no admin, or there is nobody of that id.
    """
    user = get_person(db, who, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        _record(db, who, "person enabled", user)
    return user


def _keep_an_admin(db: Session, who: Person, user: User) -> None:
    # Two admins who demote each other at the same moment take turns.
    lock_audit(db)
    db.refresh(user)
    if user.role != Role.ADMIN or user.disabled_at is not None:
        return
    others = select(func.count()).where(
        User.clinic_id == user.clinic_id,
        User.role == Role.ADMIN,
        User.disabled_at.is_(None),
        User.id != user.id,
        # Whoever was invited and has not chosen a password may never do so; who asks has just signed in.
        or_(User.password_hash != NO_PASSWORD, User.id == who.user_id),
    )
    if not db.scalar(others):
        raise ConflictError(f"{user.name} is the only admin who can sign in; make somebody else an admin first")


def _record(db: Session, who: Person, event: str, user: User, **detail: str) -> None:
    record(db, event, ("user", user.id), clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
