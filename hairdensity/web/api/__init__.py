"""The REST API: the same operations as the pages, JSON in and out, one file for each sort of object."""

from __future__ import annotations

from fastapi import APIRouter

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = ()
