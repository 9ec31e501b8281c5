"""The picture while it is painted, from back to front, and the ways to put something on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hairdensity.synthetic.camera import canvas_color
from hairdensity.synthetic.scene import Scene

__all__ = ["Sheet", "Stream", "add_blob", "blot", "clouds", "enlarged", "lattice", "scattered", "stamp", "stream"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

HIDING = 0.6
"""What covers more of the light than this hides a shaft below it."""


class Stream(IntEnum):
    """Each effect draws its own random numbers: switching one on moves no other."""

    LIGHT = 1
    SHINE = 2
    HALOS = 3
    GLARE = 4
    FILM = 5
    COMPLEXION = 6
    RELIEF = 7
    SPOTS = 8
    STAINS = 9
    VESSELS = 10
    ROOT_FLAKES = 11
    CASTS = 12
    FIBERS = 13
    BUBBLES = 14
    SENSOR = 15
    MARKS = 16
    CURTAIN = 17
    AROUND = 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """The canvas of one scene.

    Parameters
    ----------
    scene : Scene
    canvas : (H, W, 3) float32 ndarray
        Light, painted in place.
    hidden : (H, W) bool ndarray
        Pixels where something opaque lies over the hairs, marked in place.
    """

    scene: Scene
    canvas: Map
    hidden: NDArray[np.bool_]

    @property
    def um_per_px(self) -> float:
        """Scale of the picture."""
        return self.scene.settings.um_per_px

    @property
    def shape(self) -> tuple[int, int]:
        """H, W of the picture."""
        return self.scene.settings.shape

    def color(self, encoded: ArrayLike) -> Map:
        """A color in encoded values on the scale of the canvas."""
        return np.asarray(canvas_color(encoded, self.scene.settings.camera), np.float32)

    def add(self, light: Map) -> None:
        """Add (H, W, 3) mirrored light, in place."""
        np.add(self.canvas, light, out=self.canvas)

    def pull(self, alpha: Map, color: ArrayLike) -> None:
        """Mix a color into the canvas, in place, by an (H, W) opacity."""
        canvas = self.canvas
        canvas += alpha[..., None] * (np.asarray(color, np.float32) - canvas)

    def tint(self, amount: Map, factor: ArrayLike) -> None:
        """Multiply the canvas, in place, by a color's factors where an (H, W) amount is 1, less where it is less."""
        for channel, share in enumerate(np.asarray(factor, np.float32)):
            self.canvas[..., channel] *= 1 - amount * (1 - share)


def stream(scene: Scene, purpose: Stream, kind: int = 0) -> np.random.Generator:
    """The random numbers of one effect."""
    return np.random.default_rng([scene.seed, 17, purpose, kind])


def lattice(shape: tuple[int, int], step_px: int) -> tuple[int, int]:
    """Shape of a coarser map of the frame."""
    return -(-shape[0] // step_px), -(-shape[1] // step_px)


def enlarged(field: Map, shape: tuple[int, int]) -> Map:
    """A coarser map on every pixel of the frame."""
    step = -(-shape[0] // field.shape[0])
    height, width = (side * step for side in field.shape)
    full = cv2.resize(np.asarray(field, np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[: shape[0], : shape[1]], np.float32)


def add_blob(field: Map, place_px: Array, sigma_px: float) -> None:
    """Add a Gaussian blob, in place."""
    reach = int(np.ceil(3 * sigma_px))
    low = np.maximum(np.rint(place_px).astype(int) - reach, 0)
    high = np.minimum(np.rint(place_px).astype(int) + reach + 1, field.shape)
    if (low >= high).any():
        return
    rows, cols = (np.arange(a, b) - c for a, b, c in zip(low, high, place_px, strict=True))
    blob = np.exp(-0.5 * (rows / sigma_px) ** 2)[:, None] * np.exp(-0.5 * (cols / sigma_px) ** 2)[None]
    field[low[0] : high[0], low[1] : high[1]] += blob.astype(np.float32)


def clouds(shape: tuple[int, int], scale_px: float, rng: np.random.Generator) -> Map:
    """(H, W) smooth random field of about mean 0 and deviation 1; cheaper than ``smooth_noise``.

    Parameters
    ----------
    shape : (int, int)
    scale_px : float
        Size of its blobs; at least 1.
    rng : Generator
    """
    step = max(scale_px, 1.0)
    lattice = [int(np.ceil(side / step)) + 3 for side in shape]
    values = rng.standard_normal(lattice, dtype=np.float32)
    row, col = rng.uniform(0, 1, 2)
    place = np.array([[1 / step, 0, 1 + col], [0, 1 / step, 1 + row]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    field = cv2.warpAffine(values, place, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    # Cubic interpolation of independent values takes a seventh of their deviation.
    return np.asarray(1.17 * field, dtype=np.float32)


def scattered(
    sheet: Sheet, per_cm2: float, size_um: tuple[float, float], rng: np.random.Generator
) -> Iterator[tuple[Array, float]]:
    """Random places in the frame, in px, each with a size in px; small sizes are the more frequent.

    Parameters
    ----------
    sheet : Sheet
    per_cm2 : float
        Mean number; the number itself is Poisson distributed.
    size_um : (float, float)
        Smallest and largest, evenly spread on a logarithmic scale.
    rng : Generator
    """
    height, width = sheet.scene.settings.frame_um
    n = rng.poisson(per_cm2 * height * width / 1e8)
    places = rng.uniform(0, 1, (n, 2)) * sheet.shape - 0.5
    sizes = np.exp(rng.uniform(np.log(size_um[0]), np.log(size_um[1]), n)) / sheet.um_per_px
    yield from zip(places, sizes.tolist(), strict=True)


def blot(
    size_px: float,
    rng: np.random.Generator,
    *,
    rough: float = 0.3,
    edge_px: float = 1.0,
    turn: tuple[float, float] | None = None,
) -> Map:
    """(S, S) coverage 0-1 of an irregular spot in the middle of its patch.

    Parameters
    ----------
    size_px : float
        Mean diameter.
    rng : Generator
    rough : float, optional
        0 is an ellipse; above 0.6 the spot has holes and islands.
    edge_px : float, optional
        Width over which the rim fades.
    turn : (float, float), optional
        Direction of the longer side in radians and its length over the shorter one; random up to 1.8 when not given.
    """
    half = size_px / 2
    angle, ratio = (rng.uniform(0, np.pi), rng.uniform(1.0, 1.8)) if turn is None else turn
    stretch = np.float32(np.sqrt(ratio))
    reach = int(np.ceil(half * stretch * (1 + rough) + edge_px)) + 1
    axis = np.arange(-reach, reach + 1, dtype=np.float32)
    along = (np.cos(angle) * axis[None] + np.sin(angle) * axis[:, None]) / stretch
    across = (np.cos(angle) * axis[:, None] - np.sin(angle) * axis[None]) * stretch
    level = 1 - np.sqrt(along * along + across * across) / np.float32(half)
    if rough:
        for share, weight in ((4, 0.8), (9, 0.45), (20, 0.3)):
            level += np.float32(weight * rough) * clouds(level.shape, max(size_px / share, 1.0), rng)
    return np.asarray(np.clip(level * np.float32(half / edge_px) + 0.5, 0, 1), dtype=np.float32)


def stamp(sheet: Sheet, place_px: Array, alpha: Map, color: ArrayLike, *, hides: bool = False) -> None:
    """Lay a patch over the canvas about a place: canvas + alpha * (color - canvas).

    Parameters
    ----------
    sheet : Sheet
    place_px : (2,) float ndarray
        (row, col) of the patch's middle; the patch is cut at the frame.
    alpha : (h, w) float ndarray
    color : (3,) or (h, w, 3) array
        On the scale of the canvas.
    hides : bool, optional
        Mark where it is opaque.
    """
    low = np.rint(place_px).astype(int) - np.array(alpha.shape) // 2
    start, stop = np.maximum(low, 0), np.minimum(low + alpha.shape, sheet.shape)
    if (start >= stop).any():
        return
    place = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    part = tuple(slice(int(a), int(b)) for a, b in zip(start - low, stop - low, strict=True))
    tone = np.asarray(color, np.float32)
    patch = sheet.canvas[place]
    patch += alpha[part][..., None] * ((tone[part] if tone.ndim > 1 else tone) - patch)
    if hides:
        sheet.hidden[place] |= alpha[part] > HIDING
