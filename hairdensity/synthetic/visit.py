"""What happens between two visits: hairs lost and new, thicker and longer, another lie, lens and light."""

from __future__ import annotations

from dataclasses import dataclass

from hairdensity.errors import InputError
from hairdensity.synthetic.appearance import Camera, Light, Shine

__all__ = ["Exposure", "Growth", "Visit"]

MAX_STRETCH = 0.1
"""Strain; beyond it the way back would not converge, and no lens pulls scalp so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How hairs grow from one visit to the next when they are not cut in between.

    Parameters
    ----------
    hours : float
    rate_mm_per_day : (float, float)
        Drawn evenly for each hair in anagen.
    telogen_share : float
        Share of the hairs that do not grow.
    """

    hours: float = 48.0
    rate_mm_per_day: tuple[float, float] = (0.2, 0.45)
    telogen_share: float = 0.15

    def __post_init__(self) -> None:
        if not self.hours > 0:
            raise InputError(f"hours must be above 0, got {self.hours:g}")
        if not 0 <= self.rate_mm_per_day[0] <= self.rate_mm_per_day[1]:
            raise InputError(f"rate_mm_per_day must be (low, high) with 0 <= low <= high, got {self.rate_mm_per_day}")
        _check_share(telogen_share=self.telogen_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How the later picture is taken; what is None is as at the baseline.

    Parameters
    ----------
    camera : Camera or None
    light : Light or None
    shine : Shine or None
    um_per_px : float or None
        Another magnification.
    field_mm : (float, float) or None
        Height and width of the skin in the frame.
    """

    camera: Camera | None = None
    light: Light | None = None
    shine: Shine | None = None
    um_per_px: float | None = None
    field_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What happened since the baseline.

    Parameters
    ----------
    lost_fraction : float
        Share of the hairs that are gone.
    new_per_cm2 : float
        Lone hairs where no opening was seen.
    diameter_factor : float
        Growth in thickness of the hairs that stayed.
    turn_deg, shift_um : float, (float, float)
        How the skin moved in the frame: about its center, then along rows and columns.
    reclip_sd : float
        Relative deviation of the lengths after the new clipping.
    lean_sd_deg : float
        Deviation of the directions: hairs lie differently.
    gained_per_cm2 : float
        New hairs beside the hairs of a unit, which they join.
    reactivated_share : float
        Share of the empty ostia and yellow dots from which a hair grows now.
    emptied_share : float
        Share of the units that lose all their hairs, beside those that lose them by ``lost_fraction``.
    ostium_share : float
        Share of the emptied units that leave an opening that can be seen.
    diameter_sd : float
        Deviation of the logarithm of a hair's own factor, about that of ``diameter_factor``, which is the median.
    thickened_share, thinned_share : float
        Share of vellus hairs that turn terminal, and of terminal hairs that turn vellus; at a cut-off of 40 um.
    stretch : float
        Largest strain of the skin on the frame: it is pressed and pulled otherwise.
    exact : bool
        Shares and numbers of hairs hold on the skin that both frames show, not only on average; ``new_per_cm2`` and
        ``gained_per_cm2`` then refer to the density that the baseline's population was given.
    growth : Growth or None
        The hairs grew and were not clipped: their length is that of the baseline and what grew since.
    exposure : Exposure
    """

    lost_fraction: float = 0.08
    new_per_cm2: float = 12.0
    diameter_factor: float = 1.0
    turn_deg: float = 4.0
    shift_um: tuple[float, float] = (250.0, -180.0)
    reclip_sd: float = 0.15
    lean_sd_deg: float = 4.0
    gained_per_cm2: float = 0.0
    reactivated_share: float = 0.0
    emptied_share: float = 0.0
    ostium_share: float = 0.5
    diameter_sd: float = 0.0
    thickened_share: float = 0.0
    thinned_share: float = 0.0
    stretch: float = 0.0
    exact: bool = False
    growth: Growth | None = None
    exposure: Exposure = Exposure()

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in self.__slots__ if name.endswith(("_share", "_fraction"))}
        _check_share(**shares)
        if not 0 <= self.stretch <= MAX_STRETCH:
            raise InputError(f"stretch must lie in 0-{MAX_STRETCH:g}, got {self.stretch:g}: 0.03 is 3 %")
        for name, number in (("new_per_cm2", self.new_per_cm2), ("gained_per_cm2", self.gained_per_cm2)):
            if number < 0:
                raise InputError(f"{name} must be 0 or more, got {number:g}")


def _check_share(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise InputError(f"{name} must lie in 0-1, got {share:g}")
