"""Random crops of annotated pictures at about the working scale, with their targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.training.appearance import AppearanceSettings, vary_appearance
from hairdensity.training.targets import ALL, CropHairs, Known, Targets, draw_targets

__all__ = ["Crop", "CropSettings", "TrainingPicture", "cut_crop"]

Array = NDArray[np.float64]

REACH_PX = 40.0
"""Hairs that end further than this outside a crop are not drawn."""


class TrainingPicture(NamedTuple):
    """A picture with its hairs.

    ``pixels`` is (H, W, 3) uint8; ``paths`` are N (K, 2) axes in its px, root first; ``diameter_px`` is (N,), NaN where
    unknown; ``fragments`` are axes of loose pieces; ``unreadable`` is (H, W) bool or None; ``body`` is (H, W) bool, the
    painted shafts, or None; ``known`` says how far all this goes.
    """

    name: str
    pixels: NDArray[np.uint8]
    um_per_px: float
    paths: tuple[Array, ...]
    diameter_px: Array
    fragments: tuple[Array, ...]
    unreadable: NDArray[np.bool_] | None
    body: NDArray[np.bool_] | None = None
    known: Known = ALL


class Crop(NamedTuple):
    """``pixels`` is (H, W, 3) uint8; ``targets`` belong to it."""

    pixels: NDArray[np.uint8]
    targets: Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class CropSettings:
    """How crops are cut.

    Parameters
    ----------
    side_px : int
    um_per_px_range : (float, float)
        Scale of the crops, drawn evenly in its logarithm.
    working_share : float
        Share of crops at exactly ``working_um_per_px``.
    working_um_per_px : float
    largest_zoom : float
        Coarser pictures are enlarged at most so much.
    rooted_share : float
        Share of crops that are placed about a root, so that bare skin does not fill most of them.
    appearance : AppearanceSettings
    """

    side_px: int = 384
    um_per_px_range: tuple[float, float] = (4.0, 8.0)
    working_share: float = 0.5
    working_um_per_px: float = 5.0
    largest_zoom: float = 2.0
    rooted_share: float = 0.7
    appearance: AppearanceSettings = field(default_factory=AppearanceSettings)

    def __post_init__(self) -> None:
        low, high = self.um_per_px_range
        if not 0 < low <= self.working_um_per_px <= high:
            raise InputError(
                f"um_per_px_range must be positive and hold working_um_per_px ({self.working_um_per_px:g}), "
                f"got {low:g}-{high:g}"
            )
        for name in ("working_share", "rooted_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} must lie in 0-1, got {getattr(self, name):g}")
        if self.side_px < 32 or self.largest_zoom < 1:
            raise InputError(
                f"side_px must be 32 or more and largest_zoom 1 or more, got {self.side_px} and {self.largest_zoom:g}"
            )


def cut_crop(picture: TrainingPicture, settings: CropSettings, rng: np.random.Generator) -> Crop:
    """Cut a random crop in one of the eight orientations, at a random scale, with a random appearance.

    Parameters
    ----------
    picture : TrainingPicture
    settings : CropSettings
    rng : Generator
    """
    zoom = picture.um_per_px / _scale(settings, rng)
    zoom = min(zoom, settings.largest_zoom)
    height, width = picture.pixels.shape[:2]
    # A picture smaller than the crop is enlarged until it fills it.
    zoom = max(zoom, settings.side_px / min(height, width))
    side = min(round(settings.side_px / zoom), height, width)
    zoom = settings.side_px / side
    top, left = _corner(picture, side, settings, rng)
    window = np.s_[top : top + side, left : left + side]
    turn = int(rng.integers(0, 8))
    pixels = _turned(_resized(picture.pixels[window], settings.side_px), turn)

    def cut(mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        if mask is None:
            return None
        return _turned(_resized(mask[window].view(np.uint8) * np.uint8(255), settings.side_px) > 127, turn)

    hairs = _hairs_in(picture, np.array([top, left]), zoom, turn, settings.side_px)
    targets = draw_targets(
        hairs,
        cut(picture.unreadable),
        (settings.side_px, settings.side_px),
        body=cut(picture.body),
        known=picture.known,
    )
    roots = np.array([path[0] for path in hairs.paths]).reshape(-1, 2)
    return Crop(vary_appearance(np.ascontiguousarray(pixels), roots, settings.appearance, rng), targets)


def _corner(picture: TrainingPicture, side: int, settings: CropSettings, rng: np.random.Generator) -> tuple[int, int]:
    """First row and column of a crop of ``side`` px of the picture."""
    last = np.array(picture.pixels.shape[:2]) - side
    roots = np.array([path[0] for path in picture.paths]).reshape(-1, 2)
    roots = roots[((roots >= 0) & (roots < last + side)).all(axis=1)]
    if len(roots) and rng.random() < settings.rooted_share:
        place = roots[rng.integers(len(roots))] - rng.uniform(0, side, 2)
        top, left = np.clip(np.rint(place), 0, last).astype(int).tolist()
    else:
        top, left = rng.integers(0, last + 1).tolist()
    return top, left


def _scale(settings: CropSettings, rng: np.random.Generator) -> float:
    if rng.random() < settings.working_share:
        return settings.working_um_per_px
    low, high = np.log(settings.um_per_px_range)
    return float(np.exp(rng.uniform(low, high)))


def _resized(patch: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    method = cv2.INTER_AREA if patch.shape[0] > side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(patch, (side_px, side_px), interpolation=method), dtype=np.uint8)


def _turned(pixels: NDArray[Any], turn: int) -> NDArray[Any]:
    """One of the eight orientations: bit 2 flips the rows, bits 0-1 count quarter turns."""
    return np.rot90(pixels[::-1] if turn & 4 else pixels, turn & 3)


def _turned_points(points: Array, turn: int, side_px: int) -> Array:
    """(K, 2) points of a square crop, moved as ``_turned`` moves its pixels."""
    last = side_px - 1
    row, col = points[:, 0], points[:, 1]
    if turn & 4:
        row = last - row
    for _ in range(turn & 3):
        row, col = last - col, row
    return np.stack([row, col], axis=1)


def _hairs_in(picture: TrainingPicture, corner: Array, zoom: float, turn: int, side_px: int) -> CropHairs:
    """The hairs and fragments that reach into a crop, in its px."""

    def moved(paths: tuple[Array, ...]) -> list[Array]:
        return [_turned_points((path - corner + 0.5) * zoom - 0.5, turn, side_px) for path in paths]

    def reaches(path: Array) -> bool:
        low, high = path.min(axis=0), path.max(axis=0)
        return bool((high > -REACH_PX).all() and (low < side_px + REACH_PX).all())

    near = [(path, hair) for hair, path in enumerate(moved(picture.paths)) if reaches(path)]
    return CropHairs(
        paths=[path for path, _ in near],
        diameter_px=picture.diameter_px[[hair for _, hair in near]] * zoom,
        fragments=[path for path in moved(picture.fragments) if reaches(path)],
    )
