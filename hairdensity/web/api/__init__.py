"""The REST API: the same operations as the pages, JSON in and out, one file for each sort of object."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.api import (
    account,
    captures,
    comparisons,
    devices,
    exporting,
    importing,
    jobs,
    patients,
    people,
    pictures,
    readings,
    reviewing,
    sites,
    treatments,
    uploads,
    visits,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    patients.router,
    sites.router,
    visits.router,
    treatments.router,
    uploads.router,
    captures.router,
    pictures.router,
    devices.router,
    jobs.router,
    readings.router,
    reviewing.router,
    comparisons.router,
    exporting.router,
    importing.router,
    people.router,
)
