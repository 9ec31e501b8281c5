import csv
import json
from dataclasses import fields
from importlib import resources

import pytest

from hairdensity.errors import StorageError
from hairdensity.files import write_whole
from hairdensity.flags import ImageFlag
from hairdensity.metrics import Metrics
from hairdensity.report.document import ImageError, describe, document, document_lines
from hairdensity.report.schema import FILE_NAME, schema_text
from hairdensity.report.tables import hair_rows, ostium_rows, unit_rows, write_tables
from hairdensity.tables import HAIRS, OSTIA, UNITS

ERROR = ImageError("bad.jpg", "truncated", "the file ends early")


def schema():
    return json.loads(resources.files("hairdensity.report").joinpath("analysis-1.schema.json").read_text())


def test_a_hair_stands_in_the_document_with_rounded_numbers_and_named_flags(make_analysis):
    hairs = describe(make_analysis())["hairs"]
    assert hairs[0] == {
        "hair_id": 0,
        "unit_id": 0,
        "root_px": [50.0, 50.0],
        "tip_px": [80.13, 50.0],
        "centerline_px": [[50.0, 50.0], [60.0, 50.0], [80.13, 50.0]],
        "length_um": 150.64,
        "diameter_um": 60.0,
        "diameter_low_um": 55.0,
        "diameter_high_um": 65.0,
        "diameter_se_um": 1.5,
        "hair_probability": 0.95,
        "in_area": True,
        "flags": [],
    }
    assert hairs[2]["hair_probability"] is None
    assert hairs[2]["diameter_um"] is None
    assert hairs[2]["flags"] == ["touches_border", "diameter_unsure"]


def test_figures_are_not_rounded_and_a_missing_bound_is_null(make_analysis):
    metrics = describe(make_analysis())["metrics"]
    assert metrics["density_per_cm2"] == {
        "value": 111.1,
        "low": 90.0,
        "high": None,
        "n": 2,
        "site_low": 80.0,
        "site_high": 150.0,
    }
    assert metrics["n_hairs"] == 2
    assert metrics["diameter_histogram"] == {"bin_um": 10.0, "counts": [0, 2, *[0] * 14]}
    assert list(metrics) == [field.name for field in fields(Metrics)]


def test_an_opening_stands_in_the_document(make_analysis):
    assert describe(make_analysis())["ostia"] == [
        {
            "ostium_id": 0,
            "kind": "yellow dot",
            "center_px": [60.12, 70.0],
            "diameter_um": 180.0,
            "confidence": 0.9,
            "in_area": True,
        }
    ]
    assert describe(make_analysis(with_hairs=False))["ostia"] == []


def test_picture_scale_and_area_are_described(make_analysis):
    result = describe(make_analysis(flags=ImageFlag.SMALL_AREA), path="folder/by_hand.png")
    assert result["image"]["path"] == "folder/by_hand.png"
    assert (result["image"]["width_px"], result["image"]["height_px"]) == (160, 120)
    assert result["calibration"] == {
        "um_per_px": 5.0,
        "relative_error": 0.02,
        "source": "given",
        "disagrees_with": None,
    }
    assert result["target_area"]["kind"] == "rectangle"
    assert result["target_area"]["area_inch2"] == pytest.approx(result["target_area"]["area_cm2"] / 6.4516)
    assert result["target_area"]["area_cm2"] == pytest.approx(7200 * 25e-8, rel=0.02)
    assert result["target_area"]["unreadable_fraction"] == pytest.approx(0.1, abs=0.005)
    assert result["flags"] == ["small_area"]


def test_without_a_scale_no_um_and_no_cm2_is_stated(make_analysis):
    result = describe(make_analysis(um_per_px=None))
    assert result["calibration"] is None
    assert result["target_area"]["area_cm2"] is None
    assert result["flags"] == ["uncalibrated"]
    assert result["metrics"]["n_hairs"] == 2
    assert result["metrics"]["median_diameter_px"]["value"] == 0.25
    del result["settings"], result["ostia"]
    physical = {name: value for name, value in _leaves(result) if name.endswith(("um", "cm2", "inch2"))}
    assert physical
    assert set(physical.values()) == {None}


def test_no_hairs_are_an_empty_list(make_analysis):
    assert describe(make_analysis(with_hairs=False))["hairs"] == []


def test_the_document_is_json_without_nan(make_analysis):
    whole = document([describe(make_analysis())], version="1.2.3", errors=[ERROR])
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole
    assert list(whole) == ["schema", "version", "model", "results", "errors"]
    assert (whole["schema"], whole["model"]) == ("hairdensity/analysis-1", None)
    assert whole["errors"] == [{"path": "bad.jpg", "code": "truncated", "message": "the file ends early"}]


@pytest.mark.parametrize("n_results", [0, 1, 3])
def test_text_from_parts_is_the_same_document(make_analysis, n_results):
    results = [describe(make_analysis(), path=f"{i}.png") for i in range(n_results)]
    lines = document_lines([json.dumps(result) for result in results], version="1", errors=[ERROR])
    assert json.loads("\n".join(lines)) == document(results, version="1", errors=[ERROR])


def test_the_schema_names_exactly_the_keys_of_the_document(make_analysis):
    described, parts = describe(make_analysis()), schema()["$defs"]["result"]["properties"]
    assert schema()["required"] == list(document([], version="1"))
    assert schema()["$defs"]["result"]["required"] == list(described)
    for part in ("image", "calibration", "target_area"):
        assert parts[part]["required"] == list(parts[part]["properties"]) == list(described[part])
    assert parts["hairs"]["items"]["required"] == list(described["hairs"][0])
    assert schema()["$defs"]["metrics"]["required"] == list(described["metrics"])
    assert parts["ostia"]["items"]["required"] == list(described["ostia"][0])


def test_the_schema_file_is_made_from_the_table_of_figures():
    assert resources.files("hairdensity.report").joinpath(FILE_NAME).read_text() == schema_text(), (
        "run python -m hairdensity.report.schema"
    )


@pytest.mark.parametrize("um_per_px", [5.0, None])
def test_the_document_fits_its_schema(make_analysis, um_per_px):
    jsonschema = pytest.importorskip("jsonschema")
    whole = document([describe(make_analysis(um_per_px=um_per_px))], version="1", errors=[ERROR])
    jsonschema.Draft202012Validator(schema()).validate(whole)
    whole["results"][0]["hairs"][0]["in_area"] = "yes"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(whole)


def test_tables_have_a_row_for_each_hair_unit_and_picture(make_analysis, tmp_path):
    analysis = make_analysis()
    write_tables(
        tmp_path / "new" / "folder",
        results=[describe(analysis, path="a,b.png")],
        hairs=[hair_rows(analysis, path="a,b.png")],
        units=[unit_rows(analysis, path="a,b.png")],
        ostia=[ostium_rows(analysis, path="a,b.png")],
        errors=[ERROR],
    )
    names = ("images", "hairs", "units", "ostia")
    images, hairs, units, ostia = (_read(tmp_path / "new" / "folder" / f"{name}.csv") for name in names)
    assert [row["image"] for row in images] == ["a,b.png", "bad.jpg"]
    assert (images[0]["density_per_cm2"], images[0]["density_per_cm2_high"], images[0]["n_hairs"]) == ("111.1", "", "2")
    assert images[1]["error_code"] == "truncated"
    assert list(hairs[0]) == ["image", "image_sha256", *(column.name for column in HAIRS)]
    assert list(units[0]) == ["image", "image_sha256", *(column.name for column in UNITS)]
    assert [row["flags"] for row in hairs] == ["", "crossing", "touches_border;diameter_unsure"]
    assert [row["diameter_um"] for row in hairs] == ["60", "40", ""]
    assert [row["n_hairs"] for row in units] == ["2", "1"]
    assert list(ostia[0]) == ["image", "image_sha256", *(column.name for column in OSTIA)]
    assert [row["kind"] for row in ostia] == ["yellow dot"]
    assert (images[0]["density_per_cm2_site_low"], images[0]["diameter_histogram_from_10um"]) == ("80.0", "2")
    assert (images[0]["area_kind"], images[0]["quality"]) == ("rectangle", describe(analysis)["quality"]["verdict"])


def test_tables_of_nothing_keep_their_columns(tmp_path):
    write_tables(tmp_path, results=[], hairs=[], units=[], errors=[])
    assert (tmp_path / "hairs.csv").read_text().startswith("image,image_sha256,hair_id,")
    assert "median_diameter_um_low" in (tmp_path / "images.csv").read_text()


def test_an_uncalibrated_picture_has_empty_cells(make_analysis, tmp_path):
    write_tables(tmp_path, results=[describe(make_analysis(um_per_px=None))], hairs=[], units=[], errors=[])
    (row,) = _read(tmp_path / "images.csv")
    assert (row["um_per_px"], row["density_per_cm2"], row["area_cm2"]) == ("", "", "")
    assert row["coverage_fraction"] == "0.25"


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_draft(tmp_path, monkeypatch):
    target = tmp_path / "table.csv"
    write_whole(target, b"old")
    monkeypatch.setattr("os.fsync", _no_space)
    with pytest.raises(StorageError, match="No space left"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def _no_space(_):
    raise OSError(28, "No space left on device")


def _read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _leaves(value, name=""):
    """Every number with the innermost key; the keys of an estimate count as its own name."""
    if isinstance(value, dict) and "n" not in value:
        for key, item in value.items():
            yield from _leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name)
    else:
        yield name, json.dumps(value) if isinstance(value, dict) else value
