"""Bases read from words, as `str` of a basis writes them."""

from __future__ import annotations

import re
from dataclasses import replace

from hairdensity.errors import InputError
from hairdensity.study.basis import COUNTED, RULES, SHAPES, Basis

__all__ = ["parse_basis"]


def parse_basis(text: str) -> Basis:
    """A basis from its words, e.g. ``"hairs per inch2, terminal by 40 um, roots in the area, circle of 5.067 cm2"``.

    Raises
    ------
    InputError
        If a part between the commas cannot be read; the message shows the forms.
    """
    head, *parts = (part.strip() for part in re.split(r",(?! by two)", text))
    match = re.fullmatch(rf"(?:(.+) of )?({'|'.join(COUNTED)})(?: in the area| per (cm2|inch2))?", head)
    if match is None or head in COUNTED:
        raise InputError(f"cannot read the basis {text!r} at {head!r}; {_FORMS}")
    measure, counted, per = match.groups()
    basis = Basis(quantity=measure or "count", counted=counted, per=per or "")
    for part in parts:
        basis = _with_part(basis, part, text)
    return basis


_FORMS = (
    "write 'hairs per cm2', 'units per inch2' or 'hairs in the area', then, with commas between, what is known: "
    f"'terminal by 40 um', {', '.join(map(repr, RULES.values()))}, 'square of 1 cm2', 'circle', 'area of 6.4516 cm2'"
)


def _with_part(basis: Basis, part: str, text: str) -> Basis:
    for name, words in RULES.items():
        if part == words:
            return replace(basis, rule=name)
    if match := re.fullmatch(r"(terminal|vellus) by (\d+(?:\.\d+)?) um", part):
        return replace(basis, hairs=match[1], cut_off_um=float(match[2]))
    if match := re.fullmatch(rf"(area|{'|'.join(SHAPES)})(?: of (\d+(?:\.\d+)?) cm2)?", part):
        return basis.in_area("" if match[1] == "area" else match[1], float(match[2]) if match[2] else None)
    raise InputError(f"cannot read the basis {text!r} at {part!r}; {_FORMS}")
