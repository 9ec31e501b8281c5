"""The short table of agreement: what stands where, on wide and on narrow terminals."""

import io

import numpy as np
import pytest
from rich.console import Console

from hairdensity.study.agreement.analysis import analyze_agreement
from hairdensity.study.agreement.comparisons import Comparison
from hairdensity.study.agreement.document import agreement_document
from hairdensity.study.agreement.terminal import print_agreement
from hairdensity.study.comparable import Refusal


def comparison(values, figure="density_per_cm2", **more):
    names = tuple(f"P{place}" for place in range(len(values)))
    facts = {"unit": "/cm2", "kind": "readers", "raters": ("reader-1", "reader-2"), "patients": names}
    return Comparison(figure=figure, subjects=names, values=np.asarray(values, dtype=np.float64), **(facts | more))


def printed(*comparisons, refused=(), width=140, primary_figure="density_per_cm2"):
    document = agreement_document([analyze_agreement(one) for one in comparisons], refused, sources={})
    console = Console(file=io.StringIO(), width=width)
    print_agreement(console, document, primary_figure=primary_figure)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.fixture
def noisy():
    rng = np.random.default_rng(3)
    return rng.normal(180, 40, (20, 1)) + rng.normal(0, 9, (20, 2))


REPEATS = {"kind": "repeats", "raters": ("algorithm, picture 1", "algorithm, picture 2")}


def test_the_primary_figure_stands_first(noisy):
    pair = (comparison(noisy), comparison(noisy / 3, "unit_density_per_cm2"))
    assert printed(*pair)[1] == "Hair density, per cm²"
    assert printed(*pair, primary_figure="unit_density_per_cm2")[1] == "Unit density, per cm²"


@pytest.mark.parametrize("width", [80, 140])
def test_rows_fit_the_terminal_and_lose_no_cell(noisy, width):
    lines = printed(comparison(noisy), comparison(noisy, **REPEATS), width=width)
    assert max(map(len, lines)) <= width
    row = next(line for line in lines if line.startswith("reader-1 - reader-2"))
    # n, bias and two limits, ICC and two ends, SEM, MDC, CV.
    assert len(row.removeprefix("reader-1 - reader-2").split()) == 10
    assert row.split()[3] == "20"


def test_repeats_say_what_the_detectable_change_is_where_there_are_any(noisy):
    lines = " ".join(printed(comparison(noisy), comparison(noisy + np.array([0, 3]), **REPEATS)))
    assert "from repeats by the algorithm, on several pictures of one site and day (n 20)" in lines
    assert "from reader-1 and reader-2 (n 20)" in " ".join(printed(comparison(noisy)))


def test_what_rests_on_one_subject_is_counted_and_not_shown(noisy):
    lines = printed(comparison(noisy), comparison(noisy[:1], **REPEATS))
    assert not any(line.startswith("algorithm") for line in lines)
    assert "Left out: comparisons of fewer than 3 that were read twice: 1 (in --full)." in lines
    # Nothing else is there: shown, without limits.
    assert any(line.startswith("algorithm, pictures of a day  1") for line in printed(comparison(noisy[:1], **REPEATS)))


def test_missing_readings_and_clustering_are_said_once(noisy):
    noisy[0, 1] = np.nan
    patients = tuple(f"P{place // 2}" for place in range(20))
    twice = [comparison(noisy, patients=patients), comparison(noisy / 3, "unit_density_per_cm2", patients=patients)]
    text = " ".join(printed(*twice))
    assert text.count("Left out: ") == text.count("Clustered: ") == 1
    assert "in 2 of 2 rows up to 1 pictures that lack a reading" in text
    assert "rest on 10 patients." in text
    assert "Not clustered" in " ".join(printed(comparison(noisy)))


def test_grades_have_kappa_in_a_table_of_their_own(noisy):
    lines = printed(comparison(np.round(noisy / 40), "quality", unit="", is_grade=True))
    assert lines[0].split()[2:4] == ["kappa,", "quadratic"]
    assert "bias" not in lines[0]


def test_refusals_of_one_reason_are_one_line(noisy):
    refused = [Refusal(f"f{place}", "it is another unit") for place in range(6)] + [Refusal("g", "it is empty")]
    lines = printed(comparison(noisy), refused=refused)
    assert [line for line in lines if line.startswith("Refused")] == [
        "Refused: f0, f1, f2, f3 and 2 more: it is another unit",
        "Refused: g: it is empty",
    ]
