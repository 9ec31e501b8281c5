"""Task ``unwrap``: the picture of a DICOM file, and nothing of whom it names."""

from __future__ import annotations

from typing import Any

import cv2

from hairdensity.clinic.tasks.bench import Bench
from hairdensity.decoding.contract import DecodeLimits
from hairdensity.errors import UnsupportedFormatError
from hairdensity.image import read_image

__all__ = ["handle"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Replace a DICOM file that is coming in by a PNG of its pixels, before anything of it is kept.

    Parameters
    ----------
    task : dict
        ``draft``, the name of the file among those that come in; ``max_bytes`` and ``max_pixels``.
    bench : Bench

    Returns
    -------
    dict
        ``um_per_px`` that its pixel spacing states; None without one.

    Raises
    ------
    DecodingError
        With its subclasses: it is no picture that can be read.
    """
    path = bench.files.incoming(task["draft"])
    limits = DecodeLimits(max_bytes=task["max_bytes"], max_pixels=task["max_pixels"])
    image = read_image(path, limits=limits)
    done, data = cv2.imencode(".png", image.pixels[:, :, ::-1])
    if not done:
        raise UnsupportedFormatError("the picture of the DICOM file cannot be written as PNG; export it as PNG or JPEG")
    path.write_bytes(data.tobytes())
    return {"um_per_px": image.metadata.tag_um_per_px}
