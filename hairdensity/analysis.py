"""Settings, Analysis and analyze(): the pipeline from a picture to its figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.edits import Edit
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.looking import Sight, look
from hairdensity.measurement import UnitGrouping, measure
from hairdensity.measurement.coverage import measure_coverage
from hairdensity.measurement.ostia import find_ostia
from hairdensity.measurement.skin import look_at_skin
from hairdensity.metrics import Measured, Metrics, compute_metrics
from hairdensity.metrics.difficulty import Traits, expected_errors, traits_of
from hairdensity.noteworthy import image_flags
from hairdensity.quality import Quality
from hairdensity.resources import package_version
from hairdensity.segmentation import ModelId
from hairdensity.settings import Settings
from hairdensity.target_area import AreaShape, TargetArea
from hairdensity.tracing import Centerlines, Rejected

__all__ = ["Analysis", "Correction", "Settings", "analyze", "conclude"]


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
    rejected : Rejected
        Shafts that were weighed and not taken for hairs: another visit can speak for them.
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
    sight : Sight, optional
        What the picture showed before any hair was measured; None for what was not made by `analyze`: it cannot be
        corrected.
    correction : Correction, optional
        What a person has changed; None for what the program found.
    """

    image: TrichoImage
    calibration: Calibration | None
    working_um_per_px: float
    target_area: TargetArea
    centerlines: Centerlines
    rejected: Rejected
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
    sight: Sight | None = None
    correction: Correction | None = None

    def without_sight(self) -> Analysis:
        """The same, at half the size: for a place from which it is not corrected."""
        return replace(self, sight=None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correction:
    """What a person has changed about the hairs that the program found.

    Parameters
    ----------
    automatic : Analysis
        As the program found them.
    edits : tuple of Edit
        All of them, from the automatic analysis on.
    hair_ids : (N,) int64 ndarray
        Of the hairs that are left or new; those of the automatic analysis keep theirs.
    marked : (H, W) bool ndarray or None
        What was marked as unreadable; None without.
    """

    automatic: Analysis
    edits: tuple[Edit, ...]
    hair_ids: NDArray[np.int64]
    marked: NDArray[np.bool_] | None


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
    sight = look(image, calibration=calibration, area=area, settings=settings or Settings())
    return conclude(sight, sight.centerlines)


def conclude(sight: Sight, centerlines: Centerlines, correction: Correction | None = None) -> Analysis:
    """Measure the hairs of a picture that was looked at, and state its figures.

    Parameters
    ----------
    sight : Sight
    centerlines : Centerlines
        N hairs: those of the sight, or what a person has made of them.
    correction : Correction, optional
        What that person did.
    """
    image, calibration, um_per_px, settings = sight.image, sight.calibration, sight.um_per_px, sight.settings
    marked = None if correction is None else correction.marked
    target_area, lost = sight.readable_area(marked)
    hairs, units, grouping = measure(
        sight.darkness,
        centerlines,
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=target_area,
        settings=settings.measurement,
    )
    if correction is not None:
        hairs = hairs.assign(hair_id=correction.hair_ids)
    diameter_px = hairs["diameter_px"].to_numpy()
    ostia = find_ostia(
        image.pixels,
        centerlines,
        hairs,
        um_per_px=um_per_px,
        target_area=target_area,
        unreadable=sight.unreadable if marked is None else sight.unreadable | marked,
        settings=settings.measurement.ostia,
    )
    measured = Measured(
        hairs=hairs,
        units=units,
        coverage_fraction=measure_coverage(centerlines, diameter_px, target_area),
        ostia=ostia,
        skin=look_at_skin(image.pixels, centerlines, diameter_px, target_area, um_per_px=um_per_px),
    )
    found = measured if correction is None else _as_found(correction.automatic, target_area)
    traits = _traits(found, sight, target_area)
    errors = expected_errors(traits, settings.method)
    metrics = compute_metrics(measured, target_area, calibration, errors=errors, settings=settings.metrics)
    flags = image_flags(image, calibration, target_area, hairs, metrics, has_graphics=sight.has_graphics)
    flags |= lost | sight.quality.flags
    return Analysis(
        image=image,
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=target_area,
        centerlines=centerlines,
        rejected=sight.rejected,
        hairs=hairs,
        units=units,
        ostia=ostia,
        grouping=grouping,
        traits=traits,
        metrics=metrics,
        flags=flags,
        quality=sight.quality.concluded(flags),
        model=sight.model,
        settings=settings,
        version=package_version(),
        sight=sight,
        correction=correction,
    )


def _as_found(automatic: Analysis, area: TargetArea) -> Measured:
    """What the program found, on the area that a person has left.

    A person's edits do not make the picture any easier, and nobody has measured how far corrected counts are from the
    truth: their errors are taken as those of the program on this picture.
    """
    hairs, units = automatic.hairs, automatic.units
    roots = hairs[["root_row_px", "root_col_px"]].to_numpy(dtype=np.float64)
    covered = measure_coverage(automatic.centerlines, hairs["diameter_px"].to_numpy(), area)
    return Measured(hairs=hairs.assign(in_area=area.contains(roots)), units=units, coverage_fraction=covered)


def _traits(measured: Measured, sight: Sight, area: TargetArea) -> Traits:
    """How hard the picture is, by its hairs in the area and its quality."""
    return traits_of(
        measured.hairs,
        sight.rejected.hair_probability[area.contains(sight.rejected.roots_px)],
        covered=measured.coverage_fraction,
        blur_um=sight.quality.blur_um,
        hair_contrast=sight.quality.hair_contrast,
        um_per_px=sight.um_per_px,
    )
