import io

import cv2
import numpy as np
import pytest
from rich.console import Console

from hairdensity.flags import ChangeFlag
from hairdensity.image import TrichoImage
from hairdensity.report.change_document import change_document
from hairdensity.report.change_frame import frame_of
from hairdensity.report.change_looks import FATES, LOOKS, PHASES, UNMATCHED
from hairdensity.report.change_picture import PANEL_WIDTH_PX, draw_change, write_change_picture
from hairdensity.report.change_signs import dashes
from hairdensity.report.change_terminal import print_change


def test_the_follow_up_lies_on_the_baseline(make_change, make_analysis):
    pixels = np.full((120, 160, 3), 90, dtype=np.uint8)
    pixels[64, 78] = 255
    change = make_change(follow_up=make_analysis(TrichoImage.from_array(pixels, image_id="later")))
    frame = frame_of(change, width_px=160)
    # Baseline (60, 80) lies at follow-up (64, 78).
    assert frame.follow_up[60, 80].tolist() == [255, 255, 255]
    kept = frame.follow_up_paths[0]
    assert kept[0] == pytest.approx([46.0, 52.0])
    assert frame.baseline_paths[0][0] == pytest.approx([50.0, 50.0])


def test_looks_follow_fate_and_thickness_inside_the_common_area(make_change):
    frame = frame_of(make_change(), width_px=160)
    assert frame.looks == ("thicker", "lost", "new", UNMATCHED)
    assert frame.follow_up_paths[1] is None
    assert frame.baseline_paths[2] is None
    assert frame.is_shared.any()
    assert not frame.is_shared.all()


def test_a_frame_of_another_size_moves_pixel_centers(make_change):
    frame = frame_of(make_change(), width_px=320)
    assert frame.baseline.shape == (240, 320, 3)
    assert frame.baseline_paths[0][0] == pytest.approx([100.5, 100.5])
    assert frame.um_per_px == pytest.approx(2.5)


def test_without_registration_each_visit_keeps_its_own_hairs(make_change):
    frame = frame_of(make_change(is_registered=False), width_px=160)
    assert set(frame.looks) == {UNMATCHED}
    assert len(frame.looks) == 6
    assert not frame.is_aligned


def test_looks_differ_by_more_than_color():
    for looks in (FATES, PHASES):
        assert len({(look.sign, look.is_dashed, look.is_dotted) for look in looks}) == len(looks)
    assert set(LOOKS) == {look.name for look in (*FATES, *PHASES)}


def test_dashes_leave_gaps_and_keep_the_ends():
    pieces = dashes(np.array([[0.0, 0.0], [0.0, 20.0]]), 1.0)
    assert [piece[:, 1].tolist() for piece in pieces] == [[0.0, 9.0], [15.0, 20.0]]


@pytest.mark.parametrize(
    "kind", [{}, {"is_registered": False}, {"um_per_px": None}, {"flags": ChangeFlag.FOCUS_DIFFERS}]
)
def test_the_picture_has_two_panels_and_a_caption(make_change, kind, tmp_path):
    change = make_change(**kind)
    document = change_document(change, paths=("a.jpg", "b.jpg"))
    canvas = draw_change(change, document)
    assert canvas.shape[1] == 2 * PANEL_WIDTH_PX + 12
    assert canvas.shape[0] > 720
    write_change_picture(change, document, tmp_path / "change.png")
    assert np.array_equal(cv2.imread(str(tmp_path / "change.png"))[:, :, ::-1], canvas)


@pytest.mark.parametrize("shape", [(3000, 40, 3), (30, 3000, 3)])
def test_a_strip_stays_a_picture_of_moderate_size(make_change, make_analysis, shape):
    strip = make_analysis(
        TrichoImage.from_array(np.full(shape, 140, dtype=np.uint8), image_id="strip"), with_hairs=False
    )
    change = make_change(strip, is_registered=False)
    canvas = draw_change(change, change_document(change))
    assert canvas.shape[1] == 2 * PANEL_WIDTH_PX + 12
    assert canvas.shape[0] < 2200


def test_what_is_not_shared_is_darker(make_change):
    change = make_change()
    canvas = draw_change(change, change_document(change))
    zoom = PANEL_WIDTH_PX / 160
    inside, outside = canvas[round(80 * zoom), round(90 * zoom)], canvas[round(110 * zoom), round(90 * zoom)]
    assert int(inside.sum()) > 2 * int(outside.sum()) > 0


def printed(document, *, width=140):
    stream = io.StringIO()
    print_change(Console(file=stream, width=width, highlight=False), document)
    return stream.getvalue()


def test_the_terminal_begins_with_the_headline(make_change):
    control = make_change()
    text = printed(change_document(make_change(control=control, flags=ChangeFlag.DYE_DIFFERS)))
    assert text.startswith("Hair density: increase, +14 /cm² (+4 to +24), +9 %; registered on")
    assert "Baseline by_hand, follow-up later." in text
    assert "Control site: Hair density: increase" in text
    assert "dye at every visit or at none" in " ".join(text.split())
    assert "+14 (-36 to +64)" in text
    assert "For the site around, of which this skin is a sample: hair density -20 to +48 /cm² (95 %)." in text


def test_a_narrow_terminal_keeps_the_verdict(make_change):
    text = printed(change_document(make_change()), width=90)
    assert "increase" in text.split("verdict")[1]
    assert "smallest seen" not in text


def test_a_refused_registration_says_why(make_change):
    text = " ".join(printed(change_document(make_change(is_registered=False))).split())
    assert "Registration: too few follicular units agree: photograph the marked site" in text
    assert "thicker" not in text
    assert "no verdict" in text and "increase" not in text
