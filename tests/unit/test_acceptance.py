"""Which traced shafts are hairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hairdensity.tracing.acceptance import WITNESSES, AcceptanceSettings, Hearing, acceptance, hear_witnesses
from hairdensity.tracing.shaft_field import Field
from hairdensity.tracing.skeleton import Branches
from tests.drawn_maps import UM_PER_PX, drawn

SHAFT = [(60, 40), (60, 180)]


def witnesses(maps, paths, **heard):
    n = len(paths)
    silent = {name: np.zeros(n) for name in Hearing._fields}
    field = Field.from_maps(maps, maps.centerline)
    hairs = Branches.from_paths([np.linspace(a, b, 48).astype(float) for a, b in paths])
    table = hear_witnesses(
        hairs, field, maps.root.astype(np.float32), maps, Hearing(**{**silent, **heard}), AcceptanceSettings()
    )
    return [dict(zip(WITNESSES, row.tolist(), strict=True)) for row in table]


def test_the_weights_are_as_many_as_the_witnesses():
    assert len(AcceptanceSettings().weights) == len(WITNESSES)


def test_the_probability_is_logistic():
    settings = AcceptanceSettings(weights=(1.0,) + (0.0,) * (len(WITNESSES) - 1), bias=-1.0)
    said = np.zeros((3, len(WITNESSES)))
    said[:, 0] = [1.0, 1.0 + np.log(3), -40.0]
    np.testing.assert_allclose(acceptance(said, settings), [0.5, 0.75, 0.0], atol=1e-9)


def test_no_shafts_no_witnesses():
    assert hear_witnesses(
        Branches.from_paths([]),
        Field.from_maps(drawn(), drawn().centerline),
        np.zeros((160, 240), np.float32),
        drawn(),
        Hearing(*(np.zeros(0) for _ in Hearing._fields)),
        AcceptanceSettings(),
    ).shape == (0, len(WITNESSES))


def test_the_root_map_speaks_for_the_end_that_has_a_root():
    forth, back = witnesses(drawn(SHAFT), [SHAFT, SHAFT[::-1]])
    assert forth["root"] > 3 > -3 > back["root"]


def test_axis_length_and_body_are_those_of_the_shaft():
    maps = drawn(SHAFT)
    (said,) = witnesses(maps, [SHAFT])
    assert said["axis"] > 0.8
    assert said["length"] == pytest.approx(np.log(140 * UM_PER_PX / 300), abs=0.02)
    assert said["body"] == pytest.approx(np.log(maps.body[:, 100].sum() / maps.width_px[0, 0]), abs=0.1)


def test_beside_a_shaft_there_is_no_axis():
    (said,) = witnesses(drawn(SHAFT), [[(80, 40), (80, 180)]])
    assert said["axis"] < 0.05
    assert said["body"] == -1.5


def test_what_was_heard_before_is_passed_on_and_the_buried_shaft_compared():
    said = witnesses(
        drawn(SHAFT),
        [SHAFT, SHAFT, SHAFT],
        covered=np.array([0.1, 0.2, 0.3]),
        buried=np.array([1.0, 2.0, 20.0]),
        region=np.array([0.5, 0.0, -0.5]),
    )
    assert [s["covered"] for s in said] == [0.1, 0.2, 0.3]
    assert [s["buried"] for s in said] == [-1.0, 0.0, 6.0]
    assert [s["region"] for s in said] == [0.5, 0.0, -0.5]


def test_settings_are_frozen_and_replaceable():
    assert replace(AcceptanceSettings(), min_probability=0.3).min_probability == 0.3
