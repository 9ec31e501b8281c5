"""How well a model does on annotated pictures that it has not seen, through the whole analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Settings, analyze
from hairdensity.annotation import Annotation, read_mask
from hairdensity.calibration import Calibration
from hairdensity.evaluation import RootScore, pool_roots, score_vectors
from hairdensity.image import TrichoImage, read_image
from hairdensity.segmentation import NetworkSettings, find_model, segment_with_network
from hairdensity.tracing.centerlines import Centerlines
from hairdensity.training.pictures import OwnPicture

__all__ = ["HeldOutScore", "comparison_text", "is_worse", "score_model"]

MARGIN_PX = 64.0
MARGIN_SHARE = 0.1
"""Of the shorter side: on small pictures the margin must leave something to score."""

FIGURES = {
    "count_error": "count error",
    "precision": "root precision",
    "recall": "root recall",
    "f1": "root F1",
    "directed_recall": "recall with direction",
    "body_iou": "body IoU",
}

NOISE = 0.005
"""A smaller fall of a figure is not called one."""


class _Overlap(NamedTuple):
    """Pixels that are shafts in both, and in either."""

    both: int
    either: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutScore:
    """A model on N pictures.

    Parameters
    ----------
    roots : RootScore
        Of the pictures whose hairs are annotated completely.
    body_iou : float
        Overlap of painted and found shafts; NaN without painted masks.
    """

    roots: RootScore
    body_iou: float

    def figures(self) -> dict[str, float | None]:
        """By name; None for what could not be measured."""
        values = {name: getattr(self.roots, name) for name in FIGURES if name != "body_iou"}
        if not self.roots.n_true:
            values["f1"] = np.nan
        values["body_iou"] = self.body_iou
        return {name: float(value) if np.isfinite(value) else None for name, value in values.items()}

    def document(self) -> dict[str, Any]:
        """Figures and tallies, as JSON holds them."""
        return {**self.figures(), "n_true": self.roots.n_true, "n_found": self.roots.n_found}


def score_model(model: Path, pictures: Sequence[OwnPicture], *, device: str) -> HeldOutScore:
    """Analyze pictures with a model and compare.

    Parameters
    ----------
    model : Path
        A model's folder.
    pictures : sequence of OwnPicture
    device : str
        ``cpu`` or ``cuda``.
    """
    roots, overlaps = [], []
    for picture in pictures:
        image = read_image(picture.image_path)
        if picture.lines is not None and picture.lines.complete:
            roots.append(_roots(model, image, picture.lines, um_per_px=picture.um_per_px, device=device))
        if picture.mask is not None:
            painted = read_mask(picture.mask.mask_path, image.pixels.shape[:2])
            overlaps.append(_overlap(_body(model, image.pixels, um_per_px=picture.um_per_px, device=device), painted))
    either = sum(overlap.either for overlap in overlaps)
    iou = sum(overlap.both for overlap in overlaps) / either if either else np.nan
    return HeldOutScore(roots=pool_roots(roots), body_iou=iou)


def comparison_text(before: HeldOutScore, after: HeldOutScore) -> str:
    """A table of the figures that could be measured."""
    old, new = before.figures(), after.figures()
    lines = [f"{'':24}{'before':>10}{'after':>10}"]
    for name, title in FIGURES.items():
        if old[name] is not None or new[name] is not None:
            lines.append(f"{title:24}{_percent(old[name], name):>10}{_percent(new[name], name):>10}")
    return "\n".join(lines)


def is_worse(before: HeldOutScore, after: HeldOutScore) -> bool:
    """Whether what matters fell: the roots, or the bodies where those alone are known."""
    old, new = before.figures(), after.figures()
    falls = [
        (old[name] or 0.0) - (new[name] or 0.0)
        for name in ("f1", "body_iou")
        if old[name] is not None or new[name] is not None
    ]
    return any(fall > NOISE for fall in falls)


def _percent(value: float | None, name: str) -> str:
    if value is None:
        return "-"
    return f"{value:+.1%}" if name == "count_error" else f"{value:.1%}"


def _roots(model: Path, image: TrichoImage, truth: Annotation, *, um_per_px: float, device: str) -> RootScore:
    settings = Settings(method="network", model=str(model), network=NetworkSettings(device=device))
    found = analyze(image, calibration=Calibration(um_per_px=um_per_px), settings=settings).centerlines
    shape = image.pixels.shape[:2]
    hidden = None if truth.unreadable_path is None else read_mask(truth.unreadable_path, shape)
    return score_vectors(
        _readable(truth.hairs, hidden),
        _readable(found, hidden),
        um_per_px=um_per_px,
        shape=shape,
        margin_px=min(MARGIN_PX, MARGIN_SHARE * min(shape)),
    )


def _readable(lines: Centerlines, hidden: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """(N, 4) root and tip of the hairs whose root can be seen."""
    vectors = np.concatenate([lines.roots_px, lines.tips_px], axis=1)
    if hidden is None:
        return vectors
    row, col = np.clip(np.rint(vectors[:, :2]).astype(int), 0, np.array(hidden.shape) - 1).T
    return np.asarray(vectors[~hidden[row, col]])


def _body(model: Path, pixels: NDArray[np.uint8], *, um_per_px: float, device: str) -> NDArray[np.bool_]:
    """(H, W) True where the model sees a shaft."""
    maps = segment_with_network(
        pixels, um_per_px=um_per_px, model=find_model(model), settings=NetworkSettings(device=device)
    )
    height, width = pixels.shape[:2]
    return np.asarray(cv2.resize(maps.body.astype(np.float32), (width, height)) > 0.5)


def _overlap(found: NDArray[np.bool_], painted: NDArray[np.bool_]) -> _Overlap:
    return _Overlap(int((found & painted).sum()), int((found | painted).sum()))
