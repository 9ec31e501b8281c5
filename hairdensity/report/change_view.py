"""The hairs of a change as plain values that a browser draws over both pictures: lines, looks, words.

Coordinates are (row, col) px of the baseline picture; of pictures that were not registered, of each visit's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hairdensity.report.change_fates import are_likely
from hairdensity.report.change_frame import Frame
from hairdensity.report.change_looks import FATES, UNMATCHED
from hairdensity.report.change_vectors import shared_rings, simpler
from hairdensity.report.change_viewer import sentences_of
from hairdensity.report.values import number_or_none

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis
    from hairdensity.comparison.change import Change

__all__ = ["change_view"]

_DECIMALS = 1
"""A tenth of a px is far below what a line on a screen can show."""


def change_view(change: Change, frame: Frame) -> dict[str, Any]:
    """What a page needs beside the document to show a change.

    Parameters
    ----------
    change : Change
    frame : Frame
        Of the same change in the baseline's own px.

    Returns
    -------
    dict
        ``is_aligned``; ``baseline`` and ``follow_up`` (size of the picture that the lines lie on); ``rings`` (borders
        of the common area); ``hairs`` (id, look, counts, place, the lines before and after, thickness at both visits,
        words); ``units`` (re-activated and emptied follicular units); ``looks`` (what each look means and how it is
        drawn).
    """
    return {
        "is_aligned": frame.is_aligned,
        "baseline": _size(change.baseline),
        "follow_up": _size(change.baseline if frame.is_aligned else change.follow_up),
        "rings": [ring[:, ::-1].tolist() for ring in shared_rings(frame)] if frame.is_aligned else [],
        "hairs": list(_matched(change, frame) if frame.is_aligned else _unmatched(change, frame)),
        "units": list(_units(change)),
        "looks": [
            {
                "name": look.name,
                "meaning": look.meaning,
                "color": "#{:02x}{:02x}{:02x}".format(*look.color),
                "width": look.width,
                "sign": look.sign,
                "line": "dashed" if look.is_dashed else "dotted" if look.is_dotted else "solid",
            }
            for look in FATES
        ],
    }


def _size(analysis: Analysis) -> dict[str, Any]:
    height, width = analysis.image.pixels.shape[:2]
    scale = analysis.calibration
    return {"width_px": width, "height_px": height, "um_per_px": None if scale is None else scale.um_per_px}


def _matched(change: Change, frame: Frame) -> Iterator[dict[str, Any]]:
    """Yield the hairs of the matches, with what each visit shows of them."""
    rows = zip(change.matches.to_dict("records"), sentences_of(change, frame), strict=True)
    for index, (match, words) in enumerate(rows):
        yield {
            "id": int(match["match_id"]),
            "look": frame.looks[index],
            "counts": bool(frame.counts[index]),
            "place": _pair(frame.places[index]),
            "before": _line(frame.baseline_paths[index]),
            "after": _line(frame.follow_up_paths[index]),
            "before_um": number_or_none(match["baseline_diameter_um"], 2),
            "after_um": number_or_none(match["follow_up_diameter_um"], 2),
            "words": words,
        }


def _unmatched(change: Change, frame: Frame) -> Iterator[dict[str, Any]]:
    """Yield the hairs of both visits, each by itself."""
    words = iter(sentences_of(change, frame))
    for side, analysis in (("before", change.baseline), ("after", change.follow_up)):
        for index, hair in enumerate(analysis.hairs.to_dict("records")):
            path = analysis.centerlines.path(index)
            yield {
                "id": int(hair["hair_id"]),
                "look": UNMATCHED,
                "counts": bool(hair["in_area"]),
                "place": _pair(path[0]),
                "before": None,
                "after": None,
                side: _line(path),
                "before_um": None,
                "after_um": None,
                f"{side}_um": number_or_none(hair["diameter_um"], 2),
                "words": next(words),
            }


def _units(change: Change) -> Iterator[dict[str, Any]]:
    """Yield the units of the common area that probably bear hair at one visit alone."""
    is_shown = change.units["in_area"].astype(bool).to_numpy() & are_likely(change.units)
    for unit in change.units[is_shown].to_dict("records"):
        if unit["fate"] != "kept":
            place = np.array([unit["row_px"], unit["col_px"]])
            yield {"fate": unit["fate"], "place": _pair(place), "opening_seen": bool(unit["opening_seen"])}


def _line(path: NDArray[np.float64] | None) -> list[list[float]] | None:
    return None if path is None else [_pair(point[::-1]) for point in simpler(path)]


def _pair(point: NDArray[Any]) -> list[float]:
    return [round(float(value), _DECIMALS) for value in point]
