"""Which end of a shaft is its root.

Two witnesses speak. Under the skin the shaft goes on, blurred and bluish, so that the skin beyond the root is darker,
above all in red, than beyond a cut tip. And hairs of one region lie the same way: what the sure ones say is evidence
for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.tracing.ends import AxisProfiles, resample, sample_along
from hairdensity.tracing.region import common_direction
from hairdensity.tracing.skeleton import Branches

__all__ = ["RootEvidence", "RootSettings", "buried_evidence", "find_root_evidence"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSettings:
    """How roots are told from tips.

    Parameters
    ----------
    beyond_um : (float, float)
        Stretch beyond an end in which the buried shaft would show.
    blur_um : float
        Sigma over which that stretch is averaged sideways.
    hue_weight : float
        Weight of the hue's shift from red against the darkness in red.
    buried_scale : float
        Difference of that evidence beyond the two ends that is worth one unit of log odds.
    max_log_odds : float
        Bound of one hair's own evidence: dirt beyond a tip must not outweigh a whole region.
    region_um : float
        Distance over which hairs lie the same way.
    region_weight : float
        Log odds that a perfectly uniform region adds.
    region_hairs : float
        Number of sure hairs around that make a region.
    """

    beyond_um: tuple[float, float] = (60.0, 180.0)
    blur_um: float = 25.0
    hue_weight: float = 5.0
    buried_scale: float = 0.15
    max_log_odds: float = 3.0
    region_um: float = 2000.0
    region_weight: float = 6.0
    region_hairs: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RootEvidence:
    """What speaks for the first point of each of N paths being its root.

    Parameters
    ----------
    own : (N,) float64 ndarray
        Log odds from the path's own two ends; negative where the last point is the root.
    region : (N, 2) float64 ndarray
        Mean direction (row, col), root to tip, of the sure hairs around; its length is 1 where all of them agree and 0
        where there are none.
    along : (N, 2) float64 ndarray
        Unit direction from the first to the last point.
    region_weight : float
    """

    own: Float
    region: Float
    along: Float
    region_weight: float

    @property
    def log_odds(self) -> Float:
        """(N,) from both witnesses."""
        return np.asarray(self.own + self.region_weight * np.einsum("ij,ij->i", self.region, self.along))

    @property
    def deviation_deg(self) -> Float:
        """(N,) angle between a path and the axis of its region, 0-90."""
        length = np.maximum(np.linalg.norm(self.region, axis=1), 1e-9)
        cosine = np.abs(np.einsum("ij,ij->i", self.region, self.along)) / length
        return np.asarray(np.degrees(np.arccos(np.clip(cosine, 0, 1))))


def find_root_evidence(
    branches: Branches,
    contrast: NDArray[np.float32],
    red_contrast: NDArray[np.float32],
    *,
    um_per_px: float,
    settings: RootSettings,
) -> RootEvidence:
    """Ask both witnesses about every path.

    Parameters
    ----------
    branches : Branches
        N paths.
    contrast, red_contrast : (h, w) float32 ndarray
        As in RidgeMaps.
    um_per_px : float
    settings : RootSettings
    """
    first, last = branches.ends
    along = (last - first) / np.maximum(np.linalg.norm(last - first, axis=1, keepdims=True), 1e-9)
    if len(branches) == 0:
        return RootEvidence(own=np.zeros(0), region=along, along=along, region_weight=settings.region_weight)
    own = buried_evidence(branches, contrast, red_contrast, um_per_px=um_per_px, settings=settings)
    region = common_direction(
        own,
        along,
        (first + last) / 2 * um_per_px,
        region_um=settings.region_um,
        region_hairs=settings.region_hairs,
    )
    return RootEvidence(own=own, region=region, along=along, region_weight=settings.region_weight)


def buried_evidence(
    branches: Branches,
    contrast: NDArray[np.float32],
    red_contrast: NDArray[np.float32],
    *,
    um_per_px: float,
    settings: RootSettings,
) -> Float:
    """(N,) bounded log odds that a path starts at its root, from the buried shaft beyond both ends.

    Parameters
    ----------
    branches, contrast, red_contrast, um_per_px, settings
        As in `find_root_evidence`.
    """
    # What is blurred this much needs no finer pixels.
    reduction = max(1.0, settings.blur_um / um_per_px / 2)
    red, green = (
        cv2.resize(values, None, fx=1 / reduction, fy=1 / reduction, interpolation=cv2.INTER_AREA)
        for values in (red_contrast, contrast)
    )
    # A hue that shifts from red says more than darkness, which shadows and neighbors share; in grey pictures it is 0.
    buried = cv2.GaussianBlur(
        red + np.float32(settings.hue_weight) * (red - green), (0, 0), settings.blur_um / um_per_px / reduction
    )
    near, far = (max(1, round(x / um_per_px)) for x in settings.beyond_um)
    profiles = resample(branches, smooth_px=far, prolong_px=far)
    level = sample_along(buried, profiles.reduced(reduction))
    before = level[:, : far - near + 1]
    after = np.take_along_axis(level, _last_places(profiles, far - near + 1), axis=1)
    difference = np.median(before, axis=1) - np.median(after, axis=1)
    return np.asarray(np.clip(difference / settings.buried_scale, -settings.max_log_odds, settings.max_log_odds))


def _last_places(profiles: AxisProfiles, count: int) -> NDArray[np.int64]:
    """(N, count) places of the last valid points of each row."""
    return np.asarray(profiles.valid.sum(axis=1)[:, None] - 1 - np.arange(count))
