"""Scale bars and rulers of exactly known lengths, drawn over a picture: the truth for reading them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["BarDrawing", "RulerDrawing", "draw_bar", "draw_ruler", "lay_hairs"]

Pixels = NDArray[np.uint8]
Color = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, kw_only=True)
class BarDrawing:
    """How a scale bar is drawn.

    Parameters
    ----------
    length_px : int
        Its pixels, from edge to edge; with caps, from middle to middle.
    thickness_px : int
    corner : tuple of int
        (row, col) of its first pixel.
    upright : bool
    caps_px : int
        Reach of the lines across its ends on both sides; 0 for none.
    color : tuple of int
        RGB.
    label : str
        Empty for none.
    font : font of Pillow
    label_color : tuple of int
    panel : tuple of int or None
        Color of a box behind the label that lets a third of the picture through.
    beside : bool
        The label stands at the bar's end instead of above it.
    """

    length_px: int
    thickness_px: int = 1
    corner: tuple[int, int]
    upright: bool = False
    caps_px: int = 0
    color: Color = (20, 20, 20)
    label: str = ""
    font: Font
    label_color: Color = (20, 20, 20)
    panel: Color | None = None
    beside: bool = False


class RulerDrawing(NamedTuple):
    """How a ruler is laid over a picture: px, degrees and grey levels."""

    spacing_px: float
    angle_deg: float
    center: tuple[float, float]
    half_width_px: float
    tick_share: float = 0.12
    body: float = 205.0
    ink: float = 40.0
    phase: float = 0.3


def draw_bar(pixels: Pixels, bar: BarDrawing) -> Pixels:
    """A copy of the picture with a bar on it."""
    drawn = np.array(pixels)
    strip = drawn.swapaxes(0, 1) if bar.upright else drawn
    row, col = bar.corner[::-1] if bar.upright else bar.corner
    strip[row : row + bar.thickness_px, col : col + bar.length_px] = bar.color
    if bar.caps_px:
        half = bar.thickness_px // 2
        for end in (col, col + bar.length_px):
            first = end - half
            rows = slice(max(row - bar.caps_px, 0), row + bar.thickness_px + bar.caps_px)
            strip[rows, first : first + bar.thickness_px] = bar.color
    if bar.label:
        _write(drawn, bar)
    return drawn


def _write(drawn: Pixels, bar: BarDrawing) -> None:
    """Write the label, in place, a little away from the bar."""
    left, top, right, bottom = (math.ceil(side) for side in bar.font.getbbox(bar.label))
    width, height = right - left, bottom - top
    gap = max(height // 2, 5) + bar.caps_px
    row, col = bar.corner
    if bar.beside:
        place = (row - height // 2, col + (bar.thickness_px if bar.upright else bar.length_px) + gap)
    else:
        place = (row - gap - height, col + (gap if bar.upright else max((bar.length_px - width) // 2, 0)))
    place = max(place[0], 4), min(max(place[1], 4), drawn.shape[1] - width - 5)
    if bar.panel is not None:
        box = drawn[place[0] - 4 : place[0] + height + 5, place[1] - 5 : place[1] + width + 6]
        box[...] = np.rint(box / 3 + 2 * np.array(bar.panel) / 3).astype(np.uint8)
    page = Image.fromarray(drawn)
    ImageDraw.Draw(page).text((place[1] - left, place[0] - top), bar.label, fill=bar.label_color, font=bar.font)
    drawn[...] = np.asarray(page)


def draw_ruler(pixels: Pixels, ruler: RulerDrawing) -> Pixels:
    """A copy of the picture with a ruler on it, whose every fifth tick is longer and every tenth the longest."""
    height, width = pixels.shape[:2]
    rows, cols = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = math.radians(ruler.angle_deg)
    down, right = rows - ruler.center[0], cols - ruler.center[1]
    along = right * math.cos(turn) + down * math.sin(turn)
    across = down * math.cos(turn) - right * math.sin(turn)
    on = np.clip(ruler.half_width_px - np.abs(across) + 0.5, 0, 1)
    number = np.round(along / ruler.spacing_px - ruler.phase)
    off = np.abs(along - (number + ruler.phase) * ruler.spacing_px)
    reach = np.select([number % 10 == 0, number % 5 == 0], [1.1, 0.85], 0.6) * ruler.half_width_px
    ink = np.clip(ruler.tick_share * ruler.spacing_px / 2 - off + 0.5, 0, 1)
    ink *= np.clip(reach - (across + ruler.half_width_px) + 0.5, 0, 1) * on
    body = pixels + on[..., None] * (ruler.body - pixels)
    drawn = body + ink[..., None] * (ruler.ink - body)
    return np.asarray(np.clip(np.rint(drawn), 0, 255), np.uint8)


def lay_hairs(pixels: Pixels, n: int, rng: np.random.Generator) -> Pixels:
    """A copy of the picture with dark hairs across it that cover part of what lies there."""
    drawn = np.array(pixels)
    height, width = drawn.shape[:2]
    share = np.linspace(-0.5, 0.5, 20)
    for _ in range(n):
        start, turn, length = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0, np.pi), rng.uniform(100, 500)
        turns = turn + 0.4 * share
        path = start + length * share[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        points = np.rint(8 * path).astype(np.int32)
        cv2.polylines(drawn, [points], False, (38, 30, 28), int(rng.integers(3, 10)), cv2.LINE_AA, 3)
    return drawn
