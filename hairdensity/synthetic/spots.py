"""Spots of many kinds, under the hairs and over them: one table says how each looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.appearance import RGB
from hairdensity.synthetic.pieces import Piece, pieces_of_skin
from hairdensity.synthetic.sheet import Sheet, Stream, blot, clouds, scattered, stamp, stream
from hairdensity.synthetic.truth import to_px

__all__ = ["black_dots", "lay_root_flakes", "lay_spots_over", "lay_spots_under", "yellow_dots"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]
Span = tuple[float, float]


class Spot(NamedTuple):
    """Looks of one kind of spot.

    ``colors_rgb`` are encoded values, or factors on the skin's color where ``tints`` is set. ``rough``, ``edge`` (width
    of the rim as a share of the size) and ``opacity`` are drawn for each spot; ``grain`` is the unevenness inside.
    """

    number: int
    colors_rgb: tuple[RGB, ...]
    opacity: Span
    rough: Span
    edge: Span
    tints: bool = False
    hides: bool = False
    grain: float = 0.0


FRECKLE = Spot(1, ((0.72, 0.60, 0.50), (0.60, 0.48, 0.40)), (0.3, 0.8), (0.1, 0.4), (0.15, 0.5), tints=True)
SCAR = Spot(2, ((1.16, 1.14, 1.12), (1.10, 1.02, 1.02)), (0.4, 0.9), (0.1, 0.5), (0.2, 0.5), tints=True)
YELLOW_DOT = Spot(3, ((1.04, 0.90, 0.66), (0.92, 0.78, 0.60)), (0.4, 1.0), (0.0, 0.25), (0.1, 0.4), tints=True)
WHITE_DOT = Spot(4, ((1.22, 1.20, 1.18), (1.15, 1.15, 1.12)), (0.4, 0.9), (0.0, 0.2), (0.2, 0.6), tints=True)
RED_DOT = Spot(5, ((0.95, 0.55, 0.55), (0.80, 0.45, 0.45)), (0.3, 0.8), (0.0, 0.4), (0.2, 0.6), tints=True)
BLACK_DOT = Spot(6, ((30.0, 28.0, 30.0), (58.0, 46.0, 42.0)), (0.6, 1.0), (0.0, 0.3), (0.1, 0.35))
INK_DOT = Spot(7, ((36.0, 38.0, 46.0), (40.0, 55.0, 110.0), (70.0, 84.0, 92.0)), (0.35, 0.95), (0.0, 0.35), (0.15, 0.6))
BLOOD = Spot(8, ((112.0, 16.0, 16.0), (70.0, 14.0, 14.0), (150.0, 36.0, 30.0)), (0.5, 0.95), (0.2, 0.8), (0.05, 0.3))
CRUST = Spot(
    9,
    ((196.0, 164.0, 96.0), (150.0, 106.0, 56.0), (216.0, 198.0, 150.0)),
    (0.6, 0.95),
    (0.3, 0.7),
    (0.04, 0.15),
    hides=True,
    grain=0.25,
)
FLAKE = Spot(
    10,
    ((232.0, 232.0, 236.0), (214.0, 218.0, 224.0), (226.0, 216.0, 192.0)),
    (0.2, 0.95),
    (0.25, 0.8),
    (0.03, 0.15),
    hides=True,
    grain=0.3,
)
DUST = Spot(
    11,
    ((240.0, 240.0, 240.0), (40.0, 38.0, 36.0), (110.0, 90.0, 70.0), (70.0, 90.0, 200.0)),
    (0.4, 0.95),
    (0.2, 0.8),
    (0.1, 0.4),
)


YELLOW_DOT_UM = (120.0, 500.0)
BLACK_DOT_UM = (80.0, 150.0)


def yellow_dots(sheet: Sheet) -> list[tuple[Array, float]]:
    """Place and size in px of every dot of sebum."""
    return _places(sheet, YELLOW_DOT, sheet.scene.settings.clutter.yellow_dots_per_cm2, YELLOW_DOT_UM)


def black_dots(sheet: Sheet) -> list[tuple[Array, float]]:
    """Place and size in px of every shaft that is broken off in the skin."""
    return _places(sheet, BLACK_DOT, sheet.scene.settings.clutter.black_dots_per_cm2, BLACK_DOT_UM)


def _places(sheet: Sheet, spot: Spot, per_cm2: float, size_um: Span) -> list[tuple[Array, float]]:
    """Where ``_lay`` puts spots of a kind: it draws the places before anything else."""
    if not per_cm2:
        return []
    return [
        (piece.place(place), size * piece.zoom)
        for piece in pieces_of_skin(sheet)
        for place, size in scattered(
            piece.sheet, per_cm2, size_um, stream(piece.sheet.scene, Stream.SPOTS, spot.number)
        )
        if piece.shows(place, size)
    ]


def lay_spots_under(sheet: Sheet) -> None:
    """Spots in the skin."""
    clutter, skin = sheet.scene.settings.clutter, sheet.scene.settings.skin
    _lay(sheet, FRECKLE, skin.freckles_per_cm2, (300.0, 2000.0))
    _lay(sheet, SCAR, skin.scars_per_cm2, (400.0, 3000.0))
    _lay(sheet, YELLOW_DOT, clutter.yellow_dots_per_cm2, YELLOW_DOT_UM)
    _lay(sheet, WHITE_DOT, clutter.white_dots_per_cm2, (80.0, 300.0))
    _lay(sheet, RED_DOT, clutter.red_dots_per_cm2, (40.0, 160.0))
    _lay(sheet, BLACK_DOT, clutter.black_dots_per_cm2, BLACK_DOT_UM)
    _lay(sheet, INK_DOT, clutter.ink_dots_per_cm2, (100.0, 300.0))
    _lay(sheet, BLOOD, clutter.blood_per_cm2, (40.0, 600.0), stays=False)


def lay_spots_over(sheet: Sheet) -> None:
    """Spots on the hairs."""
    clutter = sheet.scene.settings.clutter
    _lay(sheet, CRUST, clutter.crusts_per_cm2, (200.0, 1200.0))
    _lay(sheet, FLAKE, clutter.flakes_per_cm2, clutter.flakes_um)
    _lay(sheet, DUST, clutter.dust_per_cm2, (10.0, 70.0), stays=False)


def lay_root_flakes(sheet: Sheet) -> None:
    """Scale that clings to some roots, partly over the shafts."""
    share, rng = sheet.scene.settings.clutter.root_flakes, stream(sheet.scene, Stream.ROOT_FLAKES)
    if share:
        roots = to_px(sheet.scene.hairs.roots_um, sheet.um_per_px)
        chosen = roots[rng.random(len(roots)) < share]
        sizes = np.exp(rng.uniform(np.log(60.0), np.log(350.0), len(chosen))) / sheet.um_per_px
        places = chosen + 0.5 * sizes[:, None] * rng.standard_normal((len(chosen), 2))
        for patch in _patches(sheet, FLAKE, zip(places, sizes.tolist(), strict=True), rng):
            stamp(sheet, patch.place, patch.alpha, patch.color, hides=FLAKE.hides)


def _lay(sheet: Sheet, spot: Spot, per_cm2: float, size_um: Span, *, stays: bool = True) -> None:
    """Lay spots of a kind; those that stay lie where they lay on the skin that was seen before."""
    if not per_cm2:
        return
    for piece in pieces_of_skin(sheet) if stays else [Piece(sheet=sheet)]:
        rng = stream(piece.sheet.scene, Stream.SPOTS, spot.number)
        for patch in _patches(piece.sheet, spot, scattered(piece.sheet, per_cm2, size_um, rng), rng):
            if piece.shows(patch.place, patch.size_px):
                alpha = piece.turned(patch.place, patch.alpha)
                stamp(sheet, piece.place(patch.place), alpha, patch.color, hides=spot.hides)


class Patch(NamedTuple):
    """One spot before it is laid; its place and mean diameter in px."""

    place: Array
    size_px: float
    alpha: Map
    color: Map


def _patches(
    sheet: Sheet, spot: Spot, places: Iterable[tuple[Array, float]], rng: np.random.Generator
) -> Iterator[Patch]:
    for place, size in places:
        edge = max(size * rng.uniform(*spot.edge), 1.0)
        alpha = np.float32(rng.uniform(*spot.opacity)) * blot(size, rng, rough=rng.uniform(*spot.rough), edge_px=edge)
        if spot.grain:
            alpha *= np.clip(1 + spot.grain * clouds(alpha.shape, max(size / 20, 1.5), rng), 0, 1.2)
        color = np.array(spot.colors_rgb[rng.integers(len(spot.colors_rgb))]) * rng.uniform(0.92, 1.06)
        if spot.tints:
            color = np.minimum(color * sheet.scene.settings.skin.color_rgb, 250.0)
        yield Patch(place, size, np.minimum(alpha, 1), sheet.color(color))
