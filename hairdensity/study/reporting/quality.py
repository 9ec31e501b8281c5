"""What was not read, or not as it should be: by arm and visit, so that an arm that loses more than another is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from hairdensity.flags import IMAGE_FLAGS, ImageFlag, Verdict
from hairdensity.study.reporting.blocks import Column, Table
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.reporting.wording import NONE, arm_name, percent
from hairdensity.study.tables import are_registered

__all__ = ["fault_words", "quality_tables"]


def quality_tables(sources: ReportSources) -> list[Table]:
    """Verdicts, faults and notes of pictures, and comparisons that were not matched, each by arm and visit."""
    images, changes = sources.study.images, sources.study.changes
    tables = [_verdicts(images, sources.arms), *_faults(images, sources.arms), *_flags(images, sources.arms)]
    return [*tables, *_registrations(changes, images, sources.arms)]


def _groups(images: pd.DataFrame, arms: Iterable[str]) -> list[tuple[str, str, pd.DataFrame]]:
    """Pictures of each arm and visit, in the order of arms and visits."""
    order = images.sort_values(["visit_number", "week", "row"], kind="stable")["visit"].drop_duplicates()
    groups = dict(iter(images.groupby(["arm", "visit"], sort=False)))
    return [(arm, visit, groups[arm, visit]) for arm in arms for visit in order if (arm, visit) in groups]


def _verdicts(images: pd.DataFrame, arms: Iterable[str]) -> Table:
    rows = []
    for arm, visit, part in _groups(images, arms):
        read = part[part["status"] == "ok"]
        counts = Counter(read["quality"])
        unreadable = read["unreadable_fraction"].mean()
        rows.append(
            (
                arm_name(arm),
                visit,
                f"{part['patient'].nunique()}",
                f"{len(part)}",
                *(f"{counts[verdict]}" for verdict in Verdict),
                f"{len(part) - len(read)}",
                percent(unreadable) if len(read) else NONE,
            )
        )
    names = ("Arm", "Visit", "Patients", "Pictures", "Good", "Caution", "Unreadable", "No result", "Area not readable")
    note = "Verdicts are given before hairs are counted. Area not readable: mean share of the target area."
    return Table("Pictures by verdict", _columns(names), tuple(rows), note, n_row_heads=2)


def _faults(images: pd.DataFrame, arms: Iterable[str]) -> list[Table]:
    failed = images[images["status"] != "ok"]
    if failed.empty:
        return []
    rows = []
    for arm, visit, part in _groups(failed, arms):
        for code, group in part.groupby("error_code", sort=True):
            rows.append((arm_name(arm), visit, fault_words(str(code)), f"{len(group)}", _first(group)))
    columns = (*_columns(("Arm", "Visit", "Fault", "Pictures")), Column("First of them", is_number=False))
    return [Table("Pictures without a result, by fault", columns, tuple(rows), n_row_heads=3)]


def _first(group: pd.DataFrame) -> str:
    first = group.iloc[0]
    return f"row {first['row']}: {first['error_message']}" if first["error_message"] else f"row {first['row']}"


def _flags(images: pd.DataFrame, arms: list[str]) -> list[Table]:
    """What was noticed on pictures, by arm: the share of the arm's pictures."""
    read = images[images["status"] == "ok"]
    noticed = {
        arm: Counter(flag for flags in read.loc[read["arm"] == arm, "flags"] for flag in str(flags).split(";") if flag)
        for arm in arms
    }
    names = sorted({flag for counts in noticed.values() for flag in counts})
    if not names:
        return []
    totals = {arm: int((read["arm"] == arm).sum()) for arm in arms}
    rows = tuple((_flag_words(name), *(_share(noticed[arm][name], totals[arm]) for arm in arms)) for name in names)
    columns = (Column("Noticed", is_number=False), *(Column(f"{arm_name(arm)} (n = {totals[arm]})") for arm in arms))
    return [Table("What was noticed on pictures with a result", columns, rows)]


def _registrations(changes: pd.DataFrame, images: pd.DataFrame, arms: Iterable[str]) -> list[Table]:
    """Comparisons by how they went; one row of a comparison stands for all its figures."""
    pairs = changes.drop_duplicates(["baseline_row", "row"])
    if pairs.empty:
        return []
    of_row = images.set_index("row")
    pairs = pairs.assign(arm=pairs["row"].map(of_row["arm"]), visit_number=pairs["row"].map(of_row["visit_number"]))
    rows = []
    for arm, visit, part in _groups(pairs, arms):
        compared = part[part["status"] == "ok"]
        matched = are_registered(compared)
        reasons = Counter(str(reason) for reason in compared.loc[~matched, "reason"] if reason)
        words = "; ".join(f"{reason}: {n}" for reason, n in reasons.most_common(3))
        rows.append(
            (
                arm_name(arm),
                visit,
                f"{len(part)}",
                f"{matched.sum()}",
                f"{(~matched).sum()}",
                f"{len(part) - len(compared)}",
                words or NONE,
            )
        )
    names = ("Arm", "Visit", "Comparisons", "Matched", "Not matched", "No result")
    columns = (*_columns(names), Column("Why not matched", is_number=False))
    return [Table("Comparisons with baseline", columns, tuple(rows), n_row_heads=2)]


def _columns(names: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(name, is_number=name not in {"Arm", "Visit", "Fault"}) for name in names)


def fault_words(code: str) -> str:
    """A fault by the stable name of the tables, in words."""
    return code.replace("_", " ") if code else "not stated"


def _share(n: int, total: int) -> str:
    return f"{n} ({percent(n / total)})" if total else NONE


def _flag_words(name: str) -> str:
    """What a flag means, by its name in the tables."""
    flag = ImageFlag.__members__.get(name.upper())
    return IMAGE_FLAGS[flag].meaning if flag in IMAGE_FLAGS else name.replace("_", " ").lower()
