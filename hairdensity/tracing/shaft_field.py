"""What shafts are followed through: where a centerline runs, and in which direction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.maps import NetworkMaps

__all__ = ["Field", "sample_map"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]


class Field(NamedTuple):
    """Maps of the network at the working scale.

    ``centerline`` and ``body`` are (h, w) probabilities; ``orientation`` is (h', w', K), half as fine, the probability
    that a shaft here has the direction k * 180 / K degrees, either way round; ``um_per_px`` is the working scale.
    """

    centerline: Map
    body: NDArray[np.float16]
    orientation: NDArray[np.float16]
    um_per_px: float

    @classmethod
    def from_maps(cls, maps: NetworkMaps, centerline: NDArray[np.floating]) -> Field:
        """The field of a network's maps.

        Parameters
        ----------
        maps : NetworkMaps
        centerline : (h, w) ndarray
            Its centerline, 0 where nothing is to be read.
        """
        half = len(maps.heading) // 2
        # The bins of one place lie side by side: two of them are read at once.
        orientation = np.ascontiguousarray(np.moveaxis(maps.heading[:half], 0, -1))
        orientation += np.moveaxis(maps.heading[half:], 0, -1)
        return cls(np.asarray(centerline, np.float32), maps.body, orientation, maps.um_per_map_px)

    def evidence(self, places: NDArray[np.floating], directions: NDArray[np.floating]) -> NDArray[np.float32]:
        """Probability that a shaft's axis runs here in this direction.

        Parameters
        ----------
        places : (..., 2) ndarray
            Working px.
        directions : (...) ndarray
            Radians, 0 along increasing column, pi / 2 along increasing row.
        """
        rows, cols, n_bins = self.orientation.shape
        # A coarse pixel holds 2 x 2 fine ones: the nearest is within a quarter of a hair's width.
        row = np.clip(np.rint(places[..., 0] * 0.5 - 0.25).astype(np.int32), 0, rows - 1)
        col = np.clip(np.rint(places[..., 1] * 0.5 - 0.25).astype(np.int32), 0, cols - 1)
        position = directions * (n_bins / np.pi)
        low = np.floor(position)
        share = (position - low).astype(np.float32)
        lower = low.astype(np.int32) % n_bins
        upper = (lower + 1) % n_bins
        first = (row * cols + col) * n_bins
        flat = self.orientation.ravel()
        likely = (1 - share) * flat[first + lower] + share * flat[first + upper]
        # Between two bins a sure direction gives 0.5 at least.
        found: NDArray[np.float32] = sample_map(self.centerline, places) * np.minimum(2 * likely, np.float32(1.0))
        return found


def sample_map(values: NDArray[np.floating], places: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values of a map at (..., 2) places, interpolated; 0 outside.

    Parameters
    ----------
    values : (h, w) ndarray
    places : (..., 2) ndarray
        Rows and columns.
    """
    rows, cols = values.shape
    row, col = places[..., 0], places[..., 1]
    inside = (row >= 0) & (row <= rows - 1) & (col >= 0) & (col <= cols - 1)
    row, col = np.clip(row, 0, rows - 1.001), np.clip(col, 0, cols - 1.001)
    r, c = row.astype(np.int32), col.astype(np.int32)
    u, v = (row - r).astype(np.float32), (col - c).astype(np.float32)
    flat, at = np.ravel(values), r * cols + c
    upper = flat[at] * (1 - v) + flat[at + 1] * v
    lower = flat[at + cols] * (1 - v) + flat[at + cols + 1] * v
    return np.asarray((upper * (1 - u) + lower * u) * inside, dtype=np.float32)
