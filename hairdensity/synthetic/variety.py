"""Random scenes over the ranges that clinics' pictures show: no two alike, none fitted to a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.synthetic.settings import RGB, Camera, Clutter, Population, SceneSettings, Skin

__all__ = ["MODES", "contrast", "random_settings"]

MODES = ("clipped", "short", "long", "bald")

MICROSCOPE_SHARE = 0.4
"""Share of clipped scenes of the commonest kind: black hair under a 70x microscope with a two-colored lamp."""

LEAST_CONTRAST = 25.0
"""Grey levels between a terminal hair and its skin. Below, readers miss hairs too: the truth would ask for guesses."""

TERMINAL_UM = 55.0

LUMA = np.array([0.299, 0.587, 0.114])

# Encoded values of skin under white light, Fitzpatrick I to VI.
SKIN_TONES = np.array(
    [
        [230.0, 196.0, 184.0],
        [216.0, 178.0, 164.0],
        [198.0, 158.0, 136.0],
        [168.0, 126.0, 100.0],
        [122.0, 88.0, 68.0],
        [82.0, 58.0, 48.0],
    ]
)

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
    mode : {"clipped", "short", "long", "bald"}
        Hairs of 0.2-1.5 mm, of 1-4 mm, of 3-15 mm, or next to none on scaly, dotted and spotty skin.
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
    if mode == "clipped" and rng.random() < MICROSCOPE_SHARE:
        settings = _microscope(rng, megapixels)
    else:
        settings = _any_clinic(rng, mode, megapixels)
    return replace(settings, population=_visible(settings, rng))


def _any_clinic(rng: np.random.Generator, mode: str, megapixels: float) -> SceneSettings:
    """A scene of any device, skin and hair."""
    wide = rng.random() < 0.2
    um_per_px = _log(rng, 2.0, 14.0) if wide else _log(rng, 3.0, 8.0)
    return SceneSettings(
        field_mm=_field_mm(rng, um_per_px, megapixels),
        um_per_px=um_per_px,
        population=_population(rng, mode),
        clutter=_clutter(rng, mode),
        skin=_skin(rng),
        camera=_camera(rng, um_per_px),
    )


def _population(rng: np.random.Generator, mode: str) -> Population:
    growth = _GROWTH[mode]
    length = _log(rng, *growth.length_um)
    shortest = max(200.0, 0.3 * length)
    mean = _even(rng, 35.0, 100.0)
    density = _log(rng, *growth.density_per_cm2)
    return Population(
        density_per_cm2=0.0 if mode == "bald" and rng.random() < 0.6 else density,
        unit_shares=_unit_shares(rng),
        diameter_mean_um=mean,
        diameter_sd_um=mean * _even(rng, 0.08, 0.35),
        diameter_range_um=(15.0, 130.0),
        vellus_share=_maybe(rng, 0.7, 0.02, 0.5),
        length_mean_um=length,
        length_sd_um=length * _even(rng, 0.1, 0.45),
        length_range_um=(shortest, max(min(growth.longest_um, 2.5 * length), 1.2 * shortest)),
        direction_deg=_even(rng, 0.0, 360.0),
        unit_spread_deg=_log(rng, *growth.spread_deg),
        hair_spread_deg=_log(rng, *growth.spread_deg),
        curvature_deg_per_mm=_even(rng, *growth.bend_deg_per_mm),
        color_rgb=_hair_color(rng),
        tone_sd=_even(rng, 0.05, 0.3),
        opaque_um=_even(rng, 14.0, 34.0),
        highlight=_maybe(rng, 0.5, 0.05, 0.5),
    )


def _clutter(rng: np.random.Generator, mode: str) -> Clutter:
    """Bald scenes are there for their clutter: it is rarely missing."""
    often = 0.8 if mode == "bald" else 0.5
    is_cut = mode == "clipped"
    return Clutter(
        buried_root=_maybe(rng, 0.7 if is_cut else 0.5, 0.1, 0.9 if is_cut else 0.6),
        scale_specks=_maybe(rng, often, 0.2, 1.8),
        fragments_per_cm2=_maybe(rng, 0.6 if is_cut else 0.25, 2.0, 40.0),
        empty_ostia_per_cm2=_maybe(rng, often, 2.0, 50.0),
        vessels_per_cm2=_maybe(rng, often, 3.0, 50.0),
        glare_per_cm2=_maybe(rng, often, 20.0, 300.0),
        ragged_um=_even(rng, 0.0, 12.0) if is_cut else 0.0,
    )


def _skin(rng: np.random.Generator) -> Skin:
    return Skin(
        color_rgb=_skin_color(rng),
        mottling=_maybe(rng, 0.85, 0.2, 1.8),
        redness=_maybe(rng, 0.7, 0.2, 2.5),
        furrows=_maybe(rng, 0.7, 0.2, 1.8),
        glints=_maybe(rng, 0.6, 0.1, 1.8),
    )


def _camera(rng: np.random.Generator, um_per_px: float) -> Camera:
    """Blur of the optics in um and of the pixels together."""
    psf_um = _even(rng, 2.0, 11.0)
    return Camera(
        psf_sigma_px=float(np.clip(np.hypot(psf_um / um_per_px, 0.55), 0.6, 3.0)),
        corner_blur_px=_maybe(rng, 0.6, 0.3, 3.5),
        encoding_gamma=1.0 if rng.random() < 0.7 else _even(rng, 1.0, 2.2),
        illumination=_maybe(rng, 0.7, 0.1, 1.6),
        brightness=_even(rng, 0.75, 1.12),
        noise_sd=_even(rng, 0.3, 4.0),
        jpeg_quality=None if rng.random() < 0.15 else int(rng.integers(70, 99)),
        graphics=bool(rng.random() < 0.1),
    )


def _microscope(rng: np.random.Generator, megapixels: float) -> SceneSettings:
    """Black to dark brown stubs, buried roots, a violet and yellow lamp."""
    um_per_px = _even(rng, 4.5, 7.0)
    skin = _even(rng, 128.0, 168.0)
    return SceneSettings(
        field_mm=_field_mm(rng, um_per_px, megapixels),
        um_per_px=um_per_px,
        population=_stubs(rng),
        clutter=Clutter(
            buried_root=_even(rng, 0.4, 0.95),
            scale_specks=_even(rng, 0.3, 1.6),
            fragments_per_cm2=_log(rng, 2.0, 25.0),
            empty_ostia_per_cm2=_maybe(rng, 0.5, 2.0, 12.0),
            vessels_per_cm2=_maybe(rng, 0.8, 4.0, 30.0),
            glare_per_cm2=_log(rng, 40.0, 300.0),
            ragged_um=_even(rng, 2.0, 12.0),
        ),
        skin=Skin(
            color_rgb=(skin + _even(rng, -2.0, 14.0), skin + _even(rng, -6.0, 4.0), skin + _even(rng, -20.0, 8.0)),
            mottling=_even(rng, 0.6, 1.6),
            redness=_even(rng, 0.4, 2.2),
            furrows=_even(rng, 0.5, 1.6),
            glints=_even(rng, 0.3, 2.0),
        ),
        camera=Camera(
            psf_sigma_px=_even(rng, 1.0, 2.0),
            corner_blur_px=_even(rng, 0.5, 3.0),
            illumination=_even(rng, 0.6, 1.6),
            brightness=_even(rng, 0.85, 1.1),
            noise_sd=_even(rng, 0.8, 2.5),
            jpeg_quality=int(rng.integers(84, 97)),
            graphics=bool(rng.random() < 0.3),
        ),
    )


def _stubs(rng: np.random.Generator) -> Population:
    mean, length = _even(rng, 62.0, 100.0), _even(rng, 300.0, 750.0)
    return Population(
        density_per_cm2=_even(rng, 70.0, 220.0),
        unit_shares=_unit_shares(rng),
        diameter_mean_um=mean,
        diameter_sd_um=mean * _even(rng, 0.12, 0.28),
        diameter_range_um=(20.0, 125.0),
        vellus_share=_maybe(rng, 0.8, 0.02, 0.25),
        length_mean_um=length,
        length_sd_um=length * _even(rng, 0.2, 0.4),
        length_range_um=(200.0, max(2.2 * length, 800.0)),
        direction_deg=_even(rng, 0.0, 360.0),
        unit_spread_deg=_even(rng, 4.0, 15.0),
        hair_spread_deg=_even(rng, 4.0, 14.0),
        curvature_deg_per_mm=_even(rng, 2.0, 20.0),
        color_rgb=_between(HAIR_TONES[:2], rng.random() ** 2),
        tone_sd=_even(rng, 0.05, 0.25),
        opaque_um=_even(rng, 16.0, 28.0),
        highlight=_maybe(rng, 0.6, 0.05, 0.35),
    )


def _unit_shares(rng: np.random.Generator) -> tuple[float, ...]:
    """Shares of units with 1 to 4 hairs, about the published 57/30/10/3 %."""
    shares = rng.dirichlet([5.0, 3.0, 1.2, 0.5])
    return tuple(float(share) for share in shares / shares.sum())


def _hair_color(rng: np.random.Generator) -> RGB:
    """One of the hair tones, drawn towards a neighbor."""
    tone = int(rng.choice(len(HAIR_TONES), p=HAIR_SHARES))
    factor = _even(rng, 0.8, 1.15)
    color = HAIR_TONES[tone] * factor + rng.normal(0.0, 4.0, 3)
    return _rgb(np.clip(color, 8.0, 235.0))


def _skin_color(rng: np.random.Generator) -> RGB:
    """A tone from I to VI under a lamp that is not quite white."""
    place = _even(rng, 0.0, len(SKIN_TONES) - 1.0)
    color = np.array([np.interp(place, np.arange(len(SKIN_TONES)), SKIN_TONES[:, channel]) for channel in range(3)])
    # Many devices show skin almost grey.
    gray = _maybe(rng, 0.5, 0.2, 0.9)
    color += gray * (color @ LUMA - color)
    cast = 1.0 + rng.normal(0.0, 0.05, 3)
    return _rgb(np.clip(color * cast * _even(rng, 0.8, 1.08), 35.0, 240.0))


def _visible(settings: SceneSettings, rng: np.random.Generator) -> Population:
    """The population, with another hair color when a terminal hair would not stand out from its skin."""
    population = settings.population
    for _ in range(50):
        if contrast(population, settings) >= LEAST_CONTRAST:
            return population
        population = replace(population, color_rgb=_hair_color(rng))
    light = settings.skin.color_rgb[1] < 110.0
    return replace(population, color_rgb=_rgb(HAIR_TONES[-1 if light else 0]), opaque_um=16.0)


def contrast(population: Population, settings: SceneSettings) -> float:
    """Grey levels of luminance between a terminal hair and the skin, as the picture shows them."""
    opacity = 1.0 - np.exp(-TERMINAL_UM / population.opaque_um)
    difference = LUMA @ (np.array(population.color_rgb) - np.array(settings.skin.color_rgb))
    return float(abs(difference) * opacity * settings.camera.brightness)


def _field_mm(rng: np.random.Generator, um_per_px: float, megapixels: float) -> tuple[float, float]:
    """Height and width for the size of the picture."""
    ratio = _even(rng, 1.0, 4.0 / 3.0)
    side_mm = np.sqrt(megapixels * 1e6) * um_per_px / 1000.0
    return float(side_mm / np.sqrt(ratio)), float(side_mm * np.sqrt(ratio))


def _even(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn evenly in its logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _maybe(rng: np.random.Generator, share: float, low: float, high: float) -> float:
    """A number from the range in a share of cases, else 0."""
    value = _even(rng, low, high)
    return value if rng.random() < share else 0.0


def _between(tones: NDArray[np.float64], place: float) -> RGB:
    """A tone between the first (0) and the second (1)."""
    return _rgb(tones[0] + place * (tones[1] - tones[0]))


def _rgb(color: NDArray[np.float64]) -> RGB:
    red, green, blue = (float(value) for value in color)
    return red, green, blue
