from __future__ import annotations

import numpy as np
import pytest

from hairdensity.tracing.ends import EndSettings, resample, sample_along, settle_ends
from hairdensity.tracing.skeleton import Branches

UM_PER_PX = 5.0  # prolonged by 30 px, gaps up to 30 px, smoothed over 12 px


def level(row: float, start: float, stop: float) -> np.ndarray:
    cols = np.arange(start, stop + 1)
    return np.stack([np.full(len(cols), row), cols], axis=1)


def shaft_map(*stretches: tuple[int, int], row: int = 20) -> np.ndarray:
    """Darkness of 0.8 on rows 17-23 (about ``row``) between the columns of each stretch, both included."""
    darkness = np.zeros((41, 200), dtype=np.float32)
    for start, stop in stretches:
        darkness[row - 3 : row + 4, start : stop + 1] = 0.8
    return darkness


def settled(path: np.ndarray, darkness: np.ndarray, settings: EndSettings | None = None) -> np.ndarray:
    branches = settle_ends(
        Branches.from_paths([path]), darkness, um_per_px=UM_PER_PX, settings=settings or EndSettings()
    )
    return branches.path(0)


def test_a_ridge_that_stops_short_is_prolonged_to_the_shaft_s_ends() -> None:
    path = settled(level(20, 60, 110), shaft_map((50, 120)))
    assert path[0] == pytest.approx([20, 50], abs=1)
    assert path[-1] == pytest.approx([20, 120], abs=1)


def test_a_ridge_that_runs_too_far_is_cut_back() -> None:
    path = settled(level(20, 40, 130), shaft_map((50, 120)))
    assert path[0] == pytest.approx([20, 50], abs=1)
    assert path[-1] == pytest.approx([20, 120], abs=1)


def test_the_direction_of_the_path_is_kept() -> None:
    path = settled(level(20, 60, 110)[::-1], shaft_map((50, 120)))
    assert path[0] == pytest.approx([20, 120], abs=1)
    assert path[-1] == pytest.approx([20, 50], abs=1)


def test_points_are_1_px_apart() -> None:
    path = settled(level(20, 60, 110)[::3], shaft_map((50, 120)))
    assert np.linalg.norm(np.diff(path, axis=0), axis=1) == pytest.approx(1, abs=0.03)


def test_the_pale_shaft_under_the_skin_does_not_belong_to_it() -> None:
    darkness = shaft_map((50, 120))
    darkness[17:24, 30:50] = 0.3
    assert settled(level(20, 60, 110), darkness)[0] == pytest.approx([20, 50], abs=1)


def test_a_pale_stretch_up_to_150_um_does_not_end_a_shaft() -> None:
    path = settled(level(20, 30, 160), shaft_map((30, 90), (116, 160)))
    assert path[:, 1].min() == pytest.approx(30, abs=1)
    assert path[:, 1].max() == pytest.approx(160, abs=1)


def test_beyond_a_longer_pale_stretch_only_the_longest_part_is_left() -> None:
    path = settled(level(20, 30, 160), shaft_map((30, 90), (126, 160)))
    assert path[:, 1].min() == pytest.approx(30, abs=1)
    assert path[:, 1].max() == pytest.approx(90, abs=1)


def test_a_shaft_that_leaves_the_picture_ends_at_its_edge() -> None:
    path = settled(level(20, 8, 90), shaft_map((0, 100)))
    assert path[:, 1].min() == pytest.approx(0, abs=1)
    assert (path >= 0).all()


def test_trimming_takes_the_curl_toward_a_cut_corner_off_a_ridge() -> None:
    curled = level(20, 60, 114)
    curled[-6:, 0] += np.arange(1, 7)
    darkness = shaft_map((50, 120))
    untrimmed = settled(curled, darkness, EndSettings(trim_um=0.0))
    assert abs(settled(curled, darkness)[-1, 0] - 20) < abs(untrimmed[-1, 0] - 20)


def test_each_path_is_settled_by_its_own_darkness() -> None:
    darkness = np.vstack([shaft_map((50, 120)), 0.25 * shaft_map((70, 150))])
    both = Branches.from_paths([level(20, 60, 110), level(61, 80, 140)])
    paths = settle_ends(both, darkness, um_per_px=UM_PER_PX, settings=EndSettings())
    assert paths.path(0)[[0, -1], 1] == pytest.approx([50, 120], abs=1)
    assert paths.path(1)[[0, -1], 1] == pytest.approx([70, 150], abs=1)


def test_no_paths_are_settled_to_none() -> None:
    empty = Branches.from_paths([])
    assert len(settle_ends(empty, shaft_map(), um_per_px=UM_PER_PX, settings=EndSettings())) == 0


def test_resampled_paths_are_prolonged_straight_and_padded() -> None:
    profiles = resample(Branches.from_paths([level(7, 0, 10), level(9, 20, 24)]), smooth_px=0, prolong_px=3)
    assert profiles.points.shape == (2, 17, 2)
    assert profiles.valid.sum(axis=1).tolist() == [11 + 6, 5 + 6]
    assert profiles.points[0] == pytest.approx(level(7, -3, 13))
    assert profiles.points[1][profiles.valid[1]] == pytest.approx(level(9, 17, 27))


def test_resampling_evens_out_unequal_steps() -> None:
    uneven = level(7, 0, 20)[[0, 1, 2, 9, 10, 19, 20]]
    assert resample(Branches.from_paths([uneven]), smooth_px=0, prolong_px=0).points[0] == pytest.approx(
        level(7, 0, 20)
    )


def test_smoothing_takes_the_pixel_grid_out_of_a_path() -> None:
    stairs = level(7, 0, 60)
    stairs[1::2, 0] += 1
    smooth = resample(Branches.from_paths([stairs]), smooth_px=12, prolong_px=0).points[0]
    assert smooth[10:-10, 0] == pytest.approx(7.5, abs=0.1)


@pytest.mark.parametrize(("trim_px", "first", "last"), [(4, 4, 36), (30, 10, 30)])
def test_trimming_takes_a_quarter_at_each_end_at_most(trim_px: int, first: int, last: int) -> None:
    trimmed = resample(Branches.from_paths([level(7, 0, 40)]), smooth_px=0, prolong_px=0, trim_px=trim_px).points[0]
    assert trimmed[[0, -1], 1].tolist() == [first, last]


def test_values_between_pixels_are_interpolated_and_0_outside() -> None:
    ramp = np.tile(np.arange(20, dtype=np.float32), (20, 1))
    profiles = resample(Branches.from_paths([level(5.5, 15.25, 18.25)]), smooth_px=0, prolong_px=3)
    assert sample_along(ramp, profiles)[0] == pytest.approx([*np.arange(12.25, 19), *[19 * 0.75], 0, 0], abs=0.05)


def test_more_points_than_one_row_of_the_sampling_grid_keep_their_order() -> None:
    ramp = np.tile(np.arange(5000, dtype=np.float32), (3, 1))
    profiles = resample(Branches.from_paths([level(1, 0, 4999)]), smooth_px=0, prolong_px=0)
    assert sample_along(ramp, profiles)[0] == pytest.approx(np.arange(5000))
