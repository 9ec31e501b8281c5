import math

import pandas as pd
import pyarrow.parquet as pq
import pytest

from hairdensity.study import table_files
from hairdensity.study.table_files import TableWriter
from hairdensity.tables import Column

COLUMNS = (
    Column("patient", "object", "", "code"),
    Column("image", "object", "", "file"),
    Column("n", "Int64", "", "number"),
    Column("x", "float64", "um", "length"),
    Column("in_area", "boolean", "", "counts"),
)


@pytest.fixture
def write(tmp_path):
    def _write(*added):
        paths = tmp_path / "t.parquet", tmp_path / "t.csv"
        with TableWriter(COLUMNS, parquet=paths[0], csv=paths[1]) as writer:
            for keys, columns in added:
                writer.add(keys, columns)
        return paths

    return _write


def test_what_is_missing_is_null_and_a_text_is_empty(write):
    parquet, _ = write(({"patient": "A"}, {"x": [1.5, math.nan], "n": [pd.NA, 3]}))
    assert pq.read_table(parquet).to_pydict() == {
        "patient": ["A", "A"],
        "image": ["", ""],
        "n": [None, 3],
        "x": [1.5, None],
        "in_area": [None, None],
    }


def test_row_groups_are_full_whatever_the_pieces(write, monkeypatch):
    monkeypatch.setattr(table_files, "GROUP_ROWS", 4)
    bytes_of = []
    for sizes in ((10,), (3, 3, 4), (1,) * 10):
        values = iter(range(10))
        parquet, csv = write(*(({}, {"n": [next(values) for _ in range(size)]}) for size in sizes))
        bytes_of.append((parquet.read_bytes(), csv.read_bytes()))
    assert len(set(bytes_of)) == 1
    metadata = pq.read_metadata(parquet)
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [4, 4, 2]


def test_a_table_that_no_worksheet_takes_has_no_csv(write, monkeypatch):
    monkeypatch.setattr(table_files, "CSV_ROWS", 2)
    assert write(({}, {"n": [1, 2]}))[1].exists()
    assert not write(({}, {"n": [1, 2, 3]}))[1].exists()


def test_no_cell_of_the_csv_is_a_formula_and_parquet_keeps_the_text(write):
    parquet, csv = write(({"patient": "=1+1", "image": "=a.jpg"}, {"x": [-1.5]}))
    assert csv.read_text().splitlines()[1].startswith('"\'=1+1","./=a.jpg",,-1.5')
    assert pq.read_table(parquet)["patient"].to_pylist() == ["=1+1"]


def test_no_row_is_a_table_with_its_columns(write):
    parquet, csv = write()
    assert pq.read_table(parquet).column_names == [column.name for column in COLUMNS]
    assert len(pd.read_csv(csv)) == 0
