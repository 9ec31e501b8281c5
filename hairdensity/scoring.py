"""What a worker process does with one picture: decode, analyze, draw; only text goes back to the parent.

Numpy and all that needs it are imported in the worker alone: the parent starts at once and stays small.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairdensity.errors import InputError
from hairdensity.inputs import OVERLAY_SUFFIX, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hairdensity.analysis import Analysis, Settings
    from hairdensity.calibration import Calibration, DeviceProfile
    from hairdensity.image import TrichoImage
    from hairdensity.target_area import AreaShape

__all__ = ["Request", "Task", "calibrate", "prepare_analyzing", "prepare_scoring"]

LONGEST_STEM_BYTES = 200
"""Most file systems take names of 255 bytes; hash and suffix are added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one run asks of every picture.

    Parameters
    ----------
    um_per_px, px_per_mm, field_width_mm : float or None
        The scale, stated at most once.
    relative_error : float or None
        Of the stated scale; None for the usual one.
    tick_mm : float or None
        Distance of neighboring ticks of a ruler in every picture; None without one.
    device_profile : str or None
        File of a device's profile, or the device's name.
    profiles : Path or None
        Folder of profiles; None for the person's own.
    resized : bool
        The pictures are whole ones of the device, resized.
    without_scale : bool
        Use no scale at all, not even one that the picture shows: counts and px alone.
    area : str
        As `hairdensity.target_area.parse_area` reads it.
    area_mask : Path or None
        A picture that is white where scalp is to be analyzed; instead of ``area``.
    method : str
        ``network`` or ``ridges``.
    model : str or None
        A shipped model's name or a folder; None for the newest shipped one.
    device : str
        ``cpu`` or ``cuda``: where the network runs.
    edits : Path or None
        A JSON file with what a person has changed: the edits of `hairdensity.edits`, for the run's only picture.
    overlay_folder : Path or None
        Where overlays go.
    with_hairs : bool
        Send the hairs in the document.
    with_tables : bool
        Send the rows of the CSV tables.
    """

    um_per_px: float | None = None
    px_per_mm: float | None = None
    field_width_mm: float | None = None
    relative_error: float | None = None
    tick_mm: float | None = None
    device_profile: str | None = None
    profiles: Path | None = None
    resized: bool = False
    without_scale: bool = False
    area: str = "whole"
    area_mask: Path | None = None
    method: str = "network"
    model: str | None = None
    device: str = "cpu"
    edits: Path | None = None
    overlay_folder: Path | None = None
    with_hairs: bool = False
    with_tables: bool = False

    def on_whole_picture(self) -> Request:
        """The same request without the area, which is stated in the px of one picture."""
        return replace(self, area="whole", area_mask=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One picture of a run.

    Parameters
    ----------
    path : Path
    shares_name : bool
        Another picture of the run has the same name: overlays then carry a part of the picture's hash.
    """

    path: Path
    shares_name: bool = False


def prepare_scoring(request: Request) -> Callable[[Task], dict[str, Any]]:
    """Check a request and return the function that scores one picture with it.

    The function returns ``summary`` (an entry of ``results`` without its hairs), ``model`` (name, version and sha256 of
    the weights, None without), ``document`` (the whole entry as JSON text, when asked for), ``hairs`` and ``units``
    (CSV rows, when asked for).

    Raises
    ------
    InputError
        If the request makes no sense for any picture.
    ResourceError
        If its model is not there or damaged.
    """
    from hairdensity.files import make_folder  # noqa: PLC0415

    analyze_file = prepare_analyzing(request)
    if request.overlay_folder is not None:
        make_folder(request.overlay_folder)
    if request.edits is not None:
        analyze_file = _with_edits(analyze_file, _read_edits(request.edits))
    return lambda task: _score(task, request, analyze_file)


def _read_edits(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the edits in {path}: {error}; give a JSON file with a list of edits") from error


def _with_edits(analyze_file: Callable[[Path], Analysis], edits: Any) -> Callable[[Path], Analysis]:
    from hairdensity.correction import apply_edits, parse_edits  # noqa: PLC0415 -- in the worker alone

    def analyze_and_correct(path: Path) -> Analysis:
        analysis = analyze_file(path)
        height, width = analysis.image.pixels.shape[:2]
        return apply_edits(analysis, parse_edits(edits, image_shape=(height, width)))

    return analyze_and_correct


def prepare_analyzing(request: Request) -> Callable[[Path], Analysis]:
    """Check a request and return the function that decodes and analyzes one file with it.

    Raises
    ------
    InputError
        If the request makes no sense for any picture.
    ResourceError
        If its model is not there or damaged.
    """
    import cv2  # noqa: PLC0415 -- in the worker alone

    from hairdensity.calibration import Calibration  # noqa: PLC0415

    cv2.setNumThreads(1)
    relative_error = _relative_error(request)
    if request.um_per_px is not None:
        Calibration(um_per_px=request.um_per_px, relative_error=relative_error)
    elif request.px_per_mm is not None:
        Calibration.from_px_per_mm(request.px_per_mm, relative_error=relative_error)
    area, settings, profile = _read_area(request), _settings(request), _read_profile(request)
    return partial(_analyze_file, request=request, area=area, settings=settings, profile=profile)


def _settings(request: Request) -> Settings:
    """The analysis's settings; the model is looked for once, not for every picture."""
    from hairdensity.analysis import Settings  # noqa: PLC0415
    from hairdensity.segmentation import NetworkSettings, find_model  # noqa: PLC0415

    if request.method == "network":
        find_model(request.model)
    return Settings(method=request.method, model=request.model, network=NetworkSettings(device=request.device))


def _read_area(request: Request) -> AreaShape | NDArray[np.bool_]:
    from hairdensity.image import read_image  # noqa: PLC0415
    from hairdensity.target_area import parse_area  # noqa: PLC0415

    if request.area_mask is None:
        return parse_area(request.area)
    mask: NDArray[np.bool_] = read_image(request.area_mask).pixels.max(axis=2) > 127
    return mask


def _read_profile(request: Request) -> DeviceProfile | None:
    from hairdensity.calibration import read_profile  # noqa: PLC0415

    if request.device_profile is None:
        return None
    return read_profile(request.device_profile, folder=request.profiles)


def _analyze_file(
    path: Path,
    *,
    request: Request,
    area: AreaShape | NDArray[np.bool_],
    settings: Settings,
    profile: DeviceProfile | None,
) -> Analysis:
    from hairdensity.analysis import analyze  # noqa: PLC0415
    from hairdensity.image import read_image  # noqa: PLC0415

    image = read_image(path)
    return analyze(image, calibration=_calibrate(image, request, profile), area=area, settings=settings)


def _score(task: Task, request: Request, analyze_file: Callable[[Path], Analysis]) -> dict[str, Any]:
    from hairdensity.report.document import describe  # noqa: PLC0415

    analysis = analyze_file(task.path)
    path = shown(task.path)
    result = describe(analysis, path=path)
    text = json.dumps(result, allow_nan=False) if request.with_hairs else None
    del result["hairs"]
    if request.overlay_folder is not None:
        _draw(analysis, task, request.overlay_folder)
    model = None if analysis.model is None else asdict(analysis.model)
    return {"summary": result, "model": model, "document": text, **_table_rows(analysis, path, request)}


def calibrate(image: TrichoImage, request: Request) -> Calibration | None:
    """The scale that a request's analysis of this picture would use.

    Raises
    ------
    InputError
        If the stated scale is not plausible, or there is no such profile.
    """
    return _calibrate(image, request, _read_profile(request))


def _calibrate(image: TrichoImage, request: Request, profile: DeviceProfile | None) -> Calibration | None:
    from hairdensity.calibration import choose_calibration  # noqa: PLC0415

    if request.without_scale:
        return None
    if profile is not None and request.resized:
        height, width = image.pixels.shape[:2]
        profile = profile.resized_to(width_px=width, height_px=height)
    return choose_calibration(
        image,
        um_per_px=request.um_per_px,
        px_per_mm=request.px_per_mm,
        field_width_mm=request.field_width_mm,
        relative_error=_relative_error(request),
        tick_mm=request.tick_mm,
        profile=profile,
    )


def _relative_error(request: Request) -> float:
    from hairdensity.calibration import GIVEN_RELATIVE_ERROR  # noqa: PLC0415

    return GIVEN_RELATIVE_ERROR if request.relative_error is None else request.relative_error


def _table_rows(analysis: Analysis, path: str, request: Request) -> dict[str, str]:
    if not request.with_tables:
        return {}
    from hairdensity.report.tables import hair_rows, ostium_rows, unit_rows  # noqa: PLC0415

    rows = {"hairs": hair_rows, "units": unit_rows, "ostia": ostium_rows}
    return {name: rows_of(analysis, path=path) for name, rows_of in rows.items()}


def _draw(analysis: Analysis, task: Task, folder: Path) -> None:
    from hairdensity.report.overlay import write_overlay  # noqa: PLC0415

    stem = task.path.stem
    is_long = len(os.fsencode(stem)) > LONGEST_STEM_BYTES
    tail = f"-{analysis.image.sha256[:8]}" if task.shares_name or is_long else ""
    write_overlay(analysis, folder / f"{stem[:50] if is_long else stem}{tail}{OVERLAY_SUFFIX}")
