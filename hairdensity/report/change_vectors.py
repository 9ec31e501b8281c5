"""The hairs of a change as SVG: lines and signs that a page can show, hide and name."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.report.change_fates import UNSURE
from hairdensity.report.change_frame import Frame
from hairdensity.report.change_looks import LOOKS, UNMATCHED

__all__ = ["hair_shapes", "sample_shape", "shared_outline", "shared_rings", "simpler"]

_RADIUS = 7.0
_SIMPLER_PX = 0.3
"""Centerlines have a point every px or two; a third of a px is not seen, and the page becomes a quarter as long."""

Array = NDArray[np.float64]


def hair_shapes(frame: Frame, sentences: Sequence[str], *, is_baseline: bool) -> str:
    """A group for each hair of a visit, and a ring where the other visit shows one.

    Parameters
    ----------
    frame : Frame
    sentences : sequence of str
        What is known of each hair.
    is_baseline : bool
    """
    paths = frame.baseline_paths if is_baseline else frame.follow_up_paths
    names = list(LOOKS)
    order = sorted(range(len(paths)), key=lambda hair: (bool(frame.counts[hair]), _rank(names, frame.looks[hair])))
    shapes = []
    for hair in order:
        inside = _shape(frame, hair, paths[hair])
        if inside:
            look = frame.looks[hair] + ("" if frame.counts[hair] else " uncounted")
            shapes.append(
                f'<g class="hair {look}" data-hair="{hair}" tabindex="-1" role="img" '
                f'aria-label="{escape(sentences[hair])}">{inside}</g>'
            )
    return "".join(shapes)


def sample_shape(look: str) -> str:
    """A short line with its sign, for the legend."""
    line = '<path class="edge" d="M8 10H46"/><path class="line" d="M8 10H46"/>'
    return (
        f'<svg viewBox="0 0 52 20" aria-hidden="true"><g class="hair {look}">{line}{_sign(look, 9.0, 10.0)}</g></svg>'
    )


def shared_outline(frame: Frame) -> str:
    """A veil over what lies outside the common area, with its border."""
    if frame.is_shared.all():
        return ""
    height, width = frame.is_shared.shape
    rings = "".join("M" + "L".join(f"{x} {y}" for x, y in points) + "Z" for points in shared_rings(frame))
    return (
        f'<path class="outside" fill-rule="evenodd" d="M0 0H{width}V{height}H0Z{rings}"/>'
        f'<path class="border" d="{rings}"/>'
    )


def shared_rings(frame: Frame) -> list[NDArray[np.int32]]:
    """The borders of the common area and of the holes in it, (K, 2) each, as (x, y)."""
    outlines, _ = cv2.findContours(frame.is_shared.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    simple = (np.asarray(cv2.approxPolyDP(outline, 1.6, True)[:, 0], dtype=np.int32) for outline in outlines)
    return [points for points in simple if len(points) > 2]


def simpler(path: Array) -> NDArray[np.float32]:
    """A line of (row, col) with the points alone that its course needs, (K, 2), as (x, y)."""
    return np.asarray(cv2.approxPolyDP(path[:, ::-1].astype(np.float32), _SIMPLER_PX, False)[:, 0], dtype=np.float32)


def _rank(names: list[str], look: str) -> int:
    return names.index(look) if look in names else 0


def _shape(frame: Frame, hair: int, path: Array | None) -> str:
    if path is not None:
        row, col = path[0]
        line = _line(path)
        return (
            f'<path class="halo" d="{line}"/><path class="hit" d="{line}"/><path class="edge" d="{line}"/>'
            f'<path class="line" d="{line}"/>{_sign(frame.looks[hair], col, row)}'
        )
    if not (frame.is_aligned and frame.counts[hair]) or frame.looks[hair] == UNSURE:
        return ""
    row, col = frame.places[hair]
    rings = (f'<circle class="{kind}" cx="{col:.1f}" cy="{row:.1f}" r="8"/>' for kind in ("ring under", "ring"))
    return "".join(rings)


def _line(path: Array) -> str:
    return "M" + "L".join(f"{x + 0.5:.1f} {y + 0.5:.1f}" for x, y in simpler(path))


def _sign(look: str, x: float, y: float) -> str:
    r = _RADIUS
    sign = LOOKS["kept" if look == UNMATCHED else look].sign
    if sign in ("up", "down"):
        way = 1.0 if sign == "up" else -1.0
        tip, foot = y - way * 1.1 * r, y + way * 0.75 * r
        return f'<path class="sign" d="M{x:.1f} {tip:.1f}L{x + r:.1f} {foot:.1f}H{x - r:.1f}Z"/>'
    if sign in ("dot", "circle"):
        kind, radius = ("sign", 0.5 * r) if sign == "dot" else ("open", 0.6 * r)
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
    if sign == "plus":
        strokes = f"M{x - r:.1f} {y:.1f}H{x + r:.1f}M{x:.1f} {y - r:.1f}V{y + r:.1f}"
    else:
        d = 0.8 * r
        strokes = f"M{x - d:.1f} {y - d:.1f}L{x + d:.1f} {y + d:.1f}M{x - d:.1f} {y + d:.1f}L{x + d:.1f} {y - d:.1f}"
    return f'<path class="strokes under" d="{strokes}"/><path class="strokes" d="{strokes}"/>'
