"""The analysed scalp: its boundary, its readable pixels, its area in cm2 and the rule by which a hair counts.

The rule: a hair counts when its root lies on the area's mask. Counting every visible hair overstates a 1 cm2 field of
2 mm hairs by a quarter, dropping those that touch the border understates it by as much; roots are unbiased.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.errors import TargetAreaError

__all__ = ["AreaShape", "TargetArea", "parse_area", "place_area"]

CIRCLE_VERTICES = 180
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
    """

    boundary_px: NDArray[np.float64]
    mask: NDArray[np.bool_]
    area_cm2: float | None
    unreadable_fraction: float

    @property
    def area_px(self) -> int:
        """Number of readable pixels inside the boundary."""
        return int(np.count_nonzero(self.mask))

    def contains(self, points_px: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) True where a (row, col) point lies on the mask; points outside the picture do not."""
        index = np.floor(np.asarray(points_px, dtype=np.float64).reshape(-1, 2) + 0.5).astype(np.int64)
        height, width = self.mask.shape
        inside = (index >= 0).all(axis=1) & (index[:, 0] < height) & (index[:, 1] < width)
        found = np.zeros(len(index), dtype=bool)
        found[inside] = self.mask[index[inside, 0], index[inside, 1]]
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
        values = tuple(float(part) for part in (numbers or "").split(",") if part.strip())
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
        H, W.
    unreadable : (H, W) bool ndarray
        Pixels that cannot be judged; they leave the area, not only the count.
    calibration : Calibration or None
    margin_px : float, optional
        Strip along the picture's edge that the tracer cannot judge: it leaves the area.

    Raises
    ------
    TargetAreaError
        If nothing readable is left, the mask has another size, or mm are asked for without a scale.
    """
    if isinstance(shape, AreaShape):
        boundary = _outline_px(shape, image_shape, calibration)
        inside = _fill(boundary, image_shape)
    else:
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
        raise TargetAreaError(
            "no readable pixel lies in the target area: check that it overlaps the picture (row, col from the top left)"
        )
    mask.setflags(write=False)
    return TargetArea(
        boundary_px=boundary,
        mask=mask,
        area_cm2=None if calibration is None else calibration.area_cm2(n_readable),
        unreadable_fraction=1.0 - n_readable / n_judged,
    )


def _outline_px(
    shape: AreaShape, image_shape: tuple[int, int], calibration: Calibration | None
) -> NDArray[np.float64]:
    """(V, 2) vertices of an outline in px."""
    height, width = image_shape
    if shape.kind == "whole":
        return np.array([[0, 0], [0, width - 1], [height - 1, width - 1], [height - 1, 0]], dtype=np.float64)
    numbers = np.asarray(shape.numbers, dtype=np.float64)
    if shape.unit == "mm":
        if calibration is None:
            raise TargetAreaError("an area in mm needs a scale: give --um-per-px, or state the area in px")
        numbers = calibration.to_px(numbers * 1000.0)
    if shape.kind == "rectangle":
        top, left, rows, cols = numbers
        if not (rows > 0 and cols > 0):
            raise TargetAreaError(f"a rectangle needs a height and width above 0, got {rows:g} and {cols:g}")
        return np.array([[top, left], [top, left + cols], [top + rows, left + cols], [top + rows, left]])
    if shape.kind == "circle":
        row, col, radius = numbers
        if not radius > 0:
            raise TargetAreaError(f"a circle needs a radius above 0, got {radius:g}")
        angle = np.linspace(0, 2 * np.pi, CIRCLE_VERTICES, endpoint=False)
        return np.stack([row + radius * np.sin(angle), col + radius * np.cos(angle)], axis=1)
    return numbers.reshape(-1, 2)


def _fill(boundary: NDArray[np.float64], image_shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) True inside a polygon; OpenCV clips what lies outside the picture."""
    canvas = np.zeros(image_shape, dtype=np.uint8)
    # 4 fractional bits; the clip keeps far-away vertices inside OpenCV's 16-bit fixed-point range.
    vertices = np.round(np.clip(boundary[:, ::-1], -1e5, 1e5) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [vertices], 1, shift=4)
    return canvas.astype(bool)


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
