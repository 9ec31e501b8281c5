"""Shares of tallies; a share of nothing is NaN."""

from __future__ import annotations

__all__ = ["harmonic", "ratio"]


def ratio(part: float, whole: float) -> float:
    """A part of a whole; NaN when there is no whole."""
    return part / whole if whole else float("nan")


def harmonic(a: float, b: float) -> float:
    """Harmonic mean; 0 when either is 0 or NaN."""
    return 2 * a * b / (a + b) if a + b > 0 else 0.0
