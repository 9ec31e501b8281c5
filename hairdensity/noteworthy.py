"""image_flags: what is noteworthy about a picture once its hairs are measured."""

from __future__ import annotations

import functools
import operator

import pandas as pd

from hairdensity.calibration import Calibration, is_plausible_diameter, scale_flags
from hairdensity.flags import HairFlag, ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.metrics import Metrics
from hairdensity.target_area import TargetArea

__all__ = ["image_flags"]

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


def image_flags(
    image: TrichoImage,
    calibration: Calibration | None,
    target_area: TargetArea,
    hairs: pd.DataFrame,
    metrics: Metrics,
    *,
    has_graphics: bool,
) -> ImageFlag:
    """What is noteworthy about a picture, from its file to its figures.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration or None
    target_area : TargetArea
        Less all that cannot be read.
    hairs : DataFrame
        Columns ``tables.HAIRS``.
    metrics : Metrics
    has_graphics : bool
        Something is drawn on the picture.
    """
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
