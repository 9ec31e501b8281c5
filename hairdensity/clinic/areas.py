"""The target area that a person has drawn on a picture: checked before it is stored and scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairdensity.errors import TargetAreaError

if TYPE_CHECKING:
    from hairdensity.target_area import AreaShape

__all__ = ["checked_area", "needs_scale"]

LONGEST_TEXT = 10_000
"""Characters: a polygon of 200 corners takes some 3,200."""


def checked_area(text: str, *, width_px: int, height_px: int) -> str:
    """An area as it is stored, in the text that `hairdensity.target_area.parse_area` reads.

    Parameters
    ----------
    text : str
    width_px, height_px : int
        Of the picture.

    Raises
    ------
    TargetAreaError
        If it is no area, has no extent, or lies outside of the picture. Whether it holds anything that can be read is
        found out by the analysis.
    """
    from hairdensity.target_area import parse_area  # noqa: PLC0415 -- brings OpenCV with it

    if len(text) > LONGEST_TEXT:
        raise TargetAreaError(f"an area has at most {LONGEST_TEXT} characters, got {len(text)}: draw fewer corners")
    shape = parse_area(text)
    if shape.kind == "whole":
        return "whole"
    top, left, bottom, right = _reach(shape)
    if not (bottom > top and right > left):
        raise TargetAreaError("this area has no extent: draw it larger")
    is_outside = bottom < 0 or right < 0 or top > height_px or left > width_px
    if shape.unit == "px" and is_outside:
        raise TargetAreaError(
            f"this area lies outside of the picture, which has {height_px} rows and {width_px} columns"
        )
    return text.strip()


def needs_scale(area: str) -> bool:
    """Whether an area is stated in mm."""
    return area.endswith("mm")


def _reach(shape: AreaShape) -> tuple[float, float, float, float]:
    """Top, left, bottom and right."""
    numbers = shape.numbers
    if shape.kind == "rectangle":
        top, left, height, width = numbers
        return top, left, top + height, left + width
    if shape.kind == "circle":
        row, col, radius = numbers
        return row - radius, col - radius, row + radius, col + radius
    rows, cols = numbers[::2], numbers[1::2]
    return min(rows), min(cols), max(rows), max(cols)
