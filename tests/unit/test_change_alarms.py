from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.differencing.alarms import change_flags
from hairdensity.comparison.registration import Registration
from hairdensity.errors import InputError
from hairdensity.flags import ChangeFlag, Verdict
from hairdensity.image import ImageMetadata
from hairdensity.tables import MATCHES, empty_table

N = 6


def visit(**changes):
    """What the alarms look at, of a picture of six hairs."""
    facts = {
        "scale": Calibration(um_per_px=5.0),
        "shape": (100, 120, 3),
        "sha256": changes.pop("name", "a"),
        "blur_um": 8.0,
        "skin_level": 140.0,
        "verdict": Verdict.GOOD,
        "length_px": 80.0,
        "contrast": 0.7,
        "metadata": ImageMetadata(),
    } | changes
    hairs = pd.DataFrame({"hair_id": np.arange(N), "length_px": facts["length_px"], "contrast": facts["contrast"]})
    scale = facts["scale"]
    return SimpleNamespace(
        image=SimpleNamespace(
            pixels=np.empty(facts["shape"], np.uint8), sha256=facts["sha256"], metadata=facts["metadata"]
        ),
        calibration=scale,
        working_um_per_px=5.0 if scale is None else scale.um_per_px,
        quality=SimpleNamespace(**{name: facts[name] for name in ("blur_um", "skin_level", "verdict")}),
        hairs=hairs,
    )


def registered(*, accepted=True, zoom=1.0, overlap=0.9):
    return Registration(
        accepted=accepted,
        alignment=Alignment(matrix=np.array([[zoom, 0.0, 0.0], [0.0, zoom, 0.0]])),
        residual_um=10.0,
        n_inliers=30,
        overlap_cm2=0.3,
        overlap_fraction=overlap,
        log10_false_alarms=-20.0,
        texture_agreement=0.5,
    )


def kept():
    return pd.DataFrame(
        {
            "fate": ["kept"] * N,
            "second_look": [False] * N,
            "baseline_hair_id": pd.array(range(N), dtype="Int64"),
            "follow_up_hair_id": pd.array(range(N), dtype="Int64"),
        }
    )


def flags(before=None, after=None, registration=None, matches=None, **settings):
    return change_flags(
        before or visit(),
        after or visit(name="b"),
        registration or registered(),
        kept() if matches is None else matches,
        ChangeSettings(**settings),
    )


def test_two_pictures_of_one_site_by_one_device_raise_no_alarm():
    assert flags() == ChangeFlag(0)


@pytest.mark.parametrize(
    ("after", "flag"),
    [
        ({"name": "a"}, ChangeFlag.SAME_PICTURE),
        ({"shape": (100, 121, 3)}, ChangeFlag.IMAGE_SIZE_DIFFERS),
        ({"blur_um": 12.1}, ChangeFlag.FOCUS_DIFFERS),
        ({"blur_um": 5.3}, ChangeFlag.FOCUS_DIFFERS),
        ({"skin_level": 176.0}, ChangeFlag.LIGHT_DIFFERS),
        ({"length_px": 50.0}, ChangeFlag.LENGTH_DIFFERS),
        ({"contrast": 0.81}, ChangeFlag.DYE_DIFFERS),
        ({"verdict": Verdict.UNREADABLE}, ChangeFlag.UNREADABLE_VISIT),
        ({"metadata": ImageMetadata(bit_depth=12)}, ChangeFlag.DEVICE_DIFFERS),
        ({"metadata": ImageMetadata(tag_source="tiff resolution")}, ChangeFlag.DEVICE_DIFFERS),
    ],
)
def test_each_difference_beside_the_hair_raises_its_alarm(after, flag):
    assert flags(after=visit(**({"name": "b"} | after))) == flag


@pytest.mark.parametrize(
    "after", [{"blur_um": 11.9}, {"skin_level": 170.0}, {"length_px": 54.0}, {"contrast": 0.79}, {"blur_um": np.nan}]
)
def test_what_varies_from_picture_to_picture_raises_none(after):
    assert flags(after=visit(name="b", **after)) == ChangeFlag(0)


def test_another_scale_is_another_device():
    after = visit(name="b", scale=Calibration(um_per_px=10.0), length_px=40.0)

    assert flags(after=after, registration=registered(zoom=0.5)) == ChangeFlag.DEVICE_DIFFERS


def test_two_device_profiles_are_two_devices():
    profiles = [Calibration(um_per_px=5.0, source=f"device profile ({name})") for name in ("left", "right")]

    assert flags(visit(scale=profiles[0]), visit(name="b", scale=profiles[1])) == ChangeFlag.DEVICE_DIFFERS
    assert flags(visit(scale=profiles[0]), visit(name="b", scale=profiles[0])) == ChangeFlag(0)


def test_skin_that_contradicts_the_stated_scales_raises_the_alarm():
    assert flags(registration=registered(zoom=1.05)) == ChangeFlag.SCALE_DIFFERS
    assert flags(registration=registered(zoom=1.03)) == ChangeFlag(0)
    # Two scales that were stated apart may each be off by 2 %.
    other = Calibration(um_per_px=5.0, source="given (px/mm)")
    assert flags(after=visit(name="b", scale=other), registration=registered(zoom=1.05)) == ChangeFlag(0)
    assert flags(after=visit(name="b", scale=other), registration=registered(zoom=1.1)) == ChangeFlag.SCALE_DIFFERS


def test_without_a_scale_nothing_contradicts_it():
    assert flags(visit(scale=None), visit(name="b", scale=None), registered(zoom=1.2)) == ChangeFlag(0)


def test_a_refused_registration_says_nothing_of_scale_and_overlap():
    refused = registered(accepted=False, zoom=1.2, overlap=0.1)

    assert flags(registration=refused, matches=empty_table(MATCHES)) == ChangeFlag.NOT_REGISTERED


def test_a_small_overlap_raises_the_alarm():
    assert flags(registration=registered(overlap=0.4)) == ChangeFlag.SMALL_OVERLAP
    assert flags(registration=registered(overlap=0.4), least_overlap=0.3) == ChangeFlag(0)


@pytest.mark.parametrize("settings", [{"blur_ratio": 0.9}, {"n_draws": 1}, {"skin_stretch": -0.1}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(InputError):
        ChangeSettings(**settings)
