"""The application: routers, errors and what lies around every request."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from hairdensity.clinic.workplace import Workplace
from hairdensity.resources import package_version
from hairdensity.web import api, pages
from hairdensity.web.rendering import HERE

__all__ = ["create_app"]


def create_app(workplace: Workplace) -> FastAPI:
    """Build the application around an opened installation.

    Parameters
    ----------
    workplace : Workplace
    """
    app = FastAPI(title="hairdensity", version=package_version(), docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workplace = workplace
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False)
    for router in api.ROUTERS:
        app.include_router(router, prefix="/api/v1")
    return app
