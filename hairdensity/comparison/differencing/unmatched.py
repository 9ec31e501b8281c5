"""The difference of two visits as samples that know nothing of each other: all that can be said without matching.

The intervals of both visits' sites are combined by squaring and adding their distances from the values, side by side
[1]_: so the interval of a difference keeps the skew of its parts. Of one device with one stated scale the scale's error
is left out: whatever it is, it is the same at both visits.

References
----------
.. [1] Zou and Donner (2008). Construction of confidence limits about effect measures: a general approach. Statistics in
   Medicine 27(10), 1693-1702.
"""

from __future__ import annotations

import math
from dataclasses import replace

from hairdensity.analysis import Analysis
from hairdensity.comparison.differences import Difference, verdict_of
from hairdensity.comparison.differencing.common_scale import unshared_error
from hairdensity.metrics import METRICS, Estimate, Measured, Metrics, compute_metrics
from hairdensity.metrics.difficulty import expected_errors

__all__ = ["unmatched_difference", "unmatched_differences"]


def unmatched_differences(baseline: Analysis, follow_up: Analysis) -> dict[str, Difference]:
    """By figure: each visit on its own whole area.

    Without both scales, figures in px are of each picture's own px: they are left out.
    """
    visits = baseline, follow_up
    is_scaled = baseline.calibration is not None and follow_up.calibration is not None
    figures = [_without_shared_scale(visit, visits) for visit in visits]
    differences = {}
    for info in METRICS:
        before, after = (getattr(metrics, info.name) for metrics in figures)
        if info.kind != "estimate" or info.unit == "px" or (info.needs_scale and not is_scaled):
            continue
        if isinstance(before, Estimate) and isinstance(after, Estimate):
            differences[info.name] = unmatched_difference(before, after).of(info)
    return differences


def unmatched_difference(before: Estimate, after: Estimate) -> Difference:
    """Follow-up less baseline with both sites' intervals combined.

    Without a verdict where a picture's own error was never measured: sampling alone would feign certainty.
    """
    value = after.value - before.value
    site_low = value - math.hypot(after.value - after.site_low, before.site_high - before.value)
    site_high = value + math.hypot(after.site_high - after.value, before.value - before.site_low)
    is_validated = not any(math.isnan(end) for figure in (before, after) for end in (figure.low, figure.high))
    low, high = (site_low, site_high) if is_validated else (math.nan, math.nan)
    return Difference(
        value=value,
        low=low,
        high=high,
        relative=value / before.value if before.value else math.nan,
        detectable=(high - low) / 2,
        n=min(before.n, after.n),
        verdict=verdict_of(low, high),
        site_low=site_low,
        site_high=site_high,
    )


def _without_shared_scale(visit: Analysis, visits: tuple[Analysis, Analysis]) -> Metrics:
    """Figures of a visit whose intervals hold the scale's error only where the visits do not share it."""
    before, after = (analysis.calibration for analysis in visits)
    if visit.calibration is None or before is None or after is None or unshared_error(before, after):
        return visit.metrics
    measured = Measured(
        hairs=visit.hairs, units=visit.units, coverage_fraction=visit.metrics.coverage_fraction.value, ostia=visit.ostia
    )
    exact = compute_metrics(
        measured,
        visit.target_area,
        replace(visit.calibration, relative_error=0.0),
        errors=expected_errors(visit.traits, visit.settings.method),
        settings=visit.settings.metrics,
    )
    return replace(exact, erythema_index=visit.metrics.erythema_index, scaling_fraction=visit.metrics.scaling_fraction)
