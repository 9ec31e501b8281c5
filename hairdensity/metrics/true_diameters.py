"""The distribution of true diameters behind measured ones, and from it the share of thin hairs.

Measured diameters scatter about the true ones, so more of them lie below a cut-off in the thin tail than should. The
density of true diameters is estimated by penalized likelihood, which takes back what the scatter has widened. Each hair
then counts with its own probability of being thin.

The penalty is on the third difference of the log density (Silverman 1982): with little evidence the density becomes
normal, and the share that of a normal distribution shrunk by the ratio of true to observed variance.

References
----------
.. [1] Silverman (1982). On the estimation of a probability density function by the maximum penalized likelihood method.
   Annals of Statistics 10(3), 795-810.
.. [2] Efron (2016). Empirical Bayes deconvolution estimates. Biometrika 103(1), 1-20.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = ["ThinShare", "TrueDiameters", "deconvolve"]

Array = NDArray[np.float64]

CELL_UM = 2.0
"""The cut-offs of 30 and 40 um are edges of cells."""

SMOOTHING = 10.0
RIDGE = 1e-3
"""Keeps the log density finite where all diameters agree within their errors."""

NEGLIGIBLE = 1e-9
"""Probability of a cell that counts as none: else no share would ever be 0."""

MAX_STEPS = 60
TOLERANCE = 1e-3
ON_EDGE_UM = 1e-6
"""A diameter of exactly the cut-off is at or below it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThinShare:
    """Share of N hairs at or below a cut-off.

    Parameters
    ----------
    value : float
        Mean of the hairs' probabilities.
    noise_sd : float
        Deviation of the share of these very hairs, for their true diameters are not known exactly.
    influence : (N,) float64 ndarray
        What each hair contributes to the share of the population, about 0.
    """

    value: float
    noise_sd: float
    influence: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueDiameters:
    """Distribution of the true diameters of N measured hairs over K cells.

    Parameters
    ----------
    edges_um : (K + 1,) float64 ndarray
    mass : (K,) float64 ndarray
        Of the density that the hairs were drawn from; sums to 1.
    posterior : (N, K) float64 ndarray
        Of each hair; rows sum to 1.
    information : (K, K) float64 ndarray
        Negative Hessian of the penalized likelihood in the log density.
    """

    edges_um: Array
    mass: Array
    posterior: Array
    information: Array

    def share_below(self, cut_off_um: float) -> float:
        """Share of these hairs at or below a cut-off, even within a cell; NaN of no hair."""
        if len(self.posterior) == 0:
            return math.nan
        cumulative = np.concatenate([[0.0], np.cumsum(self.posterior.mean(axis=0))])
        return float(np.clip(np.interp(cut_off_um, self.edges_um, cumulative), 0.0, 1.0))

    def thin_share(self, cut_off_um: float) -> ThinShare:
        """The share at a cut-off with its errors."""
        n, below = len(self.posterior), (self.edges_um[1:] <= cut_off_um).astype(np.float64)
        probability = np.clip(self.posterior @ below, 0.0, 1.0)
        score = self.posterior - self.mass
        population = self.mass * (below - self.mass @ below)
        # How the hairs' probabilities follow the density: the part of the error that is common to them.
        common = (self.posterior * (below - probability[:, None])).mean(axis=0)
        step = np.linalg.solve(self.information, np.stack([population, common], axis=1))  # (K, 2)
        influence, shared = (score @ step).T
        own = float(np.sum(probability * (1 - probability)))
        return ThinShare(
            value=float(probability.mean()) if n else math.nan,
            noise_sd=math.sqrt(own / n**2 + float(shared @ shared)) if n else math.nan,
            influence=influence,
        )


def deconvolve(diameter_um: Array, se_um: Array) -> TrueDiameters:
    """Estimate the distribution of true diameters.

    Parameters
    ----------
    diameter_um : (N,) float64 ndarray
        Measured, finite.
    se_um : (N,) float64 ndarray
        Standard errors; 0 is exact.
    """
    edges = _edges(diameter_um, se_um)
    widths = np.maximum(se_um, ON_EDGE_UM / 10)[:, None]
    below = ndtr((edges - diameter_um[:, None] + ON_EDGE_UM) / widths)  # (N, K + 1)
    likelihood = np.maximum(np.diff(below, axis=1), 1e-300)
    penalty = _penalty(len(edges) - 1)
    log_density = _fit(likelihood, penalty, start=_normal_start(edges, diameter_um, se_um))
    mass = _softmax(log_density)
    posterior, information = _expected(likelihood, mass, penalty)
    return TrueDiameters(edges_um=edges, mass=mass, posterior=posterior, information=information)


def _edges(diameter_um: Array, se_um: Array) -> Array:
    """(K + 1,) even cells from 0 to beyond the thickest hair and the cut-offs."""
    top = float(np.max(diameter_um + 3 * se_um, initial=50.0))
    return CELL_UM * np.arange(math.ceil(top / CELL_UM) + 2, dtype=np.float64)


def _penalty(n_cells: int) -> Array:
    """(K, K) matrix of the quadratic penalty on the log density."""
    rough = np.diff(np.eye(n_cells), n=3, axis=0)
    # Per um, so that the penalty is the same integral for cells of any width.
    return SMOOTHING * rough.T @ rough * (10.0 / CELL_UM) ** 5 * CELL_UM / 10.0 + RIDGE * np.eye(n_cells)


def _normal_start(edges: Array, diameter_um: Array, se_um: Array) -> Array:
    """(K,) log density of the normal distribution less the scatter."""
    middle = (edges[1:] + edges[:-1]) / 2
    if len(diameter_um) == 0:
        return np.zeros(len(middle))
    variance = max(float(diameter_um.var() - np.mean(se_um**2)), CELL_UM**2)
    log_density = -((middle - diameter_um.mean()) ** 2) / (2 * variance)
    return np.asarray(np.maximum(log_density, -30.0))


def _fit(likelihood: Array, penalty: Array, *, start: Array) -> Array:
    """(K,) log density of the largest penalized likelihood, by damped scoring."""
    log_density, damping = start, 1.0
    best = _objective(likelihood, penalty, log_density)
    for _ in range(MAX_STEPS):
        mass = _softmax(log_density)
        posterior, information = _expected(likelihood, mass, penalty)
        gradient = posterior.sum(axis=0) - len(likelihood) * mass - penalty @ log_density
        step = np.linalg.solve(information + damping * np.diag(mass + 1e-6), gradient)
        tried = log_density + step
        reached = _objective(likelihood, penalty, tried)
        if reached < best:
            damping *= 8.0
            continue
        gain, best, log_density, damping = reached - best, reached, tried, damping / 4.0
        if gain < TOLERANCE:
            break
    return log_density


def _objective(likelihood: Array, penalty: Array, log_density: Array) -> float:
    fit = np.log(likelihood @ _softmax(log_density)).sum()
    return float(fit - log_density @ penalty @ log_density / 2)


def _expected(likelihood: Array, mass: Array, penalty: Array) -> tuple[Array, Array]:
    """(N, K) posterior of each hair, and the (K, K) information: outer products of the scores, and the penalty."""
    posterior = likelihood * mass
    posterior /= np.maximum(posterior.sum(axis=1, keepdims=True), 1e-300)
    posterior[posterior < NEGLIGIBLE] = 0.0
    score = posterior - mass
    return posterior, score.T @ score + penalty


def _softmax(log_density: Array) -> Array:
    raised = np.exp(log_density - log_density.max())
    return np.asarray(raised / raised.sum())
