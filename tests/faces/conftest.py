"""An Analysis made by hand: what the faces show of it is known exactly."""

import numpy as np
import pytest

from hairdensity.analysis import Analysis, Settings
from hairdensity.calibration import Calibration
from hairdensity.flags import HairFlag, ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.measurement.units import group_roots
from hairdensity.metrics import METRICS, Estimate, Histogram, Metrics
from hairdensity.metrics.difficulty import Traits
from hairdensity.quality import assess_quality
from hairdensity.tables import HAIRS, OSTIA, UNITS, empty_table, make_table
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines, Rejected

NO_DIRECTIONS = np.full((3, 2), np.nan)


@pytest.fixture
def make_analysis():
    """Build an Analysis by hand: two hairs in a unit inside the area, one hair outside it."""
    return hand_made_analysis


def hand_made_analysis(image=None, *, um_per_px=5.0, flags=ImageFlag(0), with_hairs=True):
    if image is None:
        image = TrichoImage.from_array(np.full((120, 160, 3), 150, dtype=np.uint8), image_id="by_hand")
    shape = image.pixels.shape[:2]
    calibration = None if um_per_px is None else Calibration(um_per_px=um_per_px)
    unreadable = np.zeros(shape, dtype=bool)
    unreadable[20:40, 20:60] = True
    area = place_area(
        AreaShape(kind="rectangle", numbers=(20, 20, 80, 100)),
        image_shape=shape,
        unreadable=unreadable,
        calibration=calibration,
    )
    paths = [[[50, 50], [60, 50], [80.128, 50]], [[50, 55], [70, 60]], [[5, 140], [25, 140]]] if with_hairs else []
    return Analysis(
        image=image,
        calibration=calibration,
        working_um_per_px=um_per_px or 6.0,
        target_area=area,
        centerlines=Centerlines.from_paths([np.array(path, dtype=float) for path in paths]),
        rejected=Rejected.none(),
        hairs=_hairs(paths, um_per_px) if with_hairs else empty_table(HAIRS),
        units=_units() if with_hairs else empty_table(UNITS),
        ostia=_ostia() if with_hairs else empty_table(OSTIA),
        grouping=group_roots(
            np.array([path[0] for path in paths], float).reshape(-1, 2), NO_DIRECTIONS[: len(paths)], um_per_px=5.0
        ),
        traits=Traits(*[0.5] * len(Traits._fields)),
        metrics=_metrics(is_calibrated=um_per_px is not None),
        flags=flags | (ImageFlag(0) if um_per_px else ImageFlag.UNCALIBRATED),
        quality=assess_quality(image.pixels, graphics=np.zeros(shape, dtype=bool), um_per_px=5.0).concluded(flags),
        model=None,
        settings=Settings(),
        version="1.2.3",
    )


def _hairs(paths, um_per_px):
    um = np.nan if um_per_px is None else um_per_px
    diameter_px = np.array([12.0, 8.0, np.nan])
    length_px = np.array([30.128, 20.616, 20.0])
    ends = np.array([[*path[0], *path[-1]] for path in paths], dtype=float)
    return make_table(
        HAIRS,
        {
            "hair_id": [0, 1, 2],
            "unit_id": [0, 0, 1],
            **dict(zip(("root_row_px", "root_col_px", "tip_row_px", "tip_col_px"), ends.T, strict=True)),
            "root_confidence": [0.9, 0.8, 0.5],
            "hair_probability": [0.95, 0.7, np.nan],
            "length_px": length_px,
            "length_um": length_px * um,
            "diameter_px": diameter_px,
            "diameter_um": diameter_px * um,
            "diameter_low_um": (diameter_px - 1) * um,
            "diameter_high_um": (diameter_px + 1) * um,
            "diameter_se_um": np.full(3, 1.5) * um / 5.0,
            "diameter_spread_um": np.full(3, 2.0) * um,
            "taper_um_per_mm": np.full(3, -4.0) * um / 5.0,
            "n_profiles": [20, 12, 0],
            "contrast": [0.5, 0.4, 0.3],
            "in_area": [True, True, False],
            "flags": [0, int(HairFlag.CROSSING), int(HairFlag.DIAMETER_UNSURE | HairFlag.TOUCHES_BORDER)],
        },
    )


def _units():
    return make_table(
        UNITS,
        {
            "unit_id": [0, 1],
            "row_px": [50.0, 5.0],
            "col_px": [52.5, 140.0],
            "n_hairs": [2, 1],
            "nearest_unit_um": [np.nan, np.nan],
            "in_area": [True, False],
        },
    )


def _ostia():
    return make_table(
        OSTIA,
        {
            "ostium_id": [0],
            "row_px": [60.125],
            "col_px": [70.0],
            "kind": ["yellow dot"],
            "diameter_um": [180.0],
            "confidence": [0.9],
            "in_area": [True],
        },
    )


def _metrics(*, is_calibrated):
    estimate = Estimate(value=0.25, low=0.125, high=0.5, n=2, site_low=0.0625, site_high=0.75)
    values = {"number": 2, "estimate": estimate, "histogram": Histogram(bin_um=10.0, counts=(0, 2, *[0] * 14))}
    figures = {info.name: None if info.needs_scale and not is_calibrated else values[info.kind] for info in METRICS}
    if is_calibrated:
        figures["density_per_cm2"] = Estimate(value=111.1, low=90.0, high=np.nan, n=2, site_low=80.0, site_high=150.0)
    return Metrics(**(figures | {"n_hairs_by_ends": 2.0, "n_units": 1}))
