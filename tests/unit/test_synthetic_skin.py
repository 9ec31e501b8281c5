from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.synthetic.camera import decode_jpeg, encode_jpeg
from hairdensity.synthetic.light import shed_light, tone
from hairdensity.synthetic.optics import add_grain, focus, process
from hairdensity.synthetic.overlay import BAR_LENGTHS_UM, draw_over, mark_covered
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import Scene, Shafts
from hairdensity.synthetic.settings import (
    Camera,
    Clutter,
    Light,
    Overlay,
    Population,
    SceneSettings,
    Shine,
    Skin,
)
from hairdensity.synthetic.sheet import Sheet, Stream, blot, clouds, scattered, stamp, stream

NONE = Shafts.from_paths([], np.zeros(0))
UM_PER_PX = 5.0
PLAIN = SceneSettings(
    field_mm=(1.0, 1.25),
    um_per_px=UM_PER_PX,
    population=Population(density_per_cm2=0, color_rgb=(50, 50, 50), opaque_um=0.01, tone_sd=0),
    skin=Skin(color_rgb=(160.0, 150.0, 140.0)),
    camera=Camera(psf_sigma_px=1.3, noise_sd=0),
)


def scene_of(seed: int = 1, **changes: Any) -> Scene:
    """A flat skin of 200 x 250 px with one straight hair of 80 um, from column 60 to column 160 of row 100."""
    hair = Shafts.from_paths([np.array([[500.0, 300.0], [500.0, 550.0], [500.0, 800.0]])], np.array([80.0]))
    settings = replace(PLAIN, **changes)
    return Scene(settings=settings, seed=seed, hairs=hair, fragments=NONE, vessels=NONE, ostia_um=np.zeros((0, 2)))


def sheet_of(value: float = 100.0, **changes: Any) -> Sheet:
    scene = scene_of(**changes)
    shape = scene.settings.shape
    return Sheet(scene=scene, canvas=np.full((*shape, 3), value, np.float32), hidden=np.zeros(shape, bool))


def rendered(**changes: Any) -> Rendering:
    return render(scene_of(**changes))


@pytest.fixture(scope="module")
def plain() -> NDArray[np.uint8]:
    return rendered().image.pixels


EFFECTS: list[dict[str, Any]] = [
    {"skin": replace(PLAIN.skin, **{name: 1.0})}
    for name in ("flush", "root_flush", "peripilar", "root_shade", "lobules", "wrinkles", "relief", "network")
]
EFFECTS += [{"skin": replace(PLAIN.skin, **{name: 150.0})} for name in ("freckles_per_cm2", "scars_per_cm2")]
EFFECTS += [
    {"clutter": Clutter(**{name: 600.0})}
    for name in (
        "arborizing_per_cm2",
        "yellow_dots_per_cm2",
        "white_dots_per_cm2",
        "red_dots_per_cm2",
        "black_dots_per_cm2",
        "ink_dots_per_cm2",
        "blood_per_cm2",
        "crusts_per_cm2",
        "flakes_per_cm2",
        "dust_per_cm2",
        "fibers_per_cm2",
        "bubbles_per_cm2",
    )
]
EFFECTS += [{"clutter": Clutter(root_flakes=1.0)}, {"clutter": Clutter(casts=1.0)}, {"clutter": Clutter(ink_stains=6)}]
EFFECTS += [{"shine": Shine(**{name: 1.0})} for name in ("strength", "halos", "oil", "film")]
EFFECTS += [{"shine": Shine(glare_per_cm2=1500.0)}]
EFFECTS += [
    {"camera": replace(PLAIN.camera, **{name: value})}
    for name, value in (
        ("saturation", 0.0),
        ("contrast", 1.3),
        ("tone_gamma", 0.8),
        ("defocus_px", 2.0),
        ("tilt_blur_px", 3.0),
        ("motion_px", 5.0),
        ("chromatic_px", 2.0),
        ("chroma_noise_sd", 4.0),
        ("mosaic", 3.0),
        ("sharpening", 1.0),
        ("captured_share", 0.5),
        ("first_jpeg_quality", 60),
    )
]
EFFECTS += [{"overlay": Overlay(**{name: True})} for name in ("header", "scale_bar", "ruler", "logo")]
EFFECTS += [{"overlay": Overlay(**{name: 2})} for name in ("circles", "texts", "arrows", "marks", "panels")]
EFFECTS += [{"overlay": Overlay(aperture=0.6)}]


def name_of(effect: dict[str, Any]) -> str:
    part, value = next(iter(effect.items()))
    usual = getattr(PLAIN, part)
    changed = [name for name in value.__slots__ if getattr(value, name) != getattr(usual, name)]
    return f"{part}.{changed[0]}"


@pytest.mark.parametrize("effect", EFFECTS, ids=name_of)
def test_an_effect_changes_the_picture_always_alike_and_never_the_hairs(
    effect: dict[str, Any], plain: NDArray[np.uint8]
) -> None:
    first, again = rendered(**effect), rendered(**effect)
    assert not np.array_equal(first.image.pixels, plain)
    assert first.image.sha256 == again.image.sha256
    assert first.truth.hairs.points_px.tolist() == [[99.5, 59.5], [99.5, 109.5], [99.5, 159.5]]


def test_nothing_is_unreadable_in_a_plain_picture() -> None:
    truth = rendered().truth
    assert truth.unreadable is not None
    assert (truth.unreadable.shape, truth.unreadable.any()) == ((200, 250), False)


def test_streams_of_effects_are_independent_and_repeat() -> None:
    scene = scene_of()
    first, again = stream(scene, Stream.SPOTS, 1).random(3), stream(scene, Stream.SPOTS, 1).random(3)
    assert first.tolist() == again.tolist()
    others = [stream(scene, Stream.SPOTS, 2), stream(scene, Stream.CASTS, 1), stream(scene_of(seed=2), Stream.SPOTS, 1)]
    assert all(other.random(3).tolist() != first.tolist() for other in others)


@pytest.mark.parametrize("turn", [None, (0.6, 4.0)])
def test_a_smooth_blot_has_the_area_of_its_disk(turn: tuple[float, float] | None) -> None:
    spot = blot(30.0, np.random.default_rng(1), rough=0, edge_px=1.0, turn=turn)
    assert float(spot.sum()) == pytest.approx(np.pi / 4 * 30.0**2, rel=0.02)


def test_a_turned_blot_is_longer_by_its_ratio() -> None:
    spot = blot(30.0, np.random.default_rng(1), rough=0, turn=(0.0, 4.0))
    assert np.ptp(np.nonzero(spot.max(axis=0) > 0.5)) == pytest.approx(60.0, abs=2)
    assert np.ptp(np.nonzero(spot.max(axis=1) > 0.5)) == pytest.approx(15.0, abs=2)


def test_clouds_have_mean_0_and_deviation_1() -> None:
    field = clouds((400, 500), 6.0, np.random.default_rng(2))
    assert field.shape == (400, 500)
    assert float(field.mean()) == pytest.approx(0.0, abs=0.05)
    assert float(field.std()) == pytest.approx(1.0, abs=0.15)


def test_a_stamp_mixes_by_its_opacity_and_is_cut_at_the_frame() -> None:
    sheet = sheet_of(100.0)
    stamp(sheet, np.array([0.0, 10.0]), np.full((3, 5), 0.75, np.float32), (200.0, 100.0, 0.0), hides=True)
    assert sheet.canvas[0, 10].tolist() == [175.0, 100.0, 25.0]
    assert int((sheet.canvas[..., 0] != 100).sum()) == 2 * 5
    assert int(sheet.hidden.sum()) == 2 * 5


def test_a_stamp_outside_the_frame_does_nothing() -> None:
    sheet = sheet_of(100.0)
    stamp(sheet, np.array([-50.0, 10.0]), np.ones((3, 5), np.float32), (0.0, 0.0, 0.0), hides=True)
    assert (float(sheet.canvas.min()), bool(sheet.hidden.any())) == (100.0, False)


def test_a_thin_veil_hides_nothing() -> None:
    sheet = sheet_of()
    stamp(sheet, np.array([50.0, 50.0]), np.full((9, 9), 0.5, np.float32), (0.0, 0.0, 0.0), hides=True)
    assert not sheet.hidden.any()


def test_scattered_things_have_the_density_and_the_sizes_asked_for() -> None:
    sheet, rng = sheet_of(), np.random.default_rng(3)
    found = [list(scattered(sheet, 2000.0, (50.0, 200.0), rng)) for _ in range(40)]
    # 2000 per cm2 on 1.25 mm2.
    assert np.mean([len(things) for things in found]) == pytest.approx(25.0, rel=0.1)
    sizes = np.array([size for things in found for _, size in things])
    assert 10.0 <= sizes.min() < 11.0 and 39.0 < sizes.max() <= 40.0


def test_light_is_white_in_the_middle_and_colored_at_its_sides() -> None:
    sheet = sheet_of(100.0, light=Light(lit_deg=0.0, lit_rgb=(1.0, 1.0, 1.4), far_rgb=(1.0, 0.5, 1.0)))
    shed_light(sheet)
    middle = sheet.canvas[:, 124:126].mean(axis=(0, 1))
    assert sheet.canvas[:, -3:, 2].mean() == pytest.approx(140.0, abs=4.0)
    assert sheet.canvas[:, :3, 1].mean() == pytest.approx(50.0, abs=4.0)
    assert middle == pytest.approx([100.0, 100.0, 100.0], abs=6.0)


def test_a_vignette_takes_its_share_from_the_corners() -> None:
    sheet = sheet_of(100.0, light=Light(vignette=0.6, vignette_start=0.2))
    shed_light(sheet)
    assert float(sheet.canvas[0, 0, 0]) == pytest.approx(40.0, abs=2.0)
    assert float(sheet.canvas[100, 125, 0]) == 100.0


def test_white_balance_multiplies() -> None:
    sheet = sheet_of(100.0, light=Light(white_balance=(0.9, 1.0, 1.2)))
    shed_light(sheet)
    assert sheet.canvas[50, 50] == pytest.approx([90.0, 100.0, 120.0], rel=1e-5)


def test_tone_turns_grey_and_stretches_about_the_middle() -> None:
    pixels = np.array([[[100, 150, 200], [128, 128, 128], [138, 138, 138]]], np.uint8)
    grey = tone(pixels, Camera(saturation=0.0))
    # 0.299 * 100 + 0.587 * 150 + 0.114 * 200
    assert grey[0, 0].tolist() == [141, 141, 141]
    assert tone(pixels, Camera(contrast=2.0))[0, 1:, 0].tolist() == [128, 148]
    # The root of 128 / 255 is 0.708.
    assert tone(pixels, Camera(tone_gamma=0.5))[0, 1, 0] == 181


def test_red_lies_outward_and_blue_inward_of_green() -> None:
    sheet = sheet_of(0.0, camera=Camera(chromatic_px=2.0))
    sheet.canvas[100, 240] = 100.0
    focus(sheet)
    lines = [sheet.canvas[98:103, :, channel].sum(axis=0) for channel in range(3)]
    red, green, blue = (float((line * np.arange(250)).sum() / line.sum()) for line in lines)
    # 115.5 of the 160 px to the corner: 1.44 px.
    assert red - green == pytest.approx(1.44, abs=0.1)
    assert green - blue == pytest.approx(1.44, abs=0.1)


def test_a_motion_spreads_a_dot_along_its_direction_alone() -> None:
    sheet = sheet_of(0.0, camera=Camera(motion_px=9.0, motion_deg=90.0))
    sheet.canvas[100, 120] = 100.0
    focus(sheet)
    rows, cols = np.nonzero(sheet.canvas[..., 0] > 1.0)
    assert np.ptp(rows) == pytest.approx(9, abs=2)
    assert np.ptp(cols) <= 2
    assert float(sheet.canvas[..., 0].sum()) == pytest.approx(100.0, rel=1e-4)


def test_a_tilted_scene_is_sharp_on_one_side() -> None:
    sheet = sheet_of(0.0, camera=Camera(tilt_blur_px=4.0, tilt_deg=0.0))
    sheet.canvas[50, [20, 238]] = 100.0
    focus(sheet)
    assert float(sheet.canvas[50, 20, 0]) == 100.0
    # A spot of sigma 4 has its peak at 100 / (2 pi 16), one of sigma 2 at four times that; 87 % of the former.
    assert float(sheet.canvas[50, 238, 0]) == pytest.approx(1.39, rel=0.05)


def test_color_grain_keeps_the_brightness() -> None:
    sheet = sheet_of(100.0, camera=Camera(chroma_noise_sd=5.0))
    add_grain(sheet)
    assert float(sheet.canvas[..., 0].std()) == pytest.approx(5.0, rel=0.15)
    assert float((sheet.canvas @ np.array([0.299, 0.587, 0.114], np.float32)).std()) < 0.1


def test_sharpening_leaves_a_halo_beside_an_edge() -> None:
    sheet = sheet_of(camera=Camera(sharpening=1.0))
    pixels = np.full((200, 250, 3), 60, np.uint8)
    pixels[:, 125:] = 160
    sharp = process(pixels, sheet)
    assert sharp[100, 125].min() > 180 and sharp[100, 124].max() < 40
    assert sharp[100, 200].tolist() == [160, 160, 160]


def test_a_picture_captured_smaller_loses_its_finest_detail() -> None:
    sheet = sheet_of(camera=Camera(captured_share=0.5))
    pixels = np.zeros((200, 250, 3), np.uint8)
    pixels[:, ::2] = 200
    assert process(pixels, sheet)[50:150, 50:200].std() < 3


def test_a_picture_stored_before_keeps_its_place() -> None:
    pixels = np.zeros((200, 250, 3), np.uint8)
    pixels[90:110, 100:130] = 200
    stored = process(pixels, sheet_of(camera=Camera(first_jpeg_quality=90)))
    assert not np.array_equal(stored, pixels)
    assert np.abs(stored.astype(int) - pixels).max() < 60
    assert np.abs(stored.astype(float) - pixels).mean() < 1.0


def test_full_color_keeps_colored_pixels_apart() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, ::2, 0] = 200
    half, full = (decode_jpeg(encode_jpeg(pixels, 95, full_color=full)).astype(float) for full in (False, True))
    assert np.abs(full - pixels).mean() < 0.3 * np.abs(half - pixels).mean()


@pytest.mark.parametrize("seed", range(6))
def test_a_scale_bar_has_its_true_length(seed: int) -> None:
    sheet = sheet_of(seed=seed, overlay=Overlay(scale_bar=True))
    pixels = np.full((200, 250, 3), 128, np.uint8)
    changed = (draw_over(pixels, sheet) != pixels).any(axis=2)
    longest = max(int(row.sum()) for row in changed)
    lengths_px = [length / UM_PER_PX for length in BAR_LENGTHS_UM]
    # Both ends of a drawn line count, and thick ones have round ends.
    assert min(abs(longest - 1 - length) for length in lengths_px) <= 6


def test_blocks_are_covered_and_thin_lines_are_not() -> None:
    sheet, before = sheet_of(), np.full((200, 250, 3), 128, np.uint8)
    after = before.copy()
    after[:, 30] = 0
    after[100:140, 100:160] = 250
    mark_covered(sheet, before, after)
    assert int(sheet.hidden.sum()) == 40 * 60
    assert sheet.hidden[100:140, 100:160].all()


def test_what_lies_beyond_an_aperture_is_unreadable() -> None:
    truth = rendered(overlay=Overlay(aperture=0.5)).truth
    assert truth.unreadable is not None
    assert truth.unreadable[0, 0] and truth.unreadable[-1, -1]
    assert not truth.unreadable[80:120, 105:145].any()


@pytest.mark.parametrize(
    "changes",
    [
        {"shine": Shine(glare_per_cm2=3000.0)},
        {"clutter": Clutter(bubbles_per_cm2=3000.0)},
        {"clutter": Clutter(crusts_per_cm2=500.0)},
        {"clutter": Clutter(flakes_per_cm2=500.0)},
        {"overlay": Overlay(panels=1)},
    ],
)
def test_what_hides_hairs_is_marked(changes: dict[str, Any]) -> None:
    truth = rendered(**changes).truth
    assert truth.unreadable is not None
    assert 0.001 < truth.unreadable.mean() < 1


def test_a_cast_whitens_the_shaft_near_its_root_and_not_its_tip() -> None:
    bare, cast = rendered().image.pixels, rendered(clutter=Clutter(casts=1.0)).image.pixels
    lighter = cast[100].astype(int) - bare[100]
    assert lighter[60:110].max() > 30
    assert lighter[145:160].max() == 0


def test_the_sheen_of_a_root_lies_behind_it() -> None:
    bare, haloed = rendered().image.pixels, rendered(shine=Shine(halos=1.5)).image.pixels
    change = np.abs(haloed.astype(int) - bare).sum(axis=2)
    assert change[80:120, 20:55].mean() > 5 * change[80:120, 110:160].mean()


def test_shine_gathers_on_the_lit_side() -> None:
    pixels = rendered(shine=Shine(strength=1.0, lit_side=1.0), light=Light(lit_deg=180.0)).image.pixels.astype(int)
    assert pixels[:, :60].mean() > pixels[:, -60:].mean() + 5


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="captured_share must lie in"):
        Camera(captured_share=share)


def test_the_shade_of_a_follicle_lies_behind_its_root_and_fades() -> None:
    bare, shaded = rendered().image.pixels, rendered(skin=replace(PLAIN.skin, root_shade=1.0)).image.pixels
    darker = bare.astype(float) - shaded
    assert darker[98:102, 45:50].mean() > darker[98:102, 20:25].mean() > 2
    # Red suffers most: the shade is blue-grey.
    assert darker[98:102, 45:50, 0].mean() > darker[98:102, 45:50, 2].mean()
    assert np.abs(darker[:, 200:]).max() == 0
