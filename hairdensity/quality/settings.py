"""From which value on a fault of a picture is noteworthy, and from which on hairs cannot be seen."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QualitySettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySettings:
    """Limits, chosen on rendered series of growing degradation (``benchmarks/accuracy/quality.py``).

    Parameters
    ----------
    blurred_um : float
        Standard deviation of the blur from which on hairs are missed.
    unreadable_blur_um : float
        Local blur at which the skin leaves the area.
    uneven_um, uneven_share : float
        Local blur, and the share of the picture above it, from which on focus is uneven.
    motion_um, motion_ratio : float
        Blur that the worst direction has on top of the one across, and its ratio to it.
    bright_level, dim_level : float
        Grey level of the skin above and below which exposure is at fault.
    blown_share : float
        Share of burned-out pixels, from which on hairs or skin have lost their edges.
    patch_share : float
        Share of the picture under glare, or bubbles, or clumps, from which on it is noteworthy.
    vignette_share : float
        Level of the dimmest border against the brightest place.
    noise_sd : float
        Grey levels at 5 um/px.
    block_ratio : float
        Steps between JPEG blocks against those within.
    hair_contrast : float
        Relative contrast of the strongest percent of narrow things.
    contrast_to_noise : float
        The same in grey levels against the noise.
    partly_unreadable, unreadable : float
        Shares of the area that cannot be read, from which on the rest is doubtful, and nothing is counted.
    smooth_um : float
        Readable crumbs and unreadable specks narrower than this are given to their surroundings.
    """

    blurred_um: float = 19.0
    unreadable_blur_um: float = 33.0
    uneven_um: float = 24.0
    uneven_share: float = 0.2
    motion_um: float = 17.0
    motion_ratio: float = 1.6
    bright_level: float = 215.0
    dim_level: float = 48.0
    blown_share: float = 0.02
    patch_share: float = 0.025
    vignette_share: float = 0.5
    noise_sd: float = 10.0
    block_ratio: float = 2.4
    hair_contrast: float = 0.25
    contrast_to_noise: float = 4.0
    partly_unreadable: float = 0.05
    unreadable: float = 0.65
    smooth_um: float = 120.0
