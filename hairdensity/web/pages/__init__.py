"""The pages, one file for each part of the way: HTML out, forms in."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.pages import (
    about,
    account,
    api_docs,
    area,
    audit,
    comparing,
    deletion,
    devices,
    exporting,
    importing,
    patients,
    people,
    queue,
    reviewing,
    scale,
    signing_in,
    sites,
    treatments,
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
    account.router,
    api_docs.router,
    people.router,
    audit.router,
    viewer.router,
    reviewing.router,
    patients.router,
    deletion.router,
    visits.router,
    scale.router,
    sites.router,
    comparing.router,
    treatments.router,
    area.router,
    devices.router,
    exporting.router,
    importing.router,
    queue.router,
    views.router,
)
