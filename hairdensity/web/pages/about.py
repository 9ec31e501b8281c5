"""What this is, what it is not, and what it rests on."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response

from hairdensity.clinic.published_ranges import REFERENCES
from hairdensity.segmentation.model_files import NETWORK, ModelFiles, list_models
from hairdensity.web.rendering import render
from hairdensity.web.requests import Visitor

__all__ = ["router"]

router = APIRouter()

FIGURES = {
    "density_per_cm2": "Hair density",
    "unit_density_per_cm2": "Density of follicular units",
    "mean_diameter_um": "Mean thickness",
    "vellus_fraction_30um": "Share of vellus hairs (30 µm)",
}


@router.get("/about")
def show(request: Request, visitor: Visitor) -> Response:
    """Version, model, limits, sources."""
    return render(request, "about.html", model=_model(), references=REFERENCES, figures=FIGURES)


@cache
def _model() -> dict[str, Any]:
    """The model that is used."""
    model: ModelFiles = list_models()[-1]
    summary = tomllib.loads((model.folder / "manifest.toml").read_text(encoding="utf-8"))["summary"]
    low, high = model.um_per_px_range
    return {
        "name": f"{model.id.name} {model.id.version}",
        "sha256": model.sha256[NETWORK],
        "um_per_px": f"{low:g} to {high:g}",
        "summary": summary,
    }
