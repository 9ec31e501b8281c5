"""Readings by people: forms and long tables come out alike, and every fault is named with its row."""

import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.study.columns import READINGS
from hairdensity.study.readings import ReadingsError, read_readings


@pytest.fixture
def write(tmp_path):
    def written(text, name="form.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return written


FORM = "reader,image,n_hairs,area_cm2,comment\nr1,a.png,12,0.5,clear\nr1,b.png,,0.5,\n"


def faults_of(path):
    with pytest.raises(ReadingsError) as caught:
        read_readings(path)
    return [(fault.row, fault.column, fault.code) for fault in caught.value.faults]


def test_a_form_becomes_a_row_for_each_figure_and_an_empty_cell_stays_missing(write):
    readings = read_readings(write(FORM))
    assert list(readings.columns) == [column.name for column in READINGS]
    assert {name: str(dtype) for name, dtype in readings.dtypes.items()} == {c.name: c.dtype for c in READINGS}
    assert readings["figure"].tolist() == ["n_hairs", "area_cm2"] * 2
    np.testing.assert_array_equal(readings["value"], [12, 0.5, np.nan, 0.5])
    assert readings["comment"].tolist() == ["clear", "clear", "", ""]
    assert readings["reading"].tolist() == [1] * 4


def test_a_long_table_of_the_same_readings_is_the_same(write):
    long = read_readings(
        write(
            "Reader,Image,Figure,Value,Comment\nr1,a.png,n_hairs,12,clear\nr1,a.png,area_cm2,0.5,clear\n"
            "r1,b.png,n_hairs,,\nr1,b.png,area_cm2,.5,\n"
        )
    )
    assert long.equals(read_readings(write(FORM)))


def test_parquet_is_known_by_its_bytes_whatever_the_file_is_called(tmp_path, write):
    pytest.importorskip("pyarrow")
    readings = read_readings(write(FORM))
    readings.to_parquet(tmp_path / "readings.data")
    assert read_readings(tmp_path / "readings.data").equals(readings)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_spreadsheet_with_semicolons_and_decimal_commas_is_read(write, encoding):
    other = FORM.replace(",", ";").replace("0.5", "0,5")
    assert read_readings(write(other, encoding=encoding)).equals(read_readings(write(FORM)))


def test_what_was_written_is_read_back(tmp_path, write):
    readings = read_readings(write("reader,reading,image,row,week,n_hairs\nr1,1,a.png,3,12,5\nr1,2,a.png,3,12,6\n"))
    assert readings["row"].tolist() == [3, 3]
    assert readings["week"].tolist() == [12, 12]
    readings.to_csv(tmp_path / "again.csv", index=False)
    assert read_readings(tmp_path / "again.csv").equals(readings)
    pytest.importorskip("pyarrow")
    readings.to_parquet(tmp_path / "again.parquet")
    assert read_readings(tmp_path / "again.parquet").equals(readings)


def test_all_faults_are_listed_with_their_row_and_column(write):
    path = write(
        "reader,reading,image,row,n_hairs,n_units\n"
        "r1,1,a.png,1,12,many\n"
        ",1,b.png,2,1,1\n"
        "r1,0,c.png,3,1,1\n"
        "r1,1,,4,1,1\n"
        "r1,1,d.png,1.5,1,1\n"
        "r1,1,a.png,1,13,5\n"
    )
    assert faults_of(path) == [
        (1, "n_units", "no_number"),
        (2, "reader", "empty"),
        (3, "reading", "no_count"),
        (4, "image", "empty"),
        (5, "row of the manifest", "no_count"),
        (6, "image", "twice"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("image,n_hairs\na.png,1\n", (None, "reader", "column_missing")),
        ("reader,n_hairs\nr1,1\n", (None, "image", "column_missing")),
        ("reader,image,n_hairs,n_hairs\nr1,a.png,1,2\n", (None, "n_hairs", "column_twice")),
        ("reader,image,comment\nr1,a.png,ok\n", (None, "", "no_figure")),
        ("reader,image,n_hairs\n", (None, "", "no_rows")),
    ],
)
def test_tables_that_are_no_readings_are_refused(write, text, fault):
    assert faults_of(write(text)) == [fault]


def test_second_readings_need_their_number(write):
    text = "reader,image,n_hairs\nr1,a.png,1\nr1,a.png,2\nr2,a.png,2\n"
    assert faults_of(write(text)) == [(2, "image", "twice")]
    numbered = "reader,reading,image,n_hairs\nr1,1,a.png,1\nr1,2,a.png,2\nr2,1,a.png,2\n"
    assert read_readings(write(numbered))["reading"].tolist() == [1, 2, 1]


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv cannot be read"):
        read_readings(tmp_path / "none.csv")
