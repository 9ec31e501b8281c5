"""Random settings: within their ranges, visible, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.synthetic.variety import LEAST_CONTRAST, MODES, contrast, random_settings


def drawn(mode: str, n: int = 60) -> list[SceneSettings]:
    return [random_settings(np.random.default_rng([seed, 7]), mode=mode) for seed in range(n)]


@pytest.mark.parametrize("mode", MODES)
def test_same_seed_same_settings(mode: str) -> None:
    assert drawn(mode, 3) == drawn(mode, 3)
    assert len(set(drawn(mode, 20))) == 20


@pytest.mark.parametrize("mode", MODES)
def test_pictures_have_the_size_that_was_asked_for(mode: str) -> None:
    settings = random_settings(np.random.default_rng(1), mode=mode, megapixels=0.25)
    height, width = settings.shape
    assert height * width == pytest.approx(250_000, rel=0.01)
    assert 1.0 <= width / height <= 1.35


@pytest.mark.parametrize("mode", MODES)
def test_terminal_hairs_stand_out_from_the_skin(mode: str) -> None:
    assert min(contrast(s.population, s) for s in drawn(mode)) >= LEAST_CONTRAST


def test_lengths_belong_to_the_mode() -> None:
    for mode, low, high in (("clipped", 200, 1500), ("short", 300, 4000), ("long", 900, 15_000)):
        ranges = [s.population.length_range_um for s in drawn(mode)]
        assert min(r[0] for r in ranges) >= low
        assert max(r[1] for r in ranges) <= 1.1 * high


def test_draws_cover_scales_and_both_polarities() -> None:
    scales = [s.um_per_px for s in drawn("clipped", 300)]
    assert min(scales) < 3.0
    assert max(scales) > 9.0
    assert np.mean([3.0 <= scale <= 8.0 for scale in scales]) > 0.8
    is_lighter = [np.mean(s.population.color_rgb) > np.mean(s.skin.color_rgb) for s in drawn("long", 200)]
    assert 0.02 < np.mean(is_lighter) < 0.4


def test_most_bald_scenes_have_no_hair() -> None:
    densities = np.array([s.population.density_per_cm2 for s in drawn("bald", 200)])
    assert 0.45 < np.mean(densities == 0) < 0.75
    assert densities.max() <= 12.0


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(InputError, match=r"clipped, short, long, bald.*'curly'"):
        random_settings(np.random.default_rng(0), mode="curly")
