"""Two visits of drawn hairs, matched: fates, places, units, and the tables' order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_area import find_common_area
from hairdensity.comparison.matching import Matched, match_visits
from hairdensity.comparison.pairing.compared import lay_on_one_skin
from hairdensity.tables import MATCHES, OSTIA, UNIT_MATCHES, empty_table, make_table
from hairdensity.target_area import TargetArea
from hairdensity.tracing.centerlines import Centerlines, Rejected

UM_PER_PX = 5.0
SHAPE = (400, 500)
LENGTH_PX = 60.0
SHIFT = Alignment(matrix=np.array([[1.0, 0.0, 20.0], [0.0, 1.0, -30.0]]))
"""Baseline px (r, c) lie at (r + 20, c - 30) of the follow-up."""

Roots = list[tuple[float, float]]


def visit(
    roots: Roots,
    *,
    units: list[int] | None = None,
    diameters_um: list[float] | None = None,
    drawn: Roots | None = None,
    unreadable: tuple[slice, slice] | None = None,
    ostia: Roots = [],  # noqa: B006 (never changed)
) -> Any:
    """As much of an analysis as matching needs: upright hairs of 60 um, drawn dark on bright skin."""
    n = len(roots)
    places = np.array(roots, dtype=np.float64).reshape(-1, 2)
    widths = np.full(n, 60.0) if diameters_um is None else np.array(diameters_um)
    pixels = np.full((*SHAPE, 3), 200, dtype=np.uint8)
    for row, col in roots if drawn is None else drawn:
        cv2.line(pixels, (round(col), round(row)), (round(col), round(row + LENGTH_PX)), (40, 40, 40), 12)
    paths = [place + np.linspace(0, LENGTH_PX, 13)[:, None] * [1.0, 0.0] for place in places]
    mask = np.ones(SHAPE, dtype=bool)
    if unreadable is not None:
        mask[unreadable] = False
    hairs = pd.DataFrame(
        {
            "hair_id": np.arange(n),
            "unit_id": np.arange(n) if units is None else np.array(units, dtype=np.int64),
            "diameter_px": widths / UM_PER_PX,
            "diameter_um": widths,
            "diameter_se_um": np.full(n, 2.0),
            "length_um": np.full(n, LENGTH_PX * UM_PER_PX),
        }
    )
    return SimpleNamespace(
        image=SimpleNamespace(pixels=pixels),
        calibration=Calibration(um_per_px=UM_PER_PX),
        working_um_per_px=UM_PER_PX,
        target_area=TargetArea(boundary_px=np.zeros((4, 2)), mask=mask, area_cm2=1.0, unreadable_fraction=0.0),
        centerlines=Centerlines.from_paths(paths, root_confidence=np.ones(n), hair_probability=np.full(n, 0.99)),
        rejected=Rejected.none(),
        hairs=hairs,
        ostia=openings(ostia),
    )


def openings(places: Roots) -> pd.DataFrame:
    n = len(places)
    row, col = np.array(places, dtype=np.float64).reshape(-1, 2).T
    return make_table(
        OSTIA,
        {
            "ostium_id": np.arange(n),
            "row_px": row,
            "col_px": col,
            "kind": np.full(n, "empty ostium", dtype=object),
            "diameter_um": np.full(n, 60.0),
            "confidence": np.full(n, 0.9),
            "in_area": np.ones(n, dtype=bool),
        },
    )


def moved(roots: Roots) -> Roots:
    return [(row + 20.0, col - 30.0) for row, col in roots]


def matched(before: Any, after: Any) -> Matched:
    return match_visits(before, after, SHIFT, find_common_area(before, after, SHIFT), residual_um=10.0)


KEPT: Roots = [(60.0, 60.0), (60.0, 200.0), (60.0, 340.0), (200.0, 60.0), (200.0, 340.0), (300.0, 200.0)]
LOST: Roots = [(200.0, 200.0)]
NEW: Roots = [(300.0, 340.0)]


def test_kept_lost_and_new() -> None:
    found = matched(visit(KEPT + LOST), visit(moved(NEW + KEPT))).hairs
    assert found["fate"].tolist() == ["kept"] * 6 + ["lost", "new"]
    assert found["baseline_hair_id"].tolist()[:7] == list(range(7))
    assert found["follow_up_hair_id"].tolist()[:6] == [1, 2, 3, 4, 5, 6] and found["follow_up_hair_id"][7] == 0
    assert found["baseline_hair_id"].isna().tolist() == [False] * 7 + [True]
    assert found["in_area"].all() and not found["second_look"].any()
    assert (found["fate_probability"] > 0.9).all()
    assert found.loc[6, ["row_px", "col_px"]].tolist() == [200.0, 200.0]
    assert found.loc[7, ["row_px", "col_px"]].tolist() == pytest.approx([300.0, 340.0])
    assert found["distance_um"][:6].max() < 1e-6 and found["distance_um"][6:].isna().all()


def test_the_tables_have_their_columns_and_types() -> None:
    found = matched(visit(KEPT), visit(moved(KEPT)))
    for table, columns in ((found.hairs, MATCHES), (found.units, UNIT_MATCHES)):
        assert list(table.columns) == [column.name for column in columns]
        assert [str(kind) for kind in table.dtypes] == [column.dtype for column in columns]


def test_a_hair_that_one_visit_did_not_trace_but_shows_is_kept_by_a_second_look() -> None:
    """All seven are drawn at both visits; the follow-up's tracer took one for a part of its neighbor, 10 px away."""
    beside = [*KEPT, (200.0, 70.0)]
    after = visit(moved(KEPT), drawn=moved(beside), diameters_um=[60, 60, 60, 95, 60, 60])
    found = matched(visit(beside), after).hairs
    assert found["fate"].tolist() == ["kept"] * 7
    assert found["second_look"].tolist() == [False] * 6 + [True]
    assert pd.isna(found["follow_up_hair_id"][6]) and found["follow_up_unit_id"][6] == 3
    assert found["follow_up_probability"][6] > 0.5


def test_hairs_that_one_visit_cannot_read_do_not_count() -> None:
    after = visit(moved(KEPT[1:]), unreadable=(slice(0, 160), slice(0, 100)))
    found = matched(visit(KEPT), after).hairs
    hidden = found[~found["in_area"]]
    assert hidden["baseline_hair_id"].tolist() == [0]
    assert hidden["fate_probability"].isna().all()
    assert set(found.loc[found["in_area"], "fate"]) == {"kept"}


def test_a_pair_counts_by_its_mean_place() -> None:
    """The border lies at column 100: roots at 98 and 104 have their mean inside, roots at 94 and 102 outside."""
    border = (slice(None), slice(0, 100))
    before = visit([(100.0, 98.0), (250.0, 94.0), *KEPT[1:3]], unreadable=border)
    after = visit(moved([(100.0, 104.0), (250.0, 102.0), *KEPT[1:3]]))
    found = matched(before, after).hairs
    assert found["fate"].tolist() == ["kept"] * 4
    assert found["in_area"].tolist() == [True, False, True, True]


def test_thickness_is_that_of_the_pair() -> None:
    before, after = visit(KEPT), visit(moved(KEPT), diameters_um=[60, 60, 60, 60, 60, 80])
    found = matched(before, after).hairs
    assert found["thickness"].tolist() == ["similar"] * 5 + ["thicker"]
    assert found["diameter_change_um"][5] == 20.0
    assert found["diameter_change_se_um"][5] == pytest.approx(8**0.5)


def test_widths_are_stated_on_the_scale_that_both_are_compared_on() -> None:
    """The follow-up's scale is 10 % too large: hairs of 60 um are stated as 66, and one of 80 as 88."""
    before, after = visit(KEPT), visit(moved(KEPT), diameters_um=[66, 66, 66, 66, 66, 88])
    area = find_common_area(before, after, SHIFT)
    found = match_visits(before, after, SHIFT, area, residual_um=10.0, um_factors=(1.0, 1 / 1.1)).hairs
    assert found["baseline_diameter_um"].tolist() == [60.0] * 6
    assert found["follow_up_diameter_um"].tolist() == pytest.approx([60.0] * 5 + [80.0])
    assert found["diameter_change_um"].tolist() == pytest.approx([0.0] * 5 + [20.0])
    assert found["diameter_change_se_um"][5] == pytest.approx((4 + 4 / 1.21) ** 0.5)
    assert found["thickness"].tolist() == ["similar"] * 5 + ["thicker"]
    assert found["length_change_um"].tolist() == pytest.approx([300 / 1.1 - 300] * 6)


def test_widths_are_compared_on_the_baselines_skin_whatever_scale_the_follow_up_has() -> None:
    """12 px at baseline are 12 px at a follow-up that lies 1:1, though its scale would make 75 um of them."""
    before, after = visit(KEPT), visit(moved(KEPT))
    after.working_um_per_px = 6.25
    widths = [np.exp(seen.log_diameter) for seen in lay_on_one_skin(before, after, SHIFT).seen]
    assert widths[0] == pytest.approx([60.0] * 6)
    assert widths[1] == pytest.approx([60.0] * 6)


def test_widths_of_a_follow_up_that_is_half_as_large_are_twice_its_px() -> None:
    after = visit([(row / 2, col / 2) for row, col in KEPT], diameters_um=[30.0] * 6)
    after.working_um_per_px = 10.0
    half = Alignment(matrix=np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]))
    seen = lay_on_one_skin(visit(KEPT), after, half).seen
    assert np.exp(seen[1].log_diameter) == pytest.approx([60.0] * 6)  # 6 px, of 5 um each at twice the size


def test_units_emptied_reactivated_and_grown() -> None:
    beside: Roots = [(60.0, 75.0)]
    before = visit(KEPT + LOST, ostia=NEW)
    after = visit(moved(KEPT + beside + NEW), units=[0, 1, 2, 3, 4, 5, 0, 7])
    found = matched(before, after).units
    assert found["fate"].tolist() == ["kept"] * 6 + ["emptied", "re-activated"]
    assert found["baseline_n_hairs"].tolist() == [1] * 7 + [0]
    assert found["follow_up_n_hairs"].tolist() == [2, 1, 1, 1, 1, 1, 0, 1]
    assert found["opening_seen"].tolist() == [False] * 7 + [True]
    assert found["baseline_unit_id"].isna().tolist() == [False] * 7 + [True]
    assert (found["fate_probability"] > 0.8).all()


def test_expected_hairs_add_up() -> None:
    found = matched(visit(KEPT + LOST), visit(moved(NEW + KEPT))).hairs
    assert found["baseline_probability"].sum() == pytest.approx(7, abs=0.3)
    assert found["follow_up_probability"].sum() == pytest.approx(7, abs=0.3)


def test_no_hairs_at_either_visit() -> None:
    found = matched(visit([]), visit([]))
    assert len(found.hairs) == 0 and len(found.units) == 0
    assert found.hairs.dtypes.equals(empty_table(MATCHES).dtypes)
    alone = matched(visit([]), visit(moved(KEPT))).hairs
    assert alone["fate"].tolist() == ["new"] * 6


def test_without_a_stated_residual() -> None:
    before, after = visit(KEPT), visit(moved(KEPT))
    found = match_visits(before, after, SHIFT, find_common_area(before, after, SHIFT), residual_um=float("nan"))
    assert found.hairs["fate"].tolist() == ["kept"] * 6
