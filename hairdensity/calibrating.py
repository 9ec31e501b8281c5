"""Measures a device from pictures of a ruler: its scale in both directions, and the distortion of its lens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration import Calibration, DeviceProfile, Ruler, find_rulers
from hairdensity.calibration.ruler import RULER_RELATIVE_ERROR
from hairdensity.errors import CalibrationError
from hairdensity.image import TrichoImage
from hairdensity.resources import package_version

__all__ = ["Findings", "NoRulerError", "length_calibration", "measure_device", "measure_length", "profile_of"]

POINT_ERROR_PX = 1.0
"""Standard deviation of a point that a person sets."""

SQUARE = 0.01
"""Pixels of a camera are square; a difference above 1 % comes from a picture that was resized unevenly."""

DISTORTED = 0.01
"""Distortion at the corner above which the scale of the middle is no longer that of the picture."""

LEAST_TICKS = 10
"""For distortion: fewer say nothing about a curve."""

DIRECTIONS_DEG = 20.0
"""Rulers whose directions differ by more tell the scale in both directions."""


class NoRulerError(CalibrationError):
    """No picture shows a ruler that can be measured."""

    code = "no_ruler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What pictures of a ruler tell about a device.

    Parameters
    ----------
    calibration : Calibration
        The mean along the rulers.
    um_per_px_rows, um_per_px_cols : float or None
        Down the columns and along the rows; None when the rulers lie in one direction.
    distortion, distortion_error : float or None
        How much longer a length is drawn at the corner than in the middle, as a fraction; None without enough ticks.
    width_px, height_px : int
    pictures : tuple of str
        sha256.
    details, notes : tuple of str
        In words: each ruler, and what to heed.
    """

    calibration: Calibration
    um_per_px_rows: float | None = None
    um_per_px_cols: float | None = None
    distortion: float | None = None
    distortion_error: float | None = None
    width_px: int
    height_px: int
    pictures: tuple[str, ...]
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def measure_device(images: Sequence[TrichoImage], *, tick_mm: float) -> Findings:
    """Measure the ticks of every ruler in pictures of one device.

    Parameters
    ----------
    images : sequence of TrichoImage
        At least one, all of one size.
    tick_mm : float
        Distance of neighboring ticks.

    Raises
    ------
    NoRulerError
        If there is no ruler in them.
    CalibrationError
        If their sizes differ, or the scale is implausible.
    """
    height, width = _common_size(images)
    rulers = [ruler for image in images for ruler in find_rulers(image.pixels)]
    if not rulers:
        raise NoRulerError(
            "no ruler was found: at least 8 ticks, evenly lit, in focus and 5 px apart or more are needed; or measure "
            "by hand: --length-mm 5 --from ROW,COL --to ROW,COL"
        )
    scales = [ruler.calibration(tick_mm) for ruler in rulers]
    weights = np.array([1 / scale.relative_error**2 for scale in scales])
    um_per_px = float(np.average([scale.um_per_px for scale in scales], weights=weights))
    rows, cols = _both_directions(rulers, tick_mm)
    distortion, distortion_error = _distortion(rulers, (height, width))
    spread = max(scale.um_per_px for scale in scales) / min(scale.um_per_px for scale in scales) - 1
    findings = Findings(
        calibration=Calibration(
            um_per_px=um_per_px,
            relative_error=math.hypot(min(scale.relative_error for scale in scales), spread / 2),
            source=f"ruler, {tick_mm:g} mm ticks",
        ),
        um_per_px_rows=rows,
        um_per_px_cols=cols,
        distortion=distortion,
        distortion_error=distortion_error,
        width_px=width,
        height_px=height,
        pictures=tuple(image.sha256 for image in images),
        details=tuple(_in_words(ruler, scale) for ruler, scale in zip(rulers, scales, strict=True)),
    )
    return replace(findings, notes=tuple(_notes(findings)))


def measure_length(
    images: Sequence[TrichoImage], length_mm: float, start: tuple[float, float], end: tuple[float, float]
) -> Findings:
    """The scale from one length between two points, (row, col) px, that a person set.

    Raises
    ------
    CalibrationError
        If there is more than one picture, a point lies outside of it, or the scale is implausible.
    """
    if len(images) != 1:
        raise CalibrationError(f"a length by hand is measured in one picture, got {len(images)}")
    height, width = _common_size(images)
    return Findings(
        calibration=length_calibration(length_mm, start, end, width_px=width, height_px=height),
        width_px=width,
        height_px=height,
        pictures=(images[0].sha256,),
        details=(f"{math.dist(start, end):.1f} px between the two points",),
    )


def length_calibration(
    length_mm: float, start: tuple[float, float], end: tuple[float, float], *, width_px: int, height_px: int
) -> Calibration:
    """The scale from one length between two points, (row, col) px, that a person set in a picture of a known size.

    Raises
    ------
    CalibrationError
        If a point lies outside of the picture, or the scale is implausible.
    """
    if not all(-0.5 <= row <= height_px - 0.5 and -0.5 <= col <= width_px - 0.5 for row, col in (start, end)):
        raise CalibrationError(f"both points must lie in the picture of {height_px} rows and {width_px} columns")
    length_px = math.dist(start, end)
    if length_px < 10 or not length_mm > 0:
        raise CalibrationError(
            f"a length above 0 mm over 10 px or more is needed, got {length_mm:g} mm over {length_px:.1f} px"
        )
    error = math.hypot(math.sqrt(2) * POINT_ERROR_PX / length_px, RULER_RELATIVE_ERROR)
    return Calibration(
        um_per_px=1000 * length_mm / length_px, relative_error=error, source=f"{length_mm:g} mm measured by hand"
    )


def profile_of(findings: Findings, *, name: str) -> DeviceProfile:
    """What is kept of a measurement, dated today."""
    return DeviceProfile(
        name=name,
        um_per_px=findings.calibration.um_per_px,
        relative_error=findings.calibration.relative_error,
        um_per_px_rows=findings.um_per_px_rows,
        um_per_px_cols=findings.um_per_px_cols,
        distortion=findings.distortion,
        distortion_error=findings.distortion_error,
        width_px=findings.width_px,
        height_px=findings.height_px,
        date=date.today().isoformat(),
        pictures=findings.pictures,
        method=findings.calibration.source,
        version=package_version(),
    )


def _common_size(images: Sequence[TrichoImage]) -> tuple[int, int]:
    """Height and width of all pictures."""
    sizes = {image.pixels.shape[:2] for image in images}
    if len(sizes) != 1:
        said = ", ".join(f"{width} x {height}" for height, width in sorted(sizes))
        raise CalibrationError(f"pictures of one device have one size, got {said} px: calibrate each by itself")
    height, width = sizes.pop()
    return height, width


def _both_directions(rulers: Sequence[Ruler], tick_mm: float) -> tuple[float | None, float | None]:
    """um/px down the columns and along the rows, from rulers in different directions.

    A tick's distance is (a dx)^2 + (b dy)^2 = tick^2 for a step of (dx, dy) px along a ruler: linear in the squares.
    """
    turns = np.radians([ruler.angle_deg for ruler in rulers])
    spacings = np.array([ruler.spacing_px for ruler in rulers])
    apart = np.abs((turns[:, None] - turns[None] + np.pi / 2) % np.pi - np.pi / 2).max()
    if apart < math.radians(DIRECTIONS_DEG):
        return None, None
    steps = np.stack([spacings * np.cos(turns), spacings * np.sin(turns)], axis=1) ** 2
    squares, *_ = np.linalg.lstsq(steps / (spacings**2)[:, None], (1000 * tick_mm) ** 2 / spacings**2, rcond=None)
    if not (squares > 0).all():
        return None, None
    cols, rows = np.sqrt(squares).tolist()
    return rows, cols


def _distortion(rulers: Sequence[Ruler], shape: tuple[int, int]) -> tuple[float | None, float | None]:
    """Radial distortion at the corner and its error, from how the spacing changes along each ruler.

    r' = r (1 + k r^2) about the picture's middle (the first term of Brown's model); along a straight ruler the place of
    tick n is then a + p n + k u r^2, with u its distance from the foot of the middle on the ruler.
    """
    center = (np.array(shape) - 1) / 2
    corner2 = float((center**2).sum())
    found = [item for ruler in rulers if (item := _bend(ruler, center, corner2)) is not None]
    if not found:
        return None, None
    values, errors = np.array(found).T
    weights = 1 / errors**2
    return float((weights * values).sum() / weights.sum()), float(1 / math.sqrt(weights.sum()))


def _bend(ruler: Ruler, center: NDArray[np.float64], corner2: float) -> tuple[float, float] | None:
    """The distortion at the corner that one ruler tells, with its standard error."""
    if len(ruler.numbers) < LEAST_TICKS:
        return None
    along = np.array([math.sin(math.radians(ruler.angle_deg)), math.cos(math.radians(ruler.angle_deg))])
    from_center = ruler.ticks_px - center
    place = from_center @ along
    design = np.stack(
        [np.ones(len(place)), ruler.numbers, place * (from_center**2).sum(axis=1) / corner2], axis=1
    ).astype(np.float64)
    answer, _, rank, _ = np.linalg.lstsq(design, place, rcond=None)
    if rank < 3:
        return None
    left = place - design @ answer
    variance = float((left**2).sum()) / (len(place) - 3)
    error = math.sqrt(max(variance, 1e-6) * float(np.linalg.inv(design.T @ design)[2, 2]))
    return float(answer[2]), error


def _in_words(ruler: Ruler, scale: Calibration) -> str:
    return (
        f"ruler at {ruler.angle_deg:.1f} degrees: {len(ruler.numbers)} ticks, {ruler.spacing_px:.3f} px apart, "
        f"scattered by {ruler.residual_px:.2f} px: {scale.um_per_px:.4f} um/px"
    )


def _notes(findings: Findings) -> list[str]:
    """What a person should heed."""
    notes = []
    rows, cols = findings.um_per_px_rows, findings.um_per_px_cols
    if rows is None or cols is None:
        notes.append("the ruler lies in one direction: add a picture of it turned by 90 degrees")
    elif abs(rows / cols - 1) > SQUARE:
        notes.append("the pixels are not square: the pictures were resized unevenly, and lengths depend on direction")
    if findings.distortion is None:
        notes.append("too few ticks to see whether the lens distorts")
    elif abs(findings.distortion) > max(DISTORTED, 3 * (findings.distortion_error or 0.0)):
        notes.append("the lens distorts: keep the target area in the middle of the picture")
    return notes
