import numpy as np
import pandas as pd
import pytest

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.measurement.ostia import candidate_spots, find_ostia
from hairdensity.measurement.ostium_settings import OstiumSettings
from hairdensity.measurement.ostium_witnesses import WITNESSES, hear_spots
from hairdensity.tables import OSTIA
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines

UM_PER_PX = 7.5
SHAPE = (360, 480)
SKIN = np.array([200.0, 165.0, 150.0])
OSTIUM = np.array([0.85, 0.82, 0.76])
SEBUM = np.array([1.0, 0.85, 0.63])
NO_HAIRS = pd.DataFrame({"diameter_px": np.zeros(0), "contrast": np.zeros(0)})


def picture(*spots, shape=SHAPE, scale=UM_PER_PX, noise=1.5, brightness=1.0):
    """Noisy skin with (place px, diameter um, factor on the skin's color) disks whose rims are soft."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    color = np.tile(SKIN * brightness, (*shape, 1))
    for place, diameter_um, factor in spots:
        radius = diameter_um / scale / 2
        cover = np.clip((radius - np.hypot(rows - place[0], cols - place[1])) / (15 / scale) + 0.5, 0, 1)[..., None]
        color = color * (1 - cover + cover * factor)
    noisy = color + np.random.default_rng(4).normal(0, noise, color.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def ostia_of(pixels, lines=None, hairs=NO_HAIRS, *, scale=UM_PER_PX, calibrated=True, **keywords):
    area = place_area(
        AreaShape(),
        image_shape=pixels.shape[:2],
        unreadable=np.zeros(pixels.shape[:2], bool),
        calibration=Calibration(um_per_px=scale) if calibrated else None,
    )
    lines = Centerlines.from_paths([]) if lines is None else lines
    return find_ostia(pixels, lines, hairs, um_per_px=scale, target_area=area, **keywords)


def hair(root, tip, diameter_px=9.0):
    path = np.linspace(root, tip, 30)
    return Centerlines.from_paths([path]), pd.DataFrame({"diameter_px": [diameter_px], "contrast": [0.8]})


def test_openings_are_found_at_their_places_with_their_kinds():
    true = [((80.0, 100.0), 130.0, OSTIUM), ((250.0, 130.0), 300.0, SEBUM), ((180.0, 380.0), 110.0, 0.15)]
    found = ostia_of(picture(*true))
    assert found["kind"].tolist() == ["empty ostium", "black dot", "yellow dot"]
    assert found["ostium_id"].tolist() == [0, 1, 2]
    places = found[["row_px", "col_px"]].to_numpy()
    assert np.linalg.norm(places - [(80, 100), (180, 380), (250, 130)], axis=1).max() * UM_PER_PX < 30
    assert found["diameter_um"].to_numpy() == pytest.approx([130, 110, 300], rel=0.6)
    assert found["confidence"].between(0.5, 1).all()
    assert found["in_area"].all()


def test_bare_skin_has_none():
    found = ostia_of(picture())
    assert len(found) == 0
    assert list(found.columns) == [column.name for column in OSTIA]


def test_vessels_light_dots_and_long_furrows_are_none():
    rows = np.arange(SHAPE[0])[:, None, None]
    pixels = picture(((80.0, 100.0), 130.0, np.array([1.0, 0.55, 0.55])), ((180.0, 380.0), 130.0, 1.2)).astype(float)
    pixels[100:300] *= np.where(np.abs(rows[100:300] - 260) < 8, OSTIUM, 1.0)
    assert len(ostia_of(pixels.astype(np.uint8))) == 0


def test_brightness_moves_no_opening():
    true = [((80.0, 100.0), 130.0, OSTIUM), ((250.0, 130.0), 300.0, SEBUM)]
    bright, dim = (ostia_of(picture(*true, brightness=factor)) for factor in (1.1, 0.7))
    assert bright["kind"].tolist() == dim["kind"].tolist()
    assert np.abs(bright[["row_px", "col_px"]] - dim[["row_px", "col_px"]]).to_numpy().max() * UM_PER_PX < 15


def test_twice_the_pixels_show_the_same_openings():
    coarse = ostia_of(picture(((80.0, 100.0), 130.0, OSTIUM)))
    fine = ostia_of(picture(((160.5, 200.5), 130.0, OSTIUM), shape=(720, 960), scale=3.75), scale=3.75)
    assert coarse["kind"].tolist() == fine["kind"].tolist() == ["empty ostium"]
    place, other = (table[["row_px", "col_px"]].to_numpy()[0] for table in (coarse, fine))
    assert ((place + 0.5) * 2 - 0.5) * 3.75 == pytest.approx(other * 3.75, abs=20)


def test_an_opening_that_bears_a_hair_is_not_empty():
    pixels = picture(((80.0, 100.0), 130.0, OSTIUM))
    assert len(ostia_of(pixels)) == 1
    lines, hairs = hair((80.0, 100.0), (80.0, 180.0))
    assert len(ostia_of(pixels, lines, hairs)) == 0


def test_a_shaft_is_no_black_dot_and_what_it_covers_is_not_seen():
    pixels = picture(((200.0, 156.0), 110.0, 0.1))
    assert ostia_of(pixels)["kind"].tolist() == ["black dot"]
    lines, hairs = hair((200.0, 140.0), (200.0, 172.0), diameter_px=12.0)
    assert len(ostia_of(pixels, lines, hairs)) == 0


def test_unreadable_pixels_hold_none():
    unreadable = np.zeros(SHAPE, bool)
    unreadable[60:100, 80:120] = True
    assert len(ostia_of(picture(((80.0, 100.0), 130.0, OSTIUM)), unreadable=unreadable)) == 0


def test_without_a_scale_the_diameter_is_missing():
    found = ostia_of(picture(((80.0, 100.0), 130.0, OSTIUM)), calibrated=False)
    assert len(found) == 1
    assert found["diameter_um"].isna().all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (16, 16)])
@pytest.mark.parametrize("scale", [0.3, 7.5, 50.0])
def test_small_pictures_do_not_fail(shape, scale):
    ostia_of(np.full((*shape, 3), 120, np.uint8), scale=scale)


def test_witnesses_of_a_dark_round_spot_by_hand():
    spots, surface = candidate_spots(
        picture(((80.0, 100.0), 150.0, np.array([0.8, 0.5, 0.5])), noise=0.0),
        Centerlines.from_paths([]),
        NO_HAIRS,
        um_per_px=UM_PER_PX,
        unreadable=None,
        settings=OstiumSettings(),
    )
    heard = dict(zip(WITNESSES, hear_spots(spots, surface)[0], strict=True))
    # ln 2 / 0.2, and ln 1.25 / ln 2; green and blue are alike.
    assert heard["tone"] == pytest.approx(np.log(np.log(2) / 0.2), abs=0.25)
    assert heard["red_share"] == pytest.approx(np.log(1.25) / np.log(2), abs=0.02)
    assert heard["yellow_share"] == pytest.approx(0.0, abs=0.02)
    assert heard["closed"] == pytest.approx(1.0, abs=0.05)
    assert heard["round"] == pytest.approx(0.0, abs=0.05)
    assert (heard["skin"], heard["rank"]) == (1.0, 0.0)
    assert heard["shaft"] == pytest.approx(0.0, abs=1e-6)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="min_probability must lie in 0-1"):
        OstiumSettings(min_probability=1.5)
