import numpy as np
import pytest

from hairdensity.segmentation.spots import (
    KINDS,
    LEAST_NOISE,
    SpotSettings,
    density_map,
    fill_hidden,
    find_spots,
    matched_filters,
)

UM_PER_PX = 15.0
SHAPE = (120, 160)


def skin(*, noise=(0.01, 0.01, 0.01), seed=0):
    return np.random.default_rng(seed).normal(0.5, 1.0, (*SHAPE, 3)).astype(np.float32) * np.float32(noise)


def disk(density, place, diameter_um, color):
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    distance = np.hypot(rows - place[0], cols - place[1])
    cover = np.clip(diameter_um / UM_PER_PX / 2 - distance + 0.5, 0, 1).astype(np.float32)
    return density + cover[..., None] * np.float32(color)


def found_in(density, is_skin=None, **settings):
    is_skin = np.ones(SHAPE, bool) if is_skin is None else is_skin
    filters = matched_filters(density, is_skin, um_per_px=UM_PER_PX)
    return find_spots(density, is_skin, filters, um_per_px=UM_PER_PX, settings=SpotSettings(**settings))


def test_density_is_the_logarithm_of_the_grey_level_and_black_is_bounded():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = 255, 51
    density = density_map(pixels, px_per_map_px=2.0)
    assert density.shape == (2, 2, 3)
    assert density[0, 0] == pytest.approx([0.0, np.log(5), np.log(255 / 4)])


@pytest.mark.parametrize("diameter_um", [90.0, 130.0, 190.0])
def test_a_disk_is_found_at_its_place_and_size(diameter_um):
    spots = found_in(disk(skin(), (60.3, 80.6), diameter_um, KINDS["empty ostium"][0]))
    assert np.linalg.norm(spots.places_px[0] - (60.3, 80.6)) * UM_PER_PX < 8
    # Blur hides small noise more than large disks: the strongest answer comes at a size that is rather too large.
    assert 0.7 < spots.diameter_px[0] * UM_PER_PX / diameter_um < 1.65
    elsewhere = np.linalg.norm(spots.places_px - (60.3, 80.6), axis=1) * UM_PER_PX > 300
    assert spots.strength[0] > 5 * spots.strength[elsewhere].max()


@pytest.mark.parametrize(("kind", "color"), [(kind, color) for kind, (color, _) in KINDS.items()])
def test_every_kind_of_opening_answers(kind, color):
    spots = found_in(disk(skin(), (40, 100), 180.0, color))
    assert np.linalg.norm(spots.places_px[0] - (40, 100)) * UM_PER_PX < 10


def test_light_spots_are_none():
    density = disk(skin(), (60, 80), 130.0, (-0.5, -0.5, -0.5))
    near = np.linalg.norm(found_in(density).places_px - (60, 80), axis=1) * UM_PER_PX < 60
    assert not near.any()


def test_hidden_places_hold_no_spot_and_what_hides_them_is_filled():
    density = disk(skin(), (60, 80), 130.0, (1.0, 1.0, 1.0))
    is_skin = np.ones(SHAPE, bool)
    is_skin[50:71, 70:91] = False
    filled = fill_hidden(density, is_skin, um_per_px=UM_PER_PX)
    assert np.array_equal(filled[is_skin], density[is_skin])
    assert np.abs(filled[~is_skin]).max() < 0.05
    spots = found_in(filled, is_skin)
    assert is_skin[tuple(np.rint(spots.places_px).astype(int).T)].all()
    assert spots.strength.max() < 10


def test_filters_give_the_skin_a_deviation_of_one_and_shun_what_it_shows_everywhere():
    even, blue = skin(), skin(noise=(0.01, 0.01, 0.2))
    everywhere = np.ones(SHAPE, bool)
    plain, shy = (matched_filters(d, everywhere, um_per_px=UM_PER_PX) for d in (even, blue))
    ostium = list(KINDS).index("empty ostium")
    # Blue bears most of an ostium's color, and least where the skin itself glitters in blue.
    assert plain[ostium].argmax() == 2
    assert abs(shy[ostium, 2]) < 0.1 * abs(shy[ostium]).max()
    flat = matched_filters(np.zeros((*SHAPE, 3), np.float32), everywhere, um_per_px=UM_PER_PX)
    for (color, _), weights in zip(KINDS.values(), flat, strict=True):
        assert weights == pytest.approx(np.array(color) / np.linalg.norm(color) / LEAST_NOISE, rel=1e-4)


def test_only_the_strongest_are_kept():
    area_cm2 = SHAPE[0] * SHAPE[1] * UM_PER_PX**2 / 1e8
    assert len(found_in(skin(), min_strength=1.0, max_per_cm2=200.0)) == np.ceil(200 * area_cm2)


def test_a_spot_is_found_once_at_each_of_sizes_far_apart():
    spots = found_in(disk(skin(), (60, 80), 130.0, (0.22, 0.27, 0.38)))
    same = np.linalg.norm(spots.places_px - (60, 80), axis=1) * UM_PER_PX < 15
    octaves = np.sort(np.log2(spots.diameter_px[same]))
    assert (np.diff(octaves) > 1).all()


@pytest.mark.parametrize("is_skin", [np.zeros(SHAPE, bool), np.ones(SHAPE, bool)])
def test_nothing_to_see_gives_no_spots(is_skin):
    density = fill_hidden(np.zeros((*SHAPE, 3), np.float32), is_skin, um_per_px=UM_PER_PX)
    assert len(found_in(density, is_skin)) == 0
