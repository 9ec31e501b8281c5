"""How hairs grow: their units, directions, lengths and ways over the skin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hairdensity.synthetic.chance import Effect, between, chosen, effect_rng
from hairdensity.synthetic.curves import Shafts, curved_path, steps_along, walked
from hairdensity.synthetic.grouping import Bundle, arrange
from hairdensity.synthetic.locks import draw_together
from hairdensity.synthetic.placement import scatter_apart, scatter_units
from hairdensity.synthetic.population import Course, Population

__all__ = ["draw_diameters", "draw_waves", "grow_apart", "grow_in_units"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

ROOT_SPACING_UM = (80.0, 28.0)
"""Mean and deviation of the distance between neighboring roots of one unit, side by side across its direction."""

VELLUS_UM = (15.0, 35.0)


def grow_in_units(population: Population, extent: tuple[float, ...], seed: int, rng: np.random.Generator) -> Shafts:
    """Hairs in follicular units; their number is the density times the extent.

    Parameters
    ----------
    population : Population
    extent : (float, float)
        Height and width of the skin in um.
    seed : int
        For the effects that are off by default.
    rng : Generator
    """
    sizes = _unit_sizes(population, extent, rng)
    centers = scatter_units(len(sizes), extent, rng)
    unit_id = np.repeat(np.arange(len(centers)), sizes)
    heading = np.deg2rad(population.direction_deg + population.unit_spread_deg * rng.standard_normal(len(centers)))
    heading += _flow(population.course, centers, effect_rng(seed, Effect.FLOW))
    bundle = _bundle(population, centers, unit_id, heading, rng)
    bundle = arrange(bundle, unit_id, heading, population.grouping, effect_rng(seed, Effect.GROUPING))
    bundle = _astray(bundle, population.course, effect_rng(seed, Effect.STRAYS))
    paths = _paths(bundle, unit_id, population.course, effect_rng(seed, Effect.WAVES))
    paths = draw_together(paths, population.course, extent, effect_rng(seed, Effect.LOCKS))
    return Shafts.from_paths(paths, bundle.diameters, unit_id=unit_id)


def grow_apart(population: Population, extent: tuple[float, ...], rng: np.random.Generator) -> Shafts:
    """Lone hairs, none closer to another than ``apart_um``; grouping and course do not move them."""
    n = round(population.density_per_cm2 * extent[0] * extent[1] / 1e8)
    diameters, lengths = draw_diameters(population, n, rng), _lengths(population, np.arange(n), rng)

    def propose(hair: int) -> Array:
        spread = np.hypot(population.unit_spread_deg, population.hair_spread_deg)
        angle = np.deg2rad(population.direction_deg + spread * rng.standard_normal())
        bend = population.curvature_deg_per_mm * rng.standard_normal()
        return curved_path(rng.uniform(0, 1, 2) * extent, angle, lengths[hair], bend, draw_waves(1, rng)[0])

    paths = scatter_apart(propose, diameters, gap_um=population.apart_um or 0.0)
    return Shafts.from_paths(paths, diameters)


def draw_waves(n: int, rng: np.random.Generator) -> Array:
    """(n, 2) rate in rad per mm and phase of slight waves."""
    return rng.uniform((0.5, 0.0), (1.5, 2 * np.pi), (n, 2))


def draw_diameters(population: Population, n: int, rng: np.random.Generator) -> Array:
    """(n,) diameters in um."""
    mean, deviation = population.diameter_mean_um, population.diameter_sd_um
    low, high = ((limit - mean) / deviation for limit in population.diameter_range_um)
    # The inverse of the distribution function: scipy.stats draws other numbers from one version to the next.
    diameters = mean + deviation * ndtri(rng.uniform(ndtr(low), ndtr(high), n))
    vellus = rng.random(n) < population.vellus_share
    return np.where(vellus, rng.uniform(*VELLUS_UM, n), diameters)


def _unit_sizes(population: Population, extent: tuple[float, ...], rng: np.random.Generator) -> Ids:
    """(U,) hairs of each unit; they sum to the density times the extent."""
    n_hairs = round(population.density_per_cm2 * extent[0] * extent[1] / 1e8)
    sizes = rng.choice(np.arange(1, len(population.unit_shares) + 1), size=n_hairs, p=population.unit_shares)
    n_units = int(np.searchsorted(np.cumsum(sizes), n_hairs)) + 1 if n_hairs else 0
    sizes = sizes[:n_units].astype(np.int64)
    if n_units:
        sizes[-1] -= sizes.sum() - n_hairs
    return sizes


def _bundle(population: Population, centers: Array, unit_id: Ids, heading: Array, rng: np.random.Generator) -> Bundle:
    """Hairs that stand side by side and run in about the same direction."""
    sizes, n = np.bincount(unit_id, minlength=len(centers)), len(unit_id)
    offsets = [_roots_of_unit(int(size), angle, rng) for size, angle in zip(sizes, heading, strict=True)]
    roots = centers[unit_id] + np.concatenate([np.zeros((0, 2)), *offsets])
    angles = heading[unit_id] + np.deg2rad(population.hair_spread_deg) * rng.standard_normal(n)
    lengths = _lengths(population, unit_id, rng)
    bends = population.curvature_deg_per_mm * rng.standard_normal(n)
    waves, diameters = draw_waves(n, rng), draw_diameters(population, n, rng)
    return Bundle(
        roots=roots,
        angles=angles,
        lengths=np.where(diameters < VELLUS_UM[1], population.course.vellus_length, 1.0) * lengths,
        bends=bends,
        waves=waves,
        diameters=diameters,
    )


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


def _lengths(population: Population, unit_id: Ids, rng: np.random.Generator) -> Array:
    """(N,) visible lengths in um."""
    n_units = int(unit_id.max()) + 1 if len(unit_id) else 0
    noise = rng.standard_normal(n_units)[unit_id] + rng.standard_normal(len(unit_id))
    lengths = population.length_mean_um + population.length_sd_um * noise / np.sqrt(2)
    return np.asarray(np.clip(lengths, *population.length_range_um), dtype=np.float64)


def _flow(course: Course, centers: Array, rng: np.random.Generator) -> Array:
    """(U,) turn of the common direction at each place in rad: a sum of waves of several directions and lengths."""
    if not course.flow_deg:
        return np.zeros(len(centers))
    n_waves = 8
    angle, phase = rng.uniform(0, 2 * np.pi, (2, n_waves))
    rate = 2 * np.pi / (course.flow_um * rng.uniform(1.5, 4.0, n_waves))
    argument = rate * (centers @ np.stack([np.sin(angle), np.cos(angle)])) + phase
    return np.asarray(np.deg2rad(course.flow_deg) * np.sqrt(2 / n_waves) * np.sin(argument).sum(axis=1))


def _astray(bundle: Bundle, course: Course, rng: np.random.Generator) -> Bundle:
    """Some hairs in any direction."""
    n = len(bundle.angles)
    stray = chosen(course.stray_share, n, rng)
    return replace(bundle, angles=np.where(stray, rng.uniform(0, 2 * np.pi, n), bundle.angles))


def _paths(bundle: Bundle, unit_id: Ids, course: Course, rng: np.random.Generator) -> list[Array]:
    n, n_units = len(unit_id), int(unit_id.max(initial=-1)) + 1
    if not course.wave_deg and not course.wander_deg_per_mm:
        hairs = zip(bundle.roots, bundle.angles, bundle.lengths, bundle.bends, bundle.waves, strict=True)
        return [curved_path(*hair) for hair in hairs]
    # The hairs of a unit wave alike, but not as one.
    phase = rng.uniform(0, 2 * np.pi, n_units)[unit_id] + 0.5 * rng.standard_normal(n)
    length_um = between(course.wave_um, n_units, rng)[unit_id] * rng.uniform(0.85, 1.15, n)
    strength = np.deg2rad(course.wave_deg) * rng.uniform(0.4, 1.6, n)
    swings = np.stack([strength, 2000.0 * np.pi / length_um, phase], axis=1)
    return [_waving_path(bundle, hair, swing, course, rng) for hair, swing in enumerate(swings)]


def _waving_path(bundle: Bundle, hair: int, swing: Array, course: Course, rng: np.random.Generator) -> Array:
    """As ``curved_path``, with a wave (strength, rate per mm, phase) and a bend that changes along the shaft."""
    step, middle_mm = steps_along(float(bundle.lengths[hair]))
    rate, start = bundle.waves[hair]
    slight = np.deg2rad(0.5 * bundle.bends[hair]) * np.sin(middle_mm * rate + start)
    knots = course.wander_deg_per_mm * rng.standard_normal(int(bundle.lengths[hair] / 1000.0) + 2)
    bend = np.deg2rad(bundle.bends[hair] + np.interp(middle_mm, np.arange(len(knots)), knots))
    strength, rate, phase = swing
    # From the root the shaft leaves in its own direction.
    turn = strength * (np.sin(rate * middle_mm + phase) - np.sin(phase))
    return walked(bundle.roots[hair], bundle.angles[hair] + np.cumsum(bend) * step / 1000.0 + slight + turn, step)
