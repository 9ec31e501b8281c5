"""REDCap's raw CSV export: fields that one event alone has hold for the record; names of events become visits.

An export of a longitudinal project has a row for each record and event, and one more for each instance of a repeating
instrument; a field is empty on every row whose event or instrument does not have it [1]_.

References
----------
.. [1] Harris et al. (2009). Research electronic data capture (REDCap). J Biomed Inform 42(2), 377-381.
"""

from __future__ import annotations

import pandas as pd

from hairdensity.study.columns import COVARIATE_PREFIX
from hairdensity.study.reading.faults import FaultLog, Level

__all__ = ["unfold_redcap"]

_CONSTANT = ("arm", "center", "alopecia_type")
"""Fields with one value for a record; two are found later as a fault."""

_PERHAPS_CONSTANT = ("treatment", "needle_depth_mm", "sessions", "interval_days", "combined_with")
"""Fields that a form at one event may state for the whole record, as covariates; scales, areas and dates never."""

_EVENT = r"(.+?)_arm_(\d+)"
"""REDCap's unique event names: the event, then the number of its arm."""


def unfold_redcap(rows: pd.DataFrame, log: FaultLog) -> pd.DataFrame:
    """Rows of pictures with all that their record states.

    Parameters
    ----------
    rows : DataFrame
        Text under the manifest's names, and ``redcap_*`` where the file is an export.
    log : FaultLog

    Returns
    -------
    DataFrame
        The rows that name a picture, without ``redcap_*``; as they were when the file is no export.
    """
    added = [name for name in rows.columns if name.startswith("redcap_")]
    events = rows.get("visit", pd.Series("", index=rows.index, dtype=object)).str.extract(f"^{_EVENT}$")
    is_event = events[0].notna()
    if not added and not (len(rows) and is_event.all()):
        return rows
    rows = rows.drop(columns=added)
    if "visit" in rows and is_event.any():
        rows["visit"] = rows["visit"].mask(is_event, events[0].str.replace("_", " ")).astype(object)
        rows = _with_arms(rows, events[1], log)
    if not {"patient", "image"} <= set(rows.columns):
        return rows
    rows = _filled(rows)
    return rows[rows["image"] != ""]


def _with_arms(rows: pd.DataFrame, number: pd.Series, log: FaultLog) -> pd.DataFrame:
    """The arm by REDCap's number of it, where the project has several and the file names none."""
    if "arm" in rows or number.nunique() < 2:
        return rows
    log.add(
        "redcap_arm",
        "the arms are taken from the names of REDCap's events (arm 1, arm 2, ...)",
        "add a column arm with their names for tables that speak for themselves",
        column="arm",
        level=Level.WARNING,
    )
    return rows.assign(arm=("arm " + number).fillna("").astype(object))


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with fields of one event written to all rows of the record.

    A treatment or covariate that any record has at two events is measured at visits: its gaps are missing values and
    stay.
    """
    events = rows["visit"] if "visit" in rows else pd.Series("", index=rows.index, dtype=object)
    for name in rows.columns:
        if name not in (*_CONSTANT, *_PERHAPS_CONSTANT) and not name.startswith(COVARIATE_PREFIX):
            continue
        stated = rows[rows[name] != ""]
        of_patient = stated.groupby("patient")[name]
        n_events = events[stated.index].groupby(stated["patient"]).nunique()
        if name in _CONSTANT or (n_events <= 1).all():
            is_clear = (of_patient.nunique() == 1) | (name in _CONSTANT)
            of_record = of_patient.first()[is_clear].to_dict()
            whole = pd.Series([of_record.get(code, "") for code in rows["patient"]], index=rows.index, dtype=object)
            rows = rows.assign(**{name: rows[name].mask(rows[name] == "", whole).astype(object)})
    return rows
