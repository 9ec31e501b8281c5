"""Profiles of devices: stored and read again, and the pictures that they hold for."""

import json

import pytest

from hairdensity.calibration import DeviceProfile, default_profile_folder, read_profile, write_profile
from hairdensity.errors import CalibrationError, StorageError


def profile(**changes):
    known = {"name": "scope 70x", "um_per_px": 5.5, "relative_error": 0.006, "width_px": 1280, "height_px": 1024}
    return DeviceProfile(**(known | changes))


def test_what_is_written_is_read(tmp_path):
    whole = profile(
        um_per_px_rows=5.51, distortion=0.004, distortion_error=0.001, pictures=("a" * 64,), date="2026-01-02"
    )
    path = write_profile(whole, folder=tmp_path / "new")
    assert path == tmp_path / "new" / "scope 70x.json"
    assert read_profile("scope 70x", folder=tmp_path / "new") == read_profile(str(path)) == whole


def test_a_stated_file_is_used(tmp_path):
    assert write_profile(profile(), file=tmp_path / "a.json") == tmp_path / "a.json"


@pytest.mark.parametrize("size", [(1280, 1024), (1024, 1280)])
def test_pictures_of_its_size_upright_or_turned_have_its_scale(size):
    scale = profile().calibration(width_px=size[0], height_px=size[1])
    assert (scale.um_per_px, scale.relative_error, scale.source) == (5.5, 0.006, "device profile (scope 70x)")


def test_another_size_is_refused_with_the_remedy():
    with pytest.raises(CalibrationError, match=r"1280 x 1024 px, this one has 640 x 512.*--resized"):
        profile().calibration(width_px=640, height_px=512)


def test_half_the_pixels_are_twice_as_large():
    half = profile(um_per_px_rows=6.0).resized_to(width_px=640, height_px=512)
    assert half.calibration(width_px=640, height_px=512).um_per_px == pytest.approx(11.0)
    assert half.um_per_px_rows == pytest.approx(12.0)
    turned = profile().resized_to(width_px=512, height_px=640)
    assert turned.um_per_px == pytest.approx(11.0)


def test_sides_are_rounded_when_pictures_are_resized():
    assert profile().resized_to(width_px=1000, height_px=800).um_per_px == pytest.approx(7.04)
    assert profile().resized_to(width_px=333, height_px=266).um_per_px == pytest.approx(5.5 * 1280 / 333, rel=0.002)


def test_a_cropped_picture_is_no_resized_one():
    with pytest.raises(CalibrationError, match="not in proportion, so it was cropped"):
        profile().resized_to(width_px=640, height_px=480)


@pytest.mark.parametrize(
    "changes", [{"name": "../up"}, {"name": ""}, {"um_per_px": 0.001}, {"width_px": 0}, {"relative_error": 2.0}]
)
def test_impossible_profiles_are_refused(changes):
    with pytest.raises(CalibrationError):
        profile(**changes)


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    write_profile(profile(), folder=tmp_path)
    with pytest.raises(CalibrationError, match="are scope 70x; make one with `hairdensity calibrate"):
        read_profile("other", folder=tmp_path)
    with pytest.raises(CalibrationError, match="neither a file nor a device's name"):
        read_profile("../none", folder=tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "hairdensity/device-profile-1"}', "\x00\xff"])
def test_what_is_no_profile_is_refused(tmp_path, text):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(CalibrationError, match="is no device profile"):
        read_profile("bad", folder=tmp_path)


def test_fields_of_later_versions_are_left_out(tmp_path):
    path = write_profile(profile(), folder=tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"color": "blue"}))
    assert read_profile(str(path)) == profile()


def test_text_for_a_number_is_refused(tmp_path):
    path = write_profile(profile(), folder=tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"um_per_px": "5.5"}))
    with pytest.raises(CalibrationError, match="must be numbers"):
        read_profile(str(path))


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_profile(profile(), folder=tmp_path / "file")


def test_the_folder_follows_the_platform(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_profile_folder() == tmp_path / "hairdensity" / "devices"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_profile_folder() == tmp_path / ".config" / "hairdensity" / "devices"
