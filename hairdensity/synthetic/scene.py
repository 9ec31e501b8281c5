"""The geometry of a scene: hairs, loose fragments, openings and vessels, in um from the frame's top left corner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.chance import Effect, between, chosen, effect_rng
from hairdensity.synthetic.curves import STEP_UM, Shafts, curved_path
from hairdensity.synthetic.growth import draw_diameters, draw_waves, grow_apart, grow_in_units
from hairdensity.synthetic.motion import Motion
from hairdensity.synthetic.population import Fragments, Population
from hairdensity.synthetic.settings import SceneSettings

__all__ = ["Scene", "Seen", "Shafts", "grown_um", "make_scene"]

Array = NDArray[np.float64]

CLOSED_UM = 1.0
"""Openings are named by their place, to within this."""

BEYOND_UM = 300.0
"""A scene is grown further than the longest hair beyond its frame by this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Where the skin of a later visit was seen first.

    Parameters
    ----------
    first : Scene
        The first visit: its seed says how the skin looks.
    motion : Motion
        Takes um of the first frame to um of this one.
    closed_um : (C, 2) float64 ndarray, optional
        Places on the first frame where an opening without a hair is no more.
    next_id : (int, int, int), optional
        First names that no hair, no unit and no opening has had at any visit so far.
    """

    first: Scene
    motion: Motion
    closed_um: Array = field(default_factory=lambda: np.zeros((0, 2)))
    next_id: tuple[int, int, int] = (0, 0, 0)

    def is_closed(self, place_um: Array) -> bool:
        """Whether a place on the first frame is one of ``closed_um``."""
        return bool((np.abs(self.closed_um - place_um) < CLOSED_UM).all(axis=1).any())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """A piece of scalp, larger than the frame by what can reach into it.

    Parameters
    ----------
    settings : SceneSettings
    seed : int
        Also seeds the appearance: the same scene renders to the same picture.
    hairs, fragments, vessels : Shafts
    ostia_um : (E, 2) float64 ndarray
        Follicular openings without a hair.
    ostium_id : (E,) int64 ndarray or None
        Name of an opening over visits; None: its number.
    flush : Shafts or None
        Hairs that are cut level with the skin: nothing of them shows until they grow.
    around_um : float
        How much further than a picture needs the skin is grown, for visits that show more of it.
    seen : Seen or None
        The same skin at the first visit; None: this is the first.
    """

    settings: SceneSettings
    seed: int
    hairs: Shafts
    fragments: Shafts
    vessels: Shafts
    ostia_um: Array
    ostium_id: NDArray[np.int64] | None = None
    flush: Shafts | None = None
    around_um: float = 0.0
    seen: Seen | None = None

    @property
    def openings_id(self) -> NDArray[np.int64]:
        """(E,) names of the openings without a hair."""
        return np.arange(len(self.ostia_um)) if self.ostium_id is None else self.ostium_id


def grown_um(settings: SceneSettings) -> float:
    """How far beyond the frame hairs must grow: the longest reaches into it."""
    return settings.population.length_range_um[1] + BEYOND_UM


def make_scene(settings: SceneSettings, seed: int, *, around_um: float = 0.0) -> Scene:
    """Grow a scene; the same settings and seed always give the same one.

    Parameters
    ----------
    settings : SceneSettings
    seed : int
    around_um : float, optional
        Grow the skin so much further beyond the frame; another value gives another scene.

    Returns
    -------
    Scene
    """
    rng = np.random.default_rng([seed, 1])
    margin = grown_um(settings) + around_um
    extent = tuple(side + 2 * margin for side in settings.frame_um)
    area_cm2 = extent[0] * extent[1] / 1e8
    hairs = _grown(settings.population, extent, seed, rng)
    clutter = settings.clutter
    fragments = _scatter_fragments(round(clutter.fragments_per_cm2 * area_cm2), extent, settings.population, rng)
    fragments = _as_cut(fragments, hairs, settings.population.fragments, effect_rng(seed, Effect.PIECES))
    vessels = _scatter_vessels(round(clutter.vessels_per_cm2 * area_cm2), extent, rng)
    ostia = rng.uniform(0, 1, (round(clutter.empty_ostia_per_cm2 * area_cm2), 2)) * extent
    return Scene(
        settings=settings,
        seed=seed,
        hairs=_shifted(hairs, -margin),
        fragments=_shifted(fragments, -margin),
        vessels=_shifted(vessels, -margin),
        ostia_um=ostia - margin,
        around_um=around_um,
    )


def _shifted(shafts: Shafts, by_um: float) -> Shafts:
    return replace(shafts, points_um=shafts.points_um + by_um)


def _grown(population: Population, extent: tuple[float, ...], seed: int, rng: np.random.Generator) -> Shafts:
    if population.apart_um is not None:
        return grow_apart(population, extent, rng)
    return grow_in_units(population, extent, seed, rng)


def _scatter_fragments(n: int, extent: tuple[float, ...], population: Population, rng: np.random.Generator) -> Shafts:
    """Cut pieces in any direction, shorter than the hairs."""
    centers = rng.uniform(0, 1, (n, 2)) * extent
    lengths = rng.uniform(*population.fragments.length_um, n)
    angles = rng.uniform(0, 2 * np.pi, n)
    pieces = zip(centers, angles, lengths, np.zeros(n), draw_waves(n, rng), strict=True)
    return Shafts.from_paths([curved_path(*piece) for piece in pieces], draw_diameters(population, n, rng))


def _as_cut(pieces: Shafts, hairs: Shafts, fragments: Fragments, rng: np.random.Generator) -> Shafts:
    """Cut pieces of their own widths, some along the hairs, some in heaps."""
    n = len(pieces)
    width = np.clip(pieces.diameter_um * between(fragments.width, n, rng), 12, None)
    along, heaped = chosen(fragments.along_share, n, rng), chosen(fragments.heap_share, n, rng)
    swing, places = 0.2 * rng.standard_normal(n), fragments.heap_um * rng.standard_normal((n, 2))
    towards = _common_direction(hairs) + np.where(rng.random(n) < 0.5, np.pi, 0.0) + swing
    paths = [_turned(path, towards[i]) if along[i] else path for i, path in enumerate(pieces.paths)]
    first = 0
    while first < n:
        heap = range(first, min(first + int(rng.integers(2, 7)), n))
        for i in heap:
            if heaped[i]:
                paths[i] = paths[i] - paths[i][0] + pieces.path(first)[0] + places[i]
        first = heap.stop
    return replace(pieces, points_um=np.concatenate([np.zeros((0, 2)), *paths]), diameter_um=width)


def _common_direction(hairs: Shafts) -> float:
    """Mean direction of the first steps in rad; 0 without hairs."""
    move = (hairs.points_um[hairs.offsets[:-1] + 1] - hairs.roots_um).sum(axis=0)
    return float(np.arctan2(move[0], move[1]))


def _turned(path: Array, towards_rad: float) -> Array:
    """The axis about its first point, so that its first step runs in this direction."""
    move = path[1] - path[0]
    angle = towards_rad - np.arctan2(move[0], move[1])
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Array = path[0] + (path - path[0]) @ np.array([[cos, sin], [-sin, cos]]).T
    return turned


def _scatter_vessels(n: int, extent: tuple[float, ...], rng: np.random.Generator) -> Shafts:
    """Winding lines of 15-45 um."""
    paths = []
    for _ in range(n):
        steps = int(rng.integers(8, 25))
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(0.45 * rng.standard_normal(steps))
        moves = STEP_UM * np.stack([np.sin(heading), np.cos(heading)], axis=1)
        paths.append(rng.uniform(0, 1, 2) * extent + np.cumsum(moves, axis=0))
    return Shafts.from_paths(paths, rng.uniform(15, 45, n))
