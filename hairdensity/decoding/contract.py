"""What every decoder promises: limits are checked on the header, then comes one picture with what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import DecodingError, ImageTooLargeError, TruncatedImageError, UnsupportedFormatError
from hairdensity.flags import ImageFlag

__all__ = ["DEFAULT_LIMITS", "NO_FLAGS", "NO_SCALE", "DecodeLimits", "Decoded", "TagScale", "refuse_frames"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeLimits:
    """How large a file may be before it is refused unread.

    Parameters
    ----------
    max_bytes : int
        Size of the file.
    max_pixels : int
        Width times height that the header announces; a trichoscope's picture has 1-50 million.
    min_side_px : int
        Shortest side; a smaller picture is an icon or a lying header.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_pixels: int = 100_000_000
    min_side_px: int = 16

    def check_bytes(self, n_bytes: int) -> None:
        """Raise unless a file of this size may be read."""
        if n_bytes == 0:
            raise TruncatedImageError("the file is empty (0 bytes); copy it again from its source")
        if n_bytes > self.max_bytes:
            raise ImageTooLargeError(
                f"the file has {n_bytes:,} bytes, the limit is {self.max_bytes:,}; "
                "raise DecodeLimits.max_bytes if you trust it"
            )

    def check_size(self, *, width: int, height: int) -> None:
        """Raise unless a picture whose header announces this size may be decoded."""
        if min(width, height) < self.min_side_px:
            raise DecodingError(
                f"the picture is {width} x {height} px; each side needs at least {self.min_side_px} px: "
                "give the full picture"
            )
        if width * height > self.max_pixels:
            raise ImageTooLargeError(
                f"the header announces {width} x {height} = {width * height:,} px, the limit is {self.max_pixels:,}; "
                "crop the picture, or raise DecodeLimits.max_pixels if you trust it"
            )


DEFAULT_LIMITS = DecodeLimits()
NO_FLAGS = ImageFlag(0)


class TagScale(NamedTuple):
    """The pixel size that a file's resolution tags state, plausible or not, and the tag that states it."""

    um_per_px: float | None = None
    source: str = ""


NO_SCALE = TagScale()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """One decoded picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB, upright.
    bit_depth : int
        Bits per sample that the file really uses.
    scale : TagScale
    flags : ImageFlag
    """

    pixels: NDArray[np.uint8]
    bit_depth: int = 8
    scale: TagScale = NO_SCALE
    flags: ImageFlag = NO_FLAGS


def refuse_frames(n_frames: int, *, what: str) -> None:
    """Raise when a file holds more than one picture: which of them is meant cannot be known."""
    if n_frames > 1:
        raise UnsupportedFormatError(
            f"the {what} holds {n_frames} pictures of full size, one is needed; "
            "save the one you mean as a file of its own"
        )
