"""What a browser shows of a picture: tiles at every level of zoom, and a thumbnail; made in a worker.

A folder of views belongs to the bytes of a picture, whoever uploaded them: level ``n`` holds the whole picture, each
level below it half of the one above, down to the one that fits a single tile. Tile 3_2 is the fourth from the left in
the third row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError, StorageError
from hairdensity.files import new_folder
from hairdensity.image import TrichoImage, read_image

if TYPE_CHECKING:
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["JPEG_QUALITY", "THUMBNAIL_PX", "TILE_PX", "handle", "levels_of", "unreadable_outlines", "write_views"]

TILE_PX = 512
THUMBNAIL_PX = 480

JPEG_QUALITY = 88
"""Hairs of 2 px keep their edges; figures are never taken from views."""

Pixels = NDArray[np.uint8]


def levels_of(width_px: int, height_px: int) -> range:
    """The numbers of the levels of a picture: the last one is the picture itself, the first one fits a tile.

    Parameters
    ----------
    width_px, height_px : int
    """
    # The numbers of Deep Zoom: level 0 would be a single pixel.
    last = (max(width_px, height_px) - 1).bit_length()
    n_halvings = 0
    while -(-max(width_px, height_px) >> n_halvings) > TILE_PX:
        n_halvings += 1
    return range(last - n_halvings, last + 1)


def write_views(image: TrichoImage, folder: Path) -> None:
    """Write the tiles and the thumbnail of a picture; what is there already stays.

    The pixels are those that are scored: upright, without any of the file's metadata.

    Parameters
    ----------
    image : TrichoImage
    folder : Path
        Named after the picture's sha256.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    if folder.exists():
        return
    try:
        with new_folder(folder) as draft:
            _write(draft / "thumbnail.jpg", _within(image.pixels, THUMBNAIL_PX))
            for level, pixels in _pyramid(image.pixels):
                (draft / str(level)).mkdir()
                for name, tile in _tiles(pixels):
                    _write(draft / str(level) / f"{name}.jpg", tile)
    except (InputError, StorageError):
        # Another worker may have been faster with the same picture.
        if not folder.exists():
            raise


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Write the views of a picture, or find what of its target area could not be read.

    Parameters
    ----------
    task : dict
        ``sha256`` for views; ``picture`` (see `Bench.analysis`) for outlines.
    bench : Bench

    Returns
    -------
    dict
        Empty for views; ``unreadable_px``, as `unreadable_outlines`, for a picture.
    """
    if "picture" in task:
        area = bench.analysis(task["picture"]).target_area
        return {"unreadable_px": unreadable_outlines(area.boundary_px, area.mask)}
    write_views(read_image(bench.files.path(task["sha256"])), bench.views(task["sha256"]))
    return {}


def unreadable_outlines(boundary_px: NDArray[np.float64], readable: NDArray[np.bool_]) -> list[list[list[float]]]:
    """Outlines of what lies inside a target area and could not be read.

    Parameters
    ----------
    boundary_px : (K, 2) float ndarray
        (row, col) of the area's corners.
    readable : (H, W) bool ndarray
        The mask of the target area.

    Returns
    -------
    list
        Of rings, each a list of [row, col]; a ring inside a ring is a readable island.
    """
    inside = np.zeros(readable.shape, dtype=np.uint8)
    cv2.fillPoly(inside, [np.round(boundary_px[:, ::-1]).astype(np.int32)], 1)
    inside[readable] = 0
    # Contours run through the centers of pixels; what is thinner than 3 px is the area's own rounded edge.
    inside = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((3, 3), dtype=np.uint8))
    rings, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return [[[float(row), float(col)] for col, row in ring[:, 0]] for ring in rings if len(ring) > 2]


def _pyramid(pixels: Pixels) -> Iterator[tuple[int, Pixels]]:
    """Yield level and picture, from the largest down."""
    height, width = pixels.shape[:2]
    for level in reversed(levels_of(width, height)):
        yield level, pixels
        half = (max(1, -(-pixels.shape[1] // 2)), max(1, -(-pixels.shape[0] // 2)))
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _tiles(pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
    for top in range(0, pixels.shape[0], TILE_PX):
        for left in range(0, pixels.shape[1], TILE_PX):
            yield f"{left // TILE_PX}_{top // TILE_PX}", pixels[top : top + TILE_PX, left : left + TILE_PX]


def _within(pixels: Pixels, side_px: int) -> Pixels:
    """Shrunk so that its longer side has at most so many px."""
    share = side_px / max(pixels.shape[:2])
    if share >= 1.0:
        return pixels
    size = (max(1, round(pixels.shape[1] * share)), max(1, round(pixels.shape[0] * share)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _write(path: Path, pixels: Pixels) -> None:
    _, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    path.write_bytes(data.tobytes())
