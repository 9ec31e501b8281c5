"""Annotations: what is written is read back, and each mistake is named with its place and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hairdensity.annotation import (
    Annotation,
    MaskAnnotation,
    read_annotation,
    read_annotations,
    read_mask,
    read_mask_annotation,
    read_mask_annotations,
    split_by_patient,
    write_annotation,
)
from hairdensity.errors import InputError
from hairdensity.tracing.centerlines import Centerlines

HEIGHT, WIDTH = 100, 300
VECTOR = {"centerline_px": [[10, 20], [30, 25]]}


def picture(path: Path, shape: tuple[int, int] = (HEIGHT, WIDTH), value: int = 150) -> Path:
    path.write_bytes(cv2.imencode(".png", np.full((*shape, 3), value, np.uint8))[1].tobytes())
    return path


def mask(path: Path, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> Path:
    values = np.zeros(shape, np.uint8)
    values[10:12, 5:25] = 255
    path.write_bytes(cv2.imencode(".png", values)[1].tobytes())
    return path


def written(folder: Path, **changes: Any) -> Path:
    """An annotation with one hair, and with the changes."""
    picture(folder / "a.png")
    document = {"schema": "hairdensity/annotation-1", "image": "a.png", "hairs": [VECTOR], **changes}
    path = folder / "a.json"
    path.write_text(json.dumps(document))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_annotation(path)
    return str(caught.value)


def line_refusal(folder: Path, points: Any) -> str:
    return refusal(written(folder, hairs=[VECTOR, {"centerline_px": points}]))


def owned(name: str, patient: str | None) -> MaskAnnotation:
    return MaskAnnotation(image_path=Path(name), mask_path=Path(name), um_per_px=None, patient=patient)


def test_what_is_written_is_read_back_rounded(tmp_path: Path) -> None:
    annotation = Annotation(
        image_path=picture(tmp_path / "a.png"),
        um_per_px=5.5,
        patient="P017",
        hairs=Centerlines.from_paths([np.array([[1.004, 2], [3, 4.126], [5, 6]]), np.array([[7, 8], [9, 9]])]),
        diameter_um=np.array([70.25, np.nan]),
        fragments=Centerlines.from_paths([np.array([[50.0, 50.0], [55.0, 50.0]])]),
        unreadable_path=mask(tmp_path / "a-unreadable.png"),
    )
    write_annotation(tmp_path / "a.json", annotation, settings={"seed": 3})
    again = read_annotation(tmp_path / "a.json")
    assert (again.image_path, again.um_per_px, again.patient) == (tmp_path / "a.png", 5.5, "P017")
    assert again.unreadable_path == tmp_path / "a-unreadable.png"
    assert again.hairs.path(0).tolist() == [[1.0, 2.0], [3.0, 4.13], [5.0, 6.0]]
    assert again.hairs.path(1).tolist() == [[7.0, 8.0], [9.0, 9.0]]
    assert again.hairs.root_confidence.tolist() == [1.0, 1.0]
    assert np.array_equal(again.diameter_um, [70.25, np.nan], equal_nan=True)
    assert again.fragments.path(0).tolist() == [[50.0, 50.0], [55.0, 50.0]]
    assert json.loads((tmp_path / "a.json").read_text())["settings"] == {"seed": 3}


def test_only_files_beside_the_annotation_are_written(tmp_path: Path) -> None:
    annotation = read_annotation(written(tmp_path))
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="only name files beside it"):
        write_annotation(tmp_path / "other" / "a.json", annotation)


def test_the_least_annotation(tmp_path: Path) -> None:
    annotation = read_annotation(written(tmp_path))
    assert (annotation.um_per_px, annotation.patient, annotation.unreadable_path) == (None, None, None)
    assert (len(annotation.hairs), len(annotation.fragments)) == (1, 0)
    assert np.isnan(annotation.diameter_um).all()


def test_a_bald_picture_has_an_empty_list(tmp_path: Path) -> None:
    assert len(read_annotation(written(tmp_path, hairs=[])).hairs) == 0


def test_a_point_clicked_twice_counts_once(tmp_path: Path) -> None:
    path = written(tmp_path, hairs=[{"centerline_px": [[1, 1], [1, 1], [5, 5]]}])
    assert read_annotation(path).hairs.path(0).tolist() == [[1.0, 1.0], [5.0, 5.0]]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([[1, 1]], "1 point"),
        ([[1, 1], [2, 9], [1, 1]], "same place"),
        ([[1, 1], [2, float("nan")]], "no finite number"),
        ([[1, 1], [2, 10**400]], "no finite number"),
        ([[1, 1], [2, "9"]], "no finite number"),
        ([[1, 1], [True, 9]], "no finite number"),
        ([[1, 1], [2]], "root first"),
        ("1,1 2,9", "root first"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(tmp_path: Path, points: Any, words: str) -> None:
    message = line_refusal(tmp_path, points)
    assert "a.json: hairs[1]" in message
    assert words in message


def test_points_may_lie_outside_by_the_margin_only(tmp_path: Path) -> None:
    inside = [[10, 10], [-64.5, 10]]
    assert len(read_annotation(written(tmp_path, hairs=[{"centerline_px": inside}])).hairs) == 1
    message = line_refusal(tmp_path, [[10, 10], [12, 12], [-64.6, 10]])
    assert "hairs[1] has a point at row -64.6, col 10" in message
    assert "300 x 100 px" in message


def test_swapped_coordinates_are_suspected(tmp_path: Path) -> None:
    assert "[x, y]" in refusal(written(tmp_path, hairs=[{"centerline_px": [[290, 20], [280, 30]]}]))
    assert "another picture size" in refusal(written(tmp_path, hairs=[{"centerline_px": [[900, 900], [880, 930]]}]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": "hairdensity/annotation-9"}, "annotation-9"),
        ({"hairs": None}, "a.mask.png"),
        ({"hairs": {}}, "must be a list"),
        ({"image": None}, '"image" is missing'),
        ({"image": "b.png"}, "b.png is not there"),
        ({"image": "../a.png"}, "plain file name"),
        ({"um_per_px": 0.005}, "1000 times"),
        ({"um_per_px": "5"}, "'5'"),
        ({"patient": 17}, "quotes"),
        ({"hairs": [{**VECTOR, "diameter_um": 0.07}]}, "hairs[0]"),
        ({"unreadable_mask": "b.png"}, "unreadable_mask"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    message = refusal(written(tmp_path, **changes))
    assert "a.json" in message
    assert words in message


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text()[:-5])
    assert "no valid JSON" in refusal(path)
    with pytest.raises(InputError, match="no valid JSON"):
        read_annotations(tmp_path)


def test_a_folder_is_read_by_name_without_other_documents(tmp_path: Path) -> None:
    for stem in ("b", "a"):
        picture(tmp_path / f"{stem}.png")
        document = {"schema": "hairdensity/annotation-1", "image": f"{stem}.png", "hairs": [VECTOR]}
        (tmp_path / f"{stem}.json").write_text(json.dumps(document))
    (tmp_path / "truth.json").write_text('{"schema": "hairdensity/truth-1"}')
    assert [a.image_path.name for a in read_annotations(tmp_path)] == ["a.png", "b.png"]


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no annotation"):
        read_annotations(tmp_path)
    with pytest.raises(InputError, match="no hair mask"):
        read_mask_annotations(tmp_path)
    with pytest.raises(InputError, match="cannot be listed"):
        read_annotations(tmp_path / "nowhere")


def test_a_mask_is_read_with_its_picture_and_companion(tmp_path: Path) -> None:
    path, image = mask(tmp_path / "a.mask.png"), picture(tmp_path / "a.png")
    assert read_mask_annotation(path) == MaskAnnotation(image_path=image, mask_path=path, um_per_px=None, patient=None)
    companion = {"schema": "hairdensity/annotation-1", "um_per_px": 6.0, "patient": "P1", "hairs": None}
    (tmp_path / "a.json").write_text(json.dumps(companion))
    (found,) = read_mask_annotations(tmp_path)
    assert (found.um_per_px, found.patient) == (6.0, "P1")
    assert read_mask(found.mask_path, (HEIGHT, WIDTH)).sum() == 40


def test_wrong_masks_are_refused(tmp_path: Path) -> None:
    path = mask(tmp_path / "a.mask.png")
    with pytest.raises(InputError, match="found none"):
        read_mask_annotation(path)
    picture(tmp_path / "a.png", (HEIGHT, WIDTH + 1))
    with pytest.raises(InputError, match=r"300 x 100 px but its picture 301 x 100 px"):
        read_mask_annotation(path)
    picture(tmp_path / "a.png")
    picture(path, value=128)
    with pytest.raises(InputError, match="black-and-white"):
        read_mask_annotation(path)
    picture(path, value=255)
    with pytest.raises(InputError, match="invert"):
        read_mask_annotation(path)
    with pytest.raises(InputError, match="rename"):
        read_mask_annotation(tmp_path / "a.png")


def test_no_patient_is_on_both_sides() -> None:
    annotations = [owned(f"{i}.png", f"P{i % 7}") for i in range(70)] + [owned("x.png", None), owned("y.png", None)]
    for seed in range(5):
        training, validation = split_by_patient(annotations, validation_share=0.25, seed=seed)
        assert len(training) + len(validation) == 72
        assert not {a.patient for a in training if a.patient} & {a.patient for a in validation if a.patient}
        # Patients of 10 pictures: the nearest sums to 18 are 11, 12, 20, 21 and 22.
        assert 11 <= len(validation) <= 22


def test_the_split_depends_on_the_seed_and_not_on_the_order() -> None:
    annotations = [owned(f"{i}.png", f"P{i}") for i in range(12)]
    first = split_by_patient(annotations, validation_share=0.25, seed=1)
    again = split_by_patient(annotations[::-1], validation_share=0.25, seed=1)
    assert {a.patient for a in first[1]} == {a.patient for a in again[1]}
    assert len(first[1]) == 3
    others = [split_by_patient(annotations, validation_share=0.25, seed=s)[1] for s in range(2, 6)]
    assert any({a.patient for a in other} != {a.patient for a in first[1]} for other in others)


def test_pictures_without_patient_count_each_as_its_own() -> None:
    training, validation = split_by_patient([owned("a.png", None), owned("b.png", None)], validation_share=0.1, seed=0)
    assert (len(training), len(validation)) == (1, 1)


def test_a_single_patient_cannot_be_parted() -> None:
    annotations = [owned(f"{i}.png", "P1") for i in range(3)]
    with pytest.raises(InputError, match=r"all 3 pictures are of one patient.*validation_share to 0"):
        split_by_patient(annotations, validation_share=0.2, seed=0)
    assert split_by_patient(annotations, validation_share=0, seed=0) == (annotations, [])
    with pytest.raises(InputError, match="below 1"):
        split_by_patient(annotations, validation_share=1.5, seed=0)


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "annotation-format.md").read_text(encoding="utf-8")
    example = text.split("```json\n")[1].split("```")[0]
    (tmp_path / "visit-1.json").write_text(example)
    (tmp_path / "visit-1.jpg").write_bytes(picture(tmp_path / "visit-1.png", (800, 800)).read_bytes())
    annotation = read_annotation(tmp_path / "visit-1.json")
    assert annotation.patient == "P017"
    assert (len(annotation.hairs), len(annotation.fragments)) == (2, 1)
    assert np.array_equal(annotation.diameter_um, [np.nan, 71.5], equal_nan=True)
