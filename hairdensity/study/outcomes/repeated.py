"""All visits in one mixed model: arm by visit and baseline by visit, with a random intercept of each patient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.study.outcomes.ancova import AdjustedArm, AncovaFit, ModelSettings
from hairdensity.study.outcomes.designs import Design, adjusting_columns, independent_columns
from hairdensity.study.outcomes.random_intercept import MixedFit, fit_random_intercept
from hairdensity.study.outcomes.refusals import RefusedAnalysisError
from hairdensity.study.outcomes.statistics import NO_CONTRAST

__all__ = ["RepeatedFit", "fit_repeated"]

_LEAST_PER_CELL = 2


class RepeatedFit(NamedTuple):
    """The arms at each visit, by ``visit_index``."""

    by_visit: dict[int, AncovaFit]
    notes: tuple[str, ...]


def fit_repeated(rows: pd.DataFrame, settings: ModelSettings) -> RepeatedFit:
    """Explain the responses of all visits after the baseline.

    Patients count with the visits they have; the model holds when visits are missing at random, i.e. by what was seen
    of the patient and not by what was not. Visits of one patient are taken to be equally correlated.

    Parameters
    ----------
    rows : (N, ...) DataFrame
        One row a patient and visit: ``patient``, ``visit_index``, ``response``, ``baseline``, ``arm``, ``center``,
        covariates; nothing missing.
    settings : ModelSettings

    Raises
    ------
    RefusedAnalysisError
        If fewer than two visits have two patients of each arm, or there are fewer rows than columns.
    """
    sizes = rows.groupby(["visit_index", "arm"]).size().unstack(fill_value=0).reindex(columns=list(settings.arms))
    full = [int(index) for index in sizes.index[(sizes.fillna(0) >= _LEAST_PER_CELL).all(axis=1)]]
    if len(full) < 2:
        raise RefusedAnalysisError(
            f"{len(full)} visit after the baseline with {_LEAST_PER_CELL} patients of each arm; a model of repeated "
            "visits needs two"
        )
    rows = rows[rows["visit_index"].isin(full)]
    design = _design(rows, settings, full)
    if len(rows) <= design.matrix.shape[1]:
        raise RefusedAnalysisError(f"{len(rows)} visits for a model of {design.matrix.shape[1]} columns")
    patient = pd.factorize(rows["patient"])[0].astype(np.int64)
    fit = fit_random_intercept(rows["response"].to_numpy(np.float64), design.matrix, patient)
    by_visit = {index: _arms(fit, design, rows, settings, index) for index in full}
    border = ("no variance between patients is left beside the columns",) if fit.var_patient == 0 else ()
    return RepeatedFit(by_visit, (*design.notes, *border))


def _design(rows: pd.DataFrame, settings: ModelSettings, visits: list[int]) -> Design:
    """At each visit an intercept and the arms; then baseline at each visit, center and covariates."""
    columns: dict[str, NDArray[np.float64]] = {}
    at_visit = {index: np.asarray(rows["visit_index"] == index, dtype=np.float64) for index in visits}
    arms = {arm: np.asarray(rows["arm"] == arm, dtype=np.float64) for arm in settings.arms[1:]}
    for index, here in at_visit.items():
        columns[_name(index)] = here
        for arm, is_arm in arms.items():
            columns[_name(index, arm)] = here * is_arm
    # Centered at the patients, not at their visits: who came more often does not weigh more.
    patients = rows.drop_duplicates("patient")
    baseline = rows["baseline"].to_numpy(np.float64) - float(patients["baseline"].mean())
    columns |= {f"baseline, visit {index}": here * baseline for index, here in at_visit.items()}
    more = adjusting_columns(patients, with_center=settings.with_center, covariates=settings.covariates)
    per_row = more.matrix[pd.Index(patients["patient"]).get_indexer(rows["patient"])]
    matrix = np.column_stack([*columns.values(), per_row])
    n_first = len(visits) * len(settings.arms)
    return independent_columns(Design(matrix, (*columns, *more.names), more.notes), n_first=n_first)


def _name(index: int, arm: str = "") -> str:
    return f"visit {index}, {arm}" if arm else f"visit {index}"


def _arms(fit: MixedFit, design: Design, rows: pd.DataFrame, settings: ModelSettings, index: int) -> AncovaFit:
    here = rows[rows["visit_index"] == index]
    found = []
    for place, arm in enumerate(settings.arms):
        own = _weights(design, [_name(index, arm)]) if place else np.zeros(len(design.names))
        mean = fit.contrast(own + _weights(design, [_name(index)]), level=settings.level)
        difference = fit.contrast(own, level=settings.level) if place else NO_CONTRAST
        found.append(AdjustedArm(arm, int((here["arm"] == arm).sum()), mean, difference))
    return AncovaFit(tuple(found), float(np.sqrt(fit.var_patient + fit.var_residual)), ())


def _weights(design: Design, names: list[str]) -> NDArray[np.float64]:
    return np.array([float(name in names) for name in design.names])
