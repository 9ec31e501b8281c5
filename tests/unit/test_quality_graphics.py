from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from hairdensity.quality.graphics import GraphicsSettings, find_graphics
from hairdensity.synthetic.presets import clipped, light_on_dark, unclipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings

SHAPE = (480, 640)


def skin() -> np.ndarray:
    """Blurred sensor noise on skin color, so that nothing is flat or sharp."""
    noise = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 12, (*SHAPE, 3)), (0, 0), 1.0)
    return np.clip(np.array([205, 165, 145]) + noise, 0, 255).astype(np.uint8)


def rendered(settings: SceneSettings, seed: int) -> np.ndarray:
    pixels: np.ndarray = render(make_scene(replace(settings, field_mm=(3.5, 4.0)), seed=seed)).image.pixels
    return pixels


def test_plain_skin_is_readable() -> None:
    assert not find_graphics(skin()).any()


def test_letters_are_masked_and_the_rest_is_not() -> None:
    pixels = skin()
    cv2.putText(pixels, "PATIENT 12 70X", (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    letters = (pixels == 0).all(axis=-1)
    found = find_graphics(pixels)
    assert found[letters].mean() > 0.95
    assert not found[200:].any()
    assert not found[:, 400:].any()


def test_scale_bar_is_masked() -> None:
    pixels = skin()
    pixels[400:406, 100:400] = 20
    found = find_graphics(pixels)
    assert found[400:406, 110:390].all()
    assert not found[:360].any()


def test_upright_bar_is_masked() -> None:
    pixels = skin()
    pixels[100:400, 300:306] = 20
    found = find_graphics(pixels)
    assert found[110:390, 300:306].all()
    assert not found[:, :260].any()


def test_edge_shorter_than_a_bar_is_no_bar() -> None:
    pixels = skin()
    pixels[200:206, 300:420] = 60
    assert not find_graphics(pixels, GraphicsSettings(line_px=140)).any()


@pytest.mark.parametrize("color", [(0, 255, 0), (255, 0, 0), (0, 80, 255)])
def test_colored_circle_line_is_masked(color: tuple[int, int, int]) -> None:
    pixels = skin()
    line = cv2.circle(np.zeros(SHAPE, np.uint8), (320, 240), 150, 1, 2) > 0
    pixels[line] = color
    found = find_graphics(pixels)
    assert found[line].mean() > 0.98
    assert not found[230:250, 310:330].any()


def test_grey_side_panels_are_masked_to_their_edge() -> None:
    pixels = skin()
    pixels[:, :90] = pixels[:, -90:] = 128
    found = find_graphics(pixels)
    assert found[:, :90].all()
    assert found[:, -90:].all()
    assert not found[:, 120:-120].any()


def test_strip_at_the_bottom_is_masked() -> None:
    pixels = skin()
    pixels[-16:] = 240
    found = find_graphics(pixels)
    assert found[-16:].all()
    assert not found[:-40].any()


def test_black_round_of_a_circular_field_is_masked() -> None:
    pixels = skin()
    outside = cv2.circle(np.zeros(SHAPE, np.uint8), (320, 240), 230, 1, -1) == 0
    pixels[outside] = 0
    found = find_graphics(pixels)
    assert found[outside].mean() > 0.98
    assert not found[140:340, 220:420].any()


def test_flat_patch_inside_the_picture_is_no_panel() -> None:
    pixels = skin()
    pixels = cv2.circle(pixels, (320, 240), 60, (250, 240, 235), -1)
    assert not find_graphics(cv2.GaussianBlur(pixels, (0, 0), 2.0)).any()


@pytest.mark.parametrize(
    "settings", [clipped(), clipped(direction_deg=0), clipped(direction_deg=90), unclipped(), light_on_dark()]
)
def test_rendered_scalps_are_readable(settings: SceneSettings) -> None:
    assert not find_graphics(rendered(settings, seed=5)).any()


@pytest.mark.parametrize("turn", [np.rot90, np.flipud, np.fliplr])
def test_turned_pictures_have_turned_masks(turn: Callable[[np.ndarray], np.ndarray]) -> None:
    pixels = skin()
    pixels[300:306, 100:400] = 20
    pixels[:, :60] = 128
    expected = turn(find_graphics(pixels))
    assert (find_graphics(np.ascontiguousarray(turn(pixels))) != expected).mean() < 0.01


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 50), (50, 2)])
def test_tiny_pictures_have_a_mask_of_their_shape(shape: tuple[int, int]) -> None:
    found = find_graphics(np.random.default_rng(1).integers(0, 255, (*shape, 3), dtype=np.uint8))
    assert found.shape == shape
    assert found.dtype == np.bool_


def test_mask_equals_that_of_dilated_marks_by_hand() -> None:
    # A dark bar of 4 rows between a downward and an upward step; bars reach 12 rows past each edge, and 2 px are added.
    pixels = np.full((100, 200, 3), 150, np.uint8)
    rng = np.random.default_rng(2)
    pixels += rng.integers(0, 6, (100, 200, 1), dtype=np.uint8)
    pixels[50:54, :] = 60
    found = find_graphics(pixels)
    (rows,) = np.nonzero(found.any(axis=1))
    # Upper edge at row 50, lower edge at row 54: both are within 12 rows of 42-62.
    assert (rows.min(), rows.max()) == (42 - 2, 62 + 2)
