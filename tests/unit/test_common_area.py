"""The skin that both pictures show: two masks, one area."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_area import find_common_area
from hairdensity.target_area import TargetArea

SAME = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def visit(mask: np.ndarray, *, um_per_px: float | None = 50.0, error: float = 0.02) -> Any:
    """As much of an analysis as an area needs; 50 um/px makes 20 x 20 px a hundredth of a cm2."""
    scale = None if um_per_px is None else Calibration(um_per_px=um_per_px, relative_error=error)
    area = TargetArea(boundary_px=np.zeros((4, 2)), mask=mask, area_cm2=None, unreadable_fraction=0.0)
    return SimpleNamespace(target_area=area, calibration=scale)


def moved(rows: float, cols: float, zoom: float = 1.0) -> Alignment:
    return Alignment(matrix=np.array([[zoom, 0.0, rows], [0.0, zoom, cols]]))


def test_the_same_picture_shares_all() -> None:
    both = visit(np.ones((20, 30), dtype=bool))
    found = find_common_area(both, both, Alignment(matrix=SAME))
    assert found.baseline.mask.all() and found.follow_up.mask.all()
    assert found.area_cm2 == pytest.approx(0.015)
    assert found.baseline.kind == "common"


def test_a_shift_leaves_what_overlaps_at_either_side() -> None:
    both = visit(np.ones((20, 30), dtype=bool))
    found = find_common_area(both, both, moved(0, 10))
    # Baseline column 0 lies at follow-up column 10: the baseline's first 20 columns are shown there.
    assert found.baseline.mask[:, :20].all() and not found.baseline.mask[:, 20:].any()
    assert found.follow_up.mask[:, 10:].all() and not found.follow_up.mask[:, :10].any()
    assert found.area_cm2 == pytest.approx(0.01)
    assert found.baseline.unreadable_fraction == pytest.approx(1 / 3)


def test_what_one_visit_cannot_read_counts_at_neither() -> None:
    before, after = np.ones((20, 30), dtype=bool), np.ones((20, 30), dtype=bool)
    before[:5], after[:, :6] = False, False
    found = find_common_area(visit(before), visit(after), Alignment(matrix=SAME))
    assert np.array_equal(found.baseline.mask, before & after)
    assert np.array_equal(found.follow_up.mask, before & after)


def test_the_better_known_scale_gives_the_area_of_both() -> None:
    mask = np.ones((20, 20), dtype=bool)
    alike = find_common_area(visit(mask), visit(mask, um_per_px=40.0), Alignment(matrix=SAME))
    assert alike.area_cm2 == pytest.approx(0.01)
    better = find_common_area(visit(mask), visit(mask, um_per_px=40.0, error=0.001), Alignment(matrix=SAME))
    assert better.area_cm2 == pytest.approx(0.01 * 0.64)
    assert better.follow_up.area_cm2 == better.baseline.area_cm2


def test_without_a_scale_there_is_no_area() -> None:
    mask = np.ones((20, 20), dtype=bool)
    found = find_common_area(visit(mask), visit(mask, um_per_px=None), Alignment(matrix=SAME))
    assert found.area_cm2 is None and found.baseline.area_px == 400


def test_pictures_that_share_nothing() -> None:
    both = visit(np.ones((20, 30), dtype=bool))
    found = find_common_area(both, both, moved(100, 0))
    assert found.baseline.area_px == 0 and found.area_cm2 == 0.0


def test_another_zoom_shows_the_same_skin_on_more_pixels() -> None:
    before, after = visit(np.ones((20, 20), dtype=bool)), visit(np.ones((40, 40), dtype=bool), um_per_px=25.0)
    found = find_common_area(before, after, moved(0.5, 0.5, zoom=2.0))
    assert found.baseline.mask.all() and found.follow_up.mask.mean() > 0.9


def test_masks_cannot_be_changed_and_inputs_are_not() -> None:
    mask = np.ones((20, 20), dtype=bool)
    found = find_common_area(visit(mask), visit(mask), moved(5, 5))
    assert mask.all()
    with pytest.raises(ValueError, match="read-only"):
        found.baseline.mask[0, 0] = False
