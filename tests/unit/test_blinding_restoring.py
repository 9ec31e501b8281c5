"""Tables of a run over coded copies get the manifest's columns back, each copy those of its own picture."""

import json

import numpy as np
import pytest

from hairdensity.study.blinding.key import BlindingError, Copy, Key
from hairdensity.study.blinding.restoring import restore_table
from hairdensity.study.columns import MANIFEST
from hairdensity.study.tables import columns_of
from hairdensity.tables import make_table

COVARIATES = (("x_age", "float64"),)
EMPTY = {"object": "", "float64": np.nan, "Int64": None, "int64": 0, "bool": False, "boolean": None}
PLACES = (("AAAA", 2, 1), ("BBBB", 1, 1), ("CCCC", 2, 2))
"""Code, row and reading of the copies."""


def manifest_row(number, arm, x_age):
    row = {column.name: {"object": "", "Int64": 1}.get(column.dtype) for column in MANIFEST}
    named = {"image": f"{number}.jpg", "patient": f"P{number}", "site": "vertex", "visit": "baseline", "arm": arm}
    return row | named | {"row": number, "visit_number": 0, "x_age": x_age, "original_sha256": "o"}


@pytest.fixture
def key():
    copies = [
        Copy(
            code=code, reader="reader-1", position=place, row=row, reading=reading, file=f"{code}.jpg", sha256=code * 2
        )
        for place, (code, row, reading) in enumerate(PLACES, start=1)
    ]
    return Key(
        version="1",
        seed=1,
        secret="00",  # noqa: S106 -- no password
        repeats=0.5,
        readers=("reader-1",),
        manifest_sha256="m",
        rows=(manifest_row(1, "A", 40.0), manifest_row(2, "B", None)),
        copies=tuple(copies),
        files={},
    )


def coded_table(name, codes, **values):
    table = {column.name: [EMPTY[column.dtype]] * len(codes) for column in columns_of(name)}
    return make_table(columns_of(name), table | {"patient": list(codes), "visit": ["blinded"] * len(codes)} | values)


def images(**values):
    codes = [code for code, *_ in PLACES]
    return coded_table(
        "images", codes, **({"image_sha256": [code * 2 for code in codes], "n_hairs": [7, 5, 8]} | values)
    )


def test_each_picture_gets_its_own_row_back_and_keeps_its_figures(key):
    restored = restore_table(images(), "images", key, COVARIATES)
    assert restored[["row", "reading", "code", "patient", "arm", "visit", "n_hairs"]].to_numpy().tolist() == [
        [1, 1, "BBBB", "P1", "A", "baseline", 5],
        [2, 1, "AAAA", "P2", "B", "baseline", 7],
        [2, 2, "CCCC", "P2", "B", "baseline", 8],
    ]
    np.testing.assert_array_equal(restored["x_age"], [40, np.nan, np.nan])
    assert list(restored.columns[:3]) == ["reader", "reading", "code"]


def test_a_repeat_is_a_replicate_of_a_number_that_is_free(key):
    assert restore_table(images(), "images", key, COVARIATES)["replicate"].tolist() == [1, 1, 2]


def test_hairs_follow_their_picture(key):
    hairs = coded_table("hairs", ["CCCC", "CCCC", "BBBB"], hair_id=[1, 0, 0], diameter_um=[51.0, 52.0, 60.0])
    restored = restore_table(hairs, "hairs", key, ())
    assert restored[["patient", "replicate", "hair_id", "diameter_um"]].to_numpy().tolist() == [
        ["P1", 1, 0, 60.0],
        ["P2", 2, 0, 52.0],
        ["P2", 2, 1, 51.0],
    ]


def test_pictures_that_were_never_given_out_and_other_files_are_refused(key):
    with pytest.raises(BlindingError, match=r"never given out, e\.g\. ZZZZ"):
        restore_table(images(patient=["AAAA", "BBBB", "ZZZZ"]), "images", key, COVARIATES)
    with pytest.raises(BlindingError, match=r"1 pictures .* not the copies that were given out, e\.g\. BBBB"):
        restore_table(images(image_sha256=["AAAAAAAA", "other", ""]), "images", key, COVARIATES)


def test_the_key_is_the_same_after_its_file(key):
    again = Key.from_json(json.loads(key.to_json()))
    assert again.to_json() == key.to_json()
    assert again.copies == key.copies
