import json

import numpy as np
import pandas as pd
import pytest

from hairdensity.files import json_bytes
from hairdensity.study.agreement.analysis import analyze_agreement
from hairdensity.study.agreement.comparisons import Comparison, plan_comparisons
from hairdensity.study.agreement.document import agreement_document
from hairdensity.study.agreement.placing import place_readings, with_densities
from hairdensity.study.agreement.wording import agreement_lines
from hairdensity.study.columns import READINGS
from hairdensity.tables import make_table

PATIENTS = ("P1", "P1", "P2", "P3")


def images(**figures):
    n = len(PATIENTS)
    table = pd.DataFrame(
        {
            "row": np.arange(1, n + 1),
            "image": [f"{row}.png" for row in range(1, n + 1)],
            "patient": PATIENTS,
            "site": "vertex",
            "visit": ["baseline", "baseline", "baseline", "baseline"],
            "date": "2030-01-01",
            "replicate": [1, 2, 1, 1],
            "quality": ["good", "caution", "good", "unreadable"],
        }
    )
    return table.assign(**(figures or {"density_per_cm2": [100.0, 110.0, 150.0, np.nan]}))


def readings(*rows, figure="density_per_cm2"):
    """Rows of reader, reading, image, value."""
    n = len(rows)
    columns = {column.name: [""] * n for column in READINGS if column.dtype == "object"}
    columns |= {"week": [np.nan] * n, "row": [None] * n, "replicate": [None] * n, "figure": [figure] * n}
    for place, name in enumerate(("reader", "reading", "image", "value")):
        columns[name] = [row[place] for row in rows]
    return make_table(READINGS, columns)


def planned(read, pictures=None, **options):
    placed, misplaced = place_readings(read, pictures)
    found, refused = plan_comparisons(placed, pictures, **options)
    return found, (*misplaced, *refused)


def by_kind(found):
    return {comparison.kind: comparison for comparison in found}


READ = readings(
    ("A", 1, "1.png", 101.0),
    ("A", 1, "2.png", 112.0),
    ("A", 1, "3.png", 149.0),
    ("A", 2, "1.png", 103.0),
    ("B", 1, "1.png", 99.0),
    ("B", 1, "3.png", 160.0),
    ("B", 1, "4.png", 80.0),
)


def test_two_readers_share_what_both_read():
    found, refused = planned(READ)
    readers = by_kind(found)["readers"]
    assert readers.raters == ("A", "B")
    assert readers.unit == "/cm2"
    both = dict(zip(readers.subjects, readers.values.tolist(), strict=True))
    # First readings, by file; the algorithm is not known.
    assert both["1.png"] == [101.0, 99.0]
    assert both["3.png"] == [149.0, 160.0]
    assert np.isnan(both["2.png"][1])
    assert refused == ()
    result = analyze_agreement(readers)
    assert (result.n_subjects, result.n_incomplete, result.n_readings) == (2, 2, 4)


def test_repeats_are_numbered_without_gaps():
    repeats = by_kind(planned(READ)[0])["repeats"]
    assert repeats.raters == ("A, reading 1", "A, reading 2")
    assert repeats.values[0].tolist() == [101.0, 103.0]
    # The second of three readings was left empty.
    gap = readings(("A", 1, "1.png", 101.0), ("A", 2, "1.png", np.nan), ("A", 3, "1.png", 104.0))
    assert by_kind(planned(gap)[0])["repeats"].values.tolist() == [[101.0, 104.0]]


def test_the_algorithm_is_the_first_rater_and_a_failed_picture_is_incomplete():
    found, refused = planned(READ, images())
    against = [comparison for comparison in found if comparison.kind == "reader_algorithm"]
    assert [comparison.raters for comparison in against] == [("algorithm", "A"), ("algorithm", "B")]
    b = dict(zip(against[1].subjects, against[1].values.tolist(), strict=True))
    assert b["row 1"] == [100.0, 99.0]
    assert np.isnan(b["row 4"][0])
    assert against[1].patients == ("P1", "P2", "P3")
    assert refused == ()


def test_pictures_of_one_site_and_day_are_repeats_of_the_algorithm():
    found, _ = planned(readings(), images())
    assert len(found) == 1
    assert found[0].subjects == ("P1, vertex, baseline",)
    assert found[0].values.tolist() == [[100.0, 110.0]]
    other_day = images()
    other_day["date"] = ["2030-01-01", "2030-01-02", "2030-01-01", "2030-01-01"]
    assert planned(readings(), other_day)[0] == []


def test_pictures_are_found_by_row_then_by_site():
    by_site = readings(("A", 1, "scan.png", 105.0)).assign(
        patient="P1", site="vertex", visit="baseline", replicate=pd.array([2], dtype="Int64")
    )
    assert by_kind(planned(by_site, images())[0])["reader_algorithm"].subjects == ("row 2",)
    by_row = readings(("A", 1, "1.png", 105.0)).assign(row=pd.array([3], dtype="Int64"))
    assert by_kind(planned(by_row, images())[0])["reader_algorithm"].subjects == ("row 3",)


def test_readings_of_another_study_are_refused():
    read = readings(("A", 1, "9.png", 1.0), ("A", 1, "1.png", 99.0)).assign(patient=["", "P9"])
    found, refused = planned(read, images())
    assert [comparison.kind for comparison in found] == ["repeats"]
    assert "belong to no picture" in refused[0].reason
    assert "another patient" in refused[1].reason
    assert "P9" in refused[1].reason


def test_another_unit_is_refused_with_the_nearest_figure():
    read = readings(("A", 1, "1.png", 650.0), ("B", 1, "1.png", 660.0), figure="density_per_mm2")
    found, refused = planned(read, images())
    # Readers of the same figure are still compared with each other.
    assert [comparison.kind for comparison in found if comparison.figure == "density_per_mm2"] == ["readers"]
    assert refused[0].what.startswith("density_per_mm2 (nearest: density_per_cm2")


def counted(areas=(1.0, 1.0, 2.0)):
    numbers = readings(*(("A", 1, f"{i}.png", 100.0 + i) for i in (1, 2, 3)), figure="n_hairs")
    return pd.concat(
        [
            numbers,
            readings(
                *(("A", 1, f"{i}.png", area) for i, area in zip((1, 2, 3), areas, strict=True)), figure="area_cm2"
            ),
        ],
        ignore_index=True,
    )


def test_a_count_and_its_area_make_a_density():
    made = with_densities(counted())
    densities = made[made["figure"] == "density_per_cm2"]
    assert densities["value"].tolist() == [101.0, 102.0, 51.5]
    # A density that the reader wrote is left alone, and no area makes no number.
    assert len(with_densities(made)) == len(made)
    missing = with_densities(counted((1.0, 0.0, np.nan)))
    assert missing[missing["figure"] == "density_per_cm2"]["value"].isna().tolist() == [False, True, True]


def test_counts_from_another_area_are_not_held_against_the_algorithm():
    pictures = images(n_hairs=[100.0, 104.0, 160.0, 90.0], area_cm2=[1.0, 1.005, 1.0, 1.0])
    found, refused = planned(counted(), pictures, figures=["n_hairs"])
    assert by_kind(found)["reader_algorithm"].values.tolist() == [[100.0, 101.0], [104.0, 102.0]]
    assert refused[0].what == "n_hairs"
    assert "1 of 3 readings are numbers from another area" in refused[0].reason
    assert "2 and 1 cm2" in refused[0].reason


def test_readers_counts_from_different_areas_are_not_compared():
    second = counted((1.0, 1.5, 2.0)).assign(reader="B")
    found, refused = planned(pd.concat([counted(), second], ignore_index=True), figures=["n_hairs"])
    both = by_kind(found)["readers"]
    assert analyze_agreement(both).n_subjects == 2
    assert "1 of 6 readings are numbers from another area than the first reading of the picture" in refused[0].reason


def test_an_area_is_no_figure_to_agree_on():
    assert {comparison.figure for comparison in planned(with_densities(counted()), images())[0]} == {"density_per_cm2"}


def test_three_readers_make_three_pairs_and_one_of_all():
    rows = [
        (reader, 1, f"{i}.png", 100.0 + 7 * i + bias)
        for i in range(5)
        for reader, bias in zip("ABC", (0, 1, 3), strict=True)
    ]
    found, _ = planned(readings(*rows))
    assert [comparison.raters for comparison in found] == [("A", "B"), ("A", "C"), ("B", "C"), ("A", "B", "C")]
    together = analyze_agreement(found[-1])
    assert together.bland_altman is None
    assert together.concordance is None
    assert len(together.icc) == 6


def test_the_quality_verdict_is_a_grade():
    read = readings(
        *(("A", 1, f"{i}.png", float(grade)) for i, grade in zip((1, 2, 3, 4), (0, 1, 1, 2), strict=True)),
        figure="quality",
    )
    found = by_kind(planned(read, images())[0])["reader_algorithm"]
    assert found.is_grade
    result = analyze_agreement(found)
    assert result.kappa is not None
    assert result.kappa.table.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert (result.icc, result.bland_altman, result.repeatability) == ((), None, None)


def test_a_grade_that_nobody_gave_keeps_its_place():
    values = np.array([[0.0, 0.0], [3.0, 3.0], [1.0, 0.0], [3.0, 1.0]])
    result = analyze_agreement(comparison(values, is_grade=True))
    assert result.kappa is not None
    assert result.kappa.classes.tolist() == [0.0, 1.0, 2.0, 3.0]


def comparison(values, *, patients=None, kind="readers", is_grade=False):
    n, k = values.shape
    names = tuple(f"{i}.png" for i in range(n))
    return Comparison(
        figure="density_per_cm2",
        unit="/cm2",
        kind=kind,
        raters=tuple("ABCD"[:k]),
        subjects=names,
        patients=patients or names,
        values=values,
        is_grade=is_grade,
    )


@pytest.fixture(scope="module")
def noisy():
    rng = np.random.default_rng(1)
    return rng.normal(150, 30, (20, 1)) + rng.normal(0, 6, (20, 2))


def test_several_pictures_of_a_patient_are_clustered_and_said_so(noisy):
    patients = tuple(f"P{i // 2}" for i in range(20))
    clustered = analyze_agreement(comparison(noisy, patients=patients))
    alone = analyze_agreement(comparison(noisy))
    assert (clustered.clustered, clustered.n_patients, alone.clustered) == (True, 10, False)
    assert any("not independent" in note for note in clustered.notes)
    assert clustered.bland_altman is not None
    assert clustered.bland_altman.difference.method == "variance components"
    assert alone.bland_altman is not None
    assert alone.bland_altman.difference.method == "exact"
    assert not alone.notes


def test_unnamed_patients_are_taken_as_independent_and_said_so(noisy):
    found = analyze_agreement(comparison(noisy, patients=("",) * 20))
    assert not found.clustered
    assert any("name no patient" in note for note in found.notes)


def test_three_repeats_of_some_count_in_the_error(noisy):
    values = np.column_stack([noisy, np.full(20, np.nan)])
    values[0, 2] = values[0, 0] + 30
    values[1, 1:] = np.nan
    found = analyze_agreement(comparison(values, kind="repeats"))
    assert (found.n_subjects, found.n_incomplete, found.n_readings) == (19, 1, 39)
    assert found.pairs.shape == (19, 2)
    assert found.repeatability is not None
    assert found.repeatability.df == 20


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_pictures_are_said_and_nothing_is_invented(n, noisy):
    found = analyze_agreement(comparison(noisy[:n]))
    document = json.loads(json_bytes(agreement_document([found], (), sources={})))
    analysis = document["analyses"][0]
    assert analysis["icc"][1]["value"] is None
    assert analysis["bland_altman"]["lower"]["value"] is None
    assert any("fewer than 3" in note for note in analysis["notes"])
    assert any(line.startswith("note 1: fewer than 3") for line in agreement_lines(document))


def test_the_document_holds_no_nan_and_the_same_bytes_twice(noisy):
    comparisons = [comparison(noisy), comparison(np.full((5, 2), 3.0)), comparison(np.round(noisy / 40), is_grade=True)]
    texts = {
        json_bytes(agreement_document([analyze_agreement(one) for one in comparisons], (), sources={}))
        for _ in range(2)
    }
    assert len(texts) == 1
    document = json.loads(texts.pop())
    assert document["schema"] == "hairdensity/agreement-1"
    first, same, grades = document["analyses"]
    assert len(first["bland_altman"]["points"]["first"]) == 20
    assert any("same number" in note for note in same["notes"])
    assert [kappa["weights"] for kappa in grades["kappa"]["kappas"]] == ["none", "linear", "quadratic"]


def test_words_state_the_detectable_change_in_its_unit(noisy):
    document = agreement_document([analyze_agreement(comparison(noisy))], (), sources={})
    text = "\n".join(agreement_lines(document))
    mdc = document["analyses"][0]["repeatability"]["mdc"]["value"]
    assert f"a change of one patient below {mdc:.1f} per cm²" in text
    assert "bias (A - B)" in text
