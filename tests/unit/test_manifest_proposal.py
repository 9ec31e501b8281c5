"""What `study init` reads from names and headers, and what it leaves empty."""

import csv
import io

import pytest
from PIL import Image

from hairdensity.errors import InputError
from hairdensity.study.manifest import check_manifest
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


def pictures(top, *paths):
    """Files with contents of their own."""
    touch(top, *paths)
    for path in paths:
        (top / path).write_text(path)


def checked(folder, **settings):
    """Codes of the faults, not warnings, that a check finds in what is proposed."""
    (folder / "manifest.csv").write_bytes(propose_manifest(folder, **settings).csv())
    return [fault.code for fault in check_manifest(folder / "manifest.csv")[1] if fault.level == "fault"]


def test_one_week_gets_its_most_frequent_name(tmp_path):
    pictures(tmp_path, "P1/bl/a.jpg", "P2/w0/a.jpg", "P3/baseline/a.jpg", "P4/w0/a.jpg", "P1/week 4/a.jpg")
    pictures(tmp_path, *(f"P{place}/w4/a.jpg" for place in (2, 3)))
    proposal = propose_manifest(tmp_path)
    assert proposal.rows[["patient", "visit", "week"]].to_numpy().tolist() == [
        ["P1", "w0", "0"],
        ["P1", "w4", "4"],
        ["P2", "w0", "0"],
        ["P2", "w4", "4"],
        ["P3", "w0", "0"],
        ["P3", "w4", "4"],
        ["P4", "w0", "0"],
    ]
    assert [note for note in proposal.notes if note.startswith("visit:")] == [
        "visit: baseline is written w0, the most frequent name of that visit: P3/baseline/a.jpg",
        "visit: bl is written w0, the most frequent name of that visit: P1/bl/a.jpg",
        "visit: week 4 is written w4, the most frequent name of that visit: P1/week 4/a.jpg",
    ]
    assert checked(tmp_path) == []


def test_two_names_of_a_visit_with_one_patient_are_pointed_out(tmp_path):
    pictures(tmp_path, "P1/bl/a.jpg", "P1/w0/b.jpg", "P2/w0/a.jpg")
    proposal = propose_manifest(tmp_path)
    assert set(proposal.rows["visit"]) == {"w0"}
    assert any(note.endswith("P1 has both: check that it was one visit") for note in proposal.notes)
    assert checked(tmp_path) == []


def test_codes_are_one_where_letter_case_alone_differs(tmp_path):
    pictures(tmp_path, "S02/w0/a.jpg", "S02/w4/a.jpg", "s02/w8/a.jpg", "S-02/w0/a.jpg")
    proposal = propose_manifest(tmp_path)
    assert proposal.rows["patient"].tolist() == ["S-02", "S02", "S02", "S02"]
    assert "patient: s02 is written S02, the most frequent spelling: s02/w8/a.jpg" in proposal.notes
    # More than case: only a person can tell.
    assert any(note.startswith("patient: 'S-02' is spelled 'S02' elsewhere; left as it is") for note in proposal.notes)
    assert checked(tmp_path) == ["two_spellings"]


def test_spellings_in_a_pattern_are_unified_too_and_numbered_baselines_are_not(tmp_path):
    pictures(tmp_path, *(f"{arm}/P{place}/Pre/a.jpg" for place, arm in enumerate(("Gel", "gel", "Gel"))))
    settings = {"pattern": "{arm}/{patient}/{visit}"}
    assert set(propose_manifest(tmp_path, **settings).rows["arm"]) == {"Gel"}
    assert checked(tmp_path, **settings) == []
    pictures(tmp_path, "Gel/P0/Baseline 1/a.jpg", "Gel/P0/Baseline 2/a.jpg")
    visits = set(propose_manifest(tmp_path, **settings).rows["visit"])
    assert visits == {"Pre", "Baseline 1", "Baseline 2"}


@pytest.mark.parametrize(
    "paths",
    [
        ("S01_vertex_BL_1.jpg", "s01_Vertex_w0_1.jpg", "S01_vertex_W12.JPG", "S02-vertex-w12.jpg"),
        ("P1/v1/a.jpg", "P1/visit 1/b.jpg", "P1/V02/a.jpg", "P2/visit 2/a.jpg"),
        ("P1/month 3/a.jpg", "P2/m3/a.jpg", "P1/screening/a.jpg", "P1/M0/a.jpg", "P2/baseline/a.jpg"),
        ("P1/day 84/a.jpg", "P2/week 12/a.jpg", "P3/wk12/a.jpg", "P3/day0/a.jpg"),
        ("Anna/a.jpg", "IMG_0001.jpg"),
    ],
)
def test_what_is_proposed_passes_a_check_but_for_what_is_to_be_filled_in(paths, tmp_path):
    pictures(tmp_path, *paths)
    assert set(checked(tmp_path)) <= {"missing_cell"}
