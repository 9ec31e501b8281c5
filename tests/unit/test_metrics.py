import dataclasses
import math

import numpy as np
import pytest

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.metrics import METRICS, Estimate, Metrics, MetricsSettings, compute_metrics
from hairdensity.tables import HAIRS, UNITS, empty_table, make_table
from hairdensity.target_area import AreaShape, place_area

EXACT = Calibration(um_per_px=10.0, relative_error=0.0)
SIDE_PX = 1000  # 1000 px * 10 um = 1 cm


def area(calibration=EXACT, side=SIDE_PX):
    shape = (side, side)
    return place_area(AreaShape(), image_shape=shape, unreadable=np.zeros(shape, dtype=bool), calibration=calibration)


def tables(diameters_um, units, *, in_area=None, tips_inside=None):
    """Hairs of given diameters in given units, all on the picture unless told otherwise."""
    n = len(diameters_um)
    diameter = np.asarray(diameters_um, dtype=float)
    unit = np.asarray(units)
    inside = np.ones(n, dtype=bool) if in_area is None else np.asarray(in_area)
    tip = np.where(np.ones(n, dtype=bool) if tips_inside is None else tips_inside, 500.0, -50.0)
    values = {column.name: np.zeros(n) for column in HAIRS}
    values |= {
        "hair_id": np.arange(n),
        "unit_id": unit,
        "tip_row_px": tip,
        "tip_col_px": tip,
        "length_px": np.full(n, 40.0),
        "length_um": np.full(n, 400.0),
        "diameter_px": diameter / 10,
        "diameter_um": diameter,
        "in_area": inside,
    }
    size = np.bincount(unit) if n else np.zeros(0, int)
    of_units = {
        "unit_id": np.arange(len(size)),
        "row_px": np.full(len(size), 500.0),
        "col_px": np.full(len(size), 500.0),
        "n_hairs": size,
        "nearest_unit_um": np.full(len(size), np.nan),
        "in_area": np.bincount(unit, weights=inside) > 0 if n else np.zeros(0, bool),
    }
    return make_table(HAIRS, values), make_table(UNITS, of_units)


def metrics(hairs, units, calibration=EXACT, **keywords):
    return compute_metrics(hairs, units, area(calibration), calibration, coverage_fraction=0.2, **keywords)


def test_values_of_four_hairs_in_three_units_by_hand():
    hairs, units = tables([20.0, 40.0, 60.0, 80.0], [0, 0, 1, 2])
    found = metrics(hairs, units)
    assert (found.n_hairs, found.n_units) == (4, 3)
    assert found.density_per_cm2.value == pytest.approx(4.0)
    assert found.density_per_inch2.value == pytest.approx(4 * 6.4516)
    assert found.unit_density_per_cm2.value == pytest.approx(3.0)
    assert found.hairs_per_unit.value == pytest.approx(4 / 3)
    assert found.single_hair_unit_fraction.value == pytest.approx(2 / 3)
    assert found.median_diameter_um.value == pytest.approx(50.0)
    assert found.median_diameter_px.value == pytest.approx(5.0)
    assert found.mean_diameter_um.value == pytest.approx(50.0)
    assert found.diameter_p10_um.value == pytest.approx(26.0)
    assert found.diameter_p90_um.value == pytest.approx(74.0)
    assert found.diameter_cv.value == pytest.approx(math.sqrt(2000 / 3) / 50)
    assert found.vellus_fraction_30um.value == pytest.approx(0.25)
    assert found.vellus_fraction_40um.value == pytest.approx(0.5)  # 40 um is at the cut-off: vellus
    assert found.terminal_vellus_ratio_30um.value == pytest.approx(3.0)
    assert found.terminal_vellus_ratio_40um.value == pytest.approx(1.0)
    assert found.cumulative_diameter_mm_per_cm2.value == pytest.approx(0.2)
    assert found.median_length_um.value == pytest.approx(400.0)
    assert found.coverage_fraction.value == pytest.approx(0.2)


def test_each_figure_rests_on_the_hairs_or_units_it_uses():
    hairs, units = tables([20.0, np.nan, 60.0, 80.0], [0, 0, 1, 2])
    found = metrics(hairs, units)
    assert found.density_per_cm2.n == 4
    assert found.unit_density_per_cm2.n == found.hairs_per_unit.n == 3
    assert found.median_diameter_um.n == found.vellus_fraction_30um.n == found.diameter_cv.n == 3
    assert found.median_length_um.n == 4


def test_a_hair_without_diameter_counts_with_the_mean_in_the_cumulative_diameter():
    hairs, units = tables([40.0, np.nan, 60.0], [0, 1, 2])
    assert metrics(hairs, units).cumulative_diameter_mm_per_cm2.value == pytest.approx(0.15)


def test_only_roots_in_the_area_count_and_ends_are_halved():
    hairs, units = tables([50.0, 50.0, 50.0], [0, 1, 2], in_area=[True, True, False], tips_inside=[True, False, True])
    found = metrics(hairs, units)
    assert found.n_hairs == 2
    assert found.n_hairs_by_ends == pytest.approx((2 + 2) / 2)
    assert found.n_units == 2


def test_a_unit_outside_the_area_still_lends_its_hair_to_the_density():
    hairs, units = tables([50.0, 50.0], [0, 1])
    units["in_area"] = [True, False]
    found = metrics(hairs, units)
    assert found.density_per_cm2.value == pytest.approx(2.0)
    assert found.unit_density_per_cm2.value == pytest.approx(1.0)


def test_bald_skin_has_density_zero_with_the_poisson_bound_and_no_diameter():
    found = metrics(empty_table(HAIRS), empty_table(UNITS))
    assert found.n_hairs == 0
    assert dataclasses.astuple(found.density_per_cm2) == (0.0, 0.0, pytest.approx(3.0), 0)
    assert math.isnan(found.median_diameter_um.value)
    assert found.median_diameter_um.n == 0
    assert found.cumulative_diameter_mm_per_cm2.value == 0.0


def test_without_calibration_no_figure_has_a_physical_unit():
    hairs, units = tables([20.0, 40.0, 60.0], [0, 0, 1])
    found = metrics(hairs, units, calibration=None)
    for info in METRICS:
        assert (getattr(found, info.name) is None) == info.needs_scale
    assert found.median_diameter_px.value == pytest.approx(4.0)


def test_single_hairs_give_the_poisson_interval():
    n = 400
    hairs, units = tables(np.linspace(30, 90, n), np.arange(n))
    found = metrics(hairs, units, settings=MetricsSettings(n_draws=4000)).density_per_cm2
    assert found.low == pytest.approx(n - 1.96 * math.sqrt(n), abs=3)
    assert found.high == pytest.approx(n + 1.96 * math.sqrt(n), abs=3)


def test_hairs_in_units_of_four_double_the_width_of_the_interval():
    n = 400
    alone, of_alone = tables(np.full(n, 50.0), np.arange(n))
    fours, of_fours = tables(np.full(n, 50.0), np.arange(n) // 4)
    single, grouped = (metrics(h, u).density_per_cm2 for h, u in ((alone, of_alone), (fours, of_fours)))
    assert (grouped.high - grouped.low) / (single.high - single.low) == pytest.approx(2.0, rel=0.1)


def test_scale_error_is_doubled_in_areas_and_single_in_lengths():
    n = 400
    hairs, units = tables(np.linspace(59.9, 60.1, n), np.arange(n))
    rough = Calibration(um_per_px=10.0, relative_error=0.2)
    found = metrics(hairs, units, calibration=rough)
    assert math.log(found.mean_diameter_um.high / found.mean_diameter_um.value) == pytest.approx(1.96 * 0.2, rel=1e-3)
    expected = math.hypot(1.96 * 0.4, math.log1p(1.96 / math.sqrt(n)))
    assert math.log(found.density_per_cm2.high / found.density_per_cm2.value) == pytest.approx(expected, rel=0.02)


def test_scale_error_moves_hairs_over_the_vellus_cut_off():
    hairs, units = tables([29.0] * 50 + [31.0] * 50, np.arange(100))
    exact = metrics(hairs, units).vellus_fraction_30um
    rough = metrics(hairs, units, calibration=Calibration(um_per_px=10.0, relative_error=0.05)).vellus_fraction_30um
    assert exact.value == rough.value == pytest.approx(0.5)
    assert exact.high < 0.65
    assert (rough.low, rough.high) == (0.0, 1.0)


def test_no_vellus_hair_leaves_the_ratio_open_upwards():
    hairs, units = tables(np.linspace(50, 90, 60), np.arange(60))
    found = metrics(hairs, units)
    assert found.vellus_fraction_30um == Estimate(value=0.0, low=0.0, high=pytest.approx(3 / 60), n=60)
    ratio = found.terminal_vellus_ratio_30um
    assert math.isnan(ratio.value)
    assert math.isnan(ratio.high)
    assert ratio.low == pytest.approx(19.0)
    assert ratio.n == 60


def test_one_unit_alone_shows_no_variation():
    hairs, units = tables([40.0, 60.0, 80.0], [0, 0, 0])
    found = metrics(hairs, units)
    assert found.mean_diameter_um.value == pytest.approx(60.0)
    assert math.isnan(found.mean_diameter_um.low)
    assert math.isnan(found.hairs_per_unit.high)


def test_median_interval_holds_the_true_median_in_about_95_percent_of_samples():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        hairs, units = tables(rng.normal(60, 15, 80).clip(10), np.arange(80))
        found = metrics(hairs, units, settings=MetricsSettings(n_draws=200)).median_diameter_um
        held += found.low <= 60 <= found.high
    assert 0.89 <= held / 200 <= 0.99


def test_the_interval_is_the_same_again_and_moves_with_the_seed():
    hairs, units = tables(np.linspace(30, 90, 50), np.arange(50) // 2)
    first, again = metrics(hairs, units), metrics(hairs, units)
    other = metrics(hairs, units, settings=MetricsSettings(seed=1))
    assert first.density_per_cm2 == again.density_per_cm2
    assert first.density_per_cm2.low != other.density_per_cm2.low


def test_the_order_of_the_units_table_does_not_matter():
    hairs, units = tables(np.linspace(30, 90, 50), np.arange(50) // 2)
    assert metrics(hairs, units.iloc[::-1]).density_per_cm2 == metrics(hairs, units).density_per_cm2


def test_every_field_has_one_definition_in_the_same_order():
    assert [info.name for info in METRICS] == [field.name for field in dataclasses.fields(Metrics)]


def test_coverage_beyond_one_is_refused():
    with pytest.raises(InputError, match="coverage_fraction must lie in 0-1, got 20"):
        compute_metrics(empty_table(HAIRS), empty_table(UNITS), area(), EXACT, coverage_fraction=20)


def test_area_without_the_calibration_s_scale_is_refused():
    with pytest.raises(InputError, match="place the area again"):
        compute_metrics(empty_table(HAIRS), empty_table(UNITS), area(None), EXACT, coverage_fraction=0.2)
