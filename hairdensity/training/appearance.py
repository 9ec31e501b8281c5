"""Changes of a crop's appearance that leave its hairs where they are: what cameras, lamps and skin do to them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["AppearanceSettings", "vary_appearance"]

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

SHAFT_PX = 31
"""Wider than any shaft at the working scale: a closing of this size leaves the skin alone."""

COVER_PX = (4.0, 16.0)
"""Half-axes of what lies on a root: thin skin, crust, a flake; up to one shaft's width."""

RIDGE_PX = (3.0, 12.0)
"""Scale of the roughness of cut and scaly shafts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceSettings:
    """How often and how strongly a crop's appearance is changed.

    Parameters
    ----------
    gain_sd : float
        Deviation of the logarithm of each channel's gain.
    gamma_sd : float
        Deviation of the logarithm of the exponent.
    tint_sd : float
        Deviation of the change of each channel's gain from one side of a crop to the other.
    grey_share, blur_share, noise_share, sharpen_share : float
        Share of crops to which it is done.
    rough_share : float
        Share of crops whose edges are roughened.
    speck_share : float
        Share of crops with bright specks.
    cover_share : float
        Share of crops with something of skin's color on some of the roots.
    """

    gain_sd: float = 0.12
    gamma_sd: float = 0.25
    tint_sd: float = 0.12
    grey_share: float = 0.10
    blur_share: float = 0.25
    noise_share: float = 0.20
    sharpen_share: float = 0.10
    rough_share: float = 0.3
    speck_share: float = 0.3
    cover_share: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            value, limit = getattr(self, field.name), 1.0 if field.name.endswith("_share") else 2.0
            if not 0 <= value <= limit:
                raise InputError(f"{field.name} must lie in 0-{limit:g}, got {value:g}")


def vary_appearance(pixels: Pixels, roots: Array, settings: AppearanceSettings, rng: np.random.Generator) -> Pixels:
    """A changed copy of a crop.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
    roots : (N, 2) float ndarray
        Of its hairs, in px.
    settings : AppearanceSettings
    rng : Generator
    """
    varied = pixels
    if rng.random() < settings.cover_share and len(roots):
        varied = _covered(varied, roots, rng)
    if rng.random() < settings.rough_share:
        varied = _roughened(varied, rng)
    if rng.random() < settings.speck_share:
        varied = _specked(varied, rng)
    varied = _toned(varied, settings, rng)
    if rng.random() < settings.grey_share:
        varied = np.repeat(cv2.cvtColor(varied, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if rng.random() < settings.blur_share:
        varied = cv2.GaussianBlur(varied, (0, 0), rng.uniform(0.5, 1.8))
    if rng.random() < settings.sharpen_share:
        soft = cv2.GaussianBlur(varied, (0, 0), rng.uniform(0.8, 2.0))
        amount = rng.uniform(0.3, 1.2)
        varied = cv2.addWeighted(varied, 1 + amount, soft, -amount, 0)
    if rng.random() < settings.noise_share:
        grain = rng.standard_normal(varied.shape, dtype=np.float32) * np.float32(rng.uniform(1, 7))
        varied = np.clip(varied + grain, 0, 255).astype(np.uint8)
    return np.asarray(varied, dtype=np.uint8)


def _covered(pixels: Pixels, roots: Array, rng: np.random.Generator) -> Pixels:
    """Patches in the color of the skin around, on and about some roots; the true root stays where it is."""
    cover = np.zeros(pixels.shape[:2], np.uint8)
    for row, col in roots[rng.random(len(roots)) < rng.uniform(0.1, 0.6)]:
        place = np.array([col, row]) + rng.normal(0, 5, 2)
        axes = rng.uniform(*COVER_PX, 2)
        value = int(rng.uniform(90, 255))
        center, half = np.rint(place).astype(int).tolist(), np.rint(axes).astype(int).tolist()
        cv2.ellipse(cover, center, half, float(rng.uniform(0, 180)), 0, 360, value, -1)
    skin = cv2.morphologyEx(pixels, _way_to_skin(pixels), np.ones((SHAFT_PX, SHAFT_PX), np.uint8))
    skin = cv2.GaussianBlur(skin, (0, 0), 3.0).astype(np.float32)
    # Crusts and dry skin are a little lighter or darker than the skin, and as rough as it.
    skin *= np.float32(rng.uniform(0.85, 1.15))
    skin += _field(pixels.shape[:2], rng.uniform(1.0, 4.0), rng)[..., None] * np.float32(rng.uniform(2, 14))
    weight = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.8, 2.5)).astype(np.float32)[..., None] / 255
    return np.asarray(np.clip(pixels + weight * (skin - pixels), 0, 255), dtype=np.uint8)


def _way_to_skin(pixels: Pixels) -> int:
    """Closing takes dark shafts away, opening light ones: what stands out most from the median is hair."""
    level = float(np.median(pixels))
    low, high = np.percentile(pixels, (1, 99))
    return cv2.MORPH_CLOSE if level - low >= high - level else cv2.MORPH_OPEN


def _roughened(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Edges moved by up to a few px; axes stay where they are on average."""
    rows, cols = pixels.shape[:2]
    scale, amount = rng.uniform(*RIDGE_PX), rng.uniform(0.3, 1.2)
    row, col = (_field((rows, cols), scale, rng) * np.float32(amount) for _ in range(2))
    row += np.arange(rows, dtype=np.float32)[:, None]
    col += np.arange(cols, dtype=np.float32)[None]
    return np.asarray(cv2.remap(pixels, col, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), dtype=np.uint8)


def _specked(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Small glints and flakes, anywhere."""
    light = np.zeros(pixels.shape[:2], np.uint8)
    n = int(pixels.shape[0] * pixels.shape[1] * 10 ** rng.uniform(-4.0, -2.7))
    rows, cols = rng.integers(0, pixels.shape[0], n), rng.integers(0, pixels.shape[1], n)
    light[rows, cols] = rng.integers(60, 255, n)
    light = cv2.dilate(light, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(rng.integers(1, 4)),) * 2))
    weight = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.4, 1.2)).astype(np.float32)[..., None] / 255
    return np.asarray(pixels + weight * (235 - pixels.astype(np.float32)), dtype=np.uint8)


def _field(shape: tuple[int, int], scale_px: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise of mean 0 and deviation 1."""
    small = (round(shape[0] / scale_px) + 3, round(shape[1] / scale_px) + 3)
    grown = cv2.resize(rng.standard_normal(small, dtype=np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown / max(float(grown.std()), 1e-6), dtype=np.float32)


def _toned(pixels: Pixels, settings: AppearanceSettings, rng: np.random.Generator) -> Pixels:
    """Each channel through its own curve, under a lamp of another color on either side."""
    values = np.linspace(0, 1, 256)
    gamma = np.exp(settings.gamma_sd * rng.standard_normal())
    curves = [
        255
        * values ** (gamma * np.exp(0.3 * settings.gamma_sd * rng.standard_normal()))
        * np.exp(settings.gain_sd * rng.standard_normal())
        for _ in range(3)
    ]
    table = np.clip(np.rint(np.stack(curves, axis=1)), 0, 255).astype(np.uint8)
    toned: NDArray[Any] = cv2.LUT(pixels, table[None])
    if settings.tint_sd:
        angle = rng.uniform(0, 2 * np.pi)
        rows, cols = (np.linspace(-0.5, 0.5, extent) for extent in pixels.shape[:2])
        across = np.add.outer(np.sin(angle) * rows, np.cos(angle) * cols)
        gains = 1 + across[..., None] * (settings.tint_sd * rng.standard_normal(3))
        toned = np.clip(toned * gains.astype(np.float32), 0, 255)
    return np.asarray(toned, dtype=np.uint8)
