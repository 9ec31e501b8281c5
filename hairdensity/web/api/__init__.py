"""The REST API: the same operations as the pages, JSON in and out, one file for each sort of object."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.api import reviewing, uploads

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (reviewing.router, uploads.router)
