"""How often somebody may try to sign in. Counted in the database: a restart does not open the door again."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hairdensity.store.models import Installation, SignInFailure, utc_now

__all__ = ["WINDOW", "CountedAttempt", "count_attempt", "forget_attempts"]

WINDOW = timedelta(minutes=15)
MOST_TOGETHER = 5
"""Failures of one name from one address."""
MOST_OF_A_NAME = 50
"""From all addresses together; more than from one, so that a stranger does not lock somebody out from his own."""
MOST_OF_AN_ADDRESS = 30
"""Of all names together; a whole clinic may share one."""
_SECRET = "attempts_secret"  # noqa: S105 -- the name of a row


class CountedAttempt(NamedTuple):
    """An attempt as it was counted; ``wait_s`` is more than 0 when there were too many."""

    ids: tuple[str, ...]
    together: str
    wait_s: int


def count_attempt(db: Session, *, name: str, address: str) -> CountedAttempt:
    """Count an attempt before it is checked.

    What is too often is not counted again, so that the wait ends however often somebody asks meanwhile.
    """
    now = utc_now()
    db.execute(delete(SignInFailure).where(SignInFailure.at < now - WINDOW))
    secret = _secret(db)
    limits = {
        _keyed(secret, "both", name, address): MOST_TOGETHER,
        _keyed(secret, "name", name): MOST_OF_A_NAME,
        _keyed(secret, "address", address): MOST_OF_AN_ADDRESS,
    }
    waits = [_wait_s(db, against, most) for against, most in limits.items()]
    together = next(iter(limits))
    if max(waits) > 0:
        return CountedAttempt((), together, max(waits))
    rows = [SignInFailure(against=against, at=now) for against in limits]
    db.add_all(rows)
    db.flush()
    return CountedAttempt(tuple(row.id for row in rows), together, 0)


def forget_attempts(db: Session, counted: CountedAttempt) -> None:
    """The attempt was right: it counts no more, and neither do those of the same name and address before it."""
    own = SignInFailure.id.in_(counted.ids)
    db.execute(delete(SignInFailure).where(own | (SignInFailure.against == counted.together)))


def _wait_s(db: Session, against: str, most: int) -> int:
    """Until the oldest of the last ``most`` failures is out of the window, in s; 0 when there are fewer."""
    query = select(SignInFailure.at).where(SignInFailure.against == against).order_by(SignInFailure.at.desc())
    nth = db.scalars(query.offset(most - 1).limit(1)).one_or_none()
    return 0 if nth is None else max(1, ceil((nth + WINDOW - utc_now()).total_seconds()))


def _keyed(secret: str, *parts: str) -> str:
    """Names and addresses are not kept, only whether they are the same again."""
    return hmac.new(secret.encode(), "\n".join(parts).encode(), "sha256").hexdigest()


def _secret(db: Session) -> str:
    row = db.get(Installation, _SECRET)
    if row is None:
        row = Installation(name=_SECRET, value=secrets.token_hex(32))
        db.add(row)
        db.flush()
    return row.value
