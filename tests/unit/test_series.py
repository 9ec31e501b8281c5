"""Series of visits made by hand: straight hairs at random places, seen through a frame that moves over the skin."""

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment, Warp
from hairdensity.comparison.change import compare
from hairdensity.comparison.following.chaining import chain, chained
from hairdensity.comparison.following.shared_skin import shared_skin
from hairdensity.comparison.series import follow_series
from hairdensity.errors import InputError
from hairdensity.tables import SIGHTINGS, TRACKS
from tests.straight_hairs import straight, visit_of

SHAPE = (600, 700)
LENGTH_UM = 300.0
STILL = np.zeros(2)


def skin(n=170, *, seed=4, extent=(600.0, 1500.0)):
    """(N, 2) roots on skin that is wider than a frame, none on top of another."""
    rng = np.random.default_rng(seed)
    roots = []
    while len(roots) < n:
        place = rng.uniform((0.0, 0.0), extent)
        if not roots or np.linalg.norm(np.array(roots) - place, axis=1).min() > 36:
            roots.append(place)
    return np.array(roots)


ROOTS = skin()
ANGLES = 20.0 * np.random.default_rng(5).standard_normal(len(ROOTS))


def seen(at_px=STILL, *, without=(), um_per_px=5.0):
    """A visit whose frame begins here on the skin, without some of the hairs; and the skin's numbers of its hairs."""
    places = ROOTS - np.asarray(at_px, dtype=float)
    inside = ((places > 4) & (places < np.array(SHAPE) - 5)).all(axis=1)
    inside[list(without)] = False
    names = np.flatnonzero(inside)
    paths = [straight(places[i], LENGTH_UM, deg=ANGLES[i]) for i in names]
    kept = [np.clip(path, -0.4, np.array(SHAPE) - 0.6) for path in paths]
    return visit_of(kept, um_per_px=um_per_px, shape=SHAPE), names


@pytest.fixture(scope="module")
def three_visits():
    """At the second visit hair A is missing and B is not yet there; at the third A is back and B has come."""
    whole = seen()[1]
    inner = [i for i in whole if 100 < ROOTS[i, 0] < 480 and 120 < ROOTS[i, 1] < 560]
    lost, born = inner[3], inner[20]
    visits, names = zip(seen(without=[born]), seen((8, -12), without=[lost, born]), seen((-10, 6)), strict=True)
    return follow_series(visits, days=[0, 90, 200]), names, lost, born


def course(series, names, hair):
    """Fates of the track of a hair of the skin."""
    tracks, sightings = series.tracks, series.sightings
    for visit, own in enumerate(names):
        where = np.flatnonzero(own == hair)
        if len(where):
            rows = sightings[(sightings["visit"] == visit) & (sightings["hair_id"] == where[0])]
            return tracks.set_index("track_id").loc[rows["track_id"].iloc[0], "fates"]
    raise AssertionError("no visit sees this hair")


def test_every_visit_is_registered_to_the_first(three_visits):
    series = three_visits[0]

    assert series.routes == ((0,), (0, 1), (0, 2))
    assert [change.registration.accepted for change in series.changes] == [True, True]
    assert series.days == (0.0, 90.0, 200.0)


def test_tracks_tell_the_fate_of_each_hair(three_visits):
    series, names, lost, born = three_visits

    assert course(series, names, lost) == "present lost returned"
    assert course(series, names, born) == "absent absent born"
    assert list(series.tracks.columns) == [column.name for column in TRACKS]
    assert list(series.sightings.columns) == [column.name for column in SIGHTINGS]
    fates = series.tracks.loc[series.tracks["in_area"], "fates"]
    assert (fates == "present kept kept").sum() == len(fates) - 2


def test_a_track_holds_one_hair(three_visits):
    series, names, _, _ = three_visits
    numbered = series.sightings.dropna(subset="hair_id")
    true = [names[visit][hair] for visit, hair in zip(numbered["visit"], numbered["hair_id"], strict=True)]

    by_track = numbered.assign(true=true).groupby("track_id")["true"].nunique()
    assert (by_track == 1).all()
    # Every hair of every visit is on one track, once.
    assert len(numbered) == sum(len(own) for own in names)
    assert len(series.sightings) == 3 * len(series.tracks)


def test_the_visits_share_one_skin(three_visits):
    series = three_visits[0]
    areas = [area.area_cm2 for area in series.shared_areas]
    pixels = [area.area_px for area in series.shared_areas]

    assert areas[0] == areas[1] == areas[2]
    assert pixels[0] == pytest.approx(pixels[1], rel=0.01) == pytest.approx(pixels[2], rel=0.01)
    n_baseline = series.metrics[0].n_hairs
    assert [metrics.n_hairs - n_baseline for metrics in series.metrics] == [0, -1, 1]


def test_trends_are_stated_for_each_month(three_visits):
    trend = three_visits[0].trends["density_per_cm2"]

    assert (trend.per, trend.n_visits) == ("month", 3)
    area = three_visits[0].shared_areas[0].area_cm2
    by_hand = np.polyfit(np.array([0, 90, 200]) / 30.4375, np.array([0, -1, 1]) / area, 1)[0]
    # Weighted, so that the visits do not count quite alike.
    assert trend.slope == pytest.approx(by_hand, abs=0.35 * abs(by_hand))


def test_a_visit_too_far_from_the_first_is_reached_over_one_between():
    series = follow_series([seen(at)[0] for at in ((0, 0), (0, 330), (0, 640))])

    assert series.routes == ((0,), (0, 1), (0, 1, 2))
    assert series.changes[1].registration.alignment.matrix == pytest.approx(
        np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -640.0]]), abs=0.5
    )
    # It shares 9 % of the first frame: too little to take the other visit's skin away.
    assert series.shared_areas[2] is None and series.metrics[2] is None
    assert series.shared_areas[1] is not None
    assert (series.sightings["fate"] == "missing").any()


def test_a_visit_of_other_skin_has_no_part():
    other = visit_of([straight(root, LENGTH_UM) for root in skin(60, seed=9, extent=(590.0, 600.0))], shape=SHAPE)
    series = follow_series([seen()[0], other, seen((5, 5))[0]])

    assert series.routes[1] is None and series.metrics[1] is None and series.differences[1] is None
    assert not series.changes[0].registration.accepted
    assert series.trends["density_per_cm2"].n_visits == 2
    assert (series.sightings.loc[series.sightings["visit"] == 1, "fate"] == "missing").all()


def test_two_visits_are_a_series_too():
    visits = seen()[0], seen((6, 2))[0]
    series, change = follow_series(visits), compare(*visits)

    assert series.changes[0].differences["density_per_cm2"] == change.differences["density_per_cm2"]
    assert series.trends["density_per_cm2"].per == "visit"
    assert series.trends["density_per_cm2"].slope == pytest.approx(change.differences["density_per_cm2"].value)


@pytest.mark.parametrize(
    ("n", "days", "words"),
    [
        (1, None, "two visits"),
        (2, [0], "one day for each"),
        (2, [5, 5], "must rise"),
        (2, [5, 3], "must rise"),
        (2, [0, float("nan")], "must rise"),
    ],
)
def test_a_series_that_makes_no_sense(n, days, words):
    with pytest.raises(InputError, match=words):
        follow_series([seen()[0]] * n, days=days)


def test_chained_alignments_lead_where_both_lead_in_turn():
    rng = np.random.default_rng(0)
    rows, cols = np.meshgrid(np.arange(9), np.arange(9), indexing="ij")
    bend = Warp(displacement_px=np.stack([2 * np.sin(rows / 3), np.cos(cols / 3)], axis=-1), spacing_px=100.0)
    first = Alignment(matrix=np.array([[0.98, -0.1, 30.0], [0.1, 1.02, -12.0]]), warp=bend)
    second = Alignment(matrix=np.array([[1.0, 0.05, -7.0], [-0.05, 1.0, 20.0]]))
    points = rng.uniform(0, 600, (200, 2))

    both = chain(first, second, SHAPE)

    assert both.to_follow_up(points) == pytest.approx(second.to_follow_up(first.to_follow_up(points)), abs=0.05)


def test_plain_maps_chain_to_a_plain_map():
    shift = Alignment(matrix=np.array([[1.0, 0.0, 3.0], [0.0, 1.0, -2.0]]))

    assert chain(shift, shift, SHAPE).warp is None
    assert chain(shift, shift, SHAPE).matrix[:, 2].tolist() == [6.0, -4.0]


def test_a_chained_registration_is_as_good_as_its_worse_part():
    visits = [seen(at)[0] for at in ((0, 0), (0, 200), (0, 350))]
    first, second = (compare(*pair).registration for pair in (visits[:2], visits[1:]))

    both = chained(first, second, baseline_shape=SHAPE, last_shape=SHAPE)

    assert both.accepted
    assert both.overlap_fraction == pytest.approx(0.5, abs=0.01)  # 350 of 700 columns
    assert both.overlap_cm2 == pytest.approx(0.5 * 600 * 700 * 25e-8, rel=0.02)
    assert both.residual_um >= max(first.residual_um, second.residual_um)
    assert both.n_inliers == min(first.n_inliers, second.n_inliers)


def test_the_skin_shared_by_all_is_the_intersection():
    """Frames that are shifted by 100 and by -60 px: rows 0-600, less the margins, of columns 100-640."""
    visits = [seen(at)[0] for at in ((0, 0), (0, 100), (0, -60))]
    ways = [Alignment(matrix=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -shift]])) for shift in (100.0, -60.0)]

    first, second = shared_skin(visits, ways)

    inner = 700 - 160 - 2 * 22  # the frame less both shifts and the margins of 110 um
    assert first.baseline.mask.any(axis=0).sum() == pytest.approx(inner, abs=2)
    assert np.array_equal(first.baseline.mask, second.baseline.mask)
    assert first.follow_up.area_px == pytest.approx(first.baseline.area_px, rel=0.01)
    assert first.area_cm2 == second.area_cm2 == pytest.approx(first.baseline.area_px * 25e-8)


def test_a_visit_without_a_scale_takes_none_from_the_others():
    whole, unscaled = seen()[0], seen((8, -12), um_per_px=None)[0]
    plain = follow_series([whole, seen((-10, 6))[0]])
    series = follow_series([whole, unscaled, seen((-10, 6))[0]])

    assert series.routes == ((0,), (0, 1), (0, 2))
    assert [area.area_cm2 is None for area in series.shared_areas] == [False, True, False]
    assert series.shared_areas[0].area_cm2 == series.shared_areas[2].area_cm2
    assert series.shared_areas[0].area_cm2 == pytest.approx(plain.shared_areas[0].area_cm2, rel=0.05)
    assert [metrics.density_per_cm2 is None for metrics in series.metrics] == [False, True, False]
    assert "density_per_cm2" not in series.differences[1] and "density_per_cm2" in series.differences[2]
    assert series.trends["density_per_cm2"].n_visits == 2
