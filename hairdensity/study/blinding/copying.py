"""What a child does with one picture of a study that is blinded: strip it, and note what its tags said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairdensity.scoring import Request

__all__ = ["StripTask", "prepare_stripping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripTask:
    """Task: strip a picture and the mask of its target area.

    Parameters
    ----------
    path : Path
    request : Request
        How the run would analyze it: its scale and area.
    stem : Path
        Where the stripped picture goes; a suffix is added.
    always_rewrite : bool
        As PNG in any case.
    """

    path: Path
    request: Request
    stem: Path
    always_rewrite: bool = False


def prepare_stripping() -> Callable[[StripTask], dict[str, Any]]:
    """The function that handles a `StripTask`.

    It returns ``original_sha256``, ``suffix`` and ``is_rewritten`` of the stripped file, ``has_area_mask``,
    ``um_per_px`` and ``scale_error`` (None where the picture itself shows its scale, or none is known), ``has_text``
    and ``has_graphics`` (something is burned into the picture).
    """
    return _strip


def _strip(task: StripTask) -> dict[str, Any]:
    from hairdensity.files import write_whole  # noqa: PLC0415 -- in the child alone
    from hairdensity.image import read_image  # noqa: PLC0415
    from hairdensity.quality import find_graphics, find_text  # noqa: PLC0415
    from hairdensity.study.blinding.stripping import rewrite, strip  # noqa: PLC0415

    image = read_image(task.path)
    stripped = strip(task.path.read_bytes(), image, always_rewrite=task.always_rewrite)
    write_whole(task.stem.with_suffix(stripped.suffix), stripped.data)
    mask = task.request.area_mask
    if mask is not None:
        # As the analysis takes it: white where to analyze, and nothing of what else the file shows.
        shown = (read_image(mask).pixels.max(axis=2, keepdims=True) > 127).repeat(3, axis=2)
        write_whole(task.stem.with_suffix(".area.png"), rewrite(shown.astype("uint8") * 255).data)
    return {
        "original_sha256": image.sha256,
        "suffix": stripped.suffix,
        "is_rewritten": stripped.is_rewritten,
        "has_area_mask": mask is not None,
        "has_text": bool(find_text(image.pixels).any()),
        "has_graphics": bool(find_graphics(image.pixels).any()),
        **_scale(image, task.request),
    }


def _scale(image: Any, request: Request) -> dict[str, float | None]:
    """The scale that has to be stated once the tags are gone: the one that the analysis of the original would use."""
    from hairdensity.calibration.scale import ScaleKind  # noqa: PLC0415
    from hairdensity.scoring import calibrate  # noqa: PLC0415

    scale = calibrate(image, request)
    if scale is None or scale.kind is ScaleKind.FOUND:
        return {"um_per_px": None, "scale_error": None}
    return {"um_per_px": scale.um_per_px, "scale_error": scale.relative_error}
