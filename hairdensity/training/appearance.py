"""Changes of a crop's appearance that leave its hairs where they are: what cameras and lamps do beyond the renderer."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["AppearanceSettings", "vary_appearance"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceSettings:
    """How often and how strongly a crop's appearance is changed.

    Parameters
    ----------
    gain_sd : float
        Deviation of the logarithm of each channel's gain.
    gamma_sd : float
        Deviation of the logarithm of the exponent.
    grey_share, blur_share, noise_share, sharpen_share : float
        Share of crops to which it is done.
    """

    gain_sd: float = 0.10
    gamma_sd: float = 0.20
    grey_share: float = 0.10
    blur_share: float = 0.15
    noise_share: float = 0.20
    sharpen_share: float = 0.10

    def __post_init__(self) -> None:
        for field in fields(self):
            value, limit = getattr(self, field.name), 1.0 if field.name.endswith("_share") else 2.0
            if not 0 <= value <= limit:
                raise InputError(f"{field.name} must lie in 0-{limit:g}, got {value:g}")


def vary_appearance(pixels: Pixels, settings: AppearanceSettings, rng: np.random.Generator) -> Pixels:
    """A changed copy of a crop.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
    settings : AppearanceSettings
    rng : Generator
    """
    varied = _toned(pixels, settings, rng)
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


def _toned(pixels: Pixels, settings: AppearanceSettings, rng: np.random.Generator) -> Pixels:
    """Each channel through its own curve."""
    values = np.linspace(0, 1, 256)
    gamma = np.exp(settings.gamma_sd * rng.standard_normal())
    curves = [
        255
        * values ** (gamma * np.exp(0.3 * settings.gamma_sd * rng.standard_normal()))
        * np.exp(settings.gain_sd * rng.standard_normal())
        for _ in range(3)
    ]
    table = np.clip(np.stack(curves, axis=1), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table[None]), dtype=np.uint8)
