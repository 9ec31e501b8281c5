"""Hairs painted out of pictures drawn by hand."""

import numpy as np

from benchmarks.accuracy.painting_out import paint_out
from tests.straight_hairs import straight, visit_of

NOBODY = np.zeros((0, 4))
LONE, LEFT, RIGHT = 0, 1, 2


def visit():
    """A hair by itself, and two that lie 60 um apart."""
    return visit_of([straight(root, 400.0) for root in ((120, 200), (250, 420), (262, 420))])


def test_skin_lies_where_the_hair_was_and_nothing_else_is_changed():
    analysis = visit()
    painted = paint_out(analysis, np.array([LONE]), 1, others_px=NOBODY)

    assert list(painted.hairs) == [LONE]
    row, col = (np.round(axis).astype(int) for axis in analysis.centerlines.path(LONE).T)
    skin = analysis.image.pixels[60, 100]
    assert np.abs(painted.pixels[row, col].astype(int) - skin).max() <= 1
    changed = np.argwhere((painted.pixels != analysis.image.pixels).any(axis=2))
    assert changed.min(axis=0)[0] > 100 and changed.max(axis=0)[0] < 140


def test_a_hair_whose_neighbor_the_brush_would_touch_is_left():
    painted = paint_out(visit(), np.array([LEFT, RIGHT]), 2, others_px=NOBODY)

    assert len(painted.hairs) == 0
    assert np.array_equal(painted.pixels, visit().image.pixels)


def test_a_hair_that_the_analysis_overlooked_is_spared():
    over = np.array([[125.0, 180.0, 125.0, 300.0]])

    assert len(paint_out(visit(), np.array([LONE]), 1, others_px=over).hairs) == 0


def test_no_more_are_painted_out_than_asked_for():
    assert len(paint_out(visit(), np.array([LONE]), 0, others_px=NOBODY).hairs) == 0
