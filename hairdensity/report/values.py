"""Numbers, figures and settings as JSON carries them: NaN is null, a tuple is a list."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hairdensity.metrics import CM2_PER_INCH2, METRICS, Estimate, Histogram, Metrics

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DECIMALS", "figure_values", "inch2", "number_or_none", "plain", "rounded", "rounded_pair"]

DECIMALS = 2
"""Of px and um in geometry and hairs: a hundredth is far below what an image can resolve. Figures are not rounded."""


def number_or_none(value: float, decimals: int | None = None) -> float | None:
    """A number that JSON knows: None for NaN and infinity."""
    if not math.isfinite(value):
        return None
    return value if decimals is None else round(value, decimals)


def plain(value: Any) -> Any:
    """Nested settings as JSON has them: a tuple is a list, so that a document equals itself after a round trip."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return number_or_none(value) if isinstance(value, float) else value


def figure_values(metrics: Metrics) -> dict[str, Any]:
    """Every figure by its name: None needs a scale that is not known."""
    return {info.name: _figure(getattr(metrics, info.name)) for info in METRICS}


def _figure(value: Estimate | Histogram | float | None) -> dict[str, Any] | float | None:
    """A figure as a dict of its fields, a number as itself."""
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return number_or_none(value)
    if isinstance(value, Histogram):
        return {"bin_um": value.bin_um, "counts": list(value.counts)}
    return {name: number_or_none(part) for name, part in asdict(value).items()}


def inch2(area_cm2: float | None) -> float | None:
    """An area in square inches."""
    return None if area_cm2 is None else area_cm2 / CM2_PER_INCH2


def rounded(points_px: NDArray[np.float64]) -> list[list[float]]:
    """(row, col) pairs of an (N, 2) array."""
    pairs: list[list[float]] = points_px.round(DECIMALS).tolist()
    return pairs


def rounded_pair(row: float, col: float) -> list[float | None]:
    """One (row, col) pair."""
    return [number_or_none(row, DECIMALS), number_or_none(col, DECIMALS)]
