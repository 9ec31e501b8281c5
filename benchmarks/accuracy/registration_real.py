"""Real captures, registered: against a changed copy of themselves, and every two of them as pictures of other skin."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from benchmarks.accuracy.methods import PROCESSES, one_thread
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.registering.constellation import Constellation, constellation_of
from hairdensity.comparison.registration import register, register_constellations
from hairdensity.image import TrichoImage, read_image

SUFFIXES = (".jpg", ".jpeg", ".png")
SEED = 3
CROPPED = 0.65
"""Share of the capture that a copy shows; less where the turn needs it."""

Row = dict[str, Any]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Array = np.ndarray[Any, np.dtype[np.float64]]


class Seen(NamedTuple):
    """What one capture gave by one method."""

    capture: str
    method: str
    constellation: Constellation
    copy: Row


def read_folder(folder: Path, methods: dict[str, Settings], um_per_px: float, *, most: int) -> list[Seen]:
    """Analyze captures, no more than ``most`` that are spread over their names, and their copies; register the two."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if len(paths) > most:
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, most).round().astype(int)]
    look = partial(_look, methods=methods, um_per_px=um_per_px)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        return [seen for part in pool.map(look, enumerate(paths)) for seen in part]


def every_two(seen: list[Seen]) -> list[Row]:
    """Accepted pairs of two different captures: other skin taken for the same, or truly the same skin. Look at them."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        pairs = [(one, two) for one, two in combinations(seen, 2) if one.method == two.method]
        rows = list(pool.map(_two, pairs, chunksize=32))
    return rows


def changed_copy(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Array]:
    """The capture turned by any angle, cropped, relit and compressed, and the (2, 3) way there in (row, col) px."""
    shape = np.array(pixels.shape[:2])
    angle = rng.uniform(-np.pi, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # The copy's frame, turned back, has to lie inside the capture.
    share = min(CROPPED**0.5, float((shape / (np.abs(turn) @ shape)).min()))
    size = (share * shape).astype(int)
    spare = np.maximum(shape - np.abs(turn) @ size, 0) / 2
    center = shape / 2 + rng.uniform(-1, 1, 2) * spare
    shift = (size - 1) / 2 - turn @ center
    matrix = np.column_stack([turn, shift])
    flipped = matrix[::-1][:, [1, 0, 2]]  # x before y
    cut = cv2.warpAffine(pixels, flipped, (int(size[1]), int(size[0])), flags=cv2.INTER_CUBIC)
    light = np.linspace(rng.uniform(0.8, 1.0), rng.uniform(1.0, 1.2), size[1])[None, :, None]
    lit = 255 * (cut / 255.0) ** rng.uniform(0.8, 1.25) * light * rng.uniform(0.9, 1.1, 3)
    _, packed = cv2.imencode(".jpg", np.clip(lit, 0, 255).astype(np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])
    copy = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert copy is not None
    return np.ascontiguousarray(copy[..., ::-1]).astype(np.uint8), matrix


def _look(numbered: tuple[int, Path], *, methods: dict[str, Settings], um_per_px: float) -> list[Seen]:
    number, path = numbered
    image, scale = read_image(path), Calibration(um_per_px=um_per_px)
    pixels, matrix = changed_copy(image.pixels, np.random.default_rng([SEED, number]))
    seen = []
    for method, settings in methods.items():
        whole = analyze(image, calibration=scale, settings=settings)
        copy = analyze(TrichoImage.from_array(pixels), calibration=scale, settings=settings)
        row = {"capture": path.name, "method": method, **_copied(whole, copy, matrix)}
        seen.append(Seen(path.name, method, constellation_of(whole), row))
    return seen


def _copied(whole: Analysis, copy: Analysis, matrix: Array) -> Row:
    found = register(whole, copy)
    middle = (np.arange(20) + 0.5) / 20
    places = np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2) * copy.image.pixels.shape[:2]
    error_um = np.inf
    if found.alignment is not None:
        start = (places - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        apart = np.linalg.norm(found.alignment.to_follow_up(start) - places, axis=1)
        error_um = float(np.median(apart)) * copy.working_um_per_px
    return {
        "hairs": len(whole.hairs),
        "hairs_of_copy": len(copy.hairs),
        "accepted": found.accepted,
        "error_um": error_um,
        "log10_false_alarms": found.log10_false_alarms,
        "texture_agreement": found.texture_agreement,
        "reason": found.reason,
    }


def _two(pair: tuple[Seen, Seen]) -> Row:
    one, two = pair
    found = register_constellations(one.constellation, two.constellation)
    return {
        "captures": [one.capture, two.capture],
        "method": one.method,
        "accepted": found.accepted,
        "log10_false_alarms": found.log10_false_alarms,
    }
