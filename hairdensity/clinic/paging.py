"""Lists in pages: so many at once, going on after the last one seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import Session

from hairdensity.errors import InputError

__all__ = ["MOST_AT_ONCE", "Page", "page_of"]

MOST_AT_ONCE = 200

Row = TypeVar("Row", bound=Any)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """A part of a list.

    Parameters
    ----------
    items : list
    after : str or None
        The id to go on after; None at the end.
    """

    items: list[Row]
    after: str | None


def page_of(
    db: Session, query: Select[Row], *, by: Any, limit: int, after: str | None, descending: bool = False
) -> Page[Row]:
    """A page of a query, in the order of a column and then of the id.

    Parameters
    ----------
    db : Session
    query : Select
        Of objects of one kind.
    by : column
        Of that kind, without nulls.
    limit : int
        1 to `MOST_AT_ONCE`.
    after : str or None
        Id of the last object of the page before.
    descending : bool, optional

    Raises
    ------
    InputError
        If the limit is out of range, or nothing of the id is in the list.
    """
    if not 1 <= limit <= MOST_AT_ONCE:
        raise InputError(f"limit must lie in 1-{MOST_AT_ONCE}, got {limit}")
    kind = by.class_
    if after is not None:
        seen = db.execute(query.with_only_columns(by, kind.id).where(kind.id == after)).one_or_none()
        if seen is None:
            raise InputError(f"there is nothing of the id {after[:40]!r} in this list to go on after; begin without")
        place, last = tuple_(by, kind.id), tuple_(*seen)
        query = query.where(place < last if descending else place > last)
    order = (by.desc(), kind.id.desc()) if descending else (by, kind.id)
    items = list(db.scalars(query.order_by(*order).limit(limit + 1)))
    return Page(items=items[:limit], after=items[limit - 1].id if len(items) > limit else None)
