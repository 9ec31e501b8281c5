"""Names of files in CSV tables: no spreadsheet may take one for a formula and run it."""

from __future__ import annotations

__all__ = ["no_formula"]

# The full-width signs start a formula in spreadsheets of Chinese and Japanese locales.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def no_formula(path: str) -> str:
    """A path that no spreadsheet takes for a formula: ``./=1+1.jpg`` is the same file as ``=1+1.jpg``.

    References
    ----------
    .. [1] OWASP Foundation. CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"./{path}" if path.startswith(_FORMULA_STARTS) else path
