"""Short labels that people type: of a site, of a visit."""

from __future__ import annotations

from hairdensity.errors import InputError

__all__ = ["LONGEST_LABEL", "checked_label"]

LONGEST_LABEL = 80


def checked_label(text: str) -> str:
    """A label as it is stored, with single spaces.

    Raises
    ------
    InputError
        If it is longer than 80 characters, or holds what cannot be printed.
    """
    label = " ".join(text.split())
    if len(label) > LONGEST_LABEL:
        raise InputError(f"a label has at most {LONGEST_LABEL} characters, this one has {len(label)}: shorten it")
    if not label.isprintable():
        raise InputError("a label holds only characters that can be printed: type it by hand")
    return label
