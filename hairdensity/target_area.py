"""The analysed scalp: its boundary, its readable pixels, its area in cm2 and the rule by which a hair counts.

The rule: a hair counts when its root lies on the area's mask. Counting every visible hair overstates a 1 cm2 field of
2 mm hairs by a quarter, dropping those that touch the border understates it by as much; roots are unbiased.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.errors import TargetAreaError

__all__ = ["AreaShape", "TargetArea", "fill_polygon", "parse_area", "place_area"]

CIRCLE_VERTICES = 180
"""Their polygon is 0.02 % smaller than the circle."""

FARTHEST_PX = 1e7
"""Vertices beyond are moved here: no picture reaches so far, and sums of such numbers stay exact enough."""

_KINDS = {"whole": (0, 0), "rectangle": (4, 4), "circle": (3, 3), "polygon": (6, 400)}
_USAGE = (
    "use 'whole', 'rectangle=TOP,LEFT,HEIGHT,WIDTH', 'circle=ROW,COL,RADIUS' or 'polygon=ROW,COL,ROW,COL,...', "
    "each with an optional unit at the end: px (default) or mm"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaShape:
    """A target area before it is placed on a picture.

    Parameters
    ----------
    kind : str
        ``"whole"``, ``"rectangle"`` (top, left, height, width), ``"circle"`` (row, col, radius) or ``"polygon"``
        (row, col of each vertex in turn).
    numbers : tuple of float
        In the order above.
    unit : str
        ``"px"`` or ``"mm"``.
    """

    kind: str = "whole"
    numbers: tuple[float, ...] = ()
    unit: str = "px"

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise TargetAreaError(f"target area {self.kind!r} is unknown; {_USAGE}")
        low, high = _KINDS[self.kind]
        if not low <= len(self.numbers) <= high or (self.kind == "polygon" and len(self.numbers) % 2):
            raise TargetAreaError(f"{self.kind} got {len(self.numbers)} numbers; {_USAGE}")
        if not all(math.isfinite(x) for x in self.numbers):
            raise TargetAreaError(f"{self.kind} needs finite numbers; {_USAGE}")
        if self.unit not in ("px", "mm"):
            raise TargetAreaError(f"unit {self.unit!r} is unknown; {_USAGE}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TargetArea:
    """The analysed scalp of one picture.

    Parameters
    ----------
    boundary_px : (V, 2) float64 ndarray
        (row, col) of the boundary's vertices.
    mask : (H, W) bool ndarray
        Readable pixels inside the boundary: what the area is measured from and where roots count.
    area_cm2 : float or None
        Area of ``mask``; None without a calibration.
    unreadable_fraction : float
        Share of the pixels inside the boundary that cannot be read.
    kind : str
        Of its outline: one of `AreaShape`, or ``"mask"``.
    """

    boundary_px: NDArray[np.float64]
    mask: NDArray[np.bool_]
    area_cm2: float | None
    unreadable_fraction: float
    kind: str = "mask"

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or self.mask.dtype != np.bool_:
            raise TargetAreaError(f"mask must be (H, W) bool, got {self.mask.shape} {self.mask.dtype}")
        if self.boundary_px.ndim != 2 or self.boundary_px.shape[1] != 2:
            raise TargetAreaError(f"boundary_px must be (V, 2), got {self.boundary_px.shape}")

    @property
    def area_px(self) -> int:
        """Number of readable pixels inside the boundary."""
        return int(np.count_nonzero(self.mask))

    def without(self, hidden: NDArray[np.bool_]) -> TargetArea:
        """The area less an (H, W) mask of pixels that turned out to be unreadable; nothing may be left."""
        mask = self.mask & ~hidden
        kept = int(np.count_nonzero(mask)) / max(self.area_px, 1)
        mask.setflags(write=False)
        return replace(
            self,
            mask=mask,
            area_cm2=None if self.area_cm2 is None else self.area_cm2 * kept,
            unreadable_fraction=1.0 - (1.0 - self.unreadable_fraction) * kept,
        )

    def contains(self, points_px: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) True where a (row, col) point lies on the mask; points outside the picture do not."""
        pixel = np.floor(np.asarray(points_px, dtype=np.float64).reshape(-1, 2) + 0.5)
        # Compared as floats: NaN is inside nothing, and would not survive the cast.
        inside = ((pixel >= 0) & (pixel < self.mask.shape)).all(axis=1)
        rows, cols = pixel[inside].astype(np.int64).T
        found = np.zeros(len(pixel), dtype=bool)
        found[inside] = self.mask[rows, cols]
        return found


def parse_area(text: str) -> AreaShape:
    """An AreaShape from the text that the command line takes, e.g. ``"circle=512,640,5mm"``.

    Raises
    ------
    TargetAreaError
        If the text is no area; the message shows the forms.
    """
    match = re.fullmatch(r"\s*(\w+)\s*(?:=\s*([-+\d.,eE\s]*?)\s*(px|mm)?)?\s*", text)
    if match is None:
        raise TargetAreaError(f"cannot read the area {text!r}; {_USAGE}")
    kind, numbers, unit = match.groups()
    try:
        values = tuple(float(part) for part in numbers.split(",")) if numbers else ()
    except ValueError:
        raise TargetAreaError(f"cannot read the numbers of the area {text!r}; {_USAGE}") from None
    return AreaShape(kind=kind, numbers=values, unit=unit or "px")


def place_area(
    shape: AreaShape | NDArray[np.bool_],
    *,
    image_shape: tuple[int, int],
    unreadable: NDArray[np.bool_],
    calibration: Calibration | None,
    margin_px: float = 0.0,
) -> TargetArea:
    """Put an area on a picture.

    Parameters
    ----------
    shape : AreaShape or (H, W) bool ndarray
        An outline, or a mask of the scalp to analyse.
    image_shape : (int, int)
        H, W of the picture.
    unreadable : (H, W) bool ndarray
        Pixels that cannot be judged; they leave the area, not only the count.
    calibration : Calibration or None
    margin_px : float, optional
        Strip along the picture's edge that the tracer cannot judge: it leaves the area.

    Returns
    -------
    TargetArea
        Its part on the picture: what an outline covers beyond the edge does not count as area.

    Raises
    ------
    TargetAreaError
        If nothing readable is left, the mask has another size, or mm are asked for without a scale.
    """
    if isinstance(shape, AreaShape):
        boundary = _outline_px(shape, image_shape, calibration)
        inside = fill_polygon(boundary, image_shape)
    else:
        if shape.dtype != np.bool_ or shape.ndim != 2:
            raise TargetAreaError(
                f"the area's mask must be (H, W) bool, True where scalp is to be analyzed, got {shape.ndim}-D "
                f"{shape.dtype}: for a grey picture use mask > 127"
            )
        if shape.shape != image_shape:
            raise TargetAreaError(
                f"the area's mask is {shape.shape[1]} x {shape.shape[0]} px but the picture "
                f"{image_shape[1]} x {image_shape[0]} px: draw the mask on the picture itself"
            )
        inside = np.asarray(shape, dtype=bool)
        boundary = _outline_of_mask(inside)
    judged = inside & _inner_frame(image_shape, margin_px)
    mask = judged & ~unreadable
    n_judged, n_readable = int(np.count_nonzero(judged)), int(np.count_nonzero(mask))
    if n_readable == 0:
        raise TargetAreaError(_why_empty(inside, judged, margin_px))
    mask.setflags(write=False)
    boundary.setflags(write=False)
    return TargetArea(
        boundary_px=boundary,
        mask=mask,
        area_cm2=None if calibration is None else calibration.area_cm2(n_readable),
        unreadable_fraction=1.0 - n_readable / n_judged,
        kind=shape.kind if isinstance(shape, AreaShape) else "mask",
    )


def _why_empty(inside: NDArray[np.bool_], judged: NDArray[np.bool_], margin_px: float) -> str:
    """What left the area without a readable pixel, and the remedy."""
    height, width = inside.shape
    if not inside.any():
        return (
            f"the target area holds no pixel of the picture, which has {height} rows and {width} columns: "
            "give rows, then columns, from the top left"
        )
    if not judged.any():
        return (
            f"the target area lies within {margin_px:g} px of the picture's edge, where hairs cannot be judged: "
            "move it inward, or use a larger picture"
        )
    return f"none of the target area's {np.count_nonzero(judged)} pixels is readable: choose another area or picture"


def _outline_px(shape: AreaShape, image_shape: tuple[int, int], calibration: Calibration | None) -> NDArray[np.float64]:
    """(V, 2) vertices of an outline in px."""
    height, width = image_shape
    if shape.kind == "whole":
        # (0, 0) is the center of the first pixel: the picture begins half a pixel before it.
        return _rectangle(-0.5, -0.5, height, width)
    numbers = np.asarray(shape.numbers, dtype=np.float64)
    if shape.unit == "mm":
        if calibration is None:
            raise TargetAreaError("an area in mm needs a scale: give --um-per-px, or state the area in px")
        numbers = calibration.to_px(numbers * 1000.0)
    if shape.kind == "rectangle":
        top, left, rows, cols = numbers
        if not (rows > 0 and cols > 0):
            raise TargetAreaError(f"a rectangle needs a height and width above 0, got {rows:g} and {cols:g}")
        return _rectangle(top, left, rows, cols)
    if shape.kind == "circle":
        row, col, radius = numbers
        if not radius > 0:
            raise TargetAreaError(f"a circle needs a radius above 0, got {radius:g}")
        angle = np.linspace(0, 2 * np.pi, CIRCLE_VERTICES, endpoint=False)
        return np.stack([row + radius * np.sin(angle), col + radius * np.cos(angle)], axis=1)
    return numbers.reshape(-1, 2)


def _rectangle(top: float, left: float, rows: float, cols: float) -> NDArray[np.float64]:
    """(4, 2) corners."""
    return np.array([[top, left], [top, left + cols], [top + rows, left + cols], [top + rows, left]], dtype=np.float64)


def fill_polygon(boundary: NDArray[np.float64], image_shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) True where a pixel's center lies inside a polygon, by the even-odd rule.

    A center on a top or left edge is inside, on a bottom or right edge outside: a rectangle of h x w px holds h * w
    pixels, and areas that share an edge share no pixel. ``cv2.fillPoly`` also fills the pixels under the outline, which
    adds half a pixel all around: 11 % to a circle with a radius of 10 px.
    """
    height, width = image_shape
    toggles = np.zeros((height, width + 1), dtype=np.uint8)
    corners = [(row, col) for row, col in np.clip(boundary, -FARTHEST_PX, FARTHEST_PX).tolist()]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        (top, left), (bottom, right) = sorted((start, end))
        rows = np.arange(max(math.ceil(top), 0), min(math.ceil(bottom), height))
        if len(rows):
            cols = left + (rows - top) / (bottom - top) * (right - left)
            toggles[rows, np.clip(np.ceil(cols), 0, width).astype(np.int64)] ^= 1
    return np.bitwise_xor.accumulate(toggles[:, :width], axis=1).astype(bool)


def _outline_of_mask(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(V, 2) outer boundary of the largest part of a mask; (0, 2) for an empty one."""
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return np.zeros((0, 2))
    return np.asarray(max(contours, key=cv2.contourArea)[:, 0, ::-1], dtype=np.float64)


def _inner_frame(image_shape: tuple[int, int], margin_px: float) -> NDArray[np.bool_]:
    """(H, W) True at least ``margin_px`` away from the picture's edge."""
    margin = math.ceil(margin_px)
    frame = np.zeros(image_shape, dtype=bool)
    frame[margin : image_shape[0] - margin, margin : image_shape[1] - margin] = True
    return frame
