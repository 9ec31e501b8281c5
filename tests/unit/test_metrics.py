import dataclasses
import math

import numpy as np
import pytest

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.measurement.skin import SkinLook
from hairdensity.metrics import METRICS, FigureErrors, Measured, Metrics, MetricsSettings, compute_metrics
from hairdensity.tables import HAIRS, OSTIA, UNITS, empty_table, make_table
from hairdensity.target_area import AreaShape, place_area

EXACT = Calibration(um_per_px=10.0, relative_error=0.0)
SIDE_PX = 1000  # 1000 px * 10 um = 1 cm


def area(calibration=EXACT, side=SIDE_PX):
    shape = (side, side)
    return place_area(AreaShape(), image_shape=shape, unreadable=np.zeros(shape, dtype=bool), calibration=calibration)


RANDOM_PLACES = MetricsSettings(n_draws=4000, unit_dispersion=1.0)


def tables(diameters_um, units, *, in_area=None, tips_inside=None, se_um=0.0):
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
        "diameter_se_um": np.broadcast_to(se_um, n),
        "in_area": inside,
    }
    size = np.bincount(unit) if n else np.zeros(0, int)
    of_units = {
        "unit_id": np.arange(len(size)),
        "row_px": np.arange(len(size)) * 0.618034 % 1 * SIDE_PX,
        "col_px": (np.arange(len(size)) + 0.5) / max(len(size), 1) * SIDE_PX,
        "n_hairs": size,
        "nearest_unit_um": np.full(len(size), 700.0),
        "in_area": np.bincount(unit, weights=inside) > 0 if n else np.zeros(0, bool),
    }
    return make_table(HAIRS, values), make_table(UNITS, of_units)


def metrics(hairs, units, calibration=EXACT, **keywords):
    parts = {name: keywords.pop(name) for name in ("ostia", "skin") if name in keywords}
    measured = Measured(hairs=hairs, units=units, coverage_fraction=0.2, **parts)
    return compute_metrics(measured, area(calibration), calibration, **keywords)


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
    assert found.vellus_density_per_cm2_30um.value == pytest.approx(1.0)
    assert found.terminal_density_per_cm2_30um.value == pytest.approx(3.0)
    assert found.vellus_density_per_cm2_40um.value == pytest.approx(2.0)
    assert found.terminal_density_per_cm2_40um.value == pytest.approx(2.0)
    assert found.cross_section_mm2_per_cm2.value == pytest.approx(math.pi / 4 * 12000e-6)
    assert found.unit_density_per_inch2.value == pytest.approx(3 * 6.4516)
    assert found.inter_unit_distance_um.value == pytest.approx(700.0)
    assert found.diameter_histogram.counts == (0, 0, 1, 0, 1, 0, 1, 0, 1, *[0] * 7)
    assert found.direction_coherence.value == pytest.approx(1.0)
    assert found.median_length_um.value == found.mean_length_um.value == pytest.approx(400.0)
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


def test_hairs_without_any_diameter_have_a_density_and_no_thickness():
    hairs, units = tables([np.nan] * 30, np.arange(30))
    found = metrics(hairs, units)
    assert found.density_per_cm2.value == pytest.approx(30.0)
    for name in ("median_diameter_um", "vellus_fraction_30um", "vellus_density_per_cm2_30um", "diameter_cv"):
        figure = getattr(found, name)
        assert (figure.n, math.isnan(figure.value), math.isnan(figure.site_low)) == (0, True, True)
    assert math.isnan(found.cumulative_diameter_mm_per_cm2.value)
    assert found.diameter_histogram.counts == (0,) * 16


def test_where_nothing_is_readable_no_density_is_stated():
    hairs, units = tables([50.0], [0], in_area=[False])
    hidden = area().without(np.ones((SIDE_PX, SIDE_PX), dtype=bool))
    found = compute_metrics(Measured(hairs=hairs, units=units, coverage_fraction=0.0), hidden, EXACT)
    assert found.n_hairs == 0
    assert all(getattr(found, info.name) is None for info in METRICS if info.needs_scale)


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
    for density in (found.density_per_cm2, found.vellus_density_per_cm2_30um, found.unit_density_per_cm2):
        assert (density.value, density.low, density.site_low, density.n) == (0.0, 0.0, 0.0, 0)
        assert density.high == density.site_high == pytest.approx(3.0)
    assert math.isnan(found.median_diameter_um.value)
    assert found.median_diameter_um.n == 0
    assert found.cumulative_diameter_mm_per_cm2.value == 0.0
    assert sum(found.diameter_histogram.counts) == 0


def test_without_calibration_no_figure_has_a_physical_unit():
    hairs, units = tables([20.0, 40.0, 60.0], [0, 0, 1])
    found = metrics(hairs, units, calibration=None)
    for info in METRICS:
        assert (getattr(found, info.name) is None) == info.needs_scale
    assert found.median_diameter_px.value == pytest.approx(4.0)


def test_single_hairs_at_random_places_give_the_poisson_interval():
    n = 400
    hairs, units = tables(np.linspace(30, 90, n), np.arange(n))
    found = metrics(hairs, units, settings=RANDOM_PLACES).density_per_cm2
    assert found.site_low == pytest.approx(n * math.exp(-2 * math.asinh(0.98 / 20)), abs=3)
    assert found.site_high == pytest.approx(n * math.exp(2 * math.asinh(0.98 / 20)), abs=3)


def test_hairs_in_units_of_four_double_the_width_of_the_interval():
    n = 400
    alone, of_alone = tables(np.full(n, 50.0), np.arange(n))
    fours, of_fours = tables(np.full(n, 50.0), np.arange(n) // 4)
    single, grouped = (metrics(h, u).density_per_cm2 for h, u in ((alone, of_alone), (fours, of_fours)))
    widths = (found.site_high - found.site_low for found in (grouped, single))
    assert np.divide(*widths) == pytest.approx(2.0, rel=0.1)


def test_regular_units_narrow_densities_and_nothing_else():
    n = 300
    hairs, units = tables(np.linspace(20, 90, n), np.arange(n) // 2)
    regular, random = (metrics(hairs, units, settings=MetricsSettings(unit_dispersion=d)) for d in (0.25, 1.0))

    def width(found, name):
        figure = getattr(found, name)
        return math.log(figure.site_high / figure.site_low)

    assert width(regular, "density_per_cm2") / width(random, "density_per_cm2") == pytest.approx(0.5, rel=0.1)
    assert width(regular, "median_diameter_um") / width(random, "median_diameter_um") == pytest.approx(1.0, rel=0.1)


def test_units_that_gather_in_one_half_widen_the_density():
    hairs, units = tables(np.full(200, 50.0), np.arange(200))
    rng = np.random.default_rng(0)
    even = units.assign(row_px=rng.uniform(0, 1000, 200), col_px=rng.uniform(0, 1000, 200))
    gathered = even.assign(row_px=even["row_px"] / 4)
    widths = [
        math.log(found.site_high / found.site_low)
        for found in (metrics(hairs, table).density_per_cm2 for table in (even, gathered))
    ]
    assert widths[1] > 1.5 * widths[0]


def test_scale_error_is_doubled_in_areas_single_in_lengths_and_gone_from_their_product():
    n = 400
    hairs, units = tables(np.linspace(59.9, 60.1, n), np.arange(n))
    found = metrics(hairs, units, calibration=Calibration(um_per_px=10.0, relative_error=0.1))
    for name, power in (
        ("density_per_cm2", 2),
        ("unit_density_per_inch2", 2),
        ("mean_diameter_um", 1),
        ("cumulative_diameter_mm_per_cm2", 1),
        ("median_length_um", 1),
    ):
        figure = getattr(found, name)
        assert math.log(figure.high / figure.value) == pytest.approx(1.96 * 0.1 * power, rel=1e-6)
        assert math.log(figure.value / figure.low) == pytest.approx(1.96 * 0.1 * power, rel=1e-6)
    # A cross-section over an area does not know the scale, and nothing else is known against it.
    assert math.isnan(found.cross_section_mm2_per_cm2.low)
    assert math.isnan(found.hairs_per_unit.low)
    assert found.hairs_per_unit.site_low == found.hairs_per_unit.value or math.isnan(found.hairs_per_unit.site_low)


def test_scale_error_moves_hairs_over_the_vellus_cut_off():
    hairs, units = tables([29.0] * 50 + [31.0] * 50, np.arange(100))
    exact = metrics(hairs, units).vellus_fraction_30um
    rough = metrics(hairs, units, calibration=Calibration(um_per_px=10.0, relative_error=0.05)).vellus_fraction_30um
    assert exact.value == rough.value == pytest.approx(0.5)
    assert exact.site_high < 0.66
    assert (rough.low, rough.high) == (0.0, 1.0)


def test_no_vellus_hair_leaves_the_ratio_open_upwards():
    hairs, units = tables(np.linspace(50, 90, 60), np.arange(60))
    found = metrics(hairs, units)
    share, ratio = found.vellus_fraction_30um, found.terminal_vellus_ratio_30um
    assert (share.value, share.site_low, share.n) == (0.0, 0.0, 60)
    assert share.site_high == pytest.approx(3 / 60)
    assert math.isnan(ratio.value)
    assert math.isnan(ratio.site_high)
    assert (ratio.site_low, ratio.n) == (pytest.approx(19.0), 60)
    assert found.vellus_density_per_cm2_30um.site_high == pytest.approx(3.0)


def test_the_scatter_of_diameters_stands_in_the_picture_s_interval():
    hairs, units = tables(np.linspace(50, 70, 100), np.arange(100), se_um=5.0)
    found = metrics(hairs, units)
    assert math.log(found.mean_diameter_um.high / 60) == pytest.approx(1.96 * 5 / 60 / 10, rel=0.15)
    assert found.median_diameter_px.low < found.median_diameter_px.value < found.median_diameter_px.high
    squares = np.linspace(50, 70, 100) ** 2 - 25
    assert found.cross_section_mm2_per_cm2.value == pytest.approx(math.pi / 4 * squares.sum() / 1e6)


def test_known_errors_widen_the_picture_s_interval():
    hairs, units = tables(np.linspace(50, 70, 100), np.arange(100))
    known = FigureErrors(source="made up", sd={"density_per_cm2": 0.1, "hairs_per_unit": 0.1})
    found = metrics(hairs, units, errors=known)
    density, size = found.density_per_cm2, found.hairs_per_unit
    assert density.low == pytest.approx(100.5 * math.exp(-0.196) - 0.5)
    assert density.high == pytest.approx(100.5 * math.exp(0.196) - 0.5)
    assert found.density_per_inch2.high == pytest.approx(density.high * 6.4516)
    assert size.high == pytest.approx(math.exp(0.196))
    assert size.low == 1.0
    assert density.site_high > density.high


def test_openings_are_counted_by_kind_inside_the_area():
    kinds = ["empty ostium", "empty ostium", "yellow dot", "empty ostium"]
    ostia = make_table(
        OSTIA,
        {column.name: np.zeros(4) for column in OSTIA} | {"kind": kinds, "in_area": [True, True, True, False]},
    )
    hairs, units = tables([50.0], [0])
    found = metrics(hairs, units, ostia=ostia)
    assert (found.empty_ostia_per_cm2.value, found.empty_ostia_per_cm2.n) == (pytest.approx(2.0), 2)
    assert found.yellow_dots_per_cm2.value == pytest.approx(1.0)
    assert (found.black_dots_per_cm2.value, found.black_dots_per_cm2.site_high) == (0.0, pytest.approx(3.0))
    assert metrics(hairs, units, ostia=empty_table(OSTIA)).yellow_dots_per_cm2.value == 0.0
    assert math.isnan(metrics(hairs, units).yellow_dots_per_cm2.value)


def test_skin_is_stated_without_a_scale_and_missing_skin_is_nan():
    hairs, units = tables([50.0], [0])
    look = SkinLook(erythema_index=12.0, erythema_sd=0.5, scaling_fraction=0.1, scaling_sd=0.02, n_tiles=20)
    found = metrics(hairs, units, calibration=None, skin=look)
    assert (found.erythema_index.value, found.scaling_fraction.value) == (12.0, 0.1)
    assert found.erythema_index.site_high == pytest.approx(12.0 + 1.96 * 0.5)
    assert math.isnan(metrics(hairs, units).erythema_index.value)


def test_coherence_of_axes_does_not_mind_exchanged_ends_and_is_low_for_random_ones():
    hairs, units = tables(np.full(400, 50.0), np.arange(400))
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 400)
    same = np.where(np.arange(400) % 2, 1.0, -1.0)
    ends = {"root_row_px": 0.0, "root_col_px": 0.0}
    parallel = hairs.assign(**ends, tip_row_px=40 * same, tip_col_px=30 * same)
    random = hairs.assign(**ends, tip_row_px=np.sin(angle), tip_col_px=np.cos(angle))
    right = hairs.assign(**ends, tip_row_px=np.arange(400) % 2 * 1.0, tip_col_px=(np.arange(400) + 1) % 2 * 1.0)
    assert metrics(parallel, units).direction_coherence.value == pytest.approx(1.0)
    assert metrics(random, units).direction_coherence.value < 0.1
    assert metrics(right, units).direction_coherence.value == 0.0  # two directions at right angles cancel


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_another_scale_of_the_same_picture_moves_each_figure_by_its_own_power(factor):
    hairs, units = tables(np.linspace(41, 95, 120), np.arange(120) // 2)
    scaled = hairs.assign(**{name: hairs[name] * factor for name in ("diameter_um", "length_um")})
    apart = units.assign(nearest_unit_um=units["nearest_unit_um"] * factor)
    before, after = metrics(hairs, units), metrics(scaled, apart, calibration=Calibration(um_per_px=10.0 * factor))
    for info in METRICS:
        follows_cut_off = "30um" in info.name or "40um" in info.name
        first, second = getattr(before, info.name), getattr(after, info.name)
        if info.kind == "estimate" and not follows_cut_off and first.value > 0:
            assert second.value == pytest.approx(first.value * factor**info.scale_power), info.name


def test_one_unit_alone_shows_no_variation():
    hairs, units = tables([40.0, 60.0, 80.0], [0, 0, 0])
    found = metrics(hairs, units)
    assert found.mean_diameter_um.value == pytest.approx(60.0)
    assert math.isnan(found.mean_diameter_um.site_low)
    assert math.isnan(found.hairs_per_unit.site_high)


def test_median_interval_holds_the_true_median_in_about_95_percent_of_samples():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(120):
        hairs, units = tables(rng.normal(60, 15, 80).clip(10), np.arange(80))
        found = metrics(hairs, units, settings=MetricsSettings(n_draws=200)).median_diameter_um
        held += found.site_low <= 60 <= found.site_high
    assert 0.89 <= held / 120 <= 0.995


def test_the_interval_is_the_same_again_and_moves_with_the_seed():
    hairs, units = tables(np.linspace(30, 90, 50), np.arange(50) // 2)
    first, again = metrics(hairs, units), metrics(hairs, units)
    other = metrics(hairs, units, settings=MetricsSettings(seed=1))
    assert first.density_per_cm2 == again.density_per_cm2
    assert first.density_per_cm2.site_low != other.density_per_cm2.site_low


def test_the_order_of_the_units_table_does_not_matter():
    hairs, units = tables(np.linspace(30, 90, 50), np.arange(50) // 2)
    assert metrics(hairs, units.iloc[::-1]).density_per_cm2 == metrics(hairs, units).density_per_cm2


def test_every_field_has_one_definition_in_the_same_order():
    assert [info.name for info in METRICS] == [field.name for field in dataclasses.fields(Metrics)]


def test_every_figure_says_what_it_is():
    for info in METRICS:
        assert info.title
        assert info.group
        assert info.definition
        assert info.needs_scale == (info.name.endswith(("_um", "cm2", "inch2", "30um", "40um", "histogram"))), info.name


def test_coverage_beyond_one_is_refused():
    with pytest.raises(InputError, match="coverage_fraction must lie in 0-1, got 20"):
        Measured(hairs=empty_table(HAIRS), units=empty_table(UNITS), coverage_fraction=20)


def test_area_without_the_calibration_s_scale_is_refused():
    measured = Measured(hairs=empty_table(HAIRS), units=empty_table(UNITS), coverage_fraction=0.2)
    with pytest.raises(InputError, match="place the area again"):
        compute_metrics(measured, area(None), EXACT)
