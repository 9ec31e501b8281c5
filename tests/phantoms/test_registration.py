"""Rendered visits: the same skin is found again from pictures, other skin is not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.registration import Registration, register
from hairdensity.image import TrichoImage
from hairdensity.settings import Settings
from hairdensity.synthetic.follow_up import FollowUp, Visit, make_follow_up
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import Scene, make_scene

SCENE = replace(clipped(150.0), field_mm=(4.6, 5.2))
VISIT = Visit(
    lost_fraction=0.1, new_per_cm2=15.0, turn_deg=25.0, shift_um=(300.0, -350.0), reclip_sd=0.2, lean_sd_deg=8.0
)
SEEDS = (1, 2)


@cache
def scene(seed: int) -> Scene:
    return make_scene(SCENE, seed)


@cache
def follow_up(seed: int) -> FollowUp:
    return make_follow_up(scene(seed), VISIT, seed + 50)


def analyzed(pixels: Any, um_per_px: float | None) -> Analysis:
    scale = None if um_per_px is None else Calibration(um_per_px=um_per_px)
    image = TrichoImage.from_array(np.ascontiguousarray(pixels))
    return analyze(image, calibration=scale, settings=Settings(method="ridges"))


@cache
def pixels(seed: int, visit: int) -> Any:
    return render(scene(seed) if visit == 0 else follow_up(seed).scene).image.pixels


@cache
def visits(seed: int) -> tuple[Analysis, Analysis]:
    before, after = (analyzed(pixels(seed, visit), SCENE.um_per_px) for visit in (0, 1))
    return before, after


def error_um(found: Registration, seed: int) -> float:
    assert found.alignment is not None
    height, width = pixels(seed, 0).shape[:2]
    spots = np.random.default_rng(0).uniform(0, 1, (300, 2)) * (height, width)
    true = follow_up(seed).to_follow_up(spots)
    shown = ((true >= 0) & (true < (height, width))).all(axis=1)
    apart = np.linalg.norm(found.alignment.to_follow_up(spots[shown]) - true[shown], axis=1)
    return float(np.median(apart)) * SCENE.um_per_px


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_visit_shows_the_same_skin(seed: int) -> None:
    found = register(*visits(seed))
    assert found.accepted, found.reason
    assert found.log10_false_alarms < -10
    assert error_um(found, seed) < 40
    assert found.residual_um < 40


def test_a_picture_and_its_turned_copy() -> None:
    before = visits(1)[0]
    found = register(before, analyzed(np.rot90(pixels(1, 0)), SCENE.um_per_px))
    assert found.accepted and found.alignment is not None
    width = pixels(1, 0).shape[1]
    quarter = np.array([[0.0, -1.0, width - 1], [1.0, 0.0, 0.0]])  # (row, col) -> (width - 1 - col, row)
    assert np.allclose(found.alignment.matrix[:, :2], quarter[:, :2], atol=0.01)
    assert np.allclose(found.alignment.matrix[:, 2], quarter[:, 2], atol=6)
    assert found.texture_agreement > 0.7


def test_a_mirrored_picture_is_refused() -> None:
    found = register(visits(1)[0], analyzed(pixels(1, 0)[:, ::-1], SCENE.um_per_px))
    assert not found.accepted
    assert "mirror" in found.reason


def test_other_skin_of_the_same_head_is_refused() -> None:
    found = register(visits(1)[0], visits(2)[1])
    assert not found.accepted
    assert "other skin" in found.reason


def test_without_a_scale_the_same_skin_is_found_too() -> None:
    found = register(visits(1)[0], analyzed(pixels(1, 1), None))
    assert found.accepted, found.reason
    assert np.isnan(found.residual_um)
    assert error_um(found, 1) < 40
