"""Random scenes over the ranges that clinics' pictures show: no two alike, none fitted to a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hairdensity.errors import InputError
from hairdensity.synthetic.draws import even, log_even
from hairdensity.synthetic.heads import BLACK, WHITE, any_population, hair_color, microscope_population
from hairdensity.synthetic.looks import LUMA, Look, any_look, microscope_look
from hairdensity.synthetic.settings import Curtain, Population, SceneSettings

__all__ = ["LEAST_CONTRAST", "MODES", "contrast", "random_settings"]

MODES = ("clipped", "short", "long", "bald", "microscope")

MICROSCOPE_SHARE = 0.4
"""Share of clipped scenes of the commonest kind: black hair under a 70x microscope with a two-colored lamp."""

LEAST_CONTRAST = 25.0
"""Grey levels between a terminal hair and its skin. Below, readers miss hairs too: the truth would ask for guesses."""

CURTAIN_SHARE = 0.08
"""Of scenes are partly or wholly under unparted hair: a network must say that it cannot read them."""

TERMINAL_UM = 55.0
DARK_SKIN = 110.0
"""Green level below which white hair stands out better than black."""


def random_settings(rng: np.random.Generator, *, mode: str, megapixels: float = 1.0) -> SceneSettings:
    """Draw a scene.

    Parameters
    ----------
    rng : Generator
    mode : {"clipped", "short", "long", "bald", "microscope"}
        Hairs of 0.2-1.5 mm, of 1-4 mm, of 3-15 mm, or next to none on scaly, dotted and spotty skin; "microscope" is
        the commonest kind of clipped scenes alone.
    megapixels : float, optional
        Size of the picture; its sides vary from 1:1 to 4:3.

    Returns
    -------
    SceneSettings

    Raises
    ------
    InputError
        If the mode is not known.
    """
    if mode not in MODES:
        raise InputError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
    if mode == "microscope" or (mode == "clipped" and rng.random() < MICROSCOPE_SHARE):
        settings = _microscope(rng, megapixels)
    else:
        settings = _any_clinic(rng, mode, megapixels)
    return replace(settings, population=_visible(settings, rng), curtain=_curtain(rng))


def contrast(population: Population, settings: SceneSettings) -> float:
    """Grey levels of luminance between a terminal hair and the skin, as the picture shows them."""
    opacity = 1.0 - np.exp(-TERMINAL_UM / population.opaque_um)
    difference = LUMA @ (np.array(population.color_rgb) - np.array(settings.skin.color_rgb))
    camera = settings.camera
    return float(abs(difference) * opacity * camera.brightness * camera.contrast)


def _any_clinic(rng: np.random.Generator, mode: str, megapixels: float) -> SceneSettings:
    """A scene of any device, skin and hair."""
    is_unusual = rng.random() < 0.2
    um_per_px = log_even(rng, 2.0, 14.0) if is_unusual else log_even(rng, 3.0, 8.0)
    look = any_look(rng, mode=mode, um_per_px=um_per_px)
    return _scene(rng, um_per_px, megapixels, any_population(rng, mode=mode), look)


def _microscope(rng: np.random.Generator, megapixels: float) -> SceneSettings:
    """Black to dark brown stubs under a 70x microscope."""
    um_per_px = even(rng, 4.5, 7.0)
    return _scene(rng, um_per_px, megapixels, microscope_population(rng), microscope_look(rng))


def _scene(
    rng: np.random.Generator, um_per_px: float, megapixels: float, population: Population, look: Look
) -> SceneSettings:
    """Settings for the size of the picture."""
    ratio = even(rng, 1.0, 4.0 / 3.0)
    side_mm = float(np.sqrt(megapixels * 1e6) * um_per_px / 1000.0)
    field_mm = (side_mm / float(np.sqrt(ratio)), side_mm * float(np.sqrt(ratio)))
    return SceneSettings(field_mm=field_mm, um_per_px=um_per_px, population=population, **look._asdict())


def _curtain(rng: np.random.Generator) -> Curtain:
    """Mostly none; else over a part of the frame, or over all of it."""
    if rng.random() >= CURTAIN_SHARE:
        return Curtain()
    return Curtain(
        cover=1.0 if rng.random() < 0.5 else even(rng, 0.2, 0.9),
        direction_deg=even(rng, 0.0, 360.0),
        spread_deg=even(rng, 2.0, 25.0),
        width_um=log_even(rng, 25.0, 120.0),
        shine=even(rng, 0.0, 1.0),
    )


def _visible(settings: SceneSettings, rng: np.random.Generator) -> Population:
    """The population, with another hair color when a terminal hair would not stand out from its skin."""
    population = settings.population
    for _ in range(50):
        if contrast(population, settings) >= LEAST_CONTRAST:
            return population
        population = replace(population, color_rgb=hair_color(rng))
    color = WHITE if settings.skin.color_rgb[1] < DARK_SKIN else BLACK
    return replace(population, color_rgb=color, opaque_um=16.0)
