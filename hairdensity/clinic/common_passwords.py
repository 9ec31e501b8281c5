"""Passwords that guessing begins with."""

from __future__ import annotations

__all__ = ["is_common"]


def is_common(password: str, *, beside: tuple[str, ...] = ()) -> bool:
    """Whether a password is made of little: one word or few signs again and again.

    Parameters
    ----------
    password : str
    beside : tuple of str
        Words that are as easy to guess: the own name, the program's.
    """
    plain = password.casefold()
    for word in beside:
        plain = plain.replace(word.casefold(), "") if len(word) > 2 else plain
    return len(set(plain)) < 5
