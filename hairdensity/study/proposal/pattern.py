"""A stated pattern of folders, e.g. ``{arm}/{patient}/{site}/{visit}``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hairdensity.errors import InputError

__all__ = ["FIELDS", "PathPattern"]

FIELDS = ("patient", "site", "visit", "week", "date", "replicate", "arm", "center")
"""What a pattern may name; ``{}`` passes over a part."""

_USAGE = (
    f"write folder names from the top with / between them, fields of {', '.join(FIELDS)} in braces and {{}} for what "
    "is to be passed over; a part beyond the folders reads the file's name, e.g. '{patient}/{site}/{visit}_{replicate}'"
)


class PathPattern:
    """Reads fields from paths of one form.

    Parameters
    ----------
    text : str

    Raises
    ------
    InputError
        If the text names no field, an unknown one, or one twice.
    """

    def __init__(self, text: str) -> None:
        names = re.findall(r"\{(\w*)\}", text)
        stated = [name for name in names if name]
        unknown = sorted(set(stated) - set(FIELDS))
        left_over = set(re.sub(r"\{\w*\}", "", text)) & set("{}")
        if unknown or left_over or not stated or len(set(stated)) < len(stated):
            what = f"names {', '.join(unknown)}" if unknown else "is not one"
            raise InputError(f"the pattern {text!r} {what}: {_USAGE}")
        self.fields = tuple(stated)
        self._parts = [_compiled(part) for part in text.strip("/").split("/")]

    def read(self, parts: Sequence[str]) -> dict[str, str] | None:
        """The fields of one path (folders, then the file's stem); None when it has another form."""
        if len(parts) < len(self._parts):
            return None
        fields: dict[str, str] = {}
        for pattern, part in zip(self._parts, parts, strict=False):
            found = pattern.fullmatch(part)
            if found is None:
                return None
            fields |= {name: value.strip() for name, value in found.groupdict().items()}
        return fields


def _compiled(part: str) -> re.Pattern[str]:
    """``week {week}`` as an expression with a group for each field."""
    pieces = re.split(r"\{(\w*)\}", part)
    text = ""
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            text += re.escape(piece)
        else:
            text += f"(?P<{piece}>.+?)" if piece else ".+?"
    return re.compile(text, re.IGNORECASE)
