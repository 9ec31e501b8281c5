"""The order of visits, and which of them is the baseline."""

import numpy as np
import pandas as pd
import pytest

from hairdensity.study.reading.faults import FaultLog
from hairdensity.study.reading.visits import number_visits, visit_name_key


def numbered(visits, *, weeks=None, dates=None, patients=None, sites=None):
    """visit_number of each row, and the codes of what was noted."""
    n_rows = len(visits)
    rows = pd.DataFrame(
        {
            "patient": pd.Series(patients or ["P1"] * n_rows, dtype=object),
            "site": pd.Series(sites or ["scalp"] * n_rows, dtype=object),
            "visit": pd.Series(visits, dtype=object),
            "week": np.full(n_rows, np.nan) if weeks is None else np.array(weeks, dtype=float),
            "date": pd.Series(dates or [""] * n_rows, dtype=object),
            "row": range(1, n_rows + 1),
            "line": np.nan,
        }
    )
    log = FaultLog()
    result = number_visits(rows, log)
    return result["visit_number"].tolist(), [fault.code for fault in log], result["week"].tolist()


@pytest.mark.parametrize(
    ("name", "weeks"),
    [
        ("week 12", 12.0),
        ("W12", 12.0),
        ("wk_12", 12.0),
        ("week-12", 12.0),
        ("week -2", -2.0),
        ("12 weeks", 12.0),
        ("day 84", 12.0),
        ("Baseline", 0.0),
        ("BL", 0.0),
        ("month 0", 0.0),
    ],
)
def test_names_that_state_weeks(name, weeks):
    key = visit_name_key(name)
    assert key.is_exact
    assert key.weeks == pytest.approx(weeks)


def test_months_sort_but_are_no_weeks():
    assert not visit_name_key("month 6").is_exact
    assert visit_name_key("month 6").place == pytest.approx(26.09, abs=0.01)
    assert (visit_name_key("V3").kind, visit_name_key("V3").place) == ("number", 3.0)
    assert visit_name_key("early").kind == ""


def test_weeks_go_before_names_and_a_screening_before_the_baseline():
    assert numbered(["b", "a", "c"], weeks=[0, 12, -2]) == ([0, 1, -1], [], [0.0, 12.0, -2.0])


def test_names_are_sorted_by_their_numbers_not_as_text():
    numbers, noted, weeks = numbered(["week 12", "baseline", "week 4"])
    assert (numbers, noted, weeks) == ([2, 0, 1], [], [12.0, 0.0, 4.0])
    assert numbered(["visit 10", "visit 2", "visit 1"])[0] == [2, 1, 0]
    assert numbered(["month 6", "screening", "baseline"])[0] == [1, -1, 0]


def test_months_beside_a_baseline_have_no_weeks():
    assert np.isnan(numbered(["month 6", "baseline"])[2]).all()


def test_dates_order_what_names_do_not():
    numbers, noted, _ = numbered(["late", "early", "middle"], dates=["2024-06-01", "2024-01-01", "2024-03-01"])
    assert (numbers, noted) == ([2, 0, 1], [])


def test_without_week_date_or_number_the_order_is_unknown():
    assert numbered(["late", "early"])[1] == ["no_order"]


def test_one_visit_needs_no_order():
    assert numbered(["coded", "coded"])[:2] == ([0, 0], [])


def test_a_patient_and_site_without_baseline_begins_at_one():
    numbers, noted, _ = numbered(
        ["baseline", "week 4", "week 4", "week 12", "baseline"],
        patients=["P1", "P1", "P2", "P2", "P2"],
        sites=["a", "a", "a", "a", "b"],
    )
    assert (numbers, noted) == ([0, 1, 1, 2, 0], ["no_baseline"])


def test_the_last_visit_up_to_week_zero_is_the_baseline():
    assert numbered(["screening", "week 12"], weeks=[-1, 12])[:2] == ([0, 1], [])


def test_two_names_of_one_week_are_refused():
    assert numbered(["week 12", "wk 12", "baseline"])[1] == ["two_names"]
    assert numbered(["x", "y"], weeks=[4, 4])[1][0] == "two_names"


def test_a_visit_without_week_beside_others_is_refused_and_a_known_one_filled_in():
    assert numbered(["x", "y", "y"], weeks=[0, 4, np.nan]) == ([0, 1, 1], [], [0.0, 4.0, 4.0])
    assert "no_week" in numbered(["x", "y"], weeks=[0, np.nan])[1]


def test_pictures_of_one_visit_on_two_days_are_no_contradiction():
    dates = ["2024-01-02", "2024-01-01", "2024-03-01", "2024-03-02"]
    assert numbered(["baseline", "baseline", "week 8", "week 8"], dates=dates)[1] == []


def test_a_picture_before_the_last_of_an_earlier_visit_is_a_contradiction():
    dates = ["2024-01-01", "2024-05-01", "2024-03-01"]
    assert numbered(["baseline", "baseline", "week 8"], dates=dates)[1] == ["date_order"]
