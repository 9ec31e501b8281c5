"""Analysis of covariance at one visit: adjusted means of the arms and their differences to the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.extras import require
from hairdensity.study.outcomes.designs import Design, adjusting_columns, independent_columns
from hairdensity.study.outcomes.refusals import RefusedAnalysisError
from hairdensity.study.outcomes.statistics import EXACT, NO_CONTRAST, Contrast, contrast

__all__ = ["AdjustedArm", "AncovaFit", "ModelSettings", "fit_ancova", "fit_least_squares"]

_LEAST_PER_ARM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What a model adjusts for.

    Parameters
    ----------
    arms : tuple of str
        The reference first.
    level : float
        Of intervals.
    with_center : bool
    covariates : tuple of str
    is_robust : bool
        HC3 standard errors [1]_: they allow the patients' spread to differ.

    References
    ----------
    .. [1] MacKinnon and White (1985). Some heteroskedasticity-consistent covariance matrix estimators with improved
       finite sample properties. J. Econometrics 29, 305-325.
    """

    arms: tuple[str, ...]
    level: float = 0.95
    with_center: bool = True
    covariates: tuple[str, ...] = ()
    is_robust: bool = False


class AdjustedArm(NamedTuple):
    """One arm: its adjusted mean, and its difference to the reference (NaN for the reference itself)."""

    arm: str
    n: int
    mean: Contrast
    difference: Contrast

    @property
    def df(self) -> float:
        """Degrees of freedom of the difference; of the mean for the reference."""
        return self.mean.df if np.isnan(self.difference.df) else self.difference.df


class AncovaFit(NamedTuple):
    """The arms, the reference first, and what is left unexplained."""

    arms: tuple[AdjustedArm, ...]
    residual_sd: float
    notes: tuple[str, ...]


def fit_ancova(patients: pd.DataFrame, settings: ModelSettings) -> AncovaFit:
    """Explain a response by arm, baseline, center and covariates.

    Parameters
    ----------
    patients : (N, ...) DataFrame
        One row a patient: ``response``, ``baseline``, ``arm``, ``center`` and the covariates, nothing missing.
    settings : ModelSettings

    Raises
    ------
    RefusedAnalysisError
        If an arm has fewer than two patients, or there are fewer patients than columns.
    """
    design = _design(patients, settings)
    params, covariance, residual_sd = fit_least_squares(
        patients["response"].to_numpy(np.float64), design, is_robust=settings.is_robust
    )
    df = len(patients) - design.matrix.shape[1]
    arms = tuple(
        AdjustedArm(
            arm,
            int((patients["arm"] == arm).sum()),
            _combined(params, covariance, (0, place), df=df, level=settings.level),
            _combined(params, covariance, (place,), df=df, level=settings.level) if place else NO_CONTRAST,
        )
        for place, arm in enumerate(settings.arms)
    )
    return AncovaFit(arms, residual_sd, design.notes)


def _design(patients: pd.DataFrame, settings: ModelSettings) -> Design:
    """Intercept, an indicator for each arm but the reference, then what is adjusted for."""
    sizes = patients["arm"].value_counts()
    small = [f"{arm} ({sizes.get(arm, 0)})" for arm in settings.arms if sizes.get(arm, 0) < _LEAST_PER_ARM]
    if small:
        raise RefusedAnalysisError(f"fewer than {_LEAST_PER_ARM} patients with baseline and visit: {', '.join(small)}")
    baseline = patients["baseline"].to_numpy(np.float64)
    arms = [(patients["arm"] == arm).to_numpy(np.float64) for arm in settings.arms[1:]]
    more = adjusting_columns(patients, with_center=settings.with_center, covariates=settings.covariates)
    matrix = np.column_stack([np.ones(len(patients)), *arms, baseline - baseline.mean(), more.matrix])
    names = ("intercept", *settings.arms[1:], "baseline", *more.names)
    return independent_columns(Design(matrix, names, more.notes), n_first=len(settings.arms))


def fit_least_squares(
    response: NDArray[np.float64], design: Design, *, is_robust: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Coefficients (P,), their covariance (P, P) and the residual SD; zeros where nothing scatters.

    Raises
    ------
    RefusedAnalysisError
        If fewer rows than columns are left, or a robust error does not exist.
    """
    n, n_columns = design.matrix.shape
    if n <= n_columns:
        raise RefusedAnalysisError(f"{n} patients for a model of {n_columns} columns; leave out covariates")
    require("statsmodels", doing="an analysis of covariance")
    from statsmodels.regression.linear_model import OLS  # noqa: PLC0415 -- an extra, and slow to import

    fit: Any = OLS(response, design.matrix).fit()
    if fit.scale <= EXACT * float(np.mean(response**2)):
        return fit.params, np.zeros((n_columns, n_columns)), 0.0
    sd = float(np.sqrt(fit.scale))
    if not is_robust:
        return fit.params, fit.cov_params(), sd
    # A patient alone in a class is fitted exactly: nothing of the spread is seen there, and HC3 divides by zero.
    if float(fit.get_influence().hat_matrix_diag.max()) > 1 - 1e-8:
        raise RefusedAnalysisError(
            "HC3: a patient is fitted exactly; leave out the class that holds this patient alone"
        )
    return fit.params, fit.get_robustcov_results("HC3").cov_params(), sd


def _combined(
    params: NDArray[np.float64], covariance: NDArray[np.float64], places: Sequence[int], *, df: float, level: float
) -> Contrast:
    """The sum of some coefficients, each once."""
    weights = np.zeros(len(params))
    weights[list(places)] = 1.0
    return contrast(float(weights @ params), float(np.sqrt(weights @ covariance @ weights)), df, level=level)
