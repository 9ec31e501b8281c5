"""Task ``align``: the follow-up of a comparison laid on its baseline, as a browser shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hairdensity.clinic.tasks.viewing import write_views
from hairdensity.comparison.alignment import Alignment, Warp
from hairdensity.image import read_image

if TYPE_CHECKING:
    from hairdensity.clinic.tasks.bench import Bench
    from hairdensity.image import TrichoImage

__all__ = ["handle", "write_aligned"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Write the views of an aligned follow-up again, by what its document says of the registration.

    Parameters
    ----------
    task : dict
        ``follow_up`` (sha256), ``result`` (sha256 of the change-1 document) and ``comparison_id``.
    bench : Bench

    Returns
    -------
    dict
        Empty.
    """
    document = json.loads(bench.files.read(task["result"]))
    image = read_image(bench.files.path(task["follow_up"]))
    size = document["images"]["baseline"]["image"]
    shape = size["height_px"], size["width_px"]
    write_aligned(image, _alignment(document["registration"]), shape, bench.aligned(task["comparison_id"]))
    return {}


def write_aligned(image: TrichoImage, alignment: Alignment, shape: tuple[int, int], folder: Path) -> None:
    """Write the tiles of a follow-up picture, resampled on the (H, W) px of its baseline.

    Parameters
    ----------
    image : TrichoImage
    alignment : Alignment
    shape : (int, int)
    folder : Path
    """
    write_views(replace(image, pixels=alignment.follow_up_as_baseline(image.pixels, shape)), folder)


def _alignment(registration: dict[str, Any]) -> Alignment:
    warp = registration["warp"]
    bent = None
    if warp is not None:
        bent = Warp(displacement_px=np.array(warp["displacement_px"]), spacing_px=warp["spacing_px"])
    return Alignment(matrix=np.array(registration["matrix"]), warp=bent)
