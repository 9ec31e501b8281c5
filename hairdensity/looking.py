"""look: all that takes a look at the whole picture. What a person corrects afterwards is measured on the same sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.finding import find_hairs
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.quality import Quality, assess_quality, find_graphics, is_legible, leave_out
from hairdensity.segmentation import ModelId, estimate_working_scale
from hairdensity.settings import Settings
from hairdensity.target_area import AreaShape, TargetArea, place_area
from hairdensity.tracing import Centerlines, Rejected

__all__ = ["Sight", "look"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """What was seen on a picture of H x W px before any hair is measured.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration or None
    um_per_px : float
        The calibration's scale; without one, the estimate that turns the settings into px.
    placed_area : TargetArea
        As it was asked for, less what is drawn on the picture.
    unreadable : (H, W) bool ndarray
        Pixels on which no hair can be judged.
    has_graphics : bool
        Something is drawn on the picture.
    shows_skin : bool
        False where hardly any skin can be seen at all.
    centerlines : Centerlines
        The hairs, as the program found them.
    rejected : Rejected
    darkness : (H, W) float32 ndarray
        In which hairs are measured.
    quality : Quality
        Before its verdict.
    model : ModelId or None
    settings : Settings
    """

    image: TrichoImage
    calibration: Calibration | None
    um_per_px: float
    placed_area: TargetArea
    unreadable: Mask
    has_graphics: bool
    shows_skin: bool
    centerlines: Centerlines
    rejected: Rejected
    darkness: NDArray[np.float32]
    quality: Quality
    model: ModelId | None
    settings: Settings

    def readable_area(self, marked: Mask | None = None) -> tuple[TargetArea, ImageFlag]:
        """The area less what cannot be read, and the flag for how much that is.

        Parameters
        ----------
        marked : (H, W) bool ndarray, optional
            What a person has marked as unreadable.
        """
        hidden = self.unreadable if marked is None else self.unreadable | marked
        return leave_out(self.placed_area, hidden, is_legible=self.shows_skin, settings=self.settings.quality)


def look(
    image: TrichoImage,
    *,
    calibration: Calibration | None,
    area: AreaShape | Mask | None,
    settings: Settings,
) -> Sight:
    """Look at a picture: its area, its quality, its hairs.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration or None
    area : AreaShape or (H, W) bool ndarray or None
        None: the whole picture.
    settings : Settings

    Raises
    ------
    TargetAreaError
        If the area has no readable pixel in the picture, or needs a scale that is not known.
    """
    um_per_px = calibration.um_per_px if calibration else estimate_working_scale(image.pixels)
    graphics = find_graphics(image.pixels, settings.graphics)
    quality = assess_quality(image.pixels, graphics=graphics, um_per_px=um_per_px, settings=settings.quality)
    placed_area = place_area(
        area if area is not None else AreaShape(),
        image_shape=image.pixels.shape[:2],
        unreadable=graphics,
        calibration=calibration,
        margin_px=settings.margin_um / um_per_px,
    )
    found = find_hairs(image.pixels, graphics=graphics, um_per_px=um_per_px, settings=settings)
    return Sight(
        image=image,
        calibration=calibration,
        um_per_px=um_per_px,
        placed_area=placed_area,
        unreadable=graphics | found.hidden | quality.unreadable,
        has_graphics=bool(graphics.any()),
        shows_skin=is_legible(image.pixels, placed_area.mask, graphics=graphics, um_per_px=um_per_px),
        centerlines=found.centerlines,
        rejected=found.rejected,
        darkness=found.darkness,
        quality=quality,
        model=found.model,
        settings=settings,
    )
