"""Where the follicular openings without a shaft are that a rendered picture shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.synthetic.clutter import ostia_sizes
from hairdensity.synthetic.sheet import Sheet
from hairdensity.synthetic.spots import black_dots, yellow_dots
from hairdensity.synthetic.truth import Openings, inside_frame, to_px

__all__ = ["openings_of"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

AXIS_STEP_PX = 2.0


def openings_of(sheet: Sheet) -> Openings:
    """The openings on the frame, and which of them something covers.

    Parameters
    ----------
    sheet : Sheet
        Of a picture that is painted to the end.
    """
    scale = sheet.um_per_px
    parts = {
        "empty ostium": (to_px(sheet.scene.ostia_um, scale), ostia_sizes(sheet.scene)),
        "yellow dot": _places_and_sizes(yellow_dots(sheet), scale),
        "black dot": _places_and_sizes(black_dots(sheet), scale),
    }
    places = np.concatenate([places for places, _ in parts.values()])
    sizes = np.concatenate([sizes for _, sizes in parts.values()])
    kinds = np.repeat(list(parts), [len(sizes) for _, sizes in parts.values()])
    shown = np.flatnonzero(inside_frame(places, sheet.shape))
    rows, cols = np.rint(places[shown]).astype(int).T
    covered = sheet.hidden[rows, cols] | _under_shafts(places[shown], sheet)
    return Openings(places_px=places[shown], diameter_um=sizes[shown], kind=kinds[shown], covered=covered)


def _places_and_sizes(dots: list[tuple[Array, float]], um_per_px: float) -> tuple[Array, Array]:
    """(n, 2) px and (n,) um."""
    places = np.array([place for place, _ in dots]).reshape(-1, 2)
    return places, um_per_px * np.array([size for _, size in dots])


def _under_shafts(places: Array, sheet: Sheet) -> Mask:
    """(n,) True where a hair or a loose piece covers the place."""
    covered = np.zeros(len(places), dtype=bool)
    tree = cKDTree(places)
    for shafts in (sheet.scene.hairs, sheet.scene.fragments):
        for number in range(len(shafts)):
            axis = _dense(to_px(shafts.path(number), sheet.um_per_px))
            radius = 0.5 * float(shafts.diameter_um[number]) / sheet.um_per_px
            for near in tree.query_ball_point(axis, radius):
                covered[near] = True
    return covered


def _dense(axis: Array) -> Array:
    """The axis with points every 2 px or closer."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(axis, axis=0), axis=1))])
    at = np.linspace(0.0, arc[-1], int(np.ceil(arc[-1] / AXIS_STEP_PX)) + 1)
    return np.stack([np.interp(at, arc, axis[:, k]) for k in range(2)], axis=1)
