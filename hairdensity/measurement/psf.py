"""The picture's blur: its sigma from the edges of wide hairs, and how it changes over the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.diameter import REFLEXES, Reflex, fit_bars, make_bank, parabola_top
from hairdensity.measurement.settings import ProfileGeometry

__all__ = ["PsfField", "estimate_psf"]

Array = NDArray[np.float64]

PSF_SIGMAS_PX = np.geomspace(0.5, 3.6, 14)
CENTERS_PX = np.array([-0.5, 0.0, 0.5])
MIN_PSF_PROFILES = 30
WIDE_SIGMAS = (4.0, 3.0)
"""Width over sigma from which a bar's edges show its blur: the stricter one, if enough hairs meet it."""

QUARTILE_Z = 0.6745
"""Half the interquartile range of a normal distribution over its sigma."""

CLEAR_BAR_Z = 12.0
"""Cross-sections must stand this clear of the noise to speak about the blur."""

SHAPES: tuple[Reflex | None, ...] = (None, *REFLEXES[:2])
"""A line along the shaft looks like sharper edges to a fit that knows of none."""

REFLEX_PENALTY = 3.0
"""Log likelihood by which a line must improve a cross-section to be believed."""

LINE_SIGMAS = 6.5
"""Width over sigma from which a hair may have a line: well above where the banks cease to hold lines."""

LINED_SHARE = 0.4
"""Where more of these hairs have a line, only they speak: on thinner ones the line cannot be told from the edges."""

HAIRS_PER_TERM = 5
"""Wide hairs that a term of the field needs."""

CAUTION = 3.0
"""Times the variance that white noise leaves: ragged edges and skin are no white noise."""

LEAST_EXCESS = 0.05
"""Deviation of the hairs' log sigma from which each has its own blur: less moves no width by more than its error."""

MAX_SHIFT = 0.7
"""A hair's blur lies within a factor of two of the picture's."""

DEFAULT_LOG_SD = 0.35
"""Of the blur where no hair shows it: 0.75-3 px about 1.5 px, two deviations."""

LEAST_LOG_SE = 0.02
"""Standard error of the log of the blur where a hair's own edges show it, or many hairs agree."""

CHANGE_COST = 2.0
"""Times the criterion's own price of a term: an even field is believed until the hairs speak clearly."""

_EVEN, _ROW, _COL, _BOWL = (
    np.array(row, dtype=np.float64)
    for row in ((1, 0, 0, 0, 0, 0), (0, 1, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0), (0, 0, 0, 1, 0, 1))
)
FIELDS = (
    np.stack([_EVEN], axis=1),
    np.stack([_EVEN, _BOWL], axis=1),
    np.stack([_EVEN, _ROW, _COL], axis=1),
    np.stack([_EVEN, _ROW, _COL, _BOWL], axis=1),
    np.eye(6),
)
"""Even, a lens's bowl, a tilted picture, both, and any surface of second order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PsfField:
    """Sigma of the blur over the picture: the exponential of a polynomial of at most second order.

    Parameters
    ----------
    coefficients : (6,) float64 ndarray
        Of 1, row, column, row^2, row * column, column^2; positions from -1 to 1 over the picture.
    shape : (int, int)
        H, W of the picture.
    range_px : (float, float)
        No sigma beyond what its hairs show.
    hair : (H,) int64 ndarray
        Hairs whose own edges show their blur.
    log_shift : (H,) float64 ndarray
        By how much the log of their sigma differs from the polynomial's: shafts stand at different heights.
    log_sd : float
        Deviation of the hairs' log sigma from the polynomial beyond their own errors.
    """

    coefficients: Array
    shape: tuple[int, int]
    range_px: tuple[float, float]
    hair: NDArray[np.int64]
    log_shift: Array
    log_sd: float

    @property
    def is_assumed(self) -> bool:
        """True where the picture did not show its blur."""
        return self.log_sd == DEFAULT_LOG_SD

    @classmethod
    def even(cls, sigma_px: float, shape: tuple[int, int], *, log_sd: float = 0.0) -> PsfField:
        """The same blur everywhere."""
        return cls(
            coefficients=np.log(sigma_px) * _EVEN,
            shape=shape,
            range_px=(sigma_px, sigma_px),
            hair=np.zeros(0, np.int64),
            log_shift=np.zeros(0),
            log_sd=log_sd,
        )

    def at(self, points_px: Array, hair: NDArray[np.int64]) -> Array:
        """(K,) sigma in px at (K, 2) points of hairs (K,)."""
        sigma = np.clip(np.exp(_terms(points_px, self.shape) @ self.coefficients), *self.range_px)
        shift = np.zeros(int(max(hair.max(initial=0), self.hair.max(initial=0))) + 1)
        shift[self.hair] = self.log_shift
        return np.asarray(sigma * np.exp(shift[hair]), dtype=np.float64)

    def log_se(self, n_hairs: int) -> Array:
        """(N,) standard error of the log of each hair's sigma: small where its own edges show it."""
        error = np.full(n_hairs, np.hypot(LEAST_LOG_SE, self.log_sd))
        error[self.hair] = LEAST_LOG_SE
        return error


def _terms(points_px: Array, shape: tuple[int, int]) -> Array:
    """(K, 6) terms of the polynomial."""
    half = (np.array(shape) - 1) / 2
    row, col = ((points_px - half) / np.maximum(half, 0.5)).T
    return np.stack([np.ones_like(row), row, col, row * row, row * col, col * col], axis=1)


def estimate_psf(
    samples: NDArray[np.float32],
    hair: NDArray[np.int64],
    center_px: Array,
    geometry: ProfileGeometry,
    *,
    shape: tuple[int, int],
    default_px: float,
) -> PsfField:
    """Sigma of the picture's blur, from the edges of its wide hairs.

    Each cross-section is fitted with every sigma. A hair's sigma has the highest joint likelihood of its sections, each
    with its own unknown noise; hairs several sigmas wide vote, and the picture's sigma is their median. Where a slope
    or a bowl over the picture explains a part of their differences beyond chance, it is a field. A hair that differs
    from the field by more than its error has its own sigma: shafts stand at different heights.

    Parameters
    ----------
    samples : (K, n) float32 ndarray
        Cross-sections around the middles of their shafts, without neighbors, fully inside the picture.
    hair : (K,) int64 ndarray
        The hair that each belongs to.
    center_px : (K, 2) float64 ndarray
        Where each lies.
    geometry : ProfileGeometry
    shape : (int, int)
        H, W of the picture.
    default_px : float
        Returned when fewer than 30 cross-sections are wide and clear enough.
    """
    if len(samples) < MIN_PSF_PROFILES:
        return PsfField.even(default_px, shape, log_sd=DEFAULT_LOG_SD)
    log_likelihood, width, clear = _try_sigmas(samples, geometry)
    own, index, votes = np.unique(hair[clear], return_inverse=True, return_counts=True)
    least = np.maximum(votes, 1)
    mean_width = np.bincount(index, weights=width[clear]) / least
    log_sigma, variance, lined = _sigma_of_each_hair(log_likelihood[:, :, clear], index, mean_width)
    place = np.stack([np.bincount(index, weights=part) / least for part in center_px[clear].T], axis=1)
    edges = HairEdges(own, log_sigma, variance, place)
    # By their own sigma, those hairs would be chosen whose sigma came out too low.
    ratio = mean_width / _typical_sigma(mean_width, log_sigma)
    free = ratio > LINE_SIGMAS
    has_lines = free.any() and float(lined[free].mean()) > LINED_SHARE
    for limit in ((LINE_SIGMAS,) if has_lines else ()) + WIDE_SIGMAS:
        wide = ratio > limit
        if votes[wide].sum() >= MIN_PSF_PROFILES:
            return _field(edges.of(wide), shape)
    return PsfField.even(default_px, shape, log_sd=DEFAULT_LOG_SD)


def _typical_sigma(width: Array, log_sigma: Array) -> float:
    """Median sigma of the hairs that may be wide enough to show it; of all where none is."""
    wide = width / np.exp(log_sigma) > WIDE_SIGMAS[-1]
    return float(np.exp(np.median(log_sigma[wide]))) if wide.any() else float(PSF_SIGMAS_PX[-1])


class HairEdges(NamedTuple):
    """What the edges of H hairs say: ``hair`` (H,), ``log_sigma`` (H,) with its ``variance`` (H,), ``place`` (H, 2)."""

    hair: NDArray[np.int64]
    log_sigma: Array
    variance: Array
    place: Array

    def of(self, chosen: NDArray[np.bool_]) -> HairEdges:
        """Some of the hairs."""
        return HairEdges(self.hair[chosen], self.log_sigma[chosen], self.variance[chosen], self.place[chosen])


def _try_sigmas(samples: NDArray[np.float32], geometry: ProfileGeometry) -> tuple[Array, Array, NDArray[np.bool_]]:
    """(R, S, K) log likelihood with every line and sigma, (K,) width and clearness at the best sigma without a line."""
    full = np.ones((1, samples.shape[1]), dtype=np.float32)
    banks = [
        [make_bank(geometry, psf_px=float(sigma), reflex=shape, center_px=CENTERS_PX) for sigma in PSF_SIGMAS_PX]
        for shape in SHAPES
    ]
    fits = [[fit_bars(samples, full, bank) for bank in row] for row in banks]
    unexplained = np.stack([[fit.unexplained for fit in row] for row in fits])
    own = unexplained[0].argmin(axis=0), np.arange(len(samples))
    clear = np.stack([fit.z for fit in fits[0]])[own] >= CLEAR_BAR_Z
    width = np.stack([fit.width_px for fit in fits[0]])[own]
    return -0.5 * (samples.shape[1] - 5) * np.log(unexplained), width, clear


def _sigma_of_each_hair(
    log_likelihood: Array, index: NDArray[np.int64], mean_width: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Log sigma (px) at the top of each hair's summed likelihood, its variance from the curvature, if it has a line."""
    step = np.log(PSF_SIGMAS_PX[1] / PSF_SIGMAS_PX[0])
    by_shape: Array = np.stack([[np.bincount(index, weights=row) for row in part] for part in log_likelihood])
    plain = PSF_SIGMAS_PX[by_shape[0].argmax(axis=0)]
    by_shape[1:] -= REFLEX_PENALTY * np.bincount(index).astype(np.float64)
    by_shape[1:, :, mean_width < LINE_SIGMAS * plain] = -np.inf
    shape = by_shape.max(axis=1).argmax(axis=0)
    joint = by_shape[shape, :, np.arange(by_shape.shape[2])]  # (hair, sigma)
    best = np.clip(joint.argmax(axis=1), 1, len(PSF_SIGMAS_PX) - 2)
    near = joint[np.arange(len(joint))[:, None], best[:, None] + np.arange(-1, 2)]
    place, _ = parabola_top(near)
    bend = near[:, 0] - 2 * near[:, 1] + near[:, 2]
    return np.log(PSF_SIGMAS_PX)[best] + place * step, step**2 / np.maximum(-bend, 1e-9), shape > 0


def _field(edges: HairEdges, shape: tuple[int, int]) -> PsfField:
    """The simplest polynomial that no larger one beats beyond chance, through the median hair, and each hair's own."""
    log_sigma, variance = edges.log_sigma, edges.variance
    coefficients = _polynomial(edges, shape)
    fitted = _terms(edges.place, shape) @ coefficients
    residual = log_sigma - fitted
    excess = _excess(residual, variance)
    own = excess if excess > LEAST_EXCESS**2 else 0.0
    middle = float(np.median(residual))
    coefficients[0] += middle
    low, high = np.exp(np.quantile(fitted, (0.02, 0.98)) + middle)
    return PsfField(
        coefficients=coefficients,
        shape=shape,
        range_px=(float(low), float(high)),
        hair=edges.hair,
        log_shift=np.clip((residual - middle) * own / (own + CAUTION * variance), -MAX_SHIFT, MAX_SHIFT),
        log_sd=excess**0.5,
    )


def _polynomial(edges: HairEdges, shape: tuple[int, int]) -> Array:
    """(6,) coefficients: of the field with the lowest Bayes information criterion, made stricter by CHANGE_COST."""
    terms, log_sigma = _terms(edges.place, shape), edges.log_sigma
    weight = 1.0 / (edges.variance + _excess(log_sigma - np.median(log_sigma), edges.variance) + 1e-4)
    n = len(log_sigma)
    found = []
    for mixing in FIELDS:
        if mixing.shape[1] > 1 and n < HAIRS_PER_TERM * mixing.shape[1]:
            continue
        coefficients, left = _robust_fit(terms @ mixing, log_sigma, weight)
        price = CHANGE_COST * np.log(n) * mixing.shape[1]
        found.append((n * float(np.log(max(left, 1e-12) / n)) + price, mixing @ coefficients))
    return np.asarray(min(found, key=lambda pair: pair[0])[1], dtype=np.float64)


def _excess(residual: Array, variance: Array) -> float:
    """Variance of the hairs' log sigma that their own errors do not explain, from the quartiles."""
    low, high = np.quantile(residual, (0.25, 0.75))
    return float(max(0.0, ((high - low) / 2 / QUARTILE_Z) ** 2 - CAUTION * np.median(variance)))


def _robust_fit(terms: Array, values: Array, weight: Array) -> tuple[Array, float]:
    """Coefficients, and the weighted sum of squares with what lies beyond two deviations held there (Huber)."""
    trust = np.ones_like(values)
    for _ in range(8):
        root = np.sqrt(weight * trust)
        coefficients = np.linalg.lstsq(terms * root[:, None], values * root, rcond=None)[0]
        scaled = np.sqrt(weight) * np.abs(values - terms @ coefficients)
        limit = 2 * max(float(np.median(scaled)) / QUARTILE_Z, 1e-9)
        trust = np.minimum(1.0, limit / np.maximum(scaled, 1e-9))
    return np.asarray(coefficients, dtype=np.float64), float((trust * scaled**2).sum())
