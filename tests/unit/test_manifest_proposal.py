"""What `study init` reads from names and headers, and what it leaves empty."""

import csv
import io

import pytest
from PIL import Image

from hairdensity.errors import InputError
from hairdensity.study.proposal import propose_manifest
from hairdensity.study.proposal.guessing import guess_fields
from hairdensity.study.proposal.pattern import PathPattern


def touch(top, *paths):
    for path in paths:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).touch()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("P001/vertex/week 12/img.jpg", {"patient": "P001", "site": "vertex", "visit": "week 12"}),
        ("P001_vertex_w12_1.jpg", {"patient": "P001", "site": "vertex", "visit": "w12", "replicate": "1"}),
        ("S01-V2-2024-03-01.png", {"patient": "S01", "visit": "v2", "date": "2024-03-01"}),
        ("01-003/Baseline/IMG_0123.JPG", {"patient": "01-003", "visit": "baseline"}),
        ("subject 7/left temple/month_6.tif", {"patient": "subject 7", "site": "left temple", "visit": "month 6"}),
        ("P2/20240301_crown.jpg", {"patient": "P2", "date": "2024-03-01", "site": "crown"}),
        ("20241399/x.jpg", {"patient": "20241399"}),
        ("holiday.jpg", {}),
        ("DSC00012.jpg", {}),
    ],
)
def test_names_tell_what_they_say_and_nothing_more(path, fields):
    *folders, name = path.split("/")
    assert guess_fields([*folders, name.rsplit(".", 1)[0]]) == fields


def test_rows_are_sorted_by_patient_site_and_week_with_empty_scales(tmp_path):
    touch(tmp_path, *(f"P2/vertex/{v}/a.jpg" for v in ("week 12", "week 4", "baseline")), "P1/vertex/baseline/a.jpg")
    proposal = propose_manifest(tmp_path)
    columns = ["image", "patient", "site", "visit", "week"]
    assert proposal.rows[columns].to_numpy().tolist() == [
        ["P1/vertex/baseline/a.jpg", "P1", "vertex", "baseline", "0"],
        ["P2/vertex/baseline/a.jpg", "P2", "vertex", "baseline", "0"],
        ["P2/vertex/week 4/a.jpg", "P2", "vertex", "week 4", "4"],
        ["P2/vertex/week 12/a.jpg", "P2", "vertex", "week 12", "12"],
    ]
    assert (proposal.rows["um_per_px"] == "").all()
    assert any(note.startswith("fill in um_per_px (all rows)") for note in proposal.notes)


def test_levels_that_look_like_arms_are_read_when_told(tmp_path):
    touch(tmp_path, "Minoxidil/P1/baseline/a.jpg", "Needles/P2/baseline/a.jpg")
    guessed = propose_manifest(tmp_path)
    assert set(guessed.rows["arm"]) == {""}
    assert any("--arm-level 1" in note for note in guessed.notes)
    told = propose_manifest(tmp_path, arm_level=1)
    assert told.rows[["arm", "patient"]].to_numpy().tolist() == [["Minoxidil", "P1"], ["Needles", "P2"]]


def test_a_pattern_is_taken_by_its_word(tmp_path):
    touch(tmp_path, "A/anna/top/v 1_2.jpg", "lost.jpg")
    proposal = propose_manifest(tmp_path, pattern="{arm}/{patient}/{site}/v {visit}_{replicate}")
    fields = ["image", "arm", "patient", "site", "visit", "replicate"]
    rows = {row[0]: row[1:] for row in proposal.rows[fields].to_numpy().tolist()}
    assert rows["A/anna/top/v 1_2.jpg"][:4] == ["A", "anna", "top", "1"]
    assert rows["lost.jpg"] == [""] * 5
    assert "1 pictures do not fit the pattern, e.g. lost.jpg" in proposal.notes


def test_a_pattern_shorter_than_the_path_reads_the_first_folders():
    pattern = PathPattern("{patient}/{}/{visit}")
    assert pattern.read(["P1", "x", "w4", "a"]) == {"patient": "P1", "visit": "w4"}
    assert pattern.read(["P1", "x"]) is None


@pytest.mark.parametrize("text", ["patient/visit", "{patient}/{name}", "{patient}/{patient}", "{patient", "{a b}", ""])
def test_what_is_no_pattern_is_refused_with_the_form(text):
    with pytest.raises(InputError, match="in braces"):
        PathPattern(text)


def test_numbers_that_do_not_number_the_pictures_are_no_replicates(tmp_path):
    touch(tmp_path, "P1_w0_1.jpg", "P1_w0_2.jpg")
    assert propose_manifest(tmp_path).rows["replicate"].tolist() == ["1", "2"]
    touch(tmp_path, "P1_w0_1.png")
    proposal = propose_manifest(tmp_path)
    assert set(proposal.rows["replicate"]) == {""}
    assert any(note.startswith("replicate: left empty") for note in proposal.notes)


def test_the_camera_tells_the_day_unless_the_name_does(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2024:03:01 12:00:00"
    changed = Image.Exif()
    changed[0x0132] = "2025:01:01 12:00:00"
    picture = Image.new("RGB", (8, 8))
    picture.save(tmp_path / "P1_w0.jpg", exif=exif)
    picture.save(tmp_path / "P2_w0_2024-02-01.jpg", exif=exif)
    picture.save(tmp_path / "P3_w0.jpg", exif=changed)
    (tmp_path / "P4_w0.jpg").write_bytes(b"\xff\xd8\xff\xe1broken")
    proposal = propose_manifest(tmp_path)
    assert proposal.rows["date"].tolist() == ["2024-03-01", "2024-02-01", "", ""]
    assert any("EXIF" in note and "1 pictures" in note for note in proposal.notes)
    assert any("contradicts" in note for note in proposal.notes)


def test_no_cell_is_a_formula_and_no_path_leads_out(tmp_path):
    touch(tmp_path, "=cmd/@P1/+x/a.jpg")
    proposal = propose_manifest(tmp_path, pattern="{arm}/{patient}/{site}")
    table = list(csv.DictReader(io.StringIO(proposal.csv().decode("utf-8-sig"))))
    assert not [cell for row in table for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert table[0]["image"] == "./=cmd/@P1/+x/a.jpg"
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(InputError, match="or above it"):
        propose_manifest(tmp_path / "=cmd", beside=tmp_path / "elsewhere")


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no picture"):
        propose_manifest(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        propose_manifest(tmp_path / "none")
