from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np
import pytest

from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.errors import InputError, TargetAreaError
from hairdensity.flags import HairFlag, ImageFlag
from hairdensity.image import ImageMetadata, TrichoImage
from hairdensity.metrics import METRICS, MetricsSettings
from hairdensity.resources import package_version
from hairdensity.tables import HAIRS, UNITS
from hairdensity.target_area import AreaShape
from tests.bars import RIDGES, SCALE, UM_PER_PX, analyzed, picture

MARGIN_PX = 22  # 110 um


@cache
def grid() -> Analysis:
    return analyzed(picture(5, 5))


@cache
def bare() -> Analysis:
    return analyzed(picture())


def test_every_bar_is_counted_once_over_the_area() -> None:
    found, side_px = grid(), 5 * 70 + 60 - 2 * MARGIN_PX
    area_cm2 = side_px**2 * UM_PER_PX**2 / 1e8
    assert found.metrics.n_hairs == 25
    assert found.target_area.area_cm2 == pytest.approx(area_cm2)
    assert found.metrics.density_per_cm2 is not None
    assert found.metrics.density_per_cm2.value == pytest.approx(25 / area_cm2)


def test_bars_of_40_um_are_measured_as_such() -> None:
    assert grid().hairs["diameter_um"].to_numpy() == pytest.approx(40, abs=1.5)
    assert grid().hairs["length_um"].to_numpy() == pytest.approx(200, abs=15)


def test_coverage_is_the_bars_share_of_the_area() -> None:
    assert grid().metrics.coverage_fraction.value == pytest.approx(25 * 40 * 8 / 366**2, rel=0.08)


def test_tables_have_their_columns_and_the_hairs_their_centerlines() -> None:
    found = grid()
    assert list(found.hairs.columns) == [column.name for column in HAIRS]
    assert list(found.units.columns) == [column.name for column in UNITS]
    assert found.hairs[["root_row_px", "root_col_px"]].to_numpy() == pytest.approx(found.centerlines.roots_px)
    assert found.hairs["hair_id"].tolist() == list(range(len(found.centerlines)))


def test_what_the_result_depends_on_is_stored_with_it() -> None:
    settings = Settings(method="ridges", margin_um=200.0, metrics=MetricsSettings(n_draws=50, seed=3))
    image = TrichoImage.from_array(picture(2, 2))
    found = analyze(image, calibration=SCALE, settings=settings)
    assert found.image is image
    assert found.settings is settings
    assert found.calibration is SCALE
    assert found.version == package_version()


def test_the_margin_leaves_the_area() -> None:
    narrow, wide = (analyzed(picture(), settings=Settings(method="ridges", margin_um=um)) for um in (0.0, 200.0))
    assert narrow.target_area.area_px == 270**2
    assert wide.target_area.area_px == (270 - 80) ** 2


def test_bare_skin_has_no_hair_and_a_density_of_0_with_an_upper_bound() -> None:
    found = bare()
    assert len(found.hairs) == len(found.units) == len(found.centerlines) == found.metrics.n_hairs == 0
    assert found.metrics.density_per_cm2 is not None
    assert (found.metrics.density_per_cm2.value, found.metrics.density_per_cm2.low) == (0, 0)
    assert found.metrics.density_per_cm2.high > 0
    assert found.metrics.coverage_fraction.value == 0
    assert found.metrics.median_diameter_um is not None
    assert math.isnan(found.metrics.median_diameter_um.value)
    assert ImageFlag.NO_HAIRS in found.flags
    assert ImageFlag.NO_HAIRS not in grid().flags


def test_only_hairs_with_their_root_in_the_area_count() -> None:
    top = analyzed(picture(5, 5), area=AreaShape(kind="rectangle", numbers=(0, 0, 90, 410)))
    assert top.metrics.n_hairs == 5
    assert len(top.hairs) == 25
    assert top.hairs.loc[top.hairs["in_area"], "root_row_px"].max() < 90


def test_a_mask_as_the_area_gives_what_the_same_rectangle_gives() -> None:
    mask = np.zeros((410, 410), dtype=bool)
    mask[:90] = True
    by_mask = analyzed(picture(5, 5), area=mask)
    assert by_mask.metrics.n_hairs == 5
    assert by_mask.target_area.area_px == (90 - MARGIN_PX) * (410 - 2 * MARGIN_PX)


def test_an_area_off_the_picture_is_refused() -> None:
    with pytest.raises(TargetAreaError):
        analyzed(picture(), area=AreaShape(kind="circle", numbers=(900, 900, 50)))


def test_an_area_in_mm_without_a_scale_is_refused() -> None:
    with pytest.raises(TargetAreaError, match="needs a scale"):
        analyzed(picture(), None, area=AreaShape(kind="circle", numbers=(0.5, 0.5, 0.3), unit="mm"))


def test_without_a_scale_hairs_are_found_and_nothing_in_um_is_stated() -> None:
    found = analyzed(picture(5, 5), None)
    assert found.metrics.n_hairs == 25
    assert found.target_area.area_cm2 is None
    assert found.calibration is None
    assert [m.name for m in METRICS if m.needs_scale and getattr(found.metrics, m.name) is not None] == []
    um_columns = [name for name in found.hairs if name.endswith("_um")]
    assert len(um_columns) == 6
    assert found.hairs[[*um_columns, "taper_um_per_mm"]].isna().all(axis=None)
    assert found.metrics.median_diameter_px.value == pytest.approx(8, abs=0.5)
    assert ImageFlag.UNCALIBRATED in found.flags
    assert ImageFlag.UNCALIBRATED not in grid().flags


def test_the_same_picture_at_half_the_scale_has_half_the_diameters_and_four_times_the_density() -> None:
    def density_and_diameter(um_per_px: float) -> tuple[float, float]:
        metrics = analyzed(
            picture(5, 5), Calibration(um_per_px=um_per_px), settings=Settings(method="ridges", margin_um=0.0)
        ).metrics
        assert metrics.density_per_cm2 is not None
        assert metrics.median_diameter_um is not None
        return metrics.density_per_cm2.value, metrics.median_diameter_um.value

    density, diameter = density_and_diameter(8.0)
    finer_density, finer_diameter = density_and_diameter(4.0)
    assert finer_density == pytest.approx(4 * density)
    assert finer_diameter == pytest.approx(diameter / 2, rel=0.05)


def test_a_scale_from_tags_is_flagged_and_a_given_one_is_not() -> None:
    tagged = analyzed(picture(), Calibration(um_per_px=UM_PER_PX, source="tiff resolution"))
    assert ImageFlag.TAG_CALIBRATION in tagged.flags
    assert ImageFlag.TAG_CALIBRATION not in bare().flags


def test_pixels_too_large_for_thin_hairs_are_flagged() -> None:
    assert ImageFlag.LOW_RESOLUTION in analyzed(picture(), Calibration(um_per_px=9.1)).flags
    assert ImageFlag.LOW_RESOLUTION not in analyzed(picture(), Calibration(um_per_px=9.0)).flags


def test_a_small_area_is_flagged() -> None:
    assert ImageFlag.SMALL_AREA in bare().flags  # 0.013 cm2
    assert ImageFlag.SMALL_AREA not in analyzed(picture(), Calibration(um_per_px=15.0)).flags


def test_more_than_500_hairs_per_cm2_are_flagged() -> None:
    density = grid().metrics.density_per_cm2
    assert density is not None
    assert density.value > 500
    assert ImageFlag.IMPLAUSIBLE_DENSITY in grid().flags
    assert ImageFlag.IMPLAUSIBLE_DENSITY not in bare().flags


def test_pictures_without_any_buried_root_are_flagged() -> None:
    assert (grid().hairs["flags"] & int(HairFlag.ROOT_UNSURE)).all()
    assert ImageFlag.ROOT_SIDE_UNSURE in grid().flags
    assert ImageFlag.ROOT_SIDE_UNSURE not in analyzed(picture(3, 3)).flags  # below 20 hairs a share says little


def test_a_count_by_ends_that_differs_from_that_by_roots_is_flagged() -> None:
    found = grid()
    near_roots = np.zeros((410, 410), dtype=bool)
    for row, col in found.centerlines.roots_px.round().astype(int):
        near_roots[row - 8 : row + 9, col - 8 : col + 9] = True
    off = analyzed(picture(5, 5), area=near_roots)
    assert (off.metrics.n_hairs, off.metrics.n_hairs_by_ends) == (25, 12.5)
    assert ImageFlag.ROOTS_ENDS_DISAGREE in off.flags
    assert ImageFlag.ROOTS_ENDS_DISAGREE not in found.flags


def test_an_area_that_hair_covers_is_flagged_as_a_tangle() -> None:
    on_hairs = picture(5, 5)[..., 1] < 120
    assert ImageFlag.DENSE_TANGLE in analyzed(picture(5, 5), area=on_hairs).flags
    assert ImageFlag.DENSE_TANGLE not in grid().flags


def test_burned_in_text_leaves_the_area_and_is_flagged() -> None:
    written = picture(5, 5)
    cv2.putText(written, "70x 12.03", (150, 395), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1)
    found = analyzed(written, settings=Settings(method="ridges", margin_um=0.0))
    assert ImageFlag.OVERLAY_GRAPHICS in found.flags
    assert 0 < found.target_area.unreadable_fraction < 0.1
    assert not found.target_area.mask[385:393, 160:240].any()
    assert found.metrics.n_hairs == 25
    assert ImageFlag.OVERLAY_GRAPHICS not in grid().flags


def test_what_decoding_noticed_stays_in_the_flags() -> None:
    image = TrichoImage(
        pixels=picture(), image_id="damaged", sha256="0", metadata=ImageMetadata(flags=ImageFlag.DECODER_WARNING)
    )
    assert ImageFlag.DECODER_WARNING in analyze(image, calibration=SCALE, settings=RIDGES).flags


@pytest.mark.parametrize("margin_um", [-1.0, float("nan"), float("inf")])
def test_a_margin_that_is_no_length_is_refused(margin_um: float) -> None:
    with pytest.raises(InputError, match="margin_um must be 0 or more"):
        Settings(margin_um=margin_um)
