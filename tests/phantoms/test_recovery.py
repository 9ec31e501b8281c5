"""What is found on rendered scalp, against its truth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from scipy.spatial import cKDTree

from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.evaluation import HairSet, Score, diameter_agreement, found_hairs, pool_scores, score_hairs
from hairdensity.flags import HairFlag, ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.metrics import METRICS
from hairdensity.settings import Settings
from hairdensity.synthetic.presets import bald, clipped, clipped_apart, light_on_dark
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import Scene, Shafts, make_scene
from hairdensity.synthetic.settings import Clutter, SceneSettings

RIDGES = Settings(method="ridges")

APART = replace(clipped_apart(), field_mm=(3.6, 4.2))
BALD = replace(bald(), field_mm=(3.0, 3.6))
SEEDS = (1, 2, 3, 4, 5, 6)


def scored(settings: SceneSettings, seed: int) -> tuple[Rendering, Analysis, Score]:
    rendering = render(make_scene(settings, seed))
    analysis = analyzed(rendering, settings)
    truth = rendering.truth
    answer = HairSet(
        lines=truth.hairs,
        diameter_um=truth.diameter_um,
        counted=analysis.target_area.contains(truth.hairs.roots_px),
    )
    score = score_hairs(answer, found_hairs(analysis), um_per_px=settings.um_per_px, shape=truth.shape)
    return rendering, analysis, score


def analyzed(rendering: Rendering, settings: SceneSettings) -> Analysis:
    return analyze(rendering.image, calibration=Calibration(um_per_px=settings.um_per_px), settings=RIDGES)


@cache
def apart() -> Score:
    """Hairs apart, all seeds pooled: 86 hairs whose root lies in the area."""
    return pool_scores([scored(APART, seed)[2] for seed in SEEDS])


def test_hairs_apart_are_counted_within_2_percent() -> None:
    assert apart().roots.n_true > 80
    assert abs(apart().roots.count_error) <= 0.02


def test_a_right_count_of_hairs_apart_hides_no_wrong_hairs() -> None:
    assert apart().hairs.n_splits == apart().hairs.n_merges == 0
    assert apart().hairs.n_hit >= 0.97 * apart().hairs.n_found
    assert apart().roots.recall >= 0.97
    assert apart().roots.n_directed_hit >= 0.97 * apart().roots.n_true_hit


def test_diameters_of_hairs_apart_have_a_bias_below_2_um_in_every_band() -> None:
    bands = [band for band in diameter_agreement(apart().true_diameter_um, apart().found_diameter_um) if band.n]
    assert len(bands) == 5
    assert max(abs(band.bias_um) for band in bands) < 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bald_skin_has_no_hairs(seed: int) -> None:
    _, analysis, _ = scored(BALD, seed)
    assert analysis.metrics.n_hairs == 0
    assert ImageFlag.NO_HAIRS in analysis.flags


def test_text_and_scale_bar_on_bald_skin_are_not_counted() -> None:
    _, analysis, _ = scored(replace(BALD, camera=replace(BALD.camera, graphics=True)), 1)
    assert len(analysis.hairs) == 0
    assert ImageFlag.OVERLAY_GRAPHICS in analysis.flags


def test_text_and_scale_bar_do_not_change_the_count_of_hairs() -> None:
    plain, written = (
        scored(replace(clipped(graphics=graphics), field_mm=(3.0, 3.6)), 2)[1] for graphics in (False, True)
    )
    assert written.metrics.n_hairs == plain.metrics.n_hairs > 10
    assert written.target_area.area_px < plain.target_area.area_px


def test_light_hairs_on_dark_skin_are_found_and_flagged() -> None:
    light = light_on_dark()
    settings = replace(
        light, field_mm=(3.6, 4.2), population=replace(light.population, apart_um=100.0, vellus_share=0.0)
    )
    _, analysis, score = scored(settings, 1)
    assert score.hairs.n_true > 10
    assert score.hairs.n_hit >= 0.6 * score.hairs.n_true
    assert score.hairs.n_hit >= 0.9 * score.hairs.n_found
    assert (analysis.hairs["flags"] & int(HairFlag.LIGHT_HAIR)).all()
    assert (analysis.hairs["contrast"] < 0).all()


def test_dark_hairs_are_not_flagged_as_light() -> None:
    _, analysis, _ = scored(APART, 2)
    assert not (analysis.hairs["flags"] & int(HairFlag.LIGHT_HAIR)).any()


def with_fragments(scene: Scene, angle_deg: float) -> Scene:
    """The scene with six straight pieces of 250 um, 50 um thick, at one angle, away from every hair."""
    along = 125 * np.array([np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))])
    rows, cols = np.meshgrid(np.arange(400, 3300, 250.0), np.arange(400, 3900, 250.0), indexing="ij")
    places = np.stack([rows.ravel(), cols.ravel()], axis=1)
    hairs = np.concatenate([np.linspace(path[0], path[-1], 60) for path in scene.hairs.paths])
    free = places[cKDTree(hairs).query(places)[0] > 400]
    free = free[np.linspace(0, len(free) - 1, 6).astype(int)]
    pieces = Shafts.from_paths([np.stack([p - along, p + along]) for p in free], np.full(len(free), 50.0))
    return replace(scene, fragments=pieces)


@cache
def counts_with_fragments() -> tuple[int, int, int]:
    """Hairs counted without fragments, with lengthwise and with crosswise ones."""
    settings = replace(
        APART, population=replace(APART.population, density_per_cm2=120.0), clutter=Clutter(buried_root=0.75)
    )
    scene = make_scene(settings, 2)
    scenes = [scene, *(with_fragments(scene, settings.population.direction_deg + turn) for turn in (0, 90))]
    without, lengthwise, crosswise = (analyzed(render(s), settings).metrics.n_hairs for s in scenes)
    return without, lengthwise, crosswise


def test_loose_fragments_across_the_hairs_of_a_uniform_region_are_not_counted() -> None:
    without, lengthwise, crosswise = counts_with_fragments()
    assert lengthwise == without + 6  # they are found: only their direction tells
    assert crosswise == without


def line_picture(color: tuple[int, int, int]) -> TrichoImage:
    """A line of 600 x 60 um on plain skin with a sensor's noise."""
    pixels = np.full((300, 300, 3), (200, 165, 155), dtype=np.uint8)
    cv2.line(pixels, (90, 120), (190, 180), color, 12)
    noise = np.random.default_rng(0).normal(0, 2, pixels.shape)
    blurred = cv2.GaussianBlur(pixels.astype(float), (0, 0), 1.5)
    return TrichoImage.from_array(np.rint(blurred + noise).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(("red", "n_hairs"), [(195, 0), (80, 1)])
def test_a_line_that_is_dark_in_green_but_not_in_red_is_a_vessel(red: int, n_hairs: int) -> None:
    found = analyze(line_picture((red, 70, 70)), calibration=Calibration(um_per_px=5.0), settings=RIDGES)
    assert found.metrics.n_hairs == n_hairs


@pytest.mark.parametrize("seed", [1, 2])
def test_without_a_scale_hairs_are_found_and_no_um_or_cm2_is_stated(seed: int) -> None:
    rendering = render(make_scene(APART, seed))
    found = analyze(rendering.image, settings=RIDGES)
    n_true = int(found.target_area.contains(rendering.truth.hairs.roots_px).sum())
    assert abs(found.metrics.n_hairs - n_true) <= 1
    assert found.target_area.area_cm2 is None
    assert all(getattr(found.metrics, info.name) is None for info in METRICS if info.needs_scale)
    assert found.hairs.filter(like="_um").isna().all(axis=None)
    assert ImageFlag.UNCALIBRATED in found.flags
