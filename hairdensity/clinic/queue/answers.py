"""What a child answered, as the caller of a function would meet it: a value, or an exception."""

from __future__ import annotations

from typing import Any

from hairdensity.errors import (
    BusyError,
    ConflictError,
    HairDensityError,
    InputError,
    MissingDependencyError,
    NotFoundError,
)
from hairdensity.workers import Outcome

__all__ = ["value_of"]

_ENDED = {
    "crashed": "the process that worked on this picture ended; save the picture again as PNG and upload that",
    "out_of_memory": "this picture needs more memory than it may take; crop or shrink it and upload that",
}


def value_of(outcome: Outcome) -> dict[str, Any]:
    """The value of an outcome.

    Raises
    ------
    HairDensityError
        Of the class that the fault's code names.
    """
    if outcome.value is not None:
        return outcome.value
    if outcome.code == "timeout":
        raise BusyError("this took too long; try again in a moment")
    error = _class_of(outcome.code)(_ENDED.get(outcome.code, outcome.message))
    error.code = outcome.code
    raise error


def _class_of(code: str) -> type[HairDensityError]:
    if code in _ENDED:
        return InputError
    known: list[type[HairDensityError]] = [
        InputError,
        *_below(InputError),
        NotFoundError,
        ConflictError,
        MissingDependencyError,
    ]
    return next((kind for kind in known if kind.code == code), HairDensityError)


def _below(kind: type[HairDensityError]) -> list[type[HairDensityError]]:
    return [one for child in kind.__subclasses__() for one in (child, *_below(child))]
