"""The count of a picture and of its turned, flipped, brighter, darker and enlarged copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest

from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.image import TrichoImage
from hairdensity.settings import Settings
from hairdensity.synthetic.presets import clipped_apart
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

UM_PER_PX = 5.0
SEEDS = (1, 2, 3, 4)
EDGE_UM = 15.0
"""A root this near to the area's edge may fall on either side of it: whole pixels belong to the area."""


def enlarged(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


VARIANTS: dict[str, tuple[Callable[[Pixels], Pixels], float]] = {
    "turned by 90 degrees": (np.rot90, UM_PER_PX),
    "flipped left to right": (lambda pixels: pixels[:, ::-1], UM_PER_PX),
    "flipped upside down": (lambda pixels: pixels[::-1], UM_PER_PX),
    "brightness +15 %": (lambda pixels: np.clip(np.rint(pixels * 1.15), 0, 255).astype(np.uint8), UM_PER_PX),
    "brightness -15 %": (lambda pixels: np.rint(pixels * 0.85).astype(np.uint8), UM_PER_PX),
    "2x pixels at half the um/px": (enlarged, UM_PER_PX / 2),
}


@cache
def picture(seed: int) -> Pixels:
    return render(make_scene(replace(clipped_apart(), field_mm=(3.6, 4.2)), seed)).image.pixels


@cache
def plain(seed: int) -> Analysis:
    return analyzed(picture(seed), UM_PER_PX)


def analyzed(pixels: Pixels, um_per_px: float) -> Analysis:
    image = TrichoImage.from_array(np.ascontiguousarray(pixels))
    return analyze(image, calibration=Calibration(um_per_px=um_per_px), settings=Settings(method="ridges"))


def n_at_the_edge(analysis: Analysis, um_per_px: float) -> int:
    """Roots near the area's edge, on either side."""
    reach = round(EDGE_UM / um_per_px)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    mask = analysis.target_area.mask.view(np.uint8)
    edge = cv2.dilate(mask, kernel) != cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    row, col = analysis.centerlines.roots_px.round().astype(int).clip(0, np.array(mask.shape) - 1).T
    return int(edge[row, col].sum())


def density(analysis: Analysis) -> float:
    assert analysis.metrics.density_per_cm2 is not None
    return analysis.metrics.density_per_cm2.value


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_count_does_not_depend_on_how_the_picture_was_taken(variant: str) -> None:
    change, um_per_px = VARIANTS[variant]
    expected = [plain(seed) for seed in SEEDS]
    varied = [analyzed(change(picture(seed)), um_per_px) for seed in SEEDS]
    n_expected = sum(analysis.metrics.n_hairs for analysis in expected)
    n_varied = sum(analysis.metrics.n_hairs for analysis in varied)
    doubtful = sum(
        max(n_at_the_edge(a, UM_PER_PX), n_at_the_edge(b, um_per_px)) for a, b in zip(expected, varied, strict=True)
    )
    assert n_expected > 50
    assert doubtful <= 5
    assert abs(n_varied - n_expected) <= 0.02 * n_expected + doubtful


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_median_diameter_does_not_depend_on_how_the_picture_was_taken(variant: str) -> None:
    change, um_per_px = VARIANTS[variant]
    expected, varied = plain(2).metrics, analyzed(change(picture(2)), um_per_px).metrics
    assert expected.median_diameter_um is not None
    assert varied.median_diameter_um is not None
    assert varied.median_diameter_um.value == pytest.approx(expected.median_diameter_um.value, rel=0.02)


def test_the_enlarged_picture_has_the_same_area_and_density() -> None:
    doubled = analyzed(enlarged(picture(2)), UM_PER_PX / 2)
    assert doubled.target_area.area_cm2 == pytest.approx(plain(2).target_area.area_cm2)
    assert density(doubled) == pytest.approx(density(plain(2)), rel=0.07)  # one hair of 16
