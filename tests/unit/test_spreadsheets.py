import csv
import io

import pandas as pd
import pytest

from hairdensity.report.spreadsheets import FORMULA_STARTS, csv_bytes, no_formula


@pytest.mark.parametrize("name", ["=1+1.jpg", "+a.jpg", "-b.jpg", "@sum.jpg", "\tx", "\rx", "\nx", "\uff1dcmd.jpg"])
def test_what_starts_like_a_formula_becomes_the_same_path_in_other_words(name):
    assert no_formula(name) == f"./{name}"


@pytest.mark.parametrize("name", ["a=1.jpg", "/data/=1.jpg", "a-b.jpg", "", "größe.jpg", "./=1.jpg"])
def test_other_names_stay(name):
    assert no_formula(name) == name


# A lone carriage return is a line of its own to readers of CSV: no column of a table that is written so may hold one.
@pytest.mark.parametrize("sign", sorted(set(FORMULA_STARTS) - {"\r"}))
def test_no_text_of_a_table_is_a_formula_paths_stay_paths_and_numbers_keep_their_digits(sign):
    table = pd.DataFrame({"image": [f"{sign}1.png", "a.png"], "arm": [f"{sign}1", "A"], "value": [-1 / 3, 2.0]})
    text = io.StringIO(csv_bytes(table).decode(), newline="")
    rows = list(csv.reader(text))
    assert rows == [["image", "arm", "value"], [f"./{sign}1.png", f"'{sign}1", repr(-1 / 3)], ["a.png", "A", "2.0"]]
