"""Constellations like those of scalp: units that keep clear of each other, with one to three roots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hairdensity.comparison.registering.constellation import Constellation

Array = np.ndarray[Any, np.dtype[np.float64]]

FRAME_UM = (5700.0, 7100.0)
UM_PER_PX = 5.0
APART_UM = 500.0


def scalp(seed: int, *, n_units: int = 40, frame_um: tuple[float, float] = FRAME_UM) -> Constellation:
    """A picture of a piece of scalp."""
    rng = np.random.default_rng(seed)
    units = np.zeros((0, 2))
    while len(units) < n_units:
        place = rng.uniform(0, 1, 2) * frame_um
        if not len(units) or np.linalg.norm(units - place, axis=1).min() > APART_UM:
            units = np.vstack([units, place])
    unit = np.repeat(np.arange(n_units), rng.choice([1, 2, 3], n_units, p=[0.6, 0.3, 0.1]))
    roots = units[unit] + rng.normal(0, 50, (len(unit), 2))
    return constellation(roots, unit, np.exp(rng.normal(4.2, 0.3, len(unit))), frame_um=frame_um)


def constellation(
    roots: Array, unit: Any, diameter_um: Array, *, frame_um: tuple[float, float] = FRAME_UM
) -> Constellation:
    """Of these roots, where they lie inside the frame; ``unit`` may be any numbers."""
    inside = ((roots >= 0) & (roots <= np.array(frame_um))).all(axis=1)
    roots, diameter_um = roots[inside], diameter_um[inside]
    _, row = np.unique(np.asarray(unit)[inside], return_inverse=True)
    n_hairs = np.maximum(np.bincount(row), 1)
    units = np.stack([np.bincount(row, weights=side) / n_hairs for side in roots.T], axis=1)
    return Constellation(
        units_um=units,
        roots_um=roots,
        unit_of_root=row.astype(np.int64),
        diameter_um=diameter_um,
        frame_um=frame_um,
        um_per_px=UM_PER_PX,
    )


def seen_again(
    before: Constellation,
    way: Callable[[Array], Array],
    *,
    lost: float = 0.0,
    new: int = 0,
    jitter_um: float = 0.0,
    seed: int = 0,
) -> Constellation:
    """The same skin at a later visit, its roots taken along a way."""
    rng = np.random.default_rng([seed, 7])
    stay = rng.random(len(before.roots_um)) >= lost
    roots = way(before.roots_um[stay]) + rng.normal(0, 1, (int(stay.sum()), 2)) * jitter_um
    fresh = rng.uniform(0, 1, (new, 2)) * before.frame_um
    unit = np.concatenate([before.unit_of_root[stay], before.unit_of_root.max(initial=0) + 1 + np.arange(new)])
    widths = np.concatenate([before.diameter_um[stay], np.full(new, 60.0)])
    return constellation(np.concatenate([roots, fresh]), unit, widths, frame_um=before.frame_um)


def similarity(turn_deg: float, zoom: float, shift_um: tuple[float, float]) -> Array:
    """(2, 3) about the middle of the frame, then shifted."""
    angle, center = np.deg2rad(turn_deg), np.array(FRAME_UM) / 2
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, center + np.array(shift_um) - turn @ center])


def along(matrix: Array) -> Callable[[Array], Array]:
    return lambda points: np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def without_diameters(constellation: Constellation) -> Constellation:
    return replace(constellation, diameter_um=np.full(len(constellation.roots_um), np.nan))
