"""What became of every hair and every unit on the skin that two rendered visits both show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.synthetic.curves import Shafts
from hairdensity.synthetic.follow_up import FollowUp
from hairdensity.synthetic.scene import Scene
from hairdensity.synthetic.truth import inside_frame, to_px

__all__ = ["PairTruth", "truth_of_pair"]

Array = NDArray[np.float64]

GRID = 200
"""Places along each side of the baseline at which it is asked whether the follow-up shows them."""

SAME_PLACE_UM = 1.0


class PairTruth(NamedTuple):
    """Tables of the shared skin; places are in px of each picture, NaN where a visit does not show the thing.

    ``hairs``: hair_id, unit_id, fate (kept, lost, new), origin (of a new hair: lone, unit, empty ostium, yellow dot,
    flush; else empty), baseline_row_px, baseline_col_px, follow_up_row_px, follow_up_col_px, baseline_diameter_um,
    follow_up_diameter_um, baseline_length_um, follow_up_length_um (visible; 0 where cut level with the skin), and
    rate_mm_per_day (growth; 0 in telogen, NaN where hairs were clipped in between).

    ``units``: unit_id, fate (kept, emptied, re-activated), opening (what is seen in place of its hairs at the visit
    without any: "empty ostium", "yellow dot" or nothing), row_px and col_px on the baseline, baseline_n_hairs,
    follow_up_n_hairs. A lone new hair is a re-activated unit.
    """

    hairs: pd.DataFrame
    units: pd.DataFrame
    shared_cm2: float


def truth_of_pair(baseline: Scene, follow_up: FollowUp) -> PairTruth:
    """The fates of a pair, worked out from its scenes; nothing is rendered.

    Parameters
    ----------
    baseline : Scene
        Of which the follow-up was made.
    follow_up : FollowUp

    Returns
    -------
    PairTruth
        Hairs whose root lies on both frames, units whose middle does.
    """
    before = _shafts_table(baseline.hairs, baseline)
    after = _shafts_table(follow_up.scene.hairs, follow_up.scene)
    after["origin"], after["rate_mm_per_day"] = follow_up.origin, follow_up.rate_mm_per_day
    hairs = before.merge(after, on="hair_id", how="outer", suffixes=("_baseline", "_follow_up"))
    return PairTruth(
        hairs=_hairs(hairs, baseline, follow_up),
        units=_units(hairs, baseline, follow_up),
        shared_cm2=_shared_cm2(baseline, follow_up),
    )


def _shafts_table(shafts: Shafts, scene: Scene) -> pd.DataFrame:
    roots = to_px(shafts.roots_um, scene.settings.um_per_px)
    steps = np.linalg.norm(np.diff(shafts.points_um, axis=0), axis=1)
    lengths = [float(steps[a : b - 1].sum()) for a, b in zip(shafts.offsets[:-1], shafts.offsets[1:], strict=True)]
    return pd.DataFrame(
        {
            "hair_id": shafts.shaft_id,
            "unit_id": shafts.unit_id,
            "row_px": roots[:, 0],
            "col_px": roots[:, 1],
            "diameter_um": shafts.diameter_um,
            "length_um": np.array(lengths, dtype=np.float64),
        }
    )


def _hairs(hairs: pd.DataFrame, baseline: Scene, follow_up: FollowUp) -> pd.DataFrame:
    was, is_there = hairs["row_px_baseline"].notna(), hairs["row_px_follow_up"].notna()
    fate = np.where(was & is_there, "kept", np.where(was, "lost", "new"))
    unit = hairs["unit_id_baseline"].fillna(hairs["unit_id_follow_up"]).astype(np.int64)
    table = pd.DataFrame({"hair_id": hairs["hair_id"], "unit_id": unit, "fate": fate})
    table["origin"] = np.where(fate == "new", hairs["origin"], "")
    for visit in ("baseline", "follow_up"):
        for name in ("row_px", "col_px", "diameter_um", "length_um"):
            table[f"{visit}_{name}"] = hairs[f"{name}_{visit}"]
    table["rate_mm_per_day"] = hairs["rate_mm_per_day"]
    flush = table["origin"] == "flush"
    table.loc[flush, "baseline_length_um"] = 0.0
    places = _baseline_places(hairs, follow_up)
    return table[_on_both(places, baseline, follow_up)].reset_index(drop=True)


def _units(hairs: pd.DataFrame, baseline: Scene, follow_up: FollowUp) -> pd.DataFrame:
    places = _baseline_places(hairs, follow_up)
    each = pd.DataFrame(
        {
            "unit_id": hairs["unit_id_baseline"].fillna(hairs["unit_id_follow_up"]).astype(np.int64),
            "row_px": places[:, 0],
            "col_px": places[:, 1],
            "was": hairs["row_px_baseline"].notna(),
            "is_there": hairs["row_px_follow_up"].notna(),
            "origin": hairs["origin"].fillna("").astype(str),
        }
    )
    groups = each.groupby("unit_id")
    table = groups[["row_px", "col_px"]].mean()
    table["baseline_n_hairs"], table["follow_up_n_hairs"] = groups["was"].sum(), groups["is_there"].sum()
    emptied, empty_before = table["follow_up_n_hairs"] == 0, table["baseline_n_hairs"] == 0
    table["fate"] = np.where(emptied, "emptied", np.where(empty_before, "re-activated", "kept"))
    source = groups["origin"].first().where(lambda names: names.isin(["empty ostium", "yellow dot"]), "")
    left = _leaves_ostium(table[["row_px", "col_px"]].to_numpy(), follow_up)
    table["opening"] = np.where(empty_before, source, np.where(emptied & left, "empty ostium", ""))
    shown = _on_both(table[["row_px", "col_px"]].to_numpy(), baseline, follow_up)
    names = ["unit_id", "fate", "opening", "row_px", "col_px", "baseline_n_hairs", "follow_up_n_hairs"]
    return table.reset_index()[shown][names].reset_index(drop=True)


def _baseline_places(hairs: pd.DataFrame, follow_up: FollowUp) -> Array:
    """(N, 2) baseline px of the roots, those of new hairs by the way back."""
    before = hairs[["row_px_baseline", "col_px_baseline"]].to_numpy(np.float64)
    new = np.isnan(before[:, 0])
    places = before.copy()
    places[new] = follow_up.to_baseline(hairs.loc[new, ["row_px_follow_up", "col_px_follow_up"]].to_numpy(np.float64))
    return places


def _on_both(places_px: Array, baseline: Scene, follow_up: FollowUp) -> NDArray[np.bool_]:
    """(N,) whether baseline px lie on both frames."""
    moved = follow_up.to_follow_up(places_px)
    return inside_frame(places_px, baseline.settings.shape) & inside_frame(moved, follow_up.scene.settings.shape)


def _leaves_ostium(places_px: Array, follow_up: FollowUp) -> NDArray[np.bool_]:
    """(N,) whether the later scene has an opening at these baseline px."""
    scene = follow_up.scene
    if not len(scene.ostia_um):
        return np.zeros(len(places_px), bool)
    before = follow_up.to_baseline(to_px(scene.ostia_um, scene.settings.um_per_px))
    away = np.linalg.norm(places_px[:, None] - before[None], axis=2).min(axis=1)
    return np.asarray(away * follow_up.um_per_px[0] < SAME_PLACE_UM)


def _shared_cm2(baseline: Scene, follow_up: FollowUp) -> float:
    height, width = baseline.settings.shape
    rows, cols = ((np.arange(GRID) + 0.5) * side / GRID - 0.5 for side in (height, width))
    grid = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)
    area_cm2 = height * width * baseline.settings.um_per_px**2 / 1e8
    return area_cm2 * float(_on_both(grid, baseline, follow_up).mean())
