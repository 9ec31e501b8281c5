"""What was seen, by arm, visit and figure: no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.statistics import summarize
from hairdensity.study.outcomes.values import StudyValues
from hairdensity.study.outcomes.visits import BASELINE

__all__ = ["describe_figure"]

Row = dict[str, Any]


def describe_figure(values: StudyValues, figure: str, *, level: float) -> Iterator[Row]:
    """Yield a row for each arm and visit.

    Parameters
    ----------
    values : StudyValues
    figure : str
    level : float
        Of the interval of the mean change.
    """
    table = pd.DataFrame({"value": values.value[figure], "change": values.change[figure]}).reset_index()
    table["arm"] = table["patient"].map(values.patients["arm"])
    by_cell = dict(iter(table.groupby(["arm", "visit_index"])))
    empty = table.iloc[:0]
    for arm in values.arms:
        n_patients = int((values.patients["arm"] == arm).sum())
        for index in values.visits.index:
            cell = by_cell.get((arm, index), empty)
            sample = summarize(cell["value"], level=level)
            row: Row = {"figure": figure, "unit": info_of(figure).unit, "arm": arm, **values.visit_cells(index)}
            row |= {"n": sample.n, "n_missing": n_patients - sample.n, "mean": sample.mean, "sd": sample.sd}
            row |= {"median": sample.median, "q1": sample.q1, "q3": sample.q3}
            yield row | _change(cell if index > BASELINE else empty, level)


def _change(cell: pd.DataFrame, level: float) -> Row:
    sample = summarize(cell["change"], level=level)
    return {f"change_{name}": getattr(sample, name) for name in ("n", "mean", "sd", "low", "high")}
