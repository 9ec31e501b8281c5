"""Answers that a browser saves as a file."""

from __future__ import annotations

from fastapi.responses import StreamingResponse

from hairdensity.clinic.outgoing import Exported

__all__ = ["download"]


def download(exported: Exported) -> StreamingResponse:
    """A file to save; PDFs open in the browser's own viewer, from where they are printed.

    Parameters
    ----------
    exported : Exported
        Read while it is sent.
    """
    shown = "inline" if exported.name.endswith(".pdf") else "attachment"
    headers = {
        "Content-Disposition": f'{shown}; filename="{exported.name}"',
        "Cache-Control": "private, no-store",
    }
    if exported.n_bytes is not None:
        headers["Content-Length"] = str(exported.n_bytes)
    return StreamingResponse(exported.parts, media_type=exported.media_type, headers=headers)
