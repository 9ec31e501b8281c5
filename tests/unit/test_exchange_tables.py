"""Tables of what is handed on: rows of both readings, intervals, units by their hairs."""

import io

import pandas as pd
import pytest

from hairdensity.exchange.tables import match_table, parquet_of, table_of
from hairdensity.report.spreadsheets import csv_bytes
from tests.handed_on import REVIEW, entry, examined


def corrected():
    return examined(entry=entry(density=160.0), automatic=entry(), review=REVIEW, reason="=1+1")


def test_a_row_for_each_hair_of_both_readings():
    rows = table_of("hairs", [corrected()])
    assert rows["reading"].tolist() == ["corrected"] * 3 + ["automatic"] * 3
    assert rows["hair_id"].tolist() == [0, 1, 2] * 2
    assert rows.loc[0, ["root_row_px", "root_col_px", "diameter_um"]].tolist() == [10.0, 10.0, 62.5]
    assert rows["diameter_um"].isna().tolist() == [False, True, False] * 2
    assert rows.loc[1, "flags"] == "crossing"


def test_units_lie_at_the_mean_of_their_roots():
    rows = table_of("units", [examined()])
    assert rows[["unit_id", "row_px", "col_px", "n_hairs", "n_hairs_in_area"]].values.tolist() == [
        [0, 10.0, 12.0, 2, 2],
        [1, 50.0, 70.0, 1, 0],
    ]
    assert rows["nearest_unit_um"].tolist() == pytest.approx([5.0 * (40.0**2 + 58.0**2) ** 0.5] * 2)


def test_a_capture_has_its_figures_and_who_reviewed_it():
    rows = table_of("captures", [corrected()])
    assert rows["density_per_cm2"].tolist() == [160.0, 150.0]
    assert rows["density_per_cm2_low"].tolist() == [128.0, 120.0]
    assert rows["reviewed_by"].tolist() == [REVIEW.code, ""]
    assert rows["model_sha256"].tolist() == ["cd" * 32] * 2


def test_without_a_scale_cells_are_missing():
    row = table_of("captures", [examined(entry=entry(um_per_px=None), model=None)]).iloc[0]
    assert pd.isna(row["density_per_cm2"])
    assert pd.isna(row["um_per_px"])
    assert row["n_hairs"] == 2


@pytest.mark.parametrize("name", ["captures", "hairs", "units"])
def test_parquet_brings_back_the_same_rows(name):
    rows = table_of(name, [corrected(), examined()])
    back = pd.read_parquet(io.BytesIO(parquet_of(rows)))
    assert back.columns.tolist() == rows.columns.tolist()
    assert len(back) == len(rows)
    pd.testing.assert_frame_equal(back.select_dtypes("number"), rows.select_dtypes("number"))


def test_nothing_found_is_no_row():
    rows = table_of("hairs", [])
    assert (len(rows), "diameter_um" in rows.columns) == (0, True)


def test_no_cell_is_a_formula():
    assert b",=1+1" not in csv_bytes(table_of("captures", [corrected()]))


def test_fates_keep_what_is_missing():
    change = {"matches": [{"match_id": 0, "baseline_hair_id": None, "follow_up_hair_id": 4, "fate": "new"}]}
    rows = match_table(change)
    assert rows["baseline_hair_id"].isna().tolist() == [True]
    assert (rows.loc[0, "follow_up_hair_id"], rows.loc[0, "fate"]) == (4, "new")
    assert len(match_table({"matches": []}).columns) > 10
