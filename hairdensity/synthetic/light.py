"""The lamp: colored sides, spots, dark borders, white balance; then the tone that a camera gives the picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.appearance import Camera, Light
from hairdensity.synthetic.sheet import Sheet, Stream, clouds, stream

__all__ = ["shed_light", "tone"]

Map = NDArray[np.float32]
Pixels = NDArray[np.uint8]

LATTICE_PX = 8
"""Light changes slowly: it is worked out on every eighth pixel."""

SPOT_UM = (700.0, 3000.0)
"""Radius of a spot of light."""


def shed_light(sheet: Sheet) -> None:
    """Multiply the canvas, in place, by the light that falls on each pixel."""
    light = sheet.scene.settings.light
    if light == Light():
        return
    height, width = sheet.shape
    gain = _gain(light, sheet, (-(-height // LATTICE_PX) + 1, -(-width // LATTICE_PX) + 1))
    full = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    np.multiply(sheet.canvas, full, out=sheet.canvas)


def tone(pixels: Pixels, camera: Camera) -> Pixels:
    """Saturation, contrast and gamma as the camera's software applies them: on finished pixels."""
    if camera.saturation != 1:
        pixels = cv2.transform(pixels, _saturate(camera.saturation))
    if camera.contrast != 1 or camera.tone_gamma != 1:
        steps = np.clip(128 + camera.contrast * (np.arange(256) - 128.0), 0, 255)
        pixels = cv2.LUT(pixels, np.rint(255 * (steps / 255) ** camera.tone_gamma).astype(np.uint8))
    return pixels


def _gain(light: Light, sheet: Sheet, shape: tuple[int, int]) -> Map:
    """(h, w, 3) factor on the lattice."""
    rng = stream(sheet.scene, Stream.LIGHT)
    rows, cols = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    angle = np.deg2rad(light.lit_deg)
    slant = (np.sin(angle) * rows[:, None] + np.cos(angle) * cols[None]) / np.abs([np.sin(angle), np.cos(angle)]).sum()
    slant = slant + np.float32(0.12) * clouds(shape, max(shape) / 3, rng)
    gain = 1 + _rise(slant)[..., None] * (np.array(light.lit_rgb, np.float32) - 1)
    gain = gain + _rise(-slant)[..., None] * (np.array(light.far_rgb, np.float32) - 1)
    gain *= _vignette(light, rows, cols)[..., None]
    for _ in range(light.spots):
        gain += _spot(light, sheet, shape, rng)[..., None]
    return np.asarray(np.maximum(gain, 0) * np.array(light.white_balance, np.float32), np.float32)


def _rise(slant: Map) -> Map:
    """0 on the middle line and beyond, 1 at the border: smooth in between."""
    share = np.clip(slant, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _vignette(light: Light, rows: Map, cols: Map) -> Map:
    """1 about the bright center, falling beyond ``vignette_start`` of the way to the corner."""
    away = np.sqrt(((rows - light.center[0]) ** 2)[:, None] + ((cols - light.center[1]) ** 2)[None]) / np.sqrt(2)
    share = np.clip((away - light.vignette_start) / (1 - light.vignette_start), 0, 1.3)
    return np.asarray(np.clip(1 - light.vignette * share**2, 0, 1), np.float32)


def _spot(light: Light, sheet: Sheet, shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """A bright or dim place somewhere on the skin."""
    center, radius = rng.uniform(0, 1, 2) * shape, rng.uniform(*SPOT_UM) / sheet.um_per_px / LATTICE_PX
    rows, cols = (np.arange(side, dtype=np.float32) - c for side, c in zip(shape, center, strict=True))
    strength = light.spot_strength * rng.uniform(-0.6, 1.0)
    bump = np.exp(-0.5 * (rows / radius) ** 2)[:, None] * np.exp(-0.5 * (cols / radius) ** 2)[None]
    return np.asarray(strength * bump, np.float32)


def _saturate(saturation: float) -> NDArray[np.float64]:
    """(3, 3) matrix that moves each color away from its grey."""
    grey = np.tile([0.299, 0.587, 0.114], (3, 1))
    return np.asarray(grey + saturation * (np.eye(3) - grey), np.float64)
