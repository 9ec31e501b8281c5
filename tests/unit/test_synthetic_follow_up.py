from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.synthetic.follow_up import Exposure, FollowUp, Growth, Visit, make_follow_up
from hairdensity.synthetic.pair_truth import truth_of_pair
from hairdensity.synthetic.regrowth import cut_flush
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import Scene, Shafts, make_scene
from hairdensity.synthetic.settings import Camera, Clutter, Light, Population, SceneSettings, Shine, Skin

UM_PER_PX = 10.0
SKIN = Skin(
    color_rgb=(190.0, 160.0, 140.0),
    mottling=1.0,
    redness=1.0,
    furrows=1.0,
    flush=0.5,
    network=0.5,
    freckles_per_cm2=30.0,
)
CLEAR = Camera(noise_sd=0.0, psf_sigma_px=0.7)
STILL: dict[str, Any] = {
    "lost_fraction": 0.0,
    "new_per_cm2": 0.0,
    "turn_deg": 0.0,
    "shift_um": (0.0, 0.0),
    "reclip_sd": 0.0,
    "lean_sd_deg": 0.0,
}
NONE = Shafts.from_paths([], np.zeros(0))


def scalp(*, density: float = 150.0, seed: int = 3, around_um: float = 0.0, **settings: Any) -> Scene:
    plain = SceneSettings(
        field_mm=(4.0, 5.0), um_per_px=UM_PER_PX, population=Population(density_per_cm2=density), camera=CLEAR
    )
    return make_scene(replace(plain, **settings), seed, around_um=around_um)


def lengths_um(shafts: Shafts) -> np.ndarray:
    return np.array([np.linalg.norm(np.diff(path, axis=0), axis=1).sum() for path in shafts.paths])


def by_id(shafts: Shafts, values: np.ndarray) -> dict[int, Any]:
    return dict(zip(shafts.shaft_id.tolist(), values, strict=True))


def as_baseline(later: FollowUp, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The follow-up's picture on the baseline's px, and where both show skin well inside."""
    picture = render(later.scene).image.pixels.astype(np.float32)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    places = later.to_follow_up(np.stack([rows.ravel(), cols.ravel()], axis=1).astype(np.float64))
    row, col = places.reshape(*shape, 2).astype(np.float32).transpose(2, 0, 1)
    height, width = picture.shape[:2]
    inside = (row > 3) & (row < height - 4) & (col > 3) & (col < width - 4)
    return cv2.remap(picture, col, row, cv2.INTER_CUBIC), inside


def likeness(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    """Correlation of two pictures without their slow changes and without what lies between pixels."""
    grays = one[..., 1], np.where(where, other[..., 1], one[..., 1])
    fine = [cv2.GaussianBlur(gray, (0, 0), 1.5) - cv2.GaussianBlur(gray, (0, 0), 20) for gray in grays]
    return float(np.corrcoef(fine[0][where], fine[1][where])[0, 1])


# The way of points.


def test_a_quarter_turn_about_the_center_takes_corners_to_corners() -> None:
    square = make_scene(SceneSettings(field_mm=(1.0, 1.0), um_per_px=UM_PER_PX, population=Population()), 1)
    later = make_follow_up(square, Visit(**{**STILL, "turn_deg": 90.0}), 2)
    corners = np.array([[0.0, 0.0], [0.0, 99.0]])
    expected = np.array([[99.0, 0.0], [0.0, 0.0]])
    assert later.to_follow_up(corners) == pytest.approx(expected)
    assert corners @ later.matrix_px[:, :2].T + later.matrix_px[:, 2] == pytest.approx(expected)


def test_at_twice_the_um_per_px_the_center_stays_and_distances_halve() -> None:
    visit = Visit(**STILL, exposure=Exposure(um_per_px=2 * UM_PER_PX, field_mm=(4.0, 5.0)))
    later = make_follow_up(scalp(around_um=5000.0), visit, 2)
    assert later.scene.settings.shape == (200, 250)
    points = np.array([[199.5, 249.5], [199.5, 349.5]])
    assert later.to_follow_up(points) == pytest.approx(np.array([[99.5, 124.5], [99.5, 174.5]]))
    assert points @ later.matrix_px[:, :2].T + later.matrix_px[:, 2] == pytest.approx(later.to_follow_up(points))


def test_another_magnification_keeps_the_number_of_pixels() -> None:
    later = make_follow_up(scalp(), Visit(**STILL, exposure=Exposure(um_per_px=9.3)), 2)
    assert later.scene.settings.shape == (400, 500)


def test_the_roots_of_hairs_that_stayed_lie_where_the_way_leads() -> None:
    baseline = scalp()
    visit = Visit(lost_fraction=0.3, stretch=0.05, exposure=Exposure(um_per_px=10.8))
    later = make_follow_up(baseline, visit, 5)
    before = by_id(baseline.hairs, baseline.hairs.roots_um / UM_PER_PX - 0.5)
    after = by_id(later.scene.hairs, later.scene.hairs.roots_um / 10.8 - 0.5)
    kept = sorted(before.keys() & after.keys())
    assert len(kept) > 30
    moved = later.to_follow_up(np.array([before[i] for i in kept]))
    assert moved == pytest.approx(np.array([after[i] for i in kept]))
    assert later.to_baseline(moved) == pytest.approx(np.array([before[i] for i in kept]))
    # A stretched skin's matrix is only near.
    matrix = later.matrix_px
    off = np.linalg.norm(np.array([before[i] for i in kept]) @ matrix[:, :2].T + matrix[:, 2] - moved, axis=1)
    assert 0.5 < off.max() < 40


def test_skin_on_which_nothing_was_grown_is_refused() -> None:
    with pytest.raises(InputError, match=r"hairs were grown for 1800 um: make_scene\(settings, seed, around_um=1200\)"):
        make_follow_up(scalp(), Visit(**{**STILL, "shift_um": (3000.0, 0.0)}), 2)
    make_follow_up(scalp(around_um=1200.0), Visit(**{**STILL, "shift_um": (3000.0, 0.0)}), 2)


# The skin.


def test_the_skin_moves_with_the_hair() -> None:
    clutter = Clutter(yellow_dots_per_cm2=30.0, empty_ostia_per_cm2=30.0, vessels_per_cm2=30.0, flakes_per_cm2=20.0)
    baseline = scalp(density=0.0, skin=SKIN, clutter=clutter)
    first = render(baseline).image.pixels.astype(np.float32)
    way = {**STILL, "turn_deg": 30.0, "shift_um": (300.0, 200.0), "stretch": 0.04}
    visit = Visit(**way, exposure=Exposure(um_per_px=9.5))
    moved, inside = as_baseline(make_follow_up(baseline, visit, 8), (400, 500))
    assert inside.mean() > 0.6
    assert likeness(first, moved, inside) > 0.9


def test_every_visit_shows_the_same_skin_whatever_its_seed() -> None:
    baseline = scalp(density=0.0, skin=SKIN)
    first = render(baseline).image.pixels.astype(np.float32)
    for seed in (1, 2):
        moved, inside = as_baseline(make_follow_up(baseline, Visit(**STILL), seed), (400, 500))
        assert inside.mean() > 0.9
        # Interpolation at whole pixels is exact.
        assert np.abs(first - moved)[inside].max() <= 1


def test_the_shine_of_the_skin_is_the_lamps() -> None:
    shining = Shine(strength=1.5)
    baseline = scalp(density=0.0, skin=Skin(glints=1.0), shine=shining)
    first = render(baseline).image.pixels.astype(np.float32)
    moved, inside = as_baseline(make_follow_up(baseline, Visit(**STILL), 8), (400, 500))
    assert abs(likeness(first, moved, inside)) < 0.2


def test_a_visit_after_a_visit_still_shows_the_skin_of_the_first() -> None:
    baseline = scalp(density=0.0, skin=SKIN, around_um=2000.0)
    ways = [{"turn_deg": 25.0, "shift_um": (200.0, -300.0)}, {"turn_deg": -40.0, "shift_um": (0.0, 200.0)}]
    first_way, second_way = (Visit(**{**STILL, **way, "stretch": 0.03}) for way in ways)
    second = make_follow_up(baseline, first_way, 4)
    third = make_follow_up(second.scene, second_way, 5)
    there = replace(third, motion=third.motion.after(second.motion))
    first = render(baseline).image.pixels.astype(np.float32)
    moved, inside = as_baseline(there, (400, 500))
    assert likeness(first, moved, inside) > 0.9


def test_other_light_and_lens_leave_the_skin_in_its_place() -> None:
    baseline = scalp(density=0.0, skin=SKIN)
    camera = replace(CLEAR, brightness=0.8, saturation=0.7, psf_sigma_px=1.5, jpeg_quality=85)
    visit = Visit(**STILL, exposure=Exposure(camera=camera, light=Light(white_balance=(1.0, 0.9, 0.8))))
    later = make_follow_up(baseline, visit, 2)
    first = render(baseline).image.pixels.astype(np.float32)
    moved, inside = as_baseline(later, (400, 500))
    assert moved[inside].mean() < 0.85 * first[inside].mean()
    assert likeness(first, moved, inside) > 0.8


def test_the_truth_of_dots_lies_where_the_skin_has_gone() -> None:
    baseline = scalp(density=0.0, clutter=Clutter(yellow_dots_per_cm2=60.0, black_dots_per_cm2=60.0))
    later = make_follow_up(baseline, Visit(**{**STILL, "turn_deg": 90.0, "stretch": 0.05}), 2)
    before, after = render(baseline).truth.openings, render(later.scene).truth.openings
    moved = later.to_follow_up(before.places_px)
    shown = ((moved > -0.5) & (moved < np.array([399.5, 499.5]))).all(axis=1)
    assert np.count_nonzero(shown) > 10
    for place, size, kind in zip(moved[shown], before.diameter_um[shown], before.kind[shown], strict=True):
        away = np.linalg.norm(after.places_px - place, axis=1)
        assert away.min() < 1e-6
        assert after.kind[away.argmin()] == kind
        assert after.diameter_um[away.argmin()] == pytest.approx(size)


def test_empty_ostia_keep_their_size() -> None:
    baseline = scalp(clutter=Clutter(empty_ostia_per_cm2=40.0, ostia_um=(80.0, 150.0)))
    later = make_follow_up(baseline, Visit(**STILL), 2)
    before, after = render(baseline).truth.openings, render(later.scene).truth.openings
    assert len(before) > 4
    assert after.diameter_um == pytest.approx(before.diameter_um)


def test_hairs_keep_their_color() -> None:
    tone = replace(Population().tone, second_rgb=(250.0, 250.0, 250.0), second_share=0.5)
    population = Population(density_per_cm2=60.0, tone=tone, tone_sd=0.0, unit_shares=(1.0,), vellus_share=0.0)
    baseline = scalp(population=population, skin=Skin(color_rgb=(120.0, 120.0, 120.0)))
    later = make_follow_up(baseline, Visit(**{**STILL, "lost_fraction": 0.4}), 9)
    pictures = [render(scene).image.pixels.astype(np.float64) for scene in (baseline, later.scene)]
    seen = []
    for hair in later.scene.hairs.paths:
        row, col = np.rint(hair[len(hair) // 2] / UM_PER_PX - 0.5).astype(int)
        if 2 < row < 397 and 2 < col < 497:
            seen.append([picture[row, col].mean() for picture in pictures])
    before, after = np.array(seen).T
    assert len(before) > 5
    assert before.std() > 30
    assert after == pytest.approx(before, abs=2)


# The hairs.


def test_shares_hold_exactly_on_the_skin_that_both_frames_show() -> None:
    baseline = scalp(density=200.0)
    visit = Visit(lost_fraction=0.25, new_per_cm2=40.0, gained_per_cm2=20.0, exact=True)
    truth = truth_of_pair(baseline, make_follow_up(baseline, visit, 7)).hairs
    was = np.count_nonzero(truth["fate"] != "new")
    assert was > 20
    assert np.count_nonzero(truth["fate"] == "lost") == round(0.25 * was)
    assert np.count_nonzero(truth["origin"] == "lone") == round(0.2 * was)
    assert np.count_nonzero(truth["fate"] == "new") == round(0.3 * was)


def test_a_gained_hair_stands_beside_a_hair_of_its_unit() -> None:
    baseline = scalp()
    later = make_follow_up(baseline, Visit(**STILL, gained_per_cm2=75.0), 3)
    gained = later.origin == "unit"
    hairs = later.scene.hairs
    assert 0.3 < gained.sum() / len(baseline.hairs) < 0.7
    assert (later.origin[~gained] == "kept").all()
    for root, unit in zip(hairs.roots_um[gained], hairs.unit_id[gained], strict=True):
        others = baseline.hairs.roots_um[baseline.hairs.unit_id == unit]
        assert 30 < np.linalg.norm(others - root, axis=1).min() < 250
    assert not np.isin(hairs.shaft_id[gained], baseline.hairs.shaft_id).any()
    assert len(np.unique(hairs.shaft_id)) == len(hairs)


def test_a_hair_out_of_an_empty_ostium_takes_its_place() -> None:
    baseline = scalp(clutter=Clutter(empty_ostia_per_cm2=40.0))
    later = make_follow_up(baseline, Visit(**STILL, reactivated_share=1.0), 3)
    assert len(later.scene.ostia_um) == 0
    new = later.scene.hairs.roots_um[later.origin == "empty ostium"]
    assert new == pytest.approx(baseline.ostia_um)
    assert not np.isin(later.scene.hairs.unit_id[later.origin == "empty ostium"], baseline.hairs.unit_id).any()
    assert not len(render(later.scene).truth.openings)


def test_a_hair_out_of_a_yellow_dot_takes_its_place() -> None:
    baseline = scalp(density=60.0, clutter=Clutter(yellow_dots_per_cm2=40.0))
    dots = render(baseline).truth.openings.places_px
    later = make_follow_up(baseline, Visit(**STILL, reactivated_share=1.0), 3)
    new = later.scene.hairs.roots_um[later.origin == "yellow dot"]
    assert len(dots) > 3
    assert new / UM_PER_PX - 0.5 == pytest.approx(dots)
    assert not len(render(later.scene).truth.openings)
    half = make_follow_up(baseline, Visit(**STILL, reactivated_share=0.5), 3)
    left = render(half.scene).truth.openings
    assert len(left) == len(dots) - np.count_nonzero(half.origin == "yellow dot")
    assert set(left.kind.tolist()) == {"yellow dot"}


def test_an_emptied_unit_leaves_an_opening_in_its_middle() -> None:
    baseline = scalp()
    later = make_follow_up(baseline, Visit(**STILL, emptied_share=0.3, ostium_share=1.0), 3)
    gone = np.setdiff1d(baseline.hairs.unit_id, later.scene.hairs.unit_id)
    assert 0.15 < len(gone) / len(np.unique(baseline.hairs.unit_id)) < 0.45
    roots, unit = baseline.hairs.roots_um, baseline.hairs.unit_id
    assert later.scene.ostia_um == pytest.approx(np.array([roots[unit == u].mean(axis=0) for u in gone]))
    # Units are lost whole.
    kept = np.isin(unit, later.scene.hairs.unit_id)
    assert np.array_equal(np.sort(later.scene.hairs.shaft_id), np.sort(baseline.hairs.shaft_id[kept]))


def test_names_are_never_used_twice() -> None:
    baseline, visit = scalp(around_um=2000.0), Visit(lost_fraction=0.5, new_per_cm2=80.0, gained_per_cm2=40.0)
    second = make_follow_up(baseline, visit, 4)
    third = make_follow_up(second.scene, visit, 5)
    named_then = set(baseline.hairs.shaft_id.tolist()) | set(second.scene.hairs.shaft_id.tolist())
    new = third.scene.hairs.shaft_id[third.origin != "kept"].tolist()
    assert len(new) > 10
    assert not named_then & set(new)
    assert len(set(third.scene.hairs.shaft_id.tolist())) == len(third.scene.hairs)


def test_the_median_factor_of_the_diameters_is_the_given_one() -> None:
    baseline = scalp(density=600.0)
    later = make_follow_up(baseline, Visit(**STILL, diameter_factor=1.1, diameter_sd=0.05), 3)
    factor = later.scene.hairs.diameter_um / baseline.hairs.diameter_um
    assert np.median(factor) == pytest.approx(1.1, abs=0.01)
    assert np.log(factor).std() == pytest.approx(0.05, rel=0.15)


def test_vellus_hairs_turn_terminal_and_back() -> None:
    baseline = scalp(population=Population(density_per_cm2=300.0, vellus_share=0.4))
    was_vellus = baseline.hairs.diameter_um <= 40
    thick = make_follow_up(baseline, Visit(**STILL, thickened_share=1.0), 3).scene.hairs.diameter_um
    thin = make_follow_up(baseline, Visit(**STILL, thinned_share=1.0), 3).scene.hairs.diameter_um
    assert 0.2 < was_vellus.mean() < 0.6
    assert thick[was_vellus].min() >= 45
    assert np.array_equal(thick[~was_vellus], baseline.hairs.diameter_um[~was_vellus])
    assert thin[~was_vellus].max() <= 35
    assert np.array_equal(thin[was_vellus], baseline.hairs.diameter_um[was_vellus])


def test_hairs_grow_by_their_rate_and_rest_in_telogen() -> None:
    baseline = scalp()
    growth = Growth(hours=36.0, rate_mm_per_day=(0.2, 0.4), telogen_share=0.3)
    later = make_follow_up(baseline, Visit(**{**STILL, "lean_sd_deg": 5.0}, growth=growth), 3)
    grown_um = lengths_um(later.scene.hairs) - lengths_um(baseline.hairs)
    rate = later.rate_mm_per_day
    # 1.5 days.
    assert grown_um == pytest.approx(1500.0 * rate)
    rests = rate == 0
    assert 0.15 < rests.mean() < 0.45
    assert rate[~rests].min() >= 0.2
    assert rate[~rests].max() <= 0.4


def test_hairs_cut_flush_come_out_when_they_grow() -> None:
    whole = scalp()
    baseline = cut_flush(whole, 0.3, 4)
    assert baseline.flush is not None
    assert len(baseline.hairs) + len(baseline.flush) == len(whole.hairs)
    later = make_follow_up(baseline, Visit(**STILL, growth=Growth(hours=48.0, telogen_share=0.5)), 3)
    out = later.origin == "flush"
    assert lengths_um(later.scene.hairs)[out] == pytest.approx(2000.0 * later.rate_mm_per_day[out])
    assert later.scene.flush is not None
    ids = np.concatenate([later.scene.hairs.shaft_id[out], later.scene.flush.shaft_id])
    assert np.array_equal(np.sort(ids), baseline.flush.shaft_id)
    truth = truth_of_pair(baseline, later).hairs
    from_flush = truth[truth["origin"] == "flush"]
    assert len(from_flush) > 0
    assert (from_flush["baseline_length_um"] == 0).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Visit(gained_per_cm2=-1.0), "gained_per_cm2 must be 0 or more, got -1"),
        (lambda: Visit(emptied_share=2.0), "emptied_share must lie in 0-1, got 2"),
        (lambda: Growth(hours=0.0), "hours must be above 0, got 0"),
        (lambda: Growth(rate_mm_per_day=(0.4, 0.2)), "rate_mm_per_day must be"),
        (lambda: Growth(telogen_share=-0.1), "telogen_share must lie in 0-1"),
    ],
)
def test_impossible_visits_are_refused(wrong: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong()


# The truth of a pair.


def test_fates_and_places_of_a_pair_laid_by_hand() -> None:
    """Two units on a frame of 100 x 100 px that moves by 30 px to the right, out of which one hair falls.

    Unit 0 has hairs 0 and 1, unit 1 has hair 2, unit 2 has hair 3, whose root leaves the frame. Hair 1 is lost, hair 2
    is lost and with it unit 1, hair 4 is new beside hair 0, hair 5 is new alone, hair 6 on skin only the later shows.
    """
    settings = SceneSettings(field_mm=(1.0, 1.0), um_per_px=10.0, population=Population())

    def hairs(roots: list[tuple[float, float]], *, ids: list[int], units: list[int], diameter: float) -> Shafts:
        paths = [np.array([[row, col], [row + 300.0, col]]) for row, col in roots]
        return Shafts.from_paths(
            paths, np.full(len(ids), diameter), unit_id=np.array(units), shaft_id=np.array(ids, dtype=np.int64)
        )

    before = hairs(
        [(105, 205), (105, 305), (505, 405), (505, 905)], ids=[0, 1, 2, 3], units=[0, 0, 1, 2], diameter=50.0
    )
    after = hairs([(105, 505), (205, 505), (805, 805), (805, 105)], ids=[0, 4, 5, 6], units=[0, 0, 3, 4], diameter=60.0)
    baseline = Scene(settings=settings, seed=0, hairs=before, fragments=NONE, vessels=NONE, ostia_um=np.zeros((0, 2)))
    plan = make_follow_up(baseline, Visit(**{**STILL, "shift_um": (0.0, 300.0)}), 1)
    later = replace(
        plan,
        scene=replace(plan.scene, hairs=after, ostia_um=np.array([[505.0, 705.0]])),
        origin=np.array(["kept", "unit", "lone", "lone"]),
        rate_mm_per_day=np.full(4, np.nan),
    )
    truth = truth_of_pair(baseline, later)
    table = truth.hairs.set_index("hair_id")
    assert table["fate"].to_dict() == {0: "kept", 1: "lost", 2: "lost", 4: "new", 5: "new"}
    assert table["origin"].to_dict() == {0: "", 1: "", 2: "", 4: "unit", 5: "lone"}
    assert table.loc[0, ["baseline_row_px", "baseline_col_px"]].tolist() == [10.0, 20.0]
    assert table.loc[0, ["follow_up_row_px", "follow_up_col_px"]].tolist() == [10.0, 50.0]
    assert table.loc[0, ["baseline_diameter_um", "follow_up_diameter_um"]].tolist() == [50.0, 60.0]
    assert table.loc[5, ["follow_up_length_um"]].tolist() == [300.0]
    assert np.isnan(table.loc[5, "baseline_diameter_um"])
    units = truth.units.set_index("unit_id")
    assert units["fate"].to_dict() == {0: "kept", 1: "emptied", 3: "re-activated"}
    assert units["opening"].to_dict() == {0: "", 1: "empty ostium", 3: ""}
    assert units[["baseline_n_hairs", "follow_up_n_hairs"]].to_numpy().tolist() == [[2, 2], [1, 0], [0, 1]]
    assert units.loc[3, ["row_px", "col_px"]].tolist() == pytest.approx([80.0, 50.0])
    # 70 of 100 columns of 1 mm2.
    assert truth.shared_cm2 == pytest.approx(0.007, rel=0.01)
