"""apply_edits: the hairs of an analysis as a person has corrected them, measured by the same code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis, Correction, conclude
from hairdensity.correction.drawn import fit_drawn
from hairdensity.correction.paths import cut, join, place_on, resampled, with_root_at
from hairdensity.edits import Add, Delete, Edit, Merge, MoveRoot, Split, Unreadable, edit_name
from hairdensity.errors import InputError
from hairdensity.flags import HairFlag
from hairdensity.looking import Sight
from hairdensity.target_area import fill_polygon
from hairdensity.tracing import Centerlines, is_crossed

__all__ = ["apply_edits"]

Array = NDArray[np.float64]

SHORTEST_PART_UM = 30.0
"""Half of a hair's width: a cut nearer to an end leaves no second hair."""

WORKING_UM_PER_PX = 5.5
"""Scale at which hairs are looked at for crossings, near that of the tracer."""

BORDER_UM = 30.0
"""From the picture's edge: a shaft that ends nearer to it goes on outside."""

SURE = 1.0
COIN_TOSS = 0.5


class _Hair(NamedTuple):
    path: Array
    root_confidence: float
    probability: float
    flags: int

    def changed(self, path: Array, root_confidence: float) -> _Hair:
        """The same hair with another path: a person vouches for it."""
        flags = self.flags & ~int(HairFlag.ROOT_UNSURE | HairFlag.TOUCHES_BORDER)
        flags |= int(HairFlag.CHANGED) | (0 if root_confidence > COIN_TOSS else int(HairFlag.ROOT_UNSURE))
        return _Hair(path, root_confidence, SURE, flags)


class _Hairs:
    """The hairs by their ids, while edits are applied to them."""

    def __init__(self, automatic: Analysis, sight: Sight) -> None:
        lines, ids = automatic.centerlines, automatic.hairs["hair_id"].to_numpy()
        columns = zip(
            lines.root_confidence.tolist(), lines.hair_probability.tolist(), lines.flags.tolist(), strict=True
        )
        self.hairs = {
            int(hair_id): _Hair(lines.path(row), *values)
            for row, (hair_id, values) in enumerate(zip(ids.tolist(), columns, strict=True))
        }
        self.next_id = int(ids.max(initial=-1)) + 1
        self.marked: NDArray[np.bool_] | None = None
        self.sight = sight

    def take(self, hair_id: int) -> _Hair:
        """The hair of an id.

        Raises
        ------
        InputError
            If there is none by now.
        """
        if hair_id not in self.hairs:
            raise InputError(
                f"there is no hair {hair_id}: an edit before it deleted or merged it, or it is of another reading; "
                "undo the last edit, or load the picture again"
            )
        return self.hairs[hair_id]

    def put_new(self, hair: _Hair) -> None:
        """Add a hair under the next id."""
        self.hairs[self.next_id] = hair
        self.next_id += 1

    def add(self, edit: Add) -> None:
        drawn = fit_drawn(np.array(edit.path_px), self.sight.darkness, um_per_px=self.sight.um_per_px)
        flags = HairFlag.ADDED
        if drawn.is_light:
            flags |= HairFlag.LIGHT_HAIR
        if not drawn.is_seen:
            flags |= HairFlag.AS_DRAWN
        self.put_new(_Hair(drawn.path_px, SURE, SURE, int(flags)))

    def delete(self, edit: Delete) -> None:
        self.take(edit.hair_id)
        del self.hairs[edit.hair_id]

    def split(self, edit: Split) -> None:
        hair = self.take(edit.hair_id)
        along, _ = place_on(hair.path, np.array(edit.at_px))
        first, second = cut(hair.path, along) if along > 0 else (hair.path[:1], hair.path)
        least = SHORTEST_PART_UM / self.sight.um_per_px
        if min(_length(first), _length(second)) < least:
            raise InputError(
                f"hair {edit.hair_id} cannot be split at its end: choose a place {least:.0f} px or more away from it"
            )
        self.hairs[edit.hair_id] = hair.changed(first, max(hair.root_confidence, np.nextafter(COIN_TOSS, 1)))
        # Where it was cut is known, not which of its ends is the root.
        self.put_new(hair.changed(second, COIN_TOSS))

    def merge(self, edit: Merge) -> None:
        first, second = self.take(edit.hair_id), self.take(edit.with_hair_id)
        path, begins = join(first.path, second.path)
        sureness = {"first": first.root_confidence, "second": second.root_confidence, "turned": COIN_TOSS}[begins]
        self.hairs[edit.hair_id] = first.changed(path, sureness)
        del self.hairs[edit.with_hair_id]

    def move_root(self, edit: MoveRoot) -> None:
        hair = self.take(edit.hair_id)
        path, _ = with_root_at(hair.path, np.array(edit.to_px))
        self.hairs[edit.hair_id] = hair.changed(path, SURE)

    def unreadable(self, edit: Unreadable) -> None:
        shape = self.sight.unreadable.shape
        polygon = fill_polygon(np.array(edit.polygon_px), (shape[0], shape[1]))
        self.marked = polygon if self.marked is None else self.marked | polygon


_APPLY: dict[type[Edit], Callable[[_Hairs, Any], None]] = {
    Add: _Hairs.add,
    Delete: _Hairs.delete,
    Split: _Hairs.split,
    Merge: _Hairs.merge,
    MoveRoot: _Hairs.move_root,
    Unreadable: _Hairs.unreadable,
}


def apply_edits(analysis: Analysis, edits: Sequence[Edit]) -> Analysis:
    """The analysis of a picture as a person has corrected it.

    Hairs, units, openings, coverage, figures and intervals are measured by the code that measures automatic analyses,
    on all hairs: a hair that is added beside another one also changes how that one is measured. Hairs that nobody
    touched keep their axes and ids; a new one takes the next id after the largest that was ever used.

    Parameters
    ----------
    analysis : Analysis
        Automatic, or corrected already: then the edits go on from there.
    edits : sequence of Edit
        In the order in which they were made; without any, the analysis itself is returned.

    Returns
    -------
    Analysis
        Its ``correction`` holds the automatic one and all edits.

    Raises
    ------
    InputError
        If an edit cannot be made, such as one of a hair that is not there; the message names its number.
    """
    if not edits:
        return analysis
    done = () if analysis.correction is None else analysis.correction.edits
    automatic = analysis if analysis.correction is None else analysis.correction.automatic
    sight = automatic.sight
    if sight is None:
        raise InputError("this analysis does not hold its picture's darkness: make it with analyze() to correct it")
    hairs, everything = _Hairs(automatic, sight), (*done, *edits)
    for number, edit in enumerate(everything, start=1):
        try:
            _APPLY[type(edit)](hairs, edit)
        except InputError as error:
            raise InputError(f"edit {number} ({edit_name(edit)}): {error}") from error
    lines = _lines(hairs, sight, automatic)
    ids = np.array(list(hairs.hairs), dtype=np.int64)
    correction = Correction(automatic=automatic, edits=everything, hair_ids=ids, marked=hairs.marked)
    return conclude(sight, lines, correction)


def _lines(state: _Hairs, sight: Sight, automatic: Analysis) -> Centerlines:
    """The hairs as Centerlines; what they cross and whether they leave the picture follows from where they run now."""
    hairs = state.hairs
    by_hand = int(HairFlag.ADDED | HairFlag.CHANGED)
    edge = BORDER_UM / sight.um_per_px
    last = np.array(sight.darkness.shape) - 1
    was_crossed = dict(zip(automatic.hairs["hair_id"].tolist(), _crossed(_paths(automatic), sight), strict=True))
    is_crossed_now = _crossed([hair.path for hair in hairs.values()], sight)
    flags = []
    for (hair_id, hair), is_now in zip(hairs.items(), is_crossed_now, strict=True):
        ends = hair.path[[0, -1]]
        leaves = bool(hair.flags & by_hand) and bool(((ends <= edge) | (ends >= last - edge)).any())
        # What the tracer said of a crossing holds where a person's edits make no difference.
        before = was_crossed.get(hair_id, False)
        bits = hair.flags | (int(HairFlag.TOUCHES_BORDER) if leaves else 0)
        bits = bits | int(HairFlag.CROSSING) if is_now and not before else bits
        flags.append(bits & ~int(HairFlag.CROSSING) if before and not is_now else bits)
    return Centerlines.from_paths(
        [hair.path for hair in hairs.values()],
        root_confidence=np.array([hair.root_confidence for hair in hairs.values()]),
        hair_probability=np.array([hair.probability for hair in hairs.values()]),
        flags=np.array(flags, dtype=np.int64),
    )


def _paths(analysis: Analysis) -> list[Array]:
    return [analysis.centerlines.path(row) for row in range(len(analysis.centerlines))]


def _crossed(paths: Sequence[Array], sight: Sight) -> list[bool]:
    zoom = sight.um_per_px / WORKING_UM_PER_PX
    found: list[bool] = is_crossed([resampled(path * zoom, 2.0) for path in paths], WORKING_UM_PER_PX).tolist()
    return found


def _length(path: Array) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
