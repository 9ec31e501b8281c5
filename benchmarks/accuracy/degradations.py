"""Series of scenes that grow harder to read: each changes one thing of a scene in steps, from harmless to hopeless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hairdensity.synthetic.population import Course
from hairdensity.synthetic.settings import SceneSettings

__all__ = ["DEGRADATIONS"]

Change = Callable[[SceneSettings, Any], SceneSettings]


def _camera(name: str) -> Change:
    return lambda scene, level: replace(scene, camera=replace(scene.camera, **{name: level}))


def _clutter(name: str) -> Change:
    return lambda scene, level: replace(scene, clutter=replace(scene.clutter, **{name: level}))


def _tilted(scene: SceneSettings, level: float) -> SceneSettings:
    return replace(scene, camera=replace(scene.camera, tilt_blur_px=level, tilt_deg=30.0))


def _moved(angle_deg: float) -> Change:
    return lambda scene, level: replace(
        scene, camera=replace(scene.camera, motion_px=level, motion_deg=angle_deg + scene.population.direction_deg)
    )


def _glaring(scene: SceneSettings, level: float) -> SceneSettings:
    return replace(scene, shine=replace(scene.shine, glare_per_cm2=level, glare_um=(80.0, 600.0)))


def _wet(scene: SceneSettings, level: float) -> SceneSettings:
    return replace(scene, shine=replace(scene.shine, oil=level, film=3 * level))


def _vignetted(scene: SceneSettings, level: float) -> SceneSettings:
    return replace(scene, light=replace(scene.light, vignette=level, vignette_start=0.25))


def _coarse(scene: SceneSettings, level: float) -> SceneSettings:
    camera = replace(scene.camera, psf_sigma_px=1.2, corner_blur_px=0.0)
    return replace(scene, um_per_px=level, camera=camera)


def _long(scene: SceneSettings, level: float) -> SceneSettings:
    hairs = replace(
        scene.population,
        length_mean_um=1000 * level,
        length_sd_um=300 * level,
        length_range_um=(400 * level, 3000 * level),
        hair_spread_deg=9.0,
        curvature_deg_per_mm=6.0,
    )
    return replace(scene, population=hairs)


def _dense(scene: SceneSettings, level: float) -> SceneSettings:
    return replace(scene, population=replace(scene.population, density_per_cm2=level))


def _clumped(scene: SceneSettings, level: float) -> SceneSettings:
    """Locks of long, wet hair: drawn together the more, the longer the hair is."""
    scene = _long(_wet(scene, 0.3 * level), 1 + 3 * level)
    return replace(scene, population=replace(scene.population, course=Course(lock_pull=level)))


def _pale(scene: SceneSettings, level: float) -> SceneSettings:
    """The hair's color moved toward the skin's by a share."""
    hair, skin = scene.population.color_rgb, scene.skin.color_rgb
    red, green, blue = ((1 - level) * h + level * s for h, s in zip(hair, skin, strict=True))
    return replace(scene, population=replace(scene.population, color_rgb=(red, green, blue)))


DEGRADATIONS: dict[str, tuple[Change, tuple[Any, ...]]] = {
    "defocus, px": (_camera("defocus_px"), (1.5, 3.0, 5.0, 7.5)),
    "blur of one side, px": (_tilted, (3.0, 6.0, 10.0, 15.0)),
    "motion across the hairs, px": (_moved(90.0), (5.0, 10.0, 17.0, 26.0)),
    "motion along the hairs, px": (_moved(0.0), (8.0, 16.0, 28.0, 45.0)),
    "noise, grey levels": (_camera("noise_sd"), (6.0, 12.0, 20.0, 32.0)),
    "JPEG quality": (_camera("jpeg_quality"), (50, 25, 12, 6)),
    "overexposure, factor": (_camera("brightness"), (1.4, 1.8, 2.4, 3.2)),
    "underexposure, factor": (_camera("brightness"), (0.5, 0.25, 0.12, 0.06)),
    "glare, patches per cm2": (_glaring, (40.0, 100.0, 200.0, 400.0)),
    "wetness": (_wet, (1.0, 2.0, 4.0, 7.0)),
    "bubbles per cm2": (_clutter("bubbles_per_cm2"), (10.0, 30.0, 80.0, 160.0)),
    "dandruff, flakes per cm2": (_clutter("flakes_per_cm2"), (20.0, 60.0, 150.0, 300.0)),
    "vignette": (_vignetted, (0.5, 0.8, 1.0, 1.3)),
    "coarse pixels, um/px": (_coarse, (8.0, 11.0, 15.0, 20.0)),
    "hair length, mm": (_long, (1.0, 1.5, 2.5, 4.0)),
    "hairs per cm2": (_dense, (220.0, 300.0, 400.0, 550.0)),
    "wet locks": (_clumped, (0.15, 0.3, 0.45, 0.6)),
    "pale hair": (_pale, (0.3, 0.5, 0.7, 0.85)),
}
"""By name: how a scene is changed, and the steps."""
