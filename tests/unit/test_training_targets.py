import cv2
import numpy as np
import pytest
import torch

from hairdensity.segmentation.maps import N_HEADINGS
from hairdensity.training.crops import CropSettings, TrainingPicture, _turned, _turned_points, cut_crop
from hairdensity.training.losses import TargetBatch, losses, total_loss
from hairdensity.training.network import TYPICAL_DIAMETER_PX, Outputs
from hairdensity.training.targets import (
    ROOT_AHEAD_PX,
    ROOT_ASIDE_PX,
    ROOT_BEHIND_PX,
    CropHairs,
    Known,
    Targets,
    draw_targets,
)

SHAPE = (64, 96)
NOTHING = np.zeros(0)


def line(*points):
    return np.array(points, dtype=float)


def hairs(*paths, widths=None, fragments=()):
    return CropHairs(
        [line(*p) for p in paths], np.array(widths or [np.nan] * len(paths)), [line(*p) for p in fragments]
    )


HORIZONTAL = hairs([(32, 20), (32, 50), (32, 70)], widths=[8.0])


def batch(targets: Targets) -> TargetBatch:
    return TargetBatch(*(torch.from_numpy(np.ascontiguousarray(part[None])) for part in targets))


def answers(targets: Targets, *, certainty: float = 12.0) -> Outputs:
    """Raw outputs of a network that says exactly what was drawn."""
    fine = torch.from_numpy(targets.fine[None]).clamp(6e-6, 1 - 6e-6)
    heading = torch.from_numpy(targets.heading[None]).clamp(1e-6, 1).log()
    width = torch.from_numpy(targets.diameter_px[None, None]).clamp(1e-3) / TYPICAL_DIAMETER_PX
    masks = (torch.from_numpy(targets.masks[None]) * 2 - 1) * certainty
    return Outputs(torch.logit(fine), torch.cat([heading, width.log(), masks], dim=1))


def test_a_horizontal_hair_is_drawn_where_it_lies():
    targets = draw_targets(HORIZONTAL, None, SHAPE)
    centerline, body, root = targets.fine
    assert centerline[32, 45] == pytest.approx(1.0, abs=0.1)
    assert centerline[32, 45] > centerline[31, 45] > centerline[30, 45] > 0.001 > centerline[28, 45]
    assert np.flatnonzero(body[:, 45]).tolist() == list(range(28, 37))
    assert not body[:, :19].any()
    assert not body[:, 72:].any()
    assert np.unravel_index(root.argmax(), SHAPE) == (32, 20)
    assert root[32, 20] == 1
    # 4 px along the shaft, behind it and aside of it.
    for place, sigma in (((32, 24), ROOT_AHEAD_PX), ((32, 16), ROOT_BEHIND_PX), ((36, 20), ROOT_ASIDE_PX)):
        assert root[place] == pytest.approx(np.exp(-8 / sigma**2), abs=0.01)
    assert (targets.fine_weight == 1).all()
    assert (targets.mask_weight == 1).all()
    assert not targets.masks.any()


@pytest.mark.parametrize(("tip", "bin_"), [((32, 80), 0), ((62, 48), 4), ((32, 10), 8), ((2, 48), 12), ((52, 68), 2)])
def test_the_heading_runs_from_root_to_tip(tip, bin_):
    heading = draw_targets(hairs([(32, 48), tip], widths=[6.0]), None, SHAPE).heading
    on_tube = heading.sum(axis=0) > 0
    assert heading[bin_][on_tube].min() > 0.95
    np.testing.assert_allclose(heading.sum(axis=0)[on_tube], 1, atol=1e-6)


def test_a_direction_between_two_bins_is_shared():
    angle = np.deg2rad(11.25)
    tip = (32 + 40 * np.sin(angle), 10 + 40 * np.cos(angle))
    heading = draw_targets(hairs([(32, 10), tip], widths=[6.0]), None, SHAPE).heading
    assert heading[:2, 17, 12].tolist() == pytest.approx([0.5, 0.5], abs=0.01)
    assert not heading[2:].any()


def test_diameters_lie_on_the_tubes_and_the_thick_one_on_top():
    crossing = hairs([(32, 10), (32, 90)], [(5, 50), (60, 50)], widths=[6.0, 14.0])
    targets = draw_targets(crossing, None, SHAPE)
    assert targets.diameter_px[16, 10] == 6
    assert targets.diameter_px[8, 25] == 14
    assert targets.diameter_px[16, 25] == 14
    assert targets.diameter_px[25, 10] == 0
    # Two shafts where they cross, in px of half the resolution: 7 x 3 px.
    assert targets.masks[0, 16, 25] == 1
    assert 15 <= targets.masks[0].sum() <= 40


def test_fragments_are_not_asked_and_are_no_hairs():
    targets = draw_targets(hairs(fragments=[[(20, 20), (20, 60)]]), None, SHAPE)
    assert not targets.fine.any()
    assert targets.fine_weight[0, 20, 40] == pytest.approx(0, abs=0.01)
    assert targets.fine_weight[1, 20, 40] == pytest.approx(0, abs=0.01)
    assert targets.fine_weight[2, 20, 40] == 1
    assert targets.fine_weight[0, 40, 40] == 1


def test_a_plain_vector_tells_neither_width_nor_the_exact_axis():
    targets = draw_targets(hairs([(32, 20), (32, 70)]), None, SHAPE)
    line_weight, body_weight, root_weight = targets.fine_weight
    assert line_weight[32, 45] == 1
    # Half a hair's width, 6 px, and 5 % of 50 px: the axis may be there.
    assert not line_weight[[25, 39], 45].any()
    assert line_weight[[20, 44], 45].all()
    assert not body_weight[[22, 32, 42], 45].any()
    assert body_weight[[15, 50], 45].all()
    assert not targets.diameter_px.any()
    assert targets.heading[0, 16, 20] == 1
    assert (root_weight == 1).all()
    assert targets.mask_weight[0, 16, 22] == 0
    assert targets.mask_weight[0, 5, 5] == 1


def test_a_full_line_without_a_diameter_is_exact():
    targets = draw_targets(hairs([(32, 20), (32, 45), (32, 70)]), None, SHAPE)
    assert (targets.fine_weight[0] == 1).all()
    assert not targets.fine_weight[1, 28:37, 45].any()


def test_of_a_painted_mask_only_the_body_is_asked():
    body = np.zeros(SHAPE, bool)
    body[30:34, 10:60] = True
    targets = draw_targets(hairs(), None, SHAPE, body=body, known=Known(hairs=False, rendered=False))
    assert np.array_equal(targets.fine[1] > 0, body)
    assert (targets.fine_weight[1] == 1).all()
    assert not targets.fine_weight[[0, 2]].any()
    assert not targets.mask_weight.any()
    assert not targets.heading.any()


def test_what_an_incomplete_annotation_leaves_out_is_not_skin():
    targets = draw_targets(HORIZONTAL, None, SHAPE, known=Known(everywhere=False, rendered=False))
    assert targets.fine_weight[:, 36, 45].all()
    assert not targets.fine_weight[:, 5, 45].any()
    assert targets.mask_weight[0, 16, 22] == 1
    assert targets.mask_weight[0, 2, 2] == 0


def test_what_people_could_not_read_is_not_asked():
    hidden = np.zeros(SHAPE, bool)
    hidden[:, :48] = True
    own = draw_targets(HORIZONTAL, hidden, SHAPE, known=Known(rendered=False))
    assert not own.fine_weight[:, :, :48].any()
    assert own.fine_weight[:, :, 48:].all()
    assert not own.heading[:, :, :24].any()
    assert own.heading[0, 16, 30] == 1
    assert own.masks[1, :, :24].all()
    assert own.mask_weight[1].all()
    # Without a mask nobody said what can be read; a renderer knows everything.
    assert not draw_targets(HORIZONTAL, None, SHAPE, known=Known(rendered=False)).mask_weight[1].any()
    assert draw_targets(HORIZONTAL, hidden, SHAPE).fine_weight.all()


@pytest.mark.parametrize("turn", range(8))
def test_orientations_move_points_as_pixels(turn):
    picture = np.zeros((32, 32), np.uint8)
    picture[5, 20] = 1
    moved = _turned_points(line((5, 20)), turn, 32)
    assert moved.tolist() == np.argwhere(_turned(picture, turn)).tolist()


def test_the_eight_orientations_differ():
    places = {tuple(_turned_points(line((5, 20)), turn, 32)[0]) for turn in range(8)}
    assert len(places) == 8


def drawn_picture(um_per_px=5.0):
    """Dark hairs on light skin, with one painted mask of the same."""
    path = line((70, 40), (100, 150))
    pixels = np.full((160, 200, 3), 200, np.uint8)
    ends = [tuple(int(v) for v in p[::-1]) for p in path]
    cv2.line(pixels, *ends, (30, 30, 30), 9)
    body = pixels[..., 0] < 100
    return TrainingPicture("a", pixels, um_per_px, (path,), np.array([9.0]), (), None, body)


@pytest.mark.parametrize("um_per_px", [3.0, 5.0, 9.0])
def test_targets_lie_on_the_hairs_of_the_crop(um_per_px):
    picture = drawn_picture(um_per_px)
    for seed in range(6):
        crop = cut_crop(picture, CropSettings(side_px=96, rooted_share=1.0), np.random.default_rng(seed))
        on_axis = crop.targets.fine[0] > 0.8
        assert crop.pixels.shape == (96, 96, 3)
        assert on_axis.any()
        assert (
            crop.pixels.mean(axis=2)[on_axis].mean() < 0.5 * crop.pixels.mean(axis=2)[crop.targets.fine[1] == 0].mean()
        )
        assert crop.targets.fine[1][on_axis].mean() > 0.95


def test_crops_of_the_working_scale_have_its_diameters():
    settings = CropSettings(side_px=64, working_share=1.0)
    crop = cut_crop(drawn_picture(2.5), settings, np.random.default_rng(0))
    assert np.unique(crop.targets.diameter_px).tolist() == [0, 4.5]


def test_perfect_answers_cost_next_to_nothing():
    targets = draw_targets(HORIZONTAL, None, SHAPE)
    parts = losses(answers(targets), batch(targets))
    # Soft lines and peaks cost a little whatever is answered.
    assert float(parts.pop("centerline")) < 0.35
    assert float(parts.pop("root")) < 0.15
    assert {name: round(float(part), 2) for name, part in parts.items()} == dict.fromkeys(parts, 0.0)


@pytest.mark.parametrize("name", ["centerline", "body", "root", "heading", "diameter", "multiplicity", "unreadable"])
def test_each_loss_grows_with_its_own_mistake_alone(name):
    crossing = hairs([(32, 10), (32, 90)], [(5, 50), (60, 50)], widths=[6.0, 14.0])
    targets = draw_targets(crossing, np.arange(96)[None] < np.full((64, 1), 20), SHAPE)
    right, wrong = answers(targets), answers(targets)
    fine, coarse = wrong
    if name in ("centerline", "body", "root"):
        channel = ("centerline", "body", "root").index(name)
        fine[:, channel] = fine[:, channel].roll(12, dims=-1).roll(9, dims=-2)
    elif name == "heading":
        coarse[:, :N_HEADINGS] = coarse[:, :N_HEADINGS].roll(8, dims=1)
    else:
        channel = N_HEADINGS + ("diameter", "multiplicity", "unreadable").index(name)
        coarse[:, channel] = -coarse[:, channel]
    truth = batch(targets)
    before, after = losses(right, truth), losses(Outputs(fine, coarse), truth)
    assert [n for n in before if float(after[n]) > float(before[n]) + 0.1] == [name]
    assert float(total_loss(after)) > float(total_loss(before))


def test_what_is_not_asked_costs_nothing():
    nothing = draw_targets(hairs(), None, SHAPE, known=Known(hairs=False, everywhere=False, rendered=False))
    torch.manual_seed(0)
    outputs = Outputs(torch.randn(1, 3, *SHAPE) * 5, torch.randn(1, N_HEADINGS + 3, 32, 48) * 5)
    parts = losses(outputs, batch(nothing))
    assert {name: float(part) for name, part in parts.items()} == dict.fromkeys(parts, 0.0)
