import math

import numpy as np
import pytest

from hairdensity.segmentation import RidgeSettings, segment, segment_polarities
from hairdensity.segmentation.hessian import ridge_axis, ridge_response


def bar(angle_deg: float, half_width: float, *, size: int = 121) -> np.ndarray:
    """Darkness 1 within ``half_width`` of a line through the center; 0 deg runs along the columns."""
    row, col = np.mgrid[:size, :size] - size // 2
    angle = math.radians(angle_deg)
    distance = np.abs(col * math.sin(angle) - row * math.cos(angle))
    return np.clip(half_width + 0.5 - distance, 0, 1).astype(np.float32)


@pytest.mark.parametrize("half_width", [3.5, 5.5, 9.5, 15.5])
def test_bar_of_contrast_one_answers_with_one_when_sigma_is_half_its_width(half_width: float) -> None:
    strength, _, _ = ridge_response(bar(0, half_width), sigmas_px=[half_width])
    assert strength[60, 60] == pytest.approx(1, abs=0.02)


def test_response_follows_contrast() -> None:
    full, _, _ = ridge_response(bar(30, 4), sigmas_px=[4.0])
    third, _, _ = ridge_response(bar(30, 4) / 3, sigmas_px=[4.0])
    np.testing.assert_allclose(third, full / 3, atol=1e-5)


@pytest.mark.parametrize("half_width", [2.0, 6.0])
@pytest.mark.parametrize("angle_deg", [0, 20, 45, 90, -20, -70])
def test_orientation_runs_along_the_bar(angle_deg: float, half_width: float) -> None:
    # Rows grow downwards: the bar at +20 deg descends to the right, as the orientation counts.
    _, orientation, _ = ridge_response(bar(angle_deg, half_width), sigmas_px=[half_width])
    turn = (math.degrees(orientation[60, 60]) - angle_deg + 90) % 180 - 90
    assert abs(turn) < 1


def test_winning_sigma_is_the_nearest_to_half_the_width() -> None:
    sigmas = [1.5, 3.0, 6.0, 12.0]
    for half_width in sigmas:
        _, _, sigma = ridge_response(bar(0, half_width), sigmas_px=sigmas)
        assert sigma[60, 60] == half_width


def test_bar_wider_than_twice_root_three_sigma_splits_into_two_ridges() -> None:
    sigma = 4.0
    for ratio, n_peaks in ((0.9, 1), (1.4, 2)):
        strength, orientation, _ = ridge_response(bar(0, ratio * math.sqrt(3) * sigma), sigmas_px=[sigma])
        assert ridge_axis(strength, orientation, min_strength=0.1)[:, 60].sum() == n_peaks


def test_axis_of_a_light_bar_does_not_answer() -> None:
    strength, _, _ = ridge_response(-bar(0, 5), sigmas_px=[2.0, 5.0])
    assert strength[60, 60] < 1e-5


def test_flat_ground_and_slopes_do_not_answer() -> None:
    slope = np.tile(np.linspace(0, 1, 121, dtype=np.float32), (121, 1))
    for ground in (np.full((121, 121), 0.3, np.float32), slope):
        strength, _, _ = ridge_response(ground, sigmas_px=[2.0, 5.0])
        assert strength[40:80, 40:80].max() < 1e-4
        assert strength.min() >= 0


def test_weak_pixels_get_no_orientation() -> None:
    strength, orientation, _ = ridge_response(bar(45, 3), sigmas_px=[3.0], min_strength=0.5)
    assert (orientation[strength <= 0.5] == 0).all()
    np.testing.assert_allclose(orientation[strength > 0.8], math.pi / 4, atol=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 5), (65, 64), (129, 63)])
def test_any_shape_keeps_its_shape(shape: tuple[int, int]) -> None:
    strength, orientation, sigma = ridge_response(np.full(shape, 0.2, np.float32), sigmas_px=[1.5, 3.0, 8.0])
    assert strength.shape == orientation.shape == sigma.shape == shape
    assert ridge_axis(strength, orientation, min_strength=0.1).shape == shape


def test_axis_of_a_bar_is_one_pixel_wide_and_central() -> None:
    strength, orientation, _ = ridge_response(bar(90, 3), sigmas_px=[3.0])
    axis = ridge_axis(strength, orientation, min_strength=0.3)
    assert (np.nonzero(axis[20:100])[1] == 60).all()
    assert axis[20:100].sum() == 80


def picture(background: int, shaft: int) -> np.ndarray:
    pixels = np.full((400, 300, 3), background, np.uint8)
    pixels[:, 148:155] = shaft
    return pixels


@pytest.mark.parametrize(("background", "shaft", "polarity"), [(180, 60, 1), (90, 200, -1)])
def test_shafts_of_either_polarity_are_positive_in_their_own_maps(background: int, shaft: int, polarity: int) -> None:
    maps = segment(picture(background, shaft), um_per_px=5.0, polarity=polarity)
    contrast = polarity * (1 - (shaft + 1) / (background + 1))
    assert maps.contrast[200, 151] == pytest.approx(contrast, rel=0.02)
    assert maps.strength[200, 151] > 0.8 * contrast
    assert maps.axis[200, 151]
    # The ladder's next sigmas stand for bars of 6.2 and 9.7 px.
    assert 6 < maps.width_px[200, 151] < 10


def test_both_polarities_together_equal_each_alone() -> None:
    rng = np.random.default_rng(1)
    pixels = np.clip(picture(150, 60) + rng.normal(0, 8, (400, 300, 3)), 0, 255).astype(np.uint8)
    both = segment_polarities(pixels, um_per_px=5.0, settings=RidgeSettings(min_light_length_um=0.0))
    for together, polarity in zip(both, (1, -1), strict=True):
        alone = segment(pixels, um_per_px=5.0, polarity=polarity)
        assert together.polarity == polarity
        for name in ("darkness", "contrast", "strength", "orientation_rad", "width_px", "axis", "red_contrast"):
            # Single precision: the last digit is not promised.
            np.testing.assert_allclose(getattr(together, name), getattr(alone, name), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("shaft", "n_polarities"), [(60, 1), (240, 2)])
def test_light_hairs_are_only_looked_for_where_something_bright_is_long(shaft: int, n_polarities: int) -> None:
    assert len(list(segment_polarities(picture(150, shaft), um_per_px=5.0))) == n_polarities


def test_finer_pictures_are_reduced_to_the_working_scale() -> None:
    maps = segment(np.full((400, 300, 3), 150, np.uint8), um_per_px=2.5, settings=RidgeSettings(working_um_per_px=5.0))
    assert maps.darkness.shape == (400, 300)
    assert maps.strength.shape == (200, 150)
    assert (maps.px_per_map_px, maps.um_per_map_px) == (2.0, 5.0)
    np.testing.assert_allclose(maps.to_image_px(np.array([[0.0, 1.0]])), [[0.5, 2.5]])
