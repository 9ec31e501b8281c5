"""Changes of a crop's appearance."""

from __future__ import annotations

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.training.appearance import AppearanceSettings, vary_appearance

PLAIN = AppearanceSettings(**{field.name: 0.0 for field in fields(AppearanceSettings)})
ROOTS = np.array([[48.0, 20.0]])


def crop(shaft=30, skin=180):
    """A shaft of 10 px from the root to the right, on even skin."""
    pixels = np.full((96, 96, 3), skin, np.uint8)
    cv2.line(pixels, (20, 48), (90, 48), (shaft,) * 3, 10)
    return pixels


def varied(pixels, seed=0, roots=ROOTS, **settings):
    return vary_appearance(pixels, roots, replace(PLAIN, **settings), np.random.default_rng(seed))


def test_with_all_settings_at_zero_nothing_changes():
    np.testing.assert_array_equal(varied(crop()), crop())


@pytest.mark.parametrize("setting", [field.name for field in fields(AppearanceSettings)])
def test_each_setting_changes_the_pixels_but_not_the_given_crop(setting):
    pixels = crop()
    value = 1.0 if setting.endswith("_share") else 0.3
    changed = np.stack([varied(pixels, seed, **{setting: value}) for seed in range(10)])
    assert changed.shape == (10, *pixels.shape)
    assert changed.dtype == np.uint8
    np.testing.assert_array_equal(pixels, crop())
    # A grey crop stays as it is when its colors are taken.
    assert setting == "grey_share" or (changed != pixels).any()


def test_the_same_seed_gives_the_same_crop():
    settings = AppearanceSettings()
    first, second = (vary_appearance(crop(), ROOTS, settings, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("shaft", "skin"), [(30, 180), (220, 90)])
def test_a_cover_has_the_skins_color_and_lies_about_the_root(shaft, skin):
    pixels = crop(shaft, skin)
    changes = np.mean([np.abs(varied(pixels, seed, cover_share=1.0) - pixels.astype(float)) for seed in range(40)], 0)
    changed = changes.mean(axis=2)
    assert changed[48, 22:30].mean() > 5 * changed[48, 75:85].mean()
    levels = np.array([varied(pixels, seed, cover_share=1.0)[48, 24].mean() for seed in range(40)])
    assert np.abs(levels - skin).min() < 0.25 * abs(shaft - skin)


def test_without_roots_nothing_is_covered():
    np.testing.assert_array_equal(varied(crop(), roots=np.zeros((0, 2)), cover_share=1.0), crop())


def test_roughened_edges_stay_near_the_shaft():
    is_shaft = varied(crop(), rough_share=1.0)[..., 0] < 105
    assert is_shaft[46:51, 25:85].all()
    assert not is_shaft[:38].any()
    assert not is_shaft[59:].any()


@pytest.mark.parametrize(("setting", "value"), [("cover_share", 1.1), ("tint_sd", -0.1), ("gain_sd", 2.5)])
def test_settings_out_of_range_are_named(setting, value):
    with pytest.raises(InputError, match=setting):
        replace(PLAIN, **{setting: value})
