"""Registrations in a row: the way to a visit that shares too little skin with the baseline, over one between."""

from __future__ import annotations

import math

import numpy as np

from hairdensity.comparison.alignment import Alignment, Warp, lattice
from hairdensity.comparison.registration import Registration
from hairdensity.errors import InputError

__all__ = ["chain", "chained"]

SPACING_PX = 32.0
"""Of the lattice that carries what both warps do together."""


def chain(first: Alignment, second: Alignment, shape: tuple[int, int]) -> Alignment:
    """The alignment that leads over ``first`` and then ``second``, for a baseline picture of (H, W) px.

    Parameters
    ----------
    first, second : Alignment
    shape : (int, int)
    """
    turn = second.matrix[:, :2] @ first.matrix[:, :2]
    matrix = np.column_stack([turn, second.matrix[:, :2] @ first.matrix[:, 2] + second.matrix[:, 2]])
    plain = Alignment(matrix=matrix)
    if first.warp is None and second.warp is None:
        return plain
    nodes = lattice(shape, SPACING_PX)
    flat = nodes.reshape(-1, 2)
    moved = second.to_follow_up(first.to_follow_up(flat)) - plain.to_follow_up(flat)
    return Alignment(matrix=matrix, warp=Warp(displacement_px=moved.reshape(nodes.shape), spacing_px=SPACING_PX))


def chained(
    first: Registration, second: Registration, *, baseline_shape: tuple[int, int], last_shape: tuple[int, int]
) -> Registration:
    """The registration of a baseline with the last of three visits, from two accepted ones.

    Its figures are the worse of both; the overlap is that of the baseline with the last visit.

    Parameters
    ----------
    first, second : Registration
        Baseline with the visit between, and the visit between with the last.
    baseline_shape, last_shape : (int, int)
        H, W of the pictures.

    Raises
    ------
    InputError
        If one of them has no alignment.
    """
    if first.alignment is None or second.alignment is None:
        raise InputError("only accepted registrations can be chained")
    alignment = chain(first.alignment, second.alignment, baseline_shape)
    shown = alignment.follow_up_as_baseline(np.ones(last_shape, dtype=bool), baseline_shape)
    shared_px = float(np.count_nonzero(shown))
    smaller_px = min(baseline_shape[0] * baseline_shape[1], last_shape[0] * last_shape[1] / alignment.zoom**2)
    per_px = first.overlap_cm2 / max(first.overlap_fraction * smaller_px, 1.0)
    return Registration(
        accepted=True,
        alignment=alignment,
        residual_um=math.hypot(first.residual_um, second.residual_um),
        placement_sd_um=math.hypot(first.placement_sd_um, second.placement_sd_um),
        n_inliers=min(first.n_inliers, second.n_inliers),
        overlap_cm2=shared_px * per_px,
        overlap_fraction=shared_px / smaller_px,
        log10_false_alarms=max(first.log10_false_alarms, second.log10_false_alarms),
        texture_agreement=min(first.texture_agreement, second.texture_agreement),
    )
