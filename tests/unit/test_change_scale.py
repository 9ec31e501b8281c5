import math

import numpy as np
import pytest

from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.differencing.common_scale import find_common_scale, stated_ratio

SKIN = 0.015


def zoomed(factor):
    return Alignment(matrix=np.array([[factor, 0.0, 3.0], [0.0, factor, -2.0]]))


def given(um_per_px, error=0.02):
    return Calibration(um_per_px=um_per_px, relative_error=error)


def test_one_device_with_one_scale_shares_its_error_whatever_the_skin_says():
    scale = find_common_scale((given(5.0), given(5.0)), zoomed(1.01), skin_stretch=SKIN)

    assert (scale.baseline.um_per_px, scale.follow_up.um_per_px) == (5.0, 5.0)
    assert (scale.zoom, scale.ratio_sd) == (1.0, 0.0)


def test_two_stated_scales_and_the_skin_are_weighed_by_their_errors():
    # The stated scales are off by 4 % against the skin; theirs is an error of 0.02 * sqrt(2), the skin's 0.015.
    scale = find_common_scale((given(5.0), given(10.4)), zoomed(0.5), skin_stretch=SKIN)

    weight = 0.0008 / (0.0008 + 0.000225)
    assert scale.baseline.um_per_px == 5.0
    assert scale.follow_up.um_per_px == pytest.approx(10.4 * 1.04**-weight)
    assert scale.ratio_sd == pytest.approx(math.sqrt(0.0008 * 0.000225 / (0.0008 + 0.000225)))
    assert scale.zoom == pytest.approx(5.0 / scale.follow_up.um_per_px)


def test_the_scale_that_is_known_better_stays():
    scale = find_common_scale((given(5.0), given(10.4, error=0.001)), zoomed(0.5), skin_stretch=SKIN)

    assert scale.follow_up.um_per_px == 10.4
    assert 5.0 < scale.baseline.um_per_px < 5.2


def test_a_zoom_that_was_changed_on_one_device_is_not_believed_to_be_shared():
    scale = find_common_scale((given(5.0), given(5.0)), zoomed(1.1), skin_stretch=SKIN)

    assert scale.follow_up.um_per_px == pytest.approx(5.0 * 1.1 ** -(0.0008 / 0.001025))
    assert scale.ratio_sd > 0


def test_without_a_scale_the_skin_alone_tells_the_zoom():
    scale = find_common_scale((given(5.0), None), zoomed(0.5), skin_stretch=SKIN)

    assert scale.baseline is None and scale.follow_up is None
    assert (scale.zoom, scale.ratio_sd) == (pytest.approx(0.5), SKIN)


def test_stated_scales_agree_when_the_same_skin_has_the_same_size():
    assert stated_ratio(given(5.0), given(10.0), zoomed(0.5)) == pytest.approx(1.0)
    assert stated_ratio(given(5.0), given(11.0), zoomed(0.5)) == pytest.approx(1.1)


def test_what_the_visits_state_is_restated_on_the_common_scale():
    scale = find_common_scale((given(5.0), given(10.4, error=0.001)), zoomed(0.5), skin_stretch=SKIN)

    factors = scale.restating((given(5.0), given(10.4)))

    # A hair of 12 px at baseline is 6 px at follow-up: 60 and 62.4 um as stated; the baseline's scale is changed.
    weight = (0.0004 + 0.000001) / (0.0004 + 0.000001 + 0.000225)
    assert factors == (pytest.approx(1.04**weight), 1.0)
    assert find_common_scale((given(5.0), None), zoomed(0.5), skin_stretch=SKIN).restating((given(5.0), None)) == (1, 1)
