"""One comparison through all estimators that fit it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.study.agreement.bland_altman import BlandAltman, bland_altman
from hairdensity.study.agreement.comparisons import Comparison, is_of_algorithm
from hairdensity.study.agreement.concordance import Concordance, concordance
from hairdensity.study.agreement.icc import Icc, intraclass_correlations
from hairdensity.study.agreement.kappa import WEIGHTS, Kappa, count_classes, kappa
from hairdensity.study.agreement.repeatability import Repeatability, between_raters, within_rater

__all__ = ["Agreement", "Classes", "analyze_agreement"]

FEW = 10
"""Patients below which intervals that rest on them are rough."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classes:
    """Agreement on classes.

    Parameters
    ----------
    classes : (c,) float ndarray
        In order.
    table : (c, c) float ndarray
        Subjects by class of the first rater (rows) and of the second.
    kappas : tuple of Kappa
        Unweighted, linear, quadratic.
    """

    classes: NDArray[np.float64]
    table: NDArray[np.float64]
    kappas: tuple[Kappa, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement:
    """What was found for one comparison; parts that do not fit it are None, or empty.

    Parameters
    ----------
    comparison : Comparison
    n_subjects, n_readings, n_patients, n_incomplete : int
        Subjects with all readings that are compared, their readings, their patients; subjects that lack a reading.
    clustered : bool
        Some patients have several subjects.
    pairs : (n_subjects, 2) float ndarray
        First and second reading, which ``bland_altman`` is of; (0, 2) for more than two readers.
    pair_patients : tuple of str
    icc : tuple of Icc
    bland_altman : BlandAltman or None
    repeatability : Repeatability or None
    concordance : Concordance or None
    kappa : Classes or None
    notes : tuple of str
    """

    comparison: Comparison
    n_subjects: int
    n_readings: int
    n_patients: int
    n_incomplete: int
    clustered: bool
    pairs: NDArray[np.float64]
    pair_patients: tuple[str, ...]
    icc: tuple[Icc, ...] = ()
    bland_altman: BlandAltman | None = None
    repeatability: Repeatability | None = None
    concordance: Concordance | None = None
    kappa: Classes | None = None
    notes: tuple[str, ...] = ()


def analyze_agreement(comparison: Comparison) -> Agreement:
    """Apply the estimators to one comparison.

    Readers are compared on the subjects that all of them read; repeats on those that were read at least twice. Where a
    patient has several subjects, intervals rest on the patients.

    Parameters
    ----------
    comparison : Comparison
    """
    usable, n_columns = _usable(comparison)
    values = comparison.values[usable]
    complete = values[:, :n_columns]
    patients = tuple(np.array(comparison.patients, dtype=object)[usable])
    clusters, clustered = _clusters(patients)
    within = clusters if clustered else None
    is_pair = n_columns == 2 or comparison.kind == "repeats"
    pairs = complete[:, :2] if is_pair else np.empty((0, 2))
    found = Agreement(
        comparison=comparison,
        n_subjects=len(complete),
        n_readings=int(np.isfinite(values).sum()),
        n_patients=len(np.unique(clusters)),
        n_incomplete=int((~usable).sum()),
        clustered=clustered,
        pairs=pairs,
        pair_patients=patients if is_pair else (),
        icc=() if comparison.is_grade else intraclass_correlations(complete, clusters=within),
        bland_altman=bland_altman(pairs, clusters=within) if is_pair and not comparison.is_grade else None,
        repeatability=None if comparison.is_grade else _repeatability(comparison, values, within),
        concordance=concordance(pairs, clusters=within) if is_pair and not comparison.is_grade else None,
        kappa=_classes(pairs, within) if is_pair and comparison.is_grade else None,
    )
    return _with_notes(found)


def _usable(comparison: Comparison) -> tuple[NDArray[np.bool_], int]:
    """Subjects that are compared, and how many of their first readings all of them have."""
    n_read = np.isfinite(comparison.values).sum(axis=1)
    if comparison.kind != "repeats":
        return n_read == comparison.values.shape[1], comparison.values.shape[1]
    usable = n_read > 1
    return usable, int(n_read[usable].min(initial=comparison.values.shape[1]))


def _clusters(patients: tuple[str, ...]) -> tuple[NDArray[np.int64], bool]:
    """A number for each patient; who is not named is a patient alone."""
    names = [name or f"\0{place}" for place, name in enumerate(patients)]
    _, numbers = np.unique(np.array(names, dtype=object), return_inverse=True)
    clusters = numbers.astype(np.int64)
    return clusters, len(np.unique(clusters)) < len(clusters)


def _repeatability(
    comparison: Comparison, values: NDArray[np.float64], clusters: NDArray[np.int64] | None
) -> Repeatability:
    if comparison.kind == "repeats":
        return within_rater(values, clusters=clusters)
    return between_raters(values, clusters=clusters)


def _classes(pairs: NDArray[np.float64], clusters: NDArray[np.int64] | None) -> Classes:
    classes = np.unique(pairs)
    if len(classes) and (classes == np.round(classes)).all():
        # A grade that nobody gave still lies between its neighbors.
        classes = np.arange(classes[0], classes[-1] + 1)
    places = np.searchsorted(classes, pairs)
    table = count_classes(places, len(classes))
    kappas = tuple(kappa(table, weights=weights, pairs=places, clusters=clusters) for weights in WEIGHTS)
    return Classes(classes=classes, table=table, kappas=kappas)


def _with_notes(found: Agreement) -> Agreement:
    return replace(found, notes=tuple(_notes(found)))


def _notes(found: Agreement) -> list[str]:
    notes = []
    subjects = "sites" if is_of_algorithm(found.comparison.kind, found.comparison.raters) else "pictures"
    if found.n_subjects < 3:
        notes.append(f"fewer than 3 {subjects} were read twice: no interval can be stated")
    if found.n_incomplete:
        notes.append(f"{found.n_incomplete} {subjects} lack a reading and are left out (complete cases)")
    if found.clustered:
        notes.append(
            "several pictures of one patient are not independent: intervals leave out one patient at a time, and "
            "limits of agreement add the variance between and within patients (Bland & Altman 2007)"
        )
        if found.n_patients < FEW:
            notes.append(f"intervals that rest on {found.n_patients} patients are rough")
    if any(not name for name in found.comparison.patients):
        notes.append(f"some readings name no patient: their {subjects} are taken as independent")
    return notes + _notes_on_values(found)


def _notes_on_values(found: Agreement) -> list[str]:
    notes = []
    if found.comparison.figure.startswith("n_"):
        notes.append("a plain number: it compares only where all counted on the same target area")
    values = found.comparison.values
    if found.n_subjects > 1 and np.nanmin(values) == np.nanmax(values):
        notes.append("all readings are the same number: correlations and kappa cannot be stated")
    analysis = found.bland_altman
    if analysis is not None and analysis.proportional_bias.p < 0.05:
        notes.append("the bias depends on the size of the figure (p < 0.05): read the slope with the bias")
    if analysis is not None and analysis.use == "ratio":
        notes.append("differences scatter more where the figure is large (p < 0.05): read the limits of the ratio")
    return notes
