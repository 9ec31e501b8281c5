"""Files as people's software writes them, and the rows that come of them."""

import codecs
import hashlib
import unicodedata

import numpy as np
import pandas as pd
import pytest

from hairdensity.errors import InputError
from hairdensity.study.columns import MANIFEST
from hairdensity.study.manifest import ManifestError, check_manifest, read_manifest

PLAIN = "image,patient,visit\na.jpg,P1,baseline\nb.jpg,P1,week 12\n"


@pytest.fixture
def study(tmp_path):
    """Writes a manifest beside four empty pictures."""
    for name in "abcd":
        (tmp_path / f"{name}.jpg").touch()

    def write(content, name="manifest.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def codes(path):
    return [fault.code for fault in check_manifest(path)[1]]


def test_a_small_manifest_has_all_columns_in_their_order_and_dtypes(study):
    manifest = read_manifest(study(PLAIN))
    expected = {column.name: column.dtype for column in MANIFEST} | {"row": "int64", "visit_number": "int64"}
    assert manifest.rows.dtypes.astype(str).to_dict() == expected
    assert list(manifest.rows.columns) == list(expected)
    first = manifest.rows.iloc[0]
    assert (first["site"], first["replicate"], first["arm"], first["row"]) == ("scalp", 1, "", 1)
    assert np.isnan(first["um_per_px"])
    assert manifest.rows["week"].tolist() == [0.0, 12.0]
    assert manifest.folder == manifest.source.parent
    assert manifest.sha256 == hashlib.sha256(PLAIN.encode()).hexdigest()
    assert manifest.warnings == ()


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        b"sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("image", " IMAGE ").replace("patient", '"Subject ID"').encode(),
        PLAIN.replace("a.jpg", '" a.jpg "').encode() + b",,\n,,\n",
    ],
)
def test_the_same_rows_in_any_encoding_and_with_any_separator(study, content):
    rows = read_manifest(study(content)).rows
    assert rows[["image", "patient", "visit", "row"]].to_numpy().tolist() == [
        ["a.jpg", "P1", "baseline", 1],
        ["b.jpg", "P1", "week 12", 2],
    ]


def test_the_code_page_of_windows_and_decimal_commas_with_semicolons(study):
    text = "image;patient;visit;arm;um_per_px;x_age;x_score\na.jpg;P1;baseline;täglich 5 €;5,25;33,5;1\n"
    row = read_manifest(study(text.encode("cp1252"))).rows.iloc[0]
    assert (row["arm"], row["um_per_px"], row["x_age"], row["x_score"]) == ("täglich 5 €", 5.25, 33.5, 1.0)


def test_empty_lines_count_as_the_spreadsheet_counts_them_and_line_breaks_move_the_line(study):
    path = study('image,patient,visit,device\na.jpg,P1,baseline,"two\nlines"\n\nz.jpg,P1,week 4,\n')
    (hidden, gone) = check_manifest(path)[1]
    assert (hidden.code, hidden.row, hidden.line) == ("hidden_sign", 1, 2)
    assert (gone.code, gone.row, gone.line) == ("not_found", 3, 5)
    assert gone.place == "row 3 (line 5), image"


def test_covariates_are_numbers_when_all_of_them_are(study):
    text = "image,patient,visit,x_age,x_sex,x_empty\na.jpg,P1,baseline,33,f,\nb.jpg,P2,baseline,,m,\n"
    rows = read_manifest(study(text)).rows
    assert rows["x_age"].dtype == np.float64
    assert np.isnan(rows["x_age"].iloc[1])
    assert rows["x_sex"].tolist() == ["f", "m"]
    assert rows["x_empty"].tolist() == ["", ""]


def test_missing_values_of_other_software_are_empty_cells(study):
    row = read_manifest(study("image,patient,visit,week,center\na.jpg,P1,baseline,NA,N/A\n")).rows.iloc[0]
    assert (row["week"], row["center"]) == (0.0, "")


def test_parquet_gives_the_same_rows_as_text(study, tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame(
        {
            "image": ["a.jpg", "b.jpg"],
            "patient": [1.0, 1.0],
            "visit": pd.Categorical(["baseline", "week 12"]),
            "date": pd.to_datetime(["2024-01-02", None]),
            "um_per_px": [5.25, None],
        }
    )
    table.to_parquet(tmp_path / "m.parquet")
    rows = read_manifest(tmp_path / "m.parquet").rows
    text = "image,patient,visit,date,um_per_px\na.jpg,1,baseline,2024-01-02,5.25\nb.jpg,1,week 12,,\n"
    pd.testing.assert_frame_equal(rows, read_manifest(study(text)).rows)


def test_a_parquet_file_has_rows_but_no_lines(study, tmp_path):
    pytest.importorskip("pyarrow")
    pd.DataFrame({"image": ["z.jpg"], "patient": ["P1"], "visit": ["v1"]}).to_parquet(tmp_path / "m.parquet")
    (fault,) = check_manifest(tmp_path / "m.parquet")[1]
    assert (fault.row, fault.line, fault.place) == (1, None, "row 1, image")


def test_paths_of_windows_of_macos_and_with_dots_find_their_files(study, tmp_path):
    decomposed = unicodedata.normalize("NFD", "Köln/é.jpg")
    for path in ("w/x/y.jpg", decomposed, "=1.jpg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    composed = unicodedata.normalize("NFC", "Köln/é.jpg")
    rows = read_manifest(
        study(f"image,patient,visit\nw\\x\\y.jpg,P1,v1\n{composed},P2,v1\n./w/../a.jpg,P3,v1\n./=1.jpg,P4,v1\n")
    ).rows
    assert rows["image"].tolist() == ["w/x/y.jpg", decomposed, "a.jpg", "=1.jpg"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"image,patient,visit\n", "no_rows"),
        (b"image,patient,visit\na.jpg,P\x001,v1\n", "no_text"),
        (b"PK\x03\x04" + bytes(range(256)), "no_text"),
        (b'image,patient,visit\n"a.jpg,P1,v1\nb.jpg,P1,v2\n', "broken_quotes"),
        (b"image,patient,visit\n" + b"a" * 70_000 + b".jpg,P1,v1\n", "broken_quotes"),
        (",".join(f"c{n}" for n in range(2000)).encode(), "too_many_columns"),
    ],
)
def test_files_that_are_no_table_are_refused_in_words(study, content, code):
    path = study(content)
    assert code in codes(path)
    with pytest.raises(ManifestError):
        read_manifest(path)


def test_broken_parquet_is_a_fault(study):
    pytest.importorskip("pyarrow")
    assert codes(study(b"PAR1" + bytes(100) + b"PAR1")) == ["broken_parquet"]


def test_what_is_no_file_is_an_error_with_its_remedy(tmp_path):
    with pytest.raises(InputError, match="study init"):
        read_manifest(tmp_path)
    with pytest.raises(InputError, match="check the spelling"):
        read_manifest(tmp_path / "none.csv")


def test_the_error_carries_all_faults_and_shows_the_first(study):
    names = "".join(f"{n}.jpg,P{n},v1\n" for n in range(9))
    with pytest.raises(ManifestError, match=r"9 faults:\n  row 1 \(line 2\), image: '0.jpg' is not there") as caught:
        read_manifest(study(f"image,patient,visit\n{names}"))
    assert len(caught.value.faults) == 9
    assert "and 4 more" in str(caught.value)
