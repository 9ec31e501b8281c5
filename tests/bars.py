"""Pictures of bars on a grid, whose every number is known, and their analysis."""

from __future__ import annotations

import cv2
import numpy as np

from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.image import TrichoImage

UM_PER_PX = 5.0
SCALE = Calibration(um_per_px=UM_PER_PX)
SKIN, HAIR = (170, 150, 140), (40, 36, 36)


def picture(rows: int = 0, cols: int = 0, *, spacing: int = 70, length: int = 40) -> np.ndarray:
    """(H, W, 3) level bars, 8 px thick (40 um), on a grid, seen with a sensor's noise: flat areas are graphics."""
    pixels = np.full((max(rows, 3) * spacing + 60, max(cols, 3) * spacing + 60, 3), SKIN, dtype=np.uint8)
    for row in range(rows):
        for col in range(cols):
            top, left = 55 + spacing * row, 45 + spacing * col
            pixels[top : top + 8, left : left + length] = HAIR
    noise = np.random.default_rng(0).normal(0, 2, pixels.shape)
    return np.rint(cv2.GaussianBlur(pixels.astype(float), (0, 0), 1.3) + noise).clip(0, 255).astype(np.uint8)


RIDGES = Settings(method="ridges")
"""Bars on flat grey are what ridges look for, and nothing that a network was trained on."""


def analyzed(pixels: np.ndarray, calibration: Calibration | None = SCALE, **keywords: object) -> Analysis:
    keywords = {"settings": RIDGES} | keywords
    return analyze(TrichoImage.from_array(pixels), calibration=calibration, **keywords)  # type: ignore[arg-type]
