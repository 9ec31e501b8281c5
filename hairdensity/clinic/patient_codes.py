"""What a patient's code may be: a code, never what tells who the person is.

A name, a date of birth or an e-mail that is typed in haste would travel into reports, backups and exports. What looks
like one is refused with the reason; where that is a mistake, the person says that it is a code all the same.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from hairdensity.errors import InputError

__all__ = ["CODE_RULE", "PersonalCodeError", "as_kept", "checked_code"]

CODE_RULE = "A code such as P-0142, not a name, a date of birth or an e-mail: codes travel into reports and exports."

_REFUSED = "this looks like {}, so it was not saved: a report or an export would tell who the patient is; type a code"

MOST_CHARACTERS = 64

_LOOK_ALIKES = str.maketrans(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425"
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0455\u0456\u0458\u2010\u2011\u2012\u2013\u2212",
    "ABEZHIKMNOPTYXABESIJKMHOPCTXaeopcxsij-----",
)
"""Greek and Cyrillic letters that fonts draw like Latin ones (Unicode UTS 39), and the hyphens."""

OLDEST_YEAR = 1900

_WORDS = re.compile(r"[^\W\d_]+")
_DATES = (
    (re.compile(r"(?<!\d)(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})(?!\d)"), (1, 2, 3)),
    (re.compile(r"(?<!\d)(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})(?!\d)"), (3, 2, 1)),
    (re.compile(r"(?<!\d)(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})(?!\d)"), (3, 1, 2)),
)
"""Year, month and day in their order in the text; bare digits are numbers, not dates."""


class PersonalCodeError(InputError):
    """A code looks like what tells who a person is; ``may_confirm`` says whether it may be one all the same."""

    code = "personal_code"

    def __init__(self, message: str, *, may_confirm: bool) -> None:
        super().__init__(message)
        self.may_confirm = may_confirm


def checked_code(text: str, *, confirmed: bool = False) -> str:
    """A code as it is stored: without spaces around it, in one form of Unicode.

    Parameters
    ----------
    text : str
    confirmed : bool, optional
        A person has said that what looks like a name or a date is a code.

    Raises
    ------
    PersonalCodeError
        If it looks like a name, a date of birth or an e-mail. The message does not repeat it.
    InputError
        If it is empty, longer than 64 characters, or holds what cannot be printed.
    """
    code = " ".join(as_kept(text).split())
    if not code:
        raise InputError("type the patient's code, 1-64 characters")
    if len(code) > MOST_CHARACTERS:
        raise InputError(f"a patient's code has 1-{MOST_CHARACTERS} characters, this one has {len(code)}: shorten it")
    if not code.isprintable():
        raise InputError("a patient's code holds only characters that can be printed: type it by hand")
    if "@" in code:
        raise PersonalCodeError(_REFUSED.format("an e-mail"), may_confirm=False)
    if not confirmed:
        _refuse_personal(code)
    return code


def as_kept(text: str) -> str:
    """A text in the one form in which codes are kept and searched: what looks the same is the same.

    Full-width and other forms of a sign become the plain one. Cyrillic and Greek capitals that look like Latin ones
    become those where the whole code can be written so: two patients must not have codes that nobody can tell apart.
    """
    plain = unicodedata.normalize("NFKC", text)
    latin = plain.translate(_LOOK_ALIKES)
    return latin if latin.isascii() else plain


def _refuse_personal(code: str) -> None:
    if _holds_date(code):
        raise PersonalCodeError(_REFUSED.format("a date of birth"), may_confirm=True)
    if _looks_like_name(code):
        raise PersonalCodeError(_REFUSED.format("a name"), may_confirm=True)


def _holds_date(code: str) -> bool:
    """Whether a part of a code is a day on which a living person can have been born."""
    for pattern, groups in _DATES:
        for found in pattern.finditer(code):
            try:
                day = date(*(int(found.group(group)) for group in groups))
            except ValueError:
                continue
            if OLDEST_YEAR <= day.year <= date.today().year:
                return True
    return False


def _looks_like_name(code: str) -> bool:
    """Whether a code reads like a name: a word and no digit, or two capitalized words beside digits.

    Up to four capitals are initials of a code (``ABCD``), more are a word.
    """
    words = _WORDS.findall(code)
    if any(character.isdigit() for character in code):
        return len([word for word in words if len(word) > 2 and word.istitle()]) > 1
    return any(len(word) > (4 if word.isupper() else 2) for word in words)
