"""The scale that a person has set for a picture: its stored forms, and what it asks of the scoring.

``capture.scale`` is None, which means that the picture itself is asked (scale bar, resolution tags), or a dict with
``kind``:

========  ============================================================================================================
kind      further fields
========  ============================================================================================================
given     exactly one of ``um_per_px``, ``px_per_mm``, ``field_width_mm``; ``relative_error`` (optional, a fraction)
drawn     ``um_per_px``, ``relative_error``, ``length_mm``, ``from_px``, ``to_px`` ((row, col) each),
          ``source`` ("drawn: 5 mm over 812.4 px")
ruler     ``tick_mm``: a ruler with ticks so far apart lies in the picture
profile   ``device_id``, ``profile`` (what the file of a `DeviceProfile` holds, as it was when it was chosen)
none      nothing: counts alone, even where the picture shows a scale
========  ============================================================================================================
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from hairdensity.errors import CalibrationError
from hairdensity.files import make_folder, write_whole

__all__ = ["Scale", "checked_scale", "drawn_scale", "profile_scale", "scale_request", "stated_um_per_px"]

Scale = dict[str, Any]

_GIVEN = ("um_per_px", "px_per_mm", "field_width_mm")


def scale_request(scale: Scale | None, *, profiles: Path) -> dict[str, Any]:
    """The fields of `scoring.Request` that a capture's scale stands for.

    Parameters
    ----------
    scale : dict or None
        ``capture.scale``, in one of the forms above.
    profiles : Path
        A folder where the file of a device's profile is put, under the hash of its content.

    Returns
    -------
    dict
        To go on: ``Request(area=capture.area, **scale_request(...))``.
    """
    if scale is None:
        return {}
    kind = scale["kind"]
    if kind == "none":
        return {"without_scale": True}
    if kind == "ruler":
        return {"tick_mm": scale["tick_mm"]}
    if kind == "profile":
        return {"device_profile": str(_profile_file(scale["profile"], profiles))}
    return {name: scale[name] for name in (*_GIVEN, "relative_error") if scale.get(name) is not None}


def _profile_file(profile: dict[str, Any], folder: Path) -> Path:
    content = json.dumps(profile, sort_keys=True).encode()
    path = folder / f"{hashlib.sha256(content).hexdigest()}.json"
    if not path.is_file():
        make_folder(folder)
        write_whole(path, content)
    return path


def checked_scale(scale: Scale | None, *, width_px: int, height_px: int) -> Scale | None:
    """A scale as a person states it, in its stored form.

    Parameters
    ----------
    scale : dict or None
        One of the forms above; of ``drawn`` only ``length_mm``, ``from_px`` and ``to_px`` are read.
    width_px, height_px : int
        Of the picture.

    Raises
    ------
    CalibrationError
        If it is none of the forms, or not plausible for microscopy.
    """
    if scale is None:
        return None
    kind = scale.get("kind")
    if kind == "none":
        return {"kind": "none"}
    if kind == "given":
        return _given(scale, width_px)
    if kind == "ruler":
        return {"kind": "ruler", "tick_mm": _length(scale, "tick_mm")}
    if kind == "drawn":
        points = (_point(scale, "from_px"), _point(scale, "to_px"))
        return drawn_scale(_length(scale, "length_mm"), points, width_px=width_px, height_px=height_px)
    if kind == "profile" and isinstance(scale.get("profile"), dict):
        return profile_scale(str(scale.get("device_id")), scale["profile"], width_px=width_px, height_px=height_px)
    raise CalibrationError(f"a scale is given, drawn, ruler, profile or none, got {str(kind)[:40]!r}")


def drawn_scale(
    length_mm: float, points: tuple[tuple[float, float], tuple[float, float]], *, width_px: int, height_px: int
) -> Scale:
    """The scale from a line of a known length that a person has drawn along a ruler or a bar.

    Parameters
    ----------
    length_mm : float
    points : ((float, float), (float, float))
        (row, col) px of both ends.
    width_px, height_px : int
        Of the picture.

    Raises
    ------
    CalibrationError
        If an end lies outside the picture, the line is shorter than 10 px, or the scale is not plausible.
    """
    from hairdensity.calibrating import length_calibration  # noqa: PLC0415 -- brings OpenCV with it

    start, end = points
    found = length_calibration(length_mm, start, end, width_px=width_px, height_px=height_px)
    return {
        "kind": "drawn",
        "um_per_px": found.um_per_px,
        "relative_error": found.relative_error,
        "length_mm": length_mm,
        "from_px": list(start),
        "to_px": list(end),
        "source": f"drawn: {length_mm:g} mm over {math.dist(start, end):.1f} px",
    }


def profile_scale(device_id: str, profile: dict[str, Any], *, width_px: int, height_px: int) -> Scale:
    """The scale of a device's profile.

    Raises
    ------
    CalibrationError
        If the profile is for pictures of another size.
    """
    from hairdensity.calibration import profile_from_json  # noqa: PLC0415 -- brings OpenCV with it

    profile_from_json(profile).calibration(width_px=width_px, height_px=height_px)
    return {"kind": "profile", "device_id": device_id, "profile": profile}


def stated_um_per_px(scale: Scale | None, *, width_px: int) -> float | None:
    """um/px that a stored scale states by itself; None where the picture has to show it, and for no scale.

    Parameters
    ----------
    scale : dict or None
        In its stored form.
    width_px : int
        Of the picture.
    """
    stated = scale or {}
    if stated.get("kind") == "profile":
        stated = stated["profile"]
    if stated.get("um_per_px"):
        return float(stated["um_per_px"])
    if stated.get("px_per_mm"):
        return 1000.0 / float(stated["px_per_mm"])
    return 1000.0 * float(stated["field_width_mm"]) / width_px if stated.get("field_width_mm") else None


def _given(scale: Scale, width_px: int) -> Scale:
    from hairdensity.calibration import GIVEN_RELATIVE_ERROR, Calibration  # noqa: PLC0415 -- brings OpenCV with it

    stated = [name for name in _GIVEN if scale.get(name) is not None]
    if len(stated) != 1:
        raise CalibrationError(
            f"state the scale once, as one of {', '.join(_GIVEN)}; got {' and '.join(stated) or 'none'}"
        )
    name = stated[0]
    value = _length(scale, name)
    error = GIVEN_RELATIVE_ERROR if scale.get("relative_error") is None else _length(scale, "relative_error")
    if name == "um_per_px":
        Calibration(um_per_px=value, relative_error=error)
    elif name == "px_per_mm":
        Calibration.from_px_per_mm(value, relative_error=error)
    else:
        Calibration.from_field_width_mm(value, image_width_px=width_px, relative_error=error)
    stored = {"kind": "given", name: value}
    return stored if scale.get("relative_error") is None else stored | {"relative_error": error}


def _length(scale: Scale, name: str) -> float:
    value = scale.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise CalibrationError(f"{name} must be a number above 0, got {str(value)[:40]!r}")
    return float(value)


def _point(scale: Scale, name: str) -> tuple[float, float]:
    value = scale.get(name)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise CalibrationError(f"{name} must be a row and a column in px: draw the line on the picture")
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
        raise CalibrationError(f"{name} must be a row and a column in px, got {str(value)[:40]!r}")
    return float(value[0]), float(value[1])
