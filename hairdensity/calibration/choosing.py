"""Which scale a picture has: what was stated, else what it shows, what its file says, or its device's profile."""

from __future__ import annotations

from hairdensity.calibration.scale import GIVEN_RELATIVE_ERROR, UM_PER_PX_RANGE, Calibration
from hairdensity.errors import CalibrationError
from hairdensity.image import TrichoImage

__all__ = ["calibration_from_tags", "choose_calibration"]

TAG_RELATIVE_ERROR = 0.05

TAG_UM_PER_PX_MAX = 15.0
"""um/px (1,693 dpi). Screens and printers tag 72-1,200 dpi, which is 353-21 um/px and says nothing about the skin."""


def choose_calibration(
    image: TrichoImage,
    *,
    um_per_px: float | None = None,
    px_per_mm: float | None = None,
    field_width_mm: float | None = None,
    relative_error: float = GIVEN_RELATIVE_ERROR,
) -> Calibration | None:
    """The scale of a picture from at most one stated length, else from its resolution tags, else None.

    Raises
    ------
    CalibrationError
        If more than one length is given, or the given one is not plausible.
    """
    given = {"um_per_px": um_per_px, "px_per_mm": px_per_mm, "field_width_mm": field_width_mm}
    stated = [name for name, value in given.items() if value is not None]
    if len(stated) > 1:
        raise CalibrationError(f"give exactly one of um_per_px, px_per_mm, field_width_mm; got {' and '.join(stated)}")
    if um_per_px is not None:
        return Calibration(um_per_px=um_per_px, relative_error=relative_error)
    if px_per_mm is not None:
        return Calibration.from_px_per_mm(px_per_mm, relative_error=relative_error)
    if field_width_mm is not None:
        return Calibration.from_field_width_mm(
            field_width_mm, image_width_px=image.pixels.shape[1], relative_error=relative_error
        )
    return calibration_from_tags(image)


def calibration_from_tags(image: TrichoImage) -> Calibration | None:
    """The scale that the file's resolution tags state, or None when they state none that microscopy could have.

    Plausible are ``UM_PER_PX_RANGE[0]`` to ``TAG_UM_PER_PX_MAX``.
    """
    tagged = image.metadata.tag_um_per_px
    if tagged is None or not UM_PER_PX_RANGE[0] <= tagged <= TAG_UM_PER_PX_MAX:
        return None
    return Calibration(um_per_px=tagged, relative_error=TAG_RELATIVE_ERROR, source=image.metadata.tag_source)
