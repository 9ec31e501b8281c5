"""What software and people draw over a picture: headers, bars, rulers, circles, marks, panels, a round aperture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from hairdensity.synthetic.appearance import Overlay
from hairdensity.synthetic.sheet import Sheet, Stream, stream
from hairdensity.synthetic.truth import to_px

__all__ = ["draw_over", "mark_covered"]

Pixels = NDArray[np.uint8]
Color = tuple[int, int, int]

COLORS: tuple[Color, ...] = (
    (230, 40, 40),
    (40, 200, 60),
    (40, 60, 230),
    (15, 15, 15),
    (245, 245, 245),
    (240, 220, 40),
    (60, 220, 230),
)
PANELS: tuple[Color, ...] = ((0, 0, 0), (255, 255, 255), (225, 222, 218), (128, 128, 128), (40, 42, 46), (238, 50, 36))
GLYPHS = "0123456789 ABCDEFGHKLMNPRSTUVXZ abcdefghiklmnoprstuvxyz .:,-/=()%#"

BAR_LENGTHS_UM = (100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)

CHANGED = 24
"""Grey levels from which a drawn pixel counts as covered."""

DARK = 0.15
"""Share of the light below which nothing can be seen at the rim of an aperture."""


def draw_over(pixels: Pixels, sheet: Sheet) -> Pixels:
    """The picture with everything that the settings ask for, from the back to the front."""
    overlay, rng = sheet.scene.settings.overlay, stream(sheet.scene, Stream.MARKS)
    if overlay == Overlay():
        return pixels
    drawn = pixels.copy()
    if overlay.aperture:
        _aperture(drawn, sheet.hidden, overlay.aperture, rng)
    _point_out(drawn, sheet, rng)
    _frame(drawn, sheet, rng)
    return drawn


def mark_covered(sheet: Sheet, before: Pixels, after: Pixels) -> None:
    """Mark, in place, where drawing hides the picture: lines of text as a whole, single thin lines not at all."""
    if before is after:
        return
    changed = (cv2.absdiff(before, after).max(axis=2) > CHANGED).astype(np.uint8)
    whole = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    np.logical_or(sheet.hidden, _opened(whole) > 0, out=sheet.hidden)


def _point_out(pixels: Pixels, sheet: Sheet, rng: np.random.Generator) -> None:
    """What points at things in the picture."""
    overlay = sheet.scene.settings.overlay
    for _ in range(overlay.circles):
        _circle(pixels, sheet.um_per_px, rng)
    for _ in range(overlay.arrows):
        _arrow(pixels, rng)
    if overlay.marks and len(sheet.scene.hairs):
        _marks(pixels, to_px(sheet.scene.hairs.roots_um, sheet.um_per_px), overlay.marks, rng)
    if overlay.logo:
        _logo(pixels, rng)


def _frame(pixels: Pixels, sheet: Sheet, rng: np.random.Generator) -> None:
    """What stands about the picture or in a box of its own."""
    overlay = sheet.scene.settings.overlay
    for _ in range(overlay.texts):
        _text_box(pixels, rng)
    for _ in range(overlay.panels):
        _panel(pixels, sheet.hidden, rng)
    if overlay.ruler:
        _ruler(pixels, sheet.um_per_px, rng)
    if overlay.scale_bar:
        _scale_bar(pixels, sheet.um_per_px, rng)
    if overlay.header:
        _header(pixels, rng)


def _opened(mask: Pixels) -> Pixels:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)


def _pick(colors: tuple[Color, ...], rng: np.random.Generator) -> Color:
    return colors[rng.integers(len(colors))]


def _place(pixels: Pixels, rng: np.random.Generator) -> tuple[int, int]:
    """A random (row, col)."""
    height, width = pixels.shape[:2]
    return int(rng.integers(height)), int(rng.integers(width))


@lru_cache(maxsize=64)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _write(pixels: Pixels, text: str, corner: tuple[int, int], size_px: int, color: Color) -> int:
    """Write one line with its top left corner at (row, col), cut at the frame; returns the column after it."""
    mask = _font(size_px).getmask(text)
    ink = np.array(mask, np.float32).reshape(mask.size[::-1]) / 255
    row, col = corner
    patch = pixels[max(row, 0) : row + ink.shape[0], max(col, 0) : col + ink.shape[1]]
    alpha = ink[max(-row, 0) :, max(-col, 0) :][: patch.shape[0], : patch.shape[1], None]
    patch[...] = np.rint(patch + alpha * (np.array(color, np.float32) - patch)).astype(np.uint8)
    return col + int(ink.shape[1])


def _words(rng: np.random.Generator, length: tuple[int, int]) -> str:
    return "".join(GLYPHS[i] for i in rng.integers(len(GLYPHS), size=rng.integers(*length)))


def _shade(pixels: Pixels, rows: slice, cols: slice, color: Color, opacity: float) -> None:
    """Lay a translucent rectangle over the picture."""
    patch = pixels[rows, cols]
    patch[...] = np.rint(patch + opacity * (np.array(color, np.float32) - patch)).astype(np.uint8)


def _text_size(pixels: Pixels, rng: np.random.Generator) -> int:
    return max(int(pixels.shape[0] * rng.uniform(0.012, 0.035)), 9)


def _header(pixels: Pixels, rng: np.random.Generator) -> None:
    """A line of labels at the top or the bottom, each on a darkened box."""
    size, width = _text_size(pixels, rng), pixels.shape[1]
    row = 3 if rng.random() < 0.7 else pixels.shape[0] - size - 8
    col, opacity = int(rng.integers(1, 20)), float(rng.uniform(0, 1))
    color = _pick(COLORS[3:], rng)
    box: Color = (245, 245, 245) if sum(color) < 300 else (20, 20, 20)
    end = rng.uniform(0.2, 1.0) * width
    while col < end:
        text = _words(rng, (3, 20))
        reach = int(_font(size).getlength(text)) + 8
        _shade(pixels, slice(max(row - 3, 0), row + size + 5), slice(col, col + reach), box, opacity)
        _write(pixels, text, (row, col + 3), size, color)
        col += reach + int(rng.integers(1, 12))


def _text_box(pixels: Pixels, rng: np.random.Generator) -> None:
    """Some lines of text, bare or on a translucent box."""
    size, (row, col) = _text_size(pixels, rng), _place(pixels, rng)
    lines = [_words(rng, (3, 16)) for _ in range(rng.integers(1, 5))]
    reach = max(int(_font(size).getlength(line)) for line in lines) + 10
    if rng.random() < 0.6:
        box = _pick(PANELS, rng)
        _shade(pixels, slice(row, row + int(1.35 * size * len(lines)) + 8), slice(col, col + reach), box, 0.5)
    color = _pick(COLORS, rng)
    for number, line in enumerate(lines):
        _write(pixels, line, (row + 4 + int(1.35 * size * number), col + 5), size, color)


def _bar_um(pixels: Pixels, um_per_px: float, rng: np.random.Generator) -> float:
    """A round length that takes a tenth to a third of the width."""
    share = np.array(BAR_LENGTHS_UM) / um_per_px / pixels.shape[1]
    fits = np.flatnonzero((share > 0.08) & (share < 0.4))
    return BAR_LENGTHS_UM[int(rng.choice(fits)) if len(fits) else int(np.argmin(np.abs(np.log(share / 0.2))))]


def _scale_bar(pixels: Pixels, um_per_px: float, rng: np.random.Generator) -> None:
    """A plain, angled or ticked bar of a true length, labeled."""
    length_um, color = _bar_um(pixels, um_per_px, rng), _pick(COLORS, rng)
    length, thickness = round(length_um / um_per_px), int(rng.choice([1, 1, 2, 3, 6]))
    height, width = pixels.shape[:2]
    row = int(height * (rng.uniform(0.86, 0.97) if rng.random() < 0.8 else rng.uniform(0.03, 0.12)))
    col = int(rng.choice([0.02, 0.45, 0.95]) * max(width - length, 1))
    style = rng.integers(4)
    cv2.line(pixels, (col, row), (col + length, row), color, thickness)
    if style == 1:
        cv2.line(pixels, (col, row), (col, row - length), color, thickness)
    tick = int(rng.integers(4, 14))
    for share in {2: (0.0, 1.0), 3: tuple(np.linspace(0, 1, 11))}.get(int(style), ()):
        place = col + round(share * length)
        cv2.line(pixels, (place, row - tick), (place, row + tick), color, thickness)
    label = f"{length_um / 1000:.1f} mm" if length_um >= 500 else f"{length_um:.0f} um"
    _write(pixels, label, (row - 2 * tick - 8, col + length // 3), _text_size(pixels, rng), color)


def _ruler(pixels: Pixels, um_per_px: float, rng: np.random.Generator) -> None:
    """A strip with a tick at every tenth of a millimeter, or fewer, along a side."""
    upright, (height, width) = bool(rng.random() < 0.5), pixels.shape[:2]
    strip = pixels.swapaxes(0, 1) if upright else pixels
    side, depth = (height, width) if not upright else (width, height)
    wide = max(int(side * rng.uniform(0.02, 0.06)), 8)
    start = 0 if rng.random() < 0.5 else side - wide
    color = _pick(COLORS, rng)
    if rng.random() < 0.6:
        paper: Color = (250, 250, 245) if sum(color) < 500 else (20, 20, 20)
        _shade(strip, slice(start, start + wide), slice(0, depth), paper, float(rng.uniform(0.4, 1.0)))
    step = next(um for um in (100.0, 200.0, 500.0, 1000.0) if um / um_per_px > 6 or um == 1000.0) / um_per_px
    for number in range(int(depth / step) + 1):
        place, long = round(number * step), wide if number % 10 == 0 else int(wide * (0.7 if number % 5 == 0 else 0.4))
        strip[start : start + long, place : place + 1] = color


def _circle(pixels: Pixels, um_per_px: float, rng: np.random.Generator) -> None:
    """A thin circle, at times with its radius, its cross and its measures in a box."""
    height, width = pixels.shape[:2]
    radius = int(min(rng.uniform(500.0, 3000.0) / um_per_px, 0.48 * max(height, width)))
    row, col = (int(side * rng.uniform(0.3, 0.7)) for side in (height, width))
    color, thickness = _pick(COLORS, rng), int(rng.choice([1, 1, 1, 2, 3]))
    if rng.random() < 0.25:
        for start in range(0, 360, 12):
            cv2.ellipse(pixels, (col, row), (radius, radius), 0, start, start + 7, color, thickness, cv2.LINE_AA)
    else:
        cv2.circle(pixels, (col, row), radius, color, thickness, cv2.LINE_AA)
    turn = rng.uniform(0, 2 * np.pi)
    end = (int(col + radius * np.cos(turn)), int(row + radius * np.sin(turn)))
    if rng.random() < 0.5:
        cv2.line(pixels, (col, row), end, color, thickness, cv2.LINE_AA)
    if rng.random() < 0.3:
        cv2.drawMarker(pixels, (col, row), color, cv2.MARKER_CROSS, int(rng.integers(9, 40)), thickness)
    if rng.random() < 0.5:
        _measures(pixels, (end[1], end[0]), radius * um_per_px / 1000, rng)


def _measures(pixels: Pixels, corner: tuple[int, int], radius_mm: float, rng: np.random.Generator) -> None:
    """A translucent box with name, circumference, area and radius of a circle."""
    size, color = _text_size(pixels, rng), _pick(COLORS, rng)
    lines = (
        f"DC{rng.integers(10)}",
        f"C={2 * np.pi * radius_mm:.3f} mm",
        f"A={np.pi * radius_mm**2:.3f} mm2",
        f"r={radius_mm:.3f} mm",
    )
    row, col = (max(int(x), 0) for x in corner)
    reach = int(max(_font(size).getlength(line) for line in lines)) + 12
    _shade(pixels, slice(row, row + int(5.6 * size)), slice(col, col + reach), (200, 200, 200), 0.4)
    for number, line in enumerate(lines):
        _write(pixels, line, (row + 4 + int(1.35 * size * number), col + 6), size, color)


def _arrow(pixels: Pixels, rng: np.random.Generator) -> None:
    row, col = _place(pixels, rng)
    reach = pixels.shape[0] * rng.uniform(0.04, 0.15) * np.array([1.0, rng.uniform(-1, 1)])[rng.permutation(2)]
    end = (int(col + reach[0]), int(row + reach[1]))
    cv2.arrowedLine(pixels, (col, row), end, _pick(COLORS, rng), int(rng.integers(1, 5)), cv2.LINE_AA, tipLength=0.3)


def _marks(pixels: Pixels, roots_px: NDArray[np.float64], n: int, rng: np.random.Generator) -> None:
    """Counting marks near roots: crosses, dots, small circles, all alike."""
    color, style, size = _pick(COLORS, rng), int(rng.integers(3)), int(rng.integers(3, 9))
    for root in roots_px[rng.permutation(len(roots_px))[:n]]:
        row, col = (round(float(x)) for x in root + size * rng.standard_normal(2))
        if style == 0:
            cv2.drawMarker(pixels, (col, row), color, cv2.MARKER_CROSS, 2 * size, 1)
        else:
            cv2.circle(pixels, (col, row), size, color, -1 if style == 1 else 1, cv2.LINE_AA)


def _panel(pixels: Pixels, hidden: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """An opaque strip along a side, or a block in a corner, at times with text."""
    height, width = pixels.shape[:2]
    rows, cols = slice(0, height), slice(0, width)
    if rng.random() < 0.25:
        side = int(rng.uniform(0.03, 0.15) * height)
        rows, cols = _end(rows, side, rng), _end(cols, side, rng)
    elif rng.random() < 0.5:
        rows = _end(rows, max(int(rng.uniform(0.01, 0.15) * height), 3), rng)
    else:
        cols = _end(cols, max(int(rng.uniform(0.01, 0.15) * width), 3), rng)
    pixels[rows, cols] = _pick(PANELS, rng)
    hidden[rows, cols] = True
    if rng.random() < 0.3:
        corner = (rows.start + 4, cols.start + int(rng.integers(2, 40)))
        _write(pixels[: rows.stop, : cols.stop], _words(rng, (5, 30)), corner, _text_size(pixels, rng), (120, 120, 120))


def _end(along: slice, length: int, rng: np.random.Generator) -> slice:
    """The first or the last part of a side."""
    return slice(0, length) if rng.random() < 0.5 else slice(along.stop - length, along.stop)


def _logo(pixels: Pixels, rng: np.random.Generator) -> None:
    """A translucent sign with a name beside it, as camera software leaves; or a light pill as telephones show."""
    height, width = pixels.shape[:2]
    over = pixels.copy()
    color, size = _pick(COLORS[3:5], rng), max(int(height * rng.uniform(0.04, 0.12)), 12)
    row, col = int(rng.uniform(0.05, 0.9) * (height - size)), int(rng.uniform(0.05, 0.6) * width)
    if rng.random() < 0.3:
        start, reach = (int(0.35 * width), height - 8), int(0.3 * width)
        cv2.line(over, start, (start[0] + reach, start[1]), color, max(height // 100, 3), cv2.LINE_AA)
    else:
        cv2.circle(over, (col, row + size // 2), size // 2, color, -1, cv2.LINE_AA)
        cv2.circle(over, (col, row + size // 2), size // 4, _pick(COLORS, rng), 2, cv2.LINE_AA)
        _write(over, _words(rng, (4, 12)), (row, col + size), size, color)
    pixels[...] = cv2.addWeighted(over, float(share := rng.uniform(0.25, 1.0)), pixels, 1 - float(share), 0)


def _aperture(pixels: Pixels, hidden: NDArray[np.bool_], radius_share: float, rng: np.random.Generator) -> None:
    """Black beyond a circle about the middle, with a soft rim."""
    height, width = pixels.shape[:2]
    rows, cols = (np.arange(n, dtype=np.float32) - n * (0.5 + rng.normal(0, 0.03)) for n in (height, width))
    radius, soft = radius_share * np.hypot(height, width) / 2, rng.uniform(1.0, 0.03 * height + 1.5)
    away = np.hypot(rows[:, None], cols[None])
    light = np.clip((radius - away) / soft + 0.5, 0, 1)
    np.logical_or(hidden, light < DARK, out=hidden)
    pixels[...] = np.rint(pixels * light[..., None]).astype(np.uint8)
