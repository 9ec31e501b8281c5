"""Drawn bars of known width: plain, through a JPEG, with a light line, and with other bars beside or across them."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.special import ndtr

from hairdensity.synthetic.camera import decode_jpeg, encode_jpeg
from hairdensity.tracing.centerlines import Centerlines

BANDS_UM = ((15, 30), (30, 40), (40, 60), (60, 80), (80, 120))
LENGTH_UM = 700.0
CELL_UM = 1000.0
GRID = 14
NOISE_SD = 0.03
AXIS_JITTER_PX = 0.5
SKIN_LEVEL = 170.0

VARIANTS = ("plain", "jpeg", "highlight", "medulla", "neighbor", "crossing")
LINES = {"highlight": (0.35, 0.2), "medulla": (0.25, 0.08)}
"""Height of a lighter line as a share of the bar's, and its sigma as a share of the width."""


def draw(rng, um_per_px, psf_px, variant="plain", *, grid=GRID):
    """Darkness (H, W), the axes of all bars, and which of them count with which width in um (others NaN)."""
    cell = int(CELL_UM / um_per_px)
    picture = np.zeros((grid * cell, grid * cell), dtype=np.float32)
    widths = rng.uniform(*np.array(BANDS_UM)[rng.integers(0, len(BANDS_UM), grid * grid)].T)
    paths, truth = [], []
    for k, width_um in enumerate(widths):
        top, left = (cell * index for index in divmod(k, grid))
        middle, angle = cell / 2 + rng.uniform(-2, 2, 2), rng.uniform(0, np.pi)
        tile = picture[top : top + cell, left : left + cell]
        contrast = rng.uniform(0.3, 0.9)
        tile += contrast * _bar(cell, middle, angle, width_um / um_per_px, um_per_px, psf_px, LINES.get(variant))
        places = [(middle, angle, width_um)]
        if variant in ("neighbor", "crossing"):
            other = _other(rng, variant, middle, angle, width_um, um_per_px)
            second = contrast * _bar(cell, other[0], other[1], other[2] / um_per_px, um_per_px, psf_px, None)
            # What lies on top hides what is below.
            tile[...] = np.maximum(tile, second) if variant == "crossing" else tile + second
            places.append(other)
        tile += 1e-3 * rng.uniform(-0.5, 0.5) * (np.arange(cell)[:, None] - cell / 2)
        for place, direction, true_um in places:
            paths.append(_axis(rng, np.add(place, (top, left)), direction, um_per_px))
            truth.append(true_um if true_um is width_um else np.nan)
    picture += rng.normal(0, NOISE_SD, picture.shape).astype(np.float32)
    return _through_jpeg(picture) if variant == "jpeg" else picture, Centerlines.from_paths(paths), np.array(truth)


def _bar(cell, middle, angle, width_px, um_per_px, psf_px, line):
    """(cell, cell) coverage of a blurred bar, less its light line."""
    rows, cols = np.mgrid[:cell, :cell] - np.asarray(middle)[:, None, None]
    along = rows * np.sin(angle) + cols * np.cos(angle)
    across = rows * np.cos(angle) - cols * np.sin(angle)
    ends = _box(along, LENGTH_UM / um_per_px, psf_px)
    side = _box(across, width_px, psf_px)
    if line is not None:
        height, share = line
        sharp = share * width_px
        sigma = np.hypot(sharp, psf_px)
        side = side - height * sharp / sigma * np.exp(-0.5 * (across / sigma) ** 2)
    return side * ends


def _box(place, size, psf_px):
    return ndtr((place + size / 2) / psf_px) - ndtr((place - size / 2) / psf_px)


def _other(rng, variant, middle, angle, width_um, um_per_px):
    """Middle, direction and width of a bar beside the first with 5-40 um of skin between, or across it."""
    other_um = rng.uniform(30.0, 90.0)
    if variant == "crossing":
        return middle, angle + rng.uniform(0.5, np.pi - 0.5), other_um
    gap = (width_um + other_um) / 2 + rng.uniform(5.0, 40.0)
    return middle + gap / um_per_px * np.array([np.cos(angle), -np.sin(angle)]), angle, other_um


def _axis(rng, middle, angle, um_per_px):
    """(P, 2) points of a traced axis: jittered."""
    half = LENGTH_UM / um_per_px / 2
    axis = middle + np.arange(-half, half + 1, 4.0)[:, None] * np.array([np.sin(angle), np.cos(angle)])
    return axis + rng.normal(0, AXIS_JITTER_PX, axis.shape)


def _through_jpeg(darkness):
    """The darkness after a camera's 8 bits and a JPEG of quality 85."""
    grey = cv2.convertScaleAbs(SKIN_LEVEL * (1 - darkness))
    pixels = decode_jpeg(encode_jpeg(np.repeat(grey[..., None], 3, axis=2), 85))
    return (1 - pixels[..., 1] / SKIN_LEVEL).astype(np.float32)
