"""Pictures that Pillow decodes: the plugin is named, never guessed, and its modes become RGB."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from hairdensity.decoding.samples import Samples, cmyk_to_rgb, to_rgb8
from hairdensity.errors import TruncatedImageError, UnsupportedFormatError

__all__ = ["load", "rgb_and_depth"]

DIRECT_MODES = frozenset({"L", "LA", "RGB", "RGBA"})
CONVERTED_MODES = {"1": "L", "P": "RGBA", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB"}


def load(image: ImageFile.ImageFile, *, what: str) -> None:
    """Decode all pixels of an opened picture; a decoder that runs out of data or meets damage is a truncation."""
    try:
        image.load()
    except (OSError, EOFError) as error:
        raise TruncatedImageError(f"the {what} data are damaged or end early ({error}); copy the file again") from error


def rgb_and_depth(image: Image.Image) -> tuple[NDArray[np.uint8], int]:
    """RGB and the bits per sample that a loaded picture really uses."""
    if image.mode in CONVERTED_MODES:
        image = image.convert(CONVERTED_MODES[image.mode])
    if image.mode == "CMYK":
        return cmyk_to_rgb(np.asarray(image)), 8
    if image.mode.startswith("I;16"):
        gray = cast(NDArray[np.uint16], np.asarray(image).astype(np.uint16))
        return to_rgb8(gray)
    if image.mode not in DIRECT_MODES:
        raise UnsupportedFormatError(
            f"the picture's samples are of the kind {image.mode!r}; "
            "8 or 16 bit gray, RGB or CMYK is read: convert it first"
        )
    samples: Samples = np.asarray(image)
    return to_rgb8(samples)
