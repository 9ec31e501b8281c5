"""Widths below the resolution from likelihood, darkness and the blur's error."""

import numpy as np
import pytest

from hairdensity.measurement.opacity import Opacity
from hairdensity.measurement.thin import infer_widths

LOG_WIDTH = np.log(np.geomspace(1.0, 20.0, 72))
WIDTH = np.exp(LOG_WIDTH)


def inferred(log_likelihood, area=None, *, opacity=None, log_psf_sd=0.0):
    """Hairs whose heights times widths are ``area``, with a blur of 2 px."""
    area = np.full(len(log_likelihood), 3.0) if area is None else np.asarray(area)
    return infer_widths(
        log_likelihood,
        area[:, None] / WIDTH,
        log_width=LOG_WIDTH,
        psf_px=np.full(len(log_likelihood), 2.0),
        log_psf_excess=np.zeros(len(log_likelihood)),
        log_psf_sd=np.full(len(log_likelihood), log_psf_sd),
        opacity=opacity,
    )


def flat_up_to(limit):
    """Nothing is known but that the width is not above the limit."""
    return np.where(limit > WIDTH, 0.0, -50.0)[None]


def even_darkness(sd):
    return Opacity(width_px=WIDTH, log_height=np.full(72, np.log(0.75)), sd=np.full(72, sd))


def test_a_sharp_likelihood_is_its_own_answer():
    found = inferred(-0.5 * ((WIDTH - 8.0) / 0.2)[None] ** 2)
    assert found.width_px[0] == pytest.approx(8.0, abs=0.05)
    assert found.se_px[0] == pytest.approx(0.2, rel=0.1)
    assert [found.low_px[0], found.high_px[0]] == pytest.approx([8 - 1.96 * 0.2, 8 + 1.96 * 0.2], abs=0.06)


def test_without_a_law_of_darkness_the_bounds_reach_from_nothing_to_the_resolution():
    found = inferred(flat_up_to(4.0))
    assert found.low_px[0] == 0.0 or found.low_px[0] < 1.2
    assert found.high_px[0] == pytest.approx(3.9, abs=0.15)


def test_darkness_ranks_hairs_that_the_edges_cannot_tell_apart():
    area = np.array([1.2, 1.8, 2.4])
    found = inferred(np.repeat(flat_up_to(5.0), 3, axis=0), area, opacity=even_darkness(0.1))
    assert found.width_px == pytest.approx(area / 0.75, rel=0.03)
    assert (found.low_px < area / 0.75).all()
    assert (found.high_px > area / 0.75).all()


def test_darkness_does_not_move_a_hair_whose_edges_show():
    sharp = -0.5 * ((WIDTH - 8.0) / 0.1)[None] ** 2
    assert inferred(sharp, opacity=even_darkness(0.3)).width_px[0] == pytest.approx(8.0, abs=0.1)


def test_an_unsure_blur_widens_the_bounds():
    # A bar of 4 px: d(w^2) = 24 sigma^2 * 5 %, so w moves by 0.6 px.
    found = inferred(-0.5 * ((WIDTH - 4.0) / 0.05)[None] ** 2, log_psf_sd=0.05)
    assert found.se_px[0] == pytest.approx(0.6, rel=0.35)
    assert inferred(-0.5 * ((WIDTH - 4.0) / 0.05)[None] ** 2).se_px[0] < 0.1
