"""Figures of a picture from its tables and its area, each with two 95 % intervals: of the picture and of the site.

One table, `figures.Metrics`, declares every figure; documents, tables and docs/metrics.md take their words from it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hairdensity.metrics.accuracy import FigureErrors
from hairdensity.metrics.estimates import Estimate, Histogram
from hairdensity.metrics.figures import CM2_PER_INCH2, METRICS, MetricInfo, Metrics
from hairdensity.metrics.settings import MetricsSettings

if TYPE_CHECKING:
    from hairdensity.metrics.computing import Measured, compute_metrics

__all__ = [
    "CM2_PER_INCH2",
    "METRICS",
    "Estimate",
    "FigureErrors",
    "Histogram",
    "Measured",
    "MetricInfo",
    "Metrics",
    "MetricsSettings",
    "compute_metrics",
]


def __getattr__(name: str) -> Any:
    """Load what computes when it is first asked for: those who only read the table of figures stay small."""
    if name in ("Measured", "compute_metrics"):
        return getattr(import_module("hairdensity.metrics.computing"), name)
    raise AttributeError(f"module 'hairdensity.metrics' has no attribute {name!r}")
