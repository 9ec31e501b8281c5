"""Linear mixed model with a random intercept of each patient, by restricted maximum likelihood (REML).

The covariance of a patient's visits has two parts, var_patient + var_residual, and an inverse in closed form: one ratio
is searched, so that the fit has no start values and always ends. Degrees of freedom are Satterthwaite's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from hairdensity.study.outcomes.refusals import RefusedAnalysisError
from hairdensity.study.outcomes.statistics import EXACT, Contrast, contrast

__all__ = ["MixedFit", "fit_random_intercept"]

_STEP = 1e-3
"""Relative step of the differences in the two variances."""


class _Sums(NamedTuple):
    """What the likelihood needs of the data: (P, P), (P,), a number; (G, P), (G,), (G,) of the patients."""

    xx: NDArray[np.float64]
    xy: NDArray[np.float64]
    yy: float
    sx: NDArray[np.float64]
    sy: NDArray[np.float64]
    sizes: NDArray[np.float64]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedFit:
    """A fitted model.

    Parameters
    ----------
    params : (P,) float ndarray
    covariance : (P, P) float ndarray
    var_patient, var_residual : float
    n, n_patients : int
    information : (2, 2) float ndarray
        Of the two variances; empty where the patients' variance is 0, at the border of what it may be.
    slopes : (2, P, P) float ndarray
        Derivatives of the covariance by the two variances.
    """

    params: NDArray[np.float64]
    covariance: NDArray[np.float64]
    var_patient: float
    var_residual: float
    n: int
    n_patients: int
    information: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def contrast(self, weights: NDArray[np.float64], *, level: float = 0.95) -> Contrast:
        """A weighted sum of the coefficients, with Satterthwaite's degrees of freedom [1]_.

        References
        ----------
        .. [1] Kuznetsova, Brockhoff and Christensen (2017). lmerTest package: tests in linear mixed effects models.
           J. Stat. Softw. 82(13).
        """
        variance = float(weights @ self.covariance @ weights)
        df = float(self.n - len(self.params))
        if self.information.size:
            slope = np.einsum("i,kij,j->k", weights, self.slopes, weights)
            df = min(df, float(2 * variance**2 / (slope @ np.linalg.solve(self.information, slope))))
        return contrast(float(weights @ self.params), float(np.sqrt(variance)), df, level=level)


def fit_random_intercept(
    response: NDArray[np.float64], matrix: NDArray[np.float64], patient: NDArray[np.int64]
) -> MixedFit:
    """Fit ``response = matrix @ params + patient's intercept + residual``.

    Parameters
    ----------
    response : (N,) float ndarray
    matrix : (N, P) float ndarray
        Of full rank, P < N.
    patient : (N,) int ndarray
        From 0, every number there.

    Raises
    ------
    RefusedAnalysisError
        If the columns explain the responses exactly.
    """
    sums = _sums(response, matrix, patient)
    share = _best_share(sums)
    ratio = share / (1 - share)
    _, params, residual = _profile(sums, ratio)
    if residual <= EXACT * sums.yy / sums.n:
        raise RefusedAnalysisError("nothing scatters around the model: it has as many columns as the data say")
    variances = np.array([ratio * residual, residual])
    covariance = _covariance(sums, variances)
    is_inside = share > 0
    return MixedFit(
        params=params,
        covariance=covariance,
        var_patient=float(variances[0]),
        var_residual=float(residual),
        n=sums.n,
        n_patients=len(sums.sizes),
        information=_information(sums, variances) if is_inside else np.empty((0, 0)),
        slopes=_slopes(sums, variances) if is_inside else np.empty((0, 0, 0)),
    )


def _sums(response: NDArray[np.float64], matrix: NDArray[np.float64], patient: NDArray[np.int64]) -> _Sums:
    n_patients = int(patient.max()) + 1
    sx = np.zeros((n_patients, matrix.shape[1]))
    np.add.at(sx, patient, matrix)
    return _Sums(
        matrix.T @ matrix,
        matrix.T @ response,
        float(response @ response),
        sx,
        np.bincount(patient, weights=response, minlength=n_patients).astype(np.float64),
        np.bincount(patient, minlength=n_patients).astype(np.float64),
        len(response),
    )


def _weighted(sums: _Sums, ratio: float) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """X'WX, X'Wy and y'Wy with W the inverse of I + ratio J in each patient: I - ratio / (1 + ratio n) J."""
    shrink = ratio / (1 + ratio * sums.sizes)
    xx = sums.xx - (sums.sx * shrink[:, None]).T @ sums.sx
    xy = sums.xy - sums.sx.T @ (shrink * sums.sy)
    return xx, xy, sums.yy - float(shrink @ sums.sy**2)


def _profile(sums: _Sums, ratio: float) -> tuple[float, NDArray[np.float64], float]:
    """-2 log restricted likelihood at the best residual variance, up to a constant; coefficients; that variance."""
    xx, xy, yy = _weighted(sums, ratio)
    params = np.asarray(np.linalg.solve(xx, xy), dtype=np.float64)
    df = sums.n - len(params)
    residual = max(yy - float(params @ xy), 0.0) / df
    deviance = df * np.log(max(residual, 1e-300)) + float(np.log1p(ratio * sums.sizes).sum())
    return deviance + float(np.linalg.slogdet(xx)[1]), params, residual


def _best_share(sums: _Sums) -> float:
    """The patients' share of the variance, 0 to 1, that fits best."""

    def deviance(share: float) -> float:
        return _profile(sums, share / (1 - share))[0]

    found = minimize_scalar(deviance, bounds=(0.0, 1 - 1e-9), method="bounded", options={"xatol": 1e-10})
    return float(found.x) if found.fun < deviance(0.0) and found.x > 1e-8 else 0.0


def _deviance(sums: _Sums, variances: NDArray[np.float64]) -> float:
    """-2 log restricted likelihood of (patient, residual) variances, up to a constant."""
    ratio = variances[0] / variances[1]
    xx, xy, yy = _weighted(sums, ratio)
    rest = yy - float(xy @ np.linalg.solve(xx, xy))
    df = sums.n - len(xy)
    fixed = df * np.log(variances[1]) + float(np.log1p(ratio * sums.sizes).sum())
    return float(fixed + np.linalg.slogdet(xx)[1] + rest / variances[1])


def _covariance(sums: _Sums, variances: NDArray[np.float64]) -> NDArray[np.float64]:
    xx, _, _ = _weighted(sums, variances[0] / variances[1])
    return np.asarray(np.linalg.inv(xx) * variances[1])


def _information(sums: _Sums, variances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the second derivatives of the deviance: (2, 2)."""

    def differences(step: float) -> NDArray[np.float64]:
        steps = np.diag(np.maximum(step * variances, 1e-3 * step * variances.max()))
        found = np.empty((2, 2))
        for i in range(2):
            for j in range(2):
                corners = [
                    sign_i * sign_j * _deviance(sums, variances + sign_i * steps[i] + sign_j * steps[j])
                    for sign_i in (1, -1)
                    for sign_j in (1, -1)
                ]
                found[i, j] = sum(corners) / (8 * steps[i, i] * steps[j, j])
        return found

    return _extrapolated(differences)


def _slopes(sums: _Sums, variances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Derivatives of the covariance of the coefficients by the two variances: (2, P, P)."""

    def differences(step: float) -> NDArray[np.float64]:
        steps = np.diag(step * variances)
        return np.stack(
            [(_covariance(sums, variances + h) - _covariance(sums, variances - h)) / (2 * h.sum()) for h in steps]
        )

    return _extrapolated(differences)


def _extrapolated(differences: Callable[[float], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Central differences freed of the first term of their error, which goes with the squared step (Richardson)."""
    return np.asarray((4 * differences(_STEP) - differences(2 * _STEP)) / 3)
