"""The scalp between the hairs: color, mottling, redness, furrows and glints, in um whatever the pixel size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.settings import SceneSettings

__all__ = ["paint_skin", "smooth_noise"]

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


def paint_skin(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """(H, W, 3) bare skin in encoded values.

    Parameters
    ----------
    settings : SceneSettings
    rng : Generator
    """
    skin, shape = settings.skin, settings.shape
    canvas = np.empty((*shape, 3), dtype=np.float32)
    canvas[:] = skin.color_rgb
    if skin.mottling:
        canvas *= 1 + skin.mottling * _mottling(settings, rng)[..., None]
    if skin.redness:
        flush = skin.redness * _noise(settings, 900, rng)[..., None]
        canvas *= 1 + flush * np.array([0.012, -0.018, -0.022], np.float32)
    if skin.furrows:
        canvas *= 1 + skin.furrows * _furrows(settings, rng)[..., None]
    if skin.glints:
        canvas += skin.glints * _glints(settings, rng)[..., None] * np.array([0.80, 0.86, 1.05], np.float32)
    return canvas


def _noise(settings: SceneSettings, scale_um: float, rng: np.random.Generator) -> Map:
    scale = scale_um / settings.um_per_px
    return smooth_noise(settings.shape, (scale, scale), rng)


def _mottling(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """Relative brightness: blotches down to the size of skin cells' clusters."""
    parts = ((900.0, 0.025), (220.0, 0.018), (80.0, 0.015), (28.0, 0.014))
    return np.asarray(sum(weight * _noise(settings, scale, rng) for scale, weight in parts), dtype=np.float32)


def _furrows(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """Relative brightness of the net of fine skin lines: the zero lines of a smooth field, dark with a light rim."""
    net = np.zeros(settings.shape, np.float32)
    for scale_um in (170.0, 420.0):
        stretch = np.array(rng.permutation([scale_um, 1.9 * scale_um])) / settings.um_per_px
        field = smooth_noise(settings.shape, (float(stretch[0]), float(stretch[1])), rng)
        field += 0.35 * _noise(settings, 90, rng)
        visible = np.clip(0.5 + 0.6 * _noise(settings, 700, rng), 0, 1)
        net += visible * (0.035 * np.exp(-(((field - 0.22) / 0.12) ** 2)) - 0.045 * np.exp(-((field / 0.10) ** 2)))
    return net


def _glints(settings: SceneSettings, rng: np.random.Generator) -> Map:
    """Grey levels of the fine shine of the horny layer, in clouds."""
    clouds = np.clip(0.35 + 0.55 * _noise(settings, 800, rng) + 0.3 * _noise(settings, 200, rng), 0, None)
    fine, coarse = _noise(settings, 16, rng), _noise(settings, 45, rng)
    shine = np.clip(0.75 * fine + 0.65 * coarse - 0.5, 0, None)
    return np.asarray(np.minimum(20.0 * clouds * shine, 90.0), dtype=np.float32)
