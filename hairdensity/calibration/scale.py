"""Calibration: the only place where px become um, and pixels cm2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hairdensity.errors import CalibrationError

__all__ = ["GIVEN_RELATIVE_ERROR", "UM_PER_PX_RANGE", "Calibration", "ScaleKind"]

UM_PER_PX_RANGE = (0.2, 50.0)
"""um/px. Trichoscopes lie at 2-14 um/px; outside this range a unit was mixed up."""

GIVEN_RELATIVE_ERROR = 0.02
"""A stated scale is assumed right within 2 %: it was read off a ruler or a data sheet, for a focus that varies."""

SQUARE_UM_PER_CM2 = 1e8


class ScaleKind(StrEnum):
    """Sorts of sources of a scale."""

    GIVEN = "given"
    FOUND = "found"
    TAGS = "tags"
    PROFILE = "profile"


_BEGINNINGS = {
    ScaleKind.GIVEN: ("given",),
    ScaleKind.FOUND: ("scale bar", "ruler"),
    ScaleKind.PROFILE: ("device profile",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A known scale.

    Parameters
    ----------
    um_per_px : float
        Edge of a square pixel in um.
    relative_error : float
        One standard deviation of ``um_per_px`` as a fraction of it; areas carry twice this.
    source : str
        Where the scale comes from: ``"given..."``, ``"scale bar (...)"``, ``"ruler (...)"``, the name of a tag such as
        ``"tiff resolution"``, or ``"device profile (...)"``.
    disagrees_with : str or None
        Other sources that contradict this one, in words; None when none does.

    Raises
    ------
    CalibrationError
        If the scale is not plausible for microscopy.
    """

    um_per_px: float
    relative_error: float = GIVEN_RELATIVE_ERROR
    source: str = "given"
    disagrees_with: str | None = None

    def __post_init__(self) -> None:
        low, high = UM_PER_PX_RANGE
        if not (math.isfinite(self.um_per_px) and low <= self.um_per_px <= high):
            raise CalibrationError(
                f"um_per_px must lie in {low:g}-{high:g} um/px, got {self.um_per_px:g}{_likely_mistake(self.um_per_px)}"
            )
        if not 0 <= self.relative_error < 0.5:
            raise CalibrationError(
                f"relative_error must lie in 0-0.5 (a fraction: 0.02 is 2 %), got {self.relative_error:g}"
            )

    @property
    def kind(self) -> ScaleKind:
        """Which sort of source it is."""
        for kind, beginnings in _BEGINNINGS.items():
            if self.source.startswith(beginnings):
                return kind
        return ScaleKind.TAGS

    @classmethod
    def from_px_per_mm(cls, px_per_mm: float, *, relative_error: float = GIVEN_RELATIVE_ERROR) -> Self:
        """The scale from the number of pixels that cover 1 mm."""
        low, high = (1000.0 / um_per_px for um_per_px in reversed(UM_PER_PX_RANGE))
        if not low <= px_per_mm <= high:
            raise CalibrationError(
                f"px_per_mm must lie in {low:g}-{high:g} px/mm, got {px_per_mm:g}{_likely_mistake_px_per_mm(px_per_mm)}"
            )
        return cls(um_per_px=1000.0 / px_per_mm, relative_error=relative_error, source="given (px/mm)")

    @classmethod
    def from_field_width_mm(
        cls, field_width_mm: float, *, image_width_px: int, relative_error: float = GIVEN_RELATIVE_ERROR
    ) -> Self:
        """The scale from the width of skin that the whole picture shows."""
        low, high = (um_per_px * image_width_px / 1000.0 for um_per_px in UM_PER_PX_RANGE)
        if not low <= field_width_mm <= high:
            raise CalibrationError(
                f"field_width_mm must lie in {low:g}-{high:g} mm for a picture {image_width_px} px wide, "
                f"got {field_width_mm:g}{_likely_mistake_field(field_width_mm, low, high)}"
            )
        return cls(
            um_per_px=1000.0 * field_width_mm / image_width_px,
            relative_error=relative_error,
            source="given (field width)",
        )

    def to_um(self, length_px: ArrayLike) -> NDArray[np.float64]:
        """Lengths in um from lengths in px."""
        return np.asarray(length_px, dtype=np.float64) * self.um_per_px

    def to_px(self, length_um: ArrayLike) -> NDArray[np.float64]:
        """Lengths in px from lengths in um."""
        return np.asarray(length_um, dtype=np.float64) / self.um_per_px

    def area_cm2(self, area_px: float) -> float:
        """Area in cm2 of a number of pixels."""
        return float(area_px) * self.um_per_px**2 / SQUARE_UM_PER_CM2


def _likely_mistake(um_per_px: float) -> str:
    """The remedy for a scale outside the plausible range, when a mixed-up unit explains it."""
    low, high = UM_PER_PX_RANGE
    if low <= um_per_px * 1000 <= high:
        return "; probably mm/px: multiply by 1000"
    if um_per_px > 0 and low <= 1000 / um_per_px <= high:
        return f"; probably px/mm: give px_per_mm={um_per_px:g} instead"
    return "; measure a ruler in the picture: um/px is 1000 divided by the pixels in 1 mm"


def _likely_mistake_px_per_mm(px_per_mm: float) -> str:
    """The same for px/mm."""
    low, high = UM_PER_PX_RANGE
    if low <= px_per_mm <= high:
        return f"; probably um/px: give um_per_px={px_per_mm:g} instead"
    if px_per_mm > 0 and low <= 1 / px_per_mm <= high:
        return "; probably px/um: multiply by 1000"
    return "; measure a ruler in the picture: count the pixels in 1 mm"


def _likely_mistake_field(field_width_mm: float, low: float, high: float) -> str:
    """The same for a field of view, whose plausible widths are ``low`` to ``high`` mm."""
    if low <= field_width_mm / 1000 <= high:
        return "; probably um: divide by 1000"
    if low <= field_width_mm * 1000 <= high:
        return "; probably m: multiply by 1000"
    return "; give the width of skin that the whole picture shows, from the device's data sheet or a ruler"
