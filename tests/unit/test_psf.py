"""The blur from the edges of wide hairs, and how it changes over the picture."""

import numpy as np
import pytest

from hairdensity.measurement.diameter import bar_profile
from hairdensity.measurement.psf import DEFAULT_LOG_SD, PsfField, estimate_psf
from hairdensity.measurement.settings import MeasurementSettings

GEOMETRY = MeasurementSettings().in_px(5.0)
SHAPE = (1000, 1000)
N_HAIRS, N_EACH = 50, 8


def hairs(sigma_at, *, width=(16.0, 24.0), line=0.0, noise=0.01, seed=0):
    """Cross-sections of hairs all over the picture; ``sigma_at`` gives the blur at (H, 2) places."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 1000, (N_HAIRS, 2))
    hair = np.repeat(np.arange(N_HAIRS), N_EACH)
    sigma = np.broadcast_to(sigma_at(place), N_HAIRS)[hair][:, None]
    widths = np.repeat(rng.uniform(*width, N_HAIRS), N_EACH)[:, None]
    bars = bar_profile(GEOMETRY.x_px, widths, np.zeros((1, 1)), sigma)
    spread = np.hypot(0.2 * widths, sigma)
    bars -= line * 0.2 * widths / spread * np.exp(-0.5 * (GEOMETRY.x_px / spread) ** 2)
    samples = 0.7 * bars + rng.normal(0, noise, bars.shape)
    return samples.astype(np.float32), hair, place[hair]


def estimate(*cross_sections, default_px=1.5):
    return estimate_psf(*cross_sections, GEOMETRY, shape=SHAPE, default_px=default_px)


def at(field, row, col):
    return float(field.at(np.array([[row, col]]), np.array([10_000]))[0])


@pytest.mark.parametrize("sigma", [0.8, 1.5, 2.2])
def test_even_blur_is_found_and_has_no_field(sigma):
    field = estimate(*hairs(lambda place: sigma))
    assert at(field, 0, 0) == at(field, 500, 500) == pytest.approx(sigma, rel=0.02)
    assert not field.is_assumed


def test_a_bowl_of_blur_is_followed_into_the_corners():
    field = estimate(*hairs(lambda place: 1.2 * np.exp(0.3 * (((place - 500) / 500) ** 2).sum(axis=1))))
    assert at(field, 500, 500) == pytest.approx(1.2, rel=0.04)
    assert at(field, 950, 500) == pytest.approx(1.2 * np.exp(0.3 * 0.81), rel=0.05)


def test_a_tilted_picture_is_blurred_to_one_side():
    field = estimate(*hairs(lambda place: 1.4 * np.exp(0.4 * (place[:, 1] - 500) / 500)))
    assert at(field, 500, 100) == pytest.approx(1.4 * np.exp(-0.32), rel=0.05)
    assert at(field, 500, 900) == pytest.approx(1.4 * np.exp(0.32), rel=0.05)


def test_hairs_at_different_heights_have_their_own_blur():
    field = estimate(*hairs(lambda place: np.where(np.arange(len(place)) % 2 == 0, 1.0, 2.0)))
    points = np.full((4, 2), 500.0)
    assert field.at(points, np.arange(4)) == pytest.approx([1.0, 2.0, 1.0, 2.0], rel=0.04)
    assert field.log_sd == pytest.approx(np.log(2) / 2, rel=0.6)


def test_a_highlight_does_not_look_like_sharper_edges():
    field = estimate(*hairs(lambda place: 1.5, line=0.35))
    assert at(field, 500, 500) == pytest.approx(1.5, rel=0.04)


def test_thin_hairs_show_no_blur_and_the_default_says_so():
    field = estimate(*hairs(lambda place: 1.9, width=(2.0, 4.0)), default_px=1.3)
    assert field.is_assumed
    assert at(field, 10, 10) == pytest.approx(1.3)
    assert field.log_se(2) == pytest.approx([DEFAULT_LOG_SD] * 2, rel=0.01)


def test_the_even_field_is_even():
    field = PsfField.even(2.0, SHAPE)
    assert field.at(np.array([[0.0, 0.0], [999.0, 3.0]]), np.array([0, 1])) == pytest.approx([2.0, 2.0])
