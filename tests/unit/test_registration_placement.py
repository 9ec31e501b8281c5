"""How far an alignment may be off: what the roots leave open."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.placement import placement_sd_um
from hairdensity.comparison.registering.stretching import StretchSettings, align_roots
from tests.constellations import UM_PER_PX, along, constellation, scalp, seen_again, similarity

Array = np.ndarray[Any, np.dtype[np.float64]]

SAME = Alignment(matrix=np.eye(2, 3))
SETTINGS = StretchSettings()


def only(side: Constellation, rows: Array) -> Constellation:
    return constellation(side.roots_um[rows], side.unit_of_root[rows], side.diameter_um[rows])


def test_it_falls_with_the_roots_that_agree() -> None:
    whole = scalp(1, n_units=60)
    half = only(whole, np.arange(0, len(whole.roots_um), 2))
    few = only(whole, np.arange(0, len(whole.roots_um), 8))
    sds = [placement_sd_um(SAME, side, side, SETTINGS) for side in (whole, half, few)]
    assert sds[0] < sds[1] < sds[2]
    assert sds[0] < 6


def test_it_grows_with_the_errors_of_the_roots() -> None:
    before = scalp(2, n_units=50)
    sds = [
        placement_sd_um(SAME, before, seen_again(before, along(np.eye(2, 3)), jitter_um=jitter), SETTINGS)
        for jitter in (0.0, 20.0, 40.0)
    ]
    assert sds[0] < sds[1] < sds[2]


def test_roots_in_a_corner_say_little_about_the_rest() -> None:
    whole = scalp(3, n_units=60)
    near = np.argsort(np.linalg.norm(whole.roots_um, axis=1))[:20]
    spread = np.random.default_rng(0).permutation(len(whole.roots_um))[:20]
    corner, around = (placement_sd_um(SAME, side, side, SETTINGS) for side in (only(whole, near), only(whole, spread)))
    assert corner > 2 * around


def test_an_alignment_that_misses_what_the_roots_say_is_further_off() -> None:
    before = scalp(4, n_units=50)
    aside = Alignment(matrix=np.array([[1.0, 0.0, 30.0 / UM_PER_PX], [0.0, 1.0, 0.0]]))
    # Along one of two axes, by 30 um: 30 / sqrt(2) along one on average.
    expected = math.hypot(placement_sd_um(SAME, before, before, SETTINGS), 30.0 / math.sqrt(2))
    assert placement_sd_um(aside, before, before, SETTINGS) == pytest.approx(expected, rel=0.15)


def test_it_tells_how_far_alignments_are_off() -> None:
    shares = []
    for seed in range(25):
        before = scalp(seed, n_units=30)
        rng = np.random.default_rng([seed, 1])
        phase, wave = rng.uniform(0, 2 * np.pi, 2), rng.uniform(2000, 3000)
        way = along(similarity(10, 1.0, (200, 400)))

        def true(points: Array, way: Any = way, phase: Array = phase, wave: float = wave) -> Array:
            return np.asarray(way(points + 60 * np.sin(points[:, ::-1] / wave + phase)))

        after = seen_again(before, true, lost=0.3, jitter_um=15, seed=seed)
        alignment = align_roots(similarity(10, 1.0, (200, 400)), before, after, SETTINGS)
        spots = rng.uniform(0, 1, (300, 2)) * before.frame_um
        spots = spots[after.shows(true(spots))]
        off = alignment.to_follow_up(spots / UM_PER_PX) * UM_PER_PX - true(spots)
        shares.append(np.median(np.abs(off)) / 0.6745 / placement_sd_um(alignment, before, after, SETTINGS))
    assert 0.75 < np.sqrt(np.mean(np.square(shares))) < 1.25


def test_it_is_without_bound_where_nothing_is_shared() -> None:
    side = scalp(5)
    away = Alignment(matrix=np.array([[1.0, 0.0, 5000.0], [0.0, 1.0, 0.0]]))
    assert placement_sd_um(away, side, side, SETTINGS) == math.inf
    bare = constellation(np.zeros((0, 2)), [], np.zeros(0))
    assert placement_sd_um(SAME, side, bare, SETTINGS) == math.inf
