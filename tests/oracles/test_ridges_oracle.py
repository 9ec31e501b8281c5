"""The ridge response against one that smooths and differentiates the whole map at its full size, pixel by pixel."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from hairdensity.segmentation.hessian import ridge_axis, ridge_response

PEAK_RESPONSE = 2 / math.sqrt(2 * math.pi * math.e)


def noisy_bars(seed: int, shape: tuple[int, int] = (150, 171)) -> np.ndarray:
    """Six bars of random place, direction, width and contrast on noise as correlated as a sensor's."""
    rng = np.random.default_rng(seed)
    darkness = gaussian_filter(rng.normal(0, 0.05, shape), 0.7)
    row, col = np.mgrid[: shape[0], : shape[1]]
    for _ in range(6):
        angle = rng.uniform(0, math.pi)
        center = rng.uniform(20, 130, 2)
        distance = np.abs((col - center[1]) * math.sin(angle) - (row - center[0]) * math.cos(angle))
        profile = np.clip(rng.uniform(1.5, 8) + 0.5 - distance, 0, 1)
        darkness = np.maximum(darkness, rng.uniform(0.3, 0.8) * profile)
    return gaussian_filter(darkness, 0.8).astype(np.float32)


def slow_response(darkness: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Response and orientation from the eigenvectors of each pixel's Hessian."""
    smooth = np.pad(gaussian_filter(darkness.astype(float), sigma, mode="mirror", truncate=4), 1, mode="reflect")
    here = smooth[1:-1, 1:-1]
    yy = smooth[2:, 1:-1] + smooth[:-2, 1:-1] - 2 * here
    xx = smooth[1:-1, 2:] + smooth[1:-1, :-2] - 2 * here
    xy = (smooth[2:, 2:] - smooth[2:, :-2] - smooth[:-2, 2:] + smooth[:-2, :-2]) / 4
    values, vectors = np.linalg.eigh(np.stack([np.stack([yy, xy], -1), np.stack([xy, xx], -1)], -2))
    across, along = values[..., 0], values[..., 1]
    response = np.maximum(0, (-across - np.abs(along)) * sigma**2 / PEAK_RESPONSE)
    return response, np.arctan2(vectors[..., 0, 1], vectors[..., 1, 1])


@pytest.mark.parametrize("sigma", [1.2, 2.0])
def test_fine_blurs_equal_the_slow_ones(sigma: float) -> None:
    darkness = noisy_bars(seed=1)
    strength, orientation, _ = ridge_response(darkness, sigmas_px=[sigma])
    expected, direction = slow_response(darkness, sigma)
    np.testing.assert_allclose(strength, expected, atol=2e-4)
    strong = expected > 0.1
    turn = (orientation[strong] - direction[strong] + math.pi / 2) % math.pi - math.pi / 2
    assert np.abs(turn).max() < 0.01


@pytest.mark.parametrize("sigma", [2.8, 4.8, 7.5])
def test_blurs_at_half_the_size_are_close_to_the_slow_ones(sigma: float) -> None:
    darkness = noisy_bars(seed=2)
    strength, orientation, _ = ridge_response(darkness, sigmas_px=[sigma])
    expected, direction = slow_response(darkness, sigma)
    # The edge of the map is mirrored at the edge of the half size, half a pixel away.
    inside = np.s_[20:-20, 20:-20]
    strength, orientation, expected, direction = (m[inside] for m in (strength, orientation, expected, direction))
    axis = ridge_axis(expected.astype(np.float32), direction.astype(np.float32), min_strength=0.15)
    ratio = strength[axis] / expected[axis]
    assert np.median(ratio) == pytest.approx(1, abs=0.01)
    assert np.mean(np.abs(ratio - 1) < 0.02) > 0.85
    assert np.sqrt(np.mean((strength - expected) ** 2)) < 0.01
    turn = (orientation[axis] - direction[axis] + math.pi / 2) % math.pi - math.pi / 2
    assert np.percentile(np.abs(turn), 95) < math.radians(1)


@pytest.mark.parametrize("offset", [0.0, 0.25, 0.5, 0.75, 1.0, 1.25])
@pytest.mark.parametrize("sigma", [2.8, 5.0])
def test_peaks_at_half_the_size_keep_their_place(offset: float, sigma: float) -> None:
    col = np.arange(80)
    profile = np.exp(-0.5 * ((col - 40 - offset) / 3) ** 2)
    strength, _, _ = ridge_response(np.tile(profile, (80, 1)).astype(np.float32), sigmas_px=[sigma])
    line = strength[40].astype(float)
    peak = int(line.argmax())
    before, here, after = line[peak - 1 : peak + 2]
    place = peak + 0.5 * (before - after) / (before - 2 * here + after)
    assert place == pytest.approx(40 + offset, abs=0.1)


def test_the_strongest_blur_wins_at_each_pixel() -> None:
    darkness = noisy_bars(seed=3)
    sigmas = [1.3, 2.0, 3.1]
    alone = np.stack([ridge_response(darkness, sigmas_px=[sigma])[0] for sigma in sigmas])
    strength, _, sigma = ridge_response(darkness, sigmas_px=sigmas)
    np.testing.assert_allclose(strength, alone.max(0), atol=1e-6)
    won = strength > 0
    np.testing.assert_array_equal(sigma[won], np.float32(sigmas)[alone.argmax(0)][won])


def slow_axis(strength: np.ndarray, orientation: np.ndarray, least: float) -> np.ndarray:
    def value(row: float, col: float) -> float:
        r, c = math.floor(row), math.floor(col)
        fr, fc = row - r, col - c
        total = 0.0
        for r1, wr in ((r, 1 - fr), (r + 1, fr)):
            for c1, wc in ((c, 1 - fc), (c + 1, fc)):
                if wr > 1e-6 and wc > 1e-6:
                    total += wr * wc * strength[r1, c1]
        return total

    axis = np.zeros(strength.shape, bool)
    for row in range(1, strength.shape[0] - 1):
        for col in range(1, strength.shape[1] - 1):
            here = strength[row, col]
            if here > least:
                down, right = math.cos(orientation[row, col]), -math.sin(orientation[row, col])
                axis[row, col] = here >= value(row + down, col + right) and here > value(row - down, col - right)
    return axis


def test_axis_equals_a_loop_over_pixels() -> None:
    strength, orientation, _ = ridge_response(noisy_bars(seed=4), sigmas_px=[1.5, 3.0], min_strength=0.05)
    axis = ridge_axis(strength, orientation, min_strength=0.05)
    differ = axis != slow_axis(strength, orientation, 0.05)
    assert axis.sum() > 200
    # Single precision decides between neighbors that are equal but for its last digit.
    assert differ.sum() <= 2
