"""The geometry of a scene: hairs, loose fragments, openings and vessels, in um from the frame's top left corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hairdensity.synthetic.placement import scatter_apart, scatter_units
from hairdensity.synthetic.settings import Population, SceneSettings

__all__ = ["Scene", "Shafts", "make_scene"]

Array = NDArray[np.float64]

ROOT_SPACING_UM = (80.0, 28.0)
"""Mean and deviation of the distance between neighboring roots of one unit, side by side across its direction."""

STEP_UM = 80.0
VELLUS_UM = (15.0, 35.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shafts:
    """N thin bodies with P axis points in all; body i owns ``points_um[offsets[i]:offsets[i + 1]]``, root first.

    Parameters
    ----------
    points_um : (P, 2) float64 ndarray
        (row, col) from the frame's top left corner; may lie outside the frame.
    offsets : (N + 1,) int64 ndarray
    diameter_um : (N,) float64 ndarray
    unit_id : (N,) int64 ndarray
    shaft_id : (N,) int64 ndarray
        Name of a hair over visits.
    """

    points_um: Array
    offsets: NDArray[np.int64]
    diameter_um: Array
    unit_id: NDArray[np.int64]
    shaft_id: NDArray[np.int64]

    @classmethod
    def from_paths(
        cls,
        paths: Sequence[Array],
        diameter_um: Array,
        *,
        unit_id: NDArray[np.int64] | None = None,
        shaft_id: NDArray[np.int64] | None = None,
    ) -> Self:
        """Shafts from N arrays of (row, col) um."""
        n = len(paths)
        return cls(
            points_um=np.concatenate(paths) if n else np.zeros((0, 2)),
            offsets=np.concatenate([[0], np.cumsum([len(p) for p in paths])]).astype(np.int64),
            diameter_um=np.asarray(diameter_um, dtype=np.float64),
            unit_id=np.arange(n) if unit_id is None else unit_id,
            shaft_id=np.arange(n) if shaft_id is None else shaft_id,
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def path(self, shaft: int) -> Array:
        """The (K, 2) axis of one shaft, root first."""
        return self.points_um[self.offsets[shaft] : self.offsets[shaft + 1]]

    @property
    def paths(self) -> list[Array]:
        """Every axis in turn."""
        return [self.path(i) for i in range(len(self))]

    @property
    def roots_um(self) -> Array:
        """(N, 2) first points."""
        return self.points_um[self.offsets[:-1]]


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
    """

    settings: SceneSettings
    seed: int
    hairs: Shafts
    fragments: Shafts
    vessels: Shafts
    ostia_um: Array


def make_scene(settings: SceneSettings, seed: int) -> Scene:
    """Grow a scene; the same settings and seed always give the same one.

    Parameters
    ----------
    settings : SceneSettings
    seed : int

    Returns
    -------
    Scene
    """
    rng = np.random.default_rng([seed, 1])
    margin = settings.population.length_range_um[1] + 300.0
    extent = tuple(side + 2 * margin for side in settings.frame_um)
    area_cm2 = extent[0] * extent[1] / 1e8
    grow = _grow_apart if settings.population.apart_um is not None else _grow_in_units
    hairs = grow(settings.population, extent, rng)
    clutter = settings.clutter
    fragments = _scatter_fragments(round(clutter.fragments_per_cm2 * area_cm2), extent, settings.population, rng)
    vessels = _scatter_vessels(round(clutter.vessels_per_cm2 * area_cm2), extent, rng)
    ostia = rng.uniform(0, 1, (round(clutter.empty_ostia_per_cm2 * area_cm2), 2)) * extent
    return Scene(
        settings=settings,
        seed=seed,
        hairs=_shifted(hairs, -margin),
        fragments=_shifted(fragments, -margin),
        vessels=_shifted(vessels, -margin),
        ostia_um=ostia - margin,
    )


def _shifted(shafts: Shafts, by_um: float) -> Shafts:
    return Shafts(
        points_um=shafts.points_um + by_um,
        offsets=shafts.offsets,
        diameter_um=shafts.diameter_um,
        unit_id=shafts.unit_id,
        shaft_id=shafts.shaft_id,
    )


def _grow_in_units(population: Population, extent: tuple[float, ...], rng: np.random.Generator) -> Shafts:
    """Hairs in follicular units; their number is the density times the extent."""
    sizes = _unit_sizes(population, extent, rng)
    centers = scatter_units(len(sizes), extent, rng)
    unit_id = np.repeat(np.arange(len(centers)), sizes)
    heading = np.deg2rad(population.direction_deg + population.unit_spread_deg * rng.standard_normal(len(centers)))
    offsets = [_roots_of_unit(int(n), angle, rng) for n, angle in zip(sizes, heading, strict=True)]
    roots = centers[unit_id] + np.concatenate([np.zeros((0, 2)), *offsets])
    angles = heading[unit_id] + np.deg2rad(population.hair_spread_deg) * rng.standard_normal(len(unit_id))
    lengths = _lengths(population, unit_id, rng)
    bends = population.curvature_deg_per_mm * rng.standard_normal(len(unit_id))
    paths = [curved_path(*hair, rng) for hair in zip(roots, angles, lengths, bends, strict=True)]
    return Shafts.from_paths(paths, _diameters(population, len(paths), rng), unit_id=unit_id)


def _grow_apart(population: Population, extent: tuple[float, ...], rng: np.random.Generator) -> Shafts:
    """Lone hairs, none closer to another than ``apart_um``."""
    n = round(population.density_per_cm2 * extent[0] * extent[1] / 1e8)
    diameters, lengths = _diameters(population, n, rng), _lengths(population, np.arange(n), rng)

    def propose(hair: int) -> Array:
        spread = np.hypot(population.unit_spread_deg, population.hair_spread_deg)
        angle = np.deg2rad(population.direction_deg + spread * rng.standard_normal())
        bend = population.curvature_deg_per_mm * rng.standard_normal()
        return curved_path(rng.uniform(0, 1, 2) * extent, angle, lengths[hair], bend, rng)

    paths = scatter_apart(propose, diameters, gap_um=population.apart_um or 0.0)
    return Shafts.from_paths(paths, diameters)


def _unit_sizes(population: Population, extent: tuple[float, ...], rng: np.random.Generator) -> NDArray[np.int64]:
    """(U,) hairs of each unit; they sum to the density times the extent."""
    n_hairs = round(population.density_per_cm2 * extent[0] * extent[1] / 1e8)
    sizes = rng.choice(np.arange(1, len(population.unit_shares) + 1), size=n_hairs, p=population.unit_shares)
    n_units = int(np.searchsorted(np.cumsum(sizes), n_hairs)) + 1 if n_hairs else 0
    sizes = sizes[:n_units].astype(np.int64)
    if n_units:
        sizes[-1] -= sizes.sum() - n_hairs
    return sizes


def _roots_of_unit(n: int, heading: float, rng: np.random.Generator) -> Array:
    """(n, 2) roots of a unit about its center: side by side across its direction, unevenly along it."""
    mean, deviation = ROOT_SPACING_UM
    gaps = np.clip(mean + deviation * rng.standard_normal(n), 40.0, None)
    across = np.cumsum(gaps) - gaps[0]
    along = 45.0 * rng.standard_normal(n)
    direction = np.array([np.sin(heading), np.cos(heading)])
    normal = np.array([direction[1], -direction[0]])
    roots: Array = (across - across.mean())[:, None] * normal + along[:, None] * direction
    return roots


def _lengths(population: Population, unit_id: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """(N,) visible lengths in um."""
    n_units = int(unit_id.max()) + 1 if len(unit_id) else 0
    noise = rng.standard_normal(n_units)[unit_id] + rng.standard_normal(len(unit_id))
    lengths = population.length_mean_um + population.length_sd_um * noise / np.sqrt(2)
    return np.asarray(np.clip(lengths, *population.length_range_um), dtype=np.float64)


def _diameters(population: Population, n: int, rng: np.random.Generator) -> Array:
    """(N,) diameters in um."""
    mean, deviation = population.diameter_mean_um, population.diameter_sd_um
    low, high = ((limit - mean) / deviation for limit in population.diameter_range_um)
    # The inverse of the distribution function: scipy.stats draws other numbers from one version to the next.
    diameters = mean + deviation * ndtri(rng.uniform(ndtr(low), ndtr(high), n))
    vellus = rng.random(n) < population.vellus_share
    return np.where(vellus, rng.uniform(*VELLUS_UM, n), diameters)


def curved_path(
    root_um: Array, angle_rad: float, length_um: float, bend_deg_per_mm: float, rng: np.random.Generator
) -> Array:
    """(K, 2) axis of exactly this length whose direction bends evenly, with a slight wave on long shafts."""
    steps = max(int(np.ceil(length_um / STEP_UM)), 3)
    step = length_um / steps
    middle_mm = (np.arange(steps) + 0.5) * step / 1000.0
    wave = np.deg2rad(0.5 * bend_deg_per_mm) * np.sin(middle_mm * rng.uniform(0.5, 1.5) + rng.uniform(0, 2 * np.pi))
    heading = angle_rad + np.deg2rad(bend_deg_per_mm) * middle_mm + wave
    moves = step * np.stack([np.sin(heading), np.cos(heading)], axis=1)
    return np.concatenate([root_um[None], root_um + np.cumsum(moves, axis=0)])


def _scatter_fragments(n: int, extent: tuple[float, ...], population: Population, rng: np.random.Generator) -> Shafts:
    """Cut pieces in any direction, shorter than the hairs."""
    centers = rng.uniform(0, 1, (n, 2)) * extent
    lengths = rng.uniform(60, 250, n)
    angles = rng.uniform(0, 2 * np.pi, n)
    paths = [curved_path(*piece, rng) for piece in zip(centers, angles, lengths, np.zeros(n), strict=True)]
    return Shafts.from_paths(paths, np.clip(_diameters(population, n, rng) * 0.6, 12, None))


def _scatter_vessels(n: int, extent: tuple[float, ...], rng: np.random.Generator) -> Shafts:
    """Winding lines of 15-45 um."""
    paths = []
    for _ in range(n):
        steps = int(rng.integers(8, 25))
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(0.45 * rng.standard_normal(steps))
        moves = STEP_UM * np.stack([np.sin(heading), np.cos(heading)], axis=1)
        paths.append(rng.uniform(0, 1, 2) * extent + np.cumsum(moves, axis=0))
    return Shafts.from_paths(paths, rng.uniform(15, 45, n))
