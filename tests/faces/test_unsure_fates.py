"""Hairs of one visit that are mostly no hair at all: every face tells them from the lost and the new."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from hairdensity.report.change_document import change_document
from hairdensity.report.change_frame import frame_of
from hairdensity.report.change_looks import UNMATCHED
from hairdensity.report.change_page import change_page
from hairdensity.report.change_picture import draw_change
from hairdensity.report.change_tables import ComparedPair, write_change_tables
from hairdensity.report.change_terminal import print_change


@pytest.fixture
def unsure_change(make_change):
    """The lost hair was there with a chance of 0.2 and is gone with one of 0.11; so is one unit of two."""
    change = make_change()
    matches = change.matches.assign(
        fate_probability=[0.98, 0.11, 0.8, 0.97],
        baseline_probability=[0.98, 0.2, 0.15, 0.97],
        follow_up_probability=[0.98, 0.09, 0.95, 0.97],
    )
    return replace(change, matches=matches, units=change.units.assign(fate_probability=[0.99, 0.3]))


def test_an_unsure_hair_is_neither_lost_nor_new(unsure_change):
    document = change_document(unsure_change)
    summary = document["summary"]
    assert [summary[f"n_{fate}"] for fate in ("kept", "lost", "new", "unsure")] == [1, 0, 1, 1]
    assert [summary[f"n_units_{fate}"] for fate in ("kept", "reactivated", "emptied", "unsure")] == [1, 0, 0, 1]
    assert document["headline"].endswith("1 hair kept, 0 lost, 1 new, 1 unsure")
    # The rows say what they said.
    assert [match["fate"] for match in document["matches"]] == ["kept", "lost", "new", "kept"]


def test_an_even_chance_is_enough_and_an_unknown_one_is_not(unsure_change):
    summaries = [
        change_document(replace(unsure_change, matches=unsure_change.matches.assign(fate_probability=probability)))
        for probability in (0.5, 0.499, np.nan)
    ]
    assert [document["summary"]["n_unsure"] for document in summaries] == [0, 3, 3]
    assert [document["summary"]["n_thicker"] for document in summaries] == [1, 0, 0]


def test_expected_numbers_are_sums_of_probabilities_on_the_common_area(unsure_change):
    summary = change_document(unsure_change)["summary"]
    # kept 0.98 + 0.09 + 0.15, lost 0.2 - 0.09, new 0.95 - 0.15; the fourth hair lies outside.
    expected = [summary[f"expected_n_{name}"] for name in ("kept", "lost", "new", "baseline", "follow_up")]
    assert expected == [1.22, 0.11, 0.8, 1.33, 2.02]


def test_all_fates_are_sure_or_not(make_change):
    summary = change_document(make_change())["summary"]
    assert summary["n_kept"] + summary["n_lost"] + summary["n_new"] + summary["n_unsure"] == 3
    refused = change_document(make_change(is_registered=False))["summary"]
    assert set(refused.values()) == {0}


def test_it_has_a_look_of_its_own(unsure_change):
    assert frame_of(unsure_change, width_px=160).looks == ("thicker", "unsure", "new", UNMATCHED)
    page = change_page(unsure_change, change_document(unsure_change))
    assert page.count('<g class="hair unsure" data-hair="1"') == 1, (
        "shown where it was seen, no ring at the other visit"
    )
    assert "unsure, maybe no hair: 1" in page
    assert "Hair 1: unsure, probably no hair; 40 µm, seen at baseline alone; lost with a probability of 11 %" in page


def test_the_picture_shows_it_faintly(unsure_change, make_change):
    pictures = [draw_change(change, change_document(make_change())) for change in (unsure_change, make_change())]
    differs = (pictures[0] != pictures[1]).any(axis=2)
    rows, cols = np.nonzero(differs)
    zoom = 960 / 160
    # Hair 1 alone, from (50, 55) to (70, 60) of the baseline, and the ring at its place on the follow-up.
    assert rows.min() > (50 - 4) * zoom
    assert rows.max() < (70 + 4) * zoom
    assert ((cols < 64 * zoom) | (cols > 960 + 12 + 50 * zoom)).all()
    orange = (np.abs(pictures[0].astype(int) - (255, 140, 40)).sum(axis=2) < 20)[: round(110 * zoom)]
    assert not orange.any()


@pytest.mark.parametrize("width", [90, 140])
def test_the_terminal_says_why_the_counts_are_not_the_change(unsure_change, width):
    stream = io.StringIO()
    print_change(Console(file=stream, width=width, highlight=False), change_document(unsure_change))
    text = " ".join(stream.getvalue().split())
    assert "1 hair kept, 0 lost, 1 new, 1 unsure" in text
    assert "1 kept, 0 re-activated, 0 emptied, 1 unsure" in text
    assert (
        "Each hair counts by the probability that it is there at each visit, so the change need not equal new less "
        "lost. Expected: 1.3 hairs at baseline, 2.0 at follow-up." in text
    )


def test_the_page_says_it_too_and_only_of_registered_visits(unsure_change, make_change):
    words = "so the change need not equal new less lost"
    assert words in change_page(unsure_change, change_document(unsure_change))
    refused = make_change(is_registered=False)
    assert words not in change_page(refused, change_document(refused))


def test_the_tables_keep_every_row(unsure_change, tmp_path):
    document = change_document(unsure_change)
    write_change_tables(tmp_path, [ComparedPair(document, unsure_change.matches, unsure_change.units)])
    assert len((tmp_path / "matches.csv").read_text().splitlines()) == 1 + len(unsure_change.matches)
