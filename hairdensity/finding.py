"""find_hairs: the hairs of a picture, by the network or by ridges, and the scalp on which none could be seen."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation import (
    ModelId,
    RidgeMaps,
    find_model,
    segment_polarities,
    segment_with_network,
)
from hairdensity.settings import Settings
from hairdensity.tracing import Centerlines, Rejected, merge_polarities, trace, trace_and_weigh

__all__ = ["Finding", "find_hairs"]

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

HIDDEN_PROBABILITY = 0.5


class Finding(NamedTuple):
    """What was found in a picture of H x W px.

    ``centerlines``; ``rejected``, what was not quite a hair; ``darkness``, (H, W), in which they were seen; ``hidden``,
    (H, W) bool, True where the method says that nothing can be seen; ``model``, the weights, None without.
    """

    centerlines: Centerlines
    rejected: Rejected
    darkness: NDArray[np.float32]
    hidden: Mask
    model: ModelId | None


def find_hairs(pixels: Pixels, *, graphics: Mask, um_per_px: float, settings: Settings) -> Finding:
    """Find the hairs of a picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    graphics : (H, W) bool ndarray
        Pixels on which something is drawn.
    um_per_px : float
        The calibration's scale or a working one.
    settings : Settings
    """
    if settings.method == "ridges":
        return _by_ridges(pixels, graphics=graphics, um_per_px=um_per_px, settings=settings)
    maps = segment_with_network(
        pixels, um_per_px=um_per_px, model=find_model(settings.model), settings=settings.network
    )
    hidden = _at_picture_scale(maps.unreadable > HIDDEN_PROBABILITY, graphics.shape)
    hairs, rejected = trace_and_weigh(maps, unreadable=graphics | hidden, settings=settings.tracing)
    return Finding(hairs, rejected, maps.darkness, hidden, maps.model)


def _at_picture_scale(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """An (h, w) mask on (H, W) pixels."""
    return np.asarray(cv2.resize(mask.view(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST) > 0)


def _by_ridges(pixels: Pixels, *, graphics: Mask, um_per_px: float, settings: Settings) -> Finding:
    """Dark hairs, then light ones."""

    def traced(maps: RidgeMaps) -> tuple[Centerlines, NDArray[np.float32]]:
        return trace(maps, unreadable=graphics, settings=settings.tracing), maps.darkness

    # map() lets go of the maps of one polarity before it asks for the next: at 12 MP a set takes hundreds of MB.
    (dark, darkness), *light = map(traced, segment_polarities(pixels, um_per_px=um_per_px, settings=settings.ridges))
    distance_px = settings.tracing.ridges.highlight_distance_um / um_per_px
    centerlines = merge_polarities(dark, *(hairs for hairs, _ in light), distance_px=distance_px)
    return Finding(centerlines, Rejected.none(), darkness, np.zeros(darkness.shape, dtype=bool), None)
