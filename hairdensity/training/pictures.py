"""Annotated pictures, loaded to be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairdensity.annotation import Annotation, read_annotation, read_mask
from hairdensity.errors import InputError
from hairdensity.image import read_image
from hairdensity.tracing.centerlines import Centerlines
from hairdensity.training.crops import TrainingPicture

__all__ = ["PictureFolder", "load_picture"]


def load_picture(annotation: Annotation) -> TrainingPicture:
    """A picture with its hairs, decoded.

    Parameters
    ----------
    annotation : Annotation
        With a scale: what is learned depends on it.

    Raises
    ------
    InputError
        If the annotation has no scale.
    """
    if annotation.um_per_px is None:
        raise InputError(f"{annotation.image_path}: training needs its scale; add um_per_px to the annotation")
    pixels = read_image(annotation.image_path).pixels
    hidden = annotation.unreadable_path
    return TrainingPicture(
        name=annotation.image_path.stem,
        pixels=pixels,
        um_per_px=annotation.um_per_px,
        paths=_paths(annotation.hairs),
        diameter_px=annotation.diameter_um / annotation.um_per_px,
        fragments=_paths(annotation.fragments),
        unreadable=None if hidden is None else read_mask(hidden, pixels.shape[:2]),
    )


def _paths(lines: Centerlines) -> tuple[NDArray[np.float64], ...]:
    return tuple(lines.path(hair) for hair in range(len(lines)))


@dataclass(slots=True)
class PictureFolder:
    """A folder of annotated pictures that may grow, or lose old pictures, while it is trained on.

    Parameters
    ----------
    folder : Path
    held_out : frozenset of str
        Stems of pictures to leave aside.
    """

    folder: Path
    held_out: frozenset[str] = frozenset()
    _loaded: dict[Path, TrainingPicture] = field(default_factory=dict)

    def __call__(self) -> Sequence[TrainingPicture]:
        """The pictures that are there now; those seen before are not decoded again.

        Raises
        ------
        InputError
            If there is none.
        """
        there = [path for path in sorted(self.folder.glob("*.json")) if path.stem not in self.held_out]
        if not there:
            raise InputError(
                f"{self.folder} holds no annotated picture: make some with `hairdensity simulate --out {self.folder}`"
            )
        self._loaded = {path: self._loaded.get(path) or load_picture(read_annotation(path)) for path in there}
        return list(self._loaded.values())
