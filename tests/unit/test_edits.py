"""Edits as JSON has them: read, refused with their number and the remedy, and written back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hairdensity.edits import MOST_EDITS, Add, Delete, Merge, MoveRoot, Split, Unreadable, edit_values, parse_edits
from hairdensity.errors import InputError

SHAPE = (100, 200)
ALL = [
    {"op": "add", "path_px": [[10, 20], [30.5, 40]]},
    {"op": "delete", "hair_id": 3},
    {"op": "split", "hair_id": 4, "at_px": [5, 6]},
    {"op": "merge", "hair_id": 1, "with_hair_id": 2},
    {"op": "move_root", "hair_id": 0, "to_px": [-0.5, 199.5]},
    {"op": "unreadable", "polygon_px": [[0, 0], [0, 9], [9, 9]]},
]


def parsed(*values):
    return parse_edits(list(values), image_shape=SHAPE)


def test_every_kind_is_read():
    assert parsed(*ALL) == (
        Add(path_px=((10.0, 20.0), (30.5, 40.0))),
        Delete(hair_id=3),
        Split(hair_id=4, at_px=(5.0, 6.0)),
        Merge(hair_id=1, with_hair_id=2),
        MoveRoot(hair_id=0, to_px=(-0.5, 199.5)),
        Unreadable(polygon_px=((0.0, 0.0), (0.0, 9.0), (9.0, 9.0))),
    )


def test_what_is_written_is_read_again():
    assert [edit_values(edit) for edit in parsed(*ALL)] == ALL


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("none", "must be an object"),
        ({"op": "grow"}, "use one of add, delete"),
        ({"op": ["add"]}, "use one of add, delete"),
        ({"op": "delete"}, "delete needs hair_id, got nothing"),
        ({"op": "delete", "hair_id": 1, "why": "x"}, "delete needs hair_id, got hair_id, why"),
        ({"op": "delete", "hair_id": True}, "must be the number of a hair"),
        ({"op": "delete", "hair_id": -1}, "must be the number of a hair"),
        ({"op": "delete", "hair_id": 1.0}, "must be the number of a hair"),
        ({"op": "merge", "hair_id": 1, "with_hair_id": 1}, "choose another one for with_hair_id"),
        ({"op": "split", "hair_id": 1, "at_px": [1]}, "must be [row, col]"),
        ({"op": "split", "hair_id": 1, "at_px": "12"}, "must be [row, col]"),
        ({"op": "split", "hair_id": 1, "at_px": [float("nan"), 1]}, "must be [row, col]"),
        ({"op": "move_root", "hair_id": 1, "to_px": [100, 1]}, "rows reach to 99.5"),
        ({"op": "move_root", "hair_id": 1, "to_px": [1, -1]}, "outside the picture"),
        ({"op": "add", "path_px": [[1, 1], [1, 1]]}, "2 different points"),
        ({"op": "add", "path_px": 7}, "must be a list of points"),
        ({"op": "add", "path_px": [[0, 0], [99, 199]] * 20}, "draw it again"),
        ({"op": "add", "path_px": [[0, 0]] * 1001}, "at most 1000 points"),
        ({"op": "unreadable", "polygon_px": [[1, 1], [2, 2]]}, "3 different points"),
    ],
)
def test_what_is_no_edit_is_refused_by_its_number(wrong, remedy):
    with pytest.raises(InputError, match=r"edit 2\b") as caught:
        parsed(ALL[0], wrong)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("values", [None, "add", {"op": "add"}, 3])
def test_edits_are_a_list(values):
    with pytest.raises(InputError, match="must be a list"):
        parse_edits(values, image_shape=SHAPE)


def test_there_is_a_limit():
    with pytest.raises(InputError, match=f"at most {MOST_EDITS}"):
        parsed(*[{"op": "delete", "hair_id": 1}] * (MOST_EDITS + 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["hair_id", "with_hair_id", "at_px", "to_px", "path_px", "polygon_px"])
kinds = st.sampled_from(["add", "delete", "split", "merge", "move_root", "unreadable"])


edit_like = st.builds(lambda op, rest: {"op": op, **rest}, kinds, st.dictionaries(fields, json_values, max_size=3))


@settings(max_examples=50)
@given(st.lists(edit_like, max_size=3))
def test_whatever_comes_is_read_or_refused(values):
    try:
        edits = parse_edits(values, image_shape=SHAPE)
    except InputError:
        return
    assert len(edits) == len(values)
