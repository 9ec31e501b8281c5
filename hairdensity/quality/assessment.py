"""assess_quality: all that can be said of a picture before its hairs are counted."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.flags import ImageFlag, Verdict, worst_verdict
from hairdensity.quality.bubbles import find_bubbles
from hairdensity.quality.contrast import measure_contrast
from hairdensity.quality.focus import Focus, measure_focus
from hairdensity.quality.grain import measure_blocks, measure_noise
from hairdensity.quality.light import measure_light
from hairdensity.quality.settings import QualitySettings
from hairdensity.quality.view import View, make_view

__all__ = ["Quality", "assess_quality"]

Mask = NDArray[np.bool_]

NOISE_UM_PER_PX = 5.0
"""Noise counts as it is at this scale, to which hairs are brought: averaging finer pixels removes it."""


BLURRED_PATCH_UM = 400.0
"""Focus changes slowly: what is narrower is chance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quality:
    """What is known of a picture's quality; shares are of the pixels on which nothing is drawn.

    Parameters
    ----------
    verdict : Verdict
        The worst that any of ``flags`` causes.
    flags : ImageFlag
    unreadable : (H, W) bool ndarray
        Where no hair could be counted, without what is drawn.
    local_blur_um : (h, w) float32 ndarray
        Local standard deviation of the blur on a coarse lattice over the picture; NaN in a picture without edges.
    blur_um, blur_px : float
        Standard deviation of the blur over all hairs' edges.
    motion_um, motion_ratio : float
        Blur that the worst direction has on top of the one across, in quadrature, and its ratio to it.
    blurred_share, glare_share, dark_share, bubble_share, clump_share, unreadable_share : float
    blown_share : float
        Burned-out pixels, however small the patch.
    skin_level : float
        Median grey level of the skin in green.
    border_level_share : float
        Level of the dimmest places against the brightest.
    noise_sd : float
        Grey levels of the picture's own pixels.
    block_ratio : float
        Steps between JPEG blocks against those within; 1 without.
    hair_contrast : float
        Relative contrast of the strongest percent of narrow things.
    """

    verdict: Verdict
    flags: ImageFlag
    unreadable: Mask
    local_blur_um: NDArray[np.float32]
    blur_um: float
    blur_px: float
    motion_um: float
    motion_ratio: float
    blurred_share: float
    glare_share: float
    dark_share: float
    bubble_share: float
    clump_share: float
    unreadable_share: float
    blown_share: float
    skin_level: float
    border_level_share: float
    noise_sd: float
    block_ratio: float
    hair_contrast: float

    def concluded(self, flags: ImageFlag) -> Self:
        """The same with the flags of the whole analysis, and their verdict."""
        return replace(self, flags=flags, verdict=worst_verdict(flags))


def assess_quality(
    pixels: NDArray[np.uint8], *, graphics: Mask, um_per_px: float, settings: QualitySettings | None = None
) -> Quality:
    """Judge a picture before its hairs are looked for.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    graphics : (H, W) bool ndarray
        Pixels on which something is drawn.
    um_per_px : float
        The calibration's scale or a working one.
    settings : QualitySettings, optional
    """
    settings = settings or QualitySettings()
    green = np.ascontiguousarray(pixels[..., 1])
    noise_sd, block_ratio = measure_noise(green), measure_blocks(green)
    view = make_view(pixels, drawn=graphics, um_per_px=um_per_px)
    focus = measure_focus(view, noise_sd=noise_sd * min(1.0, um_per_px / view.um_per_px))
    light = measure_light(view)
    contrast = measure_contrast(view, light)
    bubbles = find_bubbles(view)
    blurred = _smoothed(_blurred(focus, view, settings.unreadable_blur_um), view, BLURRED_PATCH_UM)
    unreadable = _smoothed(light.glare | light.dark | bubbles | contrast.clumps | blurred, view, settings.smooth_um)
    figures = {
        "blur_um": focus.blur_um,
        "blur_px": focus.blur_um / um_per_px,
        "motion_um": (focus.along_um**2 - focus.across_um**2) ** 0.5,
        "motion_ratio": focus.along_um / focus.across_um,
        "blurred_share": view.share(_blurred(focus, view, settings.uneven_um)),
        "glare_share": view.share(light.glare),
        "dark_share": view.share(light.dark),
        "bubble_share": view.share(bubbles),
        "clump_share": view.share(contrast.clumps),
        "unreadable_share": view.share(unreadable),
        "blown_share": light.blown_share,
        "skin_level": light.skin_level,
        "border_level_share": light.corner_share,
        "noise_sd": noise_sd,
        "block_ratio": block_ratio,
        "hair_contrast": contrast.hair,
    }
    flags = _flags(figures, min(1.0, um_per_px / NOISE_UM_PER_PX), settings)
    return Quality(
        verdict=worst_verdict(flags),
        flags=flags,
        unreadable=view.enlarged(unreadable),
        local_blur_um=focus.local_um,
        **figures,
    )


def _blurred(focus: Focus, view: View, least_um: float) -> Mask:
    """(h, w) True where the local blur is above a limit."""
    above = (np.nan_to_num(focus.local_um) > least_um).view(np.uint8)
    size = view.green.shape[::-1]
    return np.asarray((cv2.resize(above * np.uint8(255), size, interpolation=cv2.INTER_LINEAR) > 127) & ~view.drawn)


def _smoothed(mask: Mask, view: View, width_um: float) -> Mask:
    """The mask without crumbs: gaps narrower than a width are closed, then specks narrower than it dropped."""
    if not mask.any():
        return mask
    disc = view.disc(width_um)
    reach = disc.shape[0]
    # Beyond the picture's edge the mask goes on: a closing must not leave a seam there.
    padded = cv2.copyMakeBorder(mask.view(np.uint8), reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, disc)
    return np.asarray(opened[reach:-reach, reach:-reach] > 0)


def _flags(figures: dict[str, float], noise_scale: float, limits: QualitySettings) -> ImageFlag:
    """The faults whose figures pass their limits."""
    get = figures.__getitem__
    noise = get("noise_sd") * noise_scale
    signal = get("hair_contrast") * get("skin_level")
    raised = {
        ImageFlag.BLURRED: get("blur_um") > limits.blurred_um,
        ImageFlag.UNEVEN_FOCUS: get("blurred_share") > limits.uneven_share and get("blur_um") <= limits.blurred_um,
        ImageFlag.MOTION: get("motion_um") > limits.motion_um and get("motion_ratio") > limits.motion_ratio,
        ImageFlag.OVEREXPOSED: get("skin_level") > limits.bright_level or get("blown_share") > limits.blown_share,
        ImageFlag.UNDEREXPOSED: get("skin_level") < limits.dim_level,
        ImageFlag.GLARE: get("glare_share") > limits.patch_share,
        ImageFlag.BUBBLES: get("bubble_share") > limits.patch_share,
        ImageFlag.CLUMPED: get("clump_share") > limits.patch_share,
        ImageFlag.VIGNETTE: get("border_level_share") < limits.vignette_share,
        ImageFlag.LOW_CONTRAST: get("hair_contrast") < limits.hair_contrast
        or signal < limits.contrast_to_noise * noise,
        ImageFlag.NOISY: noise > limits.noise_sd,
        ImageFlag.COMPRESSED: get("block_ratio") > limits.block_ratio,
    }
    return functools.reduce(operator.or_, (flag for flag, is_so in raised.items() if is_so), ImageFlag(0))
