"""Rendered pictures with openings, which of them can be seen, and the spots that stand for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from benchmarks.accuracy.ostium_scenes import KINDS
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.segmentation import NetworkSettings
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings

__all__ = ["OstiumPicture", "assign", "make_picture"]

VISIBLE = 4.0
"""How many deviations of the skin's own unevenness an opening adds, all channels weighed as is best for it: fewer, and
among the thousands of places of a picture nobody can tell it from chance."""

BESIDE_HAIR_UM = 100.0
"""An opening this close to a root is no empty one to any reader."""

REACH_UM = 60.0
N_PLACES = 120
HAIR_UM = 150.0

Array = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OstiumPicture:
    """A picture, what was found on it, and T true openings.

    Parameters
    ----------
    analysis : Analysis
    places_px : (T, 2) float64 ndarray
    diameter_um : (T,) float64 ndarray
    kind : (T,) int64 ndarray
        Number in ``KINDS``.
    in_area : (T,) bool ndarray
        In the target area, beside no root, and under nothing.
    visible : (T,) bool ndarray
    """

    analysis: Analysis
    places_px: Array
    diameter_um: Array
    kind: Array
    in_area: Array
    visible: Array

    @property
    def um_per_px(self) -> float:
        """Scale of the picture."""
        return self.analysis.working_um_per_px


def make_picture(settings: SceneSettings, seed: int) -> OstiumPicture:
    """Render and analyze a scene, and see by a rendering without the openings how clearly they show."""
    image, truth = render(make_scene(settings, seed))
    clutter = replace(settings.clutter, empty_ostia_per_cm2=0.0, yellow_dots_per_cm2=0.0, black_dots_per_cm2=0.0)
    bare, _ = render(make_scene(replace(settings, clutter=clutter), seed))
    analysis = analyze(
        image,
        calibration=Calibration(um_per_px=settings.um_per_px),
        settings=Settings(network=NetworkSettings(threads=1)),
    )
    openings = truth.openings
    in_area = analysis.target_area.contains(openings.places_px) & ~openings.covered
    if len(truth.hairs) and len(openings):
        in_area &= cKDTree(truth.hairs.roots_px).query(openings.places_px)[0] * settings.um_per_px >= BESIDE_HAIR_UM
    clearness = _clearness(image.pixels, bare.pixels, openings, truth.hairs.points_px, settings.um_per_px)
    return OstiumPicture(
        analysis=analysis,
        places_px=openings.places_px,
        diameter_um=openings.diameter_um,
        kind=np.array([KINDS.index(kind) for kind in openings.kind], dtype=np.int64),
        in_area=in_area,
        visible=clearness >= VISIBLE,
    )


def _clearness(pixels: Array, bare: Array, openings: object, hair_points: Array, um_per_px: float) -> Array:
    """(T,) how far each opening moves the mean of its disk, in deviations of such means on the skin without any."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 1, (4 * N_PLACES, 2)) * bare.shape[:2]
    if len(hair_points):
        places = places[cKDTree(hair_points).query(places)[0] * um_per_px > HAIR_UM]
    skin, seen = bare.astype(np.float32), pixels.astype(np.float32)
    clearness = np.zeros(len(openings))
    for number, (place, diameter) in enumerate(zip(openings.places_px, openings.diameter_um, strict=True)):
        radius = diameter / 2 / um_per_px
        means = np.array([_contrast(skin, at, radius) for at in places[:N_PLACES]]).reshape(-1, 3)
        means = means[~np.isnan(means[:, 0])]
        spread = np.eye(3) + (np.cov(means.T) if len(means) > 20 else 8 * np.eye(3))
        change = _disk(seen - skin, place, 0.8 * radius)
        clearness[number] = np.sqrt(change @ np.linalg.solve(spread, change))
    return clearness


def _disk(picture: Array, place: Array, radius: float) -> Array:
    """(3,) mean inside a circle that may reach over the picture's edge."""
    low = np.maximum(np.floor(place - radius).astype(int), 0)
    high = np.minimum(np.ceil(place + radius).astype(int) + 1, picture.shape[:2])
    rows, cols = np.mgrid[low[0] : high[0], low[1] : high[1]]
    near = np.hypot(rows - place[0], cols - place[1]) <= max(radius, 0.75)
    return picture[low[0] : high[0], low[1] : high[1]][near].mean(axis=0)


def _contrast(picture: Array, place: Array, radius: float) -> Array:
    """(3,) mean inside 0.8 radii less that between 1.3 and 2; NaN where that leaves the picture."""
    reach = int(np.ceil(2 * radius)) + 1
    middle = np.rint(place).astype(int)
    if (middle < reach).any() or (middle + reach >= picture.shape[:2]).any():
        return np.full(3, np.nan)
    patch = picture[middle[0] - reach : middle[0] + reach + 1, middle[1] - reach : middle[1] + reach + 1]
    distance = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    ring = (distance >= 1.3 * radius) & (distance <= 2 * radius)
    return patch[distance <= max(0.8 * radius, 0.75)].mean(axis=0) - patch[ring].mean(axis=0)


def assign(found_px: Array, picture: OstiumPicture, *, same_kind: Array | None = None) -> tuple[Array, Array]:
    """Pairs (found, true) one to one, the nearest first, within 60 um or half of the true diameter.

    Parameters
    ----------
    found_px : (S, 2) float ndarray
    picture : OstiumPicture
    same_kind : (S, T) bool ndarray, optional
        Pairs that agree in kind are preferred.
    """
    if not len(found_px) or not len(picture.places_px):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    distance = np.linalg.norm(found_px[:, None] - picture.places_px[None], axis=2) * picture.um_per_px
    reach = np.maximum(REACH_UM, picture.diameter_um / 2)
    near = distance <= reach
    cost = np.where(near, distance / reach, 1e3)
    if same_kind is not None:
        cost = cost + np.where(near & ~same_kind, 1.0, 0.0)
    found, true = linear_sum_assignment(cost)
    kept = near[found, true]
    return found[kept], true[kept]
