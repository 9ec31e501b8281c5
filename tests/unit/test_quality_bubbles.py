"""Rings are bubbles; hairs, spots and the gaps between hairs are not."""

import cv2
import numpy as np
import pytest

from hairdensity.quality.bubbles import find_bubbles
from hairdensity.quality.view import make_view
from tests.quality_pictures import NOTHING, SHAPE, UM_PER_PX, bars, pixels_of


def bubbles_of(grey):
    return find_bubbles(make_view(pixels_of(grey), drawn=NOTHING, um_per_px=UM_PER_PX))


@pytest.mark.parametrize(("radius_um", "least"), [(150, 0.7), (250, 0.9), (400, 0.9)])
def test_rings_are_found_and_the_rest_is_not(radius_um, least):
    grey, inside = bars(), np.zeros(SHAPE, np.uint8)
    radius = int(radius_um / UM_PER_PX)
    for center in [(col, row) for row in (90, 240, 390) for col in (90, 240, 400, 550)]:
        cv2.circle(grey, center, radius, 50, 3, cv2.LINE_AA)
        cv2.circle(inside, center, radius, 1, -1)
    found = bubbles_of(cv2.GaussianBlur(grey, (0, 0), 1.0))
    near = cv2.dilate(inside, np.ones((41, 41), np.uint8)) > 0
    assert found[inside > 0].mean() > least
    assert not found[~near].any()


def test_hairs_are_no_bubbles():
    assert not bubbles_of(bars()).any()
    assert not bubbles_of(bars(level=60, hair=200)).any()


def test_dark_discs_are_no_bubbles():
    grey = bars()
    for center in ((150, 120), (450, 130), (300, 330), (520, 380)):
        cv2.circle(grey, center, 20, 50, -1, cv2.LINE_AA)
    assert not bubbles_of(grey).any()
