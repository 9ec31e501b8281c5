"""Kinds of mistakes on a capture that a reader annotated with vectors: each missed or false hair has one cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.evaluation.axes import even_axes, inside_margin, overlaps
from hairdensity.evaluation.roots import ROOT_TOLERANCE_UM, match_roots
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Capture", "Mistakes", "pool_mistakes", "sort_mistakes"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

ON_HAIR_UM = 50.0
"""A reader's straight vector keeps about so near to the axis of its hair."""

MOSTLY = 0.5
"""A hair lies on another one with at least this share of itself."""

SEAM_UM = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capture:
    """A capture and what its reader drew.

    Parameters
    ----------
    hairs, fragments : (N, 4) and (F, 4) float64 ndarray
        Row and column of the root, then of the tip, in px, of hairs and of loose cut pieces.
    um_per_px : float
    shape : (int, int)
        H, W of the readable picture.
    margin_px : float
        Roots nearer to the edge do not count; those within twice of it are near the border.
    seam_rows_px, seam_cols_px : tuple of float
        Where the parts meet that were annotated on their own.
    """

    hairs: Array
    fragments: Array
    um_per_px: float
    shape: tuple[int, int]
    margin_px: float = 64.0
    seam_rows_px: tuple[float, ...] = ()
    seam_cols_px: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """Tallies of hairs that count and have no partner; each has the first cause that holds.

    Parameters
    ----------
    missed_merged : int
        A found hair runs along it that is another one's partner: two true hairs in one found.
    missed_reversed : int
        A found hair has its root at its tip.
    missed_border, missed_seam, missed_elsewhere : int
    false_fragment : int
        Lies on a loose piece.
    false_reversed : int
        Has its root at the tip of a true hair.
    false_doubled : int
        Lies on a true hair that is another one's partner.
    false_border, false_seam, false_elsewhere : int
    """

    missed_merged: int = 0
    missed_reversed: int = 0
    missed_border: int = 0
    missed_seam: int = 0
    missed_elsewhere: int = 0
    false_fragment: int = 0
    false_reversed: int = 0
    false_doubled: int = 0
    false_border: int = 0
    false_seam: int = 0
    false_elsewhere: int = 0


def sort_mistakes(capture: Capture, found: Centerlines) -> Mistakes:
    """Sort missed and false hairs by cause.

    Parameters
    ----------
    capture : Capture
    found : Centerlines
    """
    vectors = np.concatenate([found.roots_px, found.tips_px], axis=1)
    covered, pure = _on_each_other(capture.hairs, found, capture.um_per_px)
    is_reversed = _reversed(capture.hairs, vectors, capture.um_per_px)
    missed = _missed(capture, vectors, is_on=covered >= MOSTLY, is_reversed=is_reversed)
    false = _false(capture, found, is_on=pure >= MOSTLY, is_reversed=is_reversed)
    return Mistakes(**missed, **false)


def pool_mistakes(parts: Sequence[Mistakes]) -> Mistakes:
    """The tallies of several captures added up."""
    return Mistakes(**{name: sum(getattr(part, name) for part in parts) for name in asdict(Mistakes())})


def _missed(capture: Capture, vectors: Array, *, is_on: Mask, is_reversed: Mask) -> dict[str, int]:
    """Tallies from (N, M) marks of true and found hairs."""
    counted = np.flatnonzero(inside_margin(capture.hairs[:, :2], capture.shape, capture.margin_px))
    pairs = match_roots(capture.hairs[counted], vectors, tolerance_px=ROOT_TOLERANCE_UM / capture.um_per_px)
    lost, taken = _without(counted, pairs[:, 0]), pairs[:, 1]
    free = np.setdiff1d(np.arange(len(vectors)), taken)
    causes = {
        "missed_merged": _any(is_on[np.ix_(lost, taken)], axis=1),
        "missed_reversed": _any(is_reversed[np.ix_(lost, free)], axis=1),
    }
    return _first_causes(causes | _places("missed", capture.hairs[lost], capture))


def _false(capture: Capture, found: Centerlines, *, is_on: Mask, is_reversed: Mask) -> dict[str, int]:
    """Tallies from (N, M) marks of true and found hairs."""
    vectors = np.concatenate([found.roots_px, found.tips_px], axis=1)
    counted = np.flatnonzero(inside_margin(vectors[:, :2], capture.shape, capture.margin_px))
    pairs = match_roots(capture.hairs, vectors[counted], tolerance_px=ROOT_TOLERANCE_UM / capture.um_per_px)
    extra, taken = _without(counted, pairs[:, 1]), pairs[:, 0]
    _, on_fragment = _on_each_other(capture.fragments, found, capture.um_per_px)
    causes = {
        "false_fragment": _any(on_fragment[:, extra] >= MOSTLY, axis=0),
        "false_reversed": _any(is_reversed[:, extra], axis=0),
        "false_doubled": _any(is_on[np.ix_(taken, extra)], axis=0),
    }
    return _first_causes(causes | _places("false", vectors[extra], capture))


def _on_each_other(hairs: Array, found: Centerlines, um_per_px: float) -> tuple[Array, Array]:
    """(N, M) share of each vector that lies on each found hair, and share of each found hair that lies on it."""
    drawn = even_axes(Centerlines.from_paths(list(hairs.reshape(-1, 2, 2))))
    return overlaps(drawn, even_axes(found), np.full(len(hairs), ON_HAIR_UM / um_per_px))


def _reversed(hairs: Array, found: Array, um_per_px: float) -> Mask:
    """(N, M) True where a found root lies at a true tip and the two hairs run against each other."""
    distance = np.linalg.norm(hairs[:, None, 2:] - found[None, :, :2], axis=2)
    course = (hairs[:, None, 2:] - hairs[:, None, :2]) * (found[None, :, 2:] - found[None, :, :2])
    return np.asarray((distance <= ROOT_TOLERANCE_UM / um_per_px) & (course.sum(axis=2) < 0))


def _places(side: str, vectors: Array, capture: Capture) -> dict[str, Mask]:
    """Where hairs without another cause lie."""
    at_border = ~inside_margin(vectors[:, :2], capture.shape, 2 * capture.margin_px)
    reach = SEAM_UM / capture.um_per_px
    ends = vectors.reshape(-1, 2, 2)
    low, high = ends.min(axis=1) - reach, ends.max(axis=1) + reach
    at_seam = np.zeros(len(vectors), bool)
    for axis, seams in enumerate((capture.seam_rows_px, capture.seam_cols_px)):
        for seam in seams:
            at_seam |= (low[:, axis] <= seam) & (high[:, axis] >= seam)
    everywhere = np.ones(len(vectors), bool)
    return {f"{side}_border": at_border, f"{side}_seam": at_seam, f"{side}_elsewhere": everywhere}


def _any(marks: Mask, axis: int) -> Mask:
    return np.asarray(marks.any(axis=axis))


def _first_causes(causes: dict[str, Mask]) -> dict[str, int]:
    """Tallies of the first cause that holds; the last one always does."""
    first = np.stack(list(causes.values())).argmax(axis=0)
    counts = np.bincount(first, minlength=len(causes))
    return {name: int(n) for name, n in zip(causes, counts, strict=True)}


def _without(numbers: Integers, places: Integers) -> Integers:
    """The numbers less those at these places."""
    return np.asarray(np.delete(numbers, places))
