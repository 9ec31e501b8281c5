"""The figures of the sample images as of today.

A pin that moves means other numbers for the same picture. If that is meant: say in CHANGELOG, under "Results", what
moved and by how much, then write the new number here, in the same commit.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage, read_image
from hairdensity.settings import METHODS, Settings

FOLDER = Path(__file__).parents[2] / "sample_images"
SCALES = {
    Path(entry["file"]).stem: float(entry["um_per_px"])
    for entry in json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))["images"]
}

PINS = pd.DataFrame(
    [
        ("clipped_150_per_cm2", "ridges", 46, 32, 122.792, 81.269, 0.04464),
        ("clipped_sparse", "ridges", 19, 15, 50.173, 58.621, 0.01032),
        ("unclipped_long", "ridges", 48, 35, 80.700, 66.438, 0.14377),
        ("light_hair_dark_skin", "ridges", 37, 23, 103.334, 70.781, 0.05264),
        ("visit_baseline", "ridges", 42, 31, 110.909, 71.430, 0.03536),
        ("visit_follow_up", "ridges", 39, 31, 102.987, 71.803, 0.03118),
        ("clipped_150_per_cm2", "network", 48, 33, 128.130, 81.103, 0.04357),
        ("clipped_sparse", "network", 18, 14, 47.532, 57.651, 0.00974),
        ("unclipped_long", "network", 25, 16, 42.031, 60.124, 0.13718),
        ("light_hair_dark_skin", "network", 45, 25, 125.685, 71.525, 0.05425),
        ("visit_baseline", "network", 43, 32, 113.550, 69.912, 0.03385),
        ("visit_follow_up", "network", 42, 32, 110.909, 70.090, 0.03083),
    ],
    columns=["sample", "method", "n_hairs", "n_units", "density_per_cm2", "median_diameter_um", "coverage_fraction"],
).set_index(["sample", "method"])

SAMPLES = sorted(SCALES)
each_sample = pytest.mark.parametrize(("sample", "method"), list(product(SAMPLES, METHODS)))


@cache
def image_of(sample: str) -> TrichoImage:
    return read_image(FOLDER / f"{sample}.jpg")


@cache
def analysis_of(sample: str, method: str) -> Analysis:
    return analyze(
        image_of(sample), calibration=Calibration(um_per_px=SCALES[sample]), settings=Settings(method=method)
    )


def test_every_sample_has_a_pin() -> None:
    assert sorted(PINS.index) == sorted(product(SAMPLES, METHODS))
    assert sorted(path.stem for path in FOLDER.glob("*.jpg")) == SAMPLES


@each_sample
def test_counts_are_those_of_the_pins(sample: str, method: str) -> None:
    metrics = analysis_of(sample, method).metrics
    pin = PINS.loc[(sample, method)]
    assert (metrics.n_hairs, metrics.n_units) == (pin["n_hairs"], pin["n_units"])


@each_sample
@pytest.mark.parametrize("figure", ["density_per_cm2", "median_diameter_um", "coverage_fraction"])
def test_figures_are_those_of_the_pins(sample: str, method: str, figure: str) -> None:
    estimate = getattr(analysis_of(sample, method).metrics, figure)
    assert estimate.value == pytest.approx(PINS.loc[(sample, method), figure], rel=0.005)
    assert estimate.site_low <= estimate.value <= estimate.site_high


@each_sample
def test_tables_and_centerlines_describe_the_same_hairs(sample: str, method: str) -> None:
    found = analysis_of(sample, method)
    lines, hairs = found.centerlines, found.hairs
    assert len(hairs) == len(lines)
    assert np.array_equal(hairs[["root_row_px", "root_col_px"]], lines.roots_px)
    assert np.array_equal(hairs[["tip_row_px", "tip_col_px"]], lines.tips_px)
    assert np.array_equal(hairs["length_px"], lines.lengths_px)
    assert set(hairs["unit_id"]) == set(found.units["unit_id"])
    assert found.units["n_hairs"].sum() == len(hairs)


@each_sample
def test_hairs_count_by_the_area_and_the_density_is_their_number_over_it(sample: str, method: str) -> None:
    found = analysis_of(sample, method)
    area, metrics = found.target_area, found.metrics
    assert np.array_equal(found.hairs["in_area"], area.contains(found.centerlines.roots_px))
    assert int(found.hairs["in_area"].sum()) == metrics.n_hairs
    assert area.area_cm2 == pytest.approx(np.count_nonzero(area.mask) * SCALES[sample] ** 2 / 1e8)
    assert metrics.density_per_cm2 is not None
    assert metrics.density_per_cm2.value == pytest.approx(metrics.n_hairs / area.area_cm2)
    assert metrics.median_diameter_um is not None
    counted = found.hairs.loc[found.hairs["in_area"], "diameter_um"]
    assert metrics.median_diameter_um.value == pytest.approx(counted.median())


@each_sample
def test_centerlines_stay_in_the_picture(sample: str, method: str) -> None:
    found = analysis_of(sample, method)
    height, width = found.image.pixels.shape[:2]
    points = found.centerlines.points_px
    assert points.min() >= -0.5
    assert (points <= [height - 0.5, width - 0.5]).all()


@each_sample
def test_diameters_lie_within_their_bounds_and_um_follow_from_px(sample: str, method: str) -> None:
    hairs = analysis_of(sample, method).hairs
    known = hairs[hairs["diameter_um"].notna()]
    # The network also finds hairs so close to others that no clean cross-section is left.
    assert len(known) >= (0.9 if method == "ridges" else 0.8) * len(hairs)
    assert (known["diameter_low_um"] <= known["diameter_um"]).all()
    assert (known["diameter_um"] <= known["diameter_high_um"]).all()
    assert np.allclose(known["diameter_um"], known["diameter_px"] * SCALES[sample])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sample", ["clipped_150_per_cm2", "light_hair_dark_skin"])
def test_the_same_picture_gives_the_same_result_twice_and_is_not_changed(sample: str, method: str) -> None:
    image = image_of(sample)
    before = image.pixels.copy()
    calibration, settings = Calibration(um_per_px=SCALES[sample]), Settings(method=method)
    first, second = analysis_of(sample, method), analyze(image, calibration=calibration, settings=settings)
    pd.testing.assert_frame_equal(first.hairs, second.hairs, check_exact=True)
    pd.testing.assert_frame_equal(first.units, second.units, check_exact=True)
    assert np.array_equal(first.centerlines.points_px, second.centerlines.points_px)
    assert repr(first.metrics) == repr(second.metrics)  # NaN equals itself there
    assert first.flags == second.flags
    assert np.array_equal(image.pixels, before)


@each_sample
def test_only_the_long_hair_is_flagged_as_long(sample: str, method: str) -> None:
    assert (ImageFlag.LONG_HAIR in analysis_of(sample, method).flags) == (sample == "unclipped_long")
