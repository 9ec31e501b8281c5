from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.synthetic.bars import blurred_bar
from hairdensity.synthetic.follow_up import Visit, fates_of, make_follow_up
from hairdensity.synthetic.presets import bald, clipped, clipped_apart, unclipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.samples import sample_scenes, truth_text, write_images
from hairdensity.synthetic.scene import Scene, Shafts, make_scene
from hairdensity.synthetic.settings import Camera, Population, SceneSettings, Skin
from hairdensity.synthetic.truth import truth_of

SAMPLE_FOLDER = Path(__file__).parents[2] / "sample_images"
SMALL_MM = (1.0, 1.25)
NONE = Shafts.from_paths([], np.zeros(0))


def one_hair_scene(diameter_um: float, *, gamma: float = 1.0, um_per_px: float = 5.0) -> Scene:
    """A straight shaft of 500 um along the columns, flat skin of 200, shaft of 50, no noise."""
    settings = SceneSettings(
        field_mm=SMALL_MM,
        um_per_px=um_per_px,
        population=Population(density_per_cm2=0, color_rgb=(50, 50, 50), opaque_um=0.01, tone_sd=0),
        skin=Skin(color_rgb=(200, 200, 200)),
        camera=Camera(psf_sigma_px=1.3, noise_sd=0, encoding_gamma=gamma),
    )
    hair = Shafts.from_paths([np.array([[500.0, 300.0], [500.0, 800.0]])], np.array([diameter_um]))
    return Scene(settings=settings, seed=0, hairs=hair, fragments=NONE, vessels=NONE, ostia_um=np.zeros((0, 2)))


@pytest.mark.parametrize("angle_deg", [0.0, 17.0, 45.0, 90.0])
def test_the_integral_of_a_blurred_bar_is_its_area(angle_deg: float) -> None:
    along = 40 * np.array([np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))])
    bar = blurred_bar(
        np.stack([[50.2, 50.7] - along / 2, [50.2, 50.7] + along / 2]), width_px=3.4, sigma_px=1.2, shape=(101, 101)
    )
    assert bar is not None
    assert float(bar.coverage.sum()) == pytest.approx(40 * 3.4, rel=1e-3)


def test_the_profile_of_a_blurred_bar_has_the_variance_of_the_bar_plus_that_of_the_psf() -> None:
    bar = blurred_bar(np.array([[30.0, 5.0], [30.0, 55.0]]), width_px=6.0, sigma_px=1.5, shape=(61, 61))
    assert bar is not None
    middle = bar.pixels % 61 == 30
    profile, rows = bar.coverage[middle].astype(float), bar.pixels[middle] // 61 - 30.0
    assert (profile * rows**2).sum() / profile.sum() == pytest.approx(6.0**2 / 12 + 1.5**2, rel=5e-3)


def test_a_bent_bar_keeps_its_area() -> None:
    angle = np.linspace(0, np.pi / 2, 30)
    path = np.stack([50 + 40 * np.sin(angle), 20 + 40 * np.cos(angle)], axis=1)
    length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    bar = blurred_bar(path, width_px=4.0, sigma_px=1.0, shape=(120, 120))
    assert bar is not None
    assert float(bar.coverage.sum()) == pytest.approx(length * 4.0, rel=5e-3)


def test_a_cut_end_reaches_as_far_as_asked() -> None:
    path = np.array([[20.0, 10.0], [20.0, 40.0]])
    square = blurred_bar(path, width_px=8, sigma_px=1.0, shape=(41, 80))
    longer = blurred_bar(path, width_px=8, sigma_px=1.0, shape=(41, 80), cut_px=[2.0, 2.0])
    assert square is not None and longer is not None
    assert float(longer.coverage.sum() - square.coverage.sum()) == pytest.approx(8 * 2.0, rel=1e-2)


def test_a_bar_outside_the_picture_is_none() -> None:
    assert blurred_bar(np.array([[-50.0, 0.0], [-50.0, 20.0]]), width_px=4, sigma_px=1, shape=(40, 40)) is None


@pytest.mark.parametrize("gamma", [1.0, 2.2])
@pytest.mark.parametrize("diameter_um", [20.0, 60.0, 110.0])
def test_the_integrated_darkness_across_a_rendered_shaft_is_its_diameter(diameter_um: float, gamma: float) -> None:
    image, _ = render(one_hair_scene(diameter_um, gamma=gamma))
    column = image.pixels[:, 110, 0].astype(float) ** gamma
    share = (200.0**gamma - column) / (200.0**gamma - 50.0**gamma)
    assert share.sum() * 5.0 == pytest.approx(diameter_um, abs=0.5)


def test_the_truth_of_a_shaft_lies_where_it_was_put() -> None:
    truth = truth_of(one_hair_scene(60.0))
    assert truth.hairs.roots_px.tolist() == [[99.5, 59.5]]
    assert truth.hairs.tips_px.tolist() == [[99.5, 159.5]]
    assert truth.length_um.tolist() == [500.0]
    assert truth.diameter_um.tolist() == [60.0]
    assert (truth.n_hairs, truth.shape) == (1, (200, 250))
    assert truth.density_per_cm2 == pytest.approx(1 / 0.0125)


def test_the_root_stands_where_the_shaft_is_half_dark() -> None:
    image, truth = render(one_hair_scene(80.0))
    row, col = truth.hairs.roots_px[0]
    before, after = image.pixels[int(row), [int(col), int(col) + 1], 0].astype(float)
    assert (before + after) / 2 == pytest.approx(125.0, abs=2.0)


def test_doubling_the_pixels_keeps_the_truth_in_um() -> None:
    coarse, fine = truth_of(one_hair_scene(60.0)), truth_of(one_hair_scene(60.0, um_per_px=2.5))
    assert fine.shape == (400, 500)
    assert ((fine.hairs.roots_px + 0.5) * 2.5).tolist() == ((coarse.hairs.roots_px + 0.5) * 5.0).tolist()


def test_the_number_of_hairs_is_the_density_times_the_grown_area() -> None:
    settings = clipped(150.0)
    scene = make_scene(settings, 1)
    margin_um = settings.population.length_range_um[1] + 300
    area_cm2 = np.prod([side + 2 * margin_um for side in settings.frame_um]) / 1e8
    assert len(scene.hairs) == round(150.0 * area_cm2)


def test_the_mean_density_over_seeds_is_the_one_asked_for() -> None:
    truths = [truth_of(make_scene(clipped(150.0), seed)) for seed in range(12)]
    assert np.mean([truth.density_per_cm2 for truth in truths]) == pytest.approx(150.0, rel=0.06)


def test_units_have_the_sizes_asked_for() -> None:
    settings = clipped(400.0)
    sizes = np.bincount(np.bincount(make_scene(settings, 2).hairs.unit_id))[1:]
    assert sizes / sizes.sum() == pytest.approx(settings.population.unit_shares, abs=0.08)


def test_roots_run_along_the_common_direction() -> None:
    truth = truth_of(make_scene(clipped(150.0, direction_deg=65.0), 3))
    run = truth.hairs.tips_px - truth.hairs.roots_px
    assert np.median(np.rad2deg(np.arctan2(run[:, 0], run[:, 1]))) == pytest.approx(65.0, abs=4.0)


def test_hairs_apart_keep_their_gap() -> None:
    settings = clipped_apart(100.0)
    hairs = make_scene(settings, 4).hairs
    gap = settings.population.apart_um
    assert gap is not None
    for i in range(0, len(hairs), 7):
        others = np.concatenate([hairs.path(j) for j in range(len(hairs)) if j != i])
        radius = np.concatenate([[hairs.diameter_um[j] / 2] * len(hairs.path(j)) for j in range(len(hairs)) if j != i])
        distance = np.linalg.norm(hairs.path(i)[:, None] - others[None], axis=2) - radius - hairs.diameter_um[i] / 2
        assert distance.min() > gap - 1.0


def test_hairs_apart_without_room_say_so() -> None:
    settings = clipped_apart(100.0)
    crowded = replace(settings, population=replace(settings.population, apart_um=5000.0))
    with pytest.raises(InputError, match="no room for"):
        make_scene(replace(crowded, field_mm=SMALL_MM), 1)


def test_bald_skin_has_no_hair() -> None:
    truth = truth_of(make_scene(bald(), 5))
    assert (truth.n_hairs, len(truth.hairs), truth.density_per_cm2) == (0, 0, 0.0)


def test_long_hairs_reach_into_the_frame_from_outside() -> None:
    truth = truth_of(make_scene(unclipped(), 6))
    assert len(truth.hairs) > truth.n_hairs > 0


def test_the_same_seed_renders_the_same_pixels_and_another_does_not() -> None:
    settings = replace(clipped(150.0, graphics=True), field_mm=SMALL_MM)
    first, again, other = (render(make_scene(settings, seed)).image for seed in (7, 7, 8))
    assert first.sha256 == again.sha256
    assert first.sha256 != other.sha256


def test_jpeg_and_graphics_change_the_pixels_only() -> None:
    plain = replace(clipped(150.0), field_mm=SMALL_MM)
    drawn = replace(plain, camera=replace(plain.camera, graphics=True))
    first, second = render(make_scene(plain, 9)), render(make_scene(drawn, 9))
    assert first.truth.hairs.points_px.tolist() == second.truth.hairs.points_px.tolist()
    assert first.image.sha256 != second.image.sha256


def test_a_follow_up_keeps_hairs_at_the_roots_that_its_matrix_says() -> None:
    baseline = make_scene(clipped(120.0), 10)
    later = make_follow_up(baseline, Visit(), 11)
    before, after = truth_of(baseline), truth_of(later.scene)
    kept, i, j = np.intersect1d(before.hair_id, after.hair_id, return_indices=True)
    moved = before.hairs.roots_px[i] @ later.matrix_px[:, :2].T + later.matrix_px[:, 2]
    assert len(kept) > 20
    assert moved == pytest.approx(after.hairs.roots_px[j], abs=1e-6)


def test_fates_add_up_to_the_hairs_on_the_common_skin() -> None:
    baseline = make_scene(clipped(120.0), 12)
    still = Visit(lost_fraction=0.2, new_per_cm2=30.0, turn_deg=0.0, shift_um=(0.0, 0.0))
    later = make_follow_up(baseline, still, 13)
    before, after = truth_of(baseline), truth_of(later.scene)
    fates = fates_of(before, after, later.matrix_px)
    assert len(fates.kept) + len(fates.lost) == before.n_hairs
    assert len(fates.kept) + len(fates.new) == after.n_hairs
    assert len(fates.lost) > 0 and len(fates.new) > 0


def test_hairs_that_stay_may_grow_thicker() -> None:
    baseline = make_scene(clipped(120.0), 14)
    later = make_follow_up(baseline, Visit(lost_fraction=0.0, new_per_cm2=0.0, diameter_factor=1.1), 15)
    assert later.scene.hairs.diameter_um == pytest.approx(baseline.hairs.diameter_um * 1.1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Population(density_per_cm2=-1), "density_per_cm2 must be 0 or more, got -1"),
        (lambda: Population(unit_shares=(0.5, 0.4)), "shares that sum to 1"),
        (lambda: Population(length_range_um=(300.0, 200.0)), "length_range_um must be"),
        (lambda: Camera(psf_sigma_px=0.0), "psf_sigma_px must lie in 0.3-20 px, got 0"),
        (lambda: SceneSettings(field_mm=(0.01, 5.0)), "must give 16-20,000 px a side"),
        (lambda: Visit(lost_fraction=1.5), "lost_fraction must lie in 0-1"),
        (lambda: Visit(stretch=0.5), "stretch must lie in 0-0.1, got 0.5"),
    ],
)
def test_impossible_settings_are_refused(wrong: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong()  # type: ignore[operator]


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SAMPLE_FOLDER / "truth.json").read_text())
    return document


def test_the_samples_in_the_project_are_the_ones_that_the_code_makes(samples: dict[str, Any]) -> None:
    made = json.loads(truth_text(sample_scenes()))
    assert made["pairs"] == samples["pairs"]
    for entry, stored in zip(made["images"], samples["images"], strict=True):
        assert [h["hair_id"] for h in entry["hairs"]] == [h["hair_id"] for h in stored["hairs"]]
        # Other processors may round the last digit the other way.
        for value in ("root_px", "tip_px", "length_um", "diameter_um"):
            assert np.array([h[value] for h in entry["hairs"]]) == pytest.approx(
                np.array([h[value] for h in stored["hairs"]]), abs=0.11
            )


def test_samples_state_the_truth_of_every_file(samples: dict[str, Any]) -> None:
    assert {entry["file"] for entry in samples["images"]} == {path.name for path in SAMPLE_FOLDER.glob("*.jpg")}
    for entry in samples["images"]:
        assert entry["n_hairs"] == len(entry["hairs"])
        assert entry["density_per_cm2"] == pytest.approx(entry["n_hairs"] / entry["area_cm2"], abs=1e-2)
        assert (SAMPLE_FOLDER / entry["file"]).stat().st_size <= 600_000


def test_the_fates_of_the_sample_pair_are_those_of_its_hairs(samples: dict[str, Any]) -> None:
    baseline, follow_up = ({h["hair_id"] for h in e["hairs"]} for e in samples["images"][-2:])
    pair = samples["pairs"][0]
    assert set(pair["kept"]) <= baseline & follow_up
    assert set(pair["lost"]) <= baseline - follow_up
    assert set(pair["new"]) <= follow_up - baseline


def test_a_sample_is_written_with_its_truth(tmp_path: Path) -> None:
    scene = make_scene(replace(clipped(150.0), field_mm=SMALL_MM), 1)
    write_images(tmp_path, {"one": scene})
    written = cv2.imread(str(tmp_path / "one.jpg"))
    assert np.array_equal(written[..., ::-1], render(scene, image_id="one").image.pixels)
