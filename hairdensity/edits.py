"""What a person changes about the hairs that were found on a picture: six kinds of edits, and their form in JSON.

Points are (row, col) px of the upright picture. Edits are applied in their order, each to what the ones before it left;
see `hairdensity.correction`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from hairdensity.errors import InputError

__all__ = [
    "MOST_EDITS",
    "Add",
    "Delete",
    "Edit",
    "Merge",
    "MoveRoot",
    "Point",
    "Split",
    "Unreadable",
    "edit_name",
    "edit_values",
    "parse_edits",
]

MOST_EDITS = 2_000
MOST_POINTS = 1_000
LONGEST_PATH = 3.0
"""Of a hair against height plus width of its picture: more is a scribble."""

LARGEST_ID = 10_000_000

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """A hair that was missed; ``path_px`` leads from its root to its tip."""

    path_px: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """What was taken for a hair and is none."""

    hair_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Two hairs that were taken for one; the second begins at ``at_px``."""

    hair_id: int
    at_px: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One hair that was taken for two; it keeps the first id."""

    hair_id: int
    with_hair_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRoot:
    """A root that stands at the wrong place, or at the wrong end."""

    hair_id: int
    to_px: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Skin on which nothing can be judged: it leaves the area, with all roots on it."""

    polygon_px: tuple[Point, ...]


Edit: TypeAlias = Add | Delete | Split | Merge | MoveRoot | Unreadable

_KINDS: dict[str, type[Edit]] = {
    "add": Add,
    "delete": Delete,
    "split": Split,
    "merge": Merge,
    "move_root": MoveRoot,
    "unreadable": Unreadable,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def edit_name(edit: Edit) -> str:
    """Its ``op``."""
    return _NAMES[type(edit)]


def edit_values(edit: Edit) -> dict[str, Any]:
    """An edit as plain values that JSON can carry: what `parse_edits` reads."""
    fields = {name: _as_lists(value) for name, value in asdict(edit).items()}
    return {"op": edit_name(edit), **fields}


def _as_lists(value: Any) -> Any:
    return [_as_lists(part) for part in value] if isinstance(value, tuple) else value


def parse_edits(values: Any, *, image_shape: tuple[int, int]) -> tuple[Edit, ...]:
    """Check the edits of one picture.

    Parameters
    ----------
    values : list of dict
        As JSON gives them: ``{"op": "add", "path_px": [[row, col], ...]}`` and so on.
    image_shape : (int, int)
        H, W of the picture.

    Raises
    ------
    InputError
        If one of them is no edit; the message names its number, from 1, and the remedy. Whether hairs of these ids
        are there shows when the edits are applied.
    """
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InputError(f"edits must be a list, got {_shown(values)}: send [] for none")
    if len(values) > MOST_EDITS:
        raise InputError(f"a correction holds at most {MOST_EDITS} edits, got {len(values)}: score another picture")
    return tuple(_parsed(value, number, image_shape) for number, value in enumerate(values, start=1))


def _parsed(value: Any, number: int, image_shape: tuple[int, int]) -> Edit:
    if not isinstance(value, Mapping):
        raise InputError(f"edit {number} must be an object with 'op', got {_shown(value)}")
    op = value.get("op")
    kind = _KINDS.get(op) if isinstance(op, str) else None
    if kind is None:
        raise InputError(f"edit {number}: there is no op {_shown(value.get('op'))}; use one of {', '.join(_KINDS)}")
    names = set(kind.__dataclass_fields__)
    if set(value) - {"op"} != names:
        given = ", ".join(sorted(str(name)[:20] for name in set(value) - {"op"})) or "nothing"
        raise InputError(f"edit {number}: {value['op']} needs {', '.join(sorted(names))}, got {given}")
    where = f"edit {number} ({value['op']})"
    fields = {name: _READERS[name](value[name], f"{where}: {name}", image_shape) for name in sorted(names)}
    if kind is Merge and fields["hair_id"] == fields["with_hair_id"]:
        raise InputError(f"{where}: a hair cannot be merged with itself: choose another one for with_hair_id")
    return kind(**fields)


def _hair_id(value: Any, where: str, _: tuple[int, int]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_ID:
        raise InputError(f"{where} must be the number of a hair, got {_shown(value)}")
    return value


def _point(value: Any, where: str, image_shape: tuple[int, int]) -> Point:
    height, width = image_shape
    if not _is_pair(value):
        raise InputError(f"{where} must be [row, col] in px, got {_shown(value)}")
    row, col = float(value[0]), float(value[1])
    # (0, 0) is the center of the first pixel: the picture begins half a pixel before it.
    if not (-0.5 <= row <= height - 0.5 and -0.5 <= col <= width - 0.5):
        raise InputError(
            f"{where} lies outside the picture, at row {row:g}, column {col:g}: rows reach to {height - 0.5:g}, "
            f"columns to {width - 0.5:g}; a point is [row, col]"
        )
    return row, col


def _is_pair(value: Any) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return False
    numbers = all(isinstance(part, int | float) and not isinstance(part, bool) for part in value)
    return numbers and all(abs(part) < 1e9 and math.isfinite(part) for part in value)


def _path(value: Any, where: str, image_shape: tuple[int, int]) -> tuple[Point, ...]:
    points = _points(2, "draw from the root to the tip")(value, where, image_shape)
    length = sum(math.dist(*pair) for pair in itertools.pairwise(points))
    if length > LONGEST_PATH * sum(image_shape):
        raise InputError(f"{where} is {length:.0f} px long, more than any hair of this picture: draw it again")
    return points


def _points(least: int, what: str) -> Callable[[Any, str, tuple[int, int]], tuple[Point, ...]]:
    def read(value: Any, where: str, image_shape: tuple[int, int]) -> tuple[Point, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise InputError(f"{where} must be a list of points [row, col], got {_shown(value)}")
        if len(value) > MOST_POINTS:
            raise InputError(f"{where} holds at most {MOST_POINTS} points, got {len(value)}: leave out some")
        points = tuple(_point(point, f"{where}, point {i}", image_shape) for i, point in enumerate(value, start=1))
        if len(set(points)) < least:
            raise InputError(f"{where} needs {least} different points or more, got {len(set(points))}: {what}")
        return points

    return read


_READERS: dict[str, Callable[[Any, str, tuple[int, int]], Any]] = {
    "hair_id": _hair_id,
    "with_hair_id": _hair_id,
    "at_px": _point,
    "to_px": _point,
    "path_px": _path,
    "polygon_px": _points(3, "draw around what cannot be read"),
}


def _shown(value: Any) -> str:
    """A value in a message: never more of it than a person reads."""
    return repr(value)[:40]
