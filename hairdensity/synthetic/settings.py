"""What a rendered scene is made of, in physical units."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hairdensity.errors import InputError

__all__ = ["Camera", "Clutter", "Population", "SceneSettings", "Skin"]

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
class Clutter:
    """What lies on the skin and is not a hair.

    Parameters
    ----------
    buried_root : float
        Opacity of the blurred blue-grey shadow of the shaft under the skin, behind the root.
    scale_specks : float
        Strength of the light scale around a follicular opening.
    fragments_per_cm2 : float
        Loose pieces of cut hair.
    empty_ostia_per_cm2 : float
        Follicular openings without a hair.
    vessels_per_cm2 : float
    glare_per_cm2 : float
        Small wet highlights, which also cover hairs.
    ragged_um : float
        Standard deviation of the cut end along its edge.
    """

    buried_root: float = 0.0
    scale_specks: float = 0.0
    fragments_per_cm2: float = 0.0
    empty_ostia_per_cm2: float = 0.0
    vessels_per_cm2: float = 0.0
    glare_per_cm2: float = 0.0
    ragged_um: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """The scalp between the hairs; each strength is 0 for a flat color.

    Parameters
    ----------
    color_rgb : (float, float, float)
        Encoded value, 0-255.
    mottling, redness, furrows, glints : float
        1 is what clinical captures of clipped scalp show.
    """

    color_rgb: RGB = (150.0, 146.0, 136.0)
    mottling: float = 0.0
    redness: float = 0.0
    furrows: float = 0.0
    glints: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How the scene becomes a picture.

    Parameters
    ----------
    psf_sigma_px : float
        Gaussian blur of optics and pixel aperture together.
    corner_blur_px : float
        Blur that the corners of the frame have on top, in quadrature: the scalp curves out of focus.
    encoding_gamma : float
        Blur and mixture act on value ** gamma. The edges of cut shafts in clinical microscope captures are
        antisymmetric in the encoded values themselves (4,413 edges; half as much residual as at 2.2), hence 1.
    illumination : float
        Fall-off and color cast from the violet top left to the yellow bottom right; 1 is typical, 0 even white light.
    brightness : float
        Factor on every encoded value.
    noise_sd : float
        Grey levels.
    jpeg_quality : int or None
        None: not compressed.
    graphics : bool
        Burn in a header line and a scale bar.
    """

    psf_sigma_px: float = 1.4
    corner_blur_px: float = 0.0
    encoding_gamma: float = 1.0
    illumination: float = 0.0
    brightness: float = 1.0
    noise_sd: float = 1.5
    jpeg_quality: int | None = None
    graphics: bool = False

    def __post_init__(self) -> None:
        if not 0.3 <= self.psf_sigma_px <= 20:
            raise InputError(f"psf_sigma_px must lie in 0.3-20 px, got {self.psf_sigma_px:g}")


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
    camera : Camera
    """

    field_mm: tuple[float, float] = (5.6, 7.1)
    um_per_px: float = 5.5
    population: Population = field(default_factory=Population)
    clutter: Clutter = field(default_factory=Clutter)
    skin: Skin = field(default_factory=Skin)
    camera: Camera = field(default_factory=Camera)

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
