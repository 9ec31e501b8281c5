"""find_ostia: the follicular openings from which no visible hair comes."""

from __future__ import annotations

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.measurement.ostium_scores import KINDS, score_spots
from hairdensity.measurement.ostium_settings import OstiumSettings
from hairdensity.measurement.ostium_witnesses import DARK_HAIR, WITNESSES, Surface, hear_spots
from hairdensity.measurement.units import leaving_directions
from hairdensity.segmentation.spots import Spots, density_map, fill_hidden, find_spots, matched_filters
from hairdensity.tables import OSTIA, empty_table, make_table
from hairdensity.target_area import TargetArea
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["candidate_spots", "find_ostia"]

Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]

FRACTION_BITS = 4
FAR_UM = 1e5
FOLLICLE_UM = 350.0
FOLLICLE_WIDTH_UM = 150.0
FEWEST_HAIRS = 5
THINNEST_HAIR_DENSITY = 0.3


def find_ostia(
    pixels: Pixels,
    centerlines: Centerlines,
    hairs: pd.DataFrame,
    *,
    um_per_px: float,
    target_area: TargetArea,
    unreadable: Mask | None = None,
    settings: OstiumSettings | None = None,
) -> pd.DataFrame:
    """Find empty ostia, yellow dots and black dots.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    centerlines : Centerlines
        N hairs, in px of ``pixels``.
    hairs : DataFrame
        N rows, columns ``tables.HAIRS``.
    um_per_px : float
        The calibration's scale or a working one.
    target_area : TargetArea
        One without cm2 says that there is no calibration: the diameter is then missing.
    unreadable : (H, W) bool ndarray, optional
        Pixels on which no skin is seen.
    settings : OstiumSettings, optional

    Returns
    -------
    DataFrame
        Columns ``tables.OSTIA``, from top to bottom; those outside the area are listed too.
    """
    settings = settings or OstiumSettings()
    spots, surface = candidate_spots(
        pixels, centerlines, hairs, um_per_px=um_per_px, unreadable=unreadable, settings=settings
    )
    witnesses = hear_spots(spots, surface)
    is_long = witnesses[:, WITNESSES.index("round")] > settings.max_elongation
    probability = np.where(is_long[:, None], 0.0, score_spots(witnesses))
    chosen = _once(spots, probability.max(axis=1, initial=0.0), settings.min_probability)
    step = surface.um_per_px / um_per_px
    places = (spots.places_px[chosen] + 0.5) * step - 0.5
    if not len(chosen):
        return empty_table(OSTIA)
    order = np.lexsort((places[:, 1], places[:, 0]))
    places, chosen = places[order], chosen[order]
    return make_table(
        OSTIA,
        {
            "ostium_id": np.arange(len(chosen)),
            "row_px": places[:, 0],
            "col_px": places[:, 1],
            "kind": np.array(KINDS)[probability[chosen].argmax(axis=1)],
            "diameter_um": spots.diameter_px[chosen] * surface.um_per_px
            + (np.nan if target_area.area_cm2 is None else 0.0),
            "confidence": probability[chosen].max(axis=1),
            "in_area": target_area.contains(places),
        },
    )


def _once(spots: Spots, probability: NDArray[np.float64], least: float) -> NDArray[np.int64]:
    """Numbers of the probable spots, less those whose middle lies in a more probable one, or the reverse."""
    likely = np.flatnonzero(probability >= least)
    order = likely[np.argsort(-probability[likely], kind="stable")]
    kept: list[int] = []
    for number in order.tolist():
        distance = np.linalg.norm(spots.places_px[kept] - spots.places_px[number], axis=1)
        reach = 0.5 * np.maximum(spots.diameter_px[kept], spots.diameter_px[number])
        if (distance >= reach).all():
            kept.append(number)
    return np.array(kept, dtype=np.int64)


def candidate_spots(
    pixels: Pixels,
    centerlines: Centerlines,
    hairs: pd.DataFrame,
    *,
    um_per_px: float,
    unreadable: Mask | None,
    settings: OstiumSettings,
) -> tuple[Spots, Surface]:
    """All spots that could be openings, and the skin on which they lie; both at the working scale."""
    step = max(settings.spots.um_per_px / um_per_px, 1.0)
    density = density_map(pixels, px_per_map_px=step)
    shape = density.shape[:2]
    diameter_px = _known_widths(hairs["diameter_px"].to_numpy(), 60.0 / um_per_px)
    shafts = _painted(centerlines, diameter_px / step, shape, step)
    shaft_um = np.full(shape, FAR_UM, np.float32)
    if shafts.any():
        shaft_um = cv2.distanceTransform((~shafts).view(np.uint8), cv2.DIST_L2, 3) * (um_per_px * step)
    is_skin = shaft_um > settings.halo_um
    if unreadable is not None:
        is_skin &= cv2.resize(unreadable.view(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) == 0
    skin, map_um_per_px = fill_hidden(density, is_skin, um_per_px=um_per_px * step), um_per_px * step
    filters = matched_filters(skin, is_skin, um_per_px=map_um_per_px)
    spots = find_spots(skin, is_skin, filters, um_per_px=map_um_per_px, settings=settings.spots)
    hair_density = _hair_density(hairs["contrast"].to_numpy())
    behind = _behind_roots(centerlines, shape, step, um_per_px)
    surface = Surface(density, is_skin, filters, shaft_um, behind, map_um_per_px, hair_density)
    return _away_from_roots(spots, centerlines, settings.root_um / um_per_px, step), surface


def _known_widths(diameter_px: NDArray[np.float64], usual_px: float) -> NDArray[np.float64]:
    """(N,) diameters; a missing one is the median of the others."""
    known = diameter_px[np.isfinite(diameter_px)]
    return np.where(np.isfinite(diameter_px), diameter_px, np.median(known) if len(known) else usual_px)


def _painted(
    centerlines: Centerlines, diameter_px: NDArray[np.float64], shape: tuple[int, int], step: float
) -> NDArray[np.bool_]:
    """(h, w) True on the shafts, of which N have these diameters in px of the map."""
    canvas = np.zeros(shape, np.uint8)
    points = np.rint(((centerlines.points_px[:, ::-1] + 0.5) / step - 0.5) * 2**FRACTION_BITS).astype(np.int32)
    paths = np.split(points, centerlines.offsets[1:-1])
    for path, width in zip(paths, np.maximum(np.rint(diameter_px), 1).astype(int).tolist(), strict=False):
        cv2.polylines(canvas, [path], isClosed=False, color=1, thickness=width, shift=FRACTION_BITS)
    return canvas.astype(bool)


def _behind_roots(
    centerlines: Centerlines, shape: tuple[int, ...], step: float, um_per_px: float
) -> NDArray[np.float32]:
    """(h, w) 1 where a follicle would shine through the skin, with a soft rim."""
    canvas = np.zeros(shape, np.float32)
    if len(centerlines):
        direction = leaving_directions(centerlines, um_per_px=um_per_px)
        ends = centerlines.roots_px - np.nan_to_num(direction) * FOLLICLE_UM / um_per_px
        line = np.stack([centerlines.roots_px, ends], axis=1)[:, :, ::-1]
        points = np.rint(((line + 0.5) / step - 0.5) * 2**FRACTION_BITS).astype(np.int32)
        width = max(round(FOLLICLE_WIDTH_UM / (um_per_px * step)), 1)
        cv2.polylines(canvas, list(points), isClosed=False, color=1.0, thickness=width, shift=FRACTION_BITS)
    return np.asarray(cv2.blur(canvas, (5, 5)))


def _hair_density(contrast: NDArray[np.float64]) -> float:
    """Optical density of a usual dark hair of this picture."""
    dark = contrast[contrast > 0]
    if len(dark) < FEWEST_HAIRS:
        return DARK_HAIR
    return max(float(-np.log(1 - min(float(np.median(dark)), 0.97))), THINNEST_HAIR_DENSITY)


def _away_from_roots(spots: Spots, centerlines: Centerlines, distance_px: float, step: float) -> Spots:
    if not len(spots) or not len(centerlines):
        return spots
    distance, _ = cKDTree(centerlines.roots_px).query((spots.places_px + 0.5) * step - 0.5)
    return spots.part(np.flatnonzero(np.asarray(distance) >= distance_px))
