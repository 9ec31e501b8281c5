"""Annotated pictures, loaded to be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairdensity.annotation import (
    MASK_SUFFIX,
    Annotation,
    MaskAnnotation,
    names_hairs,
    read_annotation,
    read_mask,
    read_mask_annotation,
)
from hairdensity.errors import InputError
from hairdensity.image import read_image
from hairdensity.tracing.centerlines import Centerlines
from hairdensity.training.crops import TrainingPicture
from hairdensity.training.targets import Known

__all__ = ["OwnPicture", "PictureFolder", "load_own_picture", "load_picture", "read_own_pictures"]


def load_picture(annotation: Annotation) -> TrainingPicture:
    """A rendered picture with its hairs, decoded.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPicture:
    """A picture that people annotated: with lines, with a painted mask, or with both.

    Parameters
    ----------
    image_path : Path
    um_per_px : float
    patient : str or None
    lines : Annotation or None
    mask : MaskAnnotation or None
    """

    image_path: Path
    um_per_px: float
    patient: str | None
    lines: Annotation | None
    mask: MaskAnnotation | None


def read_own_pictures(folder: Path) -> list[OwnPicture]:
    """The annotated pictures of a folder, sorted by name.

    Raises
    ------
    InputError
        If there is none, one of the annotations is wrong, or one has no scale.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: name the one that holds the pictures and their annotations")
    names = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    lines = [read_annotation(path) for path in names if path.suffix.lower() == ".json" and names_hairs(path)]
    masks = [read_mask_annotation(path) for path in names if path.name.lower().endswith(MASK_SUFFIX)]
    by_image = {annotation.image_path: annotation for annotation in lines}
    painted = {annotation.image_path: annotation for annotation in masks}
    if not by_image and not painted:
        raise InputError(f"{folder} holds no annotated picture: see docs/annotation-format.md")
    return [_own_picture(path, by_image.get(path), painted.get(path)) for path in sorted(by_image | painted)]


def _own_picture(path: Path, lines: Annotation | None, mask: MaskAnnotation | None) -> OwnPicture:
    stated = lines or mask
    if stated is None or stated.um_per_px is None:
        raise InputError(f'{path}: training needs its scale; add "um_per_px" to {path.stem}.json')
    return OwnPicture(image_path=path, um_per_px=stated.um_per_px, patient=stated.patient, lines=lines, mask=mask)


def load_own_picture(picture: OwnPicture) -> TrainingPicture:
    """A picture that people annotated, decoded, with what its annotation does not say left open."""
    pixels = read_image(picture.image_path).pixels
    shape = pixels.shape[:2]
    body = None if picture.mask is None else read_mask(picture.mask.mask_path, shape)
    if picture.lines is None:
        return TrainingPicture(
            name=picture.image_path.stem,
            pixels=pixels,
            um_per_px=picture.um_per_px,
            paths=(),
            diameter_px=np.zeros(0),
            fragments=(),
            unreadable=None,
            body=body,
            known=Known(hairs=False, rendered=False),
        )
    known = Known(everywhere=picture.lines.complete, rendered=False)
    return load_picture(picture.lines)._replace(body=body, known=known)


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
