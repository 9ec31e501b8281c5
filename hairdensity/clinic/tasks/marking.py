"""Task ``mark``: where in a picture its scale can be seen, for a person who checks or draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hairdensity.calibrating import POINT_ERROR_PX
from hairdensity.calibration import find_bars, find_rulers
from hairdensity.calibration.ruler import RULER_RELATIVE_ERROR
from hairdensity.calibration.scale_bar import agreed_bar
from hairdensity.image import read_image

if TYPE_CHECKING:
    from hairdensity.calibration import Ruler, ScaleBar
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["handle"]

MOST_RULERS = 2


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Find the bars and rulers of a picture.

    Parameters
    ----------
    task : dict
        ``sha256`` of the picture.
    bench : Bench

    Returns
    -------
    dict
        ``bars``: ``ends_px`` ((row, col) twice) and ``label`` (empty when it could not be read). ``scale``: ``label``
        and ``um_per_px`` of the bar that the analysis uses; None where no label is certain, or bars contradict one
        another. ``rulers``: ``ticks_px``, ``spacing_px``. ``point_error_px`` and ``ruler_error``: the error of a line
        that is drawn by hand.
    """
    pixels = read_image(bench.files.path(task["sha256"])).pixels
    bars = find_bars(pixels)
    return {
        "bars": [{"ends_px": bar.ends_px, "label": bar.label} for bar in bars],
        "scale": _scale(agreed_bar(bars)),
        "rulers": [_ruler(ruler) for ruler in find_rulers(pixels, most=MOST_RULERS)],
        "point_error_px": POINT_ERROR_PX,
        "ruler_error": RULER_RELATIVE_ERROR,
    }


def _scale(bar: ScaleBar | None) -> dict[str, Any] | None:
    calibration = None if bar is None else bar.calibration()
    if bar is None or calibration is None:
        return None
    return {"label": bar.label, "um_per_px": calibration.um_per_px}


def _ruler(ruler: Ruler) -> dict[str, Any]:
    return {"ticks_px": ruler.ticks_px.tolist(), "spacing_px": float(ruler.spacing_px)}
