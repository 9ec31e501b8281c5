"""Bubbles of an immersion fluid: closed rings, whose edges all point at one center.

Every strong edge votes for the centers that it could be a rim of, at several radii; a center holds a bubble when edges
lie around it in nearly every direction. Hairs vote too, but from two sides only.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.quality.view import View

__all__ = ["find_bubbles"]

Mask = NDArray[np.bool_]
Map = NDArray[np.float32]
Array = NDArray[np.float64]

RING_UM_PER_PX = 20.0
RADII_UM = tuple(115.0 * 1.18**i for i in range(9))
"""115-432 um: what is smaller hides less than a hair."""

LEAST_STEP = 0.06
"""Grey levels per px of the ring's edge, as a share of the picture's median."""

CANDIDATE_SHARE = 0.5
"""Votes of a candidate against those of a whole ring one pixel wide."""

CLOSED_SHARE = 0.82
"""Directions in which a ring's edge is found: rims fade where the lamp shines."""

LEAST_SHARE = 0.02
"""Of the picture: a few rings are rather gaps between hairs, or scale."""

N_DIRECTIONS = 32
MOST_CANDIDATES = 300
ALIGNED = 0.85
"""Cosine between an edge's gradient and the way to the center."""

DARKEST_INSIDE = 0.9
"""Grey level half way to the rim against the picture's median: through a bubble skin shows, a clump of hair is dark."""

RIM_SHARE = 1.25
"""What is hidden reaches beyond the edge by the rim's width."""


class _Edges(NamedTuple):
    """Strong edges: (E, 2) row and column, (E, 2) unit gradients; (h, w, 2) gradients and (h, w) levels of the picture.

    ``least`` is the gradient of the weakest of them, ``typical`` the picture's median level.
    """

    points: Array
    normals: Array
    slopes: Map
    levels: Map
    least: float
    typical: float


def find_bubbles(view: View) -> Mask:
    """(h, w) True on bubbles of 0.23-0.86 mm with their rims.

    Parameters
    ----------
    view : View
    """
    zoom = min(1.0, view.um_per_px / RING_UM_PER_PX)
    size = tuple(max(1, round(side * zoom)) for side in view.green.shape[::-1])
    green = cv2.GaussianBlur(cv2.resize(view.green, size, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    edges = _strong_edges(green.astype(np.float32))
    found = np.zeros(green.shape, np.uint8)
    for radius_um in RADII_UM:
        radius = radius_um / (view.um_per_px / zoom)
        if 2 <= radius < min(green.shape) / 2:
            for row, col in _centers(edges, radius, green.shape):
                cv2.circle(found, (int(col), int(row)), round(RIM_SHARE * radius), 1, -1)
    if found.mean() < LEAST_SHARE:
        found[:] = 0
    whole = cv2.resize(found, view.green.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray((whole > 0) & ~view.drawn)


def _strong_edges(green: Map) -> _Edges:
    slopes = cv2.merge([cv2.Sobel(green, -1, 0, 1, scale=0.125), cv2.Sobel(green, -1, 1, 0, scale=0.125)])
    size = np.sqrt((slopes**2).sum(axis=2))
    typical = float(np.median(green))
    least = LEAST_STEP * typical
    rows, cols = np.nonzero(size > least)
    normals = slopes[rows, cols] / size[rows, cols, None]
    points = np.stack([rows, cols], axis=1).astype(np.float64)
    return _Edges(points, normals.astype(np.float64), slopes, green, least, typical)


def _centers(edges: _Edges, radius: float, shape: tuple[int, ...]) -> Array:
    """(B, 2) centers of the rings of one radius, brighter within or darker within."""
    found = [np.zeros((0, 2))]
    for sign in (-1.0, 1.0):
        votes = _votes(edges.points + sign * radius * edges.normals, shape)
        peaks = (votes == cv2.dilate(votes, np.ones((3, 3), np.uint8))) & (votes > CANDIDATE_SHARE * 2 * np.pi * radius)
        order = np.argsort(-votes[peaks], kind="stable")[:MOST_CANDIDATES]
        candidates = np.argwhere(peaks)[order].astype(np.float64)
        closed = _closed_share(edges, candidates, radius, sign) >= CLOSED_SHARE
        found.append(candidates[closed & _shows_skin(edges, candidates, radius)])
    return np.concatenate(found)


def _votes(points: Array, shape: tuple[int, ...]) -> Map:
    """(h, w) number of points about each pixel."""
    nearest = np.rint(points).astype(np.int64)
    inside = ((nearest >= 0) & (nearest < shape)).all(axis=1)
    flat = np.ravel_multi_index(tuple(nearest[inside].T), shape)
    counts = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float32)
    return np.asarray(cv2.boxFilter(counts, -1, (3, 3), normalize=False), np.float32)


def _shows_skin(edges: _Edges, centers: Array, radius: float) -> NDArray[np.bool_]:
    """(B,) True where a ring is not dark half way to its rim."""
    at = np.rint(centers[:, None] + radius / 2 * _outward(8)).astype(np.int64)
    rows, cols = (np.clip(at[..., k], 0, edges.levels.shape[k] - 1) for k in (0, 1))
    return np.asarray(np.median(edges.levels[rows, cols], axis=1) >= DARKEST_INSIDE * edges.typical, np.bool_)


def _outward(n: int) -> Array:
    """(n, 2) unit vectors in all directions."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


def _closed_share(edges: _Edges, centers: Array, radius: float, sign: float) -> Array:
    """(B,) share of the directions in which an edge of the ring is found within a pixel of the radius."""
    outward = _outward(N_DIRECTIONS)
    seen = np.zeros((len(centers), N_DIRECTIONS), dtype=bool)
    for step in (-1.0, 0.0, 1.0):
        at = np.rint(centers[:, None] + (radius + step) * outward).astype(np.int64)
        rows, cols = (np.clip(at[..., k], 0, edges.slopes.shape[k] - 1) for k in (0, 1))
        slope = edges.slopes[rows, cols]
        size = np.sqrt((slope**2).sum(axis=-1))
        toward = -sign * (slope * outward).sum(axis=-1)
        seen |= (
            (size > edges.least / 2) & (toward > ALIGNED * size) & (at == np.stack([rows, cols], axis=-1)).all(axis=-1)
        )
    return np.asarray(seen.mean(axis=1), np.float64)
