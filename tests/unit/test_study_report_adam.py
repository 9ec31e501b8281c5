"""The ADaM-shaped table and the R script: the structure's rules hold, on numbers worked out by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hairdensity.metrics import METRICS
from hairdensity.report.spreadsheets import csv_bytes
from hairdensity.study.outcomes.visits import order_images
from hairdensity.study.reporting.adam import adam_dictionary, adam_table
from hairdensity.study.reporting.adam_names import CODES, CORE, parameter_words
from hairdensity.study.reporting.r_script import r_script, r_text
from hairdensity.study.reporting.sources import ReportSources
from tests.report_studies import ACTIVE, sources_of

SUBJECT = ["USUBJID", "PARAMCD", "BASETYPE"]


@pytest.fixture(scope="module")
def sources() -> ReportSources:
    return sources_of()


@pytest.fixture(scope="module")
def table(sources: ReportSources) -> pd.DataFrame:
    return adam_table(sources, study_id="TRIAL")


def test_a_change_is_the_value_less_its_base_in_every_row_after_the_baseline(table: pd.DataFrame) -> None:
    later = table[table["ABLFL"] != "Y"]
    np.testing.assert_array_equal(later["CHG"], later["AVAL"] - later["BASE"])
    np.testing.assert_allclose(later["PCHG"], 100.0 * later["CHG"] / later["BASE"])
    assert later["CHG"].notna().any()
    assert table.loc[table["ABLFL"] == "Y", "CHG"].isna().all()


def test_a_baseline_is_its_own_base_and_there_is_one_at_most(table: pd.DataFrame) -> None:
    baselines = table[table["ABLFL"] == "Y"]
    assert not baselines.duplicated(SUBJECT).any()
    assert set(baselines["BASETYPE"]) == {"TARGET AREA"}
    pd.testing.assert_series_equal(baselines["AVAL"], baselines["BASE"], check_names=False)


def test_keys_are_unique_and_rows_sorted(table: pd.DataFrame) -> None:
    keys = [*SUBJECT, "AVISITN"]
    assert not table.duplicated(keys).any()
    pd.testing.assert_frame_equal(table[keys], table[keys].sort_values(keys).reset_index(drop=True))


def test_parameters_and_codes_are_one_to_one(table: pd.DataFrame) -> None:
    assert table.groupby("PARAMCD")["PARAM"].nunique().eq(1).all()
    assert table.groupby("PARAM")["PARAMCD"].nunique().eq(1).all()


def test_every_figure_has_a_code_of_its_own_that_leaves_two_letters_for_the_place() -> None:
    figures = [info.name for info in METRICS if info.kind != "histogram" and not info.name.endswith(("_px", "by_ends"))]
    assert set(figures) <= set(CODES)
    assert len(set(CODES.values())) == len(CODES)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]{1,5}", code) for code in CODES.values())
    words = [parameter_words(figure, "vertex", ["vertex"]) for figure in CODES]
    assert len(set(words)) == len(words)


def test_values_are_means_of_the_pictures_of_a_visit(sources: ReportSources, table: pd.DataFrame) -> None:
    images = order_images(sources.study.images).rows
    read = images[images["status"] == "ok"]
    expected = read.groupby(["patient", "visit"])["density_per_cm2"].agg(["mean", "count"])
    rows = table[(table["PARAMCD"] == "HDCM2") & (table["BASETYPE"] == "TARGET AREA") & table["AVAL"].notna()]
    assert len(rows) == len(expected)
    for row in rows.to_dict("records"):
        mean, n = expected.loc[(row["SUBJID"], row["AVISIT"])]
        assert row["AVAL"] == pytest.approx(mean, rel=1e-12)
        assert row["NPIC"] == n
        assert row["DTYPE"] == ("AVERAGE" if n > 1 else "")


def test_matched_changes_have_their_base_on_the_common_skin(sources: ReportSources, table: pd.DataFrame) -> None:
    changes = sources.study.changes
    matched = changes[(changes["figure"] == "density_per_cm2") & changes["registered"].astype(bool)]
    expected = matched.groupby(["patient", "visit"])["value"].mean()
    rows = table[(table["PARAMCD"] == "HDCM2") & (table["BASETYPE"] == "COMMON SKIN")]
    assert len(rows) == len(expected)
    found = rows.set_index(["SUBJID", "AVISIT"])["CHG"]
    np.testing.assert_allclose(found.loc[expected.index], expected)


def test_what_could_not_be_read_stays_missing_and_out_of_the_analysis(sources: ReportSources) -> None:
    images = sources.study.images.copy()
    first = images["patient"] == images["patient"].iloc[0]
    images.loc[first & (images["week"] == 24.0), ["status", "density_per_cm2"]] = ["failed", np.nan]
    changed = replace(sources, study=replace(sources.study, images=images))
    rows = adam_table(changed, study_id="TRIAL")
    row = rows[(rows["SUBJID"] == images["patient"].iloc[0]) & (rows["PARAMCD"] == "HDCM2") & (rows["AVISITN"] == 24.0)]
    assert row["AVAL"].isna().all()
    assert set(row["ANL01FL"]) == {""}


def test_a_visit_of_a_patient_without_baseline_is_no_baseline(sources: ReportSources) -> None:
    images = sources.study.images
    images = images[~((images["patient"] == images["patient"].iloc[0]) & (images["week"] == 0.0))]
    changed = replace(sources, study=replace(sources.study, images=images))
    rows = adam_table(changed, study_id="TRIAL")
    own = rows[(rows["SUBJID"] == sources.study.images["patient"].iloc[0]) & (rows["BASETYPE"] == "TARGET AREA")]
    assert len(own)
    assert set(own["ABLFL"]) == {""}
    assert own["BASE"].isna().all()


def test_places_are_told_apart_where_there_are_two(sources: ReportSources) -> None:
    one = sources.study.images
    images = pd.concat([one, one.assign(site="frontal", row=one["row"] + 1000)], ignore_index=True)
    outcomes = {**sources.outcomes, "plan": {**sources.plan, "site": "vertex"}}
    study = replace(sources.study, images=images)
    rows = adam_table(replace(sources, study=study, outcomes=outcomes), study_id="T")
    assert {"HDCM21", "HDCM22"} <= set(rows["PARAMCD"])
    assert set(rows.loc[rows["PARAMCD"] == "HDCM21", "LOC"]) == {"frontal"}
    assert set(rows.loc[rows["ANL01FL"] == "Y", "LOC"]) == {"vertex"}
    assert not rows.duplicated([*SUBJECT, "AVISITN"]).any()


def test_the_dictionary_explains_every_variable_and_code(table: pd.DataFrame) -> None:
    words = adam_dictionary(table)
    assert list(words.loc[words["kind"] == "variable", "name"]) == list(table.columns)
    assert set(words.loc[words["kind"] == "PARAMCD", "name"]) == set(table["PARAMCD"])
    assert (words["meaning"].str.len() > 0).all()
    assert list(table.columns[: len(CORE)]) == [column.name for column in CORE]


def test_no_cell_of_the_csv_is_a_formula_and_numbers_keep_their_digits(table: pd.DataFrame) -> None:
    hostile = table.head(3).assign(TRT01P=["=1+1", "@cmd", "-2"])
    text = csv_bytes(hostile).decode()
    assert ",=1+1" not in text
    assert ",'=1+1" in text
    assert ",'@cmd" in text
    assert repr(float(table["AVAL"].iloc[0])) in text


def test_covariates_have_short_names_of_their_own(sources: ReportSources) -> None:
    images = sources.study.images.assign(x_family_history="yes", x_family_history_2="no", x_9="a")
    rows = adam_table(replace(sources, study=replace(sources.study, images=images)), study_id="T")
    names = [name for name in rows if name not in {column.name for column in CORE}]
    assert {"FAMILYHI", "FAMILYH2", "X9", "NEEDLEMM"} <= set(names)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", name) for name in names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drug", '"drug"'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'),
        ("a\nq()", '"a\\U0000000aq()"'),
        ("5 µg", '"5 \\U000000b5g"'),
        ("\0", '"?"'),
    ],
)
def test_text_stays_one_string_in_r(text: str, expected: str) -> None:
    assert r_text(text) == expected


def test_the_script_names_its_model_and_that_nobody_ran_it() -> None:
    script = r_script(code="HDCM2", words="Hair density\n(/cm2)", reference=ACTIVE, factors=["SITEID"])
    assert "THIS SCRIPT WAS NOT RUN" in script
    assert "CHG ~ BASE * AVISIT + TRT01P * AVISIT + SITEID + us(AVISIT | USUBJID)" in script
    assert 'method = "Kenward-Roger"' in script
    assert f'reference <- "{ACTIVE}"' in script
    assert all(script.count(left) == script.count(right) for left, right in ("()", "{}", "[]"))
    assert script.splitlines()[0].startswith("# ")
    assert script.splitlines()[0].endswith("Hair density (/cm2):")
    assert "character(0)" in r_script(code="HDCM2", words="", reference=None)
