"""Presence: whether a picture shows a shaft along the course that a hair has at the other visit.

The tracer may overlook a hair, or take two for one, or a speck for a hair. The pixels still know: where a hair has
gone, skin shows.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.pairing.courses import Courses, Places

__all__ = ["Beside", "Presences", "View", "find_presences", "look_beside", "presence_odds", "views_of"]

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

BESIDE_UM = np.linspace(-7.0, 7.0, 3)
"""The middle of a shaft, across."""

STRIP_UM = np.linspace(-120.0, 120.0, 21)
SKIN_QUANTILE = 0.9
"""Skin is as bright as the brightest tenth of a strip along the hair leaves; the darkest tenth for light hairs."""

LEAST_SEEN = 0.5
"""Share of a strip that lies on the picture, below which nothing is said."""

SHIFTS_UM = (-24.0, -12.0, 0.0, 12.0, 24.0)
TURNS_DEG = (-10.0, 0.0, 10.0)
"""A hair lies a little differently at every visit, and registration leaves some um."""

LEAST_CONTRAST = 0.05
"""A hair that hardly differs from its skin says nothing."""

FEW_HAIRS = 5

BLUR_UM = 8.0
"""A shaft darkens so much beside its measured width."""

LEAST_OPEN = 3
"""Places of a course that must be open to say something."""

PRESENCE = np.array([0.3, 0.75, 0.85, 0.95])
LOG_ODDS = np.array([-5.0, -1.7, 0.0, 2.5])
"""Of 5140 rendered hairs seen at both visits 94 % have a presence of 0.9-1.1 and 0.1 % below 0.6; of 471 that were gone
5 % and 87 %. The odds stop where counting stopped."""


class View(NamedTuple):
    """A picture, and where um on the baseline's skin lie in it."""

    pixels: Pixels
    to_px: Places


class Presences(NamedTuple):
    """How dark the other picture is along every hair's course, over how dark the hair is in its own.

    Parameters
    ----------
    before, after : (N,) and (M,) float64 ndarray
        About 1 where the hair is there, about 0 where skin shows; NaN where the course leaves the other picture or the
        hair hardly differs from skin.
    usual : float
        By which they were divided: in another light all hairs are paler.
    """

    before: Array
    after: Array
    usual: float


class Beside(NamedTuple):
    """The same of U hairs beside the shafts that were found at the other visit.

    Parameters
    ----------
    presence : (U,) float64 ndarray
        NaN where other shafts cover the course wherever the hair may lie.
    open_share : (U,) float64 ndarray
        Share of the ways the hair may lie in which other shafts leave its course open.
    """

    presence: Array
    open_share: Array


def views_of(baseline: Analysis, follow_up: Analysis, alignment: Alignment) -> tuple[View, View]:
    """Both pictures on the baseline's skin."""
    um_per_px = baseline.working_um_per_px
    return (
        View(baseline.image.pixels, lambda places: places / um_per_px),
        View(follow_up.image.pixels, lambda places: alignment.to_follow_up(places / um_per_px)),
    )


def find_presences(courses: tuple[Courses, Courses], views: tuple[View, View], light: tuple[Mask, Mask]) -> Presences:
    """Look for every hair in the other visit's picture.

    Parameters
    ----------
    courses : (Courses, Courses)
        Of all hairs of the baseline, and of the follow-up.
    views : (View, View)
    light : ((N,) bool ndarray, (M,) bool ndarray)
        Which hairs are lighter than skin.
    """
    before = _presence(courses[0], views, is_light=light[0])
    after = _presence(courses[1], views[::-1], is_light=light[1])
    both = np.concatenate([before, after])
    seen = both[both > PRESENCE[0]]
    usual = float(np.median(seen)) if len(seen) >= FEW_HAIRS else 1.0
    return Presences(before / usual, after / usual, usual)


def presence_odds(presence: Array) -> Array:
    """(N,) log odds that the other visit shows a hair too; 0 where nothing is known."""
    return np.asarray(np.interp(np.nan_to_num(presence, nan=float(PRESENCE[2])), PRESENCE, LOG_ODDS))


def look_beside(
    courses: Courses, views: tuple[View, View], axes_um: Array, half_width_um: Array, *, is_light: Mask
) -> Beside:
    """Look for hairs where no other shaft covers their course.

    A shaft that runs close makes any course dark. So only places count that lie outside all shafts found there.

    Parameters
    ----------
    courses : Courses
        Of U hairs.
    views : (View, View)
        Of their own visit, and of the other one.
    axes_um : (P, 2) float64 ndarray
        Points on the axes of the other visit's shafts.
    half_width_um : (P,) float64 ndarray
        Of the shafts at these points.
    is_light : (U,) bool ndarray
    """
    n = len(courses.arc_um)
    if n == 0:
        return Beside(np.zeros(0), np.zeros(0))
    here = _darkness(views[0], courses, np.zeros((1, *courses.arc_um.shape)), is_light).mean(axis=2)[0]
    ways = _ways(courses)
    there = _darkness(views[1], courses, ways, is_light)  # (S, U, K)
    if len(axes_um):
        middle = courses.points_um + courses.across * ways[..., None]
        distance, nearest = cKDTree(axes_um).query(middle.reshape(-1, 2))
        is_open = (distance > half_width_um[nearest] + BLUR_UM).reshape(ways.shape)
    else:
        is_open = np.ones(ways.shape, dtype=bool)
    n_open = is_open.sum(axis=2)
    shown = np.where(is_open, there, 0.0).sum(axis=2) / np.maximum(n_open, 1)
    ratio = shown / np.where(np.abs(here) >= LEAST_CONTRAST, here, np.nan)
    is_told = n_open >= LEAST_OPEN
    best = np.where(is_told, ratio, -np.inf).max(axis=0)
    return Beside(np.where(np.isfinite(best), best, np.nan), is_told.mean(axis=0))


def _presence(courses: Courses, views: tuple[View, View], *, is_light: Mask) -> Array:
    """(N,) contrast in the other view over that in the own one."""
    if len(courses.arc_um) == 0:
        return np.zeros(0)
    own, other = views
    here = _darkness(own, courses, np.zeros((1, *courses.arc_um.shape)), is_light).mean(axis=2)[0]
    there = _darkness(other, courses, _ways(courses), is_light).mean(axis=2)
    ratio = there / np.where(np.abs(here) >= LEAST_CONTRAST, here, np.nan)
    return np.asarray(ratio.max(axis=0))


def _ways(courses: Courses) -> Array:
    """(S, N, K) by how many um each course is moved across in the S ways a hair may lie."""
    slopes = np.tan(np.radians(TURNS_DEG))
    return np.array([shift + slope * courses.arc_um for shift in SHIFTS_UM for slope in slopes])


def _darkness(view: View, courses: Courses, ways_um: Array, is_light: Mask) -> Array:
    """(S, N, K) 1 - brightness / brightness of the skin at every place of the courses, moved in S ways."""
    n = len(courses.arc_um)
    strip = courses.points_um[:, :, None] + courses.across[:, :, None] * STRIP_UM[:, None]
    skin = _skin_of(_brightness(view, strip).reshape(n, -1), is_light)
    offset = ways_um[..., None] + BESIDE_UM  # (S, N, K, B)
    places = courses.points_um[:, :, None] + courses.across[:, :, None] * offset[..., None]
    return np.asarray(1.0 - _brightness(view, places).mean(axis=3) / skin[:, None])


def _skin_of(strip: Array, is_light: Mask) -> Array:
    """(N,) brightness of the skin; NaN where too little of the strip is seen."""
    n_seen = np.isfinite(strip).sum(axis=1)
    ranked = np.sort(strip, axis=1)  # NaN comes last
    quantile = np.where(is_light, 1 - SKIN_QUANTILE, SKIN_QUANTILE)
    rank = np.round(quantile * np.maximum(n_seen - 1, 0)).astype(np.int64)
    skin = ranked[np.arange(len(strip)), rank]
    return np.where(n_seen >= LEAST_SEEN * strip.shape[1], np.maximum(skin, 1.0), np.nan)


def _brightness(view: View, places_um: Array) -> Array:
    """Mean of the three channels at (..., 2) places; NaN beside the picture."""
    places = view.to_px(places_um.reshape(-1, 2)).astype(np.float32)
    found = np.zeros(len(places))
    # OpenCV takes maps of fewer than 32768 rows and columns.
    for start in range(0, len(places), 32000):
        rows, cols = places[start : start + 32000].T
        part = cv2.remap(view.pixels, cols[:, None], rows[:, None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        found[start : start + 32000] = part.reshape(-1, 3).mean(axis=1)
    inside = ((places >= 0) & (places <= np.array(view.pixels.shape[:2]) - 1)).all(axis=1)
    return np.where(inside, found, np.nan).reshape(places_um.shape[:-1])
