"""Passwords: which are accepted, and how they are kept (argon2id, RFC 9106; OWASP's parameters for one lane).

Length counts, composition does not (OWASP ASVS 5.0, V6.2; NIST SP 800-63B): no sort of sign is asked for, none is
refused, nothing is cut or changed before it is hashed.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hairdensity.clinic.common_passwords import is_common
from hairdensity.errors import InputError

__all__ = ["LONGEST", "SHORTEST", "check_password", "hash_password", "is_outdated", "is_right"]

SHORTEST = 12
"""In characters; ASVS asks for 8 and recommends 15 where it is the only factor."""
LONGEST = 256
"""So that nobody keeps the machine busy with a password of megabytes."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check_password(password: str, *, name: str) -> None:
    """See that a password may be used.

    Parameters
    ----------
    password : str
    name : str
        That its owner signs in with.

    Raises
    ------
    InputError
        If it is too short, too long, a common one or made of the name.
    """
    if len(password) < SHORTEST:
        raise InputError(
            f"a password needs at least {SHORTEST} characters, this one has {len(password)}; a few words do well"
        )
    if len(password) > LONGEST:
        raise InputError(f"a password may have {LONGEST} characters, this one has {len(password)}")
    if is_common(password, beside=(name,)):
        raise InputError(
            "this password is among the first that are tried; take a few words that do not belong together"
        )


def hash_password(password: str) -> str:
    """The text to keep; it states its own parameters."""
    return _HASHER.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Whether a password is the one of a kept text.

    Without one (nobody has that name, or no password is set yet) the same time is spent, and the answer is no.
    """
    try:
        return _HASHER.verify(kept or _decoy(), password) and kept is not None
    except InvalidHashError:
        _is_decoy(password)
        return False
    except VerificationError:
        return False


def is_outdated(kept: str) -> bool:
    """Whether a kept text was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _is_decoy(password: str) -> bool:
    try:
        return _HASHER.verify(_decoy(), password)
    except VerificationError:
        return False


@cache
def _decoy() -> str:
    return _HASHER.hash("the password of nobody")
