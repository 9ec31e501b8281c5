"""Patient by patient: one value, one baseline and one change for each visit and figure, whatever pictures there are.

Pictures of one patient are no independent patients: replicates are averaged to the site's visit, sites to the patient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.comparable import Refusal, check_bases
from hairdensity.study.outcomes.visits import BASELINE, StudyImages, at_control_site, text_of
from hairdensity.study.plan import Plan

__all__ = ["ANALYZED", "PER_AREA", "StudyValues", "collect_values", "mean_over_sites"]

ANALYZED = "analyzed"

PER_AREA = ("/cm2", "/inch2")
"""Units of figures whose target area is part of what they are figures of end so."""

_KEYS = ["patient", "site", "visit_index"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyValues:
    """What the analyses work on.

    Parameters
    ----------
    patients : (P, ...) DataFrame
        By patient: ``arm`` as assigned, ``center`` and covariates; all patients of the manifest.
    visits : (V, 2) DataFrame
        ``visit`` and ``week`` by ``visit_index`` from 0.
    images : (N, ...) DataFrame
        Images of the analyzed site, with ``why``: `ANALYZED` or the reason why not, ``readable``: they have a result of
        sufficient quality, and ``off_basis``: their figures per area are not pooled with the others.
    value, baseline, change : (R, F) DataFrame
        By (patient, visit_index), a column for each figure. ``baseline`` and ``change`` rest on the same sites.
    refusals : tuple of Refusal
        Densities that are not pooled since their target areas differ: they are missing here.
    notes : tuple of str
    """

    patients: pd.DataFrame
    visits: pd.DataFrame
    images: pd.DataFrame
    value: pd.DataFrame
    baseline: pd.DataFrame
    change: pd.DataFrame
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """Those that have patients, in order of their names."""
        return tuple(sorted(set(self.patients["arm"])))

    def follow_up_indices(self) -> list[int]:
        """The visits after the baseline."""
        return [int(index) for index in self.visits.index if index > BASELINE]

    def paired(self, figure: str, *, response: str = "change") -> pd.DataFrame:
        """Rows with baseline and follow-up of a figure: patient, visit_index, response, baseline, change, and who.

        Parameters
        ----------
        figure : str
        response : {"change", "value"}
        """
        rows = pd.DataFrame({"baseline": self.baseline[figure], "change": self.change[figure]}).dropna().reset_index()
        rows = rows[rows["visit_index"] > BASELINE]
        rows["response"] = rows["change"] if response == "change" else rows["change"] + rows["baseline"]
        return rows.join(self.patients, on="patient")

    def is_withheld(self, figure: str) -> bool:
        """Whether a figure was refused for all images, since their target areas differ: nothing follows from it."""
        return info_of(figure).unit.endswith(PER_AREA) and bool(self.images["off_basis"].all())

    def visit_cells(self, index: int) -> dict[str, object]:
        """Name and week of a visit, as rows of tables carry them."""
        return {"visit": self.visits["visit"][index], "week": float(self.visits["week"][index])}


def collect_values(study: StudyImages, plan: Plan, figures: tuple[str, ...]) -> StudyValues:
    """Average pictures to patients.

    Parameters
    ----------
    study : StudyImages
    plan : Plan
        Settled (`hairdensity.study.outcomes.settling.settle_plan`).
    figures : tuple of str
        Columns of the images table.
    """
    notes: list[str] = []
    images = _of_site(study.rows, plan, notes)
    refusals = check_bases(images)
    off_basis = _off_basis(images, refusals)
    images = images.assign(**_reasons(images, off_basis, plan))
    by_site = _average_pictures(images, off_basis, figures, notes)
    baseline, change = _changes(by_site)
    return StudyValues(
        patients=_patients(pd.concat([images, study.rows]), plan),
        visits=study.visits.loc[study.visits.index >= BASELINE],
        images=images,
        value=mean_over_sites(by_site),
        baseline=baseline,
        change=change,
        refusals=refusals,
        notes=tuple(notes),
    )


def _off_basis(images: pd.DataFrame, refusals: tuple[Refusal, ...]) -> pd.Series:
    """Images whose densities are not pooled: single ones, or all where groups that would be compared differ."""
    if any(not refusal.rows for refusal in refusals):
        return pd.Series(True, index=images.index)
    return images["row"].isin([row for refusal in refusals for row in refusal.rows])


def _average_pictures(
    images: pd.DataFrame, off_basis: pd.Series, figures: tuple[str, ...], notes: list[str]
) -> pd.DataFrame:
    """Replicates averaged: by (patient, site, visit_index), a column for each figure."""
    used = images[images["readable"]]
    numbers = used[list(figures)].apply(pd.to_numeric, errors="coerce")
    per_area = [figure for figure in figures if info_of(figure).unit.endswith(PER_AREA)]
    numbers.loc[off_basis[used.index], per_area] = np.nan
    sizes = used.groupby(_KEYS).size()
    if several := int((sizes > 1).sum()):
        notes.append(f"{several} of {len(sizes)} visits rest on several pictures, averaged before all else")
    if (sizes.reset_index().groupby("patient")["site"].nunique() > 1).any():
        notes.append("several sites of a patient are averaged to the patient, each against its own baseline")
    by_site: pd.DataFrame = numbers.groupby([used[key] for key in _KEYS]).mean()
    return by_site


def mean_over_sites(by_site: pd.DataFrame) -> pd.DataFrame:
    """Average (patient, site, visit_index) to (patient, visit_index), each column over the sites that have it."""
    return by_site.groupby(level=["patient", "visit_index"]).mean()


def _changes(by_site: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Baseline and change of each patient's visit, from sites that have both."""
    is_first = by_site.index.get_level_values("visit_index") == BASELINE
    first = by_site[is_first].droplevel("visit_index")
    before = first.reindex(by_site.droplevel("visit_index").index).set_axis(by_site.index)
    before = before[by_site.notna()]
    return mean_over_sites(before), mean_over_sites(by_site - before)


def _of_site(rows: pd.DataFrame, plan: Plan, notes: list[str]) -> pd.DataFrame:
    """Images from the baseline on, of the named site or of all that are not control sites."""
    early = int((rows["visit_index"] < BASELINE).sum())
    if early:
        notes.append(f"{early} images of visits before the baseline are not analyzed")
    rows = rows[rows["visit_index"] >= BASELINE]
    if plan.site:
        return rows[rows["site"] == plan.site]
    is_control = at_control_site(rows)
    if is_control.any():
        notes.append(f"{int(is_control.sum())} images of control sites are not part of the arms' figures")
    return rows[~is_control]


def _reasons(images: pd.DataFrame, off_basis: pd.Series, plan: Plan) -> dict[str, pd.Series]:
    """Whether an image can be read, why it is not analyzed, or that it is, and whether its densities are not pooled."""
    figure = plan.primary_figure
    why = pd.Series(ANALYZED, index=images.index, dtype=object)
    why[pd.to_numeric(images[figure], errors="coerce").isna()] = "primary figure not known"
    if info_of(figure).unit.endswith(PER_AREA):
        why[off_basis] = "another target area than the others"
    poor, failed = images["quality"].isin(plan.excluded_quality), images["status"] != "ok"
    why[poor] = "quality " + images["quality"][poor]
    why[failed] = "failed: " + images["error_code"][failed].replace("", "no code")
    return {"why": why, "readable": ~(poor | failed), "off_basis": off_basis}


def _patients(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Arm as assigned, center and covariates: the first that is stated, at the analyzed site or else at another."""
    columns = ["arm", "center", *plan.covariates, *([plan.per_protocol] if plan.per_protocol else [])]
    texts = {name: rows[name].where(rows[name] != "", None) for name in ("arm", "center")}
    patients = rows[["patient", *dict.fromkeys(columns)]].assign(**texts).groupby("patient").first()
    return patients.assign(**{name: text_of(patients, name) for name in texts})
