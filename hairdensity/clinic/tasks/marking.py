"""Task ``mark``: where in a picture its scale can be seen, for a person who checks or draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hairdensity.calibrating import POINT_ERROR_PX
from hairdensity.calibration import find_bars, find_rulers
from hairdensity.calibration.ruler import RULER_RELATIVE_ERROR
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
        ``bars``: ``ends_px`` ((row, col) twice), ``label`` (empty when it could not be read), ``um_per_px`` (None
        without). ``rulers``: ``ticks_px``, ``spacing_px``. ``point_error_px`` and ``ruler_error``: what a line that is
        drawn by hand adds to the error.
    """
    pixels = read_image(bench.files.path(task["sha256"])).pixels
    return {
        "bars": [_bar(bar) for bar in find_bars(pixels)],
        "rulers": [_ruler(ruler) for ruler in find_rulers(pixels, most=MOST_RULERS)],
        "point_error_px": POINT_ERROR_PX,
        "ruler_error": RULER_RELATIVE_ERROR,
    }


def _bar(bar: ScaleBar) -> dict[str, Any]:
    scale = bar.calibration()
    return {"ends_px": bar.ends_px, "label": bar.label, "um_per_px": None if scale is None else scale.um_per_px}


def _ruler(ruler: Ruler) -> dict[str, Any]:
    return {"ticks_px": ruler.ticks_px.tolist(), "spacing_px": float(ruler.spacing_px)}
