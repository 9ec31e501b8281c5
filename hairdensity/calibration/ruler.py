"""Rulers and graticules in a picture, at any angle: the spacing of their ticks to a fraction of a pixel.

The picture is turned through all directions; where bands of it repeat themselves along a row, there may be ticks. Then
each tick is located at full resolution, and a line through all of them by least squares gives the spacing, with an
error from what is left over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration.scale import Calibration
from hairdensity.errors import CalibrationError

__all__ = ["RULER_RELATIVE_ERROR", "Ruler", "find_rulers"]

Signal = NDArray[np.float32]

WORKING_SIDES_PX = (900, 1800)
"""Longer side of the copies that are searched, one after the other: fine ticks are lost in the first."""

ANGLE_STEP_DEG = 2.0
BANDS = 28
"""Bands of the turned picture; a strip of ticks fills at least one of them."""

LEAST_SPACING_PX = 3.6
LEAST_PERIODS = 6
"""Ticks that a band must show before their spacing is looked for."""

LEAST_REPEAT = 0.32
"""Autocorrelation at the spacing; hairs and skin reach 0.25."""

FINEST = 0.6
"""Share of the highest autocorrelation that the finest spacing has; every tenth tick, being longer, has the highest."""

LEAST_TICKS = 8
MOST_MISSING = 8
"""Ticks in a row that a hair or a thumb may hide."""

LEAST_SHARE = 0.55
"""Share of the places between the first and the last tick at which one was found."""

MOST_RESIDUAL = 0.04
MANY_TICKS = 16
"""Scatter of the ticks about even spacing, in spacings, in proportion less for fewer ticks than these: eight hairs side
by side have 0.037 and more, drawn and printed rulers below 0.01."""

STRAIGHT = 0.85
"""Share of the ticks that a line must keep; where it keeps fewer, they lie on a curve."""

LEAST_CONTRAST = 5.0
"""Grey levels over the height of a band; the grid that enlarging leaves in a camera's picture has 1-3."""

SAME_ANGLE_DEG = 30.0

RULER_RELATIVE_ERROR = 0.005
"""Printed rulers are true within 0.2 %. One that lies 2 mm off the focal plane at a distance of 50 mm is 4 % off, one
that is in focus about a tenth of that."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ruler:
    """Evenly spaced ticks.

    Parameters
    ----------
    spacing_px : float
        Between neighboring ticks, along the ruler.
    spacing_error_px : float
        One standard deviation, from the scatter of the ticks.
    angle_deg : float
        Direction of the ruler: 0 along the rows, 90 down the columns; 0-180.
    ticks_px : (N, 2) float ndarray
        (row, col) of the ticks.
    numbers : (N,) int ndarray
        Which tick each is, counted along the ruler from 0; hidden ones are left out.
    residual_px : float
        Scatter of the ticks about even spacing.
    """

    spacing_px: float
    spacing_error_px: float
    angle_deg: float
    ticks_px: NDArray[np.float64]
    numbers: NDArray[np.intp]
    residual_px: float

    @property
    def relative_error(self) -> float:
        """One standard deviation of the scale: scatter, and the ruler itself."""
        return math.hypot(self.spacing_error_px / self.spacing_px, RULER_RELATIVE_ERROR)

    def calibration(self, tick_mm: float) -> Calibration:
        """The scale when neighboring ticks are ``tick_mm`` apart.

        Raises
        ------
        CalibrationError
            If that is no length, or the scale is implausible.
        """
        if not (math.isfinite(tick_mm) and tick_mm > 0):
            raise CalibrationError(f"tick_mm must be above 0 mm, got {tick_mm:g}; it is the distance of two ticks")
        return Calibration(
            um_per_px=1000.0 * tick_mm / self.spacing_px,
            relative_error=self.relative_error,
            source=f"ruler ({len(self.numbers)} ticks of {tick_mm:g} mm)",
        )


class _Band(NamedTuple):
    """Where a turned picture repeats itself: px of the full picture, degrees."""

    angle_deg: float
    offset_px: float
    height_px: float
    spacing_px: float
    repeat: float


def find_rulers(pixels: NDArray[np.uint8], *, most: int = 2) -> list[Ruler]:
    """Rulers in different directions, the one with the most regular ticks first; none is an empty list.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    most : int, optional
        How many directions are looked for.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    for side_px in WORKING_SIDES_PX:
        scale = min(1.0, side_px / max(grey.shape))
        rulers = _search(np.asarray(grey), scale, most)
        if rulers or scale == 1.0:
            return rulers
    return []


def _search(grey: NDArray[np.uint8], scale: float, most: int) -> list[Ruler]:
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    even = _evened(np.asarray(small, np.float32))
    angles = np.arange(0.0, 180.0, ANGLE_STEP_DEG)
    bands = [band for angle in angles.tolist() if (band := _best_band(even, angle, 1 / scale)) is not None]
    rulers: list[Ruler] = []
    for band in sorted(bands, key=lambda band: -band.repeat):
        if len(rulers) < most and all(_apart_deg(band.angle_deg, other.angle_deg) > SAME_ANGLE_DEG for other in rulers):
            ruler = _measured(grey, band)
            if ruler is not None:
                rulers.append(ruler)
    return rulers


def _apart_deg(one: float, other: float) -> float:
    return abs((one - other + 90.0) % 180.0 - 90.0)


def _evened(grey: Signal) -> Signal:
    """The picture without its uneven light, and with equal contrast everywhere."""
    flat = grey - cv2.GaussianBlur(grey, (0, 0), 14)
    contrast = np.sqrt(np.asarray(cv2.GaussianBlur(flat * flat, (0, 0), 28)))
    return np.asarray(np.clip(flat / (contrast + 3.0), -3, 3), np.float32)


def _turn(shape: tuple[int, ...], angle_deg: float) -> tuple[NDArray[np.float64], int]:
    """The 2x3 matrix that lays a direction along the rows of a square, and that square's side."""
    side = math.ceil(math.hypot(*shape))
    matrix = np.asarray(cv2.getRotationMatrix2D(((shape[1] - 1) / 2, (shape[0] - 1) / 2), angle_deg, 1.0), np.float64)
    matrix[:, 2] += ((side - 1) / 2 - (shape[1] - 1) / 2, (side - 1) / 2 - (shape[0] - 1) / 2)
    return matrix, side


def _best_band(even: Signal, angle_deg: float, px: float) -> _Band | None:
    """The band that repeats itself best when one direction lies along the rows; ``px`` full pixels are one of these."""
    matrix, side = _turn(even.shape, angle_deg)
    turned = cv2.warpAffine(even, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=0.0)
    halves = np.asarray(cv2.resize(turned, (side, 2 * BANDS), interpolation=cv2.INTER_AREA))
    bands = (halves[:-1] + halves[1:]) / 2  # overlapping by half
    spacing, repeat = _spacings(bands)
    best = int(repeat.argmax())
    if repeat[best] < LEAST_REPEAT:
        return None
    height = side / BANDS
    offset = (best + 1) * height / 2 - 0.5 - (side - 1) / 2
    return _Band(angle_deg, offset * px, height * px, float(spacing[best]) * px, float(repeat[best]))


def _spacings(bands: Signal) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(B,) finest spacing at which each band repeats itself, and (B,) how well: its autocorrelation there."""
    n_cols = bands.shape[1]
    power = np.abs(np.fft.rfft(bands - bands.mean(axis=1, keepdims=True), 2 * n_cols, axis=1)) ** 2
    repeat = np.fft.irfft(power, axis=1)[:, : n_cols // LEAST_PERIODS]
    repeat /= np.maximum(repeat[:, :1], 1e-9 + 1e-3 * float(repeat[:, 0].max()))
    lags = np.arange(repeat.shape[1])
    inner = repeat[:, 1:-1]
    is_peak = (inner >= repeat[:, :-2]) & (inner >= repeat[:, 2:]) & (lags[1:-1] >= LEAST_SPACING_PX)
    # A spacing that is real comes back at twice itself.
    double = repeat[:, np.minimum(2 * lags[1:-1], repeat.shape[1] - 1)]
    around = np.maximum(double, np.maximum(np.roll(double, 1, axis=1), np.roll(double, -1, axis=1)))
    peaks = np.where(is_peak & (around >= FINEST * inner), inner, 0.0)
    highest = peaks.max(axis=1, keepdims=True)
    finest = (peaks >= FINEST * highest).argmax(axis=1) + 1
    rows = np.arange(len(bands))
    value = np.where(highest[:, 0] > 0, repeat[rows, finest], 0.0)
    left, right = repeat[rows, finest - 1], repeat[rows, np.minimum(finest + 1, repeat.shape[1] - 1)]
    bend = left - 2 * value + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(np.abs(bend) > 1e-9, bend, 1.0), 0.0)
    return finest + np.clip(shift, -0.5, 0.5), value


def _measured(grey: NDArray[np.uint8], band: _Band) -> Ruler | None:
    """Locate every tick of a band at full resolution."""
    angle_deg = band.angle_deg
    for step_deg in (0.5, 0.1):
        turns = angle_deg + step_deg * np.arange(-6, 7)
        angle_deg = max(turns.tolist(), key=lambda turn: _contrast(_strip(grey, band, turn)[0]))
    strip, to_picture = _strip(grey, band, angle_deg)
    if np.isfinite(_column_means(strip)).sum() < LEAST_TICKS * band.spacing_px:
        return None
    profile = _profile(strip, band.spacing_px)
    places, numbers = _ticks(profile, band.spacing_px)
    fit = _fitted(places, numbers)
    if fit is None:
        return None
    places, numbers, spacing, error, residual = fit
    n_places = int(numbers[-1] - numbers[0]) + 1
    if _contrast_at(strip, places) < LEAST_CONTRAST:
        return None
    most_residual = MOST_RESIDUAL * min(1.0, len(places) / MANY_TICKS) * spacing
    if len(places) < max(LEAST_TICKS, LEAST_SHARE * n_places) or residual > most_residual:
        return None
    in_strip = np.stack([places, np.full(len(places), (strip.shape[0] - 1) / 2), np.ones(len(places))])
    ticks = (to_picture @ in_strip)[::-1].T
    return Ruler(
        spacing_px=spacing,
        spacing_error_px=error,
        angle_deg=angle_deg % 180.0,
        ticks_px=np.ascontiguousarray(ticks),
        numbers=numbers - numbers[0],
        residual_px=residual,
    )


def _strip(grey: NDArray[np.uint8], band: _Band, angle_deg: float) -> tuple[Signal, NDArray[np.float64]]:
    """A band of the full picture laid along the rows, and the 2x3 matrix from its (x, y) to the picture's."""
    side = math.ceil(math.hypot(*grey.shape))
    height = max(3, round(band.height_px))
    center = np.array([(grey.shape[1] - 1) / 2, (grey.shape[0] - 1) / 2])
    along = np.array([math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))])
    across = np.array([-along[1], along[0]])
    middle = center + band.offset_px * across
    corner = middle - along * (side - 1) / 2 - across * (height - 1) / 2
    matrix = np.column_stack([along, across, corner])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    strip = cv2.warpAffine(grey, matrix, (side, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones_like(grey), matrix, (side, height), flags=flags, borderValue=0.0)
    return np.where(np.asarray(inside) > 0, np.asarray(strip, np.float32), np.nan), matrix


def _contrast(strip: Signal) -> float:
    """How much neighboring columns differ: most where ticks stand upright."""
    steps = np.diff(_column_means(strip)) ** 2
    known = np.isfinite(steps)
    return float(steps[known].mean()) if known.any() else 0.0


def _contrast_at(strip: Signal, places: NDArray[np.float64]) -> float:
    """Grey levels between the ticks and the middles between them."""
    column = _column_means(strip)
    middles = (places[:-1] + places[1:]) / 2
    levels = [np.nanmedian(column[np.rint(at).astype(np.intp)]) for at in (places, middles)]
    return abs(float(levels[0] - levels[1]))


def _column_means(strip: Signal) -> Signal:
    known = np.isfinite(strip)
    total = np.where(known, strip, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > strip.shape[0] // 3, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _profile(strip: Signal, spacing_px: float) -> Signal:
    """Ticks as peaks along the strip, whether they are dark or light; NaN outside of the picture."""
    column = _column_means(strip)
    filled = np.where(np.isfinite(column), column, np.nanmean(column))
    smooth = cv2.GaussianBlur(filled[None], (0, 0), max(0.08 * spacing_px, 0.5))[0]
    even = np.asarray(smooth - cv2.GaussianBlur(filled[None], (0, 0), 0.8 * spacing_px)[0])
    spread = np.sqrt(np.asarray(cv2.GaussianBlur((even * even)[None], (0, 0), 4 * spacing_px)[0]))
    even = even / (spread + 0.5)
    # Ticks are narrower than what is between them: peaks stand out further than valleys.
    sign = 1.0 if float((even**3).sum()) >= 0 else -1.0
    return np.where(np.isfinite(column), sign * even, np.nan).astype(np.float32)


def _ticks(profile: Signal, spacing_px: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Places of the ticks and their numbers, followed from the most regular part to both sides."""
    start, strength = _seed(profile, spacing_px)
    found: dict[int, float] = {0: start}
    for direction in (1, -1):
        missing, number = 0, direction
        while missing < MOST_MISSING:
            expected = _expected(found, number, direction, spacing_px)
            place = _locate(profile, expected, spacing_px, 0.35 * strength)
            if not 0 <= expected < len(profile):
                break
            missing = missing + 1 if place is None else 0
            if place is not None:
                found[number] = place
            number += direction
    numbers = np.array(sorted(found), np.intp)
    return np.array([found[number] for number in numbers.tolist()]), numbers


def _seed(profile: Signal, spacing_px: float) -> tuple[float, float]:
    """A tick in the part of the strip where ticks are strongest, and how high peaks are there."""
    n_cols = round(6 * spacing_px)
    known = np.nan_to_num(profile, nan=0.0)
    comb = np.zeros(max(len(profile) - n_cols, 1))
    for number in range(7):
        shift = round(number * spacing_px)
        part = known[shift : shift + len(comb)]
        comb[: len(part)] += np.clip(part, -2, 2)
    first = int(comb.argmax())
    place = _locate(profile, first + 3 * spacing_px, spacing_px, -math.inf)
    return (first + 3 * spacing_px if place is None else place), float(comb[first]) / 7


def _expected(found: dict[int, float], number: int, direction: int, spacing_px: float) -> float:
    """Where the next tick should be, from a line through the last twelve that were found on its side."""
    nearest = sorted(found, key=lambda other: abs(number - other))[:12]
    if len(nearest) < 4:
        return found[nearest[0]] + (number - nearest[0]) * spacing_px
    slope, start = np.polyfit(nearest, [found[other] for other in nearest], 1)
    return float(start + slope * number) if direction else float(start)


def _locate(profile: Signal, expected: float, spacing_px: float, least: float) -> float | None:
    """The peak within a quarter of the spacing, by the centroid of its upper half; None where there is none."""
    reach = 0.28 * spacing_px
    low, high = math.ceil(expected - reach), math.floor(expected + reach) + 1
    if low < 1 or high > len(profile) - 1 or high <= low or not np.isfinite(profile[low - 1 : high + 1]).all():
        return None
    top = low + int(profile[low:high].argmax())
    if profile[top] < max(profile[top - 1], profile[top + 1]) or profile[top] < least:
        return None
    left, value, right = (float(item) for item in profile[top - 1 : top + 2])
    bend = left - 2 * value + right
    return top + (0.5 * (left - right) / bend if bend < 0 else 0.0)


class _Fit(NamedTuple):
    """Ticks without outliers, their spacing, its standard error and the scatter about a curve; px."""

    places: NDArray[np.float64]
    numbers: NDArray[np.intp]
    spacing: float
    error: float
    residual: float


def _fitted(places: NDArray[np.float64], numbers: NDArray[np.intp]) -> _Fit | None:
    """Least squares through the ticks: a line, or, when a lens bends them too much for one, a cubic."""
    fit = _fit_without_outliers(places, numbers, degree=1)
    is_straight = fit is not None and len(fit.places) >= STRAIGHT * len(places)
    if fit is not None and is_straight and fit.residual <= MOST_RESIDUAL * fit.spacing / 2:
        return fit
    return _fit_without_outliers(places, numbers, degree=3)


def _fit_without_outliers(places: NDArray[np.float64], numbers: NDArray[np.intp], *, degree: int) -> _Fit | None:
    for _ in range(4):
        if len(places) < LEAST_TICKS:
            return None
        off = places - np.polyval(np.polyfit(numbers, places, degree), numbers)
        scatter = max(1.4826 * float(np.median(np.abs(off))), 0.01)
        keep = np.abs(off) <= 3.5 * scatter
        if keep.all():
            break
        places, numbers, off = places[keep], numbers[keep], off[keep]
    if len(places) < LEAST_TICKS:
        return None
    residual = float(np.sqrt((off**2).sum() / max(len(off) - degree - 1, 1)))
    slope = float(np.polyfit(numbers, places, 1)[0])
    spread = float(np.sqrt(((numbers - numbers.mean()) ** 2).sum()))
    return _Fit(places, numbers, slope, residual / spread, residual)
