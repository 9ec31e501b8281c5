import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hairdensity.errors import InputError
from hairdensity.scoring import Request
from hairdensity.study.columns import MANIFEST
from hairdensity.study.keys import analysis_text, compare_key, hash_of, request_text, score_key
from hairdensity.study.planning import Shard, plan_study

_MISSING = {"object": "", "float64": math.nan, "Int64": 1}
FOLDER = Path("/study")


def rows(*records):
    """A checked manifest: what a record leaves out is missing."""
    empty = {column.name: _MISSING[column.dtype] for column in MANIFEST}
    return pd.DataFrame(
        [empty | {"row": row, "image": f"{row}.jpg"} | record for row, record in enumerate(records, start=1)]
    )


def visit(patient, number, **more):
    return {"patient": patient, "site": "vertex", "visit": f"v{number}", "visit_number": number, **more}


def plan(*records, folder=FOLDER):
    return plan_study(rows(*records), folder=folder, request=Request(method="ridges"))


def numbers(site):
    return [(pair.baseline.row, pair.follow_up.row) for pair in site.pairs]


def test_sites_come_by_patient_with_their_pictures_in_the_manifests_order():
    sites = plan(visit("B", 0), visit("A", 1), visit("A", 0), visit("A", 0, site="front"))
    assert [(site.patient, site.name) for site in sites] == [("A", "front"), ("A", "vertex"), ("B", "vertex")]
    assert [picture.row for picture in sites[1].pictures] == [2, 3]
    assert sites[1].pictures[0].path == FOLDER / "2.jpg"


def test_each_follow_up_is_compared_with_the_baseline():
    (site,) = plan(visit("A", 0), visit("A", 1), visit("A", 2))
    assert numbers(site) == [(1, 2), (1, 3)]


def controls(site):
    return [
        (pair.follow_up.row, None if pair.control is None else (pair.control.baseline.row, pair.control.follow_up.row))
        for pair in site.pairs
    ]


def test_a_control_site_is_of_the_same_two_visits_and_its_patient_is_taken_together():
    treated = {"control_site": "occiput"}
    (site, other) = plan(
        visit("A", 0, **treated),
        visit("A", 1, week=12, **treated),
        visit("A", 2, week=24, **treated),
        visit("A", 0, site="occiput"),
        visit("A", 1, site="occiput", week=24, visit="v2"),
        visit("B", 0, site="occiput"),
    )
    assert [picture.row for picture in site.pictures] == [4, 5, 1, 2, 3]
    assert controls(site) == [(5, None), (2, None), (3, (4, 5))]
    assert other.patient == "B"


def test_a_control_of_the_same_replicate_else_the_first():
    (site,) = plan(
        *(visit("A", number, replicate=r, control_site="occiput") for number in (0, 1) for r in (1, 2, 3)),
        *(visit("A", number, replicate=r, site="occiput") for number in (0, 1) for r in (1, 2)),
    )
    assert controls(site)[2:] == [(4, (7, 9)), (5, (8, 10)), (6, (7, 9))]


def test_replicates_are_compared_with_their_own_baseline_else_with_the_first():
    (site,) = plan(
        visit("A", 0, replicate=2),
        visit("A", 0, replicate=1),
        visit("A", 1, replicate=1),
        visit("A", 1, replicate=2),
        visit("A", 1, replicate=3),
    )
    assert numbers(site) == [(2, 3), (1, 4), (2, 5)]


def test_without_a_baseline_nothing_is_compared():
    (site,) = plan(visit("A", 1), visit("A", 2))
    assert site.pairs == ()


def test_a_row_states_scale_and_area_of_its_picture(tmp_path):
    (tmp_path / "camera.json").write_text("{}")
    (site,) = plan(
        visit("A", 0, um_per_px=5.0, scale_error=0.01, area="circle=1,1,1mm"),
        visit("A", 1, device_profile="camera.json", area_mask="mask.png"),
        visit("A", 2, device_profile="my camera", ruler_tick_mm=1.0),
        folder=tmp_path,
    )
    asked = [picture.request for picture in site.pictures]
    base = Request(method="ridges")
    assert asked[0] == replace(base, um_per_px=5.0, relative_error=0.01, area="circle=1,1,1mm")
    assert asked[1] == replace(base, device_profile=str(tmp_path / "camera.json"), area_mask=tmp_path / "mask.png")
    assert asked[2] == replace(base, device_profile="my camera", tick_mm=1.0)


def test_shards_part_the_patients_and_miss_none():
    sites = plan(*(visit(f"P{i}", number) for i in range(7) for number in (0, 1)))
    parts = [Shard.parse(f"{i}/3").of(sites) for i in (1, 2, 3)]
    assert [[site.patient for site in part] for part in parts] == [["P0", "P3", "P6"], ["P1", "P4"], ["P2", "P5"]]
    assert Shard.parse("1/1").of(sites) == sites


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "-1/2", "1/0"])
def test_a_shard_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="i/n"):
        Shard.parse(text)


def settings_of(**more):
    request = Request(method="ridges", **more)
    return hash_of(request_text(request, analysis_sha256=hash_of(analysis_text(request))))


def test_what_changes_a_result_changes_its_settings_hash(tmp_path):
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"one")
    other = tmp_path / "other.png"
    other.write_bytes(b"two")
    asked = [
        {},
        {"um_per_px": 5.0},
        {"px_per_mm": 200.0},
        {"relative_error": 0.1, "um_per_px": 5.0},
        {"tick_mm": 1.0},
        {"area": "circle=1,1,1mm"},
        {"area_mask": mask},
        {"area_mask": other},
        {"device": "cuda"},
    ]
    assert len({settings_of(**more) for more in asked}) == len(asked)
    assert settings_of() != hash_of(request_text(Request(), analysis_sha256=hash_of(analysis_text(Request()))))


def test_names_and_outputs_change_no_settings_hash(tmp_path):
    same = tmp_path / "a.png", tmp_path / "b.png"
    for path in same:
        path.write_bytes(b"one")
    assert settings_of(area_mask=same[0]) == settings_of(area_mask=same[1])
    assert settings_of(overlay_folder=tmp_path, with_tables=True, model="a name") == settings_of()


def test_keys_tell_their_parts_apart():
    parts = {"image_sha256": "a", "settings_sha256": "b", "model_sha256": "c"}
    keys = {score_key(**parts), *(score_key(**parts | {name: "z"}) for name in parts)}
    assert len(keys) == 4
    pair = {"baseline_key": "x", "follow_up_key": "y", "settings_sha256": "s"}
    assert compare_key(**pair) != compare_key(**pair | {"baseline_key": "y", "follow_up_key": "x"})
    assert compare_key(**pair) != compare_key(**pair, control_keys=["c", "d"])
