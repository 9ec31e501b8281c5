"""What must be the same, or unique, within a patient: arm, center, diagnosis, pictures, control site; and the code."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from hairdensity.study.columns import COVARIATE_PREFIX
from hairdensity.study.reading.faults import FaultLog, Level, quoted

__all__ = ["check_patients", "number_replicates"]

_OF_A_PATIENT = {
    "arm": "a patient is analyzed in the arm that was assigned, whatever was given later: state that one",
    "center": "state the center that enrolled the patient",
    "alopecia_type": "state the diagnosis at baseline",
}
"""Fields with one value for each patient, and what to do when there are two."""

_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_BIRTH_DATE = (
    r"(?:19|20)\d{2}[-./]?(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)\d{2}"
)
_NAME = r"[^\W\d_]*[^\W\d_A-Z][^\W\d_]+(?:[-' ,.]+[^\W\d_]+)*|[^\W\d_]{2,}(?:[ ,.]+[^\W\d_]{2,})+"
"""A word with small letters, or several words: codes are of capitals and digits."""

_MANGLED = r"\d(?:[.,]\d+)?E\+\d+|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}"
"""What spreadsheets make of 120000000000 and of 1-2: 1.2E+11 and 01-Feb."""

_PERSONAL_COLUMN = r"x_(?:\w*_)?(?:name|surname|first_?name|last_?name|dob|birth\w*|e?_?mail|phone|address|mrn)"


def number_replicates(rows: pd.DataFrame, log: FaultLog) -> pd.DataFrame:
    """The rows with ``replicate`` filled in, by their order in the file, where none of a visit's pictures has one."""
    keys = [rows[name] for name in ("patient", "site", "visit")]
    n_stated = rows["replicate"].notna().groupby(keys).transform("sum")
    log.at(
        rows,
        rows["replicate"].isna() & (n_stated > 0),
        "replicate",
        code="no_replicate",
        what="the picture has no replicate number, others of the same visit have",
        remedy="number all pictures of a patient, site and visit, or none",
    )
    counted = rows.groupby(["patient", "site", "visit"]).cumcount() + 1
    rows = rows.assign(replicate=rows["replicate"].fillna(counted.astype("Int64")))
    log.at(
        rows,
        rows.duplicated(["patient", "site", "visit", "replicate"]) & (rows["patient"] != "") & (n_stated > 0),
        "replicate",
        code="picture_twice",
        what="patient, site, visit and replicate {cell} are those of an earlier row",
        remedy="give each picture its own replicate number, or correct patient, site or visit",
    )
    return rows


def check_patients(rows: pd.DataFrame, log: FaultLog) -> None:
    """Note what contradicts itself within a patient, and codes that tell who the patient is."""
    known = rows[rows["patient"] != ""]
    for name, remedy in _OF_A_PATIENT.items():
        _refuse_two_values(known, name, remedy, log)
    _refuse_missing_arms(known, log)
    _check_control_sites(known, log)
    for name in ("patient", "visit"):
        log.at(
            known,
            known[name].str.fullmatch(_MANGLED),
            name,
            code="mangled",
            what="{cell} is what a spreadsheet makes of a code that looks like a number or a date",
            remedy="format the column as text before the codes are typed or pasted, then paste them again",
        )
    _warn_of_identities(known, log)


def _refuse_two_values(rows: pd.DataFrame, name: str, remedy: str, log: FaultLog) -> None:
    stated = rows[rows[name] != ""]
    stated = stated.assign(was=stated.groupby("patient")[name].transform("first"))
    # One fault for each patient and value: the rows after the change are all alike.
    changed = stated[stated[name] != stated["was"]].drop_duplicates(["patient", name])
    log.at(
        changed,
        np.ones(len(changed), dtype=bool),
        name,
        code=f"two_values_of_{name}",
        what=pd.Series(
            [
                f"patient {quoted(patient)} has {name} {quoted(value)} here, {quoted(was)} before"
                for patient, value, was in zip(changed["patient"], changed[name], changed["was"], strict=True)
            ],
            index=changed.index,
            dtype=object,
        ),
        remedy=remedy,
    )


def _refuse_missing_arms(rows: pd.DataFrame, log: FaultLog) -> None:
    if (rows["arm"] == "").all():
        return
    log.at(
        rows,
        rows["arm"] == "",
        "arm",
        code="missing_cell",
        what="the arm is missing, other rows have one",
        remedy="state the assigned arm on every row of the patient",
    )


def _check_control_sites(rows: pd.DataFrame, log: FaultLog) -> None:
    stated = rows[rows["control_site"] != ""]
    log.at(
        stated,
        stated["control_site"] == stated["site"],
        "control_site",
        code="own_control",
        what="the site {cell} is its own control",
        remedy="name another, untreated site of the patient, or leave the cell empty",
    )
    there = pd.MultiIndex.from_frame(rows[["patient", "site"]])
    asked = pd.MultiIndex.from_arrays([stated["patient"], stated["control_site"]])
    log.at(
        stated,
        ~np.asarray(asked.isin(there)),
        "control_site",
        code="no_such_site",
        what="the patient has no site {cell}",
        remedy="write it as in the column site of the control's own rows, and add these",
    )


def _warn_of_identities(rows: pd.DataFrame, log: FaultLog) -> None:
    codes = rows.drop_duplicates("patient")
    kinds = {"an e-mail address": _EMAIL, "a birth date": _BIRTH_DATE, "a name": _NAME}
    for kind, pattern in kinds.items():
        log.at(
            codes,
            codes["patient"].str.fullmatch(pattern),
            "patient",
            code="identity",
            what=f"the patient code {{cell}} looks like {kind}",
            remedy="use a code that tells nothing about the person; tables, logs and reports show it",
            level=Level.WARNING,
        )
    for name in rows.columns:
        if name.startswith(COVARIATE_PREFIX) and re.fullmatch(_PERSONAL_COLUMN, name):
            log.add(
                "identity",
                f"the covariate {name} sounds like something that tells who the patient is",
                "leave it out; age in years or the year alone serve an analysis",
                column=name,
                level=Level.WARNING,
            )
