"""How a scene looks, in physical units: the skin, what lies on it, the camera. Every effect is off unless it is set."""

from __future__ import annotations

from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["Camera", "Clutter", "Skin"]

RGB = tuple[float, float, float]


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
