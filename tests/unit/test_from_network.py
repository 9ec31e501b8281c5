from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hairdensity.tracing import NetworkTracingSettings
from hairdensity.tracing.from_network import trace_network
from tests.drawn_maps import drawn

SETTINGS = NetworkTracingSettings()


def test_every_hair_says_how_probable_it_is() -> None:
    maps = drawn([(40, 60), (40, 140)], [(110, 60), (110, 140)])
    lines, rejected = trace_network(maps, unreadable=None, settings=SETTINGS)
    assert len(lines) == 2
    assert (lines.hair_probability >= SETTINGS.acceptance.min_probability).all()
    assert (lines.hair_probability < 1).all()
    assert (rejected.hair_probability < SETTINGS.acceptance.min_probability).all()
    assert rejected.roots_px.shape == (len(rejected.hair_probability), 2)


def test_a_hair_that_comes_in_from_outside_has_no_known_probability() -> None:
    lines, _ = trace_network(drawn([(80, 0), (80, 120)], roots=False), unreadable=None, settings=SETTINGS)
    assert len(lines) == 1
    assert np.isnan(lines.hair_probability).all()


def test_what_is_not_taken_for_a_hair_is_kept_with_its_probability() -> None:
    strict = replace(SETTINGS, acceptance=replace(SETTINGS.acceptance, min_probability=1.0))
    lines, rejected = trace_network(drawn([(40, 60), (40, 140)]), unreadable=None, settings=strict)
    assert len(lines) == 0
    assert rejected.roots_px == pytest.approx(np.array([[40.0, 60.0]]), abs=6)
    assert 0.5 < rejected.hair_probability[0] < 1
