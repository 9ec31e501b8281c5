"""Example pairs of the study report: the same skin in both pictures, by the roots of the kept hairs; overlays."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hairdensity.study.folder import overlay_path
from hairdensity.study.reporting.example_hairs import Hairs
from hairdensity.study.reporting.example_views import SKIN_MM, aligned_views, whole_view
from hairdensity.study.reporting.examples import examples_of
from hairdensity.study.reporting.thumbnails import thumbnail
from tests.report_studies import sources_of, write_study

UM_PER_PX = 5.0
SHAPE = (900, 1200)


def partners(angle_deg: float, shift_px: tuple[float, float], *, n: int = 30, seed: int = 1) -> np.ndarray:
    """Roots at baseline and where a turned and shifted follow-up shows them, (row, col)."""
    rng = np.random.default_rng(seed)
    before = rng.uniform((100.0, 100.0), (800.0, 1100.0), size=(n, 2))
    angle = math.radians(angle_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return np.stack([before, before @ turn.T + shift_px], axis=1)


def test_the_views_of_a_pair_show_the_same_skin_at_the_same_place() -> None:
    roots = partners(7.0, (40.0, -25.0))
    views = aligned_views(roots, SHAPE, UM_PER_PX)
    assert views is not None
    np.testing.assert_allclose(views.before.places(roots[:, 0]), views.after.places(roots[:, 1]), atol=1e-3)
    assert views.n_hairs == len(roots)
    assert views.median_um == pytest.approx(0.0, abs=1e-3)
    # 4 mm of skin over the width of the view.
    assert views.before.px_per_mm == pytest.approx(views.before.size_px[0] / SKIN_MM[0])


def test_a_few_wrong_partners_do_not_turn_the_picture() -> None:
    roots = partners(-4.0, (10.0, 30.0))
    roots[:5, 1] += np.random.default_rng(2).uniform(80.0, 200.0, size=(5, 2))
    views = aligned_views(roots, SHAPE, UM_PER_PX)
    assert views is not None
    assert views.n_hairs == 25
    np.testing.assert_allclose(views.before.places(roots[5:, 0]), views.after.places(roots[5:, 1]), atol=1.0)


@pytest.mark.parametrize("n", [0, 3, 7])
def test_too_few_hairs_align_nothing(n: int) -> None:
    assert aligned_views(partners(3.0, (0.0, 0.0), n=max(n, 1))[:n], SHAPE, UM_PER_PX) is None


def test_partners_without_any_order_align_nothing() -> None:
    rng = np.random.default_rng(3)
    assert aligned_views(rng.uniform(0.0, 900.0, size=(30, 2, 2)), SHAPE, UM_PER_PX) is None


def test_a_picture_of_less_skin_is_not_left_by_its_view() -> None:
    roots = partners(0.0, (0.0, 0.0)) / 4.0
    views = aligned_views(roots, (225, 300), UM_PER_PX)
    assert views is not None
    corners = views.before.places(np.array([[0.0, 0.0], [225.0, 300.0]]))
    np.testing.assert_allclose(corners, [[0.0, 0.0], views.before.size_px], atol=1e-6)


def test_a_mark_stands_on_its_hair_in_a_shrunk_picture() -> None:
    pixels = np.full((800, 2880, 3), 128, np.uint8)
    pixels[396:405, 1996:2005] = 255
    hairs = Hairs(np.array([[[400.0, 2000.0], [400.0, 2000.0]]]), np.array(["lost"]))
    shown = np.asarray(Image.open(io.BytesIO(thumbnail(pixels, Hairs.none()))), dtype=np.float64)
    row, col, _ = np.unravel_index(int(shown.argmax()), shown.shape)
    [[place, _]] = whole_view(800, 2880).places(hairs.ends_px)
    np.testing.assert_allclose(place, [col, row], atol=1.6)
    marked = np.asarray(Image.open(io.BytesIO(thumbnail(pixels, hairs))), dtype=np.float64)
    ring = np.argwhere(np.abs(marked - shown).max(axis=2) > 60.0)
    np.testing.assert_allclose(ring.mean(axis=0), [row, col], atol=1.6)


def test_overlays_of_the_run_are_shown_where_no_manifest_is_named(tmp_path: Path) -> None:
    sources = sources_of()
    images = sources.study.images.assign(
        image_sha256=[f"{row:064x}" for row in sources.study.images["row"]], settings_sha256="5" * 64
    )
    folder = write_study(tmp_path, sources)
    with_hashes = replace(sources, folder=folder, study=replace(sources.study, images=images))
    assert examples_of(with_hashes, n_patients=1)[0] == []
    for sha in images["image_sha256"]:
        path = overlay_path(folder, image_sha256=sha, settings_sha256="5" * 64)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (200, 10, 10)).save(path)
    galleries, rule = examples_of(with_hashes, n_patients=1)
    assert "the patient of median change" in rule
    assert [len(gallery.pictures) for gallery in galleries] == [2] * len(sources.arms)
    picture = galleries[0].pictures[0]
    assert "Counted hairs by thickness" in picture.caption
    red, green, _ = np.asarray(Image.open(io.BytesIO(picture.raster))).reshape(-1, 3).mean(axis=0)
    assert red > 180.0
    assert green < 40.0
