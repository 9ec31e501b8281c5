"""The next visit to a scene: hairs lost, new and clipped anew, and the camera placed a little differently."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.motion import Motion
from hairdensity.synthetic.pieces import to_um
from hairdensity.synthetic.regrowth import regrown
from hairdensity.synthetic.scene import Scene, Seen, Shafts, make_scene
from hairdensity.synthetic.step import plan_step
from hairdensity.synthetic.truth import Truth, inside_frame, to_px
from hairdensity.synthetic.visit import Exposure, Growth, Visit

__all__ = ["Exposure", "Fates", "FollowUp", "Growth", "Visit", "fates_of", "make_follow_up"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FollowUp:
    """A scene at a later visit.

    Parameters
    ----------
    scene : Scene
        Hairs that stayed keep their ``shaft_id``.
    matrix_px : (2, 3) float64 ndarray
        Takes (row, col, 1) px of the baseline to (row, col) px of the follow-up; where the skin is stretched, the
        nearest such map. NaN: the scenes show other skin.
    motion : Motion
        The exact way, in um.
    um_per_px : (float, float)
        Of the baseline and of the follow-up.
    origin : (N,) str ndarray
        Of the scene's hairs: "kept", or where a new one comes from: "lone", "unit" (beside its hairs), "empty ostium",
        "yellow dot", "flush" (cut level with the skin at baseline).
    rate_mm_per_day : (N,) float64 ndarray
        Growth of the scene's hairs since the baseline: 0 in telogen, NaN where they were clipped in between.
    hours : float
        Since the baseline; NaN where they were clipped in between.
    """

    scene: Scene
    matrix_px: Array
    motion: Motion = field(default_factory=Motion)
    um_per_px: tuple[float, float] = (1.0, 1.0)
    origin: NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, np.str_))
    rate_mm_per_day: Array = field(default_factory=lambda: np.zeros(0))
    hours: float = math.nan

    def to_follow_up(self, points_px: Array) -> Array:
        """(N, 2) follow-up px of (N, 2) baseline px."""
        return to_px(self.motion.forth(to_um(points_px, self.um_per_px[0])), self.um_per_px[1])

    def to_baseline(self, points_px: Array) -> Array:
        """(N, 2) baseline px of (N, 2) follow-up px."""
        return to_px(self.motion.back(to_um(points_px, self.um_per_px[1])), self.um_per_px[0])


class Fates(NamedTuple):
    """Ids of the hairs whose root lies in both frames, by what became of them."""

    kept: Ids
    lost: Ids
    new: Ids


def make_follow_up(baseline: Scene, visit: Visit, seed: int) -> FollowUp:
    """Visit a scene again; the skin is the same, and what was in it is where it was.

    Parameters
    ----------
    baseline : Scene
        May be a follow-up's scene itself.
    visit : Visit
    seed : int
        Chooses the hairs that are lost and new, the skin's shine, and what the camera does.

    Returns
    -------
    FollowUp

    Raises
    ------
    InputError
        If the follow-up's frame shows skin on which no hairs were grown.
    """
    step = plan_step(baseline, visit, seed)
    hairs, openings = regrown(step)
    vessels = baseline.vessels
    scene = Scene(
        settings=step.settings,
        seed=seed,
        hairs=_moved(hairs.shafts, step.motion),
        fragments=make_scene(step.settings, seed).fragments,
        vessels=_moved(vessels, step.motion),
        ostia_um=step.motion.forth(openings.ostia_um),
        ostium_id=openings.ostium_id,
        flush=None if openings.flush is None else _moved(openings.flush, step.motion),
        around_um=baseline.around_um,
        seen=Seen(first=step.first, motion=step.whole_way, closed_um=openings.closed_um, next_id=openings.next_id),
    )
    return FollowUp(
        scene=scene,
        matrix_px=step.matrix_px,
        motion=step.motion,
        um_per_px=step.um_per_px,
        origin=hairs.origin,
        rate_mm_per_day=hairs.rate_mm_per_day,
        hours=math.nan if visit.growth is None else visit.growth.hours,
    )


def fates_of(baseline: Truth, follow_up: Truth, way: Array | FollowUp) -> Fates:
    """What became of the hairs on the skin that both pictures show.

    Parameters
    ----------
    baseline, follow_up : Truth
    way : (2, 3) float ndarray or FollowUp
        From baseline px to follow-up px; a matrix knows nothing of stretched skin.
    """
    if isinstance(way, FollowUp):
        forth, back = way.to_follow_up(baseline.hairs.roots_px), way.to_baseline(follow_up.hairs.roots_px)
    else:
        turn, shift = way[:, :2], way[:, 2]
        forth = baseline.hairs.roots_px @ turn.T + shift
        back = (follow_up.hairs.roots_px - shift) @ np.linalg.inv(turn).T
    before = baseline.hair_id[baseline.in_frame & inside_frame(forth, follow_up.shape)]
    after = follow_up.hair_id[follow_up.in_frame & inside_frame(back, baseline.shape)]
    return Fates(
        kept=np.intersect1d(before, after),
        lost=np.setdiff1d(before, follow_up.hair_id),
        new=np.setdiff1d(after, baseline.hair_id),
    )


def _moved(shafts: Shafts, motion: Motion) -> Shafts:
    return replace(shafts, points_um=motion.forth(shafts.points_um))
