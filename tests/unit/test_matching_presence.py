"""Whether a picture shows a hair where the other visit has one: dark bars drawn on bright skin, 2 um/px."""

from __future__ import annotations

import numpy as np
import pytest

from hairdensity.comparison.pairing.courses import N_POINTS, Courses
from hairdensity.comparison.pairing.presence import Presences, View, find_presences, look_beside, presence_odds

UM_PER_PX = 2.0
DARK = np.zeros(1, dtype=bool)


def skin_with_bars(*cols_um: float, width_um: float = 30.0, grey: int = 40) -> View:
    """1000 x 1000 um of skin with vertical hairs."""
    pixels = np.full((500, 500, 3), 200, dtype=np.uint8)
    for col in cols_um:
        first, last = round((col - width_um / 2) / UM_PER_PX), round((col + width_um / 2) / UM_PER_PX)
        pixels[:, first : last + 1] = grey
    return View(pixels, lambda places: places / UM_PER_PX)


def upright(*cols_um: float) -> Courses:
    """Hairs that run down from row 300 um."""
    arc = np.tile(np.linspace(15.0, 200.0, N_POINTS), (len(cols_um), 1))
    points = np.stack([300.0 + arc, np.broadcast_to(np.array(cols_um)[:, None], arc.shape)], axis=-1)
    return Courses(points, np.broadcast_to([0.0, 1.0], points.shape).copy(), arc)


def presences(before: View, after: View, col_um: float = 400.0) -> Presences:
    return find_presences((upright(col_um), upright()), (before, after), (DARK, DARK[:0]))


def test_a_hair_that_stayed_and_one_that_went() -> None:
    there, empty = skin_with_bars(400), skin_with_bars()
    assert presences(there, there).before == pytest.approx([1.0], abs=0.02)
    assert presences(there, empty).before == pytest.approx([0.0], abs=0.02)


def test_a_hair_that_lies_a_little_differently_is_there() -> None:
    assert presences(skin_with_bars(400), skin_with_bars(420)).before[0] > 0.9


def test_a_neighbor_is_not_the_hair() -> None:
    assert presences(skin_with_bars(400, 480), skin_with_bars(480)).before[0] < 0.1


def test_beyond_the_picture_nobody_knows() -> None:
    view = skin_with_bars(400)
    shifted = View(view.pixels, lambda places: places / UM_PER_PX + 450.0)
    found = presences(view, shifted).before
    assert np.isnan(found).all()
    assert presence_odds(found).tolist() == [0.0]


def test_paler_hairs_all_over_count_as_there() -> None:
    cols = tuple(float(col) for col in range(200, 801, 100))
    strong, pale = skin_with_bars(*cols), skin_with_bars(*cols, grey=100)
    light = np.zeros(len(cols), dtype=bool)
    found = find_presences((upright(*cols), upright(*cols)), (strong, pale), (light, light))
    assert found.usual != pytest.approx(1.0, abs=0.1)
    alone = find_presences((upright(*cols), upright()), (strong, pale), (light, light[:0]))
    assert alone.before == pytest.approx(np.ones(len(cols)), abs=0.05)


def test_the_odds_rise_with_presence_and_have_limits() -> None:
    odds = presence_odds(np.array([-1.0, 0.3, 0.85, 0.95, 3.0]))
    assert odds.tolist() == [-5.0, -5.0, 0.0, 2.5, 2.5]


def test_behind_another_shaft_only_the_open_places_count() -> None:
    """At 430 um stands a shaft 60 um wide; the hair at 400 um would be hidden by it, or peep out beside it."""
    own = skin_with_bars(400)
    axis = np.column_stack([np.linspace(250, 550, 40), np.full(40, 430.0)])
    half = np.full(40, 30.0)
    gone = look_beside(upright(400), (own, skin_with_bars(430, width_um=60)), axis, half, is_light=DARK)
    both = look_beside(upright(400), (own, skin_with_bars(415, width_um=90)), axis, half, is_light=DARK)
    assert gone.presence[0] < 0.3 and both.presence[0] > 0.9
    assert 0 < gone.open_share[0] < 1


def test_a_course_that_is_covered_wherever_it_may_lie_says_nothing() -> None:
    axis = np.column_stack([np.linspace(250, 550, 40), np.full(40, 400.0)])
    own = skin_with_bars(400)
    found = look_beside(upright(400), (own, own), axis, np.full(40, 90.0), is_light=DARK)
    assert np.isnan(found.presence[0]) and found.open_share[0] == 0.0


def test_no_hairs() -> None:
    found = look_beside(
        upright(), (skin_with_bars(), skin_with_bars()), np.zeros((0, 2)), np.zeros(0), is_light=DARK[:0]
    )
    assert found.presence.shape == (0,)
