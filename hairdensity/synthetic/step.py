"""From one visit to the next: how the skin lies in the later frame, and how the later picture is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.synthetic.motion import Motion, draw_stretch, rotation
from hairdensity.synthetic.scene import Scene, grown_um
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.synthetic.truth import inside_frame, to_px
from hairdensity.synthetic.visit import Visit

__all__ = ["Step", "plan_step"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STRETCHED = 1
"""Random numbers of the stretch; the hairs' events draw their own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """Two visits before it is known which hairs the later one shows.

    Parameters
    ----------
    baseline : Scene
    visit : Visit
    seed : int
    settings : SceneSettings
        Of the later visit.
    motion : Motion
        From the baseline's frame to the later one.
    matrix_px : (2, 3) float64 ndarray
        The same between pixels, without the stretch.
    """

    baseline: Scene
    visit: Visit
    seed: int
    settings: SceneSettings
    motion: Motion
    matrix_px: Array

    @property
    def first(self) -> Scene:
        """The visit that showed this skin first."""
        return self.baseline if self.baseline.seen is None else self.baseline.seen.first

    @property
    def whole_way(self) -> Motion:
        """From the first visit's frame to the later one."""
        return self.motion if self.baseline.seen is None else self.motion.after(self.baseline.seen.motion)

    @property
    def um_per_px(self) -> tuple[float, float]:
        """Of the baseline and of the later picture."""
        return self.baseline.settings.um_per_px, self.settings.um_per_px

    def shared(self, points_um: Array) -> Mask:
        """(N,) whether places on the baseline's frame lie on both frames."""
        before, after = self.baseline.settings, self.settings
        return inside_frame(to_px(points_um, before.um_per_px), before.shape) & inside_frame(
            to_px(self.motion.forth(points_um), after.um_per_px), after.shape
        )

    def rng(self, event: int) -> np.random.Generator:
        """Random numbers of one event: switching one on moves no other."""
        return np.random.default_rng([self.seed, 3, event])


def plan_step(baseline: Scene, visit: Visit, seed: int) -> Step:
    """Place the skin in the later frame.

    Raises
    ------
    InputError
        If that frame shows skin on which no hairs were grown.
    """
    before = baseline.settings
    settings = _settings_now(before, visit)
    center, center_now = np.array(before.frame_um) / 2, np.array(settings.frame_um) / 2
    turn = rotation(np.deg2rad(visit.turn_deg))
    shift = center_now - turn @ center + np.array(visit.shift_um)
    stretch = draw_stretch(visit.stretch, before.frame_um, np.random.default_rng([seed, 3, STRETCHED]))
    step = Step(
        baseline=baseline,
        visit=visit,
        seed=seed,
        settings=settings,
        motion=Motion(turn=turn, shift_um=shift, stretch=stretch),
        matrix_px=_matrix_px(turn, shift, (before.um_per_px, settings.um_per_px)),
    )
    _check_grown(step)
    return step


def _settings_now(before: SceneSettings, visit: Visit) -> SceneSettings:
    """Directions of what is drawn anew turn with the skin."""
    turn, new = visit.turn_deg, visit.exposure
    shine = new.shine or replace(before.shine, along_deg=before.shine.along_deg - turn)
    um_per_px = new.um_per_px or before.um_per_px
    return replace(
        before,
        population=replace(before.population, direction_deg=before.population.direction_deg - turn),
        skin=replace(before.skin, wrinkles_deg=before.skin.wrinkles_deg - turn),
        shine=shine,
        camera=new.camera or before.camera,
        light=new.light or before.light,
        um_per_px=um_per_px,
        field_mm=new.field_mm or _field_mm(before, um_per_px),
    )


def _field_mm(before: SceneSettings, um_per_px: float) -> tuple[float, float]:
    """Another magnification shows less or more skin on as many pixels."""
    if um_per_px == before.um_per_px:
        return before.field_mm
    return before.shape[0] * um_per_px / 1000.0, before.shape[1] * um_per_px / 1000.0


def _check_grown(step: Step) -> None:
    """Corners of the later frame must lie on skin where hairs were grown."""
    height, width = step.settings.frame_um
    corners = np.array([[0.0, 0.0], [0.0, width], [height, 0.0], [height, width]])
    places, frame = step.whole_way.back(corners), np.array(step.first.settings.frame_um)
    beyond = float(np.maximum(-places, places - frame).max())
    grown = grown_um(step.first.settings) + step.first.around_um
    if beyond > grown:
        raise InputError(
            f"the follow-up shows skin {beyond:.0f} um beyond the baseline's frame, but hairs were grown for "
            f"{grown:.0f} um: make_scene(settings, seed, around_um={step.first.around_um + beyond - grown:.0f}) or more"
        )


def _matrix_px(turn: Array, shift_um: Array, um_per_px: tuple[float, float]) -> Array:
    """(2, 3) of the same motion between pixel centers, which lie half a pixel from the frame's corner."""
    before, after = um_per_px
    half = np.full(2, 0.5)
    scaled = turn * (before / after)
    return np.column_stack([scaled, shift_um / after + scaled @ half - half])
