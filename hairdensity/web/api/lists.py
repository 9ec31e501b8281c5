"""Lists in pages, as the API sends them."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from hairdensity.clinic.paging import MOST_AT_ONCE

__all__ = ["After", "All", "Limit", "Listed"]

Item = TypeVar("Item", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=MOST_AT_ONCE, description="Most items of the answer.")]
After = Annotated[str | None, Query(max_length=64, description="The `after` of the page before.")]


class All(BaseModel, Generic[Item]):
    """A list that is short enough to come whole."""

    items: list[Item]


class Listed(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    after: str | None = Field(description="Ask with this for the next page; null at the end.")
