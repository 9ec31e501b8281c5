"""Answers that a browser saves as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from hairdensity.clinic.outgoing import Exported

__all__ = ["download"]

CHUNK_BYTES = 256 * 1024


def download(exported: Exported) -> StreamingResponse:
    """A file to save; PDFs open in the browser's own viewer, from where they are printed.

    Parameters
    ----------
    exported : Exported
        Closed when it has been sent.
    """
    shown = "inline" if exported.name.endswith(".pdf") else "attachment"
    headers = {
        "Content-Disposition": f'{shown}; filename="{exported.name}"',
        "Content-Length": str(exported.n_bytes),
        "Cache-Control": "private, no-store",
    }
    closing = BackgroundTask(exported.file.close)
    return StreamingResponse(
        _chunks(exported.file), media_type=exported.media_type, headers=headers, background=closing
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
