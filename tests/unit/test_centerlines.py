from __future__ import annotations

import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.tracing.centerlines import Centerlines

FIRST = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 10.0]])
SECOND = np.array([[20.0, 20.0], [20.0, 21.5]])


def test_paths_come_back_root_first() -> None:
    lines = Centerlines.from_paths([FIRST, SECOND])
    assert len(lines) == 2
    assert lines.offsets.tolist() == [0, 3, 5]
    assert np.array_equal(lines.path(0), FIRST)
    assert np.array_equal(lines.path(1), SECOND)
    assert lines.roots_px.tolist() == [[0, 0], [20, 20]]
    assert lines.tips_px.tolist() == [[3, 10], [20, 21.5]]


def test_lengths_are_arc_lengths_without_the_jump_between_hairs() -> None:
    assert Centerlines.from_paths([FIRST, SECOND]).lengths_px.tolist() == [5 + 6, 1.5]


def test_every_point_knows_its_hair() -> None:
    assert Centerlines.from_paths([FIRST, SECOND]).hair_of_point.tolist() == [0, 0, 0, 1, 1]


def test_without_evidence_the_root_is_a_coin_toss_and_no_flag_is_set() -> None:
    lines = Centerlines.from_paths([FIRST, SECOND])
    assert lines.root_confidence.tolist() == [0.5, 0.5]
    assert lines.flags.tolist() == [0, 0]


def test_confidence_and_flags_are_kept_in_order() -> None:
    lines = Centerlines.from_paths([FIRST, SECOND], root_confidence=np.array([0.9, 0.6]), flags=np.array([1, 64]))
    assert lines.root_confidence.tolist() == [0.9, 0.6]
    assert lines.flags.tolist() == [1, 64]


def test_no_hair_is_zero_rows() -> None:
    lines = Centerlines.from_paths([])
    assert len(lines) == 0
    assert lines.points_px.shape == lines.roots_px.shape == lines.tips_px.shape == (0, 2)
    assert lines.lengths_px.shape == lines.hair_of_point.shape == (0,)


def test_a_hair_of_one_point_is_refused() -> None:
    with pytest.raises(InputError, match="at least two points a hair"):
        Centerlines.from_paths([FIRST, SECOND[:1]])


@pytest.mark.parametrize("offsets", [[], [1, 3], [0, 2], [0, 3, 1, 3]])
def test_offsets_that_do_not_rise_from_0_to_p_are_refused(offsets: list[int]) -> None:
    n = max(len(offsets) - 1, 0)
    with pytest.raises(InputError, match="offsets must rise from 0 to P"):
        Centerlines(
            points_px=FIRST,
            offsets=np.array(offsets, dtype=np.int64),
            root_confidence=np.ones(n),
            hair_probability=np.ones(n),
            flags=np.zeros(n, dtype=np.int64),
        )


def test_points_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(InputError, match=r"points_px must be \(P, 2\), got \(2, 3\)"):
        Centerlines(
            points_px=np.zeros((2, 3)),
            offsets=np.array([0, 2]),
            root_confidence=np.ones(1),
            hair_probability=np.ones(1),
            flags=np.zeros(1, dtype=np.int64),
        )


@pytest.mark.parametrize(("n_confidence", "n_probability", "n_flags"), [(1, 2, 2), (2, 1, 2), (2, 2, 1)])
def test_columns_of_another_length_are_refused(n_confidence: int, n_probability: int, n_flags: int) -> None:
    with pytest.raises(InputError, match="one value for each of 2 hairs"):
        Centerlines.from_paths(
            [FIRST, SECOND],
            root_confidence=np.ones(n_confidence),
            hair_probability=np.ones(n_probability),
            flags=np.zeros(n_flags, dtype=np.int64),
        )


def test_without_a_probability_it_is_not_known() -> None:
    assert np.isnan(Centerlines.from_paths([FIRST, SECOND]).hair_probability).all()
