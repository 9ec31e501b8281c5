"""How each patient changed at the primary visit: matched hair to hair where the pictures show the same skin."""

from __future__ import annotations

import pandas as pd

from hairdensity.study.reporting.primary import comparisons_of
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.tables import are_registered

__all__ = ["patient_changes"]

_COLUMNS = ["patient", "arm", "value", "low", "high", "registered"]


def patient_changes(sources: ReportSources) -> pd.DataFrame:
    """One row a patient, sorted by arm and value.

    Comparisons of a patient's replicates (and sites, where no primary site is named) are averaged, the ends of their
    intervals too: their errors are taken as one, which is the wider choice.

    Returns
    -------
    DataFrame
        patient, arm, value, low, high, registered: all of its comparisons were matched; then low and high are the
        interval of the measurement, else NaN.
    """
    rows = comparisons_of(sources)
    if rows.empty:
        return pd.DataFrame(columns=_COLUMNS)
    arms = sources.study.images.drop_duplicates("patient").set_index("patient")["arm"]
    matched = are_registered(rows)
    taken = pd.DataFrame(
        {
            "patient": rows["patient"],
            "arm": rows["patient"].map(arms),
            "value": rows["value"].where(matched, rows["unmatched_value"].fillna(rows["value"])),
            "low": rows["low"].where(matched),
            "high": rows["high"].where(matched),
            "registered": matched,
        }
    ).dropna(subset=["value"])
    grouped = taken.groupby(["arm", "patient"], sort=True)
    means = grouped[["value", "low", "high"]].mean().reset_index()
    means["registered"] = grouped["registered"].all().to_numpy()
    means.loc[~means["registered"], ["low", "high"]] = float("nan")
    return means.sort_values(["arm", "value", "patient"], kind="stable")[_COLUMNS].reset_index(drop=True)
