"""Alignment: where a point of the baseline picture lies on the follow-up picture, and back.

An affine map carries rotation, zoom, shift and shear; a smooth warp on a coarse lattice carries what skin does beyond
it, because skin stretches and a dermatoscope presses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["Alignment", "Warp", "lattice"]

Array = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)

INVERSE_STEPS = 12
"""Most fixed-point steps of the way back: a warp that stretches skin by a tenth gains a digit with each."""

INVERSE_PX = 1e-4
"""Far below what a root can be placed to."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Warp:
    """A smooth displacement in follow-up px, on a lattice over the baseline picture.

    Parameters
    ----------
    displacement_px : (R, C, 2) float64 ndarray
        (row, col) that is added to the affine map's result; at baseline px (r * spacing_px, c * spacing_px).
    spacing_px : float
        Distance of the lattice's nodes in baseline px.
    """

    displacement_px: Array
    spacing_px: float

    def __post_init__(self) -> None:
        if self.displacement_px.ndim != 3 or self.displacement_px.shape[2] != 2:
            raise InputError(f"displacement_px must be (R, C, 2), got {self.displacement_px.shape}")
        if min(self.displacement_px.shape[:2]) < 2 or not self.spacing_px > 0:
            raise InputError("a warp needs 2 x 2 nodes or more, at a distance above 0 px")

    def at(self, points_px: Array) -> Array:
        """(N, 2) displacements at baseline points: bilinear, and that of the nearest edge beyond the lattice."""
        rows, cols, _ = self.displacement_px.shape
        place = np.clip(points_px / self.spacing_px, 0, np.array([rows - 1, cols - 1]))
        cell = np.minimum(place.astype(np.int64), np.array([rows - 2, cols - 2]))
        share = place - cell
        row, col = cell.T
        down, right = share[:, :1], share[:, 1:]
        nodes = self.displacement_px
        upper = nodes[row, col] * (1 - right) + nodes[row, col + 1] * right
        lower = nodes[row + 1, col] * (1 - right) + nodes[row + 1, col + 1] * right
        return np.asarray(upper * (1 - down) + lower * down)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """Takes (row, col) px of the baseline to (row, col) px of the follow-up.

    Parameters
    ----------
    matrix : (2, 3) float64 ndarray
        Acts on (row, col, 1).
    warp : Warp or None, optional
        What is added to it; None: nothing.
    """

    matrix: Array
    warp: Warp | None = None

    def __post_init__(self) -> None:
        if self.matrix.shape != (2, 3) or not np.isfinite(self.matrix).all():
            raise InputError(f"matrix must be (2, 3) and finite, got {self.matrix.shape}")
        if abs(np.linalg.det(self.matrix[:, :2])) < 1e-6:
            raise InputError("matrix folds the picture to a line: it has no way back")

    @property
    def zoom(self) -> float:
        """Follow-up px for each baseline px: the square root of the area's factor."""
        return float(abs(np.linalg.det(self.matrix[:, :2])) ** 0.5)

    def to_follow_up(self, points_px: Array) -> Array:
        """(N, 2) follow-up px of (N, 2) baseline px."""
        moved = np.asarray(points_px @ self.matrix[:, :2].T + self.matrix[:, 2])
        return moved if self.warp is None else moved + self.warp.at(points_px)

    def to_baseline(self, points_px: Array) -> Array:
        """(N, 2) baseline px of (N, 2) follow-up px."""
        back = np.linalg.inv(self.matrix[:, :2])
        start = np.asarray((points_px - self.matrix[:, 2]) @ back.T)
        if self.warp is None:
            return start
        found = start
        for _ in range(INVERSE_STEPS):
            before, found = found, start - self.warp.at(found) @ back.T
            if np.abs(found - before).max(initial=0.0) < INVERSE_PX:
                break
        return found

    def inverted(self, shape: tuple[int, int]) -> Alignment:
        """The way from follow-up to baseline, its warp on a lattice over a follow-up picture of (H, W) px."""
        back = np.linalg.inv(self.matrix[:, :2])
        matrix = np.column_stack([back, -back @ self.matrix[:, 2]])
        if self.warp is None:
            return Alignment(matrix=matrix)
        spacing = self.warp.spacing_px * self.zoom
        nodes = lattice(shape, spacing)
        plain = nodes @ back.T + matrix[:, 2]
        flat = nodes.reshape(-1, 2)
        moved = self.to_baseline(flat).reshape(nodes.shape) - plain
        return Alignment(matrix=matrix, warp=Warp(displacement_px=moved, spacing_px=spacing))

    def follow_up_as_baseline(
        self, picture: NDArray[Scalar], shape: tuple[int, int], *, nearest: bool = False
    ) -> NDArray[Scalar]:
        """A follow-up picture or mask resampled on the (H, W) px of the baseline; 0 where it shows nothing.

        Parameters
        ----------
        picture : (H', W') or (H', W', 3) ndarray
            uint8, float32 or bool.
        shape : (int, int)
            H, W of the baseline.
        nearest : bool, optional
            Take the nearest pixel instead of interpolating: for masks.
        """
        is_mask = picture.dtype == np.bool_
        source = picture.view(np.uint8) if is_mask else picture
        rows, cols = self._dense(shape)
        how = cv2.INTER_NEAREST if nearest or is_mask else cv2.INTER_LINEAR
        moved = cv2.remap(source, cols, rows, how, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        return np.asarray(moved, dtype=picture.dtype)

    def _dense(self, shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Follow-up row and col, (H, W) float32 each, of every baseline pixel."""
        matrix = self.matrix.astype(np.float32)
        row, col = np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None]
        rows = matrix[0, 0] * row + matrix[0, 1] * col + matrix[0, 2]
        cols = matrix[1, 0] * row + matrix[1, 1] * col + matrix[1, 2]
        if self.warp is None:
            return rows, cols
        # Bilinear between nodes like `Warp.at`: the lattice resized about its first node.
        scale = np.float32(1.0 / self.warp.spacing_px)
        at_row = np.broadcast_to(row * scale, shape).astype(np.float32)
        at_col = np.broadcast_to(col * scale, shape).astype(np.float32)
        moved = cv2.remap(
            self.warp.displacement_px.astype(np.float32),
            at_col,
            at_row,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return rows + moved[..., 0], cols + moved[..., 1]


def lattice(shape: tuple[int, int], spacing_px: float) -> Array:
    """(R, C, 2) places in px of the nodes that cover an (H, W) picture."""
    rows, cols = (max(2, int(np.ceil(side / spacing_px)) + 1) for side in shape)
    nodes = np.stack(np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij"), axis=-1)
    return np.asarray(nodes * spacing_px, dtype=np.float64)
