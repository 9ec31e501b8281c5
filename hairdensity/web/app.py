"""The application: routers, errors and what lies around every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from hairdensity.clinic.queue import Queue, QueueSettings
from hairdensity.clinic.workplace import Workplace
from hairdensity.resources import package_version
from hairdensity.web import api, pages
from hairdensity.web.api.errors import BEARER, RESPONSES
from hairdensity.web.faults import add_fault_handlers
from hairdensity.web.guards import Guards
from hairdensity.web.receiving import Reception
from hairdensity.web.rendering import STATIC, static_version
from hairdensity.web.requests import N_WRITING_TURNS
from hairdensity.web.settings import WebSettings

__all__ = ["create_app"]

UPLOADS = frozenset({"captures", "files", "import"})
"""Last parts of paths whose routes stream what they receive and count it themselves."""

DESCRIPTION = (
    "Send the header Authorization: Bearer TOKEN; a person makes tokens on the page Account, and a token may do what"
    " that person may. Figures are null where a picture has no scale. Lists come in pages: ask again with the value of"
    " after."
)


def create_app(workplace: Workplace, settings: WebSettings | None = None) -> FastAPI:
    """Build the application around an opened installation.

    Parameters
    ----------
    workplace : Workplace
    settings : WebSettings, optional
        As on a clinic's own computer where it is not given.
    """
    settings = settings or WebSettings()
    app = FastAPI(
        title="hairdensity",
        version=package_version(),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        summary="Hair density and thickness from trichoscopy pictures. Research use, not a medical device.",
        description=DESCRIPTION,
        lifespan=_lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.workplace = workplace
    app.state.settings = settings
    app.state.writing_turns = asyncio.Semaphore(N_WRITING_TURNS)
    app.state.saving_turns = asyncio.Semaphore(N_WRITING_TURNS)
    app.state.queue = Queue(workplace, settings=_queue_settings(settings))
    app.state.reception = Reception(workplace, app.state.queue.ask)
    app.mount(f"/static/{static_version()}", _Kept(directory=STATIC), name="kept")
    app.mount("/static", _Asked(directory=STATIC), name="static")
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False)
    for router in api.ROUTERS:
        app.include_router(router, prefix="/api/v1", responses=RESPONSES, dependencies=[BEARER])
    add_fault_handlers(app)
    app.add_middleware(Guards, settings=settings, workplace=workplace, upload_paths=UPLOADS)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The workers live as long as the server."""
    queue: Queue = app.state.queue
    await anyio.to_thread.run_sync(queue.start)
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(queue.stop)


def _queue_settings(settings: WebSettings) -> QueueSettings:
    return QueueSettings() if settings.n_workers is None else QueueSettings(n_workers=settings.n_workers)


class _Kept(StaticFiles):
    """Files under an address that changes with them: a browser never asks twice."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class _Asked(StaticFiles):
    """Files under their own name: a browser asks whether they have changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response
