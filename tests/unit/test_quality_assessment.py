"""The whole judgment: a sharp picture is good, each fault raises its flag, and the mask has no crumbs."""

from dataclasses import fields

import cv2
import numpy as np
import pytest

from hairdensity.flags import IMAGE_FLAGS, ImageFlag, Verdict, worst_verdict
from hairdensity.quality import QualitySettings, assess_quality, leave_out
from hairdensity.target_area import AreaShape, place_area
from tests.quality_pictures import NOTHING, SHAPE, UM_PER_PX, bars, pixels_of

FAULTS = (
    ImageFlag.BLURRED
    | ImageFlag.UNEVEN_FOCUS
    | ImageFlag.MOTION
    | ImageFlag.OVEREXPOSED
    | ImageFlag.UNDEREXPOSED
    | ImageFlag.GLARE
    | ImageFlag.BUBBLES
    | ImageFlag.CLUMPED
    | ImageFlag.VIGNETTE
    | ImageFlag.LOW_CONTRAST
    | ImageFlag.NOISY
    | ImageFlag.COMPRESSED
)


def judged(grey, *, noise=1.0, graphics=NOTHING):
    return assess_quality(pixels_of(grey, noise=noise), graphics=graphics, um_per_px=UM_PER_PX)


def half_blurred():
    return np.where(np.arange(640) < 320, bars(), cv2.GaussianBlur(bars(), (0, 0), 3.5))


def with_patches(value):
    grey = bars()
    for center in ((150, 120), (450, 130), (300, 330), (520, 380)):
        cv2.circle(grey, center, 40, value, -1)
    return grey


def vignetted():
    away = np.hypot(*np.meshgrid(np.arange(640) - 320, np.arange(480) - 240))
    return bars() * np.clip(1 - 0.7 * (away / 400) ** 2, 0, 1)


def stored(grey, quality):
    _, data = cv2.imencode(".jpg", np.rint(grey), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32)


def test_a_sharp_even_picture_is_good_and_wholly_readable():
    quality = judged(bars())
    assert (quality.verdict, quality.flags) == (Verdict.GOOD, ImageFlag(0))
    assert not quality.unreadable.any()
    assert quality.blur_px == pytest.approx(quality.blur_um / UM_PER_PX)


@pytest.mark.parametrize(
    ("grey", "noise", "flag"),
    [
        (cv2.GaussianBlur(bars(), (0, 0), 3.0), 1.0, ImageFlag.BLURRED),
        (half_blurred(), 1.0, ImageFlag.UNEVEN_FOCUS | ImageFlag.BLURRED),
        (cv2.blur(bars(), (11, 1)), 1.0, ImageFlag.MOTION),
        (bars(level=235.0), 1.0, ImageFlag.OVEREXPOSED),
        (bars(level=30.0, hair=8.0), 1.0, ImageFlag.UNDEREXPOSED),
        (with_patches(255), 1.0, ImageFlag.GLARE),
        (with_patches(30), 1.0, ImageFlag.CLUMPED),
        (vignetted(), 1.0, ImageFlag.VIGNETTE),
        (bars(hair=130.0), 1.0, ImageFlag.LOW_CONTRAST),
        (bars(), 15.0, ImageFlag.NOISY),
        (stored(bars() + np.random.default_rng(3).normal(0, 3, SHAPE), 6), 0.0, ImageFlag.COMPRESSED),
    ],
    ids=lambda value: "" if not isinstance(value, ImageFlag) else str(value.name),
)
def test_each_fault_raises_its_flag_and_caution(grey, noise, flag):
    quality = judged(grey, noise=noise)
    assert quality.flags & flag
    assert quality.verdict is Verdict.CAUTION


def test_every_fault_has_a_remedy_and_causes_caution_at_least():
    for flag in FAULTS:
        assert IMAGE_FLAGS[flag].remedy
        assert IMAGE_FLAGS[flag].verdict is not Verdict.GOOD


def test_the_verdict_is_the_worst_of_the_flags():
    assert worst_verdict(ImageFlag(0)) is Verdict.GOOD
    assert worst_verdict(ImageFlag.UNCALIBRATED) is Verdict.GOOD
    assert worst_verdict(ImageFlag.UNCALIBRATED | ImageFlag.NOISY) is Verdict.CAUTION
    assert worst_verdict(ImageFlag.NOISY | ImageFlag.UNREADABLE | ImageFlag.UNCALIBRATED) is Verdict.UNREADABLE
    concluded = judged(bars()).concluded(ImageFlag.LONG_HAIR)
    assert (concluded.verdict, concluded.flags) == (Verdict.CAUTION, ImageFlag.LONG_HAIR)


def test_what_is_hopelessly_blurred_cannot_be_read_and_the_rest_can():
    grey = np.where(np.arange(640) < 320, bars(), cv2.GaussianBlur(bars(), (0, 0), 6.0))
    unreadable = judged(grey).unreadable
    assert not unreadable[:, :230].any()
    assert unreadable[:, 410:].all()


def test_the_mask_has_no_crumbs_and_no_specks():
    rng = np.random.default_rng(5)
    grey = with_patches(255)
    grey[rng.random(SHAPE) < 0.01] = 255
    # Cracks of 30 um in a patch of glare are no skin to count on.
    grey[235:238, 260:340] = grey[118:121, 110:190] = 150
    unreadable = judged(grey).unreadable
    _, _, stats, _ = cv2.connectedComponentsWithStats(unreadable.view(np.uint8))
    assert stats[1:, cv2.CC_STAT_AREA].min() > 100
    assert unreadable[115:125, 125:175].all()
    reopened = cv2.morphologyEx(unreadable.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    assert (reopened == unreadable).mean() > 0.999


def test_a_reduced_picture_gives_a_mask_of_its_own_size():
    fine = cv2.resize(with_patches(255), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    graphics = np.zeros(fine.shape, dtype=bool)
    quality = assess_quality(pixels_of(fine), graphics=graphics, um_per_px=UM_PER_PX / 2)
    assert quality.unreadable.shape == fine.shape
    assert quality.unreadable[240 - 60 : 240 + 60, 300 - 60 : 300 + 60].mean() > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (16, 40), (60, 16)])
@pytest.mark.parametrize("value", [0, 150, 255])
def test_tiny_and_flat_pictures_are_judged_without_fault(shape, value):
    pixels = np.full((*shape, 3), value, np.uint8)
    quality = assess_quality(pixels, graphics=np.zeros(shape, bool), um_per_px=5.0)
    assert quality.unreadable.shape == shape
    assert all(np.isfinite(x) for x in figures_of(quality).values())


def test_a_picture_that_is_all_drawn_is_judged():
    quality = judged(bars(), graphics=~NOTHING)
    assert not quality.unreadable.any()
    assert all(np.isfinite(x) for x in figures_of(quality).values())


def test_the_pixels_are_not_changed():
    pixels = pixels_of(with_patches(255))
    before = pixels.copy()
    assess_quality(pixels, graphics=NOTHING, um_per_px=UM_PER_PX)
    assert np.array_equal(pixels, before)


def figures_of(quality):
    values = {field.name: getattr(quality, field.name) for field in fields(quality)}
    return {name: value for name, value in values.items() if isinstance(value, float)}


@pytest.mark.parametrize(
    ("lost_rows", "is_legible", "flag", "left_rows"),
    [
        (0, True, ImageFlag(0), 100),
        (4, True, ImageFlag(0), 96),
        (5, True, ImageFlag.PARTLY_UNREADABLE, 95),
        (64, True, ImageFlag.PARTLY_UNREADABLE, 36),
        (65, True, ImageFlag.UNREADABLE, 0),
        (0, False, ImageFlag.UNREADABLE, 0),
    ],
)
def test_what_cannot_be_read_leaves_the_area(lost_rows, is_legible, flag, left_rows):
    shape = (100, 50)
    area = place_area(AreaShape(), image_shape=shape, unreadable=np.zeros(shape, bool), calibration=None)
    unreadable = np.zeros(shape, bool)
    unreadable[:lost_rows] = True
    left, raised = leave_out(area, unreadable, is_legible=is_legible, settings=QualitySettings())
    assert (left.area_px, raised) == (left_rows * 50, flag)
