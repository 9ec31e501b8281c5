"""How sharp a picture is, here and there and in each direction: from what a known further blur takes away.

The energy of the gradient across a bar of width w, blurred by a Gaussian of deviation s, is proportional to
(1 - exp(-w^2 / 4 s^2)) / s. Its ratio before and after another blur tells s, whatever the contrast: a blurred picture
loses little more. Ratios along the axes of the gradient's tensor tell motion from defocus.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.quality.view import View

__all__ = ["Focus", "measure_focus"]

Map = NDArray[np.float32]

HAIR_UM = 65.0
FINE_PX, COARSE_PX = 0.7, 2.0
"""Deviations of the two blurs that are compared, in px of the view."""

SAMPLING_PX2 = 1 / 3 + 1 / 12
"""Variance that central differences and the area of a pixel add to both blurs."""

WINDOW_UM = 1200.0
"""Of the local map: it has to hold an edge or two of a hair."""

STEP_PX = 8
"""The local map is worked out on every eighth pixel."""

EDGE_SHARE = 0.2
"""An edge's gradient against the strong ones' (their 99.5th percentile): below it stands the texture of the skin."""

SIGMAS_UM = np.geomspace(2.0, 150.0, 60)


class Focus(NamedTuple):
    """Deviations of the blur in um.

    ``blur_um`` over all edges; ``local_um``, (h, w) on every eighth pixel of the view, NaN in a picture without edges;
    ``along_um`` and ``across_um``, in the direction of the strongest blur and the one across.
    """

    blur_um: float
    local_um: Map
    along_um: float
    across_um: float


def measure_focus(view: View, *, noise_sd: float) -> Focus:
    """Estimate the blur of a picture.

    Parameters
    ----------
    view : View
    noise_sd : float
        Of the view, in grey levels: noise has edges of its own.
    """
    tensors = _tensors(view, noise_sd)
    sums = [tensor.reshape(-1, 3).sum(axis=0) for tensor in tensors]
    window = max(1, round(view.to_px(WINDOW_UM) / STEP_PX)) | 1
    fine, coarse = (cv2.blur(t[..., 0] + t[..., 1], (window, window), borderType=cv2.BORDER_CONSTANT) for t in tensors)
    enough = coarse > 0.05 * max(float(np.median(coarse)), 1e-6)
    local = np.where(enough & (coarse > 1e-3), _sigma_um(fine / np.maximum(coarse, 1e-9), view.um_per_px), np.nan)
    local = cv2.GaussianBlur(_from_nearest(local.astype(np.float32)), (0, 0), max(window / 4, 0.5))
    along, across = _directed(sums[0], sums[1], view.um_per_px)
    ratio = (sums[0][0] + sums[0][1]) / max(sums[1][0] + sums[1][1], 1e-9)
    return Focus(float(_sigma_um(ratio, view.um_per_px)), local, along, across)


def _from_nearest(values: Map) -> Map:
    """(h, w) with each NaN replaced by the nearest value: where all edges are washed out, those beside are blurred."""
    unknown = np.isnan(values)
    if unknown.all() or not unknown.any():
        return values
    kind = cv2.DIST_LABEL_PIXEL
    _, labels = cv2.distanceTransformWithLabels(unknown.view(np.uint8), cv2.DIST_L2, 5, labelType=kind)
    known = np.zeros(int(labels.max()) + 1, np.float32)
    known[labels[~unknown]] = values[~unknown]
    return np.asarray(known[labels], np.float32)


def _tensors(view: View, noise_sd: float) -> list[Map]:
    """Two (h, w, 3) maps on the lattice, fine and coarse blur: products xx, yy, xy of the gradient at edges."""
    green = view.green.astype(np.float32)
    blurred = [cv2.GaussianBlur(green, (0, 0), sigma) for sigma in (FINE_PX, COARSE_PX)]
    slopes = [(cv2.Sobel(b, -1, 1, 0, scale=0.125), cv2.Sobel(b, -1, 0, 1, scale=0.125)) for b in blurred]
    edges = _edges(slopes[1], view)
    size = (-(-green.shape[1] // STEP_PX), -(-green.shape[0] // STEP_PX))
    tensors = []
    for (x, y), sigma in zip(slopes, (FINE_PX, COARSE_PX), strict=True):
        own = np.float32(noise_sd**2 * _noise_gain(sigma))
        products = cv2.merge([(x * x - own) * edges, (y * y - own) * edges, x * y * edges])
        tensors.append(cv2.resize(products, size, interpolation=cv2.INTER_AREA))
    return tensors


def _edges(slope: tuple[Map, Map], view: View) -> Map:
    """(h, w) 1 about the strong edges: there lie the hairs."""
    strength = cv2.magnitude(*slope)
    border = cv2.dilate(view.drawn.view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    strength[border] = 0
    strong = float(np.quantile(strength[::2, ::2], 0.995))
    found = (strength > EDGE_SHARE * max(strong, 1e-3)).view(np.uint8)
    return np.asarray((cv2.dilate(found, np.ones((5, 5), np.uint8)) * ~border).astype(np.float32))


def _noise_gain(sigma_px: float) -> float:
    """Variance of one component of the gradient of white noise of deviation 1 after a Gaussian blur."""
    point = np.zeros((31, 31), np.float32)
    point[15, 15] = 1
    slope = cv2.Sobel(cv2.GaussianBlur(point, (0, 0), sigma_px), -1, 1, 0, scale=0.125)
    return float((slope**2).sum())


def _energy(sigma: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    return np.asarray((1 - np.exp(-((width / sigma) ** 2) / 4)) / sigma)


def _sigma_um(ratio: NDArray[np.floating] | float, um_per_px: float) -> NDArray[np.float64]:
    """Deviation of the blur, in um, from the ratio of energies after the fine and after the coarse blur."""
    fine, coarse = (
        _energy(np.hypot(SIGMAS_UM, np.sqrt(sigma**2 + SAMPLING_PX2) * um_per_px), HAIR_UM)
        for sigma in (FINE_PX, COARSE_PX)
    )
    # Ratios fall with the blur; np.interp asks for rising ones.
    return np.asarray(np.interp(ratio, (fine / coarse)[::-1], SIGMAS_UM[::-1]))


def _directed(fine: Map, coarse: Map, um_per_px: float) -> tuple[float, float]:
    """Blur in the direction where the least of the fine energy is left, and across."""
    matrices = [np.array([[t[0], t[2]], [t[2], t[1]]], np.float64) for t in (fine, coarse)]
    weak = 1e-3 * np.trace(matrices[1]) + 1e-9
    ratios = np.linalg.eigvals(np.linalg.solve(matrices[1] + weak * np.eye(2), matrices[0])).real
    along, across = _sigma_um(np.sort(ratios), um_per_px)
    return float(along), float(across)
