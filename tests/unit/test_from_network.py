from __future__ import annotations

import numpy as np

from hairdensity.tracing import NetworkTracingSettings
from hairdensity.tracing.from_network import trace_network
from tests.drawn_maps import drawn

SETTINGS = NetworkTracingSettings()


def test_every_hair_says_how_probable_it_is() -> None:
    lines = trace_network(drawn([(40, 60), (40, 140)], [(110, 60), (110, 140)]), unreadable=None, settings=SETTINGS)
    assert len(lines) == 2
    assert (lines.hair_probability >= SETTINGS.acceptance.min_probability).all()
    assert (lines.hair_probability < 1).all()


def test_a_hair_that_comes_in_from_outside_has_no_known_probability() -> None:
    lines = trace_network(drawn([(80, 0), (80, 120)], roots=False), unreadable=None, settings=SETTINGS)
    assert len(lines) == 1
    assert np.isnan(lines.hair_probability).all()
