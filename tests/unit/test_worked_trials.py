"""The worked examples of docs/worked-trials.md: two published trials side by side, restated, flagged, not pooled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hairdensity.errors import InputError
from hairdensity.metrics import CM2_PER_INCH2
from hairdensity.study.basis import Basis, BasisError
from hairdensity.study.published import MICRONEEDLING_TRIALS, ExternalResult, common_basis, side_by_side

DOCUMENT = Path(__file__).parents[2] / "docs/worked-trials.md"
NEEDLED, ALONE = "microneedling + minoxidil 5 %", "minoxidil 5 %"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return side_by_side(MICRONEEDLING_TRIALS).set_index(["trial", "arm"])


def test_what_the_abstracts_state(table: pd.DataFrame) -> None:
    assert table["mean_change"].to_dict() == {
        ("Dhurat 2013", ALONE): 22.2,
        ("Dhurat 2013", NEEDLED): 91.4,
        ("Kumar 2018", ALONE): 1.89,
        ("Kumar 2018", NEEDLED): 12.52,
    }


def test_restated_per_cm2(table: pd.DataFrame) -> None:
    per_cm2 = table["mean_change_per_cm2"]
    assert per_cm2["Dhurat 2013", NEEDLED] == 91.4
    assert per_cm2["Kumar 2018", NEEDLED] == pytest.approx(12.52 / 6.4516)
    assert round(per_cm2["Kumar 2018", NEEDLED], 2) == 1.94
    assert round(per_cm2["Kumar 2018", ALONE], 2) == 0.29


def test_the_same_arms_differ_beyond_belief(table: pd.DataFrame) -> None:
    assert round(table["same_arm_ratio"]["Kumar 2018", NEEDLED]) == 47
    assert round(table["same_arm_ratio"]["Kumar 2018", ALONE]) == 76
    assert table["same_arm_ratio"]["Dhurat 2013", NEEDLED] == 1.0


def test_one_gap_is_more_than_two_typical_deviations(table: pd.DataFrame) -> None:
    assert table["gap_per_cm2"]["Dhurat 2013", NEEDLED] == pytest.approx(69.2)
    assert round(table["gap_in_typical_sds"]["Dhurat 2013", NEEDLED], 2) == 2.66
    assert round(table["gap_in_typical_sds"]["Kumar 2018", NEEDLED], 2) == 0.06
    assert np.isnan(table["gap_per_cm2"]["Dhurat 2013", ALONE])


def test_flags(table: pd.DataFrame) -> None:
    flags = {arm: set(words.split(";")) for arm, words in table["flags"].items()}
    unstated = {"area_shape_not_stated", "counting_rule_not_stated", "no_sd_reported", "no_n_reported"}
    assert flags["Dhurat 2013", ALONE] == unstated
    assert flags["Dhurat 2013", NEEDLED] == unstated | {"effect_beyond_typical_sd"}
    assert flags["Kumar 2018", ALONE] == unstated | {"basis_differs"}
    assert flags["Kumar 2018", NEEDLED] == unstated | {"basis_differs"}


def test_pooling_is_refused_with_every_reason() -> None:
    with pytest.raises(BasisError) as raised:
        common_basis(MICRONEEDLING_TRIALS)
    message = str(raised.value)
    for words in ("Dhurat 2013", "Kumar 2018", "per inch2", "1 cm2 and 6.4516 cm2"):
        assert words in message


def test_arms_of_one_trial_have_one_basis() -> None:
    assert common_basis(MICRONEEDLING_TRIALS[:2]) == Basis(area_cm2=1.0)


def test_restating_a_unit_makes_no_basis_alike() -> None:
    per_cm2 = replace(MICRONEEDLING_TRIALS[3], mean_change=1.94, basis=Basis(per="cm2", area_cm2=CM2_PER_INCH2))
    with pytest.raises(BasisError, match="area size"):
        common_basis([MICRONEEDLING_TRIALS[1], per_cm2])


def test_an_unknown_area_leaves_the_restated_change_empty() -> None:
    raw = ExternalResult(
        trial="T", arm="a", mean_change=12.0, basis=Basis(), source="made up for this test", sd=4.0, n=9
    )
    row = side_by_side([raw]).iloc[0]
    assert np.isnan(row["mean_change_per_cm2"])
    assert set(row["flags"].split(";")) == {"area_shape_not_stated", "counting_rule_not_stated"}


def test_a_trial_has_one_reference() -> None:
    with pytest.raises(InputError, match="two reference arms"):
        side_by_side([MICRONEEDLING_TRIALS[0], MICRONEEDLING_TRIALS[0]])


@pytest.mark.parametrize("wrong", [{"mean_change": np.nan}, {"sd": 0.0}, {"n": 0}])
def test_impossible_results_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        replace(MICRONEEDLING_TRIALS[0], **wrong)  # type: ignore[arg-type]


def test_the_document_says_what_is_computed(table: pd.DataFrame) -> None:
    text = DOCUMENT.read_text()
    for row in table.reset_index().to_dict("records"):
        trial, arm = row["trial"], row["arm"]
        line = next(line for line in text.splitlines() if line.startswith(f"| {trial} | {arm} |"))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[2] == f"+{row['mean_change']:g}"
        assert cells[3] == row["basis"]
        assert cells[4] == f"+{row['mean_change_per_cm2']:.2f}"
        assert cells[6] == ("" if np.isnan(row["gap_in_typical_sds"]) else f"{row['gap_in_typical_sds']:.2f}")
        assert cells[7] == (f"{row['same_arm_ratio']:.0f}" if trial == "Kumar 2018" else "")
    for words in (f"{12.52 / 5.067:.2f}", f"{91.4 / (12.52 / 5.067):.0f}-fold", f"{2.1 * np.sqrt(161):.1f}"):
        assert words in text
