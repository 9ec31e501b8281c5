import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment, Warp
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.flags import ChangeFlag
from hairdensity.report.change_document import change_document
from hairdensity.report.change_schemas import KINDS, file_name, schema_text
from hairdensity.report.change_wording import change_notes, main_rows, main_sentences
from hairdensity.report.document import ImageError


def schema(kind):
    return json.loads(resources.files("hairdensity.report").joinpath(file_name(kind)).read_text())


def is_valid(document, kind="change"):
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(schema(kind)).is_valid(document)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_the_one_that_the_tables_make(kind):
    assert schema(kind) == json.loads(schema_text(kind)), f"run python -m hairdensity.report.change_schemas {kind}"


@pytest.mark.parametrize("um_per_px", [5.0, None])
@pytest.mark.parametrize("is_registered", [True, False])
def test_every_kind_of_change_has_the_form_of_the_contract(make_change, um_per_px, is_registered):
    control = make_change(um_per_px=um_per_px)
    document = change_document(make_change(um_per_px=um_per_px, is_registered=is_registered, control=control))
    assert is_valid(document)
    assert not is_valid(document | {"registration": None})


def test_a_document_equals_itself_after_a_round_trip(make_change):
    document = change_document(make_change(control=make_change()))
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_registration_states_the_map_and_the_reason(make_change):
    accepted = change_document(make_change())["registration"]
    assert accepted["accepted"] is True
    assert accepted["matrix"] == [[1.0, 0.0, 4.0], [0.0, 1.0, -2.0]]
    assert (accepted["residual_um"], accepted["n_inliers"], accepted["overlap_cm2"]) == (12.5, 31, 0.38)
    assert accepted["texture_agreement"] is None
    refused = change_document(make_change(is_registered=False))["registration"]
    assert refused["accepted"] is False
    assert "photograph the marked site" in refused["reason"]


def test_a_warp_can_be_applied_as_it_stands_in_the_document(make_change):
    nodes = np.arange(24, dtype=float).reshape(3, 4, 2)
    warp = Warp(displacement_px=nodes, spacing_px=50.0)
    change = make_change()
    # Frozen and slotted: the hand-made registration is exchanged whole.
    registration = type(change.registration)(
        **{name: getattr(change.registration, name) for name in change.registration.__slots__}
        | {"alignment": Alignment(matrix=change.registration.alignment.matrix, warp=warp)}
    )
    object.__setattr__(change, "registration", registration)
    document = change_document(change)
    written = document["registration"]["warp"]
    assert np.array_equal(written["displacement_px"], nodes)
    assert written["spacing_px"] == 50.0
    assert is_valid(document)


def test_matches_have_nulls_where_there_is_no_partner(make_change):
    kept, lost, new, outside = change_document(make_change())["matches"]
    assert (kept["fate"], kept["baseline_hair_id"], kept["follow_up_hair_id"]) == ("kept", 0, 0)
    assert kept["diameter_change_um"] == 8.13
    assert (lost["fate"], lost["follow_up_hair_id"], lost["diameter_change_um"]) == ("lost", None, None)
    assert (new["fate"], new["baseline_hair_id"]) == ("new", None)
    assert outside["in_area"] is False


def test_the_summary_counts_the_common_area_alone(make_change):
    summary = change_document(make_change())["summary"]
    assert (summary["n_kept"], summary["n_lost"], summary["n_new"]) == (1, 1, 1)
    assert (summary["n_thicker"], summary["n_thinner"]) == (1, 0)
    assert (summary["n_units_kept"], summary["n_units_reactivated"]) == (1, 1)


def test_a_difference_states_value_interval_and_verdict(make_change):
    document = change_document(make_change())
    density = document["change"]["density_per_cm2"]
    assert (density["value"], density["low"], density["high"]) == (14.0, 4.0, 24.0)
    assert density["verdict"] == "increase"
    assert document["unmatched"]["density_per_cm2"]["verdict"] == "within noise"
    assert document["change"]["erythema_index"]["value"] is None
    assert document["change"]["erythema_index"]["verdict"] is None


def test_the_headline_says_verdict_interval_and_fates(make_change):
    headline = change_document(make_change())["headline"]
    assert headline.startswith("Hair density: increase, +14 /cm² (+4 to +24), +9 %; registered on ")
    assert headline.endswith("1 hair kept, 1 lost, 1 new")
    assert "not registered" in change_document(make_change(is_registered=False))["headline"]
    assert "no change per cm²" in change_document(make_change(um_per_px=None))["headline"]


def test_the_headline_says_that_there_is_nothing_to_compare(make_change):
    same = change_document(make_change(flags=ChangeFlag.SAME_PICTURE))["headline"]
    assert same.endswith("both visits are the same file, so there is nothing to compare")


def test_other_skin_gets_no_verdict_whatever_its_numbers(make_change):
    refused = change_document(make_change(is_registered=False))
    assert refused["change"]["density_per_cm2"]["verdict"] == "increase"
    assert {row.verdict for row in main_rows(refused)} == {"no verdict"}
    assert not any("increase" in sentence for sentence in main_sentences(refused))


def test_a_missing_verdict_is_explained(make_change):
    change = make_change()
    density = replace(change.differences["density_per_cm2"], low=np.nan, high=np.nan, verdict=None)
    silent = replace(change, differences=dict(change.differences) | {"density_per_cm2": density})
    notes = [note.sentence for note in change_notes(change_document(silent))]
    assert any("leave out --method ridges" in sentence for sentence in notes)
    # The hand-made analyses know no model; with a verdict there is nothing to explain.
    assert not list(change_notes(change_document(change)))


def test_a_refusal_is_explained_once(make_change):
    document = change_document(make_change(is_registered=False))
    assert document["flags"] == ["not_registered"]
    assert [note.about for note in change_notes(document)] == ["Registration"]


def test_paths_flags_and_errors_are_those_that_were_given(make_change):
    error = ImageError("c.jpg", "truncated", "ends early")
    change = make_change(flags=ChangeFlag.FOCUS_DIFFERS | ChangeFlag.DYE_DIFFERS)
    document = change_document(change, paths=("a.jpg", "b.jpg"), errors=[error])
    assert document["images"]["baseline"]["image"]["path"] == "a.jpg"
    assert document["images"]["follow_up"]["image"]["path"] == "b.jpg"
    assert document["flags"] == ["focus_differs", "dye_differs"]
    assert document["errors"] == [{"path": "c.jpg", "code": "truncated", "message": "ends early"}]
    assert is_valid(document)


def test_the_settings_are_those_of_the_change(make_change):
    settings = ComparisonSettings(change=ChangeSettings(least_overlap=0.25))
    document = change_document(make_change(settings=settings))
    assert document["settings"]["change"]["least_overlap"] == 0.25
    assert change_document(make_change())["settings"]["change"]["least_overlap"] == 0.5


def test_a_failure_needs_an_error(make_change):
    failure = {"schema": "hairdensity/change-1", "version": "1", "errors": []}
    assert not is_valid(failure)
    assert is_valid(failure | {"errors": [{"path": "a", "code": "b", "message": "c"}]})
