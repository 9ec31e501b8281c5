"""The part of the page that shows the pictures: both visits, the slider, the layers, every hair with its words."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import cv2

from hairdensity.report.change_fates import LEAST_PROBABILITY
from hairdensity.report.change_frame import Frame
from hairdensity.report.change_looks import UNMATCHED, legend_of
from hairdensity.report.change_vectors import hair_shapes, sample_shape, shared_outline
from hairdensity.report.wording import NOT_KNOWN, number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hairdensity.comparison.change import Change

__all__ = ["growth_sentences", "hair_sentence", "sentences_of", "viewer"]

JPEG_QUALITY = 84
"""Half a MB a visit; hairs keep their edges."""

Document = dict[str, Any]


def viewer(frame: Frame, document: Document, sentences: Sequence[str]) -> str:
    """Both visits over each other with the slider, or beside each other when they were not registered."""
    height, width = frame.baseline.shape[:2]
    visits = [
        f'<svg class="visit {side}" viewBox="0 0 {width} {height}" role="group" aria-label="{name}">'
        f'<image href="{_data_uri(pixels)}" width="{width}" height="{height}"/>'
        f"{shared_outline(frame)}{hair_shapes(frame, sentences, is_baseline=side == 'before')}</svg>"
        for side, name, pixels in (("before", "Baseline", frame.baseline), ("after", "Follow-up", frame.follow_up))
    ]
    kind = "stage" if frame.is_aligned else "stage two"
    tags = '<span class="tag before">Baseline</span><span class="tag after">Follow-up</span>'
    seam = '<div class="seam" id="seam"></div>' if frame.is_aligned else ""
    return (
        f'<section class="viewer" aria-label="Pictures of both visits">\n<div class="{kind}" id="stage">'
        f"{visits[0]}\n{visits[1]}{tags}{seam}</div>\n{_controls(frame)}{_layers(frame, document)}"
        '<p class="readout" id="readout" aria-live="polite">Point at a hair, or go from hair to hair with the arrow '
        "keys, to see what is known of it at both visits.</p>\n</section>"
    )


def _controls(frame: Frame) -> str:
    if not frame.is_aligned:
        return ""
    return (
        '<div class="controls"><label class="slide" for="slider"><span>Baseline</span>'
        '<input id="slider" type="range" min="0" max="100" value="50" aria-label="Boundary between the visits">'
        '<span>Follow-up</span></label><button id="turn" type="button">Other visit (B)</button>'
        '<button id="blink" type="button" aria-pressed="false">Blink</button></div>'
    )


def _layers(frame: Frame, document: Document) -> str:
    words = {look.name: f"{look.meaning}: {n_hairs}" for look, n_hairs in legend_of(document)}
    if not frame.is_aligned:
        words = {UNMATCHED: "hairs that were counted"}
    boxes = "".join(
        f'<label><input type="checkbox" data-layer="{name}" checked>{sample_shape(name)} {escape(text)}</label>'
        for name, text in words.items()
    )
    return f'<fieldset class="layers"><legend>Show</legend>{boxes}</fieldset>'


def _data_uri(pixels: NDArray[np.uint8]) -> str:
    _, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"


def sentences_of(change: Change, frame: Frame) -> list[str]:
    """What is known of each hair of the frame, in words."""
    if frame.is_aligned:
        return [hair_sentence(row) for row in change.matches.to_dict("records")]
    hairs = [
        (visit, row)
        for visit, analysis in (("Baseline", change.baseline), ("Follow-up", change.follow_up))
        for row in analysis.hairs.to_dict("records")
    ]
    return [f"{visit} hair {row['hair_id']}: diameter {_um(row['diameter_um'])}" for visit, row in hairs]


def hair_sentence(match: Any) -> str:
    """A row of the matches in words, e.g. ``"Hair 7: kept, thicker; 52 µm at baseline, 61 µm at follow-up ..."``."""
    before, after = _um(match["baseline_diameter_um"]), _um(match["follow_up_diameter_um"])
    name = f"Hair {match['match_id']}"
    if not match["in_area"]:
        seen = {"lost": f"{before} at baseline", "new": f"{after} at follow-up"}
        both = f"{before} at baseline, {after} at follow-up"
        return f"{name}: outside the common area, not compared; {seen.get(match['fate'], both)}"
    if not match["fate_probability"] >= LEAST_PROBABILITY:
        return f"{name}: unsure, {_unsure(match, before, after)}"
    if match["fate"] == "lost":
        return f"{name}: lost; {before} at baseline, not there at follow-up"
    if match["fate"] == "new":
        return f"{name}: new; not there at baseline, {after} at follow-up"
    way = f", {match['thickness']}" if match["thickness"] else ""
    change, error = match["diameter_change_um"], match["diameter_change_se_um"]
    known = f" ({change:+.0f} ± {1.96 * error:.0f} µm)" if math.isfinite(change) and math.isfinite(error) else ""
    return f"{name}: kept{way}; {before} at baseline, {after} at follow-up{known}"


def _unsure(match: Any, before: str, after: str) -> str:
    """Why a fate is not counted, e.g. ``"probably no hair; 40 µm, seen at baseline alone; ..."``."""
    fate, probability = match["fate"], match["fate_probability"]
    there = max(match["baseline_probability"], match["follow_up_probability"])
    what = "probably no hair; " if there < LEAST_PROBABILITY else ""
    seen = {"lost": f"{before}, seen at baseline alone", "new": f"{after}, seen at follow-up alone"}
    both = f"{before} at baseline, {after} at follow-up"
    known = f"; {fate} with a probability of {100.0 * probability:.0f} %" if math.isfinite(probability) else ""
    return f"{what}{seen.get(fate, both)}{known}"


def growth_sentences(document: Document) -> list[str]:
    """What is known of the growth of each hair, in the order of the matches."""
    return [_growth_sentence(hair) for hair in document["hairs"]]


def _growth_sentence(hair: dict[str, Any]) -> str:
    words = {"anagen": "growing", "telogen": "resting"}.get(hair["phase"], hair["phase"] or "not known")
    parts = [f"Hair {hair['match_id']}: {words if hair['in_area'] else 'outside the common area, not compared'}"]
    if hair["growth_mm_per_day"] is not None:
        bound = f"{hair['bound']} " if hair["bound"] else ""
        parts.append(f"{bound}{hair['growth_mm_per_day']:.2f} mm per day")
    parts += [hair["reason"]] if hair["reason"] else []
    return "; ".join(parts)


def _um(diameter_um: float) -> str:
    text = number(diameter_um)
    return "thickness not known" if text == NOT_KNOWN else f"{text} µm"
