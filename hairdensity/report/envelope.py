"""The frame of the JSON document, without the results in it: light, because the command's parent process writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

__all__ = ["SCHEMA", "ImageError", "document", "document_lines"]

SCHEMA = "hairdensity/analysis-1"


class ImageError(NamedTuple):
    """Why a picture has no result."""

    path: str
    code: str
    message: str


def document(
    results: Iterable[dict[str, Any]],
    *,
    version: str,
    model: dict[str, str] | None = None,
    errors: Iterable[ImageError] = (),
) -> dict[str, Any]:
    """The whole document.

    Parameters
    ----------
    results : iterable of dict
        From `describe`.
    version : str
        Of this package.
    model : dict or None, optional
        Name, version and sha256 of the weights; None for results without.
    errors : iterable of ImageError, optional
        Pictures without a result.
    """
    return _head(version, model) | {"results": list(results), "errors": [error._asdict() for error in errors]}


def document_lines(
    results: Iterable[str],
    *,
    version: str,
    model: dict[str, str] | None = None,
    errors: Iterable[ImageError] = (),
) -> Iterator[str]:
    """The same document as text, from results that are JSON already: one line for each picture."""
    yield json.dumps(_head(version, model))[:-1] + ', "results": ['
    separator = ""
    for result in results:
        yield separator + result
        separator = ","
    yield '], "errors": ' + json.dumps([error._asdict() for error in errors]) + "}"


def _head(version: str, model: dict[str, str] | None) -> dict[str, Any]:
    return {"schema": SCHEMA, "version": version, "model": model}
