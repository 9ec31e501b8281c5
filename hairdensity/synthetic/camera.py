"""From the scene's light to the file: illumination, focus, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hairdensity.synthetic.settings import Camera

__all__ = [
    "canvas_color",
    "corner_distance",
    "decode_jpeg",
    "encode_jpeg",
    "illuminate",
    "soften_corners",
    "to_light",
    "to_pixels",
]

Map = NDArray[np.float32]


def corner_distance(points_px: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """(N,) squared distance of (row, col) points from the frame's center; 1 in the corners."""
    center = (np.array(shape) - 1) / 2
    squared = (((points_px - center) / np.maximum(center, 0.5)) ** 2).sum(axis=-1) / 2
    return np.asarray(np.minimum(squared, 1.5), dtype=np.float64)


def to_light(values: Map, gamma: float) -> Map:
    """Encoded values 0-255 to light, on a scale where 255 stays 255."""
    return values if gamma == 1 else np.asarray(255.0 * (np.clip(values, 0, None) / 255.0) ** gamma, np.float32)


def canvas_color(color: ArrayLike, camera: Camera) -> NDArray[np.float64]:
    """A color in encoded values on the scale of the canvas."""
    return np.asarray(to_light(np.asarray(color, np.float32), camera.encoding_gamma), np.float64)


def soften_corners(canvas: Map, blur_px: float) -> None:
    """Blur the canvas, in place, by a Gaussian that grows from nothing in the center to ``blur_px`` in the corners."""
    if blur_px >= 0.3:
        blurred = cv2.GaussianBlur(canvas, (0, 0), blur_px)
        canvas += _radial(canvas.shape[:2])[..., None] * (blurred - canvas)


def illuminate(canvas: Map, camera: Camera) -> None:
    """Put the canvas, in place, under the lamp: darker corners, violet top left, yellow bottom right."""
    height, width = canvas.shape[:2]
    rows, cols = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    slant = (rows[:, None] + 0.8 * cols[None]) / 1.8 - 0.15
    fall_off = (1.0 - 0.17 * camera.illumination * _radial((height, width))) * np.float32(camera.brightness)
    for channel, cast in enumerate((0.02, -0.01, -0.25)):
        lit = canvas[..., channel] * fall_off
        canvas[..., channel] = lit * (1 + np.float32(camera.illumination * cast) * slant)


def to_pixels(canvas: Map, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 from light: encoding and sensor noise."""
    encoded = to_light(canvas, 1 / camera.encoding_gamma)
    if camera.noise_sd:
        grain = rng.standard_normal(encoded.shape, dtype=np.float32)
        grain *= np.float32(camera.noise_sd)
        encoded = np.add(grain, encoded, out=grain)
    return np.asarray(cv2.convertScaleAbs(np.maximum(encoded, 0)), dtype=np.uint8)


def encode_jpeg(pixels: NDArray[np.uint8], quality: int, *, full_color: bool = False) -> bytes:
    """The bytes of a JPEG, 4:2:0 or with full color 4:4:4."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if full_color:
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], options)
    return data.tobytes()


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 3) RGB pixels of our own JPEG."""
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("decode_jpeg asks for the bytes that encode_jpeg made")
    return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)


def _radial(shape: tuple[int, int]) -> Map:
    """(H, W) squared distance from the center; 1 in the corners."""
    rows, cols = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    squared: Map = (rows[:, None] ** 2 + cols[None] ** 2) / np.float32(2)
    return squared
