from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from hairdensity.evaluation import Capture, Mistakes, pool_mistakes, sort_mistakes
from hairdensity.tracing.centerlines import Centerlines

# At 5 um/px roots match within 40 px and hairs lie on each other within 10; the margin is 64 px, the border 128.
HAIR = [300.0, 300.0, 300.0, 400.0]
FAR = [600.0, 300.0, 600.0, 400.0]
BACKWARD = [300.0, 400.0, 300.0, 300.0]


def causes(hairs: list[list[float]], found: list[list[float]], **options: Any) -> dict[str, int]:
    """The tallies that are not 0."""
    capture = Capture(
        hairs=np.array(hairs, dtype=float).reshape(-1, 4),
        fragments=np.array(options.pop("fragments", []), dtype=float).reshape(-1, 4),
        um_per_px=5.0,
        shape=(1000, 1000),
        **options,
    )
    lines = Centerlines.from_paths([np.array(vector, dtype=float).reshape(2, 2) for vector in found])
    return {name: n for name, n in asdict(sort_mistakes(capture, lines)).items() if n}


def test_a_right_answer_has_no_mistakes() -> None:
    assert causes([HAIR, FAR], [FAR, HAIR]) == {}
    assert causes([], []) == {}


def test_missed_and_false_hairs_far_from_anything() -> None:
    assert causes([HAIR, FAR], [FAR]) == {"missed_elsewhere": 1}
    assert causes([FAR], [FAR, HAIR]) == {"false_elsewhere": 1}
    assert causes([FAR], []) == {"missed_elsewhere": 1}
    assert causes([], [FAR]) == {"false_elsewhere": 1}


def test_what_lies_outside_the_margin_is_no_mistake() -> None:
    outside = [50.0, 300.0, 200.0, 300.0]
    assert causes([outside], []) == {}
    assert causes([], [outside]) == {}


def test_mistakes_near_the_border() -> None:
    near = [120.0, 300.0, 220.0, 300.0]
    assert causes([near], []) == {"missed_border": 1}
    assert causes([], [near]) == {"false_border": 1}


@pytest.mark.parametrize("seams", [{"seam_rows_px": (315.0,)}, {"seam_cols_px": (350.0,)}, {"seam_cols_px": (281.0,)}])
def test_mistakes_at_a_seam(seams: dict[str, Any]) -> None:
    assert causes([HAIR], [], **seams) == {"missed_seam": 1}
    assert causes([], [HAIR], **seams) == {"false_seam": 1}


def test_a_seam_farther_off_than_100_um_is_elsewhere() -> None:
    assert causes([HAIR], [], seam_rows_px=(321.0,), seam_cols_px=(279.0,)) == {"missed_elsewhere": 1}


def test_two_true_hairs_in_one_found() -> None:
    # The second root is 60 px from the found one: out of reach.
    behind = [300.0, 360.0, 300.0, 420.0]
    long = [300.0, 300.0, 300.0, 420.0]
    assert causes([[300.0, 300.0, 300.0, 355.0], behind], [long]) == {"missed_merged": 1}


def test_two_found_hairs_on_one_true() -> None:
    assert causes([HAIR], [[300.0, 300.0, 300.0, 345.0], [300.0, 350.0, 300.0, 400.0]]) == {"false_doubled": 1}


def test_a_reversed_hair_is_missed_and_false() -> None:
    assert causes([HAIR], [BACKWARD]) == {"missed_reversed": 1, "false_reversed": 1}


def test_a_root_at_the_tip_of_a_hair_that_runs_on_is_not_reversed() -> None:
    onward = [300.0, 400.0, 300.0, 500.0]
    assert causes([HAIR], [HAIR, onward]) == {"false_elsewhere": 1}


def test_a_found_hair_on_a_loose_piece() -> None:
    assert causes([FAR], [FAR, HAIR], fragments=[[305.0, 410.0, 305.0, 290.0]]) == {"false_fragment": 1}


def test_pooled_mistakes_add_up() -> None:
    pooled = pool_mistakes([Mistakes(missed_seam=2, false_doubled=1), Mistakes(missed_seam=1)])
    assert pooled == Mistakes(missed_seam=3, false_doubled=1)
    assert pool_mistakes([]) == Mistakes()
