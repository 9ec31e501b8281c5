import numpy as np
import pytest

from hairdensity.measurement.unit_settings import UnitSettings
from hairdensity.measurement.unit_spacing import UnitSpacing, learn_spacing

NOTHING = np.zeros(0)


def test_without_pairs_the_usual_values_give_the_gap():
    settings = UnitSettings()
    found = learn_spacing(NOTHING, n_far=0, n_roots=0, settings=settings)
    # 2 * 100^2 * ln(0.45 / (pi * 100^2 * 130e-8)) = 48,000 = 219^2.
    assert found.gap_um == pytest.approx(219.0, abs=0.5)
    assert (found.spread_um, found.companions) == (pytest.approx(100.0), pytest.approx(0.45))
    assert found.neighbors_per_cm2 == pytest.approx(130.0)


def test_log_odds_are_zero_at_the_gap_and_fall_with_the_distance():
    spacing = UnitSpacing(gap_um=200.0, spread_um=100.0, companions=0.5, neighbors_per_cm2=100.0)
    assert spacing.log_odds(np.array([0.0, 200.0, 300.0])) == pytest.approx([2.0, 0.0, -2.5])


def test_at_the_gap_hump_and_rise_are_equal():
    distance = np.abs(np.random.default_rng(2).normal(0, 150, 300))
    found = learn_spacing(distance[distance < 450], n_far=400, n_roots=200, settings=UnitSettings())
    variance = found.spread_um**2
    hump = found.companions / variance * np.exp(-(found.gap_um**2) / (2 * variance))
    assert hump == pytest.approx(np.pi * found.neighbors_per_cm2 / 1e8, rel=1e-3)


def test_the_gap_stays_within_its_limits():
    wide = np.full(2000, 260.0)
    assert learn_spacing(wide, n_far=0, n_roots=2000, settings=UnitSettings()).gap_um == 300.0
    narrow = np.full(2000, 10.0)
    assert learn_spacing(narrow, n_far=2000, n_roots=2000, settings=UnitSettings()).gap_um == 100.0
