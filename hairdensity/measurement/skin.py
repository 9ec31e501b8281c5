"""Redness and scale of the skin between the hairs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SkinLook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinLook:
    """How the skin between the hairs looks; NaN where too little of it shows.

    Parameters
    ----------
    erythema_index, erythema_sd : float
        100 log10(R / G) of linear red and green, and its deviation between sites.
    scaling_fraction, scaling_sd : float
        Share of the skin on which scale lies, and its deviation between sites.
    n_tiles : int
        Square millimeters of skin, or parts of them, that these rest on.
    """

    erythema_index: float
    erythema_sd: float
    scaling_fraction: float
    scaling_sd: float
    n_tiles: int
