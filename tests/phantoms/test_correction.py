"""Rendered scalp with its truth: corrections of all mistakes bring count, density and thickness to the truth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.correction import apply_edits, parse_edits
from hairdensity.settings import Settings
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import make_scene

SCENE = replace(clipped(), field_mm=(4.0, 4.8))
UM_PER_PX = SCENE.um_per_px
NEAR_PX = 120.0 / UM_PER_PX
HAND_PX = 10.0 / UM_PER_PX
"""How far a hand is off the axis."""


@cache
def corrected(seed: int) -> tuple[Rendering, Analysis, Analysis]:
    """A rendering, its automatic analysis by ridges, which make many mistakes, and what a person makes of it."""
    rendering = render(make_scene(SCENE, seed))
    automatic = analyze(
        rendering.image, calibration=Calibration(um_per_px=UM_PER_PX), settings=Settings(method="ridges")
    )
    edits = edits_to_the_truth(rendering, automatic, np.random.default_rng(seed))
    shape = rendering.truth.shape
    return rendering, automatic, apply_edits(automatic, parse_edits(edits, image_shape=(shape[0], shape[1])))


def edits_to_the_truth(rendering: Rendering, automatic: Analysis, rng: np.random.Generator) -> list[dict[str, Any]]:
    """False hairs deleted, missed ones drawn by an unsteady hand, roots moved to where they are."""
    true, found = rendering.truth.hairs, automatic.centerlines
    distance = np.linalg.norm(true.roots_px[:, None] - found.roots_px[None], axis=2)
    pairs = zip(*linear_sum_assignment(np.minimum(distance, 2 * NEAR_PX)), strict=True)
    partner = {int(t): int(f) for t, f in pairs if distance[t, f] <= NEAR_PX}
    edits: list[dict[str, Any]] = [
        {"op": "delete", "hair_id": f} for f in range(len(found)) if f not in partner.values()
    ]
    shape = np.array(rendering.truth.shape)
    for hair in range(len(true)):
        root = np.clip(true.roots_px[hair], 0, shape - 1).tolist()
        if hair in partner:
            edits.append({"op": "move_root", "hair_id": partner[hair], "to_px": root})
            continue
        path = true.path(hair)
        drawn = path[np.linspace(0, len(path) - 1, 5).astype(int)]
        drawn = np.clip(drawn + rng.normal(0, HAND_PX, drawn.shape), 0, shape - 1)
        edits.append({"op": "add", "path_px": [root, *drawn[1:].tolist()]})
    return edits


@pytest.mark.parametrize("seed", [1, 2])
def test_the_corrected_count_is_the_true_one(seed: int) -> None:
    rendering, automatic, found = corrected(seed)
    n_true = int(np.count_nonzero(found.target_area.contains(rendering.truth.hairs.roots_px)))
    assert n_true >= 15
    assert found.metrics.n_hairs == n_true
    assert automatic.metrics.n_hairs != n_true


@pytest.mark.parametrize("seed", [1, 2])
def test_the_corrected_density_is_the_true_one(seed: int) -> None:
    rendering, _, found = corrected(seed)
    n_true = int(np.count_nonzero(found.target_area.contains(rendering.truth.hairs.roots_px)))
    area_cm2 = found.target_area.area_px * (UM_PER_PX * 1e-4) ** 2
    density = found.metrics.density_per_cm2
    assert density is not None
    assert density.value == pytest.approx(n_true / area_cm2)
    assert density.low <= n_true / area_cm2 <= density.high


def test_drawn_hairs_have_their_true_diameters() -> None:
    errors = []
    for seed in (1, 2):
        rendering, automatic, found = corrected(seed)
        added = found.hairs[found.hairs["hair_id"] >= len(automatic.hairs)]
        for hair in added[added["diameter_um"].notna()].to_dict("records"):
            root = np.array([hair["root_row_px"], hair["root_col_px"]])
            true = int(np.linalg.norm(rendering.truth.hairs.roots_px - root, axis=1).argmin())
            errors.append(hair["diameter_um"] - rendering.truth.diameter_um[true])
    assert len(errors) >= 4
    assert abs(float(np.median(errors))) < 3.0
