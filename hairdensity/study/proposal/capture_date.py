"""The day on which a camera says that it took a picture."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

__all__ = ["capture_date"]

_EXIF_BLOCK = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_FORMATS = ("JPEG", "MPO", "TIFF", "PNG", "WEBP")


def capture_date(path: Path) -> str:
    """The day as YYYY-MM-DD by EXIF's DateTimeOriginal; empty where the header has none or cannot be read.

    The time of the last change, which an editor sets, is not taken for it.
    """
    from PIL import Image  # noqa: PLC0415 -- only here

    with warnings.catch_warnings():
        # Only the header is read: the size of the picture does not matter.
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=_FORMATS) as image:
                stated = image.getexif().get_ifd(_EXIF_BLOCK).get(_DATE_TIME_ORIGINAL, "")
        except Exception:
            # A broken header, in whatever way: there is no date in it.
            return ""
    found = re.match(r"((?:19|20)\d{2}):(0[1-9]|1[0-2]):(0[1-9]|[12]\d|3[01])\b", str(stated))
    return "-".join(found.groups()) if found else ""
