"""Figures of a picture from its tables and its area, each with two 95 % intervals: of the picture and of the site.

One table, `figures.Metrics`, declares every figure; documents, tables and docs/metrics.md take their words from it.
"""

from hairdensity.metrics.accuracy import FigureErrors
from hairdensity.metrics.computing import CM2_PER_INCH2, Measured, compute_metrics
from hairdensity.metrics.estimates import Estimate, Histogram
from hairdensity.metrics.figures import METRICS, MetricInfo, Metrics
from hairdensity.metrics.settings import MetricsSettings

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
