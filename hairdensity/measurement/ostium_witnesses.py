"""What each spot on the skin shows that speaks for an opening or against one."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.spots import Spots

__all__ = ["WITNESSES", "Surface", "hear_spots"]

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
Array = NDArray[np.float64]

WITNESSES = (
    "tone",
    "tone_squared",
    "as_ostium",
    "as_yellow_dot",
    "as_black_dot",
    "red_share",
    "red_share_squared",
    "yellow_share",
    "yellow_share_squared",
    "strength",
    "size",
    "size_squared",
    "closed",
    "even",
    "round",
    "sharp",
    "skin",
    "rank",
    "shaft",
    "behind",
    "dark_as_hair",
)
"""In order:

- logarithm of the mean contrast in green and blue, and its square
- contrast through the matched filter of each kind, over the deviation of the spots' own; logarithmic
- contrast in red, and in blue less green, over the mean of green and blue, and the squares
- logarithm of the response over the skin's own
- logarithm of the diameter, and its square
- contrast to the side where it is least, over the mean one
- unevenness inside, over the contrast
- contrast along its rim that turns twice about it, as long things show, over the contrast
- share of the contrast that falls within the rim
- share of its surroundings that is skin
- logarithm of how many spots per cm2 are as strong or stronger
- nearness of a shaft
- whether it lies behind a root, where the follicle shines through the skin
- logarithm of its darkness over that of the picture's hairs
"""

RADII = np.array([0.0, 0.35, 0.7, 1.0, 1.4, 1.8, 2.3])
"""Of the sampled circles, in radii of the spot."""

INSIDE, RIM, AROUND = slice(0, 3), slice(3, 4), slice(4, 7)
N_ANGLES = 12
TYPICAL_UM = 150.0
SHAFT_UM = 60.0
TYPICAL_TONE = 0.2
FAINTEST = 0.01
"""Optical density by which contrasts are divided at least."""

CLEAREST = 30.0
"""Deviations of the skin: on smooth skin everything is clearer than that, and says no more."""

DARK_HAIR = 1.0
"""Optical density of a hair where the picture has none to compare with."""


class Surface(NamedTuple):
    """The skin on which spots lie, on a map of h x w px.

    ``density`` (h, w, 3); ``is_skin`` (h, w); ``filters`` (kinds, 3), by which the spots were found; ``shaft_um``,
    (h, w), the distance to the nearest shaft; ``behind``, (h, w), 1 behind roots; ``hair_density``, the optical
    density of a usual hair.
    """

    density: Map
    is_skin: Mask
    filters: Map
    shaft_um: Map
    behind: Map
    um_per_px: float
    hair_density: float


def hear_spots(spots: Spots, surface: Surface) -> Array:
    """(S, W) what the ``WITNESSES`` say of each spot.

    Parameters
    ----------
    spots : Spots
        S spots, the strongest first.
    surface : Surface
    """
    if not len(spots):
        return np.zeros((0, len(WITNESSES)))
    values, seen = _sampled(spots, surface)
    inside, around = _mean(values[:, INSIDE], seen[:, INSIDE]), _mean(values[:, AROUND], seen[:, AROUND])
    contrast = inside - around  # (S, 3): positive is darker
    tone = np.maximum(contrast[:, 1:].mean(axis=1), FAINTEST)
    size = np.log(spots.diameter_px * surface.um_per_px / TYPICAL_UM)
    both, of_both = values[..., 1:].mean(axis=3), (inside[:, 1:].mean(axis=1), around[:, 1:].mean(axis=1))
    columns = {
        **_color_columns(contrast, tone, surface),
        **_shape_columns(both, seen, of_both, tone),
        "strength": np.log(np.minimum(spots.strength, CLEAREST)),
        "size": size,
        "size_squared": size**2,
        "rank": np.log(1 + np.arange(len(spots)) * 1e8 / _area_um2(surface)),
        "shaft": np.exp(-_at(surface.shaft_um, spots.places_px) / SHAFT_UM),
        "behind": _at(surface.behind, spots.places_px),
    }
    return np.stack([columns[name] for name in WITNESSES], axis=1)


def _color_columns(contrast: Array, tone: Array, surface: Surface) -> dict[str, Array]:
    """What (S, 3) contrasts, whose means of green and blue are ``tone`` (S,), say."""
    log_tone = np.clip(np.log(tone / TYPICAL_TONE), -3.0, 2.0)
    matched = _signed_log(contrast @ surface.filters.T)
    least = np.maximum(tone, 3 * FAINTEST)
    red_share = np.clip(contrast[:, 0] / least, -1.0, 2.0)
    yellow_share = np.clip((contrast[:, 2] - contrast[:, 1]) / least, -1.0, 2.0)
    return {
        "tone": log_tone,
        "tone_squared": log_tone**2,
        "as_ostium": matched[:, 0],
        "as_yellow_dot": matched[:, 1],
        "as_black_dot": matched[:, 2],
        "red_share": red_share,
        "red_share_squared": red_share**2,
        "yellow_share": yellow_share,
        "yellow_share_squared": yellow_share**2,
        "dark_as_hair": np.clip(np.log(np.maximum(tone, 2 * FAINTEST) / surface.hair_density), -4.0, 1.0),
    }


def _shape_columns(values: Array, seen: Array, means: tuple[Array, Array], tone: Array) -> dict[str, Array]:
    """What the (S, radii, angles) density about each spot says, whose means inside and around are ``means``."""
    inside, around = means
    return {
        "closed": np.clip(_least_side(values, seen, inside) / tone, -1.0, 1.5),
        "even": np.minimum(_deviation(values[:, INSIDE], seen[:, INSIDE]) / tone, 2.0),
        "round": np.minimum(_second_harmonic(values, seen, around) / tone, 2.0),
        "sharp": np.clip((_mean(values[:, RIM], seen[:, RIM]) - around) / tone, -1.0, 2.0),
        "skin": seen.mean(axis=(1, 2)),
    }


def _sampled(spots: Spots, surface: Surface) -> tuple[Array, Array]:
    """(S, radii, angles, 3) density and (S, radii, angles) weight on circles about each spot."""
    angle = np.arange(N_ANGLES) * 2 * np.pi / N_ANGLES
    circle = RADII[:, None, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)[None]
    places = spots.places_px[:, None, None] + 0.5 * spots.diameter_px[:, None, None, None] * circle
    rows, cols = (np.ascontiguousarray(places[..., k].reshape(-1, N_ANGLES), np.float32) for k in range(2))
    shape = places.shape[:3]
    values = _remapped(surface.density, cols, rows, cv2.INTER_LINEAR).reshape(*shape, 3)
    weight = _remapped(surface.is_skin.astype(np.float32), cols, rows, cv2.INTER_NEAREST).reshape(shape)
    return values.astype(np.float64), weight.astype(np.float64)


def _remapped(picture: Map, cols: Map, rows: Map, method: int) -> Map:
    """Values at many places: OpenCV takes at most 32,767 rows at once."""
    block = 30_000
    parts = [
        cv2.remap(picture, cols[k : k + block], rows[k : k + block], method, borderMode=cv2.BORDER_CONSTANT)
        for k in range(0, len(rows), block)
    ]
    return np.concatenate(parts)


def _mean(values: Array, weight: Array) -> Array:
    """Mean over radii and angles of what is skin; over everything where nothing is."""
    safe = np.where(weight.sum(axis=(1, 2))[:, None, None] > 0, weight, 1.0)
    total = safe.sum(axis=(1, 2))
    if values.ndim == 4:
        return np.asarray(np.einsum("srac,sra->sc", values, safe) / total[:, None])
    return np.asarray((values * safe).sum(axis=(1, 2)) / total)


def _deviation(values: Array, weight: Array) -> Array:
    mean = _mean(values, weight)
    return np.sqrt(_mean((values - mean[:, None, None]) ** 2, weight))


def _least_side(values: Array, weight: Array, inside: Array) -> Array:
    """(S,) least contrast to a quarter of the surroundings."""
    around, seen = values[:, AROUND], weight[:, AROUND]
    quarter = N_ANGLES // 4
    sums = [
        (
            (np.roll(around * seen, -k, axis=2)[:, :, :quarter]).sum(axis=(1, 2)),
            (np.roll(seen, -k, axis=2)[:, :, :quarter]).sum(axis=(1, 2)),
        )
        for k in range(N_ANGLES)
    ]
    sides = np.stack([np.where(n > 0, total / np.maximum(n, 1), -np.inf) for total, n in sums], axis=1)
    highest = sides.max(axis=1)
    return np.asarray(np.where(np.isfinite(highest), inside - highest, 0.0))


def _second_harmonic(values: Array, weight: Array, around: Array) -> Array:
    """(S,) amplitude of the part of the density that turns twice on the circles about the rim."""
    circles = np.where(weight[:, 2:6] > 0, values[:, 2:6], around[:, None, None]).mean(axis=1)
    turn = np.exp(2j * np.arange(N_ANGLES) * 2 * np.pi / N_ANGLES)
    return np.asarray(2 * np.abs(circles @ turn) / N_ANGLES)


def _signed_log(z: Array) -> Array:
    return np.asarray(np.sign(z) * np.log1p(np.minimum(np.abs(z), CLEAREST)))


def _area_um2(surface: Surface) -> float:
    return max(float(np.count_nonzero(surface.is_skin)) * surface.um_per_px**2, 1e6)


def _at(picture: Map, places_px: Array) -> Array:
    rows, cols = (np.clip(np.rint(places_px[:, k]).astype(int), 0, picture.shape[k] - 1) for k in range(2))
    return np.asarray(picture[rows, cols], dtype=np.float64)
