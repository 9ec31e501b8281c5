"""What a study is, from its manifest: patients, sites, visits and arms."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hairdensity.study.columns import COVARIATE_PREFIX

__all__ = ["summarize"]

_SCALES = ("um_per_px", "px_per_mm", "field_width_mm", "ruler_tick_mm", "device_profile")


def summarize(rows: pd.DataFrame) -> dict[str, Any]:
    """Counts of a manifest's rows, as JSON values.

    Parameters
    ----------
    rows : DataFrame
        Of a `Manifest`.

    Returns
    -------
    dict
        ``n_images``, ``n_patients``, ``arms``, ``sites``, ``centers``, ``covariates``; ``visits``: one for each name in
        its order, with ``visit``, ``week`` and, ``by_arm`` in the order of ``arms``, ``n_patients`` and ``n_images``;
        ``scale``: how many images state one.
    """
    arms = sorted(rows["arm"].unique())
    order = rows.groupby("visit", sort=True)[["week", "visit_number"]].median().sort_values(["week", "visit_number"])
    counts = rows.groupby(["visit", "arm"])["patient"].agg(["nunique", "size"])
    visits = []
    for visit, week in order["week"].items():
        of_visit = counts.xs(visit, level="visit").reindex(arms, fill_value=0)
        pairs = zip(of_visit["nunique"], of_visit["size"], strict=True)
        by_arm = [{"n_patients": int(n_patients), "n_images": int(n_images)} for n_patients, n_images in pairs]
        visits.append({"visit": visit, "week": None if pd.isna(week) else float(week), "by_arm": by_arm})
    return {
        "n_images": len(rows),
        "n_patients": int(rows["patient"].nunique()),
        "arms": arms,
        "sites": sorted(rows["site"].unique()),
        "centers": sorted(set(rows["center"]) - {""}),
        "covariates": [name for name in rows.columns if name.startswith(COVARIATE_PREFIX)],
        "visits": visits,
        "scale": _scale(rows),
    }


def _scale(rows: pd.DataFrame) -> str:
    numbers = rows[list(_SCALES[:-1])].notna().any(axis=1)
    n_stated = int((numbers | (rows["device_profile"] != "")).sum())
    if n_stated == len(rows):
        return "stated for every image"
    return f"stated for {n_stated} of {len(rows)} images, the others need a scale bar or a tag"
