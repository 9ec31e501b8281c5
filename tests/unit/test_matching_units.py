"""Units between two visits, from the units of their hairs; and what changed about a hair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hairdensity.comparison.pairing.hair_changes import describe_changes
from hairdensity.comparison.pairing.unit_fates import UnitRows, unit_rows

FAR = 120.0


def rows(*hairs: tuple[int, int, float, float]) -> tuple[list[tuple[int, int]], list[int]]:
    """Unit rows, and the row of each hair, of hairs (unit before, unit after, row, col)."""
    table = np.array(hairs, dtype=np.float64).reshape(-1, 4)
    before, after = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    found: UnitRows = unit_rows(before, after, table[:, 2:], reach_um=FAR)
    return list(zip(found.before.tolist(), found.after.tolist(), strict=True)), found.row_of_hair.tolist()


def test_a_unit_follows_its_hairs() -> None:
    found = rows((0, 1, 0, 0), (0, 1, 0, 50), (1, 0, 900, 0))
    assert found == ([(0, 1), (1, 0)], [0, 0, 1])


def test_lost_and_new_hairs_stay_in_their_unit() -> None:
    found = rows((0, 0, 0, 0), (0, -1, 0, 50), (-1, 0, 0, 80))
    assert found == ([(0, 0)], [0, 0, 0])


def test_emptied_and_reactivated() -> None:
    found = rows((0, -1, 0, 0), (-1, 0, 5000, 0))
    assert found == ([(0, -1), (-1, 0)], [0, 1])


def test_all_hairs_replaced_at_one_place_is_one_unit() -> None:
    found = rows((0, -1, 0, 0), (-1, 0, 0, 60))
    assert found == ([(0, 0)], [0, 0])


def test_joined_at_follow_up_the_finer_grouping_stands() -> None:
    """Units 0 (two hairs) and 1 (one hair) are seen as one at follow-up: both keep their hairs."""
    found = rows((0, 0, 0, 0), (0, 0, 0, 50), (1, 0, 0, 150))
    assert found == ([(0, 0), (1, -1)], [0, 0, 1])


def test_parted_at_follow_up_likewise() -> None:
    found = rows((0, 0, 0, 0), (0, 0, 0, 50), (0, 1, 0, 150))
    assert found == ([(0, 0), (-1, 1)], [0, 0, 1])


def test_an_overlooked_hair_of_no_unit_at_the_other_visit_keeps_its_own() -> None:
    found = rows((3, -1, 0, 0), (3, 2, 0, 40))
    assert found == ([(3, 2)], [0, 0])


def test_every_hair_has_one_row_and_every_unit_too() -> None:
    rng = np.random.default_rng(2)
    hairs = [(*rng.integers(-1, 12, 2), *rng.uniform(0, 2000, 2)) for _ in range(60)]
    hairs = [hair for hair in hairs if hair[0] >= 0 or hair[1] >= 0]
    units, of_hair = rows(*hairs)
    assert len(of_hair) == len(hairs) and min(of_hair) >= 0 and max(of_hair) < len(units)
    for side in (0, 1):
        names = [unit[side] for unit in units if unit[side] >= 0]
        assert sorted(names) == sorted({int(hair[side]) for hair in hairs if hair[side] >= 0})


def test_no_hairs_no_units() -> None:
    assert rows() == ([], [])


def table(*values: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(values, columns=["diameter_um", "diameter_se_um", "length_um"])


def changed(was: tuple[float, float], now: tuple[float, float]) -> tuple[str, str, str]:
    found = describe_changes(table((*was, 400.0)), table((*now, 500.0)), change_z=1.96)
    assert found.length_um.tolist() == [100.0]
    return found.thickness[0], found.class_30um[0], found.class_40um[0]


def test_thicker_beyond_both_errors() -> None:
    # Errors 3 and 4 make 5: 1.96 of them are 9.8 um.
    assert changed((50, 3), (59.7, 4)) == ("similar", "", "")
    assert changed((50, 3), (59.9, 4)) == ("thicker", "", "")
    assert changed((59.9, 4), (50, 3))[0] == "thinner"


def test_a_class_changes_only_beyond_the_error() -> None:
    assert changed((29, 3), (31, 4)) == ("similar", "", "")
    assert changed((25, 1), (45, 1)) == ("thicker", "vellus to terminal", "vellus to terminal")
    assert changed((45, 1), (35, 1)) == ("thinner", "", "terminal to vellus")
    assert changed((20, 1), (30, 1)) == ("thicker", "", "")


def test_what_was_not_measured_stays_unknown() -> None:
    assert changed((np.nan, np.nan), (50, 1)) == ("", "", "")
    assert changed((50, 1), (80, np.nan)) == ("", "", "")
