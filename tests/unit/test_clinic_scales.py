"""Stored forms of a scale, and what they ask of the scoring."""

import dataclasses
import json
import math

import numpy as np
import pytest

from hairdensity.calibration import DeviceProfile, profile_to_json
from hairdensity.clinic.scales import checked_scale, scale_request, stated_um_per_px
from hairdensity.errors import CalibrationError
from hairdensity.image import TrichoImage
from hairdensity.scoring import Request, calibrate

SIZE = {"width_px": 640, "height_px": 480}
DEVICE = DeviceProfile(name="scope 20x", um_per_px=5.5, relative_error=0.01, width_px=640, height_px=480)
PROFILE = json.loads(json.dumps(profile_to_json(DEVICE)))
DRAWN = {"kind": "drawn", "length_mm": 2, "from_px": [100, 50], "to_px": [100, 450]}


def _calibration(scale, tmp_path):
    stored = checked_scale(scale, **SIZE)
    assert json.loads(json.dumps(stored)) == stored
    image = TrichoImage(pixels=np.full((480, 640, 3), 200, np.uint8), image_id="one", sha256="0" * 64)
    return calibrate(image, Request(**scale_request(stored, profiles=tmp_path)))


@pytest.mark.parametrize(
    ("scale", "um_per_px", "relative_error"),
    [
        ({"kind": "given", "um_per_px": 6.2}, 6.2, 0.02),
        ({"kind": "given", "px_per_mm": 200, "relative_error": 0.05}, 5.0, 0.05),
        ({"kind": "given", "field_width_mm": 3.2}, 5.0, 0.02),
        # 2 mm over 400 px; both ends within a pixel, the ruler within 0.5 %.
        (DRAWN, 5.0, math.hypot(math.sqrt(2) / 400, 0.005)),
        ({"kind": "profile", "device_id": "d", "profile": PROFILE}, 5.5, 0.01),
    ],
)
def test_scale_reaches_the_scoring(scale, um_per_px, relative_error, tmp_path):
    found = _calibration(scale, tmp_path)
    assert found.um_per_px == pytest.approx(um_per_px)
    assert found.relative_error == pytest.approx(relative_error)
    stored = checked_scale(scale, **SIZE)
    assert stated_um_per_px(stored, width_px=640) == pytest.approx(um_per_px)


@pytest.mark.parametrize("scale", [None, {"kind": "none"}, {"kind": "ruler", "tick_mm": 1}])
def test_without_a_stated_scale_a_bare_picture_has_none(scale, tmp_path):
    assert _calibration(scale, tmp_path) is None
    assert stated_um_per_px(checked_scale(scale, **SIZE), width_px=640) is None


def test_none_ignores_what_the_picture_states(tmp_path):
    image = TrichoImage(pixels=np.full((480, 640, 3), 200, np.uint8), image_id="one", sha256="0" * 64)
    tagged = dataclasses.replace(
        image, metadata=dataclasses.replace(image.metadata, tag_um_per_px=5.0, tag_source="tiff resolution")
    )
    assert calibrate(tagged, Request()).um_per_px == 5.0
    assert calibrate(tagged, Request(**scale_request({"kind": "none"}, profiles=tmp_path))) is None


def test_drawn_scale_keeps_its_line():
    stored = checked_scale(DRAWN, **SIZE)
    assert stored["source"] == "drawn: 2 mm over 400.0 px"
    assert (stored["from_px"], stored["to_px"]) == ([100, 50], [100, 450])


@pytest.mark.parametrize(
    "scale",
    [
        {},
        {"kind": "guessed"},
        {"kind": "given"},
        {"kind": "given", "um_per_px": 5, "px_per_mm": 200},
        {"kind": "given", "um_per_px": 0.005},
        {"kind": "given", "um_per_px": -5},
        {"kind": "given", "um_per_px": True},
        {"kind": "given", "um_per_px": "5"},
        {"kind": "given", "um_per_px": math.inf},
        {"kind": "given", "um_per_px": 5, "relative_error": 0.9},
        {"kind": "ruler", "tick_mm": 0},
        DRAWN | {"to_px": [100, 55]},
        DRAWN | {"to_px": [100, 700]},
        DRAWN | {"to_px": [100, math.nan]},
        DRAWN | {"to_px": [100]},
        DRAWN | {"to_px": ["a", "b"]},
        DRAWN | {"length_mm": 2000},
        {"kind": "profile", "device_id": "d"},
        {"kind": "profile", "device_id": "d", "profile": PROFILE | {"width_px": 800}},
    ],
)
def test_what_is_no_scale_is_refused(scale):
    with pytest.raises(CalibrationError):
        checked_scale(scale, **SIZE)


def test_profile_of_a_turned_picture_fits(tmp_path):
    assert checked_scale({"kind": "profile", "profile": PROFILE}, width_px=480, height_px=640)["kind"] == "profile"
