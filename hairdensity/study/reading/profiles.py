"""Whether the device profiles that a manifest names can be read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hairdensity.calibration import read_profile
from hairdensity.errors import InputError
from hairdensity.study.reading.faults import FaultLog, Level

__all__ = ["check_profiles"]


def check_profiles(rows: pd.DataFrame, folder: Path, log: FaultLog) -> None:
    """Note profiles that cannot be read: a fault for a file below the folder, a warning for a name.

    A name may be that of a profile in another folder, which the run is told; a file is what it is.
    """
    for profile in rows["device_profile"].unique():
        file = folder / profile
        is_file = bool(profile) and file.is_file()
        reason = _fault_of(str(file) if is_file else profile)
        if reason:
            log.at(
                rows,
                rows["device_profile"] == profile,
                "device_profile",
                code="device_profile",
                what=f"the profile {{cell}} cannot be read ({reason})",
                remedy="measure the device with `hairdensity calibrate`, or write the path of its file from here",
                level=Level.FAULT if is_file else Level.WARNING,
            )


def _fault_of(name_or_file: str) -> str:
    if not name_or_file:
        return ""
    try:
        read_profile(name_or_file)
    except InputError as error:
        return str(error)
    return ""
