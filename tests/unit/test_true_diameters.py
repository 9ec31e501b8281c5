import numpy as np
import pytest

from hairdensity.metrics.true_diameters import deconvolve


def share(diameters, se, cut_off=40.0):
    diameters = np.asarray(diameters, dtype=float)
    return deconvolve(diameters, np.broadcast_to(np.asarray(se, dtype=float), diameters.shape)).thin_share(cut_off)


def test_exact_diameters_give_the_plain_share_and_the_cut_off_itself_is_thin():
    found = share([20.0, 39.9, 40.0, 40.1, 80.0], 0.0)
    assert found.value == pytest.approx(0.6)
    assert found.noise_sd == pytest.approx(0.0, abs=1e-6)


def test_a_single_hair_is_thin_with_its_own_probability():
    assert share([40.0], 5.0).value == pytest.approx(0.5, abs=0.03)
    assert share([30.0], 5.0).value > 0.95
    assert share([50.0], 5.0).value < 0.05


def test_scatter_is_taken_out_of_the_tail():
    rng = np.random.default_rng(0)
    true = rng.normal(60.0, 14.0, 2000)
    measured = true + rng.normal(0.0, 9.0, 2000)
    exact = np.mean(true <= 40.0)
    assert np.mean(measured <= 40.0) - exact > 0.02
    assert share(measured, 9.0).value == pytest.approx(exact, abs=0.012)


def test_the_share_of_a_narrow_population_within_its_scatter_stays_finite():
    found = share(np.full(50, 60.0), 8.0)
    assert 0.0 <= found.value < 0.01
    assert np.isfinite(found.influence).all()


def test_the_influence_of_all_hairs_adds_up_to_little():
    diameters = np.random.default_rng(1).normal(50.0, 15.0, 300)
    found = share(diameters, 4.0)
    assert abs(found.influence.sum()) < 0.02
    assert found.influence[diameters < 25.0].min() > 0 > found.influence[diameters > 70.0].max()


def test_the_deviation_is_that_of_repeated_pictures():
    rng = np.random.default_rng(2)
    found = []
    for _ in range(60):
        true = rng.normal(50.0, 15.0, 100)
        result = share(true + rng.normal(0.0, 6.0, 100), 6.0)
        found.append((result.value - np.mean(true <= 40.0), result.noise_sd, np.sqrt(np.sum(result.influence**2))))
    errors, noise, _ = np.array(found).T
    assert errors.std() / noise.mean() == pytest.approx(1.0, abs=0.3)
    assert abs(errors.mean()) < 0.015


def test_shares_between_cell_edges_grow_steadily():
    model = deconvolve(np.linspace(20.0, 90.0, 80), np.full(80, 3.0))
    shares = [model.share_below(cut_off) for cut_off in np.linspace(25.0, 60.0, 15)]
    assert np.all(np.diff(shares) > 0)
    assert model.share_below(500.0) == pytest.approx(1.0)
