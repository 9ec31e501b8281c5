"""Thin bodies as axes in um, and the way such an axis runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["STEP_UM", "Shafts", "curved_path", "steps_along", "walked"]

Array = NDArray[np.float64]

STEP_UM = 80.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shafts:
    """N thin bodies with P axis points in all; body i owns ``points_um[offsets[i]:offsets[i + 1]]``, root first.

    Parameters
    ----------
    points_um : (P, 2) float64 ndarray
        (row, col) from the frame's top left corner; may lie outside the frame.
    offsets : (N + 1,) int64 ndarray
    diameter_um : (N,) float64 ndarray
    unit_id : (N,) int64 ndarray
    shaft_id : (N,) int64 ndarray
        Name of a hair over visits.
    """

    points_um: Array
    offsets: NDArray[np.int64]
    diameter_um: Array
    unit_id: NDArray[np.int64]
    shaft_id: NDArray[np.int64]

    @classmethod
    def from_paths(
        cls,
        paths: Sequence[Array],
        diameter_um: Array,
        *,
        unit_id: NDArray[np.int64] | None = None,
        shaft_id: NDArray[np.int64] | None = None,
    ) -> Self:
        """Shafts from N arrays of (row, col) um."""
        n = len(paths)
        return cls(
            points_um=np.concatenate(paths) if n else np.zeros((0, 2)),
            offsets=np.concatenate([[0], np.cumsum([len(p) for p in paths])]).astype(np.int64),
            diameter_um=np.asarray(diameter_um, dtype=np.float64),
            unit_id=np.arange(n) if unit_id is None else unit_id,
            shaft_id=np.arange(n) if shaft_id is None else shaft_id,
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def path(self, shaft: int) -> Array:
        """The (K, 2) axis of one shaft, root first."""
        return self.points_um[self.offsets[shaft] : self.offsets[shaft + 1]]

    @property
    def paths(self) -> list[Array]:
        """Every axis in turn."""
        return [self.path(i) for i in range(len(self))]

    @property
    def roots_um(self) -> Array:
        """(N, 2) first points."""
        return self.points_um[self.offsets[:-1]]


def curved_path(root_um: Array, angle_rad: float, length_um: float, bend_deg_per_mm: float, wave: Array) -> Array:
    """(K, 2) axis of exactly this length whose direction bends evenly, with a slight wave on long shafts.

    ``wave`` is the wave's rate in rad per mm and its phase.
    """
    step, middle_mm = steps_along(length_um)
    swing = np.deg2rad(0.5 * bend_deg_per_mm) * np.sin(middle_mm * wave[0] + wave[1])
    return walked(root_um, angle_rad + np.deg2rad(bend_deg_per_mm) * middle_mm + swing, step)


def steps_along(length_um: float) -> tuple[float, Array]:
    """Length of the even steps of an axis in um, and (K - 1,) distances of their middles from the root in mm."""
    steps = max(int(np.ceil(length_um / STEP_UM)), 3)
    step = length_um / steps
    return step, np.asarray((np.arange(steps) + 0.5) * step / 1000.0, dtype=np.float64)


def walked(root_um: Array, heading_rad: Array, step_um: float) -> Array:
    """(K, 2) points of a walk in even steps."""
    moves = step_um * np.stack([np.sin(heading_rad), np.cos(heading_rad)], axis=1)
    return np.concatenate([root_um[None], root_um + np.cumsum(moves, axis=0)])
