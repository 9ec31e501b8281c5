from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hairdensity.analysis import analyze
from hairdensity.calibration import Calibration
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.quality.legibility import busy_share, is_legible
from hairdensity.settings import Settings
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import Curtain

RIDGES = Settings(method="ridges")
SHAPE = (200, 300)
NOTHING = np.zeros(SHAPE, bool)
EVERYTHING = ~NOTHING


def pixels_of(level):
    return np.repeat(np.clip(level, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_flat_skin_is_quiet_and_a_checkerboard_is_busy():
    board = 60 + 120 * (np.add.outer(np.arange(200) // 4, np.arange(300) // 4) % 2)
    half = np.where(np.arange(300) < 150, board, 150)
    whole = [busy_share(pixels_of(p), EVERYTHING, um_per_px=10.0) for p in (np.full(SHAPE, 150), board, half)]
    assert whole == pytest.approx([0.0, 1.0, 0.5], abs=0.04)


def test_an_empty_area_is_not_busy():
    assert busy_share(pixels_of(np.full(SHAPE, 150)), NOTHING, um_per_px=10.0) == 0.0


def test_a_screen_is_no_capture():
    skin, drawn = pixels_of(np.full(SHAPE, 150)), NOTHING.copy()
    drawn[:, :150] = True
    assert is_legible(skin, EVERYTHING, graphics=drawn, um_per_px=10.0)
    drawn[:, :200] = True
    assert not is_legible(skin, EVERYTHING, graphics=drawn, um_per_px=10.0)


def test_an_outline_about_hairs_is_judged_by_the_skin_around():
    board = 60 + 120 * (np.add.outer(np.arange(200) // 4, np.arange(300) // 4) % 2)
    picture = pixels_of(np.where(np.arange(300) < 100, board, 150))
    about = NOTHING.copy()
    about[:, :90] = True
    assert is_legible(picture, about, graphics=NOTHING, um_per_px=10.0)


@pytest.mark.parametrize("width_um", [40.0, 65.0])
def test_unparted_hair_is_flagged_and_not_counted(width_um):
    settings = replace(clipped(150.0), field_mm=(2.5, 3.0), curtain=Curtain(cover=1.0, width_um=width_um))
    image = render(make_scene(settings, 3)).image
    found = analyze(image, calibration=Calibration(um_per_px=settings.um_per_px), settings=RIDGES)
    assert ImageFlag.UNREADABLE in found.flags
    assert ImageFlag.NO_HAIRS not in found.flags
    assert found.metrics.n_hairs == 0
    assert found.metrics.density_per_cm2 is None
    assert (found.target_area.area_cm2, found.target_area.unreadable_fraction) == (0.0, 1.0)


def test_clipped_scalp_is_read():
    settings = replace(clipped(250.0), field_mm=(2.5, 3.0))
    image = TrichoImage.from_array(render(make_scene(settings, 3)).image.pixels)
    found = analyze(image, calibration=Calibration(um_per_px=settings.um_per_px), settings=RIDGES)
    assert ImageFlag.UNREADABLE not in found.flags
    assert found.metrics.n_hairs > 0
