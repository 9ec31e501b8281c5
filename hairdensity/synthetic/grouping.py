"""The hairs of one unit: side by side, fanning out, meeting at the tips, lying on each other, or in a tuft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.population import Grouping

__all__ = ["Bundle", "arrange"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

MEET_LIMIT_DEG = 40.0
"""Short hairs of roots far apart would lie across the unit to meet."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundle:
    """N hairs before their axes are drawn; angles in rad, lengths in um, bends in degrees per mm.

    Parameters
    ----------
    roots : (N, 2) float64 ndarray
    angles, lengths, bends, diameters : (N,) float64 ndarray
    waves : (N, 2) float64 ndarray
        Rate in rad per mm and phase of a slight wave.
    """

    roots: Array
    angles: Array
    lengths: Array
    bends: Array
    waves: Array
    diameters: Array

    def part(self, hairs: slice) -> Bundle:
        """Some of the hairs."""
        return Bundle(**{name: getattr(self, name)[hairs] for name in self.__slots__})


def arrange(bundle: Bundle, unit_id: Ids, heading: Array, grouping: Grouping, rng: np.random.Generator) -> Bundle:
    """Place the hairs of each unit to each other.

    Parameters
    ----------
    bundle : Bundle
        The hairs of a unit follow each other.
    unit_id : (N,) int64 ndarray
    heading : (U,) float64 ndarray
        Direction of each unit.
    grouping : Grouping
    rng : Generator
    """
    starts = np.searchsorted(unit_id, np.arange(len(heading) + 1))
    parts = [bundle.part(slice(a, b)) for a, b in pairwise(starts.tolist())]
    placed = [_arranged(part, float(angle), grouping, rng) for part, angle in zip(parts, heading, strict=True)]
    if not placed:
        return bundle
    return Bundle(**{name: np.concatenate([getattr(part, name) for part in placed]) for name in Bundle.__slots__})


def _arranged(unit: Bundle, heading: float, grouping: Grouping, rng: np.random.Generator) -> Bundle:
    """One unit in the way that its lot has drawn."""
    n, lot = len(unit.lengths), rng.random()
    if n < 2:
        return unit
    if n > 4 and grouping.tuft_gap_um is not None:
        return _tuft(unit, heading, grouping.tuft_gap_um, rng)
    if lot < grouping.fused_share:
        return _fused(unit, heading, grouping, rng)
    lot -= grouping.fused_share
    if lot < grouping.fan_share:
        return _fan(unit, heading, grouping, rng)
    spaced = _side_by_side(unit, heading, grouping, rng)
    return _meeting(spaced, heading, grouping, rng) if lot - grouping.fan_share < grouping.meet_share else spaced


def _side_by_side(unit: Bundle, heading: float, grouping: Grouping, rng: np.random.Generator) -> Bundle:
    if grouping.root_gap_um is None:
        return unit
    n = len(unit.lengths)
    across, along = _spread(rng.uniform(*grouping.root_gap_um, n - 1)), 35.0 * rng.standard_normal(n)
    return replace(unit, roots=_placed(unit, across, along, heading))


def _fused(unit: Bundle, heading: float, grouping: Grouping, rng: np.random.Generator) -> Bundle:
    """Parallel shafts that cover each other in part, the one a little further out than the other."""
    n = len(unit.lengths)
    gaps = rng.uniform(*grouping.fused_gap, n - 1) * unit.diameters.mean()
    along = rng.uniform(10.0, 90.0) * rng.standard_normal(n)
    return replace(
        unit,
        roots=_placed(unit, _spread(gaps), along, heading),
        angles=heading + np.deg2rad(1.2) * rng.standard_normal(n),
        bends=np.full(n, unit.bends[0]),
        waves=np.repeat(unit.waves[:1], n, axis=0),
    )


def _fan(unit: Bundle, heading: float, grouping: Grouping, rng: np.random.Generator) -> Bundle:
    """Shafts out of one opening, each in its own direction."""
    n = len(unit.lengths)
    turns = _spread(np.deg2rad(rng.uniform(*grouping.fan_deg, n - 1)))
    across = _spread(rng.uniform(5.0, 40.0, n - 1))
    return replace(unit, roots=_placed(unit, across, 15.0 * rng.standard_normal(n), heading), angles=heading + turns)


def _meeting(unit: Bundle, heading: float, grouping: Grouping, rng: np.random.Generator) -> Bundle:
    """Shafts that aim at about the same point."""
    n = len(unit.lengths)
    reach, limit = rng.uniform(*grouping.meet_at) * unit.lengths.mean(), np.deg2rad(MEET_LIMIT_DEG)
    point = unit.roots.mean(axis=0) + reach * np.array([np.sin(heading), np.cos(heading)])
    aim = point + 12.0 * rng.standard_normal((n, 2)) - unit.roots
    turn = (np.arctan2(aim[:, 0], aim[:, 1]) - heading + np.pi) % (2 * np.pi) - np.pi
    return replace(unit, angles=heading + np.clip(turn, -limit, limit), bends=0.5 * unit.bends)


def _tuft(unit: Bundle, heading: float, gap_um: float, rng: np.random.Generator) -> Bundle:
    """Many shafts packed about one opening."""
    n = len(unit.lengths)
    radius = 0.5 * gap_um * np.sqrt(n)
    across, along = radius * np.clip(rng.standard_normal((2, n)) / 1.5, -1.2, 1.2)
    # The outer hairs of a tuft lean outward.
    lean = np.deg2rad(rng.uniform(-4.0, 10.0)) * across / radius
    return replace(unit, roots=_placed(unit, across, along, heading), angles=unit.angles + lean)


def _spread(gaps: Array) -> Array:
    """(n,) places about 0 with these n - 1 gaps between them."""
    places = np.concatenate([[0.0], np.cumsum(gaps)])
    centered: Array = places - places.mean()
    return centered


def _placed(unit: Bundle, across: Array, along: Array, heading: float) -> Array:
    """(n, 2) roots at these distances across and along the unit's direction from its middle."""
    direction = np.array([np.sin(heading), np.cos(heading)])
    # To this side directions of larger angles point.
    normal = np.array([direction[1], -direction[0]])
    roots: Array = unit.roots.mean(axis=0) + across[:, None] * normal + along[:, None] * direction
    return roots
