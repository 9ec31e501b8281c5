"""The rendered scenes on which the methods are measured: fixed, named, in suites."""

from __future__ import annotations

from hairdensity.synthetic.presets import (
    at_scale,
    bald,
    blurred,
    clipped,
    clipped_apart,
    light_on_dark,
    scaly,
    short,
    toned,
    unclipped,
)
from hairdensity.synthetic.settings import SceneSettings

VISIBLE = {
    "black": ("I", "III", "VI"),
    "brown": ("I", "III"),
    "red": ("I", "III"),
    "blond": ("I", "VI"),
    "grey": ("I", "VI"),
    "white": ("III", "VI"),
}
"""Skin on which a terminal hair of this color differs by 40 grey levels or more; of the others readers miss many."""

APART = "clipped, hairs apart"
CLIPPED = "clipped, 150 per cm2"
SHORT = "short, 1-4 mm, 150 per cm2"
LONG = "long, 150 per cm2"
LONG_THINNING = "long, 50 per cm2"
BALD, SCALY = "bald skin", "bald, scaly skin"

SUITES: dict[str, dict[str, SceneSettings]] = {
    "apart": {APART: clipped_apart()},
    "modes": {CLIPPED: clipped(150.0), SHORT: short(150.0), LONG_THINNING: unclipped(50.0), LONG: unclipped(150.0)},
    "units": {f"clipped, {density} per cm2": clipped(float(density)) for density in (50, 100, 150, 250)},
    "colors": {f"{hair} hair, skin {skin}": toned(hair, skin) for hair, skins in VISIBLE.items() for skin in skins},
    "scales": {f"clipped, {scale:g} um/px": at_scale(scale) for scale in (2.5, 4.0, 5.5, 8.0, 11.0, 14.0)},
    "blur": {f"clipped, blur {sigma:g} px": blurred(sigma) for sigma in (0.7, 1.5, 2.5, 3.5)},
    "light": {"light hair, dark skin, 110 per cm2": light_on_dark()},
    "bald": {BALD: bald(), SCALY: scaly()},
}
VARIED = {"hairs apart": clipped_apart(), "units, 150 per cm2": clipped(150.0)}


def chosen_scenes(suites: list[str]) -> dict[str, SceneSettings]:
    """The scenes of these suites by name; what two suites share is there once."""
    return {name: scene for suite in suites for name, scene in SUITES.get(suite, {}).items()}
