"""Change: what a follow-up shows beside its baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.registration import Registration
from hairdensity.flags import ChangeFlag
from hairdensity.metrics import Metrics

__all__ = ["Change"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A baseline and a follow-up, compared.

    Parameters
    ----------
    baseline, follow_up : Analysis
    registration : Registration
    common_area : CommonArea or None
        The readable skin of both; None when registration was refused.
    baseline_metrics, follow_up_metrics : Metrics
        On the common area; each on its own area when registration was refused.
    matches, units : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``; zero rows when registration was refused.
    differences : mapping of str to Difference
        By figure (see `metrics.METRICS`): matched hair to hair, or unmatched when registration was refused.
    unmatched : mapping of str to Difference
        The same as two samples that know nothing of each other: each visit on its own whole area.
    flags : ChangeFlag
    control : Change or None
        Of an untreated site between the same visits.
    version : str
        Of this package.
    """

    baseline: Analysis
    follow_up: Analysis
    registration: Registration
    common_area: CommonArea | None
    baseline_metrics: Metrics
    follow_up_metrics: Metrics
    matches: pd.DataFrame
    units: pd.DataFrame
    differences: Mapping[str, Difference]
    unmatched: Mapping[str, Difference]
    flags: ChangeFlag
    control: Change | None
    version: str
