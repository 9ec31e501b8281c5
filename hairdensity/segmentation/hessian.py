"""Ridges by the Hessian over a ladder of blurs, on a pyramid and in bands of rows.

Normalized by the blur's variance (Lindeberg 1998), the response of a bar peaks where sigma is half its width and is
then proportional to its contrast. Wide blurs hold no fine detail: they are computed on a picture of half the size, and
their responses brought back. Bands keep the intermediate maps in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["ridge_axis", "ridge_response"]

Float = NDArray[np.float32]
PEAK_RESPONSE = 2 / math.sqrt(2 * math.pi * math.e)
"""Response of a bar of contrast 1 at sigma = half its width: 2 phi(1) = 0.484."""

HALVING_SIGMA_PX = 2.7
"""Blurs from here on run at half the size; peaks keep their place within 0.1 px and their strength within 2 %."""

BEFORE_HALVING = np.array([1, 2, 1], np.float32) / 4
"""With the means of 2x2 px that follow it takes away the detail that the half size would show as something else."""

AFTER_DOUBLING = np.array([1, 4, 6, 4, 1], np.float32) / 16
"""Second differences of neighboring pixels then have equal moments up to the fourth: without it, peaks of the bilinear
interpolation move towards the grid of the half size."""

HALVING_VARIANCE_PX2 = 0.5 + 0.25 + 0.75 + 1.0
"""Variance that the way adds: the kernel before, the means of 2x2 px, bilinear doubling, the kernel after."""

BAND_ROWS = 64


def ridge_response(
    darkness: Float, *, sigmas_px: Sequence[float], min_strength: float = 0.0
) -> tuple[Float, Float, Float]:
    """Largest ridge response over the sigmas, with the direction of the ridge and the sigma that gave it.

    Parameters
    ----------
    darkness : (h, w) float32 ndarray
    sigmas_px : sequence of float
    min_strength : float, optional
        Weaker pixels get no orientation.

    Returns
    -------
    strength : (h, w) float32 ndarray
        A dark bar of contrast 1 has 1 on its axis at sigma = half its width; never negative.
    orientation_rad : (h, w) float32 ndarray
        In (-pi/2, pi/2]; 0 where ``strength`` is at most ``min_strength``.
    sigma_px : (h, w) float32 ndarray
        0 where ``strength`` is at most ``min_strength``.

    References
    ----------
    .. [1] Lindeberg (1998). Edge detection and ridge detection with automatic scale selection. IJCV 30(2), 117-156.
    .. [2] Steger (1998). An unbiased detector of curvilinear structures. IEEE TPAMI 20(2), 113-125.
    """
    # zeros_like() and full_like() would write every page; what is bare skin need never be touched.
    strength, orientation, best_sigma = (np.zeros(darkness.shape, np.float32) for _ in range(3))
    half = _halved(darkness) if max(sigmas_px) >= HALVING_SIGMA_PX else None
    blurs = [_Blur(darkness, sigma, half, weight=sigma**2 / PEAK_RESPONSE) for sigma in sigmas_px]
    for rows in _bands(0, darkness.shape[0]):
        direction = np.zeros((2, *strength[rows].shape), np.float32)
        for blur in blurs:
            response, difference, cross = _hessian_ridge(blur.rows(rows.start - 1, rows.stop + 1))
            # Which blur wins on bare skin is noise, and costly to keep.
            better = response > np.maximum(strength[rows], min_strength)
            np.maximum(strength[rows], response, out=strength[rows])
            np.copyto(direction[0], difference, where=better)
            np.copyto(direction[1], cross, where=better)
            np.copyto(best_sigma[rows], blur.sigma_px, where=better)
        on_ridge = strength[rows] > min_strength
        orientation[rows][on_ridge] = 0.5 * np.arctan2(direction[1][on_ridge], direction[0][on_ridge])
    return strength, orientation, best_sigma


def _bands(start: int, stop: int) -> Iterator[slice]:
    """Rows, so few at a time that their maps stay in the processor's cache."""
    return (slice(row, min(stop, row + BAND_ROWS)) for row in range(start, stop, BAND_ROWS))


class _Blur:
    """A weighted Gaussian blur of a map, read by rows; a wide one is kept at half the size."""

    def __init__(self, values: Float, sigma_px: float, half: Float | None = None, *, weight: float) -> None:
        self.sigma_px = sigma_px
        self._values = values
        self._half: Float | None = None
        if half is None or sigma_px < HALVING_SIGMA_PX:
            self._kernel = cv2.getGaussianKernel(2 * round(4 * sigma_px) + 1, sigma_px, cv2.CV_32F)
            self._weighted_kernel = self._kernel * np.float32(weight)
        else:
            half_sigma = math.sqrt(sigma_px**2 - HALVING_VARIANCE_PX2) / 2
            self._half = _Blur(half, half_sigma, weight=weight).rows(0, half.shape[0])

    def rows(self, start: int, stop: int) -> Float:
        """(stop - start, w) Rows of the blurred map; at most one lies outside on each side, mirrored."""
        height = self._values.shape[0]
        low, high = max(start, 0), min(stop, height)
        inside = self._filtered(low, high) if self._half is None else self._doubled(self._half, low, high)
        if (low, high) == (start, stop):
            return inside
        return np.asarray(cv2.copyMakeBorder(inside, low - start, stop - high, 0, 0, cv2.BORDER_REFLECT_101))

    def _filtered(self, start: int, stop: int) -> Float:
        reach = len(self._kernel) // 2
        low = max(0, start - reach)
        blurred = cv2.sepFilter2D(self._values[low : stop + reach], cv2.CV_32F, self._weighted_kernel, self._kernel)
        return np.asarray(blurred[start - low : stop - low])

    def _doubled(self, half: Float, start: int, stop: int) -> Float:
        # Doubling and smoothing reach for two rows more.
        low = max(0, start // 2 - 2)
        rows = half[low : stop // 2 + 3]
        doubled = cv2.resize(rows, (2 * rows.shape[1], 2 * rows.shape[0]), interpolation=cv2.INTER_LINEAR)
        inside = doubled[:, : self._values.shape[1]]
        return np.asarray(
            cv2.sepFilter2D(inside, cv2.CV_32F, AFTER_DOUBLING, AFTER_DOUBLING)[start - 2 * low : stop - 2 * low]
        )


def _halved(values: Float) -> Float:
    """(ceil(h / 2), ceil(w / 2)) Means over 2x2 px; an odd last row or column counts twice."""
    height, width = values.shape
    if height % 2 or width % 2:
        values = np.asarray(cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE))
    size = (values.shape[1] // 2, values.shape[0] // 2)
    values = np.asarray(cv2.sepFilter2D(values, cv2.CV_32F, BEFORE_HALVING, BEFORE_HALVING))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))


def _hessian_ridge(blurred: Float) -> tuple[Float, Float, Float]:
    """Response, xx - yy and 2 xy of the rows between the first and the last."""
    blurred = np.asarray(cv2.copyMakeBorder(blurred, 0, 0, 1, 1, cv2.BORDER_REFLECT_101))
    vertical = blurred[:-2, 1:-1] + blurred[2:, 1:-1]
    horizontal = blurred[1:-1, :-2] + blurred[1:-1, 2:]
    difference = horizontal - vertical
    np.add(horizontal, vertical, out=vertical)
    laplacian = np.multiply(blurred[1:-1, 1:-1], 4, out=horizontal)
    np.subtract(laplacian, vertical, out=laplacian)
    slope = blurred[:, 2:] - blurred[:, :-2]
    cross = cv2.addWeighted(slope[2:], 0.5, slope[:-2], -0.5, 0)
    # Eigenvalues are mean -+ radius; across a dark bar the lower one is strongly negative, along it about zero. The
    # response radius - mean - |mean + radius| is the smaller of -2 mean and 2 radius.
    radius = cv2.magnitude(difference, cross, vertical)
    return np.minimum(laplacian, radius, out=laplacian), difference, np.asarray(cross)


def ridge_axis(strength: Float, orientation_rad: Float, *, min_strength: float) -> NDArray[np.bool_]:
    """Where the response is the largest across the ridge: non-maximum suppression one px to each side.

    Parameters
    ----------
    strength, orientation_rad : (h, w) float32 ndarray
    min_strength : float
        Weaker pixels are no axis; nor are those on the edge of the map.

    Returns
    -------
    axis : (h, w) bool ndarray
    """
    height, width = strength.shape
    axis = np.zeros((height, width), dtype=bool)
    for rows in _bands(1, height - 1):
        candidates = strength[rows] > min_strength
        candidates[:, [0, -1]] = False
        index = np.flatnonzero(candidates) + rows.start * width
        axis.reshape(-1)[index] = _is_peak(strength, orientation_rad.reshape(-1)[index], index)
    return axis


def _is_peak(strength: Float, angle: Float, index: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(N,) True where bilinear values one px ahead and behind, across the ridge, are no larger."""
    flat, stride = strength.reshape(-1), strength.shape[1]
    # The normal leads down, to the left or to the right; the point behind mirrors the one ahead.
    down, right = np.cos(angle), -np.sin(angle)
    col_step = np.where(right < 0, -1, 1)
    right = np.abs(right)
    here = flat[index]
    near = (1 - down) * (1 - right) * here

    def sampled(sign: int) -> Float:
        row, col = index + sign * stride, sign * col_step
        return np.asarray(
            near
            + down * (1 - right) * flat[row]
            + (1 - down) * right * flat[index + col]
            + down * right * flat[row + col]
        )

    return np.asarray((here >= sampled(1)) & (here > sampled(-1)))
