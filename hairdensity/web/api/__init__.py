"""The REST API: the same operations as the pages, JSON in and out, one file for each sort of object."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.api import account, captures, devices, patients, people, reviewing, sites, uploads, visits

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    people.router,
    patients.router,
    sites.router,
    visits.router,
    captures.router,
    devices.router,
    reviewing.router,
    uploads.router,
)
