"""What a rendered scene is made of, in physical units."""

from __future__ import annotations

from dataclasses import dataclass, field

from hairdensity.errors import InputError
from hairdensity.synthetic.appearance import Camera, Clutter, Light, Overlay, Shine, Skin
from hairdensity.synthetic.population import Population

__all__ = ["Camera", "Clutter", "Light", "Overlay", "Population", "SceneSettings", "Shine", "Skin"]

RGB = tuple[float, float, float]


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
