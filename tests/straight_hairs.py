"""Visits made by hand: straight hairs on even skin, whose every number is known."""

import cv2
import numpy as np
import pandas as pd

from hairdensity.analysis import Analysis, Settings
from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change import Change
from hairdensity.comparison.common_area import find_common_area
from hairdensity.comparison.registration import Registration
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.flags import ChangeFlag, ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.measurement.units import group_roots
from hairdensity.metrics import Measured, compute_metrics
from hairdensity.metrics.difficulty import Traits
from hairdensity.quality import assess_quality
from hairdensity.tables import HAIRS, MATCHES, OSTIA, UNIT_MATCHES, UNITS, empty_table, make_table
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines, Rejected

UM_PER_PX = 5.0
SHAPE = (400, 680)
STAY = Alignment(matrix=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))


def straight(root_px, length_um, *, deg=0.0, um_per_px=UM_PER_PX):
    """(K, 2) axis with a point every 2 px or so; 0 degrees runs along increasing columns."""
    length_px = length_um / um_per_px
    along = np.linspace(0, length_px, max(int(length_px / 2), 2))[:, None]
    angle = np.deg2rad(deg)
    return np.asarray(root_px, dtype=float) + along * np.array([np.sin(angle), np.cos(angle)])


def visit_of(paths, *, um_per_px=UM_PER_PX, relative_error=0.0, hidden=None, diameter_um=60.0, shape=SHAPE):
    """An analysis of hairs with these axes in px; ``um_per_px`` None: without a scale."""
    image = TrichoImage.from_array(_drawn(paths, shape, diameter_um / (um_per_px or UM_PER_PX)), image_id="by_hand")
    calibration = None if um_per_px is None else Calibration(um_per_px=um_per_px, relative_error=relative_error)
    working = um_per_px or UM_PER_PX
    nothing = np.zeros(shape, dtype=bool)
    lines = Centerlines.from_paths(
        [np.asarray(path, dtype=float) for path in paths],
        root_confidence=np.ones(len(paths)),
        hair_probability=np.full(len(paths), 0.99),
    )
    area = place_area(
        AreaShape(),
        image_shape=shape,
        unreadable=nothing if hidden is None else hidden,
        calibration=calibration,
        margin_px=Settings().margin_um / working,
    )
    hairs = _hairs(lines, area, working, um_per_px is not None, diameter_um)
    units = _units(hairs, area)
    return Analysis(
        image=image,
        calibration=calibration,
        working_um_per_px=working,
        target_area=area,
        centerlines=lines,
        rejected=Rejected.none(),
        hairs=hairs,
        units=units,
        ostia=empty_table(OSTIA),
        grouping=group_roots(lines.roots_px, np.full((len(lines), 2), np.nan), um_per_px=working),
        traits=Traits(*[0.5] * len(Traits._fields)),
        metrics=compute_metrics(Measured(hairs=hairs, units=units, coverage_fraction=0.1), area, calibration),
        flags=ImageFlag(0),
        quality=assess_quality(image.pixels, graphics=nothing, um_per_px=working),
        model=None,
        settings=Settings(),
        version="1.2.3",
    )


def _drawn(paths, shape, width_px):
    """(H, W, 3) dark hairs on even skin."""
    pixels = np.full((*shape, 3), 170, dtype=np.uint8)
    for path in paths:
        points = np.round(np.asarray(path)[:, ::-1] * 16).astype(np.int32)
        cv2.polylines(pixels, [points], False, (40, 40, 40), max(round(width_px), 1), cv2.LINE_AA, shift=4)
    return pixels


def change_of(baseline, follow_up, pairs, *, alignment=STAY, accepted=True):
    """A change whose matches are these pairs of hair numbers; None for a hair that one visit does not have."""
    registration = Registration(
        accepted=accepted,
        alignment=alignment,
        residual_um=10.0,
        n_inliers=len(pairs),
        overlap_cm2=0.05,
        overlap_fraction=1.0,
        log10_false_alarms=-9.0,
        texture_agreement=0.5,
        reason="" if accepted else "the pictures share no skin",
    )
    common = find_common_area(baseline, follow_up, alignment)
    return Change(
        baseline=baseline,
        follow_up=follow_up,
        registration=registration,
        common_area=common,
        baseline_metrics=baseline.metrics,
        follow_up_metrics=follow_up.metrics,
        matches=_matches(baseline, follow_up, pairs, alignment=alignment, common=common),
        units=empty_table(UNIT_MATCHES),
        differences={},
        unmatched={},
        flags=ChangeFlag(0),
        control=None,
        settings=ComparisonSettings(),
        version="1.2.3",
    )


def _matches(baseline, follow_up, pairs, *, alignment, common):
    n = len(pairs)
    places = []
    for before, after in pairs:
        known = [] if before is None else [baseline.centerlines.roots_px[before]]
        if after is not None:
            known.append(alignment.to_baseline(follow_up.centerlines.roots_px[[after]])[0])
        places.append(np.mean(known, axis=0))
    place = np.array(places).reshape(-1, 2)
    values = {column.name: [np.nan] * n for column in MATCHES if column.dtype == "float64"}
    values |= {column.name: pd.array([pd.NA] * n, dtype="Int64") for column in MATCHES if column.dtype == "Int64"}
    values |= {column.name: [""] * n for column in MATCHES if column.dtype == "object"}
    values |= {column.name: [False] * n for column in MATCHES if column.dtype == "bool"}
    values |= {
        "match_id": range(n),
        "baseline_hair_id": pd.array([before for before, _ in pairs], dtype="Int64"),
        "follow_up_hair_id": pd.array([after for _, after in pairs], dtype="Int64"),
        "fate": ["new" if before is None else "lost" if after is None else "kept" for before, after in pairs],
        "row_px": place[:, 0],
        "col_px": place[:, 1],
        "in_area": common.baseline.contains(place),
    }
    return make_table(MATCHES, values)


def _hairs(lines, area, working, is_calibrated, diameter_um):
    n = len(lines)
    um = working if is_calibrated else np.nan
    values = {column.name: np.zeros(n) for column in HAIRS}
    values |= {
        "hair_id": np.arange(n),
        "unit_id": np.arange(n),
        **dict(zip(("root_row_px", "root_col_px"), lines.roots_px.T, strict=True)),
        **dict(zip(("tip_row_px", "tip_col_px"), lines.tips_px.T, strict=True)),
        "root_confidence": lines.root_confidence,
        "hair_probability": lines.hair_probability,
        "length_px": lines.lengths_px,
        "length_um": lines.lengths_px * um,
        "diameter_px": np.full(n, diameter_um / working),
        **dict.fromkeys(("diameter_um", "diameter_low_um", "diameter_high_um"), np.full(n, diameter_um / working) * um),
        "diameter_se_um": np.full(n, 1.0),
        "n_profiles": np.full(n, 12),
        "contrast": np.full(n, 0.5),
        "in_area": area.contains(lines.roots_px),
        "flags": lines.flags,
    }
    return make_table(HAIRS, values)


def _units(hairs, area):
    places = hairs[["root_row_px", "root_col_px"]].to_numpy()
    n = len(hairs)
    values = {
        "unit_id": np.arange(n),
        "row_px": places[:, 0],
        "col_px": places[:, 1],
        "n_hairs": np.ones(n),
        "nearest_unit_um": np.full(n, np.nan),
        "in_area": area.contains(places),
    }
    return make_table(UNITS, values)
