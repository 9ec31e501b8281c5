"""The pages, one file for each part of the way: HTML out, forms in."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.pages import about, signing_in, views, welcome

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    welcome.router,
    signing_in.router,
    about.router,
    views.router,
)
