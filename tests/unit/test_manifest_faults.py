"""Each kind of fault: on the right row, in the right column, and not on rows beside it."""

import numpy as np
import pandas as pd
import pytest

from hairdensity.study.manifest import Level, check_manifest
from hairdensity.study.reading.contents import refuse_same_contents
from hairdensity.study.reading.faults import FaultLog

GOOD = {"image": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"], "patient": ["P1", "P1", "P2", "P2"]}
GOOD["visit"] = ["baseline", "week 12"] * 2


@pytest.fixture
def faults_of(tmp_path):
    """Faults of four good rows with some columns changed: (code, row, column)."""
    for name in "abcd":
        (tmp_path / f"{name}.jpg").write_text(name)

    def check(*, by_hash=False, **columns):
        path = tmp_path / "m.csv"
        pd.DataFrame(GOOD | columns).to_csv(path, index=False)
        return [(f.code, f.row, f.column) for f in check_manifest(path, by_hash=by_hash)[1]]

    return check


def test_good_rows_have_no_fault(faults_of):
    assert faults_of() == []
    full = {
        "site": ["vertex"] * 4,
        "arm": ["A", "A", "B", "B"],
        "um_per_px": [5.0] * 4,
        "scale_error": [0.02] * 4,
        "area": ["circle=5,5,4mm", "whole", "", "rectangle=0,0,10,10"],
        "needle_depth_mm": [0, 1.5, 2.5, 5],
        "date": ["2024-01-01", "2024-03-25"] * 2,
    }
    assert faults_of(by_hash=True, **full) == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"image": ["a.jpg", "", "c.jpg", "d.jpg"]}, ("missing_cell", 2, "image")),
        ({"patient": ["P1", "P1", "P2", ""]}, ("missing_cell", 4, "patient")),
        ({"image": ["a.jpg", "z.jpg", "c.jpg", "d.jpg"]}, ("not_found", 2, "image")),
        ({"image": ["a.jpg", "../b.jpg", "c.jpg", "d.jpg"]}, ("outside", 2, "image")),
        ({"image": ["a.jpg", "x/../../b.jpg", "c.jpg", "d.jpg"]}, ("outside", 2, "image")),
        ({"image": ["a.jpg", "/etc/b.jpg", "c.jpg", "d.jpg"]}, ("absolute_path", 2, "image")),
        ({"image": ["a.jpg", "C:\\b.jpg", "c.jpg", "d.jpg"]}, ("absolute_path", 2, "image")),
        ({"image": ["a.jpg", "b.txt", "c.jpg", "d.jpg"]}, ("no_picture_name", 2, "image")),
        ({"image": ["a.jpg", "b_overlay.png", "c.jpg", "d.jpg"]}, ("own_drawing", 2, "image")),
        ({"image": ["a.jpg", "b.jpg", "c.jpg", "./b.jpg"]}, ("file_twice", 4, "image")),
        ({"image": ["=A1", "b.jpg", "c.jpg", "d.jpg"]}, ("formula", 1, "image")),
        ({"area_mask": ["", "", "m.png", ""]}, ("not_found", 3, "area_mask")),
        ({"um_per_px": ["5", "5 um", "5", "5"]}, ("no_number", 2, "um_per_px")),
        ({"um_per_px": ["5", "1e999", "5", "5"]}, ("no_number", 2, "um_per_px")),
        ({"um_per_px": [5, -5, 5, 5]}, ("out_of_range", 2, "um_per_px")),
        ({"um_per_px": [5, 0.005, 5, 5]}, ("out_of_range", 2, "um_per_px")),
        ({"um_per_px": [5, 61, 5, 5]}, ("out_of_range", 2, "um_per_px")),
        ({"um_per_px": [5, 0.4, 5, 5]}, ("out_of_range", 2, "um_per_px")),
        ({"um_per_px": ["=1+4", 5, 5, 5]}, ("formula", 1, "um_per_px")),
        ({"px_per_mm": [200, 0, 200, 200]}, ("out_of_range", 2, "px_per_mm")),
        ({"um_per_px": [5] * 4, "field_width_mm": [None, 10, None, None]}, ("two_scales", 2, "um_per_px")),
        ({"scale_error": [None, 0.02, None, None]}, ("error_without_scale", 2, "scale_error")),
        ({"area": ["", "circle=5,5", "", ""]}, ("area", 2, "area")),
        ({"area": ["", "circle=5,5,-1", "", ""]}, ("area", 2, "area")),
        ({"date": ["2024-01-01", "25.03.2024", "", ""]}, ("no_date", 2, "date")),
        ({"date": ["2024-01-01", "2024-02-30", "", ""]}, ("no_such_day", 2, "date")),
        ({"date": ["2024-03-25", "2024-01-01", "", ""]}, ("date_order", 2, "date")),
        ({"date": ["2024-03-25", "2024-03-25", "", ""]}, ("same_day", 2, "date")),
        ({"arm": ["A", "B", "B", "B"]}, ("two_values_of_arm", 2, "arm")),
        ({"arm": ["A", "", "B", "B"]}, ("missing_cell", 2, "arm")),
        ({"arm": ["A", "A", "a", "a"]}, ("two_spellings", 3, "arm")),
        ({"center": ["X", "Y", "X", "X"]}, ("two_values_of_center", 2, "center")),
        ({"alopecia_type": ["FPHL", "AGA", "", ""]}, ("two_values_of_alopecia_type", 2, "alopecia_type")),
        ({"visit": ["baseline", "week 12", "week 12", "week 24"]}, ("no_baseline", 3, "visit")),
        ({"control_site": ["occiput", "", "", ""]}, ("no_such_site", 1, "control_site")),
        ({"control_site": ["scalp", "", "", ""]}, ("own_control", 1, "control_site")),
        ({"replicate": ["1", "0", "1", "1"]}, ("no_count", 2, "replicate")),
        ({"patient": ["P1"] * 4, "replicate": [1, 1, 2, 1]}, ("picture_twice", 4, "replicate")),
        ({"patient": ["P1"] * 4, "replicate": [1, 1, 2, None]}, ("no_replicate", 4, "replicate")),
        ({"patient": ["P1", "P1", "Anna Example", "Anna Example"]}, ("identity", 3, "patient")),
        ({"patient": ["P1", "P1", "Anna", "Anna"]}, ("identity", 3, "patient")),
        ({"patient": ["P1", "P1", "a@b.org", "a@b.org"]}, ("identity", 3, "patient")),
        ({"patient": ["P1", "P1", "1980-02-28", "1980-02-28"]}, ("identity", 3, "patient")),
        ({"patient": ["P1", "P1", "28.02.1980", "28.02.1980"]}, ("identity", 3, "patient")),
        ({"x_birth_date": ["1"] * 4}, ("identity", None, "x_birth_date")),
        ({"patient": ["007", "007", "7", "7"]}, ("two_spellings", 3, "patient")),
        ({"patient": ["P1", "P1", "P2", "1.2E+11"]}, ("mangled", 4, "patient")),
        ({"patient": ["P1", "P1", "P2", "01-Feb"]}, ("mangled", 4, "patient")),
        ({"date": ["1900-01-01", "", "", ""]}, ("no_such_day", 1, "date")),
        ({"date": ["0024-03-01", "", "", ""]}, ("no_such_day", 1, "date")),
        ({"device_profile": ["", "nobody's camera", "", ""]}, ("device_profile", 2, "device_profile")),
        ({"device_profile": ["", "", "c.jpg", ""]}, ("device_profile", 3, "device_profile")),
        ({"needle_depth_mm": [1500, 1, 1, 1]}, ("out_of_range", 1, "needle_depth_mm")),
        ({"sessions": [1.5, 1, 1, 1]}, ("out_of_range", 1, "sessions")),
        ({"interval_days": [0, 1, 1, 1]}, ("out_of_range", 1, "interval_days")),
        ({"week": [0, 12, 0, 13]}, ("two_weeks", 4, "week")),
        ({"um_per_pixel": [5] * 4}, ("unknown_column", None, "um_per_pixel")),
        ({"file": ["d.jpg"] * 4}, ("column_twice", None, "image")),
    ],
)
def test_each_fault_is_found_where_it_is_and_alone(faults_of, columns, expected):
    found = faults_of(**columns)
    assert expected in found
    # What follows from it may be noted too, e.g. an empty patient; a row that is not touched may not.
    assert {row for code, row, _ in found if code == expected[0]} == {expected[1]}


@pytest.mark.parametrize("code", ["P021", "S01-17", "1001", "AB", "GE-003", "subject 12", "B7"])
def test_codes_are_no_names(faults_of, code):
    assert faults_of(patient=["P1", "P1", code, code]) == []


def test_an_empty_column_is_one_fault(faults_of):
    assert faults_of(visit=[""] * 4) == [("missing_cell", None, "visit")]


def test_what_only_warns_does_not_stop(tmp_path):
    (tmp_path / "a.jpg").touch()
    path = tmp_path / "m.csv"
    path.write_text("image,patient,visit\na.jpg,Anna,week 12\n")
    manifest, faults = check_manifest(path)
    assert {fault.code for fault in faults} == {"identity", "no_baseline"}
    assert all(fault.level is Level.WARNING for fault in faults)
    assert manifest.warnings == faults


def test_missing_and_unknown_columns_name_the_nearest(tmp_path):
    (tmp_path / "a.jpg").touch()
    path = tmp_path / "m.csv"
    path.write_text("imgae,patient,visit,color\na.jpg,P1,v1,red\n")
    faults = {(fault.code, fault.column): fault.remedy for fault in check_manifest(path)[1]}
    assert ("missing_column", "image") in faults
    assert faults["unknown_column", "imgae"].startswith("did you mean image?")
    assert faults["unknown_column", "color"].startswith("rename it to x_color")


def test_a_name_that_differs_by_case_alone_is_told(tmp_path):
    (tmp_path / "IMG.JPG").touch()
    path = tmp_path / "m.csv"
    path.write_text("image,patient,visit\nimg.jpg,P1,v1\n")
    (fault,) = check_manifest(path)[1]
    assert fault.what == "'img.jpg' is not there, but 'IMG.JPG' is"


def test_a_cell_too_many_is_a_number_with_a_comma(tmp_path):
    (tmp_path / "a.jpg").touch()
    path = tmp_path / "m.csv"
    path.write_text("image,patient,visit,um_per_px\na.jpg,P1,v1,5,25\n")
    (fault,) = check_manifest(path)[1]
    assert (fault.code, fault.row, fault.line) == ("too_many_cells", 1, 2)
    assert "semicolons" in fault.remedy


def test_the_same_bytes_under_two_names_are_found_by_hash_alone(faults_of, tmp_path):
    (tmp_path / "d.jpg").write_text("a")
    assert faults_of() == []
    assert faults_of(by_hash=True) == [("same_content", 4, "image")]


def test_hashes_of_a_run_are_compared_without_reading():
    rows = pd.DataFrame({name: ["x", "y", "z"] for name in ("image", "patient", "site", "visit")})
    rows = rows.assign(row=[1, 2, 3], line=np.nan)
    log = FaultLog()
    refuse_same_contents(rows, {1: "11", 3: "11"}, log)
    (fault,) = log
    assert (fault.row, fault.what) == (3, "'z' is byte for byte 'x' of row 1 (x, x, x)")
