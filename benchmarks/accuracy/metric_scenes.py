"""Scenes of which only the geometry is grown: tables as if every hair were found, on sites whose density is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.calibration import Calibration
from hairdensity.synthetic.presets import clipped, short
from hairdensity.synthetic.scene import Scene, make_scene
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.tables import HAIRS, UNITS, make_table
from hairdensity.target_area import AreaShape, TargetArea, place_area

__all__ = ["UM_PER_PX", "Site", "border_settings", "growths", "hairs_of", "sites", "whole_area"]

Array = NDArray[np.float64]

UM_PER_PX = 10.0
FIELD_MM = (6.0, 7.5)
SHEET_MM = 26.0
"""Much larger than a field: the number of hairs of a sheet is exact, and a small one would fix the field's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """One placement of the field on a sheet of skin, with tables of what it shows.

    Parameters
    ----------
    hairs, units : DataFrame
    area : TargetArea
    """

    hairs: pd.DataFrame
    units: pd.DataFrame
    area: TargetArea


def growths() -> dict[str, SceneSettings]:
    """Sheets of clipped and short hair by density."""
    kinds = {"clipped": clipped, "short": short}
    return {
        f"{kind}, {density} per cm2": replace(make(float(density)), field_mm=(SHEET_MM, SHEET_MM), um_per_px=UM_PER_PX)
        for kind, make in kinds.items()
        for density in (50, 100, 150, 250)
    }


def border_settings() -> SceneSettings:
    """Hairs of 0.3-5 mm at 100 per cm2 on a sheet of 32 mm."""
    scene = short(100.0)
    lengths = {"length_mean_um": 2000.0, "length_sd_um": 1500.0, "length_range_um": (300.0, 5000.0)}
    return replace(scene, field_mm=(32.0, 32.0), um_per_px=UM_PER_PX, population=replace(scene.population, **lengths))


def whole_area(side_mm: tuple[float, float]) -> TargetArea:
    """The area of a field whose scale is exact."""
    shape = (int(side_mm[0] * 1000 / UM_PER_PX), int(side_mm[1] * 1000 / UM_PER_PX))
    scale = Calibration(um_per_px=UM_PER_PX, relative_error=0.0)
    return place_area(AreaShape(), image_shape=shape, unreadable=np.zeros(shape, bool), calibration=scale)


def hairs_of(diameter_um: Array, se_um: Array) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of lone hairs at random places of which nothing but the diameter matters."""
    n = len(diameter_um)
    hairs = {column.name: np.zeros(n) for column in HAIRS} | {
        "hair_id": np.arange(n),
        "unit_id": np.arange(n),
        "length_px": np.full(n, 40.0),
        "length_um": np.full(n, 400.0),
        "diameter_px": diameter_um / UM_PER_PX,
        "diameter_um": diameter_um,
        "diameter_se_um": se_um,
        "in_area": np.ones(n, bool),
    }
    units = {column.name: np.zeros(n) for column in UNITS} | {
        "unit_id": np.arange(n),
        "n_hairs": np.ones(n, int),
        "in_area": np.ones(n, bool),
    }
    places = np.random.default_rng(0).uniform(0, 500, (n, 2))
    return make_table(HAIRS, hairs), make_table(UNITS, units | {"row_px": places[:, 0], "col_px": places[:, 1]})


def sites(settings: SceneSettings, seed: int) -> Iterator[Site]:
    """Yield disjoint placements of the field on a new sheet."""
    scene = make_scene(settings, seed)
    side = np.array(FIELD_MM) * 1000
    area = whole_area(FIELD_MM)
    for row in range(int(SHEET_MM // FIELD_MM[0])):
        for col in range(int(SHEET_MM // FIELD_MM[1])):
            yield _site(scene, np.array([row, col]) * side, area)


def _site(scene: Scene, corner_um: Array, area: TargetArea) -> Site:
    shafts = scene.hairs
    roots, tips = ((points - corner_um) / UM_PER_PX - 0.5 for points in (shafts.roots_um, _tips(scene)))
    unit = np.unique(shafts.unit_id, return_inverse=True)[1]
    size = np.bincount(unit)
    middle = np.stack([np.bincount(unit, weights=roots[:, axis]) / size for axis in (0, 1)], axis=1)
    near = area.contains(roots) | area.contains(tips)
    length = np.array([np.linalg.norm(np.diff(path, axis=0), axis=1).sum() for path in shafts.paths])
    values = {column.name: np.zeros(len(roots)) for column in HAIRS} | {
        "hair_id": np.arange(len(roots)),
        "unit_id": unit,
        "root_row_px": roots[:, 0],
        "root_col_px": roots[:, 1],
        "tip_row_px": tips[:, 0],
        "tip_col_px": tips[:, 1],
        "length_px": length / UM_PER_PX,
        "length_um": length,
        "diameter_px": shafts.diameter_um / UM_PER_PX,
        "diameter_um": shafts.diameter_um,
        "in_area": area.contains(roots),
    }
    nearest = cKDTree(middle).query(middle, k=2)[0][:, 1] * UM_PER_PX
    of_units = {
        "unit_id": np.arange(len(size)),
        "row_px": middle[:, 0],
        "col_px": middle[:, 1],
        "n_hairs": size,
        "nearest_unit_um": nearest,
        "in_area": area.contains(middle),
    }
    return Site(
        hairs=make_table(HAIRS, {name: value[near] for name, value in values.items()}),
        units=make_table(UNITS, of_units),
        area=area,
    )


def _tips(scene: Scene) -> Array:
    return scene.hairs.points_um[scene.hairs.offsets[1:] - 1]
