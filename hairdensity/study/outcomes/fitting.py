"""The complete patients of the compared arms, and the ANCOVA of them: where it is refused, the log has the reason."""

from __future__ import annotations

import pandas as pd

from hairdensity.study.outcomes.ancova import AncovaFit, ModelSettings, fit_ancova
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.refusals import RefusedAnalysisError

__all__ = ["complete_patients", "fit_complete"]


def complete_patients(patients: pd.DataFrame, settings: ModelSettings) -> pd.DataFrame:
    """Those of the compared arms with all covariates.

    Parameters
    ----------
    patients : (N, ...) DataFrame
        With ``arm`` and the covariates.
    settings : ModelSettings
    """
    return patients[patients["arm"].isin(settings.arms)].dropna(subset=list(settings.covariates))


def fit_complete(patients: pd.DataFrame, settings: ModelSettings, *, what: str, log: Log) -> AncovaFit | None:
    """ANCOVA of the complete patients; None where it is refused.

    Parameters
    ----------
    patients : (N, ...) DataFrame
        See `hairdensity.study.outcomes.ancova.fit_ancova`; incomplete ones are left out here.
    settings : ModelSettings
    what : str
        The analysis, as the refusal names it.
    log : Log
    """
    try:
        return fit_ancova(complete_patients(patients, settings), settings)
    except RefusedAnalysisError as error:
        log.refuse(what, error)
        return None
