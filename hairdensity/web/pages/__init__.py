"""The pages, one file for each part of the way: HTML out, forms in."""

from __future__ import annotations

from fastapi import APIRouter

from hairdensity.web.pages import views

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (views.router,)
