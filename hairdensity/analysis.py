"""Settings, Analysis and analyze(): the pipeline from a picture to its figures."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.calibration import Calibration, is_plausible_diameter, scale_flags
from hairdensity.finding import find_hairs
from hairdensity.flags import HairFlag, ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.measurement import UnitGrouping, measure
from hairdensity.measurement.coverage import measure_coverage
from hairdensity.measurement.ostia import find_ostia
from hairdensity.measurement.skin import look_at_skin
from hairdensity.metrics import Measured, Metrics, compute_metrics
from hairdensity.metrics.difficulty import Traits, expected_errors, traits_of
from hairdensity.quality import Quality, assess_quality, find_graphics, is_legible, leave_out
from hairdensity.resources import package_version
from hairdensity.segmentation import ModelId, estimate_working_scale
from hairdensity.settings import Settings
from hairdensity.target_area import AreaShape, TargetArea, place_area
from hairdensity.tracing import Centerlines

__all__ = ["Analysis", "Settings", "analyze"]

LOW_RESOLUTION_UM_PER_PX = 9.0
"""Above it a hair of 65 um and the gap beside it hold too few pixels: on rendered scalp more hairs are missed."""

UNSURE_PROBABILITY = 0.885
"""Mean probability of the counted hairs below which the count strays: clean rendered pictures have 0.90-0.99."""

SMALL_AREA_CM2 = 0.1
IMPLAUSIBLE_DENSITY_PER_CM2 = 500.0
"""Published means with three standard deviations stay below (Loussouarn: 226 +- 73 hairs/cm2)."""

CROWDED_PER_CM2 = 250.0
"""Rendered clipped scalps of 300 hairs per cm2 lose 7-9 % more hairs than those of 150, of 400 per cm2 13-17 %."""

TANGLED_COVERAGE = 0.28
DISAGREEMENT = 0.2
UNSURE_SHARE = 0.5
ENTANGLED_SHARE = 0.5
"""Share of hairs that cross others or leave the picture: 0-25 % on clipped real scalps, 55-90 % on unclipped ones."""

FEW_HAIRS = 20
"""Below this number of hairs shares and differences of counts are noise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What was found on one picture, with the settings and versions that found it.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration or None
    working_um_per_px : float
        The calibration's scale; without one, the estimate that turned the settings into px.
    target_area : TargetArea
    centerlines : Centerlines
        N hairs, in the order of ``hairs``.
    hairs : DataFrame
        N rows, columns ``tables.HAIRS``.
    units : DataFrame
        Columns ``tables.UNITS``.
    ostia : DataFrame
        Columns ``tables.OSTIA``.
    grouping : UnitGrouping
        How the units were decided; ``grouping.gap_um`` is the distance that parts them.
    traits : Traits
        How hard the picture is: what the intervals' errors of detection follow from.
    metrics : Metrics
    flags : ImageFlag
    quality : Quality
        Its flags are those of the analysis, its verdict the worst that they cause.
    model : ModelId or None
        The weights; None for ridges.
    settings : Settings
    version : str
        Version of this package.
    """

    image: TrichoImage
    calibration: Calibration | None
    working_um_per_px: float
    target_area: TargetArea
    centerlines: Centerlines
    hairs: pd.DataFrame
    units: pd.DataFrame
    ostia: pd.DataFrame
    grouping: UnitGrouping
    traits: Traits
    metrics: Metrics
    flags: ImageFlag
    quality: Quality
    model: ModelId | None
    settings: Settings
    version: str


def analyze(
    image: TrichoImage,
    *,
    calibration: Calibration | None = None,
    area: AreaShape | NDArray[np.bool_] | None = None,
    settings: Settings | None = None,
) -> Analysis:
    """Find and measure the hairs of a picture.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration, optional
        Without one, no um and no cm2 is stated.
    area : AreaShape or (H, W) bool ndarray, optional
        The scalp to analyze; the whole picture by default.
    settings : Settings, optional

    Raises
    ------
    TargetAreaError
        If the area has no readable pixel in the picture, or needs a scale that is not known.
    """
    settings = settings or Settings()
    um_per_px = calibration.um_per_px if calibration else estimate_working_scale(image.pixels)
    graphics = find_graphics(image.pixels, settings.graphics)
    quality = assess_quality(image.pixels, graphics=graphics, um_per_px=um_per_px, settings=settings.quality)
    target_area = place_area(
        area if area is not None else AreaShape(),
        image_shape=image.pixels.shape[:2],
        unreadable=graphics,
        calibration=calibration,
        margin_px=settings.margin_um / um_per_px,
    )
    centerlines, darkness, hidden, model = find_hairs(
        image.pixels, graphics=graphics, um_per_px=um_per_px, settings=settings
    )
    is_readable = is_legible(image.pixels, target_area.mask, graphics=graphics, um_per_px=um_per_px)
    target_area, lost = leave_out(
        target_area, hidden | quality.unreadable, is_legible=is_readable, settings=settings.quality
    )
    hairs, units, grouping = measure(
        darkness,
        centerlines,
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=target_area,
        settings=settings.measurement,
    )
    coverage = measure_coverage(centerlines, hairs["diameter_px"].to_numpy(), target_area)
    skin = look_at_skin(image.pixels, centerlines, hairs["diameter_px"].to_numpy(), target_area, um_per_px=um_per_px)
    ostia = find_ostia(
        image.pixels,
        centerlines,
        hairs,
        um_per_px=um_per_px,
        target_area=target_area,
        unreadable=graphics | hidden | quality.unreadable,
        settings=settings.measurement.ostia,
    )
    measured = Measured(hairs=hairs, units=units, coverage_fraction=coverage, ostia=ostia, skin=skin)
    traits = traits_of(
        hairs,
        covered=coverage,
        blur_um=quality.blur_um,
        hair_contrast=quality.hair_contrast,
        um_per_px=um_per_px,
    )
    metrics = compute_metrics(
        measured,
        target_area,
        calibration,
        errors=expected_errors(traits, settings.method),
        settings=settings.metrics,
    )
    flags = _image_flags(image, calibration, target_area, hairs, metrics, has_graphics=bool(graphics.any()))
    return Analysis(
        image=image,
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=target_area,
        centerlines=centerlines,
        hairs=hairs,
        units=units,
        ostia=ostia,
        grouping=grouping,
        traits=traits,
        metrics=metrics,
        flags=flags | lost | quality.flags,
        quality=quality.concluded(flags | lost | quality.flags),
        model=model,
        settings=settings,
        version=package_version(),
    )


def _image_flags(
    image: TrichoImage,
    calibration: Calibration | None,
    target_area: TargetArea,
    hairs: pd.DataFrame,
    metrics: Metrics,
    *,
    has_graphics: bool,
) -> ImageFlag:
    """What is noteworthy about a picture, from its file to its figures."""
    counted = hairs[hairs["in_area"]]
    unsure = (counted["flags"] & int(HairFlag.ROOT_UNSURE)) != 0
    entangled = (hairs["flags"] & int(HairFlag.CROSSING | HairFlag.TOUCHES_BORDER)) != 0
    many = metrics.n_hairs >= FEW_HAIRS
    raised = {
        ImageFlag.OVERLAY_GRAPHICS: has_graphics,
        ImageFlag.LOW_RESOLUTION: calibration is not None and calibration.um_per_px > LOW_RESOLUTION_UM_PER_PX,
        ImageFlag.NO_HAIRS: metrics.n_hairs == 0 and target_area.area_px > 0,
        ImageFlag.ROOTS_ENDS_DISAGREE: many
        and abs(metrics.n_hairs_by_ends - metrics.n_hairs) > DISAGREEMENT * metrics.n_hairs,
        ImageFlag.ROOT_SIDE_UNSURE: many and float(unsure.mean()) > UNSURE_SHARE,
        ImageFlag.UNSURE_HAIRS: many and float(counted["hair_probability"].mean()) < UNSURE_PROBABILITY,
        ImageFlag.DENSE_TANGLE: metrics.coverage_fraction.value > TANGLED_COVERAGE,
        ImageFlag.LONG_HAIR: float(entangled.mean() if len(hairs) else 0.0) > ENTANGLED_SHARE,
        ImageFlag.SMALL_AREA: target_area.area_cm2 is not None and target_area.area_cm2 < SMALL_AREA_CM2,
        ImageFlag.CROWDED: metrics.density_per_cm2 is not None and metrics.density_per_cm2.value > CROWDED_PER_CM2,
        ImageFlag.IMPLAUSIBLE_DENSITY: metrics.density_per_cm2 is not None
        and metrics.density_per_cm2.value > IMPLAUSIBLE_DENSITY_PER_CM2,
        ImageFlag.IMPLAUSIBLE_DIAMETER: metrics.median_diameter_um is not None
        and metrics.median_diameter_um.n >= FEW_HAIRS
        and not is_plausible_diameter(metrics.median_diameter_um.value),
    }
    known = image.metadata.flags | scale_flags(calibration)
    return functools.reduce(operator.or_, (flag for flag, is_so in raised.items() if is_so), known)
