"""Rendered scenes in which openings without a hair are looked for, among all that resembles them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from hairdensity.synthetic.draws import log_even, sometimes
from hairdensity.synthetic.presets import HAIR_RGB, SKIN_RGB, toned
from hairdensity.synthetic.settings import Clutter, Curtain, SceneSettings
from hairdensity.synthetic.variety import random_settings

__all__ = ["KINDS", "ostium_settings", "plain_ostium_settings"]

KINDS = ("empty ostium", "yellow dot", "black dot")

MODES = {"clipped": 0.55, "short": 0.15, "bald": 0.1, "toned": 0.2}

DENSITY_PER_CM2 = (50.0, 250.0)
OSTIA_PER_CM2 = (5.0, 40.0)

DISTRACTORS = {
    "red_dots_per_cm2": (0.15, 5.0, 80.0),
    "white_dots_per_cm2": (0.1, 5.0, 60.0),
    "blood_per_cm2": (0.1, 2.0, 30.0),
    "fragments_per_cm2": (0.3, 2.0, 40.0),
    "dust_per_cm2": (0.1, 5.0, 60.0),
    "flakes_per_cm2": (0.1, 2.0, 40.0),
}
"""Share of the scenes, and range, of what is added to the clutter that a scene has anyway."""


def ostium_settings(rng: np.random.Generator, *, megapixels: float = 0.7, crowding: float = 1.0) -> SceneSettings:
    """Draw a scene of any device, skin and hair with openings, dots and what resembles them.

    Parameters
    ----------
    rng : Generator
    megapixels : float, optional
    crowding : float, optional
        Factor on the number of openings and dots: more to learn from in a picture.
    """
    mode = str(rng.choice(list(MODES), p=list(MODES.values())))
    if mode == "toned":
        hair, skin = rng.choice(list(HAIR_RGB)), rng.choice(list(SKIN_RGB))
        scene = toned(str(hair), str(skin), density_per_cm2=log_even(rng, *DENSITY_PER_CM2))
    else:
        scene = random_settings(rng, mode=mode, megapixels=megapixels)
    if scene.population.density_per_cm2:
        population = replace(scene.population, density_per_cm2=log_even(rng, *DENSITY_PER_CM2))
        scene = replace(scene, population=population)
    return replace(scene, curtain=Curtain(), clutter=_clutter(scene.clutter, crowding, rng))


def _clutter(clutter: Clutter, crowding: float, rng: np.random.Generator) -> Clutter:
    """Openings in most scenes, half of them all alike, and more of what resembles them in some."""
    extra = {name: getattr(clutter, name) + sometimes(rng, *span) for name, span in DISTRACTORS.items()}
    is_uniform = rng.random() < 0.5
    return replace(
        clutter,
        **extra,
        empty_ostia_per_cm2=crowding * log_even(rng, *OSTIA_PER_CM2) if rng.random() < 0.75 else 0.0,
        ostia_um=(130.0, 130.0) if is_uniform else (80.0, 150.0),
        ostia_opacity=(0.7, 0.7) if is_uniform else (0.5, 1.0),
        yellow_dots_per_cm2=crowding * log_even(rng, 5.0, 60.0) if rng.random() < 0.4 else 0.0,
        black_dots_per_cm2=crowding * log_even(rng, 3.0, 40.0) if rng.random() < 0.4 else 0.0,
    )


def plain_ostium_settings() -> Iterator[tuple[str, SceneSettings]]:
    """Fixed scenes by name: clipped scalp of several complexions and densities, with empty openings alone."""
    pairs = (("black", "I"), ("black", "III"), ("brown", "III"), ("grey", "VI"), ("white", "VI"), ("blond", "I"))
    for (hair, skin), density in zip(pairs, (50.0, 100.0, 150.0, 250.0, 100.0, 150.0), strict=True):
        scene = toned(hair, skin, density_per_cm2=density)
        clutter: dict[str, Any] = {"empty_ostia_per_cm2": 20.0, "fragments_per_cm2": 8.0, "scale_specks": 1.0}
        yield (
            f"{hair} hair, skin {skin}, {density:g} per cm2",
            replace(scene, clutter=replace(scene.clutter, **clutter)),
        )
