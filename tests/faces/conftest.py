"""An Analysis made by hand: what the faces show of it is known exactly."""

import json

import numpy as np
import pytest

from hairdensity.analysis import Analysis, Settings
from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change import Change
from hairdensity.comparison.common_area import find_common_area
from hairdensity.comparison.differences import ChangeVerdict, Difference
from hairdensity.comparison.following.trend import Trend
from hairdensity.comparison.growth import Growth, GrowthSettings
from hairdensity.comparison.registration import Registration
from hairdensity.comparison.series import Series
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.errors import HairDensityError, StorageError
from hairdensity.flags import ChangeFlag, HairFlag, ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.measurement.units import group_roots
from hairdensity.metrics import METRICS, Estimate, Histogram, Metrics
from hairdensity.metrics.difficulty import Traits
from hairdensity.quality import assess_quality
from hairdensity.tables import (
    GROWTH,
    HAIRS,
    MATCHES,
    OSTIA,
    SIGHTINGS,
    TRACKS,
    UNIT_MATCHES,
    UNITS,
    empty_table,
    make_table,
)
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines, Rejected
from hairdensity.workers import Outcome

NO_DIRECTIONS = np.full((3, 2), np.nan)


class PoolHere:
    """Handles tasks in this process, in their order, and passes text alone."""

    def __init__(self, prepare, *, n_workers, n_threads):
        self.handle = prepare()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, tasks, *, limit_s=0.0, on_done=lambda: None):
        outcomes = []
        for task in tasks:
            try:
                outcomes.append(Outcome(value=json.loads(json.dumps(self.handle(task)))))
            except StorageError:
                raise
            except HairDensityError as error:
                outcomes.append(Outcome(code=error.code, message=str(error)))
            on_done()
        return outcomes


@pytest.fixture
def pool_here():
    """Takes the place of a pool of worker processes."""
    return PoolHere


@pytest.fixture
def make_analysis():
    """Build an Analysis by hand: two hairs in a unit inside the area, one hair outside it."""
    return hand_made_analysis


@pytest.fixture
def make_change():
    """Build a Change by hand: a thicker hair, a lost one, a new one, and one outside the common area."""
    return hand_made_change


def hand_made_change(
    baseline=None,
    follow_up=None,
    *,
    um_per_px=5.0,
    is_registered=True,
    flags=ChangeFlag(0),
    control=None,
    settings=None,
):
    baseline = baseline or hand_made_analysis(um_per_px=um_per_px)
    follow_up = follow_up or hand_made_analysis(
        TrichoImage.from_array(np.full((120, 160, 3), 160, dtype=np.uint8), image_id="later"), um_per_px=um_per_px
    )
    alignment = Alignment(matrix=np.array([[1.0, 0.0, 4.0], [0.0, 1.0, -2.0]]))
    is_known = um_per_px is not None
    return Change(
        baseline=baseline,
        follow_up=follow_up,
        registration=_registration(alignment, is_registered=is_registered, is_calibrated=is_known),
        common_area=find_common_area(baseline, follow_up, alignment) if is_registered else None,
        baseline_metrics=_metrics(is_calibrated=is_known),
        follow_up_metrics=_metrics(is_calibrated=is_known),
        matches=_matches() if is_registered else empty_table(MATCHES),
        units=_unit_matches() if is_registered else empty_table(UNIT_MATCHES),
        differences=_differences(is_calibrated=is_known, factor=1.0),
        unmatched=_differences(is_calibrated=is_known, factor=5.0),
        flags=flags if is_registered else flags | ChangeFlag.NOT_REGISTERED,
        control=control,
        settings=settings or ComparisonSettings(),
        version="1.2.3",
    )


@pytest.fixture
def make_growth():
    """Build a Growth by hand: of three hairs one grows, one rests, one is undecided; a fourth lies outside."""
    return hand_made_growth


def hand_made_growth(change=None, *, hours=48.0):
    rate = Estimate(value=0.331, low=0.312, high=0.349, n=1)
    share = Estimate(value=0.6, low=0.4, high=0.8, n=3)
    return Growth(
        hours=hours,
        median_rate_mm_per_day=rate,
        mean_rate_mm_per_day=Estimate(value=np.nan, low=np.nan, high=np.nan, n=0),
        anagen_fraction=share,
        telogen_fraction=Estimate(value=0.4, low=0.2, high=0.6, n=3),
        n_anagen=1,
        n_telogen=1,
        n_undecided=1,
        hairs=fill(
            GROWTH,
            {
                "match_id": [0, 1, 2, 3],
                "in_area": [True, True, True, False],
                "growth_mm_per_day": [0.33126, 0.01, np.nan, np.nan],
                "phase": ["anagen", "telogen", "undecided", "undecided"],
                "reason": ["", "", "leaves the picture", ""],
            },
        ),
        change=change or hand_made_change(),
        settings=GrowthSettings(),
    )


@pytest.fixture
def make_series():
    """Build a Series by hand: three visits, the last of which was not registered; or the first two of them."""
    return hand_made_series


def hand_made_series(visits=None, *, days=(0.0, 90.0, 180.0)):
    visits = visits or tuple(
        hand_made_analysis(TrichoImage.from_array(np.full((120, 160, 3), grey, dtype=np.uint8), image_id=name))
        for grey, name in ((150, "v0"), (160, "v1"), (170, "v2"))
    )
    changes = (hand_made_change(visits[0], visits[1]), hand_made_change(visits[0], visits[-1], is_registered=False))
    n_visits = len(visits)
    trend = Trend(
        slope=2.04,
        low=0.5,
        high=3.6,
        relative=0.02,
        per="visit" if days is None else "month",
        n_visits=2,
        scatter=np.nan,
        verdict=ChangeVerdict.INCREASE,
    )
    metrics = _metrics(is_calibrated=True)
    return Series(
        visits=visits,
        days=days,
        changes=changes[: n_visits - 1],
        routes=((0,), (0, 1), None)[:n_visits],
        shared_areas=(changes[0].common_area.baseline, changes[0].common_area.follow_up, None)[:n_visits],
        metrics=(metrics, metrics, None)[:n_visits],
        differences=(None, changes[0].differences, None)[:n_visits],
        tracks=fill(TRACKS, {"track_id": [0, 1], "fates": ["present kept missing", "present lost missing"]}),
        sightings=fill(SIGHTINGS, {"track_id": [0, 0], "visit": [0, 1], "fate": ["present", "kept"]}),
        trends={"density_per_cm2": trend},
        settings=ComparisonSettings(),
        version="1.2.3",
    )


def _registration(alignment, *, is_registered, is_calibrated):
    return Registration(
        accepted=is_registered,
        alignment=alignment,
        residual_um=12.5 if is_calibrated else np.nan,
        n_inliers=31,
        overlap_cm2=0.38 if is_calibrated else np.nan,
        overlap_fraction=0.8,
        log10_false_alarms=-20.0,
        texture_agreement=np.nan,
        reason="" if is_registered else "too few follicular units agree: photograph the marked site",
    )


def _differences(*, is_calibrated, factor):
    """Of density, an increase by 14 (4 to 24); of the vellus share, nothing; of the skin's redness, not stated."""
    shown = {
        "density_per_cm2": Difference(
            value=14.0,
            low=14.0 - 10.0 * factor,
            high=14.0 + 10.0 * factor,
            relative=0.09,
            detectable=10.0 * factor,
            n=63,
            verdict=ChangeVerdict.INCREASE if factor == 1.0 else ChangeVerdict.WITHIN_NOISE,
            site_low=-20.0,
            site_high=48.0,
        ),
        "vellus_fraction_30um": Difference(
            value=0.031,
            low=-0.02,
            high=0.08,
            relative=0.124,
            detectable=0.05,
            n=60,
            verdict=ChangeVerdict.WITHIN_NOISE,
            site_low=-0.1,
            site_high=0.16,
        ),
    }
    unknown = dict.fromkeys(("value", "low", "high", "relative", "detectable", "site_low", "site_high"), np.nan)
    return (shown if is_calibrated else {}) | {"erythema_index": Difference(**unknown, n=0, verdict=None)}


def fill(columns, values):
    """A table by hand: columns that do not matter hold nothing."""
    n_rows = len(next(iter(values.values())))
    empty = {
        "int64": np.arange(n_rows),
        "Int64": [None] * n_rows,
        "float64": np.full(n_rows, np.nan),
        "bool": np.zeros(n_rows, dtype=bool),
        "object": [""] * n_rows,
    }
    return make_table(columns, {column.name: empty[column.dtype] for column in columns} | values)


def _matches():
    nan = np.nan
    return fill(
        MATCHES,
        {
            "match_id": [0, 1, 2, 3],
            "baseline_hair_id": [0, 1, None, 2],
            "follow_up_hair_id": [0, None, 1, 2],
            "fate": ["kept", "lost", "new", "kept"],
            "fate_probability": [0.98, 0.9, 0.8, 0.97],
            "baseline_probability": [0.98, 0.95, 0.15, 0.97],
            "follow_up_probability": [0.98, 0.05, 0.95, 0.97],
            "row_px": [50.0, 50.0, 46.0, 5.0],
            "col_px": [50.0, 55.0, 57.0, 140.0],
            "in_area": [True, True, True, False],
            "baseline_diameter_um": [52.0, 40.0, nan, nan],
            "follow_up_diameter_um": [60.126, nan, 38.0, nan],
            "diameter_change_um": [8.126, nan, nan, nan],
            "diameter_change_se_um": [2.0, nan, nan, nan],
            "thickness": ["thicker", "", "", ""],
        },
    )


def _unit_matches():
    return fill(
        UNIT_MATCHES,
        {
            "fate": ["kept", "re-activated"],
            "fate_probability": [0.99, 0.8],
            "row_px": [50.0, 46.0],
            "col_px": [52.5, 57.0],
            "in_area": [True, True],
        },
    )


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
