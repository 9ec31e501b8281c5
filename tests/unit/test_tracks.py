"""Tracks over visits, worked by hand."""

import numpy as np
import pytest

from hairdensity.comparison.following.tracks import FATES, LinkedVisit, fates_of_tracks, link_tracks

PLACES = np.array([[10.0, 10.0], [20.0, 20.0], [30.0, 30.0]])


def visit(roots, with_baseline, with_earlier=None):
    return LinkedVisit(
        roots_px=np.array(roots, dtype=float).reshape(-1, 2),
        with_baseline=np.array(with_baseline, dtype=np.int64).reshape(-1, 2),
        with_earlier={n: np.array(pairs, dtype=np.int64).reshape(-1, 2) for n, pairs in (with_earlier or {}).items()},
    )


def test_hairs_are_followed_by_their_match_at_baseline():
    first = visit(PLACES[::-1], [(0, 2), (1, 1), (2, 0)])
    second = visit(PLACES[:2], [(0, 0), (1, 1)], {1: []})

    tracks = link_tracks(PLACES, [first, second])

    assert tracks.hair.tolist() == [[0, 2, 0], [1, 1, 1], [2, 0, -1]]
    assert tracks.is_seen.tolist() == [[True, True, True], [True, True, True], [True, True, False]]


def test_a_hair_that_the_baseline_does_not_have_is_followed_from_its_first_visit():
    first = visit([(50.0, 50.0)], [])
    second = visit([(50.4, 50.2)], [], {1: [(0, 0)]})
    third = visit([(50.2, 50.1)], [], {1: [(0, 0)], 2: [(0, 0)]})

    tracks = link_tracks(PLACES[:1], [first, second, third])

    assert tracks.hair.tolist() == [[0, -1, -1, -1], [-1, 0, 0, 0]]
    assert tracks.place_px[1] == pytest.approx([50.2, 50.1])


def test_it_is_found_again_over_a_visit_that_misses_it():
    first, second = visit([(50.0, 50.0)], []), visit([], [], {1: []})
    third = visit([(50.0, 50.0)], [], {1: [(0, 0)], 2: []})

    assert link_tracks(PLACES[:0], [first, second, third]).hair.tolist() == [[-1, 0, -1, 0]]


def test_a_match_at_baseline_goes_before_a_match_at_another_visit():
    """Visit 1 missed the baseline's hair and has a new one beside it; visit 2 matches its hair to both."""
    first = visit([(11.0, 11.0)], [])
    second = visit([(10.0, 10.0)], [(0, 0)], {1: [(0, 0)]})

    assert link_tracks(PLACES[:1], [first, second]).hair.tolist() == [[0, -1, 0], [-1, 0, -1]]


def test_a_hair_too_faint_for_a_number_is_seen():
    """Kept by a second look: visit 1 shows the first hair faintly, and the baseline another hair of visit 1."""
    first = visit([(50.0, 50.0)], [(0, -1), (-1, 0)])

    tracks = link_tracks(PLACES[:1], [first])

    assert tracks.hair.tolist() == [[0, -1], [-1, 0]]
    assert tracks.is_seen.all()


def test_a_visit_that_was_not_registered_has_no_hairs():
    tracks = link_tracks(PLACES, [None, visit(PLACES, [(0, 0), (1, 1), (2, 2)])])

    assert tracks.hair.tolist() == [[0, -1, 0], [1, -1, 1], [2, -1, 2]]


@pytest.mark.parametrize(
    ("seen", "shown", "fates"),
    [
        ("111", "111", "present kept kept"),
        ("100", "111", "present lost absent"),
        ("011", "111", "absent born kept"),
        ("101", "111", "present lost returned"),
        ("101", "101", "present missing kept"),
        ("011", "011", "missing present kept"),
        ("001", "001", "missing missing present"),
        ("0010", "1111", "absent absent born lost"),
        ("1001", "1101", "present lost missing returned"),
        ("11", "00", "present kept"),  # what is seen is shown
    ],
)
def test_fates(seen, shown, fates):
    found = fates_of_tracks(*(np.array([[mark == "1" for mark in row]]) for row in (seen, shown)))

    assert " ".join(found[0]) == fates
    assert set(found[0]) <= set(FATES)
