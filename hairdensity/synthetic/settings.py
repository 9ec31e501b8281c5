"""What a rendered scene is made of, in physical units."""

from __future__ import annotations

from dataclasses import dataclass, field

from hairdensity.errors import InputError
from hairdensity.synthetic.appearance import Camera, Clutter, Light, Overlay, Shine, Skin
from hairdensity.synthetic.population import Population

__all__ = ["Camera", "Clutter", "Curtain", "Light", "Overlay", "Population", "SceneSettings", "Shine", "Skin"]

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curtain:
    """Unparted hair that hides the skin.

    Parameters
    ----------
    cover : float
        Share of the frame, 0-1.
    direction_deg, spread_deg : float
        Direction of its strands, and the deviation of a layer from it.
    width_um : float
        Of a strand.
    shine : float
        Strength of the light on it, 0-1.
    """

    cover: float = 0.0
    direction_deg: float = 90.0
    spread_deg: float = 10.0
    width_um: float = 70.0
    shine: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.cover <= 1:
            raise InputError(f"cover must be a share of the frame, 0-1, got {self.cover:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSettings:
    """A scene and the picture of it.

    Parameters
    ----------
    field_mm : (float, float)
        Height and width of the skin in the frame.
    um_per_px : float
    population : Population
    curtain : Curtain
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
    curtain: Curtain = field(default_factory=Curtain)
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
