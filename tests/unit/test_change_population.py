import math
from dataclasses import replace

import numpy as np
import pytest

from hairdensity.comparison.differencing.population import Population


def population(presence, diameter_um, **changes):
    """Hairs in units of their own, at 1 um/px on 0.5 cm2."""
    presence = np.asarray(presence, dtype=np.float64)
    n = presence.shape[1]
    made = Population(
        presence=presence,
        diameter_px=np.asarray(diameter_um, dtype=np.float64),
        relative_se=np.full((2, n), 1e-6),
        length_px=np.full((2, n), 400.0),
        block=np.arange(n),
        unit_presence=presence,
        unit_size=np.ones((2, n)),
        unit_block=np.arange(n),
        um_per_px=1.0,
        area_cm2=0.5,
    )
    return replace(made, **changes)


KEPT = population(np.ones((2, 5)), [[20, 35, 50, 60, 90], [22, 38.5, 55, 66, 99]])


def test_hairs_that_are_surely_there_give_the_plain_figures():
    figures = KEPT.figures(0)

    assert figures["n_hairs"] == 5
    assert figures["density_per_cm2"] == 10
    assert figures["median_diameter_um"] == 50
    assert figures["diameter_p10_um"] == pytest.approx(np.quantile([20, 35, 50, 60, 90], 0.1))
    assert figures["mean_diameter_um"] == 51
    assert figures["diameter_cv"] == pytest.approx(np.std([20, 35, 50, 60, 90], ddof=1) / 51)
    assert figures["cumulative_diameter_mm_per_cm2"] == pytest.approx(0.255 / 0.5)
    assert figures["vellus_fraction_30um"] == pytest.approx(0.2)
    assert figures["vellus_fraction_40um"] == pytest.approx(0.4)
    assert figures["terminal_density_per_cm2_40um"] == pytest.approx(6)
    assert figures["hairs_per_unit"] == 1


def test_hairs_that_all_thicken_by_a_tenth_thicken_every_diameter_by_a_tenth():
    before, after = KEPT.figures(0), KEPT.figures(1)

    for name in ("median_diameter_um", "mean_diameter_um", "diameter_p90_um", "cumulative_diameter_mm_per_cm2"):
        assert after[name] == pytest.approx(1.1 * before[name])
    assert after["density_per_cm2"] == before["density_per_cm2"]


def test_a_hair_that_may_be_gone_counts_with_the_chance_that_it_is_there():
    presence = np.ones((2, 5))
    presence[1, 4] = 0.25
    figures = population(presence, KEPT.diameter_px[[0, 0]]).figures(1)

    assert figures["n_hairs"] == 4.25
    assert figures["density_per_cm2"] == 8.5
    assert figures["mean_diameter_um"] == pytest.approx((20 + 35 + 50 + 60 + 0.25 * 90) / 4.25)


def test_a_hair_that_is_not_there_has_no_part_in_quantiles():
    presence = np.array([[1.0, 1, 1, 0], [1, 1, 1, 1]])
    shown = population(presence, np.tile([30.0, 40, 50, 500], (2, 1)))

    assert shown.figures(0)["median_diameter_um"] == 40
    assert shown.figures(1)["median_diameter_um"] == 45


def test_hairs_without_diameter_count_and_have_no_part_in_thickness():
    diameter = np.array([[30.0, np.nan, 50], [30, np.nan, 50]])
    figures = population(np.ones((2, 3)), diameter).figures(0)

    assert figures["n_hairs"] == 3
    assert figures["mean_diameter_um"] == 40
    assert figures["cumulative_diameter_mm_per_cm2"] == pytest.approx(0.04 * 6)


def test_without_a_scale_numbers_and_pixels_stay():
    figures = replace(KEPT, um_per_px=math.nan, area_cm2=math.nan).figures(0)

    assert figures["n_hairs"] == 5
    assert figures["median_diameter_px"] == 50
    assert not any(name.endswith(("_um", "cm2")) for name in figures)


def test_nothing_on_the_common_skin_gives_numbers_of_zero():
    figures = population(np.ones((2, 0)), np.ones((2, 0))).figures(0)

    assert figures["n_hairs"] == 0
    assert math.isnan(figures["median_diameter_um"])


def test_hairs_that_all_stay_leave_a_count_with_the_doubt_of_one_hair():
    sampling = KEPT.sampling_of_changes(n_draws=200, seed=1)

    assert sampling["n_hairs"] == pytest.approx(1.0)
    assert sampling["density_per_cm2"] == pytest.approx(2.0)


def test_the_sampling_of_a_count_is_that_of_hairs_gained_and_lost():
    presence = np.ones((2, 60))
    presence[0, :9] = 0.0  # new
    presence[1, 9:16] = 0.0  # lost
    changed = population(presence, np.full((2, 60), 50.0))

    sampling = changed.sampling_of_changes(n_draws=4000, seed=2)

    assert sampling["n_hairs"] == pytest.approx(math.sqrt(9 + 7 + 1), rel=0.05)


def test_hairs_of_one_unit_come_and_go_together():
    presence = np.ones((2, 60))
    presence[0, :12] = 0.0
    together = population(presence, np.full((2, 60), 50.0), block=np.arange(60) // 3)

    sampling = together.sampling_of_changes(n_draws=4000, seed=3)

    # Four units with three new hairs each: 4 * 3^2 and one.
    assert sampling["n_hairs"] == pytest.approx(math.sqrt(37), rel=0.05)
