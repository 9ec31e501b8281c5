"""How dark hairs are by their width."""

import numpy as np
import pytest

from hairdensity.measurement.opacity import learn_opacity

AT_PX = np.array([3.0, 6.0, 20.0])


def learned(width_um, opaque_um, *, scatter=0.0, n=60):
    rng = np.random.default_rng(0)
    width_px = np.linspace(*width_um, n) / 5.0
    height = 0.8 * -np.expm1(-width_px * 5.0 / opaque_um) * np.exp(rng.normal(0, scatter, n))
    return learn_opacity(width_px, height, np.full(n, 0.01), at_px=AT_PX, um_per_px=5.0)


@pytest.mark.parametrize("opaque_um", [8.0, 22.0, 40.0])
def test_the_law_is_learned_where_thin_hairs_are_resolved(opaque_um):
    law = learned((15.0, 100.0), opaque_um, scatter=0.05)
    expected = 0.8 * -np.expm1(-AT_PX * 5.0 / opaque_um)
    assert np.exp(law.log_height) == pytest.approx(expected, rel=0.08)
    assert (law.sd < 0.15).all()


def test_thick_hairs_alone_leave_the_thin_ones_open():
    law = learned((80.0, 120.0), 8.0, scatter=0.05)
    assert law.sd[0] > 2 * law.sd[2]
    truth = np.log(0.8 * -np.expm1(-AT_PX * 5.0 / 8.0))
    assert (np.abs(law.log_height - truth) < 2 * law.sd).all()


def test_scatter_among_hairs_is_kept():
    assert learned((15.0, 100.0), 22.0, scatter=0.3).sd[2] == pytest.approx(0.3, rel=0.3)


def test_a_few_hairs_say_nothing():
    assert learned((15.0, 100.0), 22.0, n=5) is None
