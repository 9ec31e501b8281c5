"""The fit against a plain loop over templates, scipy's nonlinear least squares, and the area of supersampled bars."""

import math

import cv2
import numpy as np
import pytest
from scipy.optimize import curve_fit

from hairdensity.measurement.diameter import bar_profile, fit_bars, make_bank
from hairdensity.measurement.settings import MeasurementSettings
from hairdensity.measurement.shafts import measure_shafts
from hairdensity.tracing.centerlines import Centerlines

PSF_PX = 1.4
GEOMETRY = MeasurementSettings().in_px(5.0)


def erf_bar(x, width, center, sigma):
    """A blurred bar, one sample at a time, from math.erf."""
    scale = sigma * math.sqrt(2)
    return np.array(
        [(math.erf((p - center + width / 2) / scale) - math.erf((p - center - width / 2) / scale)) / 2 for p in x]
    )


def slow_fit(sample, weight, bank):
    """Width and center of the template with the least weighted squares about level, slope and an upward bar."""
    x = bank.x_px[weight > 0].astype(float)
    y = sample[weight > 0].astype(float)
    best = (np.inf, None, None)
    for width in np.exp(bank.log_width):
        for center in bank.center_px:
            design = np.stack([np.ones_like(x), x, erf_bar(x, width, center, PSF_PX)], axis=1)
            coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
            left = float(((y - design @ coefficients) ** 2).sum())
            if coefficients[2] > 0 and left < best[0]:
                best = (left, width, center)
    return best[1], best[2]


def cases():
    """Six noisy bars on slopes, off their axes, and weights that hide a side of the last three."""
    rng = np.random.default_rng(5)
    x = GEOMETRY.x_px
    samples, weights = [], np.ones((6, len(x)), dtype=np.float32)
    for width, center in ((3.3, 0.4), (8.1, -1.2), (19.0, 2.0), (5.0, 0.0), (12.0, 1.0), (16.0, -0.6)):
        bar = 0.6 * erf_bar(x, width, center, PSF_PX)
        samples.append(bar + 0.1 + 0.004 * x + rng.normal(0, 0.02, len(x)))
    weights[3, x > 6] = 0
    weights[4, x < -10] = 0
    weights[5, (x > 11) | (x < -20)] = 0
    return np.asarray(samples, dtype=np.float32), weights


def test_fast_fit_finds_the_template_that_the_loop_finds():
    samples, weights = cases()
    bank = make_bank(GEOMETRY, psf_px=PSF_PX)
    fits = fit_bars(samples, weights, bank)
    width_step, center_step = np.diff(bank.log_width)[0], np.diff(bank.center_px)[0]
    for k in range(len(samples)):
        width, center = slow_fit(samples[k], weights[k], bank)
        assert abs(math.log(fits.width_px[k] / width)) <= width_step  # the parabola moves it by less than one step
        assert abs(fits.center_px[k] - center) <= center_step


def test_common_and_separate_weights_give_the_same_fit():
    samples, _ = cases()
    bank = make_bank(GEOMETRY, psf_px=PSF_PX)
    ones = np.ones_like(samples)
    common, separate = fit_bars(samples, ones[:1], bank), fit_bars(samples, ones, bank)
    for name in ("width_px", "center_px", "height", "z", "unexplained"):
        assert getattr(common, name) == pytest.approx(getattr(separate, name), rel=1e-3, abs=1e-4)


def test_hidden_samples_have_no_influence():
    samples, weights = cases()
    bank = make_bank(GEOMETRY, psf_px=PSF_PX)
    spoiled = np.where(weights > 0, samples, np.float32(9.0))
    assert fit_bars(spoiled, weights, bank).width_px == pytest.approx(fit_bars(samples, weights, bank).width_px)


def test_bar_profile_equals_the_error_function_form():
    x = GEOMETRY.x_px
    expected = erf_bar(x, 6.5, -0.7, PSF_PX)
    assert bar_profile(x, np.array(6.5), np.array(-0.7), PSF_PX) == pytest.approx(expected, abs=1e-12)


def least_squares_width(sample, psf_px):
    """Width by scipy's nonlinear least squares on level, slope, height, width and center at once."""
    x = GEOMETRY.x_px

    def model(x, level, slope, height, width, center):
        return level + slope * x + height * erf_bar(x, width, center, psf_px)

    start = (0.0, 0.0, float(sample.max()), 8.0, 0.0)
    found, _ = curve_fit(model, x, sample.astype(float), p0=start, bounds=([-1, -1, 0, 0.5, -5], [1, 1, 2, 40, 5]))
    return found[3]


def test_fast_fit_agrees_with_nonlinear_least_squares():
    rng = np.random.default_rng(11)
    widths = rng.uniform(4.0, 22.0, 25)
    samples = np.stack(
        [0.5 * erf_bar(GEOMETRY.x_px, width, rng.normal(0, 0.6), PSF_PX) + 0.003 * GEOMETRY.x_px for width in widths]
    )
    samples = (samples + rng.normal(0, 0.01, samples.shape)).astype(np.float32)
    fast = fit_bars(samples, np.ones((1, samples.shape[1]), np.float32), make_bank(GEOMETRY, psf_px=PSF_PX)).width_px
    slow = np.array([least_squares_width(sample, PSF_PX) for sample in samples])
    assert fast == pytest.approx(slow, abs=0.05)
    assert abs(float((fast - widths).mean())) < 0.03


FACTOR = 8
"""Sub-pixels along each side of a pixel."""


def supersampled_bar(width_px, angle, psf_px, *, side=160, length=120.0):
    """A straight bar by counting sub-pixels, then averaged and blurred: no formula of the fit's."""
    at = (np.arange(side * FACTOR) + 0.5) / FACTOR - 0.5 - (side - 1) / 2
    along = at[:, None] * np.sin(angle) + at[None] * np.cos(angle)
    across = at[:, None] * np.cos(angle) - at[None] * np.sin(angle)
    inside = ((np.abs(across) <= width_px / 2) & (np.abs(along) <= length / 2)).astype(np.float32)
    fine = cv2.GaussianBlur(inside, (0, 0), psf_px * FACTOR)
    return inside.sum() / FACTOR**2 / length, cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("width_px", [5.3, 9.7, 18.1])
@pytest.mark.parametrize("psf_px", [0.9, 1.8])
def test_diameter_agrees_with_the_area_of_a_supersampled_bar(width_px, psf_px):
    from_area, picture = supersampled_bar(width_px, 0.7, psf_px)
    middle = (picture.shape[0] - 1) / 2
    axis = middle + np.linspace(-58, 58, 30)[:, None] * np.array([np.sin(0.7), np.cos(0.7)])
    # The pixel's own square adds 1/12 px^2 to the blur.
    settings = MeasurementSettings(default_psf_px=float(np.hypot(psf_px, 12**-0.5)))
    found = measure_shafts(0.8 * picture, Centerlines.from_paths([axis]), um_per_px=5.0, settings=settings)
    assert found.diameter_px[0] == pytest.approx(from_area, abs=0.1)
    assert from_area == pytest.approx(width_px, abs=0.02)
