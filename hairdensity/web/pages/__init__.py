"""The pages, one file for each part of the way: HTML out, forms in."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.pages import (
    about,
    area,
    devices,
    exporting,
    patients,
    scale,
    signing_in,
    viewer,
    views,
    visits,
    welcome,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    welcome.router,
    signing_in.router,
    about.router,
    viewer.router,
    patients.router,
    visits.router,
    scale.router,
    area.router,
    devices.router,
    exporting.router,
    views.router,
)
