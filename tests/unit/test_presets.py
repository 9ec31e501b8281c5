from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.synthetic.presets import HAIR_RGB, SKIN_RGB, at_scale, bald, blurred, scaly, short, toned
from hairdensity.synthetic.scene import make_scene


def test_tones_change_nothing_but_colors() -> None:
    black, blond = toned("black", "I"), toned("blond", "VI")
    assert blond.population.color_rgb == HAIR_RGB["blond"]
    assert blond.skin.color_rgb == SKIN_RGB["VI"]
    assert blond.population.roots.color_rgb == pytest.approx(0.55 * np.array(SKIN_RGB["VI"]))
    population = replace(blond.population, color_rgb=black.population.color_rgb, roots=black.population.roots)
    assert replace(blond, population=population, skin=black.skin) == black
    assert replace(blond.skin, color_rgb=black.skin.color_rgb) == black.skin


def test_hairs_of_every_tone_stand_in_the_same_places() -> None:
    one, other = (make_scene(replace(toned(hair), field_mm=(2.0, 2.0)), 3) for hair in ("black", "white"))
    np.testing.assert_array_equal(one.hairs.points_um, other.hairs.points_um)


@pytest.mark.parametrize(("hair", "skin"), [("green", "I"), ("black", "VII")])
def test_unknown_tones_are_refused_with_the_known_ones(hair: str, skin: str) -> None:
    with pytest.raises(InputError, match=r"black, brown, .* and skin of I, III, VI, got"):
        toned(hair, skin)


def test_a_coarser_camera_shows_the_same_field_in_fewer_pixels() -> None:
    assert at_scale(4.0).shape == (1100, 1400)
    assert at_scale(8.0).shape == (550, 700)
    assert at_scale(4.0).population == at_scale(8.0).population


@pytest.mark.parametrize("sigma_px", [0.5, 0.7, 1.5, 3.5])
def test_blur_adds_up_to_what_was_asked_for(sigma_px: float) -> None:
    camera = blurred(sigma_px).camera
    assert np.hypot(camera.psf_sigma_px, camera.defocus_px) == pytest.approx(sigma_px)
    assert camera.corner_blur_px == 0


def test_short_hairs_are_1_to_4_mm_long() -> None:
    lengths = make_scene(replace(short(300.0), field_mm=(3.0, 3.0)), 1).hairs
    steps = np.linalg.norm(np.diff(lengths.points_um, axis=0), axis=1)
    total = [float(steps[a : b - 1].sum()) for a, b in zip(lengths.offsets[:-1], lengths.offsets[1:], strict=True)]
    assert 990 < min(total) < 1500
    assert 2500 < max(total) < 4010


def test_bald_scenes_have_no_hairs() -> None:
    for settings in (bald(), scaly()):
        assert len(make_scene(replace(settings, field_mm=(2.0, 2.0)), 1).hairs) == 0
