"""A raw export of REDCap: events, repeating instruments and data access groups."""

import pytest

from hairdensity.study.manifest import check_manifest, read_manifest

LONGITUDINAL = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,arm,image,site,\
um_per_px,x_age,x_pain,demographics_complete
1,baseline_arm_1,,,berlin,mn,,,,33,,2
1,baseline_arm_1,pictures,1,berlin,,a.jpg,vertex,5,,2,
1,week_12_arm_1,pictures,1,berlin,,b.jpg,vertex,5,,1,
2,baseline_arm_1,,,paris,minox,,,,41,,2
2,baseline_arm_1,pictures,1,paris,,c.jpg,vertex,5,,3,
2,week_12_arm_1,pictures,1,paris,,d.jpg,vertex,,,,
"""


@pytest.fixture
def write(tmp_path):
    for name in "abcd":
        (tmp_path / f"{name}.jpg").touch()

    def to_file(text):
        path = tmp_path / "export.csv"
        path.write_text(text)
        return path

    return to_file


def test_fields_of_one_event_hold_for_the_record_and_measured_ones_do_not(write):
    rows = read_manifest(write(LONGITUDINAL)).rows
    assert rows["row"].tolist() == [2, 3, 5, 6]
    assert rows["visit"].tolist() == ["baseline", "week 12"] * 2
    assert rows["week"].tolist() == [0.0, 12.0] * 2
    assert rows["arm"].tolist() == ["mn", "mn", "minox", "minox"]
    assert rows["center"].tolist() == ["berlin", "berlin", "paris", "paris"]
    assert rows["x_age"].tolist() == [33.0, 33.0, 41.0, 41.0]
    # Pain was asked at each visit, and a scale belongs to its picture: their gaps stay.
    assert rows["x_pain"].isna().tolist() == [False, False, False, True]
    assert rows["um_per_px"].isna().tolist() == [False, False, False, True]
    assert not [name for name in rows if name.startswith("redcap")]


def test_arms_of_redcap_are_the_arms_where_no_field_states_them(write):
    path = write(
        "record_id,redcap_event_name,image\n1,baseline_arm_1,a.jpg\n1,week_4_arm_1,b.jpg\n2,baseline_arm_2,c.jpg\n"
    )
    manifest, faults = check_manifest(path)
    assert [fault.code for fault in faults] == ["redcap_arm"]
    assert manifest.rows["arm"].tolist() == ["arm 1", "arm 1", "arm 2"]
    assert manifest.rows["visit"].tolist() == ["baseline", "week 4", "baseline"]


def test_other_fields_of_the_project_warn_unless_a_name_was_meant(write):
    header, body = LONGITUDINAL.split("\n", 1)
    body = body.replace("\n", ",x\n")
    manifest, faults = check_manifest(write(f"{header},consent_signed\n{body}"))
    assert manifest is not None
    assert [(fault.code, fault.level.value) for fault in faults] == [("unknown_column", "warning")]
    manifest, faults = check_manifest(write(f"{header},alopecia_typ\n{body}"))
    assert manifest is None
    assert "did you mean alopecia_type?" in faults[0].remedy


def test_a_record_with_two_arms_is_refused(write):
    _, faults = check_manifest(write(LONGITUDINAL.replace("berlin,,b.jpg", "berlin,minox,b.jpg")))
    assert [(fault.code, fault.row) for fault in faults] == [("two_values_of_arm", 3)]
