"""What can be noteworthy about a hair or a picture: one registry that feeds the tables, the JSON and the docs."""

from __future__ import annotations

from enum import IntFlag, StrEnum
from typing import NamedTuple

__all__ = [
    "CHANGE_FLAGS",
    "HAIR_FLAGS",
    "IMAGE_FLAGS",
    "VERDICTS",
    "ChangeFlag",
    "FlagInfo",
    "HairFlag",
    "ImageFlag",
    "Verdict",
    "flag_names",
    "worst_verdict",
]


class Verdict(StrEnum):
    """Whether a picture's figures can be used; from good to worst."""

    GOOD = "good"
    CAUTION = "caution"
    UNREADABLE = "unreadable"


VERDICTS: dict[Verdict, str] = {
    Verdict.GOOD: "good",
    Verdict.CAUTION: "usable with caution",
    Verdict.UNREADABLE: "unreadable",
}
"""In words for people."""


class FlagInfo(NamedTuple):
    """Meaning of a flag, what it does to the figures, what the user can do about it, and the verdict it causes."""

    meaning: str
    effect: str
    remedy: str
    verdict: Verdict = Verdict.GOOD


class HairFlag(IntFlag):
    """Bits of the ``flags`` column of the hairs table."""

    TOUCHES_BORDER = 1
    CROSSING = 2
    ROOT_UNSURE = 4
    DIAMETER_UNSURE = 8
    LIGHT_HAIR = 16
    SPLIT_BY_WIDTH = 32
    DIAMETER_UNRESOLVED = 64
    ADDED = 128
    CHANGED = 256
    AS_DRAWN = 512


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
    FOUND_CALIBRATION = 1 << 13
    PROFILE_CALIBRATION = 1 << 14
    SCALE_DISAGREES = 1 << 15
    IMPLAUSIBLE_DIAMETER = 1 << 16
    PARTLY_UNREADABLE = 1 << 20
    BLURRED = 1 << 21
    UNEVEN_FOCUS = 1 << 22
    MOTION = 1 << 23
    OVEREXPOSED = 1 << 24
    UNDEREXPOSED = 1 << 25
    GLARE = 1 << 26
    BUBBLES = 1 << 27
    CLUMPED = 1 << 28
    VIGNETTE = 1 << 29
    LOW_CONTRAST = 1 << 30
    NOISY = 1 << 31
    COMPRESSED = 1 << 32
    UNSURE_HAIRS = 1 << 33
    CROWDED = 1 << 34


class ChangeFlag(IntFlag):
    """Bits of a Change's ``flags``: what differs between the visits beside the hair."""

    NOT_REGISTERED = 1
    SMALL_OVERLAP = 2
    DEVICE_DIFFERS = 4
    SCALE_DIFFERS = 8
    IMAGE_SIZE_DIFFERS = 16
    FOCUS_DIFFERS = 32
    LENGTH_DIFFERS = 64
    DYE_DIFFERS = 128
    LIGHT_DIFFERS = 256
    SAME_PICTURE = 512
    UNREADABLE_VISIT = 1024
    CONTROL_CHANGED = 2048
    CONTROL_NOT_REGISTERED = 4096


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
    HairFlag.DIAMETER_UNRESOLVED: FlagInfo(
        "the shaft is thinner than the picture's blur (one sigma)",
        "diameter follows from how dark the hair is beside the picture's other hairs; its bounds are wide",
        "use a higher magnification, or focus",
    ),
    HairFlag.ADDED: FlagInfo("a person drew this hair", "it counts as certain; its root stands where it was drawn", ""),
    HairFlag.CHANGED: FlagInfo(
        "a person split or merged this hair or moved its root",
        "it counts as certain; its diameter and length are those of the new shaft",
        "",
    ),
    HairFlag.AS_DRAWN: FlagInfo(
        "the picture shows no shaft along the path that a person drew",
        "the path stays as it was drawn, and the diameter is that of what lies there, or missing",
        "look whether the hair is there; zoom in and draw it again",
    ),
}

IMAGE_FLAGS: dict[ImageFlag, FlagInfo] = {
    ImageFlag.UNCALIBRATED: FlagInfo(
        "no scale is known",
        "every um and cm2 value is missing; counts, px and fractions stay",
        "give --um-per-px, --px-per-mm, --field-width-mm or --device-profile",
    ),
    ImageFlag.TAG_CALIBRATION: FlagInfo(
        "the scale was read from the file's own resolution tags",
        "its relative error is taken as 5 %",
        "give the scale of your device if you know it",
    ),
    ImageFlag.FOUND_CALIBRATION: FlagInfo(
        "the scale was read from a scale bar or a ruler in the picture",
        "its relative error is that of the bar, 2 % or more, or of the ruler",
        "look whether the bar and its label were read right; give the scale of your device if you know it better",
    ),
    ImageFlag.PROFILE_CALIBRATION: FlagInfo(
        "the scale comes from the stored profile of a device",
        "it holds for the zoom and the distance at which the device was calibrated",
        "calibrate again after a change of zoom, lens or spacer",
    ),
    ImageFlag.SCALE_DISAGREES: FlagInfo(
        "two sources of the scale contradict each other by more than their errors allow",
        "the more trusted one was used; when it is the wrong one, every um and cm2 value is wrong",
        "find out which is right, and state it: a picture that was resized keeps old tags, a bar may be nominal",
        Verdict.CAUTION,
    ),
    ImageFlag.IMPLAUSIBLE_DIAMETER: FlagInfo(
        "the median diameter is below 15 or above 120 um: thinner or thicker than on any published scalp",
        "the scale is probably wrong, or what was measured is no hair; nothing is corrected by it",
        "check the scale",
        Verdict.CAUTION,
    ),
    ImageFlag.DECODER_WARNING: FlagInfo(
        "the decoder warned about the file",
        "the picture may be damaged",
        "export the picture again from its source",
        Verdict.CAUTION,
    ),
    ImageFlag.OVERLAY_GRAPHICS: FlagInfo(
        "text, bars, circles or strips are burned into the picture",
        "their pixels leave the area",
        "export the picture without annotations",
    ),
    ImageFlag.LOW_RESOLUTION: FlagInfo(
        "the pixels are too large for thin hairs",
        "thin hairs and gaps between hairs are lost",
        "use a higher magnification",
        Verdict.CAUTION,
    ),
    ImageFlag.NO_HAIRS: FlagInfo("no hair was found", "densities are zero; thickness is missing", "", Verdict.CAUTION),
    ImageFlag.ROOTS_ENDS_DISAGREE: FlagInfo(
        "the count by roots and by ends / 2 differ by more than 20 %",
        "hairs are long against the picture, or tracing failed",
        "look at the overlay; clip the hairs or use a wider field",
        Verdict.CAUTION,
    ),
    ImageFlag.ROOT_SIDE_UNSURE: FlagInfo(
        "most hairs do not show which end is the root",
        "roots may stand at the tips",
        "look at the overlay",
        Verdict.CAUTION,
    ),
    ImageFlag.DENSE_TANGLE: FlagInfo(
        "hairs cover so much of the skin that single hairs cannot be told apart",
        "the count can be far too low or too high and is not a measurement",
        "part or clip the hair",
        Verdict.CAUTION,
    ),
    ImageFlag.SMALL_AREA: FlagInfo(
        "the analysed area is below 0.1 cm2",
        "the density's interval is wide",
        "use a wider field or more pictures",
        Verdict.CAUTION,
    ),
    ImageFlag.LONG_HAIR: FlagInfo(
        "more than half of the hairs cross each other or leave the picture",
        "hairs may be split, and roots stand at the wrong end: the count can be off by half",
        "clip or part the hair; look at the overlay",
        Verdict.CAUTION,
    ),
    ImageFlag.UNREADABLE: FlagInfo(
        "hardly any skin can be seen: unparted hair, blood or something else lies over it, or it is no scalp at all",
        "nothing is counted: no area is left, and densities are missing",
        "part or clip the hair, clean the skin, focus, and take the picture again",
        Verdict.UNREADABLE,
    ),
    ImageFlag.PARTLY_UNREADABLE: FlagInfo(
        "a good part of the area cannot be read",
        "what cannot be read has left the area; the rest may suffer from the same cause",
        "look at the overlay; take the picture again without what hides the skin",
        Verdict.CAUTION,
    ),
    ImageFlag.BLURRED: FlagInfo(
        "the picture is out of focus",
        "thin and neighboring hairs are missed or merged; widths are unsure",
        "focus on the skin, press the device on firmly, and take the picture again",
        Verdict.CAUTION,
    ),
    ImageFlag.UNEVEN_FOCUS: FlagInfo(
        "a part of the picture is out of focus",
        "where hairs cannot be told apart the area is left out; beside it hairs may be missed",
        "hold the device upright on the skin",
        Verdict.CAUTION,
    ),
    ImageFlag.MOTION: FlagInfo(
        "the picture is blurred in one direction: the device moved",
        "hairs across the motion are missed, hairs along it look longer",
        "rest the device on the skin and take the picture again",
        Verdict.CAUTION,
    ),
    ImageFlag.OVEREXPOSED: FlagInfo(
        "the skin is so bright that the sensor is near its limit",
        "thin and pale hairs are missed; what is burned out has left the area",
        "reduce light or exposure",
        Verdict.CAUTION,
    ),
    ImageFlag.UNDEREXPOSED: FlagInfo(
        "the skin is so dark that few grey levels are left for it",
        "hairs are missed; what is black has left the area",
        "add light or exposure",
        Verdict.CAUTION,
    ),
    ImageFlag.GLARE: FlagInfo(
        "highlights of wet or oily skin cover a part of the picture",
        "they have left the area; hairs beside them may be missed",
        "clean and dry the skin, use immersion fluid or crossed polarizers",
        Verdict.CAUTION,
    ),
    ImageFlag.BUBBLES: FlagInfo(
        "bubbles of the immersion fluid lie over the skin",
        "they have left the area; hairs beside their rims may be missed",
        "press the bubbles out or use less fluid",
        Verdict.CAUTION,
    ),
    ImageFlag.CLUMPED: FlagInfo(
        "hairs stick together in bands wider than any hair",
        "the bands have left the area; single hairs of a band cannot be counted",
        "wash, dry and comb the hair apart, or clip it",
        Verdict.CAUTION,
    ),
    ImageFlag.VIGNETTE: FlagInfo(
        "the border of the picture is dark",
        "black skin has left the area; in the half-dark hairs may be missed",
        "center the light, or choose a smaller area",
        Verdict.CAUTION,
    ),
    ImageFlag.LOW_CONTRAST: FlagInfo(
        "hairs hardly stand out of the skin",
        "pale and thin hairs are missed",
        "dye the hair, or use another light",
        Verdict.CAUTION,
    ),
    ImageFlag.NOISY: FlagInfo(
        "the sensor's noise is strong",
        "thin hairs are missed",
        "add light; use a lower sensitivity",
        Verdict.CAUTION,
    ),
    ImageFlag.COMPRESSED: FlagInfo(
        "the blocks of a strong JPEG compression show",
        "thin hairs are lost, edges of blocks may be taken for hairs",
        "export the picture again with a higher quality",
        Verdict.CAUTION,
    ),
    ImageFlag.CROWDED: FlagInfo(
        "more than 250 hairs per cm2: many stand closer than their width",
        "hairs of one opening are merged: the count is too low, by a sixth at 400 hairs per cm2",
        "use a higher magnification; compare only with pictures of the same kind",
        Verdict.CAUTION,
    ),
    ImageFlag.UNSURE_HAIRS: FlagInfo(
        "the program is unsure of many of the hairs",
        "the count may be too high or too low",
        "look at the overlay; take a sharper picture",
        Verdict.CAUTION,
    ),
    ImageFlag.IMPLAUSIBLE_DENSITY: FlagInfo(
        "more than 500 hairs per cm2: denser than any published scalp",
        "the scale is probably wrong, or the tracing failed",
        "check the scale",
        Verdict.CAUTION,
    ),
}

CHANGE_FLAGS: dict[ChangeFlag, FlagInfo] = {
    ChangeFlag.NOT_REGISTERED: FlagInfo(
        "the pictures could not be shown to be the same skin",
        "the visits are compared as unmatched samples: only large differences can be told from noise",
        "mark the site, photograph it again with more overlap, and look whether both pictures are of it",
        Verdict.CAUTION,
    ),
    ChangeFlag.SMALL_OVERLAP: FlagInfo(
        "the pictures share less than half of the smaller one",
        "the change is that of a small piece of skin",
        "place the device on the mark of the first visit",
        Verdict.CAUTION,
    ),
    ChangeFlag.DEVICE_DIFFERS: FlagInfo(
        "the visits were taken with different devices",
        "another lens or lamp shows other hairs and other diameters: a part of the change may be the device's",
        "use the same device at every visit, or photograph a control site with both",
        Verdict.CAUTION,
    ),
    ChangeFlag.SCALE_DIFFERS: FlagInfo(
        "the skin itself says that the stated scales of the visits do not fit each other",
        "diameters and lengths of one visit are wrong by this ratio",
        "check zoom and scale of both visits",
        Verdict.CAUTION,
    ),
    ChangeFlag.IMAGE_SIZE_DIFFERS: FlagInfo(
        "the pictures differ in size in px",
        "one of them may be cropped, or exported smaller",
        "export both pictures the same way",
    ),
    ChangeFlag.FOCUS_DIFFERS: FlagInfo(
        "one picture is clearly sharper than the other",
        "the sharper one shows thin hairs that the other one hides, and other diameters",
        "focus on the skin at every visit",
        Verdict.CAUTION,
    ),
    ChangeFlag.LENGTH_DIFFERS: FlagInfo(
        "the hairs were cut to another length, or one visit was not clipped",
        "longer hairs hide others, shorter ones are missed",
        "clip to the same length at every visit",
        Verdict.CAUTION,
    ),
    ChangeFlag.DYE_DIFFERS: FlagInfo(
        "the hairs are clearly darker, or lighter, against the skin than at the other visit",
        "dye shows pale hairs that were missed before, and makes hairs look thicker",
        "dye at every visit or at none",
        Verdict.CAUTION,
    ),
    ChangeFlag.LIGHT_DIFFERS: FlagInfo(
        "the skin is clearly brighter, or darker, than at the other visit",
        "thin hairs may stand out at one visit alone",
        "use the same light and exposure at every visit",
    ),
    ChangeFlag.SAME_PICTURE: FlagInfo(
        "both visits are the same file",
        "there is nothing to compare",
        "choose the pictures of two visits",
        Verdict.CAUTION,
    ),
    ChangeFlag.UNREADABLE_VISIT: FlagInfo(
        "one of the pictures is unreadable",
        "differences are stated without intervals and without a verdict",
        "see the quality of each picture",
        Verdict.UNREADABLE,
    ),
    ChangeFlag.CONTROL_CHANGED: FlagInfo(
        "the untreated control site changed too",
        "what changed at both sites is the season, the device or the reading: the verdict is widened by it",
        "compare light, focus, scale and hair length of the visits",
        Verdict.CAUTION,
    ),
    ChangeFlag.CONTROL_NOT_REGISTERED: FlagInfo(
        "the control site's pictures could not be registered",
        "its noise is that of unmatched samples and is not added to the verdict",
        "photograph the same piece of the control site at every visit",
        Verdict.CAUTION,
    ),
}


def flag_names(flags: IntFlag) -> list[str]:
    """Lower-case names of the set bits, in bit order, as they stand in the JSON document."""
    return [str(bit.name).lower() for bit in type(flags) if bit in flags]


def worst_verdict(flags: ImageFlag) -> Verdict:
    """The worst verdict that any of the set bits causes; good without any."""
    order = list(Verdict)
    caused = [IMAGE_FLAGS[flag].verdict for flag in ImageFlag if flag in flags]
    return max(caused, key=order.index, default=Verdict.GOOD)
