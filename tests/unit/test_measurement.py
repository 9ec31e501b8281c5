import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.flags import HairFlag
from hairdensity.measurement import MeasurementSettings, measure
from hairdensity.measurement.profiles import place_profiles, sample_profiles
from hairdensity.measurement.shafts import measure_shafts
from hairdensity.measurement.summary import grouped_quantiles
from hairdensity.tables import HAIRS, UNITS
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines

UM_PER_PX = 5.0
CALIBRATION = Calibration(um_per_px=UM_PER_PX, relative_error=0.0)
PSF_PX = 1.2


def blurred_bar(shape, middle, angle, *, width, length, psf=PSF_PX):
    """(H, W) coverage of a straight bar: error functions across and along, exact under a Gaussian PSF."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    row, col = rows - middle[0], cols - middle[1]
    along = row * np.sin(angle) + col * np.cos(angle)
    across = row * np.cos(angle) - col * np.sin(angle)
    k = 1 / (psf * np.sqrt(2))
    side = (erf((across + width / 2) * k) - erf((across - width / 2) * k)) / 2
    ends = (erf((along + length / 2) * k) - erf((along - length / 2) * k)) / 2
    return side * ends


def axis_of(middle, angle, length):
    reach = np.linspace(-length / 2, length / 2, 30)
    return np.asarray(middle) + reach[:, None] * np.array([np.sin(angle), np.cos(angle)])


def whole(shape, calibration=CALIBRATION):
    return place_area(AreaShape(), image_shape=shape, unreadable=np.zeros(shape, bool), calibration=calibration)


def run(picture, paths, *, calibration=CALIBRATION, flags=None, **keywords):
    lines = Centerlines.from_paths(paths, flags=flags)
    return measure(
        picture.astype(np.float32),
        lines,
        calibration=calibration,
        working_um_per_px=UM_PER_PX,
        target_area=whole(picture.shape, calibration),
        **keywords,
    )[:2]


def row_of_bars(widths_um, *, psf=PSF_PX, contrast=0.7, noise=0.02, angle=1.1, um_per_px=UM_PER_PX):
    """Bars of 700 um, 1 mm apart, with their axes; the blur can be read from the wide ones."""
    cell = int(1000 / um_per_px)
    shape = (cell, cell * len(widths_um))
    rng = np.random.default_rng(3)
    picture = rng.normal(0, noise, shape)
    paths = []
    for k, width in enumerate(widths_um):
        middle = (cell / 2 + 0.3, cell * (k + 0.5) - 0.2)
        bar = blurred_bar(shape, middle, angle + k, width=width / um_per_px, length=700 / um_per_px, psf=psf)
        picture += np.broadcast_to(contrast, len(widths_um))[k] * bar
        paths.append(axis_of(middle, angle + k, 700 / um_per_px))
    return picture, paths


@pytest.mark.parametrize("psf", [0.7, 1.2, 2.0, 2.5])
def test_diameters_of_40_to_120_um_are_within_two_um(psf):
    truth = np.array([40.0, 50.0, 60.0, 75.0, 90.0, 105.0, 120.0])
    picture, paths = row_of_bars(truth, psf=psf)
    hairs, _ = run(picture, paths)
    assert hairs["diameter_um"].to_numpy() == pytest.approx(truth, abs=1.5)
    assert (hairs["diameter_low_um"] <= truth).all()
    assert (hairs["diameter_high_um"] >= truth).all()


def test_the_blur_is_read_from_the_wide_hairs():
    picture, paths = row_of_bars([90.0] * 4, psf=1.9)
    found = measure_shafts(
        picture.astype(np.float32), Centerlines.from_paths(paths), um_per_px=UM_PER_PX, settings=MeasurementSettings()
    )
    assert found.psf_px == pytest.approx(1.9, abs=0.1)


def test_the_blur_is_that_of_each_hair_where_a_part_of_the_picture_is_out_of_focus():
    sharp, paths = row_of_bars([90.0] * 8, psf=1.2, noise=0.01)
    soft, _ = row_of_bars([90.0] * 8, psf=2.4, noise=0.01)
    picture = np.where(np.arange(sharp.shape[1]) < sharp.shape[1] / 2, sharp, soft)
    found = measure_shafts(
        picture.astype(np.float32), Centerlines.from_paths(paths), um_per_px=UM_PER_PX, settings=MeasurementSettings()
    )
    assert found.psf_px == pytest.approx([1.2] * 4 + [2.4] * 4, rel=0.035)


def test_without_wide_hairs_the_blur_is_the_stated_default():
    picture, paths = row_of_bars([20.0] * 4, psf=1.9)
    found = measure_shafts(
        picture.astype(np.float32),
        Centerlines.from_paths(paths),
        um_per_px=UM_PER_PX,
        settings=MeasurementSettings(default_psf_px=1.7),
    )
    assert found.psf_px == pytest.approx(1.7)


def test_contrast_length_and_spread_of_an_even_bar():
    picture, paths = row_of_bars([80.0, 80.0], contrast=0.6, noise=0.005)
    hairs, _ = run(picture, paths)
    assert hairs["contrast"].to_numpy() == pytest.approx(0.6, abs=0.01)
    assert hairs["length_um"].to_numpy() == pytest.approx(700.0)
    assert hairs["length_px"].to_numpy() == pytest.approx(140.0)
    assert (hairs["diameter_spread_um"] < 1.0).all()


def lined_bars(widths_um, line, share, **keywords):
    """The row of bars with a lighter line along each: its height, and its sigma as a share of the width."""
    picture, paths = row_of_bars(widths_um, **keywords)
    rows, cols = np.mgrid[: picture.shape[0], : picture.shape[1]]
    cell = picture.shape[0]
    for k, width in enumerate(np.array(widths_um) / UM_PER_PX):
        row, col = rows - cell / 2 - 0.3, cols - cell * (k + 0.5) + 0.2
        along = row * np.sin(1.1 + k) + col * np.cos(1.1 + k)
        across = row * np.cos(1.1 + k) - col * np.sin(1.1 + k)
        sigma = np.hypot(share * width, PSF_PX)
        profile = share * width / sigma * np.exp(-0.5 * (across / sigma) ** 2)
        picture -= 0.7 * line * profile * (np.abs(along) < 70)
    return picture, paths


@pytest.mark.parametrize(("line", "share"), [(0.35, 0.2), (0.3, 0.08)])
def test_a_highlight_and_a_medulla_do_not_move_the_diameter(line, share):
    truth = np.array([35.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0])
    picture, paths = lined_bars(truth, line, share, noise=0.01)
    hairs, *_ = run(picture, paths)
    assert hairs["diameter_um"].to_numpy() == pytest.approx(truth, abs=1.5)


def test_hairs_below_the_resolution_say_so_and_are_ranked_by_their_darkness():
    psf = 2.4
    truth = np.array([10.0, 14.0, 19.0, 70.0, 80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0])
    picture, paths = row_of_bars(truth, psf=psf, noise=0.01, contrast=-0.7 * np.expm1(-truth / 22.0))
    hairs, *_ = run(picture, paths)
    unresolved = (hairs["flags"] & int(HairFlag.DIAMETER_UNRESOLVED)) != 0
    assert unresolved.tolist()[:3] == [True, False, False]  # 10 um, and 14 and 19 um, beside a sigma of 12 um
    assert not unresolved[3:].any()
    thin = hairs["diameter_um"].to_numpy()[:3]
    assert (np.diff(thin) > 0).all()
    assert (hairs["diameter_low_um"][:3] <= truth[:3]).all()
    assert (hairs["diameter_high_um"][:3] >= truth[:3]).all()


def test_a_shaft_under_skin_at_its_root_and_frayed_at_its_tip_keeps_its_diameter():
    picture, paths = row_of_bars([60.0] * 3, noise=0.01)
    rows, cols = np.mgrid[: picture.shape[0], : picture.shape[1]]
    for path in paths:
        for end, depth in ((path[0], -0.5), (path[-1], 0.3)):
            # A light halo over the root, a dark smear at the tip: 50 um about each end.
            picture += depth * np.exp(-(((rows - end[0]) ** 2 + (cols - end[1]) ** 2) / (2 * 5.0**2)))
    hairs, *_ = run(picture, paths, settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"].to_numpy() == pytest.approx(60.0, abs=1.5)


def test_the_standard_error_is_that_of_many_like_hairs():
    picture, paths = row_of_bars([70.0] * 24, noise=0.04)
    hairs, *_ = run(picture, paths)
    error = hairs["diameter_um"] - 70.0
    assert (hairs["diameter_se_um"] > 0).all()
    assert 0.4 < float((error / hairs["diameter_se_um"]).std()) < 1.4
    assert (hairs["n_profiles"] == 24).all()


def test_a_tapering_shaft_gets_its_median_width_and_a_spread():
    rows, cols = np.mgrid[:100, :200]
    half = (40 + 40 * (cols - 30) / 140) / 2 / UM_PER_PX  # 40 um at the root, 80 um at the tip
    k = 1 / (PSF_PX * np.sqrt(2))
    picture = (erf((rows - 50 + half) * k) - erf((rows - 50 - half) * k)) / 2 * 0.7 * ((cols >= 30) & (cols <= 170))
    line = np.stack([np.full(141, 50.0), np.arange(30, 171)], axis=1)
    hairs, _ = run(picture, [line], settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"][0] == pytest.approx(60.0, abs=1.5)
    # Quarters of the inner 600 um of 700 um: 40 um * 6 / 7 / 2.
    assert hairs["diameter_spread_um"][0] == pytest.approx(17.1, abs=2.5)
    assert hairs["taper_um_per_mm"][0] == pytest.approx(40.0 / 0.7, rel=0.05)


@settings(max_examples=8)
@given(
    angle=st.floats(0, np.pi),
    shift=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
    off_axis=st.floats(-2, 2),
)
def test_direction_place_and_an_axis_off_the_middle_do_not_change_the_diameter(angle, shift, off_axis):
    middle = np.array([80.0, 80.0]) + shift
    picture = 0.7 * blurred_bar((161, 161), middle, angle, width=12.0, length=120.0)
    axis = axis_of(middle, angle, 120.0) + off_axis * np.array([np.cos(angle), -np.sin(angle)])
    hairs, _ = run(picture, [axis], settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"][0] == pytest.approx(60.0, abs=1.0)


@settings(max_examples=5)
@given(um_per_px=st.floats(2.5, 7.0))
def test_scale_does_not_change_the_diameter(um_per_px):
    picture, paths = row_of_bars([60.0, 90.0, 100.0], um_per_px=um_per_px, noise=0.01)
    hairs, _ = run(picture, paths, calibration=Calibration(um_per_px=um_per_px))
    assert hairs["diameter_um"].to_numpy() == pytest.approx([60, 90, 100], abs=1.5)


def test_light_hairs_are_measured_like_dark_ones():
    picture, paths = row_of_bars([60.0, 90.0])
    dark, _ = run(picture, paths)
    light, _ = run(-picture, paths, flags=np.full(2, int(HairFlag.LIGHT_HAIR)))
    assert light["diameter_um"].to_numpy() == pytest.approx(dark["diameter_um"].to_numpy(), rel=1e-6)
    assert light["contrast"].to_numpy() == pytest.approx(-dark["contrast"].to_numpy(), rel=1e-6)


def test_a_hair_thinner_than_the_blur_has_bounds_that_reach_up_to_it():
    picture, paths = row_of_bars([9.0, 9.0], psf=2.4, noise=0.01)
    hairs, _ = run(picture, paths, settings=MeasurementSettings(default_psf_px=2.4))
    assert (hairs["diameter_low_um"] <= 9.0).all()
    assert (hairs["diameter_high_um"] >= 2.4 * UM_PER_PX).all()


def test_a_crossing_leaves_the_diameter_alone():
    shape = (161, 161)
    first = blurred_bar(shape, (80, 80), 0.3, width=12.0, length=130.0)
    second = blurred_bar(shape, (80, 80), 1.8, width=20.0, length=130.0)
    picture = 0.7 * np.maximum(first, second)
    paths = [axis_of((80, 80), 0.3, 130.0), axis_of((80, 80), 1.8, 130.0)]
    hairs, _ = run(picture, paths, settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"].to_numpy() == pytest.approx([60.0, 100.0], abs=1.5)


def test_a_neighbor_of_any_width_does_not_move_the_diameter():
    shape = (161, 161)
    paths = [axis_of((80, 50), np.pi / 2, 120.0), axis_of((80, 70), np.pi / 2, 120.0)]
    bars = [
        blurred_bar(shape, (80, col), np.pi / 2, width=width, length=120.0) for col, width in ((50, 8.0), (70, 16.0))
    ]
    hairs, _ = run(0.7 * sum(bars), paths, settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"].to_numpy() == pytest.approx([40.0, 80.0], abs=2.0)


@pytest.mark.parametrize(("left_um", "right_um"), [(60, 60), (30, 80), (90, 40)])
def test_shafts_that_touch_are_told_apart(left_um, right_um):
    apart = (left_um + right_um) / 2 / UM_PER_PX
    paths = [axis_of((80, 80), np.pi / 2, 120.0), axis_of((80, 80 + apart), np.pi / 2, 120.0)]
    bars = [
        blurred_bar((161, 161), (80, place), np.pi / 2, width=width / UM_PER_PX, length=120.0)
        for place, width in ((80, left_um), (80 + apart, right_um))
    ]
    hairs, _ = run(0.7 * sum(bars), paths, settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"].to_numpy() == pytest.approx([left_um, right_um], abs=2.5)


def test_the_middle_one_of_three_touching_shafts_has_a_diameter():
    paths = [axis_of((80, col), np.pi / 2, 120.0) for col in (68, 80, 92)]
    bars = [blurred_bar((161, 161), (80, col), np.pi / 2, width=11.0, length=120.0) for col in (68, 80, 92)]
    hairs, _ = run(0.7 * sum(bars), paths, settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"].to_numpy() == pytest.approx([55.0] * 3, abs=2.5)


def test_hairs_split_by_width_share_the_bundle_s_width():
    picture = 0.7 * blurred_bar((161, 161), (80, 80), 0.4, width=24.0, length=120.0)
    across = 6.0 * np.array([np.cos(0.4), -np.sin(0.4)])
    paths = [axis_of((80, 80), 0.4, 120.0) + side * across for side in (-1, 1)]
    flags = np.full(2, int(HairFlag.SPLIT_BY_WIDTH))
    hairs, _ = run(picture, paths, flags=flags, settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"].to_numpy() == pytest.approx([60.0, 60.0], abs=1.0)
    assert (hairs["flags"] == int(HairFlag.SPLIT_BY_WIDTH)).all()


def test_two_axes_on_one_shaft_have_no_diameter_and_say_so():
    picture = 0.7 * blurred_bar((161, 161), (80, 80), 0.4, width=12.0, length=120.0)
    hairs, _ = run(picture, [axis_of((80, 80), 0.4, 120.0)] * 2)
    assert hairs["diameter_um"].isna().all()
    assert (hairs["flags"] == int(HairFlag.DIAMETER_UNSURE)).all()


def test_bare_skin_gives_no_diameter():
    noise = np.random.default_rng(0).normal(0, 0.02, (161, 161))
    hairs, _ = run(noise, [axis_of((80, 80), 0.4, 120.0)])
    assert hairs["diameter_um"].isna().all()
    assert hairs["length_um"][0] == pytest.approx(600.0)


def test_a_shaft_along_the_picture_s_edge_has_no_diameter_unless_both_its_edges_show():
    picture = 0.7 * blurred_bar((60, 161), (2, 80), 0.0, width=12.0, length=140.0)
    hairs, _ = run(picture, [axis_of((2, 80), 0.0, 140.0)])
    assert hairs["diameter_um"].isna().all()
    picture = 0.7 * blurred_bar((60, 161), (12, 80), 0.0, width=12.0, length=140.0)
    hairs, _ = run(picture, [axis_of((12, 80), 0.0, 140.0)], settings=MeasurementSettings(default_psf_px=PSF_PX))
    assert hairs["diameter_um"][0] == pytest.approx(60.0, abs=1.5)


def test_without_calibration_only_px_are_stated():
    picture, paths = row_of_bars([60.0, 90.0])
    hairs, units = run(picture, paths, calibration=None)
    assert hairs["diameter_px"].to_numpy() == pytest.approx([12.0, 18.0], abs=0.3)
    for column in ("length_um", "diameter_um", "diameter_low_um", "diameter_high_um", "diameter_spread_um"):
        assert hairs[column].isna().all()
    assert len(units) == 2


def test_the_scale_s_error_widens_the_bounds():
    picture, paths = row_of_bars([100.0], noise=0.0)
    hairs, _ = run(picture, paths, calibration=Calibration(um_per_px=UM_PER_PX, relative_error=0.1))
    half = (hairs["diameter_high_um"] - hairs["diameter_low_um"])[0] / 2
    assert half == pytest.approx(1.96 * 0.1 * 100, rel=0.02)


def test_units_stand_at_the_mean_of_their_roots():
    picture = np.zeros((100, 100))
    paths = [np.array([[20.0, 30.0], [60.0, 30.0]]), np.array([[20.0, 40.0], [60.0, 40.0]])]
    hairs, units = run(picture, paths)
    assert hairs["unit_id"].tolist() == [0, 0]
    assert units.drop(columns="nearest_unit_um").to_dict("records") == [
        {"unit_id": 0, "row_px": 20.0, "col_px": 35.0, "n_hairs": 2, "in_area": True}
    ]
    assert units["nearest_unit_um"].isna().all()


def test_a_unit_knows_how_far_the_nearest_other_unit_is():
    paths = [np.array([[20.0, col], [60.0, col]]) for col in (30.0, 40.0, 135.0, 195.0)]
    _, units = run(np.zeros((100, 250)), paths)
    # Middles at columns 35, 135 and 195: 100 and 60 px apart, at 5 um/px.
    assert units["nearest_unit_um"].tolist() == pytest.approx([500.0, 300.0, 300.0])
    _, units = run(np.zeros((100, 250)), paths, calibration=None)
    assert units["nearest_unit_um"].isna().all()


def test_nothing_found_gives_empty_tables_with_all_columns():
    hairs, units = run(np.zeros((50, 60)), [])
    assert (len(hairs), len(units)) == (0, 0)
    assert list(hairs.columns) == [column.name for column in HAIRS]
    assert list(units.columns) == [column.name for column in UNITS]


def test_a_hair_of_no_length_does_not_fail():
    hairs, _ = run(np.zeros((50, 60)), [np.full((2, 2), 25.0)])
    assert hairs["length_px"][0] == 0
    assert hairs["diameter_um"].isna().all()


def test_darkness_of_another_size_than_the_area_is_refused():
    with pytest.raises(InputError, match=r"\(20, 30\).*got \(30, 20\)"):
        measure(
            np.zeros((30, 20), np.float32),
            Centerlines.from_paths([]),
            calibration=None,
            working_um_per_px=5.0,
            target_area=whole((20, 30), None),
        )


def test_settings_refuse_what_cannot_be_measured():
    with pytest.raises(InputError, match="half_profile_um must be above 0, got -1"):
        MeasurementSettings(half_profile_um=-1)
    with pytest.raises(InputError, match="thickest_um must be at least twice thinnest_um"):
        MeasurementSettings(thinnest_um=50, thickest_um=60)


def test_cross_sections_stand_at_even_steps_off_the_ends():
    line = np.stack([np.full(101, 7.0), np.arange(101.0)], axis=1)
    placed = place_profiles(Centerlines.from_paths([line]), MeasurementSettings().in_px(5.0), max_per_hair=24)
    # 100 px = 500 um less 50 um at each end: 20 steps of 20 um.
    assert placed.center_px[:, 0] == pytest.approx(np.full(20, 7.0))
    assert placed.center_px[:, 1] == pytest.approx(np.arange(12, 90, 4.0))
    assert placed.tangent == pytest.approx(np.tile([0.0, 1.0], (20, 1)))


def test_samples_run_along_the_normal():
    ramp = np.tile(np.arange(40, dtype=np.float32), (30, 1))  # value = column
    line = np.stack([np.arange(5.0, 26.0), np.full(21, 20.0)], axis=1)  # downwards
    placed = place_profiles(Centerlines.from_paths([line]), MeasurementSettings().in_px(5.0), max_per_hair=24)
    values, inside = sample_profiles(ramp, placed, np.array([-25.0, -4.0, 0.0, 4.0]))
    assert values[:, 1:] == pytest.approx(np.tile([16.0, 20.0, 24.0], (len(placed), 1)))
    assert not inside[:, 0].any()
    assert inside[:, 1:].all()


def test_grouped_quantiles_equal_numpy_s():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 5, 60)
    group[group == 3] = 2
    values = rng.normal(size=60)
    found = grouped_quantiles(values, group, 6, (0.25, 0.5))
    for k in range(6):
        members = values[group == k]
        expected = np.quantile(members, (0.25, 0.5)) if len(members) else np.full(2, np.nan)
        assert found[k] == pytest.approx(expected, nan_ok=True)
