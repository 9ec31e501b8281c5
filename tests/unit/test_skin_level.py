import numpy as np
import pytest

from hairdensity.segmentation.skin_level import relative_darkness


def test_darkness_is_one_minus_the_share_of_the_skins_level() -> None:
    channel = np.full((300, 300), 159, np.uint8)
    channel[:, 148:152] = 39
    darkness = relative_darkness(channel, window_px=100)
    assert darkness[150, 20] == pytest.approx(0, abs=1e-6)
    assert darkness[150, 150] == pytest.approx(1 - 40 / 160, abs=1e-6)


def test_darkness_does_not_follow_the_illumination() -> None:
    channel = np.tile(np.linspace(100, 200, 600), (600, 1)).astype(np.uint8)
    assert np.abs(relative_darkness(channel, window_px=100)[:, 60:540]).max() < 0.02
