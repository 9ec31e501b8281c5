"""Cohen's kappa: agreement on classes beyond what chance gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hairdensity.study.agreement.intervals import LEVEL, PLAIN, Bounded, jackknife

__all__ = ["WEIGHTS", "Kappa", "Weights", "count_classes", "kappa"]

Weights = Literal["none", "linear", "quadratic"]
WEIGHTS: Final[tuple[Weights, ...]] = ("none", "linear", "quadratic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """One kappa.

    Parameters
    ----------
    weights : {"none", "linear", "quadratic"}
        Partial credit for neighboring classes.
    value, low, high : float
        NaN where it cannot be stated, e.g. when both raters gave one class alone.
    se : float
        Of independent subjects.
    agreement : float
        Share of (weighted) agreement.
    by_chance : float
        Share that chance would give.
    """

    weights: Weights
    value: float
    low: float
    high: float
    se: float
    agreement: float
    by_chance: float


def kappa(
    table: NDArray[np.float64],
    *,
    weights: Weights = "none",
    pairs: NDArray[np.int64] | None = None,
    clusters: NDArray[np.int64] | None = None,
    level: float = LEVEL,
) -> Kappa:
    """Kappa of two raters with its large-sample interval.

    Parameters
    ----------
    table : (c, c) float ndarray
        Subjects by class of the first rater (rows) and of the second (columns), classes in order.
    weights : {"none", "linear", "quadratic"}, optional
        Weight 1 - d / (c - 1), or 1 - (d / (c - 1))**2, for classes that lie d apart.
    pairs : (n, 2) int ndarray, optional
        Class numbers of each subject, which ``table`` counts; needed with ``clusters``.
    clusters : (n,) int ndarray, optional
        Subjects of one number belong together: then the interval leaves out one cluster at a time.
    level : float, optional

    References
    ----------
    .. [1] Fleiss, Cohen & Everitt (1969). Large sample standard errors of kappa and weighted kappa. Psychological
       Bulletin 72(5), 323-327.
    """
    n = table.sum()
    credit = _credit(len(table), weights)
    value = _value(table, credit)
    if not np.isfinite(value):
        return Kappa(weights=weights, value=value, low=value, high=value, se=value, agreement=value, by_chance=value)
    shares = table / n
    by_chance = float((credit * np.outer(shares.sum(axis=1), shares.sum(axis=0))).sum())
    se = _standard_error(shares, credit, value) / float(np.sqrt(n))
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    found = Bounded(value=value, low=value - half, high=value + half)
    if clusters is not None and pairs is not None:
        found = jackknife(
            lambda rows: _value(count_classes(rows.astype(np.int64), len(table)), credit),
            pairs.astype(np.float64),
            clusters,
            link=PLAIN,
            level=level,
        )
    return Kappa(
        weights=weights,
        value=value,
        low=max(found.low, -1.0) if np.isfinite(found.low) else found.low,
        high=min(found.high, 1.0) if np.isfinite(found.high) else found.high,
        se=se,
        agreement=float((credit * shares).sum()),
        by_chance=by_chance,
    )


def _credit(n_classes: int, weights: Weights) -> NDArray[np.float64]:
    if weights == "none":
        return np.eye(n_classes)
    places = np.arange(n_classes)
    apart = np.abs(places[:, np.newaxis] - places) / max(n_classes - 1, 1)
    return np.asarray(1 - (apart if weights == "linear" else apart**2), dtype=np.float64)


def count_classes(pairs: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Subjects by class of the first rater (rows) and of the second: (c, c), from class numbers (n, 2)."""
    table = np.zeros((n_classes, n_classes))
    np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
    return table


def _value(table: NDArray[np.float64], credit: NDArray[np.float64]) -> float:
    n = table.sum()
    if n == 0:
        return float("nan")
    shares = table / n
    expected = (credit * np.outer(shares.sum(axis=1), shares.sum(axis=0))).sum()
    if 1 - expected < 1e-12:
        return float("nan")
    return float(((credit * shares).sum() - expected) / (1 - expected))


def _standard_error(shares: NDArray[np.float64], credit: NDArray[np.float64], value: float) -> float:
    """Times the root of n; equation (8) of [1]_."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    expected = (credit * np.outer(rows, columns)).sum()
    mean_credit = (credit @ columns)[:, np.newaxis] + rows @ credit
    spread = (shares * (credit - mean_credit * (1 - value)) ** 2).sum() - (value - expected * (1 - value)) ** 2
    return float(np.sqrt(max(spread, 0.0)) / (1 - expected))
