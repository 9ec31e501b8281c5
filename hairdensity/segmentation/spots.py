"""find_spots: round places that are darker, or yellower, than the skin about them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "SpotSettings", "Spots", "density_map", "fill_hidden", "find_spots", "matched_filters"]

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
Array = NDArray[np.float64]

KINDS: dict[str, tuple[tuple[float, float, float], tuple[float, float]]] = {
    "empty ostium": ((0.22, 0.27, 0.38), (70.0, 200.0)),
    "yellow dot": ((0.02, 0.16, 0.45), (140.0, 450.0)),
    "black dot": ((1.0, 1.0, 1.0), (70.0, 200.0)),
}
"""Optical density of each kind of opening over the skin's in red, green and blue, and its range of diameters in um."""

TYPICAL_UM = 130.0

OCTAVE = 2
"""Scales for each doubling of the size."""

SIGMA_PER_DIAMETER = 0.3
"""A disk answers most to a difference of Gaussians whose finer one has this share of its diameter as its sigma."""

WIDER = 1.6
"""Ratio of the two Gaussians: the usual one, which comes closest to a Laplacian (Marr & Hildreth 1980)."""

COARSE_SIGMA_PX = 3.6
"""Blurs of more pixels than this are made at half the resolution."""

SMALLEST_SIDE_PX = 16
"""Of a map that is still reduced."""

FILL_UM = 120.0
"""What hides the skin is filled from the skin around with this blur."""

LEAST_NOISE = 0.003
"""Optical density: the steps of 8-bit grey levels on smooth skin."""

NEAR_SCALES = 2
"""A spot on a stronger one of about its own size, this many scales at most apart, is the same."""

LOG = -np.log(np.maximum(np.arange(256), 4) / 255.0).astype(np.float32)
"""Optical density by grey level. The darkest levels are noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSettings:
    """Which spots are looked for.

    Parameters
    ----------
    um_per_px : float
        Scale at which they are looked for; finer pictures are reduced.
    min_strength : float
        Least response over the deviation of the skin's own at that size.
    max_per_cm2 : float
        Only the strongest are kept where skin is rough.
    """

    um_per_px: float = 15.0
    min_strength: float = 2.5
    max_per_cm2: float = 500.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spots:
    """S spots, the strongest first.

    Parameters
    ----------
    places_px : (S, 2) float64 ndarray
        (row, col) in px of the map.
    diameter_px : (S,) float64 ndarray
        Of the disk that would answer most at the scale at which it was found.
    strength : (S,) float64 ndarray
        Response over the deviation of the skin's own responses at this size.
    """

    places_px: Array
    diameter_px: Array
    strength: Array

    def __len__(self) -> int:
        return len(self.strength)

    def part(self, chosen: NDArray[np.int64]) -> Spots:
        """Some of the spots."""
        return Spots(**{name: getattr(self, name)[chosen] for name in self.__slots__})


def density_map(pixels: NDArray[np.uint8], *, px_per_map_px: float) -> Map:
    """Optical density of each channel at a lower resolution.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
    px_per_map_px : float
        1 or more.

    Returns
    -------
    density : (h, w, 3) float32 ndarray
    """
    size = tuple(max(round(side / px_per_map_px), 1) for side in (pixels.shape[1], pixels.shape[0]))
    return np.asarray(LOG[cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)])


def find_spots(density: Map, is_skin: Mask, filters: Map, *, um_per_px: float, settings: SpotSettings) -> Spots:
    """Find what answers to matched filters: each kind's color against the skin's own, over place and size.

    Parameters
    ----------
    density : (h, w, 3) float32 ndarray
        With nothing but skin, as ``fill_hidden`` gives it.
    is_skin : (h, w) bool ndarray
    filters : (kinds, 3) float32 ndarray
        As ``matched_filters`` gives them.
    um_per_px : float
        Scale of the map.
    settings : SpotSettings
    """
    found = [
        spots
        for (_, diameter_um), weights in zip(KINDS.values(), filters, strict=True)
        for spots in _of_layer(np.asarray(density @ weights), diameter_um, um_per_px, settings)
    ]
    most = int(np.ceil(settings.max_per_cm2 * np.count_nonzero(is_skin) * um_per_px**2 / 1e8))
    return _strongest(found, is_skin, most)


def matched_filters(density: Map, is_skin: Mask, *, um_per_px: float) -> Map:
    """(kinds, 3) weights of the channels with the best ratio of a kind to the skin's own deviation; that is 1.

    Shine of one color, a net of vessels or pigment: what the skin of a picture shows everywhere in some mixture of
    channels is worth little, and the filters leave that mixture out.

    Parameters
    ----------
    density : (h, w, 3) float32 ndarray
    is_skin : (h, w) bool ndarray
    um_per_px : float
    """
    step = max(round(TYPICAL_UM / 4 / um_per_px), 1)
    size = (-(-density.shape[1] // step), -(-density.shape[0] // step))
    small = np.asarray(cv2.resize(density, size, interpolation=cv2.INTER_AREA))
    sigma = SIGMA_PER_DIAMETER * TYPICAL_UM / (um_per_px * step)
    band = _blurred(small, sigma) - _blurred(small, WIDER * sigma)
    seen = band[cv2.resize(is_skin.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0]
    spread = np.eye(3) * LEAST_NOISE**2
    if len(seen):
        # A few hairs and spots must not count as skin: they are cut back to what most of the skin shows.
        limit = 3 * 1.4826 * np.median(np.abs(seen), axis=0) + LEAST_NOISE
        seen = np.clip(seen, -limit, limit)
        spread = spread + seen.T @ seen / len(seen)
    signatures = np.array([color for color, _ in KINDS.values()])
    weights = np.linalg.solve(spread, signatures.T).T
    deviation = np.sqrt(np.einsum("kc,cd,kd->k", weights, spread, weights))
    return np.asarray(weights / deviation[:, None], np.float32)


def _of_layer(layer: Map, diameter_um: tuple[float, float], um_per_px: float, settings: SpotSettings) -> list[Spots]:
    """The maxima of a filtered layer at each size."""
    smallest, largest = (diameter / um_per_px for diameter in diameter_um)
    n_scales = 1 + round(OCTAVE * float(np.log2(largest / smallest)))
    found, sigma, step = [], 0.0, 1.0
    for scale in range(n_scales):
        diameter = smallest * 2 ** (scale / OCTAVE)
        target = SIGMA_PER_DIAMETER * diameter
        while target / step > COARSE_SIGMA_PX and min(layer.shape) >= SMALLEST_SIDE_PX:
            layer = np.asarray(cv2.resize(layer, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
            step *= 2
        layer = _blurred(layer, float(np.sqrt(target**2 - sigma**2)) / step)
        sigma = target
        wider = _blurred(layer, float(np.sqrt(WIDER**2 - 1)) * target / step)
        found.append(_maxima(layer - wider, diameter, step, settings.min_strength))
    return found


def fill_hidden(density: Map, is_skin: Mask, *, um_per_px: float) -> Map:
    """The (h, w, 3) density with hidden pixels replaced by the mean of the skin around."""
    sigma_px = FILL_UM / um_per_px
    step = max(int(sigma_px / 2), 1)
    size = (-(-density.shape[1] // step), -(-density.shape[0] // step))
    weight = is_skin.astype(np.float32)
    total = _blurred(_reduced(cv2.bitwise_and(density, density, mask=is_skin.view(np.uint8)), size), sigma_px / step)
    share = _blurred(_reduced(weight, size), sigma_px / step)[..., None]
    overall = density[is_skin].mean(axis=0) if is_skin.any() else np.zeros(3, np.float32)
    smooth = (total + 1e-3 * overall) / (share + 1e-3)
    smooth = cv2.resize(smooth, is_skin.shape[::-1], interpolation=cv2.INTER_LINEAR)
    filled = density.copy()
    cv2.copyTo(np.asarray(smooth, np.float32), (~is_skin).view(np.uint8), filled)
    return filled


def _reduced(layer: Map, size: tuple[int, int]) -> Map:
    return np.asarray(cv2.resize(layer, size, interpolation=cv2.INTER_AREA))


def _blurred(layer: Map, sigma_px: float) -> Map:
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), max(sigma_px, 0.1), borderType=cv2.BORDER_REFLECT))


def _maxima(response: Map, diameter_px: float, step: float, min_strength: float) -> Spots:
    """The local maxima at one size, in px of the map, with a parabola's vertex as their place."""
    noise = max(1.4826 * float(np.median(np.abs(response[::4, ::4]))), 1e-6)
    highest = cv2.dilate(response, np.ones((3, 3), np.uint8))
    rows, cols = np.nonzero((response >= highest) & (response > min_strength * noise))
    inner = (rows > 0) & (cols > 0) & (rows < response.shape[0] - 1) & (cols < response.shape[1] - 1)
    rows, cols = rows[inner], cols[inner]
    middle = response[rows, cols]
    row = rows + _vertex(response[rows - 1, cols], middle, response[rows + 1, cols])
    col = cols + _vertex(response[rows, cols - 1], middle, response[rows, cols + 1])
    return Spots(
        places_px=(np.stack([row, col], axis=1) + 0.5) * step - 0.5,
        diameter_px=np.full(len(middle), diameter_px),
        strength=middle.astype(np.float64) / noise,
    )


def _vertex(before: Map, middle: Map, after: Map) -> Array:
    """Place of the vertex of the parabola through three values at -1, 0 and 1, where the middle one is the largest."""
    bend = np.maximum(2.0 * middle - before - after, 1e-9)
    return np.asarray(np.clip(0.5 * (after - before) / bend, -0.5, 0.5), dtype=np.float64)


def _strongest(found: list[Spots], is_skin: Mask, most: int) -> Spots:
    """The strongest spots on skin, less those that lie on a stronger one of about their size."""
    spots = Spots(**{name: np.concatenate([getattr(part, name) for part in found]) for name in Spots.__slots__})
    pixel = np.clip(np.rint(spots.places_px).astype(int), 0, np.array(is_skin.shape) - 1)
    on_skin = np.flatnonzero(is_skin[pixel[:, 0], pixel[:, 1]])
    order = on_skin[np.argsort(-spots.strength[on_skin], kind="stable")]
    if not len(order):
        return spots.part(order)
    octave = np.rint(OCTAVE * np.log2(spots.diameter_px / spots.diameter_px.min())).astype(int)
    taken = np.zeros((int(octave.max()) + 1 + 2 * NEAR_SCALES, *is_skin.shape), np.uint8)
    kept: list[int] = []
    for number in order.tolist():
        if len(kept) == most:
            break
        (row, col), scale = pixel[number].tolist(), int(octave[number])
        if not taken[scale : scale + 2 * NEAR_SCALES + 1, row, col].any():
            kept.append(number)
            radius = max(round(float(spots.diameter_px[number]) / 2), 1)
            cv2.circle(taken[scale + NEAR_SCALES], (col, row), radius, 1, thickness=-1)
    return spots.part(np.array(kept, dtype=np.int64))
