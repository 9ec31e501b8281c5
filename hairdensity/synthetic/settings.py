"""What a rendered scene is made of, in physical units."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hairdensity.errors import InputError
from hairdensity.synthetic.appearance import Camera, Clutter, Light, Overlay, Shine, Skin

__all__ = ["Camera", "Clutter", "Light", "Overlay", "Population", "SceneSettings", "Shine", "Skin"]

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The hairs that grow in a scene.

    Parameters
    ----------
    density_per_cm2 : float
        Hairs, not units.
    unit_shares : tuple of float
        Share of follicular units with 1, 2, 3 ... hairs; Indian men, frontal: 57/30/10/3 %.
    diameter_mean_um, diameter_sd_um : float
        Normal distribution, cut off at ``diameter_range_um``; a very large deviation makes it uniform.
    diameter_range_um : (float, float)
    vellus_share : float
        Share of hairs drawn evenly from 15-35 um instead.
    length_mean_um, length_sd_um : float
        Visible length; half of its variance is common to the hairs of a unit, which one cut has shortened.
    length_range_um : (float, float)
    direction_deg : float
        Common direction from root to tip: 0 runs along increasing columns, 90 along increasing rows.
    unit_spread_deg, hair_spread_deg : float
        Deviation of a unit from the scene, and of a hair from its unit.
    curvature_deg_per_mm : float
        Standard deviation of the bend of a shaft.
    color_rgb : (float, float, float)
        Encoded value of an opaque shaft, 0-255.
    tone_sd : float
        Relative deviation of that value from hair to hair.
    opaque_um : float
        A shaft of this diameter lets 1/e of the skin's color through: thin hairs are pale.
    highlight : float
        Strength of the light line along the middle of a shaft, 0-1.
    apart_um : float or None
        When set, units have one hair each and no two shafts come closer than this.
    """

    density_per_cm2: float = 150.0
    unit_shares: tuple[float, ...] = (0.57, 0.30, 0.10, 0.03)
    diameter_mean_um: float = 75.0
    diameter_sd_um: float = 15.0
    diameter_range_um: tuple[float, float] = (15.0, 120.0)
    vellus_share: float = 0.08
    length_mean_um: float = 470.0
    length_sd_um: float = 150.0
    length_range_um: tuple[float, float] = (200.0, 1500.0)
    direction_deg: float = 65.0
    unit_spread_deg: float = 7.0
    hair_spread_deg: float = 6.0
    curvature_deg_per_mm: float = 8.0
    color_rgb: RGB = (30.0, 30.0, 32.0)
    tone_sd: float = 0.1
    opaque_um: float = 22.0
    highlight: float = 0.0
    apart_um: float | None = None

    def __post_init__(self) -> None:
        if self.density_per_cm2 < 0:
            raise InputError(f"density_per_cm2 must be 0 or more, got {self.density_per_cm2:g}")
        if not self.unit_shares or min(self.unit_shares) < 0 or not math.isclose(sum(self.unit_shares), 1.0):
            raise InputError(f"unit_shares must be shares that sum to 1, got {self.unit_shares}: divide by their sum")
        for name in ("diameter_range_um", "length_range_um"):
            low, high = getattr(self, name)
            if not 0 < low < high:
                raise InputError(f"{name} must be (low, high) with 0 < low < high, got ({low:g}, {high:g})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSettings:
    """A scene and the picture of it.

    Parameters
    ----------
    field_mm : (float, float)
        Height and width of the skin in the frame.
    um_per_px : float
    population : Population
    clutter : Clutter
    skin : Skin
    shine : Shine
    light : Light
    camera : Camera
    overlay : Overlay
    """

    field_mm: tuple[float, float] = (5.6, 7.1)
    um_per_px: float = 5.5
    population: Population = field(default_factory=Population)
    clutter: Clutter = field(default_factory=Clutter)
    skin: Skin = field(default_factory=Skin)
    shine: Shine = field(default_factory=Shine)
    light: Light = field(default_factory=Light)
    camera: Camera = field(default_factory=Camera)
    overlay: Overlay = field(default_factory=Overlay)

    def __post_init__(self) -> None:
        height, width = self.shape
        if not (16 <= height <= 20_000 and 16 <= width <= 20_000):
            raise InputError(
                f"field_mm / um_per_px must give 16-20,000 px a side, got {width} x {height} px: "
                "field_mm is (height, width) in mm"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """H, W of the picture in px."""
        height, width = (round(side * 1000.0 / self.um_per_px) for side in self.field_mm)
        return height, width

    @property
    def frame_um(self) -> tuple[float, float]:
        """Height and width of the frame in um: whole pixels."""
        height, width = self.shape
        return height * self.um_per_px, width * self.um_per_px
