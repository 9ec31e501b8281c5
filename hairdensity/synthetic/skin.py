"""The scalp between the hairs: color, mottling, redness, furrows and glints, in um whatever the pixel size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.settings import SceneSettings

__all__ = ["glint_light", "paint_skin", "smooth_noise"]

Map = NDArray[np.float32]

WINDOW = 4.0
"""Coarsest step of a noise lattice in px before it is blurred instead of interpolated."""


def smooth_noise(shape: tuple[int, int], scale_px: tuple[float, float], rng: np.random.Generator) -> Map:
    """(H, W) smooth random field of mean 0 and deviation 1.

    Parameters
    ----------
    shape : (int, int)
    scale_px : (float, float)
        Size of its blobs along rows and columns.
    rng : Generator
    """
    lattice = [int(np.ceil(side / max(scale, 1.0))) + 3 for side, scale in zip(shape, scale_px, strict=True)]
    values = rng.standard_normal(lattice, dtype=np.float32)
    if max(scale_px) < WINDOW:
        sigma = [max(scale / 2, 0.3) for scale in scale_px]
        values = rng.standard_normal(shape, dtype=np.float32)
        field = cv2.GaussianBlur(values, (0, 0), sigmaX=sigma[1], sigmaY=sigma[0])
    else:
        size = [round(cells * max(scale, 1.0)) for cells, scale in zip(lattice, scale_px, strict=True)]
        field = cv2.resize(values, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
        field = field[size[0] - shape[0] >> 1 :, size[1] - shape[1] >> 1 :][: shape[0], : shape[1]]
    return np.asarray((field - field.mean()) / max(float(field.std()), 1e-6), dtype=np.float32)


def paint_skin(settings: SceneSettings, rng: np.random.Generator, *, glints: bool = True) -> Map:
    """(H, W, 3) bare skin in encoded values.

    Parameters
    ----------
    settings : SceneSettings
    rng : Generator
    glints : bool, optional
        False leaves out the shine, which is the lamp's.
    """
    skin, shape = settings.skin, settings.shape
    canvas = np.empty((*shape, 3), dtype=np.float32)
    canvas[:] = skin.color_rgb
    if skin.mottling:
        canvas *= 1 + skin.mottling * _mottling(settings, rng)[..., None]
    if skin.redness:
        flush = skin.redness * _noise(settings, 900, rng)[..., None]
        canvas *= 1 + flush * np.array([0.010, -0.008, -0.012], np.float32)
    if skin.furrows:
        canvas *= 1 + skin.furrows * _furrows(settings, rng)[..., None]
    if skin.glints and glints:
        canvas += glint_light(settings, rng)
    return canvas


def glint_light(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """(H, W, 3) shine of the horny layer, in encoded values."""
    light = settings.skin.glints * _glints(settings, rng)[..., None] * np.array([0.86, 0.92, 1.25], np.float32)
    return np.asarray(light, np.float32)


def _noise(settings: SceneSettings, scale_um: float, rng: np.random.Generator) -> Map:
    scale = scale_um / settings.um_per_px
    return smooth_noise(settings.shape, (scale, scale), rng)


def _mottling(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """Relative brightness: blotches down to the size of skin cells' clusters."""
    parts = ((900.0, 0.025), (220.0, 0.020), (80.0, 0.018), (28.0, 0.018))
    return np.asarray(sum(weight * _noise(settings, scale, rng) for scale, weight in parts), dtype=np.float32)


def _furrows(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """Relative brightness of the net of fine skin lines: the zero lines of long blobs, dark with a light rim."""
    net = np.zeros(settings.shape, np.float32)
    angles = rng.uniform(0, 180) + np.array([0.0, 55.0, 115.0, 160.0])
    for angle, width_um in zip(angles, (60.0, 110.0, 45.0, 75.0), strict=True):
        field = _streaks(settings, width_um, float(angle + rng.normal(0, 10)), rng)
        visible = np.clip(0.45 + 0.5 * _noise(settings, 600, rng), 0, 1)
        net += visible * (0.030 * np.exp(-(((field - 0.5) / 0.30) ** 2)) - 0.038 * np.exp(-((field / 0.22) ** 2)))
    return net


def _streaks(settings: SceneSettings, width_um: float, angle_deg: float, rng: np.random.Generator) -> Map:
    """(H, W) random field of blobs six times as long as wide, along an angle, slightly wavy."""
    height, width = settings.shape
    side = int(np.ceil(np.hypot(height, width)))
    scale = width_um / settings.um_per_px
    field = smooth_noise((side, side), (scale, 6 * scale), rng)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle_deg, 1.0)
    turn = turn - np.array([[0, 0, (side - width) / 2], [0, 0, (side - height) / 2]])
    turned = cv2.warpAffine(field, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned + 0.25 * _noise(settings, 70, rng), dtype=np.float32)


def _glints(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """Grey levels of the fine shine of the horny layer, in clouds."""
    clouds = np.clip(0.35 + 0.5 * _noise(settings, 1100, rng) + 0.35 * _noise(settings, 260, rng), 0, None)
    fine, coarse = _noise(settings, 22, rng), _noise(settings, 70, rng)
    texture = 0.7 * fine + 0.6 * coarse
    shine = 0.35 + 0.30 * texture + 0.9 * np.clip(texture - 0.9, 0, None)
    return np.asarray(np.minimum(17.0 * clouds * shine, 90.0), dtype=np.float32)
