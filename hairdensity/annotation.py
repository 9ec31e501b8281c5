"""Annotated pictures: one JSON beside each picture, or a black-and-white mask, read with every mistake named.

The format is documented in docs/annotation-format.md. Simulated pictures and a clinic's own ones use the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.files import write_whole
from hairdensity.image import read_image
from hairdensity.tracing.centerlines import Centerlines

__all__ = [
    "MARGIN_PX",
    "MASK_SUFFIX",
    "SCHEMA",
    "Annotation",
    "MaskAnnotation",
    "names_hairs",
    "read_annotation",
    "read_annotations",
    "read_mask",
    "read_mask_annotation",
    "read_mask_annotations",
    "split_by_patient",
    "write_annotation",
]

SCHEMA = "hairdensity/annotation-1"
MASK_SUFFIX = ".mask.png"

MARGIN_PX = 64.0
"""Points may lie so far outside the picture: a hair that leaves it is drawn on a little."""

UM_PER_PX_RANGE = (0.2, 50.0)
DIAMETER_RANGE_UM = (1.0, 500.0)

LARGEST_NUMBER = 1e9
"""Beyond it a coordinate is a mistake; NaN and the infinities compare as beyond."""

LARGEST_GRAY_SHARE = 0.1
"""Of a mask's pixels: the edges of an enlarged or blurred mask are less, a photograph is more."""

LARGEST_HAIR_SHARE = 0.75
"""Of a mask's pixels: more is hair on black turned round."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotation:
    """The hairs of a picture.

    Parameters
    ----------
    image_path : Path
    um_per_px : float or None
    patient : str or None
        Whose scalp it is, under any pseudonym; None counts as a patient of its own.
    hairs : Centerlines
        N hairs, root first; the root's confidence is 1.
    diameter_um : (N,) float64 ndarray
        NaN where unknown.
    fragments : Centerlines
        Loose pieces that are no hairs.
    unreadable_path : Path or None
        A mask picture, white where nobody could tell whether there is a hair.
    complete : bool, optional
        No hair was left out: what is not annotated is skin.
    """

    image_path: Path
    um_per_px: float | None
    patient: str | None
    hairs: Centerlines
    diameter_um: Array
    fragments: Centerlines
    unreadable_path: Path | None
    complete: bool = True

    def __post_init__(self) -> None:
        if self.diameter_um.shape != (len(self.hairs),):
            raise InputError(f"diameter_um must be ({len(self.hairs)},), one for each hair: {self.diameter_um.shape}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskAnnotation:
    """A picture whose hairs are known as pixels only: neither roots nor single hairs.

    Parameters
    ----------
    image_path, mask_path : Path
    um_per_px : float or None
    patient : str or None
    """

    image_path: Path
    mask_path: Path
    um_per_px: float | None
    patient: str | None


class _OfPatient(Protocol):
    @property
    def image_path(self) -> Path: ...

    @property
    def patient(self) -> str | None: ...


AnyAnnotation = TypeVar("AnyAnnotation", bound=_OfPatient)


def read_annotation(path: Path) -> Annotation:
    """Read and check the annotation of one picture.

    Parameters
    ----------
    path : Path
        The JSON; its picture lies beside it.

    Returns
    -------
    Annotation

    Raises
    ------
    InputError
        If anything is not as the format asks; the message names the file, the hair and the remedy.
    """
    document = _read_document(path)
    if document.get("hairs") is None:
        raise InputError(
            f'{path}: "hairs" is missing or null; write [] for a picture without hairs, or put the mask beside it as '
            f"{path.stem}{MASK_SUFFIX} and read that with read_mask_annotation"
        )
    image_path = _file_beside(path, document, "image")
    if image_path is None:
        raise InputError(f'{path}: "image" is missing; write the file name of the picture, which lies beside it')
    shape = read_image(image_path).pixels.shape[:2]
    hairs = _read_lines(path, document, "hairs", shape)
    unreadable_path = _file_beside(path, document, "unreadable_mask")
    if unreadable_path is not None:
        read_mask(unreadable_path, shape)
    return Annotation(
        image_path=image_path,
        um_per_px=_read_scale(path, document),
        patient=_read_patient(path, document),
        hairs=hairs,
        diameter_um=_read_diameters(path, document["hairs"]),
        fragments=_read_lines(path, document, "fragments", shape),
        unreadable_path=unreadable_path,
        complete=_read_complete(path, document),
    )


def read_annotations(folder: Path) -> list[Annotation]:
    """Read every annotation of a folder, sorted by name; JSON files of other schemas are passed over.

    Raises
    ------
    InputError
        If there is none, or one of them is wrong.
    """
    found = [path for path in _listed(folder, ".json") if names_hairs(path)]
    if not found:
        raise InputError(f'{folder} holds no annotation: no *.json with "schema": "{SCHEMA}" and "hairs"')
    return [read_annotation(path) for path in found]


def write_annotation(path: Path, annotation: Annotation, *, settings: dict[str, Any] | None = None) -> None:
    """Write an annotation beside its picture, points rounded to 0.01 px.

    Parameters
    ----------
    path : Path
        The JSON, in the picture's folder.
    annotation : Annotation
    settings : dict, optional
        How the picture was made; stored, never read.

    Raises
    ------
    InputError
        If the picture or its mask lies in another folder.
    StorageError
        If the file cannot be written.
    """
    beside = [annotation.image_path, *([annotation.unreadable_path] if annotation.unreadable_path else [])]
    for file in beside:
        if file.parent.resolve() != path.parent.resolve():
            raise InputError(f"{path} can only name files beside it, got {file}: write the annotation to {file.parent}")
    hairs = [
        {"centerline_px": points, "diameter_um": None if np.isnan(diameter) else round(float(diameter), 2)}
        for points, diameter in zip(_rounded(annotation.hairs), annotation.diameter_um, strict=True)
    ]
    document = {
        "schema": SCHEMA,
        "image": annotation.image_path.name,
        "um_per_px": annotation.um_per_px,
        "patient": annotation.patient,
        "complete": annotation.complete,
        "hairs": hairs,
        "fragments": [{"centerline_px": points} for points in _rounded(annotation.fragments)],
        "unreadable_mask": annotation.unreadable_path.name if annotation.unreadable_path else None,
        "settings": settings,
    }
    write_whole(path, (json.dumps(document, allow_nan=False) + "\n").encode())


def read_mask(path: Path, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(H, W) True where a black-and-white picture is white.

    Parameters
    ----------
    path : Path
    shape : (int, int)
        H, W of the picture that it belongs to.

    Raises
    ------
    InputError
        If it has another size, or is a photograph.
    """
    values = read_image(path).pixels.max(axis=2)
    if values.shape != tuple(shape):
        raise InputError(
            f"{path} has {values.shape[1]} x {values.shape[0]} px but its picture {shape[1]} x {shape[0]} px: "
            "export the mask at the picture's own size"
        )
    gray = float(np.mean((values > 63) & (values < 192)))
    if gray > LARGEST_GRAY_SHARE:
        raise InputError(f"{path} is no black-and-white mask: {gray:.0%} of its pixels are gray; export 0 and 255 only")
    return np.asarray(values > 127)


def read_mask_annotation(path: Path) -> MaskAnnotation:
    """Read and check a hair mask: ``<stem>.mask.png``, white where there is hair, beside the picture ``<stem>.*``.

    A JSON ``<stem>.json`` beside it may state ``um_per_px`` and ``patient``.

    Raises
    ------
    InputError
        If there is no one picture of that name, or the mask does not fit it.
    """
    image_path = _picture_of(path)
    hair = read_mask(path, read_image(image_path).pixels.shape[:2])
    if hair.mean() > LARGEST_HAIR_SHARE:
        raise InputError(f"{path} is white on {hair.mean():.0%} of its pixels: white must be hair; invert the mask")
    companion = image_path.with_suffix(".json")
    document = _read_document(companion) if companion.is_file() else {}
    return MaskAnnotation(
        image_path=image_path,
        mask_path=path,
        um_per_px=_read_scale(companion, document),
        patient=_read_patient(companion, document),
    )


def read_mask_annotations(folder: Path) -> list[MaskAnnotation]:
    """Read every hair mask of a folder, sorted by name.

    Raises
    ------
    InputError
        If there is none, or one of them is wrong.
    """
    found = _listed(folder, MASK_SUFFIX)
    if not found:
        raise InputError(f"{folder} holds no hair mask: none of its files ends in {MASK_SUFFIX}")
    return [read_mask_annotation(path) for path in found]


def split_by_patient(
    annotations: Sequence[AnyAnnotation], *, validation_share: float, seed: int
) -> tuple[list[AnyAnnotation], list[AnyAnnotation]]:
    """Part annotations so that no patient is on both sides: pictures of one scalp are too alike to test on.

    Parameters
    ----------
    annotations : sequence of Annotation or MaskAnnotation
    validation_share : float
        Of the pictures; met as closely as whole patients allow, with at least one patient on each side. 0 puts all
        into training.
    seed : int
        Chooses the patients; their order in the sequence plays no part.

    Returns
    -------
    training, validation : list

    Raises
    ------
    InputError
        If there are fewer than two patients, or the share is not in 0-1.
    """
    if not 0 <= validation_share < 1:
        raise InputError(f"validation_share must be 0 or more and below 1, got {validation_share:g}")
    if validation_share == 0:
        return list(annotations), []
    groups: dict[tuple[str, str], int] = {}
    for annotation in annotations:
        groups[_owner(annotation)] = groups.get(_owner(annotation), 0) + 1
    if len(groups) < 2:
        raise InputError(
            f"all {len(annotations)} pictures are of one patient: a fair validation needs a second one; annotate "
            'pictures of others, correct "patient", or set validation_share to 0'
        )
    chosen = _chosen_groups(groups, validation_share * len(annotations), seed)
    training = [a for a in annotations if _owner(a) not in chosen]
    return training, [a for a in annotations if _owner(a) in chosen]


def _owner(annotation: _OfPatient) -> tuple[str, str]:
    """Key of the patient; a picture without one is its own."""
    return ("patient", annotation.patient) if annotation.patient else ("picture", str(annotation.image_path))


def _chosen_groups(groups: dict[tuple[str, str], int], target: float, seed: int) -> set[tuple[str, str]]:
    """Groups in random order, each taken when that brings their sum closer to the target."""
    names = sorted(groups)
    order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    chosen = {order[0]}
    total = groups[order[0]]
    for name in order[1:-1]:
        if abs(total + groups[name] - target) < abs(total - target):
            chosen.add(name)
            total += groups[name]
    return chosen


def _listed(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.name.lower().endswith(suffix) and not p.name.startswith("."))
    except OSError as error:
        raise InputError(f"{folder} cannot be listed ({error.strerror}): name a folder of pictures") from error


def names_hairs(path: Path) -> bool:
    """Whether a JSON is to be read; a damaged one is, so that it gets its message."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return True
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("hairdensity/annotation-"):
        return False
    return document.get("hairs") is not None or not path.with_name(f"{path.stem}{MASK_SUFFIX}").exists()


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check its name and permissions") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no valid JSON ({error}): export it again") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise InputError(f'{path}: "schema" must be "{SCHEMA}", got {schema!r}; see docs/annotation-format.md')
    return dict(document)


def _file_beside(path: Path, document: dict[str, Any], key: str) -> Path | None:
    """The file that a key names, which lies in the same folder."""
    name = document.get(key)
    if name is None:
        return None
    if not isinstance(name, str) or not name or Path(name).name != name or "\\" in name:
        raise InputError(f'{path}: "{key}" must be a plain file name, got {name!r}; put the file beside the JSON')
    file = path.with_name(name)
    if not file.is_file():
        raise InputError(f'{path}: its "{key}" {name} is not there; copy it to {path.parent}, or correct the name')
    return file


def _picture_of(mask_path: Path) -> Path:
    if not mask_path.name.lower().endswith(MASK_SUFFIX):
        raise InputError(f"{mask_path}: a hair mask is named like its picture and ends in {MASK_SUFFIX}; rename it")
    if not mask_path.is_file():
        raise InputError(f"no such file: {mask_path}; check the path")
    stem = mask_path.name[: -len(MASK_SUFFIX)]
    beside = [p for p in sorted(mask_path.parent.iterdir()) if p.stem == stem and p.suffix.lower() not in ("", ".json")]
    if len(beside) != 1:
        found = ", ".join(p.name for p in beside) or "none"
        raise InputError(f"{mask_path} needs one picture named {stem}.* beside it, found {found}; rename or remove")
    return beside[0]


def _read_scale(path: Path, document: dict[str, Any]) -> float | None:
    value = document.get("um_per_px")
    if value is None:
        return None
    low, high = UM_PER_PX_RANGE
    if not _is_number(value) or not low <= value <= high:
        raise InputError(
            f'{path}: "um_per_px" must lie in {low:g}-{high:g} um/px, got {value!r}; from px/mm take 1000 / it, '
            "from mm/px 1000 times it, or write null when the scale is not known"
        )
    return float(value)


def _read_patient(path: Path, document: dict[str, Any]) -> str | None:
    value = document.get("patient")
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise InputError(f'{path}: "patient" must be a text such as "P017", got {value!r}; put it in quotes, or null')
    return value


def _read_complete(path: Path, document: dict[str, Any]) -> bool:
    value = document.get("complete")
    if value is not None and not isinstance(value, bool):
        raise InputError(f'{path}: "complete" must be true or false, got {value!r}; write it without quotes')
    return value is not False


def _read_lines(path: Path, document: dict[str, Any], key: str, shape: tuple[int, ...]) -> Centerlines:
    """The centerlines of ``hairs`` or ``fragments``."""
    entries = [] if document.get(key) is None else document[key]
    if not isinstance(entries, list):
        raise InputError(f'{path}: "{key}" must be a list, got {type(entries).__name__}')
    lines = [_read_line(entry, f"{path}: {key}[{i}]") for i, entry in enumerate(entries)]
    _check_inside(lines, f"{path}: {key}", shape)
    return Centerlines.from_paths(lines, root_confidence=np.ones(len(lines)))


def _read_line(entry: Any, place: str) -> Array:
    """(K, 2) points of one entry."""
    points = entry.get("centerline_px") if isinstance(entry, dict) else None
    if not isinstance(points, list) or not all(isinstance(p, list) and len(p) == 2 for p in points):
        raise InputError(f'{place} needs "centerline_px": [[row, col], ...], root first, got {_short(entry)}')
    if not all(_is_number(x) for point in points for x in point):
        raise InputError(f"{place} holds a coordinate that is no finite number: {_short(points)}; correct or delete it")
    if len(points) < 2:
        raise InputError(f"{place} has {len(points)} point(s); give at least its root and its tip, or delete it")
    line = np.array(points, dtype=np.float64)
    if np.array_equal(line[0], line[-1]):
        raise InputError(f"{place} has its root and its tip at the same place {points[0]}; move the tip, or delete it")
    # A point that was clicked twice has no direction.
    moves = np.concatenate([[True], (np.diff(line, axis=0) != 0).any(axis=1)])
    return np.asarray(line[moves], dtype=np.float64)


def _check_inside(lines: Sequence[Array], place: str, shape: tuple[int, ...]) -> None:
    outside = [_outside(line, shape) for line in lines]
    if not any(bad.any() for bad in outside):
        return
    height, width = shape
    if np.concatenate(outside).mean() > 0.5:
        swapped = [line[:, ::-1] for line in lines]
        is_swapped = not any(_outside(line, shape).any() for line in swapped)
        why = (
            "they fit as [x, y]: write [row, col], i.e. [y, x]" if is_swapped else "they belong to another picture size"
        )
        raise InputError(f"{place}: most points lie outside the picture of {width} x {height} px; {why}")
    hair = next(i for i, bad in enumerate(outside) if bad.any())
    row, col = lines[hair][outside[hair]][0]
    raise InputError(
        f"{place}[{hair}] has a point at row {row:g}, col {col:g}, more than {MARGIN_PX:g} px outside the picture of "
        f"{width} x {height} px; end the line at the border, or write [row, col] instead of [x, y]"
    )


def _outside(line: Array, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(K,) True for points beyond the margin."""
    return np.asarray(((line < -0.5 - MARGIN_PX) | (line > np.array(shape) - 0.5 + MARGIN_PX)).any(axis=1))


def _read_diameters(path: Path, entries: Sequence[dict[str, Any]]) -> Array:
    """(N,) um, NaN where unknown."""
    diameters = np.full(len(entries), np.nan)
    low, high = DIAMETER_RANGE_UM
    for i, value in enumerate(entry.get("diameter_um") for entry in entries):
        if value is None:
            continue
        if not _is_number(value) or not low <= value <= high:
            raise InputError(
                f'{path}: hairs[{i}] has a "diameter_um" of {value!r}; it must lie in {low:g}-{high:g} um: '
                "convert it to um, or write null"
            )
        diameters[i] = value
    return diameters


def _rounded(lines: Centerlines) -> list[list[list[float]]]:
    points = np.round(lines.points_px, 2).tolist()
    return [points[start:end] for start, end in pairwise(lines.offsets.tolist())]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
