"""A drawn path, moved across onto the shaft that the picture shows.

A hand draws within a few px of a hair. Along the normals of the drawn path the darkness of the picture is weighed
against that on either side, and the way of most contrast that does not jump is the axis (dynamic programming, as live
wires do: Mortensen and Barrett 1995). The root stays where the person set it.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.correction.paths import resampled

__all__ = ["DrawnHair", "fit_drawn"]

Array = NDArray[np.float64]

STEP_UM = 10.0
REACH_UM = 60.0
"""How far a hand is off the axis: the width of a thick hair."""

BESIDE_UM = 60.0
"""The skin beside a shaft is looked at this far from its axis."""

BLUR_UM = 15.0
"""A quarter of a hair's width: noise is averaged away, the axis stays."""

N_PLACES = 25

BEND_COST = 0.02
"""Contrast that a step of one place (5 um) across, over 10 um along, must gain: 27 degrees off the drawn path."""

PULL = 0.05
"""Contrast by which a place at the far end of the reach must exceed one on the drawn path: of two hairs, the hand's."""

LEAST_CONTRAST = 0.06
"""Below this a path is no shaft: on the sample images 95 of 100 hairs have 0.13 or more, and the same paths laid on
bare skin reach 0.05 in 5 of 100 cases."""


class DrawnHair(NamedTuple):
    """``path_px``, (K, 2), root first; ``is_light``, lighter than the skin; ``is_seen``, the picture shows a shaft."""

    path_px: Array
    is_light: bool
    is_seen: bool


def fit_drawn(drawn_px: Array, darkness: NDArray[np.float32], *, um_per_px: float) -> DrawnHair:
    """Move a drawn path onto the shaft that the picture shows beneath it.

    Parameters
    ----------
    drawn_px : (D, 2) float64 ndarray
        (row, col), from root to tip.
    darkness : (H, W) float32 ndarray
    um_per_px : float

    Returns
    -------
    DrawnHair
        Its path is the drawn one where no shaft is seen.
    """
    path = resampled(drawn_px, STEP_UM / um_per_px)
    across = np.linspace(-REACH_UM, REACH_UM, N_PLACES) / um_per_px
    normal = _normals(path)
    contrast = _contrast(darkness, path, normal, across, um_per_px=um_per_px)
    pull = PULL * (across / across[-1]) ** 2
    ways = [_best_way(sign * contrast - pull) for sign in (1.0, -1.0)]
    gains = [
        float(np.mean(sign * contrast[np.arange(len(path)), way])) for sign, way in zip((1, -1), ways, strict=True)
    ]
    is_light = gains[1] > gains[0]
    if max(gains) < LEAST_CONTRAST:
        return DrawnHair(path, is_light, is_seen=False)
    shift = _smooth(across[ways[int(is_light)]])
    edge = np.array(darkness.shape) - 0.5
    return DrawnHair(np.clip(path + shift[:, None] * normal, -0.5, edge), is_light, is_seen=True)


def _normals(path: Array) -> Array:
    """(K, 2) unit vectors across a path, from the chord between the points before and after."""
    chord = np.gradient(path, axis=0)
    chord /= np.maximum(np.linalg.norm(chord, axis=1, keepdims=True), 1e-9)
    return np.stack([-chord[:, 1], chord[:, 0]], axis=1)


def _contrast(darkness: NDArray[np.float32], path: Array, normal: Array, across: Array, *, um_per_px: float) -> Array:
    """(K, N_PLACES) how much darker each place is than the mean of both sides of it."""
    beside = BESIDE_UM / um_per_px
    reach = int(np.ceil(across[-1] + beside + 4 * BLUR_UM / um_per_px)) + 2
    (top, left), (bottom, right) = np.floor(path.min(axis=0)) - reach, np.ceil(path.max(axis=0)) + reach
    top, left = max(int(top), 0), max(int(left), 0)
    part = darkness[top : int(bottom) + 1, left : int(right) + 1]
    part = cv2.GaussianBlur(part, (0, 0), max(BLUR_UM / um_per_px, 0.5))
    corner = np.array([top, left])

    def seen(offset: Array) -> Array:
        places = path[:, None] + offset[None, :, None] * normal[:, None] - corner
        rows, cols = (places[..., axis].astype(np.float32) for axis in (0, 1))
        values = cv2.remap(part, cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(values, dtype=np.float64)

    return seen(across) - 0.5 * (seen(across - beside) + seen(across + beside))


def _best_way(contrast: NDArray[np.float64]) -> NDArray[np.int64]:
    """(K,) the place of each point on the way of most contrast; it begins in the middle, at the root."""
    n_points, n_places = contrast.shape
    steps = np.array([-2, -1, 0, 1, 2])
    total = np.full(n_places, -np.inf)
    total[n_places // 2] = 0.0
    came = np.zeros((n_points, n_places), dtype=np.int64)
    place = np.arange(n_places)
    for point in range(1, n_points):
        before = place[None] - steps[:, None]
        inside = (before >= 0) & (before < n_places)
        offered = np.where(inside, total[np.clip(before, 0, n_places - 1)], -np.inf) - BEND_COST * steps[:, None] ** 2
        best = offered.argmax(axis=0)
        came[point] = before[best, place]
        total = offered[best, place] + contrast[point]
    way = np.zeros(n_points, dtype=np.int64)
    way[-1] = int(total.argmax())
    for point in range(n_points - 1, 0, -1):
        way[point - 1] = came[point, way[point]]
    return way


def _smooth(shift: Array) -> Array:
    """(K,) running mean over five points that leaves the first one, the root, where it is."""
    padded = np.pad(shift, 2, mode="edge")
    padded[:2] = 2 * shift[0] - shift[2:0:-1] if len(shift) > 2 else shift[0]
    smooth: Array = np.convolve(padded, np.full(5, 0.2), mode="valid")
    smooth[0] = shift[0]
    return smooth
