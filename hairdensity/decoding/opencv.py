"""Pictures that OpenCV decodes: it alone keeps 16-bit color."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from hairdensity.decoding.samples import Samples, some_rows
from hairdensity.errors import TruncatedImageError

__all__ = ["decode_with_opencv"]


def decode_with_opencv(data: bytes, *, what: str) -> Samples:
    """Samples of a checked file as they are stored, (H, W) or (H, W, C), in RGB order with alpha last."""
    decoded = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise TruncatedImageError(f"the {what} data are damaged or end early; copy the file again")
    if decoded.ndim == 2:
        return cast(Samples, decoded)
    order = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
    for rows in some_rows(decoded):
        decoded[rows] = cv2.cvtColor(decoded[rows], order)
    return cast(Samples, decoded)
