import numpy as np
import pytest

from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import Camera, Clutter, Overlay, Population, SceneSettings

UM_PER_PX = 10.0


def picture(*, density=0.0, clutter=None, seed=3, **settings):
    scene = SceneSettings(
        field_mm=(6.0, 6.0),
        um_per_px=UM_PER_PX,
        population=Population(density_per_cm2=density),
        clutter=clutter or Clutter(),
        camera=Camera(noise_sd=0.5, psf_sigma_px=0.7),
        **settings,
    )
    return render(make_scene(scene, seed))


def mean_inside(image, place, radius):
    rows, cols = np.mgrid[: image.shape[0], : image.shape[1]]
    near = (rows - place[0]) ** 2 + (cols - place[1]) ** 2 <= radius**2
    return image[near].mean(axis=0)


@pytest.mark.parametrize(
    ("kind", "clutter"),
    [
        ("empty ostium", Clutter(empty_ostia_per_cm2=40.0)),
        ("yellow dot", Clutter(yellow_dots_per_cm2=40.0)),
        ("black dot", Clutter(black_dots_per_cm2=40.0)),
    ],
)
def test_openings_are_where_the_picture_shows_them(kind, clutter):
    image, truth = picture(clutter=clutter)
    openings = truth.openings
    assert set(openings.kind.tolist()) == {kind}
    assert 5 <= len(openings) <= 30
    skin = np.median(image.pixels.reshape(-1, 3), axis=0)
    assert not openings.covered.any()
    for place in openings.places_px:
        inside = mean_inside(image.pixels, place, 2.5) - skin
        assert inside[2] < -8
        if kind == "yellow dot":
            assert inside[2] < inside[0] - 5
        if kind == "black dot":
            assert inside.max() < -40


def test_sizes_lie_in_the_range_and_without_one_are_all_the_same():
    same = picture(clutter=Clutter(empty_ostia_per_cm2=40.0)).truth.openings
    assert set(same.diameter_um.tolist()) == {130.0}
    spread = picture(clutter=Clutter(empty_ostia_per_cm2=40.0, ostia_um=(80.0, 150.0))).truth.openings
    assert np.array_equal(same.places_px, spread.places_px)
    assert 80 <= spread.diameter_um.min() < spread.diameter_um.max() <= 150


def test_fainter_openings_differ_less_from_the_skin():
    def depth(opacity):
        clutter = Clutter(empty_ostia_per_cm2=40.0, ostia_opacity=(opacity, opacity))
        image, truth = picture(clutter=clutter)
        skin = np.median(image.pixels.reshape(-1, 3), axis=0)
        return np.mean([skin - mean_inside(image.pixels, place, 2.5) for place in truth.openings.places_px])

    assert depth(0.3) == pytest.approx(depth(0.9) / 3, rel=0.25)


def test_what_lies_under_a_hair_or_under_graphics_is_covered():
    clutter = Clutter(empty_ostia_per_cm2=300.0)
    bare = picture(clutter=clutter).truth.openings
    assert len(bare) > 80
    hairy = picture(clutter=clutter, density=200.0)
    assert 1 <= hairy.truth.openings.covered.sum() < 30
    for place in hairy.truth.openings.places_px[~hairy.truth.openings.covered]:
        for hair in range(len(hairy.truth.hairs)):
            distance = np.linalg.norm(hairy.truth.hairs.path(hair) - place, axis=1).min() * UM_PER_PX
            assert distance > 0.3 * hairy.truth.diameter_um[hair]
    covered = picture(clutter=clutter, overlay=Overlay(panels=2)).truth
    rows, cols = np.rint(covered.openings.places_px).astype(int).T
    assert np.array_equal(covered.openings.covered, covered.unreadable[rows, cols])
    assert covered.openings.covered.any()
    assert np.array_equal(covered.openings.places_px, bare.places_px)


def test_a_scene_without_openings_has_none():
    openings = picture().truth.openings
    assert (len(openings), openings.places_px.shape) == (0, (0, 2))
