"""The two populations: shares and rates from lengths that are wrong now and then."""

import numpy as np
import pytest

from hairdensity.comparison.growing.two_populations import Growing, Measured, likelihood_of, separate

TWO_DAYS = Growing(threshold_um=200.0, most_um=1200.0, days=2.0)
ERROR_UM = 10.0


def measured(growth, *, tangled=None, cut_before=None, cut_after=None, shorter=300.0):
    n = len(growth)
    nothing = np.zeros(n, dtype=bool)
    return Measured(
        growth_um=np.asarray(growth, dtype=float),
        error_um=np.full(n, ERROR_UM),
        shorter_um=np.full(n, shorter),
        is_cut_before=nothing if cut_before is None else np.asarray(cut_before),
        is_cut_after=nothing if cut_after is None else np.asarray(cut_after),
        is_tangled=nothing if tangled is None else np.asarray(tangled),
    )


def populations(of):
    n = len(of.growth_um)
    return separate(likelihood_of(of, TWO_DAYS), TWO_DAYS, counts=np.ones(n, dtype=bool))


def test_the_threshold_lies_between_two_places_of_the_grid():
    grid = TWO_DAYS.grid_um
    assert grid[0] == 0 and grid[-1] <= 1200.0
    assert np.abs(grid - 200.0).min() == pytest.approx(np.diff(grid)[0] / 2)


def test_clear_lengths_are_told_apart_as_a_threshold_would():
    found = populations(measured([600.0] * 30 + [0.0] * 10))

    assert found.anagen_share == pytest.approx(0.75, abs=0.005)
    assert (found.probability[:30] > 0.99).all() and (found.probability[30:] < 0.02).all()
    assert found.growing_um.sum() == pytest.approx(1.0)
    assert found.growing_um @ TWO_DAYS.grid_um == pytest.approx(600.0, abs=2.0)


def test_the_likelihood_of_a_clear_length_is_a_bell_about_it():
    likelihood = likelihood_of(measured([500.0]), TWO_DAYS)[0]

    assert TWO_DAYS.grid_um[likelihood.argmax()] == pytest.approx(500.0, abs=5.0)
    assert likelihood.max() == pytest.approx(0.95 / (ERROR_UM * np.sqrt(2 * np.pi)), rel=0.03)


def test_what_is_measured_somewhere_has_some_cause_to_be_there():
    """Whatever a hair really grew, all that can be measured of it has a probability of 1 together."""
    places = np.arange(-320.0, 9000.0, 2.0)
    whole = likelihood_of(measured(places, tangled=np.ones(len(places), bool)), TWO_DAYS)

    assert whole[:, ::40].sum(axis=0) * 2.0 == pytest.approx(1.0, abs=0.02)


def test_bounds_say_what_they_exclude_and_nothing_more():
    at_least, at_most, neither = likelihood_of(
        measured([400.0] * 3, cut_after=[True, False, True], cut_before=[False, True, True]), TWO_DAYS
    )
    low, high = TWO_DAYS.grid_um < 350, TWO_DAYS.grid_um > 450

    assert (at_least[high] == 1).all() and (at_least[low] < 0.1).all()
    assert (at_most[low] == 1).all() and (at_most[high] < 0.1).all()
    assert (neither == 1).all()


def test_hairs_that_do_not_count_are_judged_by_the_others():
    of = measured([600.0] * 10 + [0.0] * 10 + [600.0] * 20)
    counts = np.arange(40) < 20
    found = separate(likelihood_of(of, TWO_DAYS), TWO_DAYS, counts=counts)

    assert found.anagen_share == pytest.approx(0.5, abs=0.01)
    assert (found.probability[20:] > 0.99).all()


def test_nothing_counted_is_nothing_stated():
    found = separate(np.zeros((0, len(TWO_DAYS.grid_um))), TWO_DAYS, counts=np.zeros(0, dtype=bool))

    assert np.isnan(found.anagen_share) and found.growing_um.sum() == 0


def test_errors_of_length_are_not_taken_for_telogen():
    """A fifth of the hairs that touch another hide their tip, a third leaves the picture: one threshold overstates."""
    rng = np.random.default_rng(7)
    errors, naive = [], []
    for _ in range(40):
        n = 80
        grows = rng.random(n) < 0.87
        true = np.where(grows, rng.normal(640.0, 120.0, n).clip(220.0), 0.0)
        tangled, hides = rng.random(n) < 0.4, rng.random(n) < 0.2
        seen = true + rng.normal(0, ERROR_UM, n)
        seen = np.where(tangled & hides, rng.uniform(-250.0, true), seen)
        room = rng.uniform(0, 1200.0, n)
        leaves = (rng.random(n) < 0.3) & (true > room)
        found = populations(measured(np.where(leaves, room, seen), tangled=tangled & ~leaves, cut_after=leaves))
        errors.append(found.anagen_share - grows.mean())
        naive.append((np.where(leaves, room, seen) > 200.0).mean() - grows.mean())
    assert abs(np.mean(errors)) < 0.02
    assert np.mean(naive) < -0.05
    assert np.mean(np.abs(errors) < 0.05) > 0.9


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_shares_are_recovered(share):
    rng = np.random.default_rng(11)
    grows = rng.random(400) < share
    true = np.where(grows, rng.normal(600.0, 100.0, 400), 0.0)
    found = populations(measured(true + rng.normal(0, ERROR_UM, 400)))

    assert found.anagen_share == pytest.approx(grows.mean(), abs=0.01)
