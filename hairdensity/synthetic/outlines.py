"""Silhouettes of shafts: how their width runs, how they end, and the splinters that go on from a cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.chance import Effect, Ripple, between, chosen, effect_rng
from hairdensity.synthetic.population import Outline

__all__ = ["Outlines", "draw_outlines", "splinter_path"]

Array = NDArray[np.float64]

NODE_UM = 10.0
LEAST_WIDTH = 0.08
"""Width of a point, and of the thinnest place of any shaft, as a share of its diameter."""

BEAD_UM = 700.0
BULGE_UM = 90.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlines:
    """Silhouettes of N shafts; 0 where a shaft lacks the feature.

    Parameters
    ----------
    settings : Outline
    taper, bead, point_um, wedge_um, bulge, slant, prong_um, prong_at, tail_um, tail_width_um : (N,) float64 ndarray
    place : (N,) float64 ndarray
        Where each shaft reads the ripple.
    ripple : Ripple
    """

    settings: Outline
    taper: Array
    bead: Array
    point_um: Array
    wedge_um: Array
    bulge: Array
    slant: Array
    prong_um: Array
    prong_at: Array
    tail_um: Array
    tail_width_um: Array
    place: Array
    ripple: Ripple

    def edges_um(self, shaft: int, width_um: float, length_um: float) -> tuple[Array, Array]:
        """Distances of the left and of the right edge from the axis, each at K even steps from root to tip.

        Their sum has the diameter as its mean beyond the wedge at the root.
        """
        along = np.linspace(0.0, length_um, max(int(length_um / NODE_UM), 8))
        wedge_um = min(float(self.wedge_um[shaft]), 0.4 * length_um)
        half = 0.5 * width_um * self._width(shaft, along, length_um)
        rough, scale = self.settings.rough_um, self.settings.rough_scale_um
        place = along / scale + 3.0 * self.place[shaft]
        least = 0.5 * LEAST_WIDTH * width_um
        # Nicks do not reach through a point.
        share = half / (0.5 * width_um)
        left = np.maximum(half + rough * share * self.ripple(place), least)
        right = np.maximum(half + rough * share * self.ripple(place + 300.0), least)
        factor = width_um / (left + right)[along >= wedge_um].mean()
        if wedge_um:
            factor = factor * (1 / 3 + 2 / 3 * np.clip(along / wedge_um, 0, 1))
        return factor * left, factor * right

    def _width(self, shaft: int, along: Array, length_um: float) -> Array:
        """Relative width at each step."""
        uneven = self.settings.uneven * self.ripple(along / self.settings.uneven_um + self.place[shaft])
        beads = self.bead[shaft] * np.sin(2 * np.pi * along / BEAD_UM + self.place[shaft])
        width = 1 + self.taper[shaft] * (along / length_um - 0.5) + uneven + beads
        width *= 1 + self.bulge[shaft] * np.exp(-((along / BULGE_UM) ** 2))
        if self.point_um[shaft]:
            width *= np.clip((length_um - along) / min(float(self.point_um[shaft]), length_um), 0, 1) ** 0.8
        return np.asarray(np.maximum(width, LEAST_WIDTH), dtype=np.float64)

    def cut_um(self, shaft: int, width_um: float, ragged_um: Array) -> Array:
        """How far the tip reaches beyond its mean, at even steps across; ``ragged_um`` is what the cut frayed."""
        if self.point_um[shaft]:
            return np.zeros(1)
        across = np.linspace(-1, 1, 17)
        cut = np.interp(across, np.linspace(-1, 1, len(ragged_um)), ragged_um)
        cut += 0.5 * width_um * self.slant[shaft] * across
        cut -= self.settings.round_um * across**4
        notch = min(float(self.prong_um[shaft]), 1.3 * width_um)
        cut -= notch * np.clip(1 - np.abs(across - self.prong_at[shaft]) / 0.35, 0, 1)
        centered: Array = cut - cut.mean()
        return centered


def draw_outlines(outline: Outline, n: int, seed: int, part: int = 0) -> Outlines | None:
    """Silhouettes of n shafts; None when all are plain bars.

    Parameters
    ----------
    outline : Outline
    n : int
    seed : int
    part : int, optional
        0 for hairs, 1 for fragments, which have no point, wedge, bulge or splinter.
    """
    if outline == Outline():
        return None
    rng, tips = effect_rng(seed, Effect.WIDTHS, part), effect_rng(seed, Effect.TIPS, part)
    is_hair = 1.0 if part == 0 else 0.0

    def some(share: float, span: tuple[float, float], chance: np.random.Generator) -> Array:
        return np.where(chosen(share * is_hair, n, chance), between(span, n, chance), 0.0)

    return Outlines(
        settings=outline,
        taper=np.clip(outline.taper * rng.standard_normal(n), -0.8, 0.8),
        bead=some(outline.beaded_share, (0.25, 0.4), rng),
        point_um=some(outline.point_share, outline.point_um, tips),
        wedge_um=some(outline.wedge_share, outline.wedge_um, rng),
        bulge=some(outline.bulge_share, outline.bulge, rng),
        slant=np.clip(outline.slant * tips.standard_normal(n), -1.8, 1.8),
        prong_um=some(outline.prong_share, outline.prong_um, tips),
        prong_at=between((-0.5, 0.5), n, tips),
        tail_um=some(outline.tail_share, outline.tail_um, tips),
        tail_width_um=between(outline.tail_width_um, n, tips),
        place=between((0.0, 1000.0), n, rng),
        ripple=Ripple(effect_rng(seed, Effect.EDGES, part)),
    )


def splinter_path(path_um: Array, length_um: float, width_um: float, rng: np.random.Generator) -> Array:
    """(K, 2) axis of a thin splinter that goes on from a tip, bent and a little aside.

    Parameters
    ----------
    path_um : (K, 2) float64 ndarray
        The shaft's axis, root first.
    length_um, width_um : float
        Of the splinter and of the shaft.
    rng : Generator
    """
    move = path_um[-1] - path_um[-2]
    forth = move / np.linalg.norm(move)
    aside = np.array([forth[1], -forth[0]])
    turn, bend = rng.normal(0.0, 0.2), rng.normal(0.0, 0.5)
    along = np.linspace(-0.1, 1.0, 6)
    start = path_um[-1] + rng.uniform(-0.35, 0.35) * width_um * aside
    way = along[:, None] * forth + (turn * along + bend * along * np.abs(along))[:, None] * aside
    return np.asarray(start + length_um * way, dtype=np.float64)
