"""Hairs of rendered scenes: how they stand, run and look. What is off changes nothing; the truth stays exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.synthetic.bars import Profile, blurred_bar
from hairdensity.synthetic.chance import Ripple
from hairdensity.synthetic.growth import grow_in_units
from hairdensity.synthetic.outlines import draw_outlines
from hairdensity.synthetic.population import (
    Course,
    Depth,
    Fragments,
    Grouping,
    Outline,
    Population,
    Roots,
    Tone,
)
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import Scene, Shafts, make_scene
from hairdensity.synthetic.settings import Camera, Clutter, SceneSettings, Skin
from hairdensity.synthetic.truth import truth_of

FIELD_UM = (6000.0, 8000.0)
PAIRS = Population(unit_shares=(0.0, 1.0), hair_spread_deg=0.0, unit_spread_deg=0.0, vellus_share=0.0)
NONE = Shafts.from_paths([], np.zeros(0))


def grown(**parts: object) -> Shafts:
    return grow_in_units(replace(PAIRS, **parts), FIELD_UM, 5, np.random.default_rng(5))  # type: ignore[arg-type]


def angles_deg(shafts: Shafts) -> NDArray[np.float64]:
    move = shafts.points_um[shafts.offsets[1:] - 1] - shafts.roots_um
    return np.asarray(np.rad2deg(np.arctan2(move[:, 0], move[:, 1])), dtype=np.float64)


def pair_gaps(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(points[0::2] - points[1::2], axis=1), dtype=np.float64)


def one_hair(width_um: float = 80.0, *, clutter: Clutter | None = None, **parts: object) -> Scene:
    """A straight shaft of 500 um along the columns, flat skin of 200, shaft of 50, no noise, 5 um/px."""
    plain = Population(density_per_cm2=0, color_rgb=(50, 50, 50), opaque_um=0.01, tone_sd=0)
    settings = SceneSettings(
        field_mm=(1.0, 1.25),
        um_per_px=5.0,
        population=replace(plain, **parts),  # type: ignore[arg-type]
        clutter=clutter or Clutter(),
        skin=Skin(color_rgb=(200, 200, 200)),
        camera=Camera(psf_sigma_px=1.3, noise_sd=0),
    )
    hair = Shafts.from_paths([np.array([[500.0, 300.0], [500.0, 800.0]])], np.array([width_um]))
    return Scene(settings=settings, seed=0, hairs=hair, fragments=NONE, vessels=NONE, ostia_um=np.zeros((0, 2)))


def darkness(scene: Scene) -> NDArray[np.float64]:
    """(H, W) 0 on bare skin, 1 on the shaft."""
    return np.asarray((200.0 - render(scene).image.pixels[..., 0]) / 150.0, dtype=np.float64)


def test_an_even_profile_paints_the_bar_that_a_plain_width_paints() -> None:
    path = np.array([[20.3, 10.0], [22.0, 30.0], [26.0, 48.0]])
    half, blur = np.full(5, 3.0), np.full(5, 1.4)
    plain = blurred_bar(path, width_px=6.0, sigma_px=1.4, shape=(50, 60))
    shaped = blurred_bar(path, width_px=6.0, sigma_px=1.4, shape=(50, 60), profile=Profile(half, half, blur))
    assert plain is not None and shaped is not None
    pictures = np.zeros((2, 50 * 60))
    pictures[0, plain.pixels], pictures[1, shaped.pixels] = plain.coverage, shaped.coverage
    assert np.abs(pictures[0] - pictures[1]).max() < 2e-3


def test_a_tapering_bar_has_the_area_of_its_trapezoid() -> None:
    path, half = np.array([[30.0, 10.0], [30.0, 70.0]]), np.linspace(4.0, 1.0, 50)
    bar = blurred_bar(path, width_px=5.0, sigma_px=1.2, shape=(61, 90), profile=Profile(half, half, np.full(50, 1.2)))
    assert bar is not None
    assert float(bar.coverage.sum()) == pytest.approx(60 * 5.0, rel=0.01)


def test_the_cut_of_both_ends_moves_both_ends() -> None:
    path = np.array([[20.0, 20.0], [20.0, 50.0]])
    bar = blurred_bar(path, width_px=8.0, sigma_px=1.0, shape=(41, 80), cut_px=[[2.0, 2.0], [3.0, 3.0]])
    assert bar is not None
    assert float(bar.coverage.sum()) == pytest.approx(8 * (30 + 2 + 3), rel=1e-2)


OUTLINES = [
    Outline(taper=0.5),
    Outline(uneven=0.1, rough_um=4.0),
    Outline(beaded_share=1.0),
    Outline(bulge_share=1.0),
    Outline(point_share=1.0),
    Outline(wedge_share=1.0),
]


@pytest.mark.parametrize("outline", OUTLINES)
def test_the_mean_width_of_a_silhouette_beyond_its_wedge_is_the_diameter(outline: Outline) -> None:
    outlines = draw_outlines(outline, 20, seed=3)
    assert outlines is not None
    for shaft in range(20):
        left, right = outlines.edges_um(shaft, 70.0, 600.0)
        body = np.linspace(0, 600.0, len(left)) >= outlines.wedge_um[shaft]
        assert (left + right)[body].mean() == pytest.approx(70.0)
        assert (left + right).min() > 0


@pytest.mark.parametrize("outline", [Outline(taper=0.5, slant=0.5), Outline(uneven=0.1, rough_um=3.0, round_um=8.0)])
def test_a_shaft_of_any_silhouette_darkens_as_much_as_its_diameter_says(outline: Outline) -> None:
    area_um2 = darkness(one_hair(80.0, outline=outline)).sum() * 25.0
    assert area_um2 == pytest.approx(80.0 * 500.0, rel=0.02)


def test_a_pointed_hair_narrows_to_its_tip_and_a_wedge_to_its_root() -> None:
    across = darkness(one_hair(80.0, outline=Outline(point_share=1.0, point_um=(300.0, 300.0)))).sum(axis=0) * 5.0
    assert across[75] > 2 * across[150] > 0
    across = darkness(one_hair(80.0, outline=Outline(wedge_share=1.0, wedge_um=(150.0, 150.0)))).sum(axis=0) * 5.0
    assert across[120] == pytest.approx(80.0, rel=0.03)
    assert across[66] < 50.0


def test_a_splinter_goes_on_from_the_tip_but_is_not_in_the_truth() -> None:
    outline = Outline(tail_share=1.0, tail_um=(300.0, 300.0), tail_width_um=(15.0, 15.0))
    plain, split = one_hair(outline=Outline(rough_um=0.01)), one_hair(outline=outline)
    assert darkness(split)[:, 175:200].max() > 0.1 > darkness(plain)[:, 175:200].max()
    assert truth_of(split).length_um.tolist() == [500.0]


def test_fans_leave_one_opening_and_spread() -> None:
    fans = grown(grouping=Grouping(fan_share=1.0, fan_deg=(20.0, 25.0)), curvature_deg_per_mm=0.0)
    assert pair_gaps(fans.roots_um).max() < 90.0
    apart = np.abs(angles_deg(fans)[0::2] - angles_deg(fans)[1::2])
    assert (apart.min(), apart.max()) == (pytest.approx(20.0, abs=0.6), pytest.approx(25.0, abs=0.6))
    tips = fans.points_um[fans.offsets[1:] - 1]
    assert np.median(pair_gaps(tips)) > np.median(pair_gaps(fans.roots_um))


def test_meeting_hairs_come_closer() -> None:
    even = {"length_sd_um": 1.0, "curvature_deg_per_mm": 0.0}
    meeting = grown(grouping=Grouping(root_gap_um=(100.0, 140.0), meet_share=1.0, meet_at=(1.0, 1.0)), **even)
    tips = meeting.points_um[meeting.offsets[1:] - 1]
    assert np.median(pair_gaps(tips)) < 0.5 * np.median(pair_gaps(meeting.roots_um))


def test_fused_hairs_cover_each_other_in_part() -> None:
    fused = grown(grouping=Grouping(fused_share=1.0, fused_gap=(0.5, 0.6)), length_sd_um=1.0)
    across = np.deg2rad(PAIRS.direction_deg)
    normal = np.array([np.cos(across), -np.sin(across)])
    gaps = np.abs((fused.roots_um[0::2] - fused.roots_um[1::2]) @ normal)
    share = gaps / fused.diameter_um.reshape(-1, 2).mean(axis=1)
    assert (share.min(), share.max()) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.6, abs=0.02))


def test_roots_of_a_unit_keep_the_distance_asked_for() -> None:
    pairs = grown(grouping=Grouping(root_gap_um=(30.0, 40.0)))
    across = np.deg2rad(PAIRS.direction_deg)
    gaps = np.abs((pairs.roots_um[0::2] - pairs.roots_um[1::2]) @ np.array([np.cos(across), -np.sin(across)]))
    assert gaps.min() >= 30.0 and gaps.max() <= 40.0


def test_a_tuft_is_packed_about_one_opening() -> None:
    seven = (0.0,) * 6 + (1.0,)
    packed = grown(unit_shares=seven, grouping=Grouping(tuft_gap_um=60.0))
    rows = grown(unit_shares=seven)
    assert len(packed) == len(rows)

    def radius(shafts: Shafts) -> float:
        whole = shafts.unit_id < shafts.unit_id.max()
        roots = shafts.roots_um[whole].reshape(-1, 7, 2)
        return float(np.linalg.norm(roots - roots.mean(axis=1, keepdims=True), axis=2).mean())

    assert radius(packed) < 0.75 * radius(rows)


def test_a_flow_turns_neighbors_alike() -> None:
    flow = grown(course=Course(flow_deg=15.0, flow_um=3000.0), curvature_deg_per_mm=0.0)
    angles, roots = angles_deg(flow), flow.roots_um
    away = np.linalg.norm(roots[:, None] - roots[None], axis=2)
    apart = np.abs(angles[:, None] - angles[None])
    assert 8.0 < angles.std() < 25.0
    assert apart[(away > 1) & (away < 400)].mean() < 0.4 * apart[away > 3000].mean()


@pytest.mark.parametrize("course", [Course(wave_deg=40.0), Course(wander_deg_per_mm=20.0)])
def test_waving_hairs_keep_their_root_and_length(course: Course) -> None:
    long = {"length_mean_um": 4000.0, "length_range_um": (1000.0, 8000.0)}
    plain, waving = grown(**long), grown(course=course, **long)
    assert waving.roots_um.tolist() == plain.roots_um.tolist()

    def lengths(shafts: Shafts) -> list[float]:
        return [float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum()) for path in shafts.paths]

    assert lengths(waving) == pytest.approx(lengths(plain))
    assert not np.allclose(waving.points_um, plain.points_um, atol=50.0)


def test_locks_draw_tips_together_and_leave_the_roots() -> None:
    long = {"length_mean_um": 5000.0, "length_range_um": (3000.0, 8000.0), "unit_spread_deg": 20.0}
    loose, locked = grown(**long), grown(course=Course(lock_pull=1.0, lock_um=(2000.0, 2000.0)), **long)
    assert locked.roots_um.tolist() == loose.roots_um.tolist()

    def crowding(shafts: Shafts) -> float:
        tips = shafts.points_um[shafts.offsets[1:] - 1]
        away = np.linalg.norm(tips[:, None] - tips[None], axis=2)
        np.fill_diagonal(away, np.inf)
        return float(np.median(away.min(axis=1)))

    assert crowding(locked) < 0.7 * crowding(loose)


def test_vellus_hairs_may_be_shorter() -> None:
    mixed = {"vellus_share": 0.5, "length_sd_um": 1.0}
    hairs = grown(course=Course(vellus_length=0.5), **mixed)
    length = np.array([np.linalg.norm(np.diff(path, axis=0), axis=1).sum() for path in hairs.paths])
    is_vellus = hairs.diameter_um < 35.0
    assert length[is_vellus].mean() == pytest.approx(0.5 * length[~is_vellus].mean(), rel=0.01)


def test_looks_move_no_hair() -> None:
    settings = SceneSettings(field_mm=(2.0, 2.0), clutter=Clutter(fragments_per_cm2=20.0))
    dressed = replace(
        settings.population,
        outline=Outline(taper=0.2, tail_share=0.5),
        tone=Tone(grain=0.1),
        roots=Roots(swing_deg=20.0, cuff_share=0.5),
        depth=Depth(shadow=0.5),
    )
    plain, other = make_scene(settings, 1), make_scene(replace(settings, population=dressed), 1)
    assert plain.hairs.points_um.tolist() == other.hairs.points_um.tolist()
    assert plain.fragments.points_um.tolist() == other.fragments.points_um.tolist()


def test_grouping_leaves_diameters_and_the_number_of_hairs() -> None:
    plain, fans = grown(), grown(grouping=Grouping(fan_share=0.5, fused_share=0.3, meet_share=0.2))
    assert plain.diameter_um.tolist() == fans.diameter_um.tolist()


def test_fragments_have_the_lengths_and_widths_asked_for() -> None:
    pieces = Fragments(length_um=(300.0, 500.0), width=(1.0, 1.0), along_share=1.0)
    settings = SceneSettings(
        field_mm=(3.0, 3.0),
        population=Population(fragments=pieces, direction_deg=30.0),
        clutter=Clutter(fragments_per_cm2=400.0),
    )
    fragments = make_scene(settings, 2).fragments
    length = np.array([np.linalg.norm(np.diff(path, axis=0), axis=1).sum() for path in fragments.paths])
    assert length.min() >= 300.0 and length.max() <= 500.0
    off = (angles_deg(fragments) - 30.0 + 90.0) % 180.0 - 90.0
    assert np.abs(off).mean() < 15.0


def test_heaps_gather_fragments() -> None:
    def crowding(share: float) -> float:
        settings = SceneSettings(
            field_mm=(4.0, 4.0),
            population=Population(fragments=Fragments(heap_share=share)),
            clutter=Clutter(fragments_per_cm2=60.0),
        )
        roots = make_scene(settings, 3).fragments.roots_um
        away = np.linalg.norm(roots[:, None] - roots[None], axis=2)
        np.fill_diagonal(away, np.inf)
        return float(np.median(away.min(axis=1)))

    assert crowding(1.0) < 0.5 * crowding(0.0)


def test_fragments_have_no_buried_root() -> None:
    scene = one_hair(clutter=Clutter(buried_root=1.0), fragments=Fragments(pale=(0.0, 0.1)))
    lone = replace(scene, hairs=NONE, fragments=scene.hairs)
    assert darkness(lone)[:, :50].max() == 0.0
    assert darkness(scene)[:, 30:50].max() > 0.05


def test_hairs_without_buried_roots_look_as_if_none_were_painted() -> None:
    bare = one_hair(clutter=Clutter(buried_root=1.0), roots=Roots(missing_share=1.0))
    assert render(bare).image.sha256 == render(one_hair()).image.sha256


def test_a_buried_root_reaches_as_far_as_asked() -> None:
    def reach_px(length_um: float) -> int:
        roots = Roots(length_um=(length_um, length_um), blur_um=(15.0, 30.0))
        row = darkness(one_hair(clutter=Clutter(buried_root=1.0), roots=roots))[100, :60]
        return int(60 - np.flatnonzero(row > 0.05)[0])

    assert reach_px(60.0) < 30 < reach_px(250.0)


def test_a_stripe_lightens_the_middle_and_a_rim_darkens_the_edges() -> None:
    stripe = Tone(stripe=(0.6, 0.6), stripe_width=(0.3, 0.3), stripe_offset=0.0, stripe_gaps=0.0)
    row = darkness(one_hair(100.0, tone=stripe))[:, 110]
    assert row[99:101].mean() < 0.85 < row[93]
    row = darkness(one_hair(100.0, tone=Tone(rim=(0.5, 0.5))))[:, 110]
    assert row[93] > row[100] + 0.05


def test_pale_roots_let_the_skin_through() -> None:
    along = darkness(one_hair(tone=Tone(pale_root=1.0, pale_um=(200.0, 200.0))))[100]
    assert along[70] < along[150]


def test_a_cuff_covers_the_root_only() -> None:
    roots = Roots(cuff_share=1.0, cuff_um=(100.0, 100.0), cuff_rgb=(200.0, 200.0, 200.0))
    along = darkness(one_hair(roots=roots))[92:108].mean(axis=0)
    assert along[68] < 0.8
    assert along[120] == pytest.approx(darkness(one_hair())[92:108].mean(axis=0)[120], abs=0.02)


def test_second_color_and_thin_color() -> None:
    def middle(**tone: object) -> int:
        settings = Tone(**tone)  # type: ignore[arg-type]
        return int(render(one_hair(35.0, tone=settings)).image.pixels[100, 110, 0])

    plain = middle(grain=1e-6)
    assert middle(second_share=1.0, second_rgb=(150.0, 100.0, 80.0)) > plain + 20
    assert middle(thin_rgb=(150.0, 100.0, 80.0)) == pytest.approx(plain + 50, abs=4)


def test_a_rising_shaft_leaves_the_focus_and_keeps_its_width() -> None:
    image = darkness(one_hair(depth=Depth(blur_um_per_mm=100.0, rise=(0.5, 0.5))))
    near, far = image[:, 70], image[:, 150]
    assert np.abs(np.diff(far)).max() < 0.7 * np.abs(np.diff(near)).max()
    assert far.sum() == pytest.approx(near.sum(), rel=0.03)


def test_a_shadow_falls_on_one_side() -> None:
    image = darkness(one_hair(depth=Depth(shadow=1.0, shadow_deg=90.0, shadow_um=40.0, shadow_blur_um=10.0)))
    assert image[112, 110] > 0.05
    assert image[87, 110] == pytest.approx(0.0, abs=0.01)


def test_a_ripple_repeats_and_has_mean_0_and_deviation_1() -> None:
    ripple = Ripple(np.random.default_rng(1))
    values = ripple(np.arange(0, 1024, 0.25))
    assert (values.mean(), values.std()) == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0))
    assert ripple(np.array([3.3])) == pytest.approx(ripple(np.array([3.3 + 1024.0])))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Grouping(fan_share=1.2), "fan_share must lie in 0-1, got 1.2"),
        (lambda: Grouping(fan_share=0.6, meet_share=0.6), "must not sum to more than 1"),
        (lambda: Outline(point_um=(300.0, 200.0)), "point_um must be \\(low, high\\)"),
    ],
)
def test_impossible_hairs_are_refused(wrong: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong()  # type: ignore[operator]
