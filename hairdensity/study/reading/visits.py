"""The order of visits: by planned week, else by what their names say, else by the dates of their pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hairdensity.study.reading.faults import FaultLog, Level, quoted

__all__ = ["number_visits", "visit_name_key"]

_FIRST = re.compile(r"(?:baseline|base\s*line|bl|pre|pre\W?treatment|before|day\W?0|inclusion)\b", re.IGNORECASE)
_BEFORE_FIRST = re.compile(r"(?:screening|screen|scr)\b", re.IGNORECASE)
_UNIT = r"(weeks?|wks?|w|months?|mon|mo|m|days?|d|years?|y)"
_TIMED = re.compile(rf"\W*{_UNIT}(?:\s+(-?\d+(?:\.\d+)?)|\W*(\d+(?:\.\d+)?))\W*", re.IGNORECASE)
"""``week-4`` is week 4, ``week -4`` four weeks before the baseline."""
_TIMED_AFTER = re.compile(rf"\s*(-?\d+(?:\.\d+)?)\W*{_UNIT}\W*", re.IGNORECASE)
_NUMBERED = re.compile(r"\D*(\d+(?:\.\d+)?)\D*")

_WEEKS = {"d": 1 / 7, "w": 1.0, "m": 365.25 / 12 / 7, "y": 365.25 / 7}
"""Weeks in a day, week, month and year: enough to sort by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _NameKey:
    """What the name of a visit says about its place.

    Parameters
    ----------
    kind : str
        ``time``, ``number`` (of the visit), or empty when it says nothing.
    weeks : float
        Since baseline; NaN unless the kind is ``time``.
    place : float
        To sort by.
    is_exact : bool
        The weeks are what the name says, not computed from months.
    """

    kind: str
    place: float
    weeks: float = np.nan
    is_exact: bool = False


def visit_name_key(name: str) -> _NameKey:
    """What a name such as ``week 12``, ``M6``, ``baseline`` or ``visit 3`` says about the place of a visit."""
    text = name.replace("_", " ").strip()
    timed = _TIMED.fullmatch(text) or _TIMED_AFTER.fullmatch(text)
    if timed:
        unit, count = sorted(filter(None, timed.groups()), key=lambda part: part[-1].isdigit())
        weeks = float(count) * _WEEKS[unit[0].lower()]
        return _NameKey(kind="time", place=weeks, weeks=weeks, is_exact=unit[0].lower() in "dw" or weeks == 0)
    if _BEFORE_FIRST.match(text):
        return _NameKey(kind="time", place=-0.5)
    if _FIRST.match(text):
        return _NameKey(kind="time", place=0.0, weeks=0.0, is_exact=True)
    numbered = _NUMBERED.fullmatch(text)
    if numbered:
        return _NameKey(kind="number", place=float(numbered[1]))
    return _NameKey(kind="", place=np.nan)


def number_visits(rows: pd.DataFrame, log: FaultLog) -> pd.DataFrame:
    """The rows with ``visit_number``, and with ``week`` where the names of all visits state it.

    Parameters
    ----------
    rows : (R, C) DataFrame
        Of the manifest's dtypes; site filled in.
    log : FaultLog
        Takes orders that contradict each other, and patients without a baseline.

    Returns
    -------
    (R, C + 1) DataFrame
        ``visit_number``: int64, 0 for the baseline of a patient and site, then 1, 2, ...; below 0 before it. Without a
        baseline the first is 1.
    """
    names = [name for name in rows["visit"].unique() if name]
    by_name = {name: visit_name_key(name) for name in names}
    rows = rows.assign(week=_weeks(rows, by_name, log))
    places = _places(rows, by_name, log)
    place = rows["visit"].map(places).astype("float64")
    _refuse_contradicting_dates(rows, place, log)
    _warn_of_same_day(rows, log)
    zero = _baseline_place(places, rows, by_name)
    numbers = _numbers(rows, place, zero)
    _warn_without_baseline(rows, numbers, log)
    return rows.assign(visit_number=numbers)


def _weeks(rows: pd.DataFrame, by_name: dict[str, _NameKey], log: FaultLog) -> pd.Series:
    """(R,) weeks: as stated, one for each name; else as the names state them, when all do."""
    stated = rows["week"]
    if stated.notna().any():
        of_name = stated.groupby(rows["visit"]).agg(lambda weeks: weeks.mode().min())
        usual = rows["visit"].map(of_name).astype("float64")
        log.at(
            rows,
            stated.notna() & (stated != usual) & (rows["visit"] != ""),
            "week",
            code="two_weeks",
            what="week {cell} differs from that of the other rows of this visit",
            remedy="one planned week for each name of a visit; what really passed follows from the dates",
        )
        log.at(
            rows,
            usual.isna() & (rows["visit"] != ""),
            "week",
            code="no_week",
            what="the visit has no week, others have",
            remedy="state the planned week on one of the visit's rows at least",
        )
        return stated.fillna(usual)
    if by_name and all(key.is_exact for key in by_name.values()):
        return rows["visit"].map({name: key.weeks for name, key in by_name.items()}).astype("float64")
    return stated


def _places(rows: pd.DataFrame, by_name: dict[str, _NameKey], log: FaultLog) -> dict[str, float]:
    """What each name of a visit sorts by."""
    weeks = rows.loc[rows["visit"] != ""].groupby("visit")["week"].first()
    if weeks.notna().any():
        places = {str(name): float(week) for name, week in weeks.dropna().items()}
    elif len(by_name) < 2:
        places = dict.fromkeys(by_name, 0.0)
    elif _are_sortable(by_name):
        places = {name: key.place for name, key in by_name.items()}
    elif (rows["date"] != "").all():
        places = _places_by_date(rows)
    else:
        log.add(
            "no_order",
            f"the order of the visits {', '.join(map(quoted, sorted(by_name)[:6]))} is unknown",
            "add the column week (0 is the baseline), or a date on every row",
            column="visit",
        )
        return {}
    return _refuse_same_place(rows, places, log)


def _are_sortable(by_name: dict[str, _NameKey]) -> bool:
    """All names state a time, or all a number; a baseline goes with both."""
    kinds = {key.kind for key in by_name.values() if not (key.kind == "time" and key.place <= 0)}
    return len(kinds) <= 1 and "" not in kinds


def _refuse_same_place(rows: pd.DataFrame, places: dict[str, float], log: FaultLog) -> dict[str, float]:
    first: dict[float, str] = {}
    for name in sorted(places):
        other = first.setdefault(places[name], name)
        if other != name:
            log.at(
                rows[rows["visit"] == name].iloc[:1],
                np.array([True]),
                "visit",
                code="two_names",
                what=f"{quoted(name)} and {quoted(other)} have the same place in the order of visits",
                remedy="give the visit one name, or each its own week",
            )
    return places


def _days(dates: pd.Series) -> pd.Series:
    """(R,) float64 days since 1970."""
    return (pd.to_datetime(dates) - pd.Timestamp(0)) / pd.Timedelta(days=1)


def _places_by_date(rows: pd.DataFrame) -> dict[str, float]:
    """The median days of each visit since its patient's first."""
    days = _days(rows["date"]).groupby([rows["patient"], rows["visit"]]).min()
    since = days - days.groupby("patient").transform("min")
    return {str(name): float(value) for name, value in since.groupby("visit").median().items()}


def _refuse_contradicting_dates(rows: pd.DataFrame, place: pd.Series, log: FaultLog) -> None:
    """Note rows whose day is before that of an earlier visit of the same patient and site."""
    dated = rows[(rows["date"] != "") & place.notna()]
    dated = dated.assign(place=place, day=_days(dated["date"])).sort_values(["patient", "site", "place", "row"])
    groups = [dated["patient"], dated["site"]]
    # The last day of all visits before this one, not of this visit's own other pictures.
    latest = dated.groupby(["patient", "site", "place"])["day"].max()
    before = latest.groupby(["patient", "site"]).cummax().groupby(["patient", "site"]).shift()
    earlier = before.reindex(pd.MultiIndex.from_arrays([*groups, dated["place"]])).to_numpy()
    is_wrong = dated["day"].to_numpy() < earlier
    wrong = dated[is_wrong]
    days = pd.Series(pd.to_datetime(earlier[is_wrong], unit="D").strftime("%Y-%m-%d"), index=wrong.index, dtype=object)
    log.at(
        wrong,
        np.ones(len(wrong), dtype=bool),
        "date",
        code="date_order",
        what="the day " + wrong["date"] + " is before " + days + " of an earlier visit",
        remedy="correct the date, the visit or the week: dates and visits must come in the same order",
    )


def _warn_of_same_day(rows: pd.DataFrame, log: FaultLog) -> None:
    """Note the second of two visits on one day."""
    visits = rows[(rows["date"] != "") & (rows["patient"] != "") & (rows["visit"] != "")]
    visits = visits.drop_duplicates(["patient", "site", "visit", "date"])
    log.at(
        visits,
        visits.duplicated(["patient", "site", "date"]),
        "date",
        code="same_day",
        what="another visit of the patient has the same day {cell}",
        remedy="correct the date or the visit, if one is wrong",
        level=Level.WARNING,
    )


def _baseline_place(places: dict[str, float], rows: pd.DataFrame, by_name: dict[str, _NameKey]) -> float:
    """The last place that is still the baseline's: 0 where weeks or names tell, else the study's first visit."""
    if not places:
        return np.nan
    if rows["week"].notna().any() or any(by_name[name].kind == "time" and by_name[name].place <= 0 for name in places):
        return max((place for place in places.values() if place <= 0), default=np.nan)
    return min(places.values())


def _numbers(rows: pd.DataFrame, place: pd.Series, zero: float) -> pd.Series:
    """(R,) place of each visit in its patient's and site's order, from the baseline's 0."""
    groups = [rows["patient"], rows["site"]]
    rank = place.groupby(groups).rank(method="dense")
    n_before = place.where(place <= zero).groupby(groups).transform("max")
    base = rank.where(place == n_before).groupby(groups).transform("max")
    return (rank - base.fillna(0.0)).fillna(0.0).astype("int64")


def _warn_without_baseline(rows: pd.DataFrame, numbers: pd.Series, log: FaultLog) -> None:
    groups = [rows["patient"], rows["site"]]
    has_none = (numbers == 0).groupby(groups).transform("sum") == 0
    first = ~rows.duplicated(["patient", "site"])
    log.at(
        rows,
        has_none & first & (rows["patient"] != ""),
        "visit",
        code="no_baseline",
        what="the patient has no baseline at this site",
        remedy="add its picture if there is one; without, no change is told and the outcomes count it as missing",
        level=Level.WARNING,
    )
