import dataclasses
import math

import numpy as np
import pytest

from hairdensity.analysis import analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.change import compare
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.differences import ChangeVerdict
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.flags import ChangeFlag
from hairdensity.image import TrichoImage
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene

UM_PER_PX = 5.571
SCALE = Calibration(um_per_px=UM_PER_PX)


@pytest.fixture(scope="module")
def picture():
    """A clipped field of 5 x 6 mm with about 40 hairs."""
    settings = dataclasses.replace(clipped(150.0), field_mm=(5.0, 6.0))
    return render(make_scene(settings, 11), image_id="visit").image


@pytest.fixture(scope="module")
def baseline(picture):
    return analyze(picture, calibration=SCALE)


@pytest.fixture(scope="module")
def turned(picture):
    """The same picture upside down: the same hairs on other pixels."""
    return TrichoImage.from_array(np.rot90(picture.pixels, 2), image_id="turned")


@pytest.fixture(scope="module")
def follow_up(turned):
    return analyze(turned, calibration=SCALE)


@pytest.fixture(scope="module")
def change(baseline, follow_up):
    return compare(baseline, follow_up)


def test_skin_that_was_turned_is_found_and_did_not_change(change):
    assert change.registration.accepted
    assert change.flags == ChangeFlag(0)
    for name in ("density_per_cm2", "median_diameter_um", "mean_diameter_um", "cumulative_diameter_mm_per_cm2"):
        difference = change.differences[name]
        assert difference.verdict is ChangeVerdict.WITHIN_NOISE
        assert abs(difference.relative) < 0.02
        assert difference.low < 0 < difference.high


def test_a_change_holds_the_settings_it_was_computed_with(baseline, follow_up, change):
    settings = ComparisonSettings(change=ChangeSettings(n_draws=20))
    beside = compare(baseline, follow_up, control=(baseline, follow_up), settings=settings)
    assert beside.settings == beside.control.settings == settings
    assert change.settings == ComparisonSettings()


def test_the_matched_difference_sees_what_the_unmatched_cannot(change):
    matched, unmatched = change.differences["density_per_cm2"], change.unmatched["density_per_cm2"]

    assert unmatched.detectable > 5 * matched.detectable


def test_what_changed_is_the_follow_ups_figure_less_the_baselines(change):
    for name in (
        "density_per_cm2",
        "median_diameter_um",
        "hairs_per_unit",
        "vellus_fraction_40um",
        "coverage_fraction",
    ):
        before, after = (
            getattr(metrics, name).value for metrics in (change.baseline_metrics, change.follow_up_metrics)
        )
        assert change.differences[name].value == pytest.approx(after - before)


def test_gained_less_lost_is_the_sum_over_the_matches(change):
    counted = change.matches[change.matches["in_area"]]
    net = float((counted["follow_up_probability"] - counted["baseline_probability"]).sum())

    assert change.differences["n_hairs"].value == pytest.approx(net)
    assert change.differences["density_per_cm2"].value == pytest.approx(net / change.common_area.area_cm2)


def test_inch_and_centimeter_say_the_same(change):
    here, there = (change.differences[f"density_per_{area}"] for area in ("cm2", "inch2"))

    assert there.value == pytest.approx(6.4516 * here.value)
    assert (there.verdict, there.relative) == (here.verdict, here.relative)


def test_the_way_back_turns_the_sign(change, baseline, follow_up):
    back = compare(follow_up, baseline)

    for name in ("density_per_cm2", "median_diameter_um"):
        forth, error = change.differences[name], change.differences[name].detectable
        assert back.differences[name].value == pytest.approx(-forth.value, abs=0.5 * error)


def test_without_a_scale_numbers_and_shares_stay(picture, turned):
    change = compare(analyze(picture), analyze(turned))

    assert change.registration.accepted
    assert change.common_area.area_cm2 is None
    assert "density_per_cm2" not in change.differences
    assert "median_diameter_um" not in change.differences
    assert change.differences["n_hairs"].verdict is ChangeVerdict.WITHIN_NOISE
    assert abs(change.differences["median_diameter_px"].relative) < 0.02


def test_a_stated_scale_that_differs_does_not_feign_thicker_hair(picture, turned, baseline):
    other = analyze(turned, calibration=Calibration(um_per_px=1.02 * UM_PER_PX, source="given (field width)"))

    change = compare(baseline, other)

    diameter = change.differences["median_diameter_um"]
    # The two scales disagree by 2 % with errors of 2 % each; the skin says that they are the same within 1.5 %.
    assert abs(diameter.relative) < 0.01
    assert diameter.verdict is ChangeVerdict.WITHIN_NOISE
    # Each hair's row says the same.
    kept = change.matches[change.matches["diameter_change_um"].notna()]
    assert abs((kept["diameter_change_um"] / kept["baseline_diameter_um"]).median()) < 0.01


def test_other_skin_is_refused_and_compared_unmatched(baseline):
    settings = dataclasses.replace(clipped(150.0), field_mm=(5.0, 6.0))
    other = analyze(render(make_scene(settings, 12), image_id="other").image, calibration=SCALE)

    change = compare(baseline, other)

    assert not change.registration.accepted
    assert ChangeFlag.NOT_REGISTERED in change.flags
    assert len(change.matches) == len(change.units) == 0
    assert change.differences == change.unmatched
    assert change.baseline_metrics is baseline.metrics


def test_areas_on_different_skin_are_compared_unmatched(picture):
    height, width = picture.pixels.shape[:2]
    left = np.zeros((height, width), dtype=bool)
    left[:, : width // 2 - 20] = True
    halves = [analyze(picture, calibration=SCALE, area=area) for area in (left, left[:, ::-1])]
    change = compare(*halves)

    assert not change.registration.accepted and "target areas" in change.registration.reason
    assert change.common_area is None and len(change.matches) == 0
    assert ChangeFlag.NOT_REGISTERED in change.flags
    assert change.differences == change.unmatched


def test_one_picture_given_twice_is_told(baseline):
    change = compare(baseline, baseline)

    assert change.flags == ChangeFlag.SAME_PICTURE
    assert change.differences["density_per_cm2"].value == pytest.approx(0.0, abs=1e-9)


def test_an_unreadable_visit_gets_no_verdict(baseline, follow_up):
    quality = dataclasses.replace(follow_up.quality, verdict="unreadable")
    change = compare(baseline, dataclasses.replace(follow_up, quality=quality))

    assert ChangeFlag.UNREADABLE_VISIT in change.flags
    assert all(difference.verdict is None for difference in change.differences.values())
    assert math.isnan(change.unmatched["density_per_cm2"].high)


def test_a_quiet_control_site_leaves_the_verdict(change, baseline, follow_up):
    beside = compare(baseline, follow_up, control=(baseline, follow_up))

    assert beside.control is not None and beside.control.control is None
    assert beside.flags == change.flags
    assert beside.differences["density_per_cm2"].detectable == pytest.approx(
        change.differences["density_per_cm2"].detectable, rel=0.2
    )


def test_a_control_that_is_not_the_same_skin_is_told_and_not_used(baseline, follow_up, change):
    bare = dataclasses.replace(follow_up, hairs=follow_up.hairs[:0], units=follow_up.units[:0])

    beside = compare(baseline, follow_up, control=(baseline, bare))

    assert ChangeFlag.CONTROL_NOT_REGISTERED in beside.flags
    for name in ("density_per_cm2", "median_diameter_um"):
        assert beside.differences[name] == change.differences[name]
