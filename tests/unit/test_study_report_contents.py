"""What a report says: the numbers of the outcomes, in words that hold for the study at hand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hairdensity.study.agreement.study import compare_study
from hairdensity.study.agreement.wording import decimals_of as decimals_of_agreement
from hairdensity.study.outcomes.wording import spoken_p
from hairdensity.study.reporting.agreement import agreement_blocks
from hairdensity.study.reporting.blocks import Items, Paragraph, Picture, Table
from hairdensity.study.reporting.contents import report_of
from hairdensity.study.reporting.drawing import panel_grid
from hairdensity.study.reporting.examples import examples_of
from hairdensity.study.reporting.flow import flow_diagram
from hairdensity.study.reporting.forest import forest
from hairdensity.study.reporting.headline import headlines
from hairdensity.study.reporting.individuals import MOST_LINES, individuals, patient_values
from hairdensity.study.reporting.methods import limits, methods, plan_items
from hairdensity.study.reporting.outcome_tables import descriptive_tables, model_tables
from hairdensity.study.reporting.page import html_of
from hairdensity.study.reporting.paper_tables import column_widths, row_heights
from hairdensity.study.reporting.patient_changes import patient_changes
from hairdensity.study.reporting.quality import quality_tables
from hairdensity.study.reporting.sources import ReportSources, rows_of
from hairdensity.study.reporting.summary import summary
from hairdensity.study.reporting.trajectories import trajectories
from hairdensity.study.reporting.typesetting import bound
from hairdensity.study.reporting.waterfall import waterfall
from hairdensity.study.reporting.wording import decimals_of, interval, number, p_value, signed, spoken
from hairdensity.study.simulation.settings import ArmSettings, TrialSettings
from tests.report_studies import ACTIVE, REFERENCE, sources_of, write_study

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def sources() -> ReportSources:
    return sources_of()


@pytest.mark.parametrize(
    ("value", "words"), [(1.25, "+1.2"), (-1.26, f"{MINUS}1.3"), (0.04, "0.0"), (-0.04, "0.0"), (None, "\N{EN DASH}")]
)
def test_changes_carry_their_sign_and_zero_none(value: float | None, words: str) -> None:
    assert signed(value, 1) == words


def test_p_values_end_at_a_thousandth() -> None:
    assert [p_value(value) for value in (0.0009, 0.001, 0.0499, 0.384, None)] == [
        "<0.001",
        "0.001",
        "0.050",
        "0.38",
        "\N{EN DASH}",
    ]


def test_the_headline_is_the_primary_difference_of_the_outcomes(sources: ReportSources) -> None:
    [row] = [
        row
        for row in rows_of(sources.outcomes, "ancova")
        if row["figure"] == "density_per_cm2"
        and row["week"] == 24.0
        and row["arm"] == ACTIVE
        and row["analysis_set"] == "intention to treat"
    ]
    [sentence] = headlines(sources)
    assert f"changed by {number(row['difference'], 1)} per cm² more with {ACTIVE} than with {REFERENCE}" in sentence
    assert f"95 % CI {interval(row['low'], row['high'], 1)}" in sentence
    assert spoken_p(row["p"]) in sentence
    assert f"; {row['n']} and " in sentence


def test_an_interval_with_zero_in_it_tells_no_arms_apart(sources: ReportSources) -> None:
    rows = [{**row, "low": -1.0, "high": 2.0} for row in sources.outcomes["ancova"]]
    [sentence] = headlines(replace(sources, outcomes={**sources.outcomes, "ancova": rows}))
    assert sentence.endswith("the data are compatible with no difference.")


def test_one_arm_gets_its_change_and_the_warning_that_it_proves_no_cause(sources: ReportSources) -> None:
    [*sentences] = headlines(replace(sources, outcomes={**sources.outcomes, "ancova": []}))
    assert len(sentences) == 2
    assert all("does not say what caused it" in sentence for sentence in sentences)


def test_without_any_change_the_headline_says_so(sources: ReportSources) -> None:
    empty = replace(sources, outcomes={**sources.outcomes, "ancova": [], "descriptives": []})
    assert headlines(empty) == [
        "No change of hair density at week 24 can be stated: no patient has a result at baseline and at this visit."
    ]


def test_every_row_of_the_outcomes_is_in_a_table(sources: ReportSources) -> None:
    for key in ("ancova", "mixed"):
        rows = rows_of(sources.outcomes, key)
        tables = model_tables(sources.outcomes, key, "Model")
        assert sum(len(table.rows) for table in tables) == len(rows) > 0
        cells = {cell for table in tables for row in table.rows for cell in row}
        for row in rows:
            assert interval(row["adjusted_low"], row["adjusted_high"], decimals_of(row["figure"])) in cells
    described = descriptive_tables(sources.outcomes)
    assert sum(len(table.rows) for table in described) == len(sources.outcomes["descriptives"])


def test_intervals_are_named_by_the_level_of_the_plan(sources: ReportSources) -> None:
    plan = {**sources.outcomes["plan"], "level": 0.9}
    table = descriptive_tables({**sources.outcomes, "plan": plan})[0]
    assert "90 % CI of change" in [column.name for column in table.columns]


def _table(tables: list[Table], caption: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    [table] = [table for table in tables if table.caption == caption]
    return {row[: table.n_row_heads]: row[table.n_row_heads :] for row in table.rows}


def test_failed_pictures_are_counted_by_arm_visit_and_code(sources: ReportSources) -> None:
    images = sources.study.images
    failed = images[images["status"] == "failed"]
    found = _table(quality_tables(sources), "Pictures without a result, by fault")
    expected = failed.groupby(["arm", "visit", "error_code"]).size()
    assert {key: int(cells[0]) for key, cells in found.items()} == dict(expected)
    verdicts = _table(quality_tables(sources), "Pictures by verdict")
    assert sum(int(cells[1]) for cells in verdicts.values()) == len(images)
    assert sum(int(cells[5]) for cells in verdicts.values()) == len(failed)


def test_patients_change_by_the_mean_of_their_replicates_and_unmatched_ones_have_no_interval(
    sources: ReportSources,
) -> None:
    changes = patient_changes(sources)
    rows = sources.study.changes
    rows = rows[(rows["figure"] == "density_per_cm2") & (rows["week"] == 24.0) & (rows["status"] == "ok")]
    matched = rows.groupby("patient")["registered"].all()
    whole = matched.index[matched]
    values = changes.set_index("patient")
    for name in ("value", "low", "high"):
        expected = rows[rows["patient"].isin(whole)].groupby("patient")[name].mean()
        pd.testing.assert_series_equal(values.loc[whole, name], expected, check_names=False)
    assert values.loc[~values["registered"], ["low", "high"]].isna().all(axis=None)
    assert (~values["registered"]).any()


def test_drawings_say_in_words_what_they_show(sources: ReportSources) -> None:
    outcomes, arms = sources.outcomes, sources.arms
    assert arms == [ACTIVE, REFERENCE]
    flow = flow_diagram(outcomes["flow"], arms, 12)
    assert flow is not None
    assert "12 patients" in flow.alt
    assert "not known here" in flow.alt
    [everyone] = [row for row in outcomes["flow"] if row["arm"] == ACTIVE and row["stage"] == "in the manifest"]
    assert f"{ACTIVE}: " in flow.alt
    assert f"{everyone['n_patients']} patients, {everyone['n_images']} pictures in the manifest" in flow.alt
    described = [row for row in outcomes["descriptives"] if row["figure"] == "density_per_cm2"]
    drawn = trajectories(described, arms, "density_per_cm2")
    assert drawn is not None
    assert all(f"{row['visit']} {number(row['mean'], 1)}" in drawn.alt for row in described)
    bars = waterfall(patient_changes(sources), arms, "density_per_cm2", "week 24")
    assert bars is not None
    assert f"{ACTIVE}: " in bars.alt
    first, *others = forest({"ANCOVA": outcomes["ancova"]}, arms, "density_per_cm2", "95 % CI")
    assert f"Differences of Hair density (/cm²) from {REFERENCE}. week 12; ANCOVA: " in first.alt
    assert ["Mean diameter (µm)" in other.alt for other in others] == [True]


def test_patients_are_drawn_by_the_mean_of_a_visits_pictures(sources: ReportSources) -> None:
    values = patient_values(sources, "density_per_cm2").set_index(["patient", "visit"])["value"]
    images = sources.study.images
    own = images[(images["patient"] == "P02") & (images["visit"] == "week 12") & (images["status"] == "ok")]
    assert len(own) == 2
    assert values["P02", "week 12"] == pytest.approx(own["density_per_cm2"].mean())
    assert len(values) == len(images[images["status"] == "ok"].drop_duplicates(["patient", "visit"]))


def test_lines_of_patients_give_way_to_a_band_that_is_named_where_they_are_many() -> None:
    def study(n_patients: int) -> pd.DataFrame:
        rows = [("A", f"P{i}", v, f"week {v}", float(v), 100.0 + i + v) for i in range(n_patients) for v in (0, 1)]
        return pd.DataFrame(rows, columns=["arm", "patient", "visit_index", "visit", "week", "value"])

    few, many = (individuals(study(n), ["A"], "density_per_cm2") for n in (MOST_LINES, MOST_LINES + 1))
    assert few is not None
    assert many is not None
    assert "Thin lines are patients" in few.caption
    assert f"More than {MOST_LINES} patients in an arm: instead of their lines the band" in many.caption
    assert few.alt.endswith("A: week 0 80 patients, 100.0 to 179.0; week 1 80 patients, 101.0 to 180.0.")
    assert few.svg.count(b"stroke-opacity") == MOST_LINES
    assert individuals(study(3).query("visit_index == 0"), ["A"], "density_per_cm2") is None


def test_the_summary_says_what_was_asked_found_and_on_how_much_it_rests(sources: ReportSources) -> None:
    terms = dict(summary(sources).terms)
    assert list(terms) == ["Asked", "Found", "How sure", "From"]
    assert terms["Asked"].startswith(f"Hair density at week 24, as change from baseline: {ACTIVE} against {REFERENCE}.")
    assert terms["Asked"].endswith("not stated in a plan: defaults.")
    rows = [
        row
        for row in rows_of(sources.outcomes, "ancova")
        if row["figure"] == "density_per_cm2" and row["week"] == 24.0 and row["analysis_set"] == "intention to treat"
    ]
    for row in rows:
        ends = interval(row["adjusted_low"], row["adjusted_high"], 1)
        assert f"{row['arm']} {signed(row['adjusted_mean'], 1)} ({ends})" in terms["Found"]
    others = [
        row
        for row in rows_of(sources.outcomes, "ancova")
        if row["family"] == "" and row["figure"] == "density_per_cm2" and row["week"] == 24.0 and row["arm"] == ACTIVE
    ]
    assert len(others) == 2
    for row in others:
        assert f" {signed(row['difference'], 1)} ({interval(row['low'], row['high'], 1)}, p " in terms["How sure"]
    assert "; mixed model +" in terms["How sure"]
    assert terms["From"].startswith(f"{sum(row['n'] for row in rows)} of 12 patients")


def test_no_line_breaks_inside_a_percentage_or_a_p_value() -> None:
    assert bound("95 % CI, p = 0.012, p <0.001 (n = 12), 5 percent").replace("\N{NO-BREAK SPACE}", "_") == (
        "95_% CI, p_=_0.012, p_<_0.001 (n_=_12), 5 percent"
    )


def test_names_of_columns_and_figures_are_spoken() -> None:
    words = "dose-response, needle_depth_mm: terminal_density_per_cm2_40um has p_holm only"
    assert spoken(words) == "dose-response, needle depth: Terminal hairs, above 40 µm has p by Holm only"


def test_no_raw_name_stands_in_the_words_of_a_report(sources: ReportSources) -> None:
    report = report_of(sources, title="t")
    for section in report.sections:
        if section.title == "Versions and hashes":
            continue
        found = [item for block in section.blocks if isinstance(block, Items) for item in block.items]
        words = [part for item in found for part in ([item] if isinstance(item, str) else item)]
        words += [block.words for block in section.blocks if isinstance(block, Paragraph)]
        words += [cell for block in section.blocks if isinstance(block, Table) for row in block.rows for cell in row]
        assert [part for part in words if re.search(r"[a-z]_[a-z]", part)] == []


def test_nothing_to_draw_is_no_picture() -> None:
    assert flow_diagram([], ["A"], 0) is None
    assert trajectories([], ["A"], "density_per_cm2") is None
    assert forest({"ANCOVA": []}, ["A"], "density_per_cm2", "95 % CI") == []
    nobody = pd.DataFrame(columns=["patient", "arm", "value", "low", "high", "registered"])
    assert waterfall(nobody, ["A"], "density_per_cm2", "week 24") is None


def test_the_same_drawing_has_the_same_bytes(sources: ReportSources) -> None:
    first, second = (flow_diagram(sources.outcomes["flow"], sources.arms, 12) for _ in range(2))
    assert first == second


def test_methods_count_what_was_run_and_name_what_it_is_not(sources: ReportSources) -> None:
    words = " ".join(paragraph.words for paragraph in methods(sources))
    images = sources.study.images
    assert f"Of {len(images)} pictures of 12 patients, {(images['status'] == 'ok').sum()} gave a result" in words
    assert "This is not an MMRM" in words
    assert "hairs whose root lies" in words
    assert "control site" not in words


def test_methods_say_what_control_sites_did(sources: ReportSources) -> None:
    changes = sources.study.changes
    pairs = changes.drop_duplicates(["baseline_row", "row"])
    of_two = changes["patient"].isin(sorted(set(changes["patient"]))[:2])
    study = replace(sources.study, changes=changes.assign(control_site=of_two.map({True: "temple", False: ""})))
    words = " ".join(paragraph.words for paragraph in methods(replace(sources, study=study)))
    n = int(of_two[pairs.index].sum())
    assert f"2 of {pairs['patient'].nunique()} patients had an untreated control site (temple)" in words
    assert f"visits: {n} of the {len(pairs)} comparisons" in words
    assert "it widens the interval" in words


def test_a_plan_without_a_file_is_told_as_such(sources: ReportSources) -> None:
    warning = plan_items(sources)[0]
    assert isinstance(warning, Paragraph)
    assert "No plan was stated" in warning.words
    plan = {**sources.outcomes["plan"], "sha256": "f" * 64, "source": "plan.toml"}
    stated = replace(sources, outcomes={**sources.outcomes, "plan": plan})
    first = plan_items(stated)[0]
    assert isinstance(first, Paragraph)
    assert "plan.toml" in first.words
    assert not any("No analysis plan" in str(item) for item in limits(stated).items)


def test_simulated_data_are_named_so(sources: ReportSources) -> None:
    assert sources.is_simulated
    images = sources.study.images.assign(image="a.png")
    real = replace(sources, study=replace(sources.study, images=images))
    assert not real.is_simulated
    flagged = replace(sources, study=replace(sources.study, images=images.assign(x_simulated="yes")))
    assert flagged.is_simulated
    denied = replace(sources, study=replace(sources.study, images=images.assign(x_simulated=0.0)))
    assert not denied.is_simulated


def test_without_pictures_the_report_says_how_to_show_them(sources: ReportSources) -> None:
    galleries, words = examples_of(sources, n_patients=2)
    assert galleries == []
    assert "--manifest" in words


def test_columns_of_a_table_fit_the_page_and_numbers_stay_whole() -> None:
    rows = [["Arm", "p"], ["word " * 60, "0.001"], ["short", "<0.001"]]
    widths = column_widths(rows, lambda words: 2.0 * len(words), 120.0)
    assert sum(widths) <= 120.0
    assert widths[1] > 2.0 * len("<0.001")
    assert column_widths([["a"], ["b"]], lambda words: 2.0 * len(words), 120.0)[0] < 10.0
    crowded = column_widths([["a" * 50, "b" * 50]], lambda words: 2.0 * len(words), 120.0)
    assert sum(crowded) == pytest.approx(120.0)


def test_rows_are_as_high_as_their_cells_have_lines() -> None:
    # Letters of 1 mm; cells leave 10 mm between their paddings.
    rows = [["Head", "p"], ["two words", "1"], ["four words on three lines", "2"], ["x" * 25, "3"]]
    assert row_heights(rows, [13.0, 13.0], lambda words: float(len(words)), line_mm=3.0) == [
        pytest.approx(1.8 + 3.0 * n) for n in (1, 1, 3, 3)
    ]


@pytest.mark.parametrize(("n", "grid"), [(1, (1, 1)), (3, (1, 3)), (4, (2, 2)), (5, (2, 3)), (7, (3, 3))])
def test_panels_stand_in_even_rows(n: int, grid: tuple[int, int]) -> None:
    assert panel_grid(n) == grid


def test_many_patients_are_drawn_as_one_outline() -> None:
    def drawn(n: int) -> Picture:
        changes = pd.DataFrame({"patient": range(n), "arm": "A", "value": range(n), "low": 0.0, "high": 1.0})
        picture = waterfall(changes.assign(registered=changes.index % 9 > 0), ["A"], "density_per_cm2", "week 24")
        assert picture is not None
        return picture

    few, many = drawn(300), drawn(301)
    assert "Pale bars with a dotted edge were" in few.caption
    assert "Pale bars were not matched" in many.caption
    assert few.svg.count(b"<path") - many.svg.count(b"<path") > 250


def test_one_arm_with_one_follow_up_gets_a_sensible_report() -> None:
    settings = TrialSettings(arms=(ArmSettings(name="", effect_per_cm2=9.0),), patients_per_arm=3, weeks=(0.0, 4.0))
    alone = sources_of(settings, None)
    text = html_of(report_of(alone, title="t"))
    assert "no arm stated" in text
    assert "does not say what caused it" in text
    assert "Refused analyses" in text


def test_a_study_without_follow_up_says_that_there_is_no_change(sources: ReportSources) -> None:
    images, changes = sources.study.images, sources.study.changes
    study = replace(sources.study, images=images[images["week"] == 0.0], changes=changes.iloc[:0])
    keys = ("ancova", "mixed", "matched", "hairs", "responders", "dose_response", "safety", "sample_size")
    outcomes = {**sources.outcomes, **{key: [] for key in keys}}
    outcomes["descriptives"] = [row for row in outcomes["descriptives"] if row["week"] == 0.0]
    text = html_of(report_of(replace(sources, study=study, outcomes=outcomes), title="t"))
    assert "No change of hair density" in text
    assert "distributions are not drawn" in text


def test_agreement_is_shown_with_its_intervals_and_figure(sources: ReportSources, tmp_path: Path) -> None:
    document = compare_study(write_study(tmp_path, sources), [], figures=["density_per_cm2"])
    [found] = document["analyses"]
    reliability, limits_of_it, *rest = agreement_blocks(document)
    assert isinstance(reliability, Table)
    assert isinstance(limits_of_it, Table)
    [icc] = [icc for icc in found["icc"] if icc["type"] == "ICC(1,1)"]
    assert f"{number(icc['value'], 2)} ({interval(icc['low'], icc['high'], 2)})" in reliability.rows[0]
    bias = found["bland_altman"]["bias"]
    decimals = decimals_of_agreement(found)
    assert (
        f"{number(bias['value'], decimals)} ({interval(bias['low'], bias['high'], decimals)})" in limits_of_it.rows[0]
    )
    assert sum(isinstance(block, Picture) for block in rest) == 1


def test_limits_of_agreement_are_ratios_where_the_analysis_uses_them(sources: ReportSources, tmp_path: Path) -> None:
    document = compare_study(write_study(tmp_path, sources), [], figures=["density_per_cm2"])
    [found] = document["analyses"]
    line = {"value": 1.04, "low": 1.01, "high": 1.07}
    ratio = {"bias": line, "lower": {**line, "value": 0.8}, "upper": {**line, "value": 1.3}, "points": {"first": []}}
    by_ratio = {**found, "bland_altman": {**found["bland_altman"], "use": "ratio", "ratio": ratio, "points": {}}}
    table = agreement_blocks({**document, "analyses": [by_ratio]})[1]
    assert isinstance(table, Table)
    [(name, _, *cells)] = table.rows
    assert name.endswith("(ratio)")
    assert cells == [f"{value} (1.01 to 1.07)" for value in ("1.04", "0.80", "1.30")]
    assert "1 is agreement" in table.note


def test_agreement_that_was_not_measured_is_named_as_missing() -> None:
    [words] = agreement_blocks(None)
    assert isinstance(words, Paragraph)
    assert words.words.startswith("Not measured.")
