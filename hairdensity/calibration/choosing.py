"""Which scale a picture has: what was stated, else what it shows, its device's profile, or what its file says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from hairdensity.calibration.device_profile import DeviceProfile
from hairdensity.calibration.ruler import find_rulers
from hairdensity.calibration.scale import GIVEN_RELATIVE_ERROR, UM_PER_PX_RANGE, Calibration
from hairdensity.calibration.scale_bar import find_scale_bar
from hairdensity.errors import CalibrationError
from hairdensity.image import TrichoImage

__all__ = ["calibration_from_tags", "choose_calibration"]

TAG_RELATIVE_ERROR = 0.05

TAG_UM_PER_PX_MAX = 15.0
"""um/px (1,693 dpi). Screens and printers tag 72-1,200 dpi, which is 353-21 um/px and says nothing about the skin."""

DISAGREEMENT = 0.03
DISAGREEMENT_SD = 3.0
"""Two scales disagree when they differ by more than both: 3 %, and three standard deviations of their difference."""


def choose_calibration(
    image: TrichoImage,
    *,
    um_per_px: float | None = None,
    px_per_mm: float | None = None,
    field_width_mm: float | None = None,
    relative_error: float = GIVEN_RELATIVE_ERROR,
    tick_mm: float | None = None,
    profile: DeviceProfile | None = None,
) -> Calibration | None:
    """The scale of a picture, by the first of its sources that gives one, or None.

    In the order of trust: at most one stated length; a burned-in scale bar with a readable label; the ticks of a ruler,
    when ``tick_mm`` tells how far apart they are; the profile of the device; plausible resolution tags of the file, of
    which nobody knows who wrote them. The hairs' own width is none of them. When another source contradicts the chosen
    one, the result says which.

    Parameters
    ----------
    image : TrichoImage
    um_per_px, px_per_mm, field_width_mm : float, optional
        A stated scale.
    relative_error : float, optional
        One standard deviation of the stated scale.
    tick_mm : float, optional
        Distance of neighboring ticks of a ruler in the picture.
    profile : DeviceProfile, optional
        Of the device that took the picture.

    Raises
    ------
    CalibrationError
        If more than one length is given, or a given one is not plausible, or the profile does not fit the picture.
    """
    given = {"um_per_px": um_per_px, "px_per_mm": px_per_mm, "field_width_mm": field_width_mm}
    stated = _stated(image, given, relative_error)
    known = [scale for scale in (stated, *_others(image, tick_mm, profile)) if scale is not None]
    if not known:
        return None
    chosen = known[0]
    contradicting = [other for other in known[1:] if _disagree(chosen, other)]
    if not contradicting:
        return chosen
    return replace(chosen, disagrees_with="; ".join(f"{o.source}: {o.um_per_px:.4g} um/px" for o in contradicting))


def _stated(image: TrichoImage, given: dict[str, float | None], relative_error: float) -> Calibration | None:
    """The scale of the one length that is given."""
    stated = {name: value for name, value in given.items() if value is not None}
    if len(stated) > 1:
        raise CalibrationError(f"give exactly one of {', '.join(given)}; got {' and '.join(stated)}")
    for name, value in stated.items():
        if name == "um_per_px":
            return Calibration(um_per_px=value, relative_error=relative_error)
        if name == "px_per_mm":
            return Calibration.from_px_per_mm(value, relative_error=relative_error)
        return Calibration.from_field_width_mm(
            value, image_width_px=image.pixels.shape[1], relative_error=relative_error
        )
    return None


def _others(image: TrichoImage, tick_mm: float | None, profile: DeviceProfile | None) -> Iterator[Calibration | None]:
    """Yield what the other sources say, in the order of trust."""
    bar = find_scale_bar(image.pixels)
    yield None if bar is None else bar.calibration()
    if tick_mm is not None:
        rulers = find_rulers(image.pixels, most=1)
        yield rulers[0].calibration(tick_mm) if rulers else None
    if profile is not None:
        height, width = image.pixels.shape[:2]
        yield profile.calibration(width_px=width, height_px=height)
    yield calibration_from_tags(image)


def _disagree(one: Calibration, other: Calibration) -> bool:
    difference = abs(math.log(one.um_per_px / other.um_per_px))
    return difference > max(DISAGREEMENT, DISAGREEMENT_SD * math.hypot(one.relative_error, other.relative_error))


def calibration_from_tags(image: TrichoImage) -> Calibration | None:
    """The scale that the file's resolution tags state, or None when they state none that microscopy could have.

    Plausible are ``UM_PER_PX_RANGE[0]`` to ``TAG_UM_PER_PX_MAX``.
    """
    tagged = image.metadata.tag_um_per_px
    if tagged is None or not UM_PER_PX_RANGE[0] <= tagged <= TAG_UM_PER_PX_MAX:
        return None
    return Calibration(um_per_px=tagged, relative_error=TAG_RELATIVE_ERROR, source=image.metadata.tag_source)
