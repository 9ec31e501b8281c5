"""Presence: whether a picture shows a shaft along the course that a hair has at the other visit.

The tracer may overlook a hair, or take two for one, or a speck for a hair. The pixels still know: where a hair has
gone, skin shows.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.courses import Courses, Places, courses_of
from hairdensity.flags import HairFlag

__all__ = ["find_presences", "presence_odds"]

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]

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

PRESENCE = np.array([0.3, 0.75, 0.85, 0.95])
LOG_ODDS = np.array([-5.0, -1.7, 0.0, 2.5])
"""Of 5140 rendered hairs seen at both visits 94 % have a presence of 0.9-1.1 and 0.1 % below 0.6; of 471 that were gone
5 % and 87 %. The odds stop where counting stopped."""


class _View(NamedTuple):
    """A picture, and where um on the baseline's skin lie in it."""

    pixels: Pixels
    to_px: Places


def find_presences(baseline: Analysis, follow_up: Analysis, alignment: Alignment) -> tuple[Array, Array]:
    """How dark the other picture is along every hair's course, over how dark the hair is in its own.

    Parameters
    ----------
    baseline, follow_up : Analysis
    alignment : Alignment

    Returns
    -------
    before, after : (N,) and (M,) float64 ndarray
        About 1 where the hair is there, about 0 where skin shows; beside 1 when all hairs of a picture are paler. NaN
        where the course leaves the other picture or the hair hardly differs from skin.
    """
    um_per_px = baseline.working_um_per_px
    courses = (
        courses_of(baseline, to_baseline=lambda points: points, um_per_px=um_per_px),
        courses_of(follow_up, to_baseline=alignment.to_baseline, um_per_px=um_per_px),
    )
    views = (
        _View(baseline.image.pixels, lambda places: places / um_per_px),
        _View(follow_up.image.pixels, lambda places: alignment.to_follow_up(places / um_per_px)),
    )
    light = [(visit.centerlines.flags & int(HairFlag.LIGHT_HAIR)) != 0 for visit in (baseline, follow_up)]
    return (
        _presence(courses[0], views, is_light=light[0]),
        _presence(courses[1], views[::-1], is_light=light[1]),
    )


def presence_odds(before: Array, after: Array) -> tuple[Array, Array]:
    """Log odds, of each hair, that the other visit shows it too; 0 where nothing is known.

    Another light makes all hairs paler: what most hairs have counts as 1.
    """
    both = np.concatenate([before, after])
    seen = both[both > PRESENCE[0]]
    usual = float(np.median(seen)) if len(seen) >= FEW_HAIRS else 1.0
    odds = np.interp(np.nan_to_num(both / usual, nan=float(PRESENCE[2])), PRESENCE, LOG_ODDS)
    return odds[: len(before)], odds[len(before) :]


def _presence(courses: Courses, views: tuple[_View, _View], *, is_light: NDArray[np.bool_]) -> Array:
    """(N,) contrast in the other view over that in the own one."""
    own, other = views
    here = _contrast(own, courses, (0.0,), (0.0,), is_light)[0]
    there = _contrast(other, courses, SHIFTS_UM, TURNS_DEG, is_light)
    ratio = there / np.where(np.abs(here) >= LEAST_CONTRAST, here, np.nan)
    return np.asarray(ratio.max(axis=0))


def _contrast(
    view: _View,
    courses: Courses,
    shifts_um: tuple[float, ...],
    turns_deg: tuple[float, ...],
    is_light: NDArray[np.bool_],
) -> Array:
    """(S, N) 1 - brightness / brightness of the skin along each course, moved and turned in S ways."""
    n = len(courses.arc_um)
    strip = courses.points_um[:, :, None] + courses.across[:, :, None] * STRIP_UM[:, None]
    skin = _skin_of(_brightness(view, strip).reshape(n, -1), is_light)
    ways = np.array([shift + np.tan(np.radians(turn)) * courses.arc_um for shift in shifts_um for turn in turns_deg])
    offset = ways[..., None] + BESIDE_UM  # (S, N, K, B)
    places = courses.points_um[:, :, None] + courses.across[:, :, None] * offset[..., None]
    return np.asarray(1.0 - _brightness(view, places).mean(axis=(2, 3)) / skin)


def _skin_of(strip: Array, is_light: NDArray[np.bool_]) -> Array:
    """(N,) brightness of the skin; NaN where too little of the strip is seen."""
    n_seen = np.isfinite(strip).sum(axis=1)
    ranked = np.sort(strip, axis=1)  # NaN comes last
    quantile = np.where(is_light, 1 - SKIN_QUANTILE, SKIN_QUANTILE)
    rank = np.round(quantile * np.maximum(n_seen - 1, 0)).astype(np.int64)
    skin = ranked[np.arange(len(strip)), rank]
    return np.where(n_seen >= LEAST_SEEN * strip.shape[1], np.maximum(skin, 1.0), np.nan)


def _brightness(view: _View, places_um: Array) -> Array:
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
