"""What can be noteworthy about a hair or a picture: one registry that feeds the tables, the JSON and the docs."""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

__all__ = ["HAIR_FLAGS", "IMAGE_FLAGS", "FlagInfo", "HairFlag", "ImageFlag", "flag_names"]


class FlagInfo(NamedTuple):
    """Meaning of a flag, what it does to the figures, and what the user can do about it."""

    meaning: str
    effect: str
    remedy: str


class HairFlag(IntFlag):
    """Bits of the ``flags`` column of the hairs table."""

    TOUCHES_BORDER = 1
    CROSSING = 2
    ROOT_UNSURE = 4
    DIAMETER_UNSURE = 8
    LIGHT_HAIR = 16
    SPLIT_BY_WIDTH = 32


class ImageFlag(IntFlag):
    """Bits of an Analysis's ``flags``."""

    UNCALIBRATED = 1
    TAG_CALIBRATION = 2
    DECODER_WARNING = 4
    OVERLAY_GRAPHICS = 8
    LOW_RESOLUTION = 16
    NO_HAIRS = 32
    ROOTS_ENDS_DISAGREE = 64
    ROOT_SIDE_UNSURE = 128
    DENSE_TANGLE = 256
    SMALL_AREA = 512
    IMPLAUSIBLE_DENSITY = 1024
    LONG_HAIR = 2048
    UNREADABLE = 4096


HAIR_FLAGS: dict[HairFlag, FlagInfo] = {
    HairFlag.TOUCHES_BORDER: FlagInfo(
        "the shaft leaves the picture", "length is a lower bound; the root is guessed when its end is outside", ""
    ),
    HairFlag.CROSSING: FlagInfo("another hair crosses this one", "the crossing is left out of the diameter", ""),
    HairFlag.ROOT_UNSURE: FlagInfo(
        "root and tip look alike", "the hair counts, but it may count on the wrong side of the area's border", ""
    ),
    HairFlag.DIAMETER_UNSURE: FlagInfo(
        "too few clean cross-sections for a diameter", "diameter is missing (NaN); the hair still counts", ""
    ),
    HairFlag.LIGHT_HAIR: FlagInfo("the shaft is lighter than the skin", "none", ""),
    HairFlag.SPLIT_BY_WIDTH: FlagInfo(
        "one of several hairs side by side, told apart by the width of their common shaft",
        "diameter is a share of the bundle's width",
        "",
    ),
}

IMAGE_FLAGS: dict[ImageFlag, FlagInfo] = {
    ImageFlag.UNCALIBRATED: FlagInfo(
        "no scale is known",
        "every um and cm2 value is missing; counts, px and fractions stay",
        "give --um-per-px, --px-per-mm or --field-width-mm",
    ),
    ImageFlag.TAG_CALIBRATION: FlagInfo(
        "the scale was read from the file's own resolution tags",
        "its relative error is taken as 5 %",
        "give the scale of your device if you know it",
    ),
    ImageFlag.DECODER_WARNING: FlagInfo(
        "the decoder warned about the file", "the picture may be damaged", "export the picture again from its source"
    ),
    ImageFlag.OVERLAY_GRAPHICS: FlagInfo(
        "text, bars, circles or strips are burned into the picture",
        "their pixels leave the area",
        "export the picture without annotations",
    ),
    ImageFlag.LOW_RESOLUTION: FlagInfo(
        "the pixels are too large for thin hairs", "hairs below two pixels are missed", "use a higher magnification"
    ),
    ImageFlag.NO_HAIRS: FlagInfo("no hair was found", "densities are zero; thickness is missing", ""),
    ImageFlag.ROOTS_ENDS_DISAGREE: FlagInfo(
        "the count by roots and by ends / 2 differ by more than 20 %",
        "hairs are long against the picture, or tracing failed",
        "look at the overlay; clip the hairs or use a wider field",
    ),
    ImageFlag.ROOT_SIDE_UNSURE: FlagInfo(
        "most hairs do not show which end is the root", "roots may stand at the tips", "look at the overlay"
    ),
    ImageFlag.DENSE_TANGLE: FlagInfo(
        "hairs cover so much of the skin that single hairs cannot be told apart",
        "the count can be far too low or too high and is not a measurement",
        "part or clip the hair",
    ),
    ImageFlag.SMALL_AREA: FlagInfo(
        "the analysed area is below 0.1 cm2", "the density's interval is wide", "use a wider field or more pictures"
    ),
    ImageFlag.LONG_HAIR: FlagInfo(
        "more than half of the hairs cross each other or leave the picture",
        "hairs may be split, and roots stand at the wrong end: the count can be off by half",
        "clip or part the hair; look at the overlay",
    ),
    ImageFlag.UNREADABLE: FlagInfo(
        "hardly any skin can be seen: unparted hair, blood or something else lies over it, or it is no scalp at all",
        "nothing is counted: no area is left, and densities are missing",
        "part or clip the hair, clean the skin, focus, and take the picture again",
    ),
    ImageFlag.IMPLAUSIBLE_DENSITY: FlagInfo(
        "more than 500 hairs per cm2: denser than any published scalp",
        "the scale is probably wrong, or the tracing failed",
        "check the scale",
    ),
}


def flag_names(flags: IntFlag) -> list[str]:
    """Lower-case names of the set bits, in bit order, as they stand in the JSON document."""
    return [str(bit.name).lower() for bit in type(flags) if bit in flags]
