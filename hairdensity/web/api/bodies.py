"""Bodies of requests: taken as they are described, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Body", "Bool", "Day", "Number", "Point", "Whole"]


class Body(BaseModel):
    """A body whose fields are all known: a name that is mistyped is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


def _is_day(value: Any) -> Any:
    if value is not None and not isinstance(value, date) and not (isinstance(value, str) and len(value) == 10):
        raise ValueError("a day is a text like 2026-04-13")
    return value


# By themselves, 0 would be false, and a number a day since 1970.
Bool: TypeAlias = Annotated[bool, Field(strict=True)]
Whole: TypeAlias = Annotated[int, Field(strict=True)]
Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Day: TypeAlias = Annotated[date, BeforeValidator(_is_day)]
Point: TypeAlias = Annotated[list[Number], Field(min_length=2, max_length=2)]
"""(row, col), px."""
