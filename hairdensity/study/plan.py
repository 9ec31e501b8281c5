"""The analysis plan: what a study said it would analyze, before anybody saw a result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["DEFAULT_SECONDARY_FIGURES", "DOSE_COLUMNS", "SENSITIVITIES", "Plan", "PlanError", "Responder"]

DEFAULT_SECONDARY_FIGURES = (
    "terminal_density_per_cm2_30um",
    "terminal_density_per_cm2_40um",
    "cumulative_diameter_mm_per_cm2",
    "median_diameter_um",
    "unit_density_per_cm2",
    "hairs_per_unit",
)

DOSE_COLUMNS = ("needle_depth_mm", "sessions", "interval_days")

SENSITIVITIES = ("hc3", "locf", "matched")
"""hc3: errors that allow unequal spread; locf: the last visit carried forward; matched: hair-to-hair change."""


class PlanError(InputError):
    """A plan cannot be followed; ``faults`` holds everything that is wrong with it."""

    code = "plan"

    def __init__(self, faults: Iterable[str], *, source: str = "") -> None:
        self.faults = tuple(faults)
        where = f" {source}" if source else ""
        super().__init__(f"the plan{where} cannot be followed:\n" + "\n".join(f"  - {fault}" for fault in self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """Who counts as a responder; nothing is a responder unless the plan says so.

    Parameters
    ----------
    figure : str
    threshold : float
        Change from baseline, in the figure's unit: at least this much, or at most this much where it is negative.
    stated_in : str
        Where the threshold was stated beforehand: protocol, registration or paper.
    """

    figure: str
    threshold: float
    stated_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is analyzed and how. ``None``: not stated; the analysis then takes a default from the tables and says so.

    Parameters
    ----------
    primary_figure : str
    primary_change : {"pictures", "matched"}
        What the primary analysis works on: the difference of the pictures, or the hair-to-hair change where the
        pictures were registered and their difference elsewhere.
    primary_week : float, optional
        Planned week of the primary visit.
    primary_visit : str, optional
        Name of the primary visit, where weeks are not known.
    site : str, optional
        The pre-named site.
    reference_arm : str, optional
        What every other arm is compared with.
    secondary_figures : tuple of str, optional
    response : {"change", "value"}
        What ANCOVA and mixed model explain; the difference between arms is the same number.
    use_center : bool
    covariates : tuple of str
        Columns ``x_...`` of the manifest.
    per_protocol : str, optional
        Column ``x_...`` that says yes for patients treated to protocol.
    excluded_quality : tuple of str
        Verdicts of images that are counted but not analyzed.
    alpha : float
    level : float, optional
        Of intervals; 1 - alpha by default.
    sensitivity : tuple of str
        Of `SENSITIVITIES`.
    responders : tuple of Responder
    dose_columns : tuple of str
    sample_size_differences : tuple of float
        Differences of the primary figure for which the next trial is sized.
    power : float
    dropout : float, optional
        Share of patients lost in the next trial; that of this trial by default.
    sha256, source : str
        Of the file; empty for defaults.
    """

    primary_figure: str = "density_per_cm2"
    primary_change: str = "pictures"
    primary_week: float | None = None
    primary_visit: str | None = None
    site: str | None = None
    reference_arm: str | None = None
    secondary_figures: tuple[str, ...] | None = None
    response: str = "change"
    use_center: bool = True
    covariates: tuple[str, ...] = ()
    per_protocol: str | None = None
    excluded_quality: tuple[str, ...] = ("unreadable",)
    alpha: float = 0.05
    level: float | None = None
    sensitivity: tuple[str, ...] = ("hc3", "matched")
    responders: tuple[Responder, ...] = ()
    dose_columns: tuple[str, ...] = DOSE_COLUMNS
    sample_size_differences: tuple[float, ...] = ()
    power: float = 0.8
    dropout: float | None = None
    sha256: str = ""
    source: str = ""

    @property
    def is_stated(self) -> bool:
        """A file stated it; else all of it is defaults."""
        return bool(self.sha256)

    @property
    def interval_level(self) -> float:
        """Level of the intervals: the stated one, else that of the tests."""
        return self.level if self.level is not None else 1 - self.alpha

    @property
    def figures(self) -> tuple[str, ...]:
        """Primary first, each once."""
        return tuple(dict.fromkeys((self.primary_figure, *(self.secondary_figures or ()))))
