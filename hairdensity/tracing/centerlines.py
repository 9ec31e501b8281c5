"""Centerlines: one sub-pixel axis for each hair, as points and offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["Centerlines", "Rejected", "Traced"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centerlines:
    """N hairs with P points in all; hair i owns ``points_px[offsets[i]:offsets[i + 1]]``, from its root to its tip.

    Parameters
    ----------
    points_px : (P, 2) float64 ndarray
        (row, col); (0, 0) is the center of the first pixel.
    offsets : (N + 1,) int64 ndarray
    root_confidence : (N,) float64 ndarray
        How sure it is that the first point is the root: 0.5 (coin toss) to 1.
    hair_probability : (N,) float64 ndarray
        That this is a hair, and one hair; NaN where the method gives none.
    flags : (N,) int64 ndarray
        HairFlag bits.
    """

    points_px: NDArray[np.float64]
    offsets: NDArray[np.int64]
    root_confidence: NDArray[np.float64]
    hair_probability: NDArray[np.float64]
    flags: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.offsets) - 1
        if self.points_px.ndim != 2 or self.points_px.shape[1] != 2:
            raise InputError(f"points_px must be (P, 2), got {self.points_px.shape}")
        if (
            n < 0
            or self.offsets[0] != 0
            or self.offsets[-1] != len(self.points_px)
            or np.any(np.diff(self.offsets) < 2)
        ):
            raise InputError("offsets must rise from 0 to P with at least two points a hair")
        if {len(self.root_confidence), len(self.hair_probability), len(self.flags)} != {n}:
            raise InputError(f"root_confidence, hair_probability and flags must have one value for each of {n} hairs")

    @classmethod
    def from_paths(
        cls,
        paths: Sequence[NDArray[np.float64]],
        *,
        root_confidence: NDArray[np.float64] | None = None,
        hair_probability: NDArray[np.float64] | None = None,
        flags: NDArray[np.int64] | None = None,
    ) -> Self:
        """Centerlines from N arrays of (row, col) points, each from root to tip."""
        n = len(paths)
        return cls(
            points_px=np.concatenate([np.asarray(p, dtype=np.float64) for p in paths]) if n else np.zeros((0, 2)),
            offsets=np.concatenate([[0], np.cumsum([len(p) for p in paths])]).astype(np.int64),
            root_confidence=np.full(n, 0.5) if root_confidence is None else np.asarray(root_confidence, np.float64),
            hair_probability=np.full(n, np.nan)
            if hair_probability is None
            else np.asarray(hair_probability, np.float64),
            flags=np.zeros(n, np.int64) if flags is None else np.asarray(flags, np.int64),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def path(self, hair: int) -> NDArray[np.float64]:
        """The (K, 2) points of one hair, root first."""
        return self.points_px[self.offsets[hair] : self.offsets[hair + 1]]

    @property
    def roots_px(self) -> NDArray[np.float64]:
        """(N, 2) first points."""
        return self.points_px[self.offsets[:-1]]

    @property
    def tips_px(self) -> NDArray[np.float64]:
        """(N, 2) last points."""
        return self.points_px[self.offsets[1:] - 1]

    @property
    def hair_of_point(self) -> NDArray[np.int64]:
        """(P,) number of the hair that owns each point."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def lengths_px(self) -> NDArray[np.float64]:
        """(N,) arc lengths."""
        step = np.linalg.norm(np.diff(self.points_px, axis=0), axis=1)
        inside = np.diff(self.hair_of_point) == 0
        sums = np.bincount(self.hair_of_point[:-1][inside], weights=step[inside], minlength=len(self))
        return np.asarray(sums, dtype=np.float64)


class Rejected(NamedTuple):
    """M shafts that were weighed and not taken for hairs.

    Parameters
    ----------
    roots_px : (M, 2) float64 ndarray
        Where their roots would be.
    hair_probability : (M,) float64 ndarray
    """

    roots_px: NDArray[np.float64]
    hair_probability: NDArray[np.float64]

    @classmethod
    def none(cls) -> Self:
        """Of a method that weighs nothing."""
        return cls(np.zeros((0, 2)), np.zeros(0))


class Traced(NamedTuple):
    """What a picture's maps hold: its hairs, and what was not quite one."""

    hairs: Centerlines
    rejected: Rejected
