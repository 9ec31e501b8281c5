from __future__ import annotations

import cv2
import numpy as np
import pytest

from hairdensity.flags import HairFlag
from hairdensity.segmentation.maps import RidgeMaps
from hairdensity.tracing import Centerlines, trace

SHAPE = (120, 200)
WIDTH_PX = 7
Line = tuple[tuple[int, int], tuple[int, int]]


def maps(
    *axes: Line,
    polarity: int = 1,
    red: float = 1.0,
    buried: Line | None = None,
    px_per_map_px: float = 1.0,
    level: float = 0.6,
) -> RidgeMaps:
    """Maps of bars about straight axes, (row, col) to (row, col), at 5 um/px."""
    contrast, axis = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.uint8)
    for (row, col), (to_row, to_col) in axes:
        cv2.line(contrast, (col, row), (to_col, to_row), level, WIDTH_PX)
        cv2.line(axis, (col, row), (to_col, to_row), 1, 1)
    if buried is not None:
        (row, col), (to_row, to_col) = buried
        cv2.line(contrast, (col, row), (to_col, to_row), 0.28, 3 * WIDTH_PX)
    return RidgeMaps(
        darkness=contrast,
        contrast=contrast,
        strength=np.where(contrast > 0, np.float32(0.5), np.float32(0)),
        orientation_rad=np.zeros(SHAPE, np.float32),
        width_px=np.full(SHAPE, WIDTH_PX, np.float32),
        axis=axis > 0,
        red_contrast=(red * contrast).astype(np.float32),
        polarity=polarity,
        px_per_map_px=px_per_map_px,
        um_per_map_px=5.0,
    )


LEVEL: Line = ((60, 60), (60, 140))
UPRIGHT: Line = ((20, 100), (100, 100))


def ends(lines: Centerlines, hair: int = 0) -> list[list[float]]:
    return sorted([lines.roots_px[hair].tolist(), lines.tips_px[hair].tolist()])


def test_a_bar_is_one_hair_from_end_to_end() -> None:
    lines = trace(maps(LEVEL))
    assert len(lines) == 1
    assert np.array(ends(lines)) == pytest.approx(np.array([[60, 60], [60, 140]]), abs=4)
    assert lines.lengths_px[0] == pytest.approx(80 + WIDTH_PX - 1, abs=2)  # cv2.line rounds its ends off


def test_two_crossing_bars_are_two_hairs() -> None:
    lines = trace(maps(LEVEL, UPRIGHT))
    assert sorted(lines.lengths_px.round().tolist()) == pytest.approx([86, 86], abs=3)


def test_nothing_found_is_zero_rows() -> None:
    assert len(trace(maps())) == 0


def test_the_root_is_where_the_shaft_goes_on_under_the_skin() -> None:
    left = trace(maps(LEVEL, buried=((60, 25), (60, 50)))).roots_px[0]
    right = trace(maps(LEVEL, buried=((60, 150), (60, 175)))).roots_px[0]
    assert left == pytest.approx([60, 58], abs=4)
    assert right == pytest.approx([60, 142], abs=4)


def test_a_sure_root_has_no_flag_and_an_unsure_one_has() -> None:
    sure, unsure = trace(maps(LEVEL, buried=((60, 25), (60, 50)))), trace(maps(LEVEL))
    assert sure.flags.tolist() == [0]
    assert sure.root_confidence[0] > 0.73
    assert unsure.flags.tolist() == [int(HairFlag.ROOT_UNSURE)]
    assert unsure.root_confidence[0] == pytest.approx(0.5, abs=0.05)


def test_a_hair_that_leaves_the_picture_is_flagged() -> None:
    lines = trace(maps(((60, 0), (60, 80)), ((20, 60), (20, 140))))
    touches = {lines.path(i)[0, 0].round(): bool(lines.flags[i] & HairFlag.TOUCHES_BORDER) for i in range(2)}
    assert touches == {60: True, 20: False}


def test_hairs_of_light_maps_are_flagged() -> None:
    (flags,) = trace(maps(LEVEL, polarity=-1)).flags
    assert flags & HairFlag.LIGHT_HAIR


def test_light_hairs_must_be_longer_than_dark_ones() -> None:
    short: Line = ((60, 60), (60, 90))  # 180 um with its round ends
    assert len(trace(maps(short))) == 1
    assert len(trace(maps(short, polarity=-1))) == 0


@pytest.mark.parametrize(("red", "n_hairs"), [(0.3, 0), (0.5, 1)])
def test_a_bar_that_is_hardly_dark_in_red_is_a_vessel(red: float, n_hairs: int) -> None:
    assert len(trace(maps(LEVEL, red=red))) == n_hairs


@pytest.mark.parametrize(("ridge_px", "n_hairs"), [(18, 0), (50, 1)])
def test_a_path_that_is_mostly_prolongation_of_a_short_ridge_is_no_hair(ridge_px: int, n_hairs: int) -> None:
    part = maps(LEVEL)
    part.axis[:, : 100 - ridge_px // 2] = part.axis[:, 100 + ridge_px // 2 :] = False
    assert len(trace(part)) == n_hairs


def test_no_hair_is_seen_on_unreadable_pixels() -> None:
    unreadable = np.zeros(SHAPE, dtype=bool)
    unreadable[50:70, 50:150] = True
    lines = trace(maps(LEVEL, ((100, 60), (100, 140))), unreadable=unreadable)
    assert lines.roots_px[:, 0].round().tolist() == [100]


def test_maps_at_half_the_resolution_give_centerlines_in_px_of_the_picture() -> None:
    unreadable = np.zeros((2 * SHAPE[0], 2 * SHAPE[1]), dtype=bool)
    unreadable[180:220] = True
    fine = trace(maps(LEVEL, ((100, 60), (100, 140)), px_per_map_px=2.0), unreadable=unreadable)
    coarse = trace(maps(LEVEL))
    assert len(fine) == 1
    assert fine.path(0) == pytest.approx(2 * coarse.path(0) + 0.5)


def test_maps_are_not_changed() -> None:
    given = maps(LEVEL, UPRIGHT)
    before = {name: getattr(given, name).copy() for name in ("contrast", "strength", "axis", "red_contrast")}
    trace(given)
    assert all(np.array_equal(getattr(given, name), values) for name, values in before.items())


@pytest.mark.parametrize(("other", "crossed"), [(UPRIGHT, True), (((20, 150), (100, 150)), False)])
def test_hairs_that_cross_are_flagged(other: Line, crossed: bool) -> None:
    lines = trace(maps(LEVEL, other))
    assert len(lines) == 2
    assert ((lines.flags & int(HairFlag.CROSSING)) != 0).tolist() == [crossed, crossed]
