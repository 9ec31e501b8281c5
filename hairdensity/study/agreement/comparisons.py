"""What is compared: readers with each other, a reader with the algorithm, repeats with the first reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.flags import Verdict
from hairdensity.metrics import METRICS
from hairdensity.study.agreement.placing import AREA, on_same_area
from hairdensity.study.comparable import Refusal

__all__ = ["ALGORITHM", "Comparison", "Kind", "is_of_algorithm", "plan_comparisons"]

Kind = Literal["readers", "reader_algorithm", "repeats"]

ALGORITHM: Final = "algorithm"
QUALITY: Final = "quality"
QUALITY_GRADES: Final = {str(verdict): float(grade) for grade, verdict in enumerate(Verdict)}
"""How a reader writes the quality of a picture, so that it can be held against the algorithm's verdict."""

REPLICATE_FIGURES: Final = (
    "density_per_cm2",
    "unit_density_per_cm2",
    "median_diameter_um",
    "vellus_fraction_30um",
    "vellus_fraction_40um",
    "cumulative_diameter_mm_per_cm2",
)
"""Figures whose repeats by the algorithm are looked at when none is named."""

_VISIT = ["patient", "site", "visit", "date"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Readings of one figure as a matrix.

    Parameters
    ----------
    figure, unit : str
    kind : {"readers", "reader_algorithm", "repeats"}
    raters : (k,) tuple of str
    subjects : (n,) tuple of str
        What was read: pictures; for repeats by the algorithm, sites at a visit.
    patients : (n,) tuple of str
        Empty where not known.
    values : (n, k) float ndarray
        NaN where missing. Repeats are of what was read twice at least, and fill the first columns.
    is_grade : bool
        The values are classes in order, not a measurement.
    """

    figure: str
    unit: str
    kind: Kind
    raters: tuple[str, ...]
    subjects: tuple[str, ...]
    patients: tuple[str, ...]
    values: NDArray[np.float64]
    is_grade: bool = False


def is_of_algorithm(kind: str, raters: Sequence[str]) -> bool:
    """Whether a comparison is of the program with itself, on several pictures of a site."""
    return kind == "repeats" and raters[0].startswith(f"{ALGORITHM},")


def plan_comparisons(
    placed: pd.DataFrame, images: pd.DataFrame | None, *, figures: Sequence[str] = (), grades: Sequence[str] = ()
) -> tuple[list[Comparison], tuple[Refusal, ...]]:
    """All comparisons that readings and pictures allow.

    Parameters
    ----------
    placed : DataFrame
        From `place_readings`; may be empty.
    images : DataFrame, optional
    figures : sequence of str, optional
        Which figures; by default all that were read but the area, and `REPLICATE_FIGURES` for repeats by the algorithm.
    grades : sequence of str, optional
        Figures whose values are classes in order.

    Returns
    -------
    comparisons : list of Comparison
    refused : tuple of Refusal
        What cannot be compared, and why.
    """
    found: list[Comparison] = []
    refused: list[Refusal] = []
    for figure in figures or sorted(set(placed["figure"]) - {AREA}):
        read = placed[placed["figure"] == figure]
        is_grade = figure in grades or figure == QUALITY
        comparable, other_area = on_same_area(read, placed, None, figure=figure)
        refused += other_area
        found += _between_readers(comparable, figure, is_grade=is_grade)
        found += _repeats_of_readers(comparable, figure, is_grade=is_grade)
        if images is not None and len(read):
            of_algorithm = _algorithm_values(images, figure)
            if of_algorithm is None:
                refused.append(_no_such_figure(figure, images))
            else:
                comparable, other_area = on_same_area(read, placed, images, figure=figure)
                refused += other_area
                found += _against_algorithm(comparable, of_algorithm, figure, is_grade=is_grade)
    if images is not None:
        for figure in figures or _default_figures(placed, images):
            found += _repeats_of_algorithm(images, figure)
    return found, tuple(refused)


def _between_readers(read: pd.DataFrame, figure: str, *, is_grade: bool) -> list[Comparison]:
    """Each two readers by their first readings; with more than two, also all of them together."""
    first = read.drop_duplicates(["reader", "subject"])
    readers = sorted(set(first["reader"]))
    groups: list[tuple[str, ...]] = list(combinations(readers, 2))
    if len(readers) > 2 and not is_grade:
        groups.append(tuple(readers))
    wide = first.pivot(index="subject", columns="reader", values="value")
    patients = first.drop_duplicates("subject").set_index("subject")["patient"]
    made = [
        _comparison(wide[list(group)], patients, figure, kind="readers", raters=group, is_grade=is_grade)
        for group in groups
    ]
    return [comparison for comparison in made if _any_pair(comparison)]


def _repeats_of_readers(read: pd.DataFrame, figure: str, *, is_grade: bool) -> list[Comparison]:
    made = []
    for reader, own in read.groupby("reader", sort=True):
        # Numbered again, so that a reading that was left empty leaves no gap.
        wide = own.assign(place=own.groupby("subject").cumcount() + 1).pivot(
            index="subject", columns="place", values="value"
        )
        patients = own.drop_duplicates("subject").set_index("subject")["patient"]
        raters = tuple(f"{reader}, reading {place}" for place in wide.columns)
        made.append(_comparison(wide, patients, figure, kind="repeats", raters=raters, is_grade=is_grade))
    return [comparison for comparison in made if _any_pair(comparison)]


def _against_algorithm(read: pd.DataFrame, of_algorithm: pd.Series, figure: str, *, is_grade: bool) -> list[Comparison]:
    made = []
    for reader, readings in read.drop_duplicates(["reader", "subject"]).groupby("reader", sort=True):
        own = readings.set_index("subject")
        wide = pd.DataFrame({ALGORITHM: of_algorithm.reindex(own.index), str(reader): own["value"]})
        made.append(
            _comparison(
                wide,
                own["patient"],
                figure,
                kind="reader_algorithm",
                raters=(ALGORITHM, str(reader)),
                is_grade=is_grade,
            )
        )
    return [comparison for comparison in made if _any_pair(comparison)]


def _repeats_of_algorithm(images: pd.DataFrame, figure: str) -> list[Comparison]:
    """Pictures of one site that were taken at one visit and on one day."""
    of_algorithm = _algorithm_values(images, figure)
    if of_algorithm is None:
        return []
    pictures = images[[*_VISIT, "replicate"]].assign(value=of_algorithm.to_numpy())
    pictures = pictures[pictures["value"].notna()].sort_values("replicate", kind="stable")
    groups = pictures.groupby(_VISIT, sort=True)
    pictures = pictures.assign(place=groups.cumcount() + 1, subject=groups.ngroup())
    wide = pictures.pivot(index="subject", columns="place", values="value")
    first = pictures.drop_duplicates("subject").set_index("subject")
    names = first["patient"] + ", " + first["site"] + ", " + first["visit"]
    raters = tuple(f"{ALGORITHM}, picture {place}" for place in wide.columns)
    wide.index = pd.Index(names.loc[wide.index])
    patients = pd.Series(first["patient"].to_numpy(), index=pd.Index(names))
    comparison = _comparison(wide, patients, figure, kind="repeats", raters=raters, is_grade=figure == QUALITY)
    return [comparison] if _any_pair(comparison) else []


def _comparison(
    wide: pd.DataFrame,
    patients: pd.Series,
    figure: str,
    *,
    kind: Kind,
    raters: tuple[str, ...],
    is_grade: bool,
) -> Comparison:
    # What was read once is no failed repeat: a share alone is read again.
    read = wide[wide.notna().sum(axis=1) > (1 if kind == "repeats" else 0)]
    return Comparison(
        figure=figure,
        unit=_UNITS.get(figure, ""),
        kind=kind,
        raters=raters,
        subjects=tuple(str(subject) for subject in read.index),
        patients=tuple(str(patient) for patient in patients[~patients.index.duplicated()].reindex(read.index)),
        values=read.to_numpy(dtype=np.float64),
        is_grade=is_grade,
    )


def _any_pair(comparison: Comparison) -> bool:
    return bool((np.isfinite(comparison.values).sum(axis=1) > 1).any())


def _algorithm_values(images: pd.DataFrame, figure: str) -> pd.Series | None:
    """The algorithm's figure by subject; None where there is no figure of that name."""
    if figure == QUALITY:
        values = images[QUALITY].map(QUALITY_GRADES)
    elif figure in _UNITS and figure in images.columns:
        values = images[figure].astype("float64")
    else:
        return None
    return pd.Series(values.to_numpy(), index=pd.Index([f"row {row}" for row in images["row"]]), dtype="float64")


def _default_figures(placed: pd.DataFrame, images: pd.DataFrame) -> list[str]:
    known = [figure for figure in sorted(set(placed["figure"])) if _algorithm_values(images, figure) is not None]
    return list(dict.fromkeys([*known, *REPLICATE_FIGURES]))


def _no_such_figure(figure: str, images: pd.DataFrame) -> Refusal:
    near = get_close_matches(figure, [name for name in _UNITS if name in images.columns], n=3, cutoff=0.5)
    # The reason is the same words for every figure, so that it can be said once.
    return Refusal(
        f"{figure} (nearest: {', '.join(near)})" if near else figure,
        "readings of it cannot be held against the algorithm, which states no figure of that name: unit, area and "
        "cut-off are parts of a figure's name, and figures of different units are not compared",
    )


_UNITS: Final = {info.name: info.unit for info in METRICS if info.kind != "histogram"}
