"""Random scenes over the ranges that clinics' pictures show: no two alike, none fitted to a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.synthetic.draws import RGB, as_rgb, even, log_even, sometimes
from hairdensity.synthetic.looks import LUMA, Look, any_look, microscope_look
from hairdensity.synthetic.settings import Population, SceneSettings

__all__ = ["MODES", "contrast", "random_settings"]

MODES = ("clipped", "short", "long", "bald", "microscope")

MICROSCOPE_SHARE = 0.4
"""Share of clipped scenes of the commonest kind: black hair under a 70x microscope with a two-colored lamp."""

LEAST_CONTRAST = 25.0
"""Grey levels between a terminal hair and its skin. Below, readers miss hairs too: the truth would ask for guesses."""

TERMINAL_UM = 55.0

# Encoded values of an opaque shaft: black, dark brown, brown, red, blond, grey, white.
HAIR_TONES = np.array(
    [
        [20.0, 19.0, 22.0],
        [46.0, 36.0, 33.0],
        [84.0, 60.0, 46.0],
        [132.0, 74.0, 46.0],
        [180.0, 148.0, 104.0],
        [150.0, 148.0, 146.0],
        [222.0, 218.0, 210.0],
    ]
)
HAIR_SHARES = np.array([0.34, 0.26, 0.16, 0.05, 0.06, 0.05, 0.08])


class _Growth(NamedTuple):
    """Ranges of a mode: visible length and density, drawn evenly in their logarithm, and the bend of shafts."""

    length_um: tuple[float, float]
    longest_um: float
    density_per_cm2: tuple[float, float]
    bend_deg_per_mm: tuple[float, float]
    spread_deg: tuple[float, float]


_GROWTH = {
    "clipped": _Growth((250.0, 1000.0), 1500.0, (25.0, 350.0), (0.0, 30.0), (3.0, 30.0)),
    "short": _Growth((1000.0, 3000.0), 4000.0, (20.0, 250.0), (2.0, 20.0), (4.0, 30.0)),
    "long": _Growth((3000.0, 9000.0), 15_000.0, (10.0, 120.0), (1.0, 12.0), (4.0, 25.0)),
    "bald": _Growth((250.0, 2000.0), 4000.0, (1.0, 12.0), (0.0, 20.0), (5.0, 40.0)),
}


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
    return replace(settings, population=_visible(settings, rng))


def _any_clinic(rng: np.random.Generator, mode: str, megapixels: float) -> SceneSettings:
    """A scene of any device, skin and hair."""
    wide = rng.random() < 0.2
    um_per_px = log_even(rng, 2.0, 14.0) if wide else log_even(rng, 3.0, 8.0)
    look = any_look(rng, mode=mode, um_per_px=um_per_px)
    return _scene(rng, um_per_px, megapixels, _population(rng, mode), look)


def _population(rng: np.random.Generator, mode: str) -> Population:
    growth = _GROWTH[mode]
    length = log_even(rng, *growth.length_um)
    shortest = max(200.0, 0.3 * length)
    mean = even(rng, 35.0, 100.0)
    density = log_even(rng, *growth.density_per_cm2)
    return Population(
        density_per_cm2=0.0 if mode == "bald" and rng.random() < 0.6 else density,
        unit_shares=_unit_shares(rng),
        diameter_mean_um=mean,
        diameter_sd_um=mean * even(rng, 0.08, 0.35),
        diameter_range_um=(15.0, 130.0),
        vellus_share=sometimes(rng, 0.7, 0.02, 0.5),
        length_mean_um=length,
        length_sd_um=length * even(rng, 0.1, 0.45),
        length_range_um=(shortest, max(min(growth.longest_um, 2.5 * length), 1.2 * shortest)),
        direction_deg=even(rng, 0.0, 360.0),
        unit_spread_deg=log_even(rng, *growth.spread_deg),
        hair_spread_deg=log_even(rng, *growth.spread_deg),
        curvature_deg_per_mm=even(rng, *growth.bend_deg_per_mm),
        color_rgb=_hair_color(rng),
        tone_sd=even(rng, 0.05, 0.3),
        opaque_um=even(rng, 14.0, 34.0),
        highlight=sometimes(rng, 0.5, 0.05, 0.5),
    )


def _microscope(rng: np.random.Generator, megapixels: float) -> SceneSettings:
    """Black to dark brown stubs under a 70x microscope."""
    um_per_px = even(rng, 4.5, 7.0)
    return _scene(rng, um_per_px, megapixels, _stubs(rng), microscope_look(rng))


def _scene(
    rng: np.random.Generator, um_per_px: float, megapixels: float, population: Population, look: Look
) -> SceneSettings:
    """Settings for the size of the picture."""
    ratio = even(rng, 1.0, 4.0 / 3.0)
    side_mm = float(np.sqrt(megapixels * 1e6) * um_per_px / 1000.0)
    field_mm = (side_mm / float(np.sqrt(ratio)), side_mm * float(np.sqrt(ratio)))
    return SceneSettings(field_mm=field_mm, um_per_px=um_per_px, population=population, **look._asdict())


def _stubs(rng: np.random.Generator) -> Population:
    mean, length = even(rng, 70.0, 104.0), even(rng, 300.0, 900.0)
    return Population(
        density_per_cm2=even(rng, 70.0, 220.0),
        unit_shares=_unit_shares(rng),
        diameter_mean_um=mean,
        diameter_sd_um=mean * even(rng, 0.12, 0.28),
        diameter_range_um=(20.0, 125.0),
        vellus_share=sometimes(rng, 0.8, 0.01, 0.15),
        length_mean_um=length,
        length_sd_um=length * even(rng, 0.2, 0.4),
        length_range_um=(200.0, float(np.clip(2.4 * length, 800.0, 1500.0))),
        direction_deg=even(rng, 0.0, 360.0),
        unit_spread_deg=even(rng, 4.0, 15.0),
        hair_spread_deg=even(rng, 4.0, 14.0),
        curvature_deg_per_mm=even(rng, 1.0, 10.0),
        color_rgb=_between(HAIR_TONES[:2], rng.random() ** 2),
        tone_sd=even(rng, 0.05, 0.25),
        opaque_um=even(rng, 16.0, 28.0),
        highlight=sometimes(rng, 0.6, 0.05, 0.35),
    )


def _unit_shares(rng: np.random.Generator) -> tuple[float, ...]:
    """Shares of units with 1 to 4 hairs, about the published 57/30/10/3 %."""
    shares = rng.dirichlet([5.0, 3.0, 1.2, 0.5])
    return tuple(float(share) for share in shares / shares.sum())


def _hair_color(rng: np.random.Generator) -> RGB:
    """One of the hair tones, drawn towards a neighbor."""
    tone = int(rng.choice(len(HAIR_TONES), p=HAIR_SHARES))
    factor = even(rng, 0.8, 1.15)
    color = HAIR_TONES[tone] * factor + rng.normal(0.0, 4.0, 3)
    return as_rgb(np.clip(color, 8.0, 235.0))


def _visible(settings: SceneSettings, rng: np.random.Generator) -> Population:
    """The population, with another hair color when a terminal hair would not stand out from its skin."""
    population = settings.population
    for _ in range(50):
        if contrast(population, settings) >= LEAST_CONTRAST:
            return population
        population = replace(population, color_rgb=_hair_color(rng))
    light = settings.skin.color_rgb[1] < 110.0
    return replace(population, color_rgb=as_rgb(HAIR_TONES[-1 if light else 0]), opaque_um=16.0)


def contrast(population: Population, settings: SceneSettings) -> float:
    """Grey levels of luminance between a terminal hair and the skin, as the picture shows them."""
    opacity = 1.0 - np.exp(-TERMINAL_UM / population.opaque_um)
    difference = LUMA @ (np.array(population.color_rgb) - np.array(settings.skin.color_rgb))
    camera = settings.camera
    return float(abs(difference) * opacity * camera.brightness * camera.contrast)


def _between(tones: NDArray[np.float64], place: float) -> RGB:
    """A tone between the first (0) and the second (1)."""
    return as_rgb(tones[0] + place * (tones[1] - tones[0]))
