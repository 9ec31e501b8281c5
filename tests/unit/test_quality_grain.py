"""Noise and blocks of a picture's own pixels."""

import cv2
import numpy as np
import pytest

from hairdensity.quality.grain import measure_blocks, measure_noise
from tests.quality_pictures import bars, pixels_of


def green_of(grey, noise):
    return np.ascontiguousarray(pixels_of(grey, noise=noise)[..., 1])


def stored(green, quality):
    _, data = cv2.imencode(".jpg", green, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("sd", [3.0, 8.0, 20.0])
def test_the_noise_that_was_added_is_measured(sd):
    assert measure_noise(green_of(bars(), sd)) == pytest.approx(sd, rel=0.12)


def test_hairs_and_shades_are_no_noise():
    shaded = bars() * np.linspace(0.7, 1.2, 640)
    assert measure_noise(green_of(shaded, 1.0)) < 1.3


def test_blocks_grow_with_the_compression():
    green = green_of(bars(), 2.0)
    ratios = [measure_blocks(green)] + [measure_blocks(stored(green, quality)) for quality in (90, 40, 8)]
    assert ratios[0] < 1.3
    assert ratios[1] < 1.6
    assert ratios[2] < ratios[3]
    assert ratios[3] > 2.4


def test_blocks_are_found_wherever_the_picture_was_cut():
    small = stored(green_of(bars(), 2.0), 8)
    assert measure_blocks(np.ascontiguousarray(small[3:, 5:])) == pytest.approx(measure_blocks(small), rel=0.2)


@pytest.mark.parametrize("shape", [(1, 1), (5, 40), (30, 30)])
def test_pictures_smaller_than_a_few_blocks_have_none(shape):
    green = np.full(shape, 150, np.uint8)
    assert (measure_noise(green), measure_blocks(green)) == (0.0, 1.0)
