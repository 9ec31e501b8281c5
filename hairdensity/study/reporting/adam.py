"""A table shaped like the Basic Data Structure of ADaM: one row for each patient, place, figure and visit.

It has the structure's variables and rules (one PARAM for each PARAMCD, CHG = AVAL - BASE, one baseline each), and was
not validated by Pinnacle 21 or CDISC CORE: there is no SDTM data behind it.

References
----------
.. [1] CDISC. Analysis Data Model Implementation Guide 1.3 (2021), section 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from hairdensity.study.columns import COVARIATE_PREFIX
from hairdensity.study.outcomes.visits import at_control_site
from hairdensity.study.reporting.adam_names import (
    CODES,
    COMMON_SKIN,
    CORE,
    PATIENT,
    TARGET_AREA,
    parameter_code,
    parameter_words,
)
from hairdensity.study.reporting.primary import primary_site
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.tables import are_registered
from hairdensity.tables import Column

__all__ = ["adam_dictionary", "adam_table"]

_SORT = ["USUBJID", "PARAMCD", "BASETYPE", "AVISITN", "AVISIT"]


def adam_table(sources: ReportSources, *, study_id: str) -> pd.DataFrame:
    """The table, sorted by subject, parameter, kind of baseline and visit.

    Parameters
    ----------
    sources : ReportSources
    study_id : str
        STUDYID.
    """
    images = _pictures(sources)
    sites = sorted(set(images["site"]))
    figures = [name for name in CODES if name in images and images[name].notna().any()]
    parts = [_of_figure(images, figure, sites) for figure in figures]
    parts += [_of_changes(sources.study.changes, images, figure, sites) for figure in figures]
    found = [part for part in parts if not part.empty]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["patient", "LOC", "AVAL"])
    return _finished(table, images, sources, study_id)


def adam_dictionary(table: pd.DataFrame) -> pd.DataFrame:
    """What each variable of the table and each PARAMCD in it means.

    Returns
    -------
    DataFrame
        kind (variable or PARAMCD), name, dtype, unit, meaning.
    """
    meanings = {column.name: column for column in CORE}
    columns = [meanings.get(str(name), Column(str(name), str(table[name].dtype), "", _OTHER)) for name in table]
    rows = [("variable", *column) for column in columns]
    codes = table.drop_duplicates("PARAMCD").sort_values("PARAMCD")
    rows += [
        ("PARAMCD", code, "float64", "", words) for code, words in zip(codes["PARAMCD"], codes["PARAM"], strict=True)
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "dtype", "unit", "meaning"])


_OTHER = "column of the manifest, as stated for the patient"


def _pictures(sources: ReportSources) -> pd.DataFrame:
    """The pictures with their visit's place, and ``is_used``: read, and of a quality that the plan analyzes."""
    rows = sources.pictures
    excluded = sources.plan.get("excluded_quality") or ()
    is_used = (rows["status"] == "ok") & ~rows["quality"].isin(list(excluded))
    return rows.assign(is_used=is_used, day_number=_day_numbers(rows["date"]))


def _day_numbers(dates: pd.Series) -> pd.Series:
    """The place of each date among all dates in order, NaN without one: the first of a group is found by numbers."""
    numbers, _ = pd.factorize(dates.replace("", None), sort=True)
    return pd.Series(numbers, index=dates.index, dtype="float64").where(numbers >= 0)


def _first_dates(numbers: pd.Series, dates: pd.Series) -> pd.Series:
    """Dates of `_day_numbers`; None without one."""
    days = [*np.unique(dates[dates != ""].dropna().to_numpy(dtype=object)), None]
    return pd.Series(np.array(days, dtype=object)[numbers.fillna(-1.0).astype("int64")], index=numbers.index)


def _of_figure(images: pd.DataFrame, figure: str, sites: Sequence[str]) -> pd.DataFrame:
    """Means of each visit's pictures, with the baseline's beside them."""
    values = pd.to_numeric(images[figure], errors="coerce").astype("float64").where(images["is_used"])
    keys = ["patient", "site", "visit_index"]
    grouped = images.assign(value=values).groupby(keys, sort=True)
    table = grouped.agg(
        AVAL=("value", "mean"),
        NPIC=("value", "count"),
        AVISIT=("visit", "first"),
        week=("week", "first"),
        day_number=("day_number", "min"),
    ).reset_index()
    table["ADT"] = _first_dates(table["day_number"], images["date"])
    at_baseline = table[table["visit_index"] == 0].set_index(["patient", "site"])["AVAL"]
    table["BASE"] = at_baseline.reindex(pd.MultiIndex.from_frame(table[["patient", "site"]])).to_numpy()
    table["is_baseline"] = table["visit_index"] == 0
    return _named(table, figure, sites, TARGET_AREA)


def _of_changes(changes: pd.DataFrame, images: pd.DataFrame, figure: str, sites: Sequence[str]) -> pd.DataFrame:
    """Matched comparisons with the baseline: both values on the skin that both pictures show; replicates averaged."""
    matched = are_registered(changes)
    rows = changes[(changes["figure"] == figure) & (changes["status"] == "ok") & matched]
    of_row = images.set_index("row")
    used = rows["row"].map(of_row["is_used"]).eq(other=True) & rows["baseline_row"].map(of_row["is_used"]).eq(
        other=True
    )
    rows = rows[used]
    rows = rows.assign(
        visit_index=rows["row"].map(of_row["visit_index"]), day_number=rows["row"].map(of_row["day_number"])
    )
    table = rows.groupby(["patient", "site", "visit_index"], sort=True).agg(
        AVAL=("follow_up", "mean"),
        BASE=("baseline", "mean"),
        NPIC=("follow_up", "count"),
        AVISIT=("visit", "first"),
        week=("week", "first"),
        day_number=("day_number", "min"),
    )
    table = table.reset_index()
    table["ADT"] = _first_dates(table["day_number"], images["date"])
    table["is_baseline"] = False
    return _named(table, figure, sites, COMMON_SKIN)


def _named(table: pd.DataFrame, figure: str, sites: Sequence[str], base_type: str) -> pd.DataFrame:
    return table.assign(
        LOC=table["site"],
        PARAM=[parameter_words(figure, site, sites) for site in table["site"]],
        PARAMCD=[parameter_code(figure, site, sites) for site in table["site"]],
        BASETYPE=base_type,
    )


def _finished(table: pd.DataFrame, images: pd.DataFrame, sources: ReportSources, study_id: str) -> pd.DataFrame:
    """Changes, flags, subject and covariates; columns in their order, rows in theirs."""
    patients = images.drop_duplicates("patient").set_index("patient")
    analyzed = _analyzed_places(images, primary_site(sources))
    after = ~table["is_baseline"]
    change = (table["AVAL"] - table["BASE"]).where(after)
    places = pd.MultiIndex.from_frame(table[["patient", "LOC"]])
    in_analysis = table["AVAL"].notna() & places.isin(analyzed)
    finished = table.assign(
        STUDYID=study_id,
        USUBJID=study_id + "-" + table["patient"].astype(str),
        SUBJID=table["patient"].astype(str),
        SITEID=table["patient"].map(patients["center"]),
        TRT01P=table["patient"].map(patients["arm"]),
        TRTP=table["patient"].map(patients["arm"]),
        AVISITN=table["week"].astype("float64").fillna(table["visit_index"].astype("float64")),
        ADT=table["ADT"].fillna(""),
        CHG=change,
        PCHG=(100.0 * change / table["BASE"]).where(table["BASE"] != 0.0),
        ABLFL=np.where(table["is_baseline"], "Y", ""),
        ANL01FL=np.where(in_analysis, "Y", ""),
        DTYPE=np.where(table["NPIC"] > 1, "AVERAGE", ""),
    )
    names = [column.name for column in CORE]
    for column, name in _covariates(patients):
        finished[name] = table["patient"].map(patients[column])
        names.append(name)
    dtypes = {column.name: column.dtype for column in CORE}
    return finished[names].astype(dtypes).sort_values(_SORT, kind="stable").reset_index(drop=True)


def _analyzed_places(images: pd.DataFrame, site: str | None) -> pd.MultiIndex:
    """Patients and their sites that the arms' figures rest on: the primary one, else all but untreated controls."""
    used = ~at_control_site(images) if site is None else images["site"] == site
    return pd.MultiIndex.from_frame(images.loc[used, ["patient", "site"]].drop_duplicates())


def _covariates(patients: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield columns of the manifest that say anything, and their names here: at most eight letters and digits."""
    taken = {column.name for column in CORE}
    named = [str(name) for name in patients]
    free = [(name, name.removeprefix(COVARIATE_PREFIX)) for name in named if name.startswith(COVARIATE_PREFIX)]
    for column, wished in [*PATIENT, *free]:
        if not patients[column].replace("", None).notna().any():
            continue
        name = _unused(_capitals(wished), taken)
        taken.add(name)
        yield column, name


def _capitals(name: str) -> str:
    letters = "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())[:8]
    return letters if letters[:1].isalpha() else f"X{letters}"[:8]


def _unused(name: str, taken: set[str]) -> str:
    """The name, or a shorter one with a number where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name[: 8 - len(str(number))]}{number}"
    return found
