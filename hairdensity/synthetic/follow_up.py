"""The next visit to a scene: hairs lost, new and clipped anew, and the camera placed a little differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.synthetic.scene import Scene, Shafts, make_scene
from hairdensity.synthetic.truth import Truth, inside_frame

__all__ = ["Fates", "FollowUp", "Visit", "fates_of", "make_follow_up"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

MAX_SHIFT_UM = 900.0
"""A scene is grown further than this beyond its frame; a larger shift would show skin without hairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What happened since the baseline.

    Parameters
    ----------
    lost_fraction : float
        Share of the hairs that are gone.
    new_per_cm2 : float
    diameter_factor : float
        Growth in thickness of the hairs that stayed.
    turn_deg, shift_um : float, (float, float)
        How the skin moved in the frame: about its center, then along rows and columns.
    reclip_sd : float
        Relative deviation of the lengths after the new clipping.
    lean_sd_deg : float
        Deviation of the directions: hairs lie differently.
    """

    lost_fraction: float = 0.08
    new_per_cm2: float = 12.0
    diameter_factor: float = 1.0
    turn_deg: float = 4.0
    shift_um: tuple[float, float] = (250.0, -180.0)
    reclip_sd: float = 0.15
    lean_sd_deg: float = 4.0

    def __post_init__(self) -> None:
        if not 0 <= self.lost_fraction <= 1:
            raise InputError(f"lost_fraction must lie in 0-1, got {self.lost_fraction:g}")
        if max(map(abs, self.shift_um)) > MAX_SHIFT_UM:
            raise InputError(f"shift_um must lie within +-{MAX_SHIFT_UM:g} um, got {self.shift_um}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FollowUp:
    """A scene at a later visit.

    Parameters
    ----------
    scene : Scene
        Hairs that stayed keep their ``shaft_id``.
    matrix_px : (2, 3) float64 ndarray
        Takes (row, col, 1) px of the baseline to (row, col) px of the follow-up.
    """

    scene: Scene
    matrix_px: Array


class Fates(NamedTuple):
    """Ids of the hairs whose root lies in both frames, by what became of them."""

    kept: Ids
    lost: Ids
    new: Ids


def make_follow_up(baseline: Scene, visit: Visit, seed: int) -> FollowUp:
    """Visit a scene again.

    Parameters
    ----------
    baseline : Scene
    visit : Visit
    seed : int
        Chooses the hairs that are lost and new, and the skin's shine.

    Returns
    -------
    FollowUp
    """
    rng = np.random.default_rng([seed, 3])
    hairs = baseline.hairs
    stay = np.flatnonzero(rng.random(len(hairs)) >= visit.lost_fraction)
    paths = [_reclipped(hairs.path(int(i)), visit, rng) for i in stay]
    fresh = _fresh_hairs(baseline, visit, seed)
    first_id = int(hairs.shaft_id.max(initial=-1)) + 1
    first_unit = int(hairs.unit_id.max(initial=-1)) + 1
    turn, shift = _motion_um(baseline, visit)
    grown = Shafts.from_paths(
        [path @ turn.T + shift for path in paths + fresh.paths],
        np.concatenate([hairs.diameter_um[stay] * visit.diameter_factor, fresh.diameter_um]),
        unit_id=np.concatenate([hairs.unit_id[stay], fresh.unit_id + first_unit]),
        shaft_id=np.concatenate([hairs.shaft_id[stay], fresh.shaft_id + first_id]),
    )
    vessels = baseline.vessels
    scene = Scene(
        settings=baseline.settings,
        seed=seed,
        hairs=grown,
        fragments=make_scene(baseline.settings, seed).fragments,
        vessels=Shafts.from_paths([path @ turn.T + shift for path in vessels.paths], vessels.diameter_um),
        ostia_um=baseline.ostia_um @ turn.T + shift,
    )
    return FollowUp(scene=scene, matrix_px=_matrix_px(turn, shift, baseline.settings.um_per_px))


def fates_of(baseline: Truth, follow_up: Truth, matrix_px: Array) -> Fates:
    """What became of the hairs on the skin that both pictures show.

    Parameters
    ----------
    baseline, follow_up : Truth
    matrix_px : (2, 3) float ndarray
        From baseline px to follow-up px.
    """
    turn, shift = matrix_px[:, :2], matrix_px[:, 2]
    forth = baseline.hairs.roots_px @ turn.T + shift
    back = (follow_up.hairs.roots_px - shift) @ np.linalg.inv(turn).T
    before = baseline.hair_id[baseline.in_frame & inside_frame(forth, follow_up.shape)]
    after = follow_up.hair_id[follow_up.in_frame & inside_frame(back, baseline.shape)]
    return Fates(
        kept=np.intersect1d(before, after),
        lost=np.setdiff1d(before, follow_up.hair_id),
        new=np.setdiff1d(after, baseline.hair_id),
    )


def _reclipped(path: Array, visit: Visit, rng: np.random.Generator) -> Array:
    """The axis from the same root with another length and a slightly other direction."""
    angle = np.deg2rad(visit.lean_sd_deg) * rng.standard_normal()
    factor = np.exp(visit.reclip_sd * rng.standard_normal())
    turned: Array = path[:1] + factor * (path - path[:1]) @ _rotation(angle).T
    return turned


def _fresh_hairs(baseline: Scene, visit: Visit, seed: int) -> Shafts:
    """Lone new hairs over the whole grown piece of skin."""
    population = replace(baseline.settings.population, density_per_cm2=visit.new_per_cm2, unit_shares=(1.0,))
    return make_scene(replace(baseline.settings, population=population), seed).hairs


def _motion_um(baseline: Scene, visit: Visit) -> tuple[Array, Array]:
    """(2, 2) turn and (2,) shift of points in um: about the frame's center."""
    center = np.array(baseline.settings.frame_um) / 2
    turn = _rotation(np.deg2rad(visit.turn_deg))
    return turn, center - turn @ center + np.array(visit.shift_um)


def _matrix_px(turn: Array, shift_um: Array, um_per_px: float) -> Array:
    """(2, 3) of the same motion between pixel centers, which lie half a pixel from the frame's corner."""
    half = np.full(2, 0.5)
    return np.column_stack([turn, shift_um / um_per_px + turn @ half - half])


def _rotation(angle_rad: float) -> Array:
    """(2, 2) rotation of (row, col) points."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, -sin], [sin, cos]])
