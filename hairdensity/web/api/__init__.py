"""The REST API: the same operations as the pages, JSON in and out, one file for each sort of object."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.api import (
    account,
    captures,
    comparisons,
    devices,
    exporting,
    patients,
    people,
    reviewing,
    sites,
    treatments,
    uploads,
    visits,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    people.router,
    patients.router,
    sites.router,
    visits.router,
    captures.router,
    comparisons.router,
    treatments.router,
    devices.router,
    exporting.router,
    reviewing.router,
    uploads.router,
)
