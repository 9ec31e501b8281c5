"""Which hairs a visit finds gone, and which it finds new: lone, beside others, or out of an empty opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.synthetic.curves import Shafts
from hairdensity.synthetic.growth import ROOT_SPACING_UM, VELLUS_UM, draw_diameters
from hairdensity.synthetic.motion import rotation
from hairdensity.synthetic.population import Population

__all__ = ["Crop", "drawn", "emptied_units", "grown_beside", "grown_from", "grown_thicker"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEAST_GAP_UM = 45.0
TERMINAL_UM = 40.0
TURNED_TERMINAL_UM = (45.0, 80.0)
REGROWN = (0.5, 1.0)
"""Hairs that come back are thinner than the others by this factor."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crop:
    """N hairs on their way to a visit.

    Parameters
    ----------
    paths : list of N (K, 2) float64 ndarray
    diameter_um : (N,) float64 ndarray
    unit_id, shaft_id : (N,) int64 ndarray
    origin : (N,) str ndarray
        "kept", or where a new hair comes from: "lone", "unit", "empty ostium", "yellow dot", "flush".
    rate_mm_per_day : (N,) float64 ndarray
        NaN where no growth is defined.
    """

    paths: list[Array]
    diameter_um: Array
    unit_id: Ids
    shaft_id: Ids
    origin: NDArray[np.str_]
    rate_mm_per_day: Array

    @classmethod
    def of(cls, shafts: Shafts, origin: str, *, first_id: int = 0, first_unit: int = 0) -> Self:
        """All of some shafts, with other names."""
        n = len(shafts)
        return cls(
            paths=shafts.paths,
            diameter_um=shafts.diameter_um,
            unit_id=shafts.unit_id + first_unit,
            shaft_id=shafts.shaft_id + first_id,
            origin=np.full(n, origin),
            rate_mm_per_day=np.full(n, np.nan),
        )

    @classmethod
    def joined(cls, *crops: Crop) -> Self:
        """One after the other."""
        names = ("diameter_um", "unit_id", "shaft_id", "origin", "rate_mm_per_day")
        return cls(
            paths=[path for crop in crops for path in crop.paths],
            **{name: np.concatenate([getattr(crop, name) for crop in crops]) for name in names},
        )

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def roots_um(self) -> Array:
        """(N, 2) first points."""
        return np.array([path[0] for path in self.paths]).reshape(-1, 2)

    @property
    def shafts(self) -> Shafts:
        """Their geometry."""
        return Shafts.from_paths(self.paths, self.diameter_um, unit_id=self.unit_id, shaft_id=self.shaft_id)

    def part(self, which: Ids) -> Crop:
        """Some of them."""
        return Crop(
            paths=[self.paths[i] for i in which],
            diameter_um=self.diameter_um[which],
            unit_id=self.unit_id[which],
            shaft_id=self.shaft_id[which],
            origin=self.origin[which],
            rate_mm_per_day=self.rate_mm_per_day[which],
        )


def drawn(share: float, n: int, rng: np.random.Generator, *, exact_in: Mask | None = None) -> Mask:
    """(n,) True for this share: on average, or exactly among those of a mask and on average among the others."""
    lots = rng.random(n)
    taken = lots < share
    if exact_in is not None:
        inside = np.flatnonzero(exact_in)
        taken[inside] = False
        taken[inside[np.argsort(lots[inside])[: round(share * len(inside))]]] = True
    return np.asarray(taken)


def emptied_units(unit_id: Ids, share: float, rng: np.random.Generator) -> Mask:
    """(N,) True for the hairs of the units that lose all of theirs."""
    units, number = np.unique(unit_id, return_inverse=True)
    return np.asarray((rng.random(len(units)) < share)[number])


def grown_thicker(diameter_um: Array, shares: tuple[float, float], rng: np.random.Generator) -> Array:
    """(N,) diameters when some vellus hairs have turned terminal, and some terminal ones vellus.

    Parameters
    ----------
    diameter_um : (N,) float64 ndarray
    shares : (float, float)
        Of the vellus hairs, and of the terminal ones.
    rng : Generator
    """
    n, is_vellus = len(diameter_um), diameter_um <= TERMINAL_UM
    lots, thick, thin = rng.random(n), rng.uniform(*TURNED_TERMINAL_UM, n), rng.uniform(*VELLUS_UM, n)
    turned = np.where(is_vellus & (lots < shares[0]), thick, diameter_um)
    return np.where(~is_vellus & (lots < shares[1]), thin, turned)


def grown_beside(hairs: Crop, hosts: Ids, population: Population, rng: np.random.Generator) -> Crop:
    """A new hair beside each host, on the side where there is more room; it joins the host's unit.

    Parameters
    ----------
    hairs : Crop
    hosts : (M,) int64 ndarray
        Numbers of hairs.
    population : Population
    rng : Generator
    """
    tree, paths = cKDTree(hairs.roots_um), []
    for host in hosts:
        path = hairs.paths[int(host)]
        along = (path[1] - path[0]) / np.linalg.norm(path[1] - path[0])
        gap = max(float(rng.normal(*ROOT_SPACING_UM)), LEAST_GAP_UM)
        sides = path[0] + gap * np.array([[along[1], -along[0]], [-along[1], along[0]]])
        # The nearest root is the host's on either side.
        room = np.asarray(tree.query(sides, k=2)[0])[:, 1]
        root = sides[int(np.argmax(room))] + 25.0 * rng.standard_normal() * along
        paths.append(_like(path, root, population.hair_spread_deg, rng))
    return _fresh(paths, draw_diameters(population, len(paths), rng), hairs.unit_id[hosts], "unit")


def grown_from(places_um: Array, origin: str, hairs: Crop, population: Population, rng: np.random.Generator) -> Crop:
    """A new hair out of each opening, of the length and direction of the hair next to it.

    Parameters
    ----------
    places_um : (M, 2) float64 ndarray
    origin : str
        Kind of the openings.
    hairs : Crop
        At least one.
    population : Population
    rng : Generator

    Returns
    -------
    Crop
        Each is a unit of its own; units are numbered from 0.
    """
    n = len(places_um)
    models = np.asarray(cKDTree(hairs.roots_um).query(places_um)[1], dtype=np.int64)
    spread = float(np.hypot(population.unit_spread_deg, population.hair_spread_deg))
    paths = [_like(hairs.paths[k], place, spread, rng) for k, place in zip(models.tolist(), places_um, strict=True)]
    return _fresh(paths, draw_diameters(population, n, rng) * rng.uniform(*REGROWN, n), np.arange(n), origin)


def _fresh(paths: list[Array], diameter_um: Array, unit_id: Ids, origin: str) -> Crop:
    return Crop.of(Shafts.from_paths(paths, diameter_um, unit_id=unit_id), origin)


def _like(path: Array, root_um: Array, spread_deg: float, rng: np.random.Generator) -> Array:
    """An axis of about the same shape from another root."""
    turn = rotation(np.deg2rad(spread_deg) * rng.standard_normal())
    factor = float(np.exp(0.15 * rng.standard_normal()))
    return np.asarray(root_um + factor * (path - path[0]) @ turn.T)
