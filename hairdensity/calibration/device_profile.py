"""What was measured of a device once: the scale of its pictures, kept in a file under the device's name."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from hairdensity.calibration.scale import UM_PER_PX_RANGE, Calibration
from hairdensity.errors import CalibrationError
from hairdensity.files import make_folder, write_whole

__all__ = [
    "DeviceProfile",
    "default_profile_folder",
    "profile_from_json",
    "profile_to_json",
    "read_profile",
    "write_profile",
]

SCHEMA = "hairdensity/device-profile-1"

MOST_PROFILE_BYTES = 1_000_000

ASPECT_PX = 1.0
"""Rounding of a resized picture's sides."""

NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """The scale of a device at one zoom, and the size of the pictures that it holds for.

    Parameters
    ----------
    name : str
        Letters, digits, space, point, dash and underscore.
    um_per_px : float
        Edge of a pixel, in um.
    relative_error : float
        One standard deviation of it.
    um_per_px_rows, um_per_px_cols : float or None
        Down the columns and along the rows, where both were measured.
    distortion, distortion_error : float or None
        How much longer a length is at the picture's corner than in its middle, as a fraction, and its standard
        deviation; None where it was not measured.
    width_px, height_px : int
        Size of the device's pictures.
    date : str
        Of the measurement, ISO 8601.
    pictures : tuple of str
        sha256 of the pictures of the ruler.
    method : str
        What was measured, e.g. ``"ruler, 1 mm ticks"``.
    version : str
        Of this package.
    """

    name: str
    um_per_px: float
    relative_error: float
    width_px: int
    height_px: int
    um_per_px_rows: float | None = None
    um_per_px_cols: float | None = None
    distortion: float | None = None
    distortion_error: float | None = None
    date: str = ""
    pictures: tuple[str, ...] = ()
    method: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        if not NAMES.fullmatch(self.name):
            raise CalibrationError(
                f"a device's name has 1-80 letters, digits, spaces, points, dashes and underscores, got {self.name!r}"
            )
        if min(self.width_px, self.height_px) < 1:
            raise CalibrationError(f"a picture has at least 1 x 1 px, got {self.width_px} x {self.height_px}")
        Calibration(um_per_px=self.um_per_px, relative_error=self.relative_error)

    def calibration(self, *, width_px: int, height_px: int) -> Calibration:
        """The scale of a picture of the device's own size, upright or turned.

        Raises
        ------
        CalibrationError
            If the picture has another size: it was cropped, resized, or taken otherwise.
        """
        if sorted((width_px, height_px)) != sorted((self.width_px, self.height_px)):
            raise CalibrationError(
                f"the profile {self.name!r} holds for pictures of {self.width_px} x {self.height_px} px, this one has "
                f"{width_px} x {height_px}: give the picture as the device saved it, state its own scale, or, when the "
                "whole picture was resized and nothing cut off, say so (--resized)"
            )
        return Calibration(
            um_per_px=self.um_per_px, relative_error=self.relative_error, source=f"device profile ({self.name})"
        )

    def resized_to(self, *, width_px: int, height_px: int) -> DeviceProfile:
        """The profile of whole pictures that were resized.

        Raises
        ------
        CalibrationError
            If the sides are not in the device's proportion: something was cut off.
        """
        turned = (width_px > height_px) != (self.width_px > self.height_px)
        own = (self.height_px, self.width_px) if turned else (self.width_px, self.height_px)
        scale = math.sqrt(own[0] * own[1] / (width_px * height_px))
        if max(abs(own[0] - width_px * scale), abs(own[1] - height_px * scale)) > ASPECT_PX * max(scale, 1.0):
            raise CalibrationError(
                f"a picture of {width_px} x {height_px} px is no resized one of {self.width_px} x {self.height_px} "
                f"(profile {self.name!r}): the sides are not in proportion, so it was cropped; state its own scale"
            )
        rows, cols = self.um_per_px_rows, self.um_per_px_cols
        return replace(
            self,
            um_per_px=self.um_per_px * scale,
            um_per_px_rows=None if rows is None else rows * scale,
            um_per_px_cols=None if cols is None else cols * scale,
            width_px=width_px,
            height_px=height_px,
        )


def default_profile_folder() -> Path:
    """Where a person's profiles lie, by the rule of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        # XDG Base Directory: a path that is not absolute is to be ignored.
        stated = Path(os.environ.get("XDG_CONFIG_HOME", ""))
        base = stated if stated.is_absolute() else Path.home() / ".config"
    return base / "hairdensity" / "devices"


def write_profile(profile: DeviceProfile, *, folder: Path | None = None, file: Path | None = None) -> Path:
    """Store a profile in a named file, or under the device's name in a folder; returns where.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    path = file or _path_of(profile.name, folder)
    make_folder(path.parent)
    text = json.dumps(profile_to_json(profile), indent=2)
    write_whole(path, (text + "\n").encode())
    return path


def profile_to_json(profile: DeviceProfile) -> dict[str, Any]:
    """What the file of a profile holds."""
    return {"schema": SCHEMA} | asdict(profile)


def read_profile(name_or_file: str, *, folder: Path | None = None) -> DeviceProfile:
    """A profile by its file or by the device's name.

    Raises
    ------
    CalibrationError
        If there is none, or the file is not one.
    """
    path = Path(name_or_file)
    if not path.is_file():
        path = _path_of(name_or_file, folder)
    try:
        with path.open("rb") as file:
            text = file.read(MOST_PROFILE_BYTES)
    except (OSError, ValueError) as error:
        known = sorted(found.stem for found in path.parent.glob("*.json"))
        raise CalibrationError(
            f"no device profile {name_or_file!r}: there is no such file, and in {path.parent} "
            f"{'are ' + ', '.join(known) if known else 'is none'}; make one with `hairdensity calibrate RULER --device "
            "NAME`, or name its folder with --profiles"
        ) from error
    try:
        return profile_from_json(json.loads(text))
    except (ValueError, TypeError) as error:
        raise CalibrationError(
            f"{path} is no device profile ({error}); make it again with `hairdensity calibrate`"
        ) from error


def _path_of(name: str, folder: Path | None) -> Path:
    if not NAMES.fullmatch(name):
        raise CalibrationError(
            f"{name!r} is neither a file nor a device's name: those have 1-80 letters, digits, spaces, points, dashes "
            "and underscores"
        )
    return (folder or default_profile_folder()) / f"{name}.json"


def profile_from_json(stored: Any) -> DeviceProfile:
    """A profile from what its file holds; what a later version adds is left out.

    Raises
    ------
    ValueError, TypeError
        If it is none; `CalibrationError` is a ValueError.
    """
    if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    known = {field.name: stored[field.name] for field in fields(DeviceProfile) if field.name in stored}
    lengths = ("um_per_px", "relative_error", "width_px", "height_px")
    if any(isinstance(known.get(name), bool) or not isinstance(known.get(name), int | float) for name in lengths):
        raise ValueError(f"{', '.join(lengths)} must be numbers in {UM_PER_PX_RANGE[0]:g}-{UM_PER_PX_RANGE[1]:g} um/px")
    return DeviceProfile(**known | {"pictures": tuple(known.get("pictures", ()))})
