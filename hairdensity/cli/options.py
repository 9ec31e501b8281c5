"""Choices and options that several commands offer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AREA_HELP",
    "AreaMask",
    "AsJson",
    "Device",
    "DeviceProfile",
    "FieldWidthMm",
    "Method",
    "Model",
    "NetworkDevice",
    "Profiles",
    "PxPerMm",
    "Quiet",
    "Resized",
    "RulerTickMm",
    "ScaleError",
    "UmPerPx",
    "Ways",
    "refuse_contradictions",
    "refuse_profile_options",
]


class Method(StrEnum):
    """How shafts are found."""

    NETWORK = "network"
    RIDGES = "ridges"


class Device(StrEnum):
    """Where the network runs."""

    CPU = "cpu"
    CUDA = "cuda"


UmPerPx = Annotated[float | None, typer.Option(help="Scale: um of skin in one pixel.")]
PxPerMm = Annotated[float | None, typer.Option(help="Scale: pixels in 1 mm of skin.")]
FieldWidthMm = Annotated[float | None, typer.Option(help="Scale: mm of skin across the whole picture.")]
ScaleError = Annotated[
    float | None,
    typer.Option(help="Relative error of the scale, one standard deviation. [default: 0.02, i.e. 2 %]"),
]
RulerTickMm = Annotated[float | None, typer.Option(help="A ruler lies in the pictures: mm between neighboring ticks.")]
DeviceProfile = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Scale: a device measured by `hairdensity calibrate`, or its file."),
]
Resized = Annotated[bool, typer.Option("--resized", help="The pictures are the device's whole frames in another size.")]
Profiles = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of device profiles. [default: your own]")]
AREA_HELP = (
    "Target area: whole, rectangle=TOP,LEFT,HEIGHT,WIDTH, circle=ROW,COL,RADIUS or polygon=ROW,COL,...; "
    "px, or mm with 'mm' at the end. [default: whole]"
)
AreaMask = Annotated[Path | None, typer.Option(help="Target area: a picture of the same size, white where to analyze.")]
Ways = Annotated[Method, typer.Option(help="network finds hairs with the shipped weights, ridges with filters alone.")]
Model = Annotated[
    str | None,
    typer.Option(help="A shipped model's name or the folder of your own. [default: the newest shipped one]"),
]
NetworkDevice = Annotated[Device, typer.Option(help="Where the network runs; cuda needs PyTorch and an NVIDIA GPU.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the table.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no table and no messages but failures.")]


def refuse_contradictions(
    *, scales: Mapping[str, float | None], scale_error: float | None, areas: Mapping[str, str | Path | None]
) -> None:
    """Raise usage errors that need no picture."""
    stated = [name for name, value in scales.items() if value is not None]
    if len(stated) > 1:
        raise typer.BadParameter(f"state the scale once: got {' and '.join(stated)}; leave out all but one")
    if scale_error is not None and not stated:
        raise typer.BadParameter(f"--scale-error needs a scale: add one of {', '.join(scales)}")
    if areas and None not in areas.values():
        raise typer.BadParameter(f"state the area once: got {' and '.join(areas)}; leave one out")


def refuse_profile_options(device_profile: str | None, *, resized: bool, profiles: Path | None) -> None:
    """Raise a usage error for what makes sense with a device's profile alone."""
    if device_profile is None and (resized or profiles is not None):
        raise typer.BadParameter("--resized and --profiles belong to a device's profile: add --device-profile")
