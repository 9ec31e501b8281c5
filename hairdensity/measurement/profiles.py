"""Cross-sections: where they stand on the shafts, and the picture's values along them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.settings import ProfileGeometry
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Profiles", "arc_positions", "place_profiles", "points_at", "sample_profiles"]

MIN_PROFILES_PER_HAIR = 5
"""Short stubs get closer cross-sections: a median needs a few."""

END_SHARE = 0.2
"""Share of a shaft that the margin at each end takes at most."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profiles:
    """K cross-sections of N hairs, in the order of the hairs and from root to tip.

    Parameters
    ----------
    center_px : (K, 2) float64 ndarray
        (row, col) on the axis.
    tangent : (K, 2) float64 ndarray
        Unit vectors (row, col) along the shaft, towards its tip.
    along_px : (K,) float64 ndarray
        Distance from the root along the shaft.
    hair : (K,) int64 ndarray
        Number of the hair.
    """

    center_px: NDArray[np.float64]
    tangent: NDArray[np.float64]
    along_px: NDArray[np.float64]
    hair: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hair)

    @property
    def normal(self) -> NDArray[np.float64]:
        """(K, 2) unit vectors across the shaft."""
        return np.stack([-self.tangent[:, 1], self.tangent[:, 0]], axis=1)

    def take(self, index: NDArray[np.int64] | slice) -> Profiles:
        """Some of the cross-sections."""
        return Profiles(
            center_px=self.center_px[index],
            tangent=self.tangent[index],
            along_px=self.along_px[index],
            hair=self.hair[index],
        )

    def moved(self, shift_px: NDArray[np.float64]) -> Profiles:
        """The same cross-sections around points ``shift_px`` (K,) further along their normals."""
        return replace(self, center_px=self.center_px + shift_px[:, None] * self.normal)


def arc_positions(centerlines: Centerlines) -> NDArray[np.float64]:
    """(P,) arc length at every point, all hairs laid end to end with 1 px between them."""
    step = np.linalg.norm(np.diff(centerlines.points_px, axis=0), axis=1)
    step[centerlines.offsets[1:-1] - 1] = 1.0
    return np.concatenate([np.zeros(min(1, len(centerlines.points_px))), np.cumsum(step)])


def points_at(
    centerlines: Centerlines, arc_px: NDArray[np.float64], position_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(Q, 2) points of the axes at Q positions of ``arc_positions``."""
    rows, cols = centerlines.points_px.T
    if len(arc_px) == 0:
        return np.zeros((0, 2))
    return np.stack([np.interp(position_px, arc_px, rows), np.interp(position_px, arc_px, cols)], axis=1)


def place_profiles(centerlines: Centerlines, geometry: ProfileGeometry, *, max_per_hair: int) -> Profiles:
    """Cross-sections at even distances along every shaft, off its ends.

    Short shafts get closer ones (five at least), shafts with more than ``max_per_hair`` get them further apart.
    """
    length = centerlines.lengths_px
    margin = np.minimum(geometry.end_margin_px, END_SHARE * length)
    usable = length - 2 * margin
    count = np.maximum(np.minimum(usable / geometry.step_px, max_per_hair).astype(np.int64), MIN_PROFILES_PER_HAIR)
    hair = np.repeat(np.arange(len(centerlines)), count)
    rank = np.arange(len(hair)) - np.repeat(np.cumsum(count) - count, count)
    along = margin[hair] + usable[hair] * (rank + 0.5) / count[hair]

    arc = arc_positions(centerlines)
    start = arc[centerlines.offsets[:-1]][hair]
    chord = points_at(centerlines, arc, start + np.minimum(along + geometry.tangent_px, length[hair])) - points_at(
        centerlines, arc, start + np.maximum(along - geometry.tangent_px, 0.0)
    )
    norm = np.linalg.norm(chord, axis=1, keepdims=True)
    tangent = np.where(norm > 0, chord / np.where(norm > 0, norm, 1.0), [[0.0, 1.0]])
    center = points_at(centerlines, arc, start + along)
    return Profiles(center_px=center, tangent=tangent, along_px=along, hair=hair)


def sample_profiles(
    picture: NDArray[np.float32], profiles: Profiles, x_px: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The picture's values across the shafts.

    Parameters
    ----------
    picture : (H, W) float32 ndarray
    profiles : Profiles
        K cross-sections, fewer than 32,767 (OpenCV's limit).
    x_px : (n,) float64 ndarray
        Positions along the normal.

    Returns
    -------
    values : (K, n) float32 ndarray
    inside : (K, n) bool ndarray
        False where the position lies outside the picture; the value there is the nearest one.
    """
    normal = profiles.normal
    rows = (profiles.center_px[:, :1] + normal[:, :1] * x_px).astype(np.float32)
    cols = (profiles.center_px[:, 1:] + normal[:, 1:] * x_px).astype(np.float32)
    # Cubic: linear interpolation would blur by another 0.4 px sigma between the pixels.
    values = cv2.remap(picture, cols, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    height, width = picture.shape
    inside = (rows >= 0) & (rows <= height - 1) & (cols >= 0) & (cols <= width - 1)
    return np.asarray(values, dtype=np.float32), inside
