"""What a simulated trial is like: arms, visits, people, errors, and what gets lost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["ArmSettings", "TrialSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSettings:
    """One arm, and what it truly does until the last visit.

    Parameters
    ----------
    name : str
    effect_per_cm2, effect_sd_per_cm2 : float
        True change of hair density: mean and deviation between patients.
    diameter_effect_um : float
        True change of the mean diameter.
    redness : float
        True rise of the erythema index at every visit after the first.
    reactivated_per_cm2 : float
        Follicular units that are re-activated until the last visit: the mean of the patients' true rates.
    treatment, combined_with : str
    needle_depths_mm : tuple of float
        Patients get these in turn; empty: no needles.
    sessions : int
        That the arm plans; a patient misses some (`TrialSettings.missed_sessions`). 0: none.
    interval_days : float
    """

    name: str
    effect_per_cm2: float = 0.0
    effect_sd_per_cm2: float = 8.0
    diameter_effect_um: float = 0.0
    redness: float = 0.0
    reactivated_per_cm2: float = 1.0
    treatment: str = ""
    combined_with: str = ""
    needle_depths_mm: tuple[float, ...] = ()
    sessions: int = 0
    interval_days: float = math.nan

    def __post_init__(self) -> None:
        if self.effect_sd_per_cm2 < 0 or self.sessions < 0:
            raise InputError(f"effect_sd_per_cm2 and sessions of arm {self.name!r} must be 0 or more")


_ARMS = (
    ArmSettings(name="minoxidil", effect_per_cm2=10.0, diameter_effect_um=1.0, treatment="minoxidil 5 %"),
    ArmSettings(
        name="microneedling + minoxidil",
        effect_per_cm2=24.0,
        diameter_effect_um=2.5,
        redness=1.5,
        reactivated_per_cm2=4.0,
        treatment="microneedling",
        combined_with="minoxidil 5 %",
        needle_depths_mm=(0.5, 1.5, 2.5),
        sessions=12,
        interval_days=14.0,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """A parallel-group trial at one site.

    Parameters
    ----------
    arms : tuple of ArmSettings
        The first is the reference.
    patients_per_arm : int
    weeks : tuple of float
        Of the visits, the baseline's 0 first.
    build_up_weeks : float
        An effect of e at the last visit is e (1 - exp(-w / build_up)) / (1 - exp(-last / build_up)) at week w.
    site : str
    density_per_cm2, density_sd_per_cm2 : float
        Between patients. Groups in the United States: 148-230, SD 25-33 (Loussouarn 2017).
    centers : int
        Patients are spread over them evenly within arms.
    center_sd_per_cm2 : float
        Deviation of the centers' mean density.
    wander_per_cm2 : float
        A site's true density comes and goes by this much (SD) at each visit after the first.
    area_cm2 : float
    placement_cv : float
        Sampling error of one placement of 1 cm2, relative to the density: 8 %. It falls with the root of the area.
    detection_cv : float
        Error of a count beyond that of placement.
    matched_error_per_cm2 : float
        Of a change that is matched hair to hair, at 1 cm2, detection and sampling of gains and losses together.
    replicates : int
        Pictures of a site and visit, each placed anew.
    diameter_um, diameter_sd_um, diameter_error_um : float
        Mean of the shafts, between patients, and its error in a picture.
    redness, redness_sd, redness_error : float
        Erythema index: between patients, and its error in a picture.
    per_needle_mm_per_cm2 : float
        True slope: each mm of needle depth beyond the arm's mean adds so many hairs per cm2 by the last visit.
    per_session_per_cm2 : float
        Likewise for each session that the patient missed, as a loss.
    missed_sessions : float
        Chance of each session to be missed.
    dropout : float
        Chance to be gone at each visit after the first, and from then on, for a patient with the mean change.
    dropout_by_change : float
        Log odds of being gone for each 10 hairs per cm2 that the last visit was below the mean of all: missing at
        random, given what was seen.
    unreadable : float
        Share of the pictures without a result.
    refused : float
        Share of the comparisons that are not registered.
    with_hairs : bool
        Also make the tables matches and unit_matches: a few hundred rows for each registered comparison.
    turnover_per_cm2 : float
        Hairs lost, and grown anew, by each visit of a patient whose density stays; of a true change, the one half is
        gained and the other half is not lost.
    emptied_per_cm2 : float
        Follicular units that are emptied by each visit after the first: the true mean of every arm.
    hair_diameter_error_um : float
        Of the change of one shaft's diameter.
    """

    arms: tuple[ArmSettings, ...] = _ARMS
    patients_per_arm: int = 40
    weeks: tuple[float, ...] = (0.0, 8.0, 16.0, 24.0)
    build_up_weeks: float = 12.0
    site: str = "vertex"
    density_per_cm2: float = 200.0
    density_sd_per_cm2: float = 30.0
    centers: int = 1
    center_sd_per_cm2: float = 10.0
    wander_per_cm2: float = 4.0
    area_cm2: float = 1.0
    placement_cv: float = 0.08
    detection_cv: float = 0.02
    matched_error_per_cm2: float = 5.0
    replicates: int = 1
    diameter_um: float = 55.0
    diameter_sd_um: float = 5.0
    diameter_error_um: float = 1.5
    redness: float = 20.0
    redness_sd: float = 4.0
    redness_error: float = 1.0
    per_needle_mm_per_cm2: float = 0.0
    per_session_per_cm2: float = 0.0
    missed_sessions: float = 0.1
    dropout: float = 0.0
    dropout_by_change: float = 0.0
    unreadable: float = 0.0
    refused: float = 0.0
    with_hairs: bool = False
    turnover_per_cm2: float = 30.0
    emptied_per_cm2: float = 1.0
    hair_diameter_error_um: float = 4.0

    def __post_init__(self) -> None:
        if not self.arms or len({arm.name for arm in self.arms}) < len(self.arms):
            raise InputError("arms must be one or more, each with a name of its own")
        if min(self.patients_per_arm, self.centers, self.replicates) < 1:
            raise InputError("patients_per_arm, centers and replicates must be 1 or more")
        if len(self.weeks) < 2 or self.weeks[0] != 0 or list(self.weeks) != sorted(set(self.weeks)):
            raise InputError(f"weeks must rise from 0, two or more, got {self.weeks}")
        for name in ("missed_sessions", "dropout", "unreadable", "refused"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} must lie in 0-1, got {getattr(self, name):g}")
