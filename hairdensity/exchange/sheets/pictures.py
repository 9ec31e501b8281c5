"""Pictures on a sheet: small enough to print, with the hairs drawn over them as lines that stay sharp."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.exchange.examined import Examined
from hairdensity.exchange.sheets.fates import draw_sign, hex_of
from hairdensity.exchange.sheets.page import INK, PALE, Ink, Sheet
from hairdensity.report.change_looks import LOOKS
from hairdensity.report.colors import UM_COLORS

__all__ = ["SheetPicture", "Shown", "draw_legend", "place_picture"]

MOST_PX: Final = 1400
"""Longer side on paper: 84 mm wide, that is 420 px per inch."""

JPEG_QUALITY: Final = 86
_SIMPLE_PX: Final = 0.7
"""Points of a line that lie so close to it may go."""

_WHITE, _DARK = "#ffffff", "#14181d"
Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SheetPicture:
    """A picture for paper.

    Parameters
    ----------
    jpeg : bytes
        Upright, at most 1,400 px on its longer side.
    width_px, height_px : int
        Of the picture that was measured.
    """

    jpeg: bytes
    width_px: int
    height_px: int

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> SheetPicture:
        """From (H, W, 3) uint8 RGB pixels."""
        height, width = pixels.shape[:2]
        share = min(1.0, MOST_PX / max(height, width))
        size = (max(1, round(width * share)), max(1, round(height * share)))
        small = pixels if share == 1.0 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        _, data = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return cls(jpeg=data.tobytes(), width_px=width, height_px=height)


class Shown(NamedTuple):
    """A reading with its picture."""

    examined: Examined
    picture: SheetPicture


def place_picture(
    sheet: Sheet,
    picture: SheetPicture,
    box: tuple[Place, Place],
    *,
    alt: str,
    entry: dict[str, Any] | None = None,
    fates: Mapping[int, str] | None = None,
) -> None:
    """Place a picture in the middle of a box, with its hairs where an entry is given.

    Parameters
    ----------
    sheet : Sheet
    picture : SheetPicture
    box : ((left, top), (width, height))
        In mm.
    alt : str
        For who cannot see it.
    entry : dict, optional
        Of ``results``: its hairs, its target area and what a person marked as unreadable are drawn.
    fates : mapping, optional
        Names of looks by ``hair_id``: hairs are then drawn by what became of them, else by their thickness.
    """
    (left, top), (width, height) = box
    mm_per_px = min(width / picture.width_px, height / picture.height_px)
    size = (picture.width_px * mm_per_px, picture.height_px * mm_per_px)
    corner = (left + (width - size[0]) / 2, top + (height - size[1]) / 2)
    sheet.image(picture.jpeg, corner, size, alt=alt)
    if entry is None:
        return
    with sheet.clipped(corner, size):
        _draw_area(sheet, entry, corner, mm_per_px)
        if fates is not None:
            _draw_fates(sheet, entry, fates, (corner, mm_per_px))
            return
        for line, color, counts in _lines(entry, corner, mm_per_px):
            _draw_hair(sheet, line, color, counts=counts)


def draw_legend(sheet: Sheet, at: Place, *, width: float) -> float:
    """Draw the scale of colors of thickness; gives where the next line begins."""
    left, top = at
    n_steps = 60
    span = UM_COLORS.high - UM_COLORS.low
    step = width / n_steps
    middles = UM_COLORS.low + span * (np.arange(n_steps) + 0.5) / n_steps
    for number, color in enumerate(_hex(UM_COLORS.colors(middles))):
        x = left + number * step
        sheet.bar((x, top), (min(step * 1.3, left + width - x), 1.8), color)
    for tick in UM_COLORS.ticks:
        x = left + width * (tick - UM_COLORS.low) / span
        sheet.words(str(tick), (x - 5.0, top + 2.6), Ink(size=6.0, color=PALE, width=10.0, align="C"))
    words = "Color: thickness of a hair in µm, grey where it is not known. Thin lines: roots outside of the area."
    return sheet.words(words, (left + width + 6.0, top - 0.6), Ink(size=6.5, color=PALE))


def _draw_area(sheet: Sheet, entry: dict[str, Any], corner: Place, mm_per_px: float) -> None:
    outlines = [edit["polygon_px"] for edit in entry.get("edits", ()) if edit["op"] == "unreadable"]
    if entry["target_area"]["kind"] != "whole":
        outlines.append(entry["target_area"]["boundary_px"])
    for points in outlines:
        outline = _on_paper(np.asarray(points), corner, mm_per_px)
        for color, width in ((INK, 0.6), (_WHITE, 0.3)):
            sheet.line([*outline, outline[0]], color, width)


def _draw_fates(sheet: Sheet, entry: dict[str, Any], fates: Mapping[int, str], on: tuple[Place, float]) -> None:
    """Draw hairs by what became of them, those that changed on top; hairs that do not count as thin lines."""
    order = {name: number for number, name in enumerate(LOOKS)}
    for hair in sorted(entry["hairs"], key=lambda one: order.get(fates.get(one["hair_id"], ""), -1)):
        line = _on_paper(_simple(hair["centerline_px"]), *on)
        look = LOOKS.get(fates.get(hair["hair_id"], ""))
        if look is None:
            sheet.line(line, _WHITE, 0.15)
            continue
        sheet.line(line, _DARK, 0.14 * look.width + 0.3)
        sheet.line(line, hex_of(look), 0.14 * look.width + 0.06)
        draw_sign(sheet, line[0], look)


def _draw_hair(sheet: Sheet, line: list[Place], color: str, *, counts: bool) -> None:
    if not counts:
        sheet.line(line, color, 0.15)
        return
    sheet.line(line, _DARK, 0.62)
    sheet.line(line, color, 0.38)
    for fill, radius in ((_DARK, 0.75), (_WHITE, 0.62), (color, 0.4)):
        sheet.dot(line[0], fill, radius)


def _lines(entry: dict[str, Any], corner: Place, mm_per_px: float) -> Iterator[tuple[list[Place], str, bool]]:
    """Yield the line of each hair, its color and whether it counts; those that count last, on top."""
    hairs = sorted(entry["hairs"], key=lambda hair: bool(hair["in_area"]))
    diameters = np.array([np.nan if hair["diameter_um"] is None else hair["diameter_um"] for hair in hairs])
    colors = _hex(UM_COLORS.colors(diameters.astype(np.float64)))
    for hair, color in zip(hairs, colors, strict=True):
        yield _on_paper(_simple(hair["centerline_px"]), corner, mm_per_px), color, bool(hair["in_area"])


def _simple(centerline_px: Any) -> NDArray[Any]:
    path = np.asarray(centerline_px, dtype=np.float32)[:, np.newaxis]
    return np.asarray(cv2.approxPolyDP(path, _SIMPLE_PX, False))[:, 0]


def _on_paper(points_px: NDArray[Any], corner: Place, mm_per_px: float) -> list[Place]:
    """(N, 2) points (row, col) as (x, y) in mm."""
    return [
        (corner[0] + (col + 0.5) * mm_per_px, corner[1] + (row + 0.5) * mm_per_px) for row, col in points_px.tolist()
    ]


def _hex(colors: NDArray[np.uint8]) -> list[str]:
    return ["#{:02x}{:02x}{:02x}".format(*color) for color in colors.tolist()]
