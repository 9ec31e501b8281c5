"""What the absence of a partner means: gone, overlooked, or no hair at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hairdensity.comparison.matching_settings import Evidence, MatchingSettings
from hairdensity.comparison.pairing.presence import Beside
from hairdensity.comparison.pairing.second_look import Absence, Verdicts, Witnesses, judge, look_again
from hairdensity.comparison.pairing.sightings import Sightings

EVIDENCE = Evidence()
SETTINGS = MatchingSettings()
NO_REFUSED = np.zeros((0, 2))
OPEN = Beside(np.array([0.1]), np.array([1.0]))


def witnesses(col_um: float, *, widening: float = 0.0, refused_um: np.ndarray = NO_REFUSED) -> Witnesses:
    """One matched shaft of 60 um that runs along a column, and refused ones."""
    axis = np.column_stack([np.arange(0.0, 400.0, 8.0), np.full(50, col_um)])
    return Witnesses(
        points_um=axis,
        shaft=np.zeros(50, dtype=np.int64),
        half_width_um=np.array([30.0]),
        widening=np.array([widening]),
        refused_um=refused_um,
        refused_per_um2=3 / 4e7,
        spread_um=25.0,
    )


def absence(witness: Witnesses, beside: Beside = OPEN, *, presence: float = -5.0) -> float:
    """Density of being overlooked for a hair at column 0."""
    seen = replace(Sightings.of_roots(np.array([[0.0, 0.0]])), presence=np.array([presence]))
    course = np.column_stack([np.linspace(15.0, 200.0, 8), np.zeros(8)])[None]
    return float(look_again(seen, course, witness, beside, evidence=EVIDENCE).overlooked[0])


def judged(probability: float, overlooked: float, *, n: int = 1, n_kept: int = 50) -> Verdicts:
    found = Absence(np.full(n, overlooked), np.full(n, -1))
    return judge(
        np.full(n, probability), found, counts=np.ones(n, bool), kept_probability=np.ones(n_kept), settings=SETTINGS
    )


def test_bare_skin_at_its_place_means_gone() -> None:
    assert EVIDENCE.least <= absence(witnesses(900.0)) < 0.002


def test_a_shaft_at_its_place_that_grew_wide_hides_it() -> None:
    hidden = Beside(np.array([np.nan]), np.array([0.0]))
    plain, wide = (absence(witnesses(20.0, widening=w), hidden, presence=2.5) for w in (0.0, 0.3))
    assert wide == pytest.approx(plain * np.exp(0.3 * EVIDENCE.by_width))
    assert absence(witnesses(20.0)) < plain < wide


def test_a_wide_shaft_far_away_hides_nothing() -> None:
    assert absence(witnesses(500.0, widening=0.4)) == absence(witnesses(500.0))


def test_a_refused_shaft_at_its_place_speaks_for_it() -> None:
    near, far = (np.array([[0.0, col]]) for col in (10.0, 800.0))
    found = [absence(witnesses(900.0, refused_um=roots)) for roots in (near, far)]
    assert found[0] > 1.0 > found[1]


def test_the_shaft_in_front_is_named() -> None:
    seen = Sightings.of_roots(np.array([[0.0, 0.0]]))
    course = np.zeros((1, 8, 2))
    assert look_again(seen, course, witnesses(20.0), OPEN, evidence=EVIDENCE).behind.tolist() == [0]
    nothing = witnesses(20.0)._replace(points_um=np.zeros((0, 2)), shaft=np.zeros(0, np.int64))
    assert look_again(seen, course, nothing, OPEN, evidence=EVIDENCE).behind.tolist() == [-1]


def test_a_hair_on_bare_skin_is_gone() -> None:
    found = judged(1.0, EVIDENCE.least)
    assert found.gone[0] > 0.98 and found.gone[0] + found.overlooked[0] == pytest.approx(1.0)


def test_an_improbable_hair_with_nothing_at_the_other_visit_is_no_hair() -> None:
    found = judged(0.6, EVIDENCE.least)
    assert found.gone[0] + found.overlooked[0] < 0.3


def test_one_step_by_hand() -> None:
    """Turnover held at 0.08 by a heavy belief: 0.08 against 0.92 x 0.5."""
    settings = MatchingSettings(usual_turnover_hairs=1e9)
    found = judge(
        np.ones(1),
        Absence(np.array([0.5]), np.array([-1])),
        counts=np.ones(1, bool),
        kept_probability=np.ones(10),
        settings=settings,
    )
    assert found.turnover == pytest.approx(0.08)
    assert found.gone[0] == pytest.approx(0.08 / (0.08 + 0.46), rel=1e-6)


def test_a_pair_with_many_losses_believes_in_them_more() -> None:
    few, many = (judged(1.0, 0.05, n=n) for n in (1, 40))
    assert many.turnover > 0.2 > few.turnover
    assert many.gone[0] > few.gone[0]


def test_hairs_outside_the_area_do_not_speak_about_turnover() -> None:
    outside = judge(
        np.ones(40),
        Absence(np.full(40, 0.001), np.full(40, -1)),
        counts=np.zeros(40, bool),
        kept_probability=np.ones(50),
        settings=SETTINGS,
    )
    assert outside.turnover < SETTINGS.usual_turnover


def test_what_is_no_hair_shows_again_by_hand() -> None:
    """Shares held by heavy beliefs: 0.5 x 0.08 against 0.5 x (1 - 0.6), nothing overlooked."""
    settings = MatchingSettings(usual_turnover_hairs=1e9, usual_showing_again=0.6, usual_showing_again_shafts=1e9)
    found = judge(
        np.array([0.5]),
        Absence(np.array([0.0]), np.array([-1])),
        counts=np.ones(1, bool),
        kept_probability=np.ones(10),
        settings=settings,
    )
    assert found.gone[0] == pytest.approx(0.04 / (0.04 + 0.2), rel=1e-6)


def test_doubtful_pairs_make_a_doubtful_hair_that_is_alone_more_likely_gone() -> None:
    alone = Absence(np.full(3, EVIDENCE.least), np.full(3, -1))

    def gone(kept_probability: float) -> float:
        kept = np.full(60, kept_probability)
        return float(
            judge(np.full(3, 0.95), alone, counts=np.ones(3, bool), kept_probability=kept, settings=SETTINGS).gone[0]
        )

    assert gone(0.90) > gone(0.99) > gone(1.0)


def test_nobody() -> None:
    assert judged(1.0, 0.1, n=0).gone.shape == (0,)
