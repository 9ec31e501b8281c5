"""Corrections of an analysis: each kind of edit worked by hand on a grid of bars, and what holds for all of them."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hairdensity.comparison.change import compare
from hairdensity.correction import apply_edits, edit_values, parse_edits
from hairdensity.errors import InputError
from hairdensity.flags import HairFlag, ImageFlag
from hairdensity.report.change_document import change_document
from hairdensity.report.change_wording import picture_notes
from hairdensity.report.document import describe
from tests.bars import analyzed, picture
from tests.straight_hairs import straight, visit_of

N = 12
BELOW, RIGHT = np.array([30, 0]), np.array([0, 30])


@cache
def automatic():
    """Three rows of four bars of 40 um, 40 px long, 70 px apart."""
    found = analyzed(picture(3, 4))
    assert len(found.hairs) == N
    return found


def corrected(*edits, of=None):
    of = of or automatic()
    return apply_edits(of, parse_edits(list(edits), image_shape=of.image.pixels.shape[:2]))


def root(analysis, hair_id):
    return analysis.hairs.set_index("hair_id").loc[hair_id, ["root_row_px", "root_col_px"]].to_numpy(dtype=float)


def row(analysis, hair_id):
    return analysis.hairs.set_index("hair_id").loc[hair_id]


def path_of(analysis, hair_id):
    return analysis.centerlines.path(analysis.hairs["hair_id"].tolist().index(hair_id))


def test_no_edits_give_the_automatic_analysis_itself():
    assert apply_edits(automatic(), ()) is automatic()


def test_an_edit_that_changes_nothing_measures_the_same():
    # A polygon outside the area: the whole way of a correction, and no hair touched.
    again = corrected({"op": "unreadable", "polygon_px": [[0, 0], [0, 3], [3, 3]]})
    pd.testing.assert_frame_equal(again.hairs, automatic().hairs)
    pd.testing.assert_frame_equal(again.ostia, automatic().ostia)
    assert again.metrics == automatic().metrics
    assert {**describe(again), "edits": None} == {**describe(automatic()), "edits": None}


def test_a_deleted_hair_goes_and_the_others_keep_their_ids():
    found = corrected({"op": "delete", "hair_id": 5})
    assert found.hairs["hair_id"].tolist() == [*range(5), *range(6, N)]
    assert found.metrics.n_hairs == automatic().metrics.n_hairs - 1
    assert [hair["hair_id"] for hair in describe(found)["hairs"]] == [*range(5), *range(6, N)]


def test_a_hair_that_is_drawn_where_one_was_deleted_measures_the_same():
    path = path_of(automatic(), 5)
    drawn = path[[0, len(path) // 2, -1]] + np.array([[0, 0], [1.5, 0], [-1.5, 0]])
    found = corrected({"op": "delete", "hair_id": 5}, {"op": "add", "path_px": drawn.tolist()})
    hair, before = row(found, N), row(automatic(), 5)
    assert hair["flags"] == HairFlag.ADDED
    assert hair["hair_probability"] == 1.0
    assert hair["root_confidence"] == 1.0
    np.testing.assert_allclose(root(found, N), drawn[0])
    assert hair["diameter_um"] == pytest.approx(before["diameter_um"], abs=1.0)
    assert hair["length_um"] == pytest.approx(before["length_um"], rel=0.02)
    assert found.metrics.n_hairs == automatic().metrics.n_hairs


def test_a_hair_on_bare_skin_says_that_nothing_is_seen():
    where = root(automatic(), 5) + BELOW
    found = corrected({"op": "add", "path_px": [where.tolist(), (where + RIGHT).tolist()]})
    assert row(found, N)["flags"] & HairFlag.AS_DRAWN
    assert found.metrics.n_hairs == automatic().metrics.n_hairs + 1


def test_a_split_hair_is_two():
    path = path_of(automatic(), 5)
    found = corrected({"op": "split", "hair_id": 5, "at_px": path[len(path) // 2].tolist()})
    first, second = row(found, 5), row(found, N)
    assert first["length_um"] + second["length_um"] == pytest.approx(row(automatic(), 5)["length_um"], rel=0.01)
    np.testing.assert_allclose(root(found, 5), path[0])
    np.testing.assert_allclose(root(found, N), path[len(path) // 2], atol=1e-6)
    assert second["flags"] & HairFlag.ROOT_UNSURE
    assert not first["flags"] & HairFlag.ROOT_UNSURE
    assert first["flags"] & second["flags"] & HairFlag.CHANGED


def test_a_hair_is_not_split_at_its_end():
    with pytest.raises(InputError, match=r"edit 1 \(split\): hair 5 cannot be split at its end"):
        corrected({"op": "split", "hair_id": 5, "at_px": path_of(automatic(), 5)[-1].tolist()})


def test_split_and_merge_give_the_hair_back():
    path = path_of(automatic(), 5)
    found = corrected(
        {"op": "split", "hair_id": 5, "at_px": path[len(path) // 2].tolist()},
        {"op": "merge", "hair_id": 5, "with_hair_id": N},
    )
    assert found.hairs["hair_id"].tolist() == list(range(N))
    assert row(found, 5)["length_um"] == pytest.approx(row(automatic(), 5)["length_um"], rel=1e-6)
    assert row(found, 5)["diameter_um"] == pytest.approx(row(automatic(), 5)["diameter_um"], rel=1e-3)


def test_a_root_that_is_moved_to_the_tip_turns_the_hair():
    tip = path_of(automatic(), 5)[-1]
    found = corrected({"op": "move_root", "hair_id": 5, "to_px": tip.tolist()})
    np.testing.assert_allclose(root(found, 5), tip)
    np.testing.assert_allclose(path_of(found, 5)[-1], path_of(automatic(), 5)[0])
    assert row(found, 5)["root_confidence"] == 1.0


def test_unreadable_skin_leaves_the_area_with_its_roots():
    (top, left), size = root(automatic(), 5) - 20, 40
    corners = [[top, left], [top, left + size], [top + size, left + size], [top + size, left]]
    found = corrected({"op": "unreadable", "polygon_px": corners})
    assert found.target_area.area_px == automatic().target_area.area_px - size**2
    assert found.metrics.n_hairs == automatic().metrics.n_hairs - 1
    assert not row(found, 5)["in_area"]
    area_cm2 = automatic().target_area.area_cm2 - size**2 * (5e-4) ** 2
    assert found.metrics.density_per_cm2.value == pytest.approx(found.metrics.n_hairs / area_cm2)


def test_a_picture_that_is_marked_as_a_whole_counts_nothing():
    height, width = automatic().image.pixels.shape[:2]
    found = corrected(
        {"op": "unreadable", "polygon_px": [[0, 0], [0, width - 1], [height - 1, width - 1], [height - 1, 0]]}
    )
    assert ImageFlag.UNREADABLE in found.flags
    assert found.metrics.n_hairs == 0


def test_ids_are_never_used_again():
    where = root(automatic(), 5) + BELOW
    added = {"op": "add", "path_px": [where.tolist(), (where + RIGHT).tolist()]}
    found = corrected(added, {"op": "delete", "hair_id": N}, added)
    assert found.hairs["hair_id"].tolist() == [*range(N), N + 1]


@pytest.mark.parametrize("edit", [{"op": "delete", "hair_id": 5}, {"op": "merge", "hair_id": 4, "with_hair_id": 5}])
def test_a_hair_that_is_gone_cannot_be_changed(edit):
    with pytest.raises(InputError, match=rf"edit 2 \({edit['op']}\): there is no hair 5"):
        corrected({"op": "delete", "hair_id": 5}, edit)


def test_all_hairs_can_go():
    found = corrected(*({"op": "delete", "hair_id": i} for i in range(N)))
    assert found.metrics.n_hairs == 0
    assert found.metrics.density_per_cm2.value == 0
    assert describe(found)["hairs"] == []


def test_a_correction_does_not_narrow_the_error_of_detection():
    found = corrected({"op": "delete", "hair_id": 5})
    assert found.traits == automatic().traits


def test_the_document_names_the_edits():
    edits = [{"op": "delete", "hair_id": 5}]
    assert describe(corrected(*edits))["edits"] == edits
    assert "edits" not in describe(automatic())


def test_what_was_not_analyzed_cannot_be_corrected():
    with pytest.raises(InputError, match="make it with analyze"):
        corrected({"op": "delete", "hair_id": 0}, of=visit_of([straight((100, 100), 300)]))


def test_comparisons_name_the_hairs_of_corrected_visits_by_their_ids():
    found = corrected({"op": "delete", "hair_id": 0}, {"op": "delete", "hair_id": 6})
    change = compare(found, found)
    kept = change.matches[change.matches["fate"] == "kept"]
    assert kept["baseline_hair_id"].tolist() == kept["follow_up_hair_id"].tolist()
    assert set(kept["baseline_hair_id"]) <= set(found.hairs["hair_id"])
    assert N - 1 in set(kept["baseline_hair_id"])
    diameters = found.hairs.set_index("hair_id").loc[kept["baseline_hair_id"], "diameter_um"]
    np.testing.assert_allclose(kept["baseline_diameter_um"], diameters)
    document = change_document(change)
    assert document["matches"]
    assert document["images"]["baseline"]["edits"] == describe(found)["edits"]
    notes = [(note.about, note.sentence) for note in picture_notes(document) if "person" in note.sentence]
    words = "corrected by a person, 2 changes to what the program found"
    assert notes == [("Baseline", words), ("Follow-up", words)]


def test_a_comparison_of_automatic_readings_speaks_of_no_person():
    document = change_document(compare(automatic(), automatic()))
    assert "edits" not in document["images"]["baseline"]
    assert not any("person" in note.sentence for note in picture_notes(document))


lists_of_edits = st.lists(
    st.one_of(
        st.integers(0, N - 1).map(lambda i: {"op": "delete", "hair_id": i}),
        st.integers(0, N - 1).map(lambda i: {"op": "move_root", "hair_id": i, "to_px": [20.0 + i, 25.0]}),
        st.just({"op": "add", "path_px": [[20, 30], [22, 60]]}),
        st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)).map(
            lambda pair: {"op": "merge", "hair_id": pair[0], "with_hair_id": (pair[1] + (pair[0] == pair[1])) % N}
        ),
    ),
    min_size=2,
    max_size=3,
)


@settings(max_examples=4, deadline=None)
@given(lists_of_edits)
def test_one_by_one_is_all_at_once(edits):
    try:
        together = corrected(*edits)
    except InputError:
        return
    step = automatic()
    for edit in edits:
        step = corrected(edit, of=step)
    pd.testing.assert_frame_equal(step.hairs, together.hairs)
    assert step.metrics == together.metrics
    assert [edit_values(edit) for edit in step.correction.edits] == [edit_values(e) for e in together.correction.edits]
