"""What the name of a folder or file says by itself: a day, a visit, a place on the scalp, the code of a patient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

__all__ = ["guess_fields"]

_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_VISIT = re.compile(
    r"(?<![A-Za-z0-9])(?:baseline|screening|bl"
    r"|(?:week|wk|w|month|mon|m|day|d|year|y|visit|v|timepoint|t|follow\W?up|fu)[\s_-]?\d{1,3})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"(?<![A-Za-z])(?:(?:left|right|mid|anterior|posterior)[\s_-]*)?"
    r"(?:vertex|crown|mid-?scalp|frontal|front|hairline|temporal|temple|parietal|occipital|occiput|nape|donor)"
    r"(?:[\s_-]*(?:left|right))?(?![A-Za-z])",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:[A-Za-z]{1,8}[\s_-]?)?\d{1,8}(?:[\s_-]\d{1,8})?[A-Za-z]?")
_CAMERA = re.compile(r"(?:img|dsc[fn]?|image|photo|pic|p\d{3}\d{4}|scan|frame|capture)\d*", re.IGNORECASE)
_COUNTER = re.compile(r"\(?(\d{1,2})\)?")


def guess_fields(parts: Sequence[str]) -> dict[str, str]:
    """The fields that a path tells.

    Parameters
    ----------
    parts : sequence of str
        Names of the folders from the top, then that of the file without its ending.

    Returns
    -------
    dict
        Some of ``patient``, ``site``, ``visit``, ``date`` and ``replicate``; the first that tells one is believed.
    """
    fields: dict[str, str] = {}
    for at, part in enumerate(parts):
        rest = _take_date(part, fields)
        rest = _take(_VISIT, "visit", rest, fields)
        rest = _take(_SITE, "site", rest, fields)
        is_file = at == len(parts) - 1
        _take_codes(rest, fields, is_file=is_file)
    return fields


def _take_date(part: str, fields: dict[str, str]) -> str:
    found = _DATE.search(part)
    if found is None:
        return part
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return part
    fields.setdefault("date", day.isoformat())
    return f"{part[: found.start()]} {part[found.end() :]}"


def _take(pattern: re.Pattern[str], name: str, part: str, fields: dict[str, str]) -> str:
    """The part without what the pattern finds in it, which becomes the field: in one spelling everywhere."""
    found = pattern.search(part)
    if found is None:
        return part
    words = re.sub(r"[\s_-]+", " ", found[0]).lower()
    fields.setdefault(name, words)
    return f"{part[: found.start()]} {part[found.end() :]}"


def _take_codes(rest: str, fields: dict[str, str], *, is_file: bool) -> None:
    """A code of a patient, perhaps a folder's whole name with blanks; in a file's name also the picture's number."""
    whole = rest.strip(" _-")
    words = (
        [whole]
        if not is_file and _CODE.fullmatch(whole)
        else [word for word in re.split(r"[\s_]+|(?<!\d)-|-(?!\d)", rest) if word]
    )
    if any(_CAMERA.fullmatch(word) for word in words):
        # IMG_0123: the camera's own counter tells neither patient nor replicate.
        return
    if words and "patient" not in fields and _CODE.fullmatch(words[0]):
        fields["patient"] = words.pop(0)
    counter = _COUNTER.fullmatch(words[-1].strip("-")) if is_file and words else None
    if counter and int(counter[1]) > 0:
        fields.setdefault("replicate", str(int(counter[1])))
