"""Libraries of the optional extras: found missing before any work, and said with the command that installs them."""

from __future__ import annotations

import importlib.util

from hairdensity.errors import MissingDependencyError

__all__ = ["require", "require_pyarrow"]

_DISTRIBUTIONS = {"fpdf": "fpdf2"}
"""Names by which libraries are installed, where they differ."""


def require(*libraries: str, doing: str, extra: str = "study") -> None:
    """See that libraries can be imported.

    Parameters
    ----------
    *libraries : str
        As they are imported.
    doing : str
        What needs them.
    extra : str, optional
        Of this package, which brings them.

    Raises
    ------
    MissingDependencyError
        If one is not installed.
    """
    missing = [_DISTRIBUTIONS.get(name, name) for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependencyError(f"{doing} needs {' and '.join(missing)}: pip install 'hairdensity[{extra}]'")


def require_pyarrow() -> None:
    """Without it no table of a study is read or written.

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    """
    require("pyarrow", doing="Parquet")
