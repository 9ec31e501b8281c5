"""Skin that a former visit showed, and the skin around it: two pieces, each painted in its own frame and moved here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.scene import Scene, Seen
from hairdensity.synthetic.sheet import Sheet, Stream
from hairdensity.synthetic.truth import to_px

__all__ = ["Piece", "around", "pieces_of_skin", "seen_now", "to_um"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """What is drawn on a frame of its own, and where that lies on the picture.

    Parameters
    ----------
    sheet : Sheet
        Only its scene and scale count; its canvas is empty.
    seen : Seen or None
        How the frame lies on the picture; None: it is the picture's.
    um_per_px : float or None
        Of the picture; None: that of the sheet.
    outside : Seen or None
        The piece shows nothing where this first frame lies.
    """

    sheet: Sheet
    seen: Seen | None = None
    um_per_px: float | None = None
    outside: Seen | None = None

    @property
    def zoom(self) -> float:
        """Picture px for each px of the piece."""
        return 1.0 if self.um_per_px is None else self.sheet.um_per_px / self.um_per_px

    def shows(self, place_px: Array, size_px: float) -> bool:
        """Whether something of this size at this place of the piece is seen on the picture's skin."""
        place_um = to_um(place_px, self.sheet.um_per_px)
        if self.seen is not None:
            return not self.seen.is_closed(place_um)
        if self.outside is None:
            return True
        # What reaches into the first frame would have been seen there.
        frame = np.array(self.outside.first.settings.frame_um)
        before = self.outside.motion.back(place_um[None])[0]
        return float(np.maximum(-before, before - frame).max()) > size_px * self.sheet.um_per_px

    def place(self, place_px: Array) -> Array:
        """(2,) picture px of a place on the piece."""
        if self.seen is None:
            return place_px
        moved = self.seen.motion.forth(to_um(place_px, self.sheet.um_per_px)[None])[0]
        return to_px(moved, self.um_per_px or self.sheet.um_per_px)

    def turned(self, place_px: Array, alpha: Map) -> Map:
        """A patch at a place of the piece as it lies on the picture, in picture px; its middle stays the middle."""
        if self.seen is None:
            return alpha
        bend = self.zoom * self.seen.motion.local(to_um(place_px, self.sheet.um_per_px))
        middle = (np.array(alpha.shape) - 1) // 2 + 0.0
        reach = np.ceil(np.abs(bend) @ (middle + 1)).astype(int)
        # cv2 counts (x, y).
        way = bend[::-1, ::-1]
        shift = reach[::-1] - way @ middle[::-1]
        size = (2 * int(reach[1]) + 1, 2 * int(reach[0]) + 1)
        return np.asarray(
            cv2.warpAffine(alpha, np.column_stack([way, shift]), size, flags=cv2.INTER_LINEAR), np.float32
        )


def pieces_of_skin(sheet: Sheet) -> list[Piece]:
    """The picture's own frame at a first visit; later the first frame, and around it skin that was never seen."""
    scene, seen = sheet.scene, sheet.scene.seen
    if seen is None:
        return [Piece(sheet=sheet)]
    return [
        Piece(sheet=_blank(seen_now(seen.first, scene)), seen=seen, um_per_px=sheet.um_per_px),
        Piece(sheet=_blank(around(seen.first, scene)), outside=seen),
    ]


def seen_now(first: Scene, scene: Scene) -> Scene:
    """The first visit's scene through the camera of another."""
    return replace(first, settings=replace(first.settings, camera=scene.settings.camera))


def around(first: Scene, scene: Scene) -> Scene:
    """Skin of the same kind on a later frame, for what the first visit did not show; it is the same at each visit."""
    seed = np.random.default_rng([first.seed, Stream.AROUND]).integers(2**31)
    return replace(scene, seed=int(seed), seen=None)


def to_um(place_px: Array, um_per_px: float) -> Array:
    """(row, col) um from the frame's corner of (row, col) px."""
    return (place_px + 0.5) * um_per_px


def _blank(scene: Scene) -> Sheet:
    return Sheet(scene=scene, canvas=np.zeros((0, 0, 3), np.float32), hidden=np.zeros((0, 0), bool))
