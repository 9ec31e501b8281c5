"""How a scene looks, in physical units: the skin, what lies on it, the camera. Every effect is off unless it is set."""

from __future__ import annotations

from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["Camera", "Clutter", "Light", "Overlay", "Shine", "Skin"]

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
    ostia_um, ostia_opacity : (float, float)
        Ranges of their diameter, and of how clearly they show.
    vessels_per_cm2 : float
    glare_per_cm2 : float
        Small wet highlights, which also cover hairs.
    ragged_um : float
        Standard deviation of the cut end along its edge.
    arborizing_per_cm2 : float
        Branching vessels.
    arborizing_um : (float, float)
        Width of their twigs and of their stems.
    yellow_dots_per_cm2, white_dots_per_cm2, red_dots_per_cm2 : float
        Openings filled with sebum, scarred or glandular dots, and vessels seen end on.
    black_dots_per_cm2 : float
        Shafts broken off in the skin: no hairs.
    ink_dots_per_cm2 : float
        Tattooed dots that feign hair (micropigmentation).
    ink_stains : int
        Patches of a surgical marker's ink near the border, with specks about them.
    blood_per_cm2, crusts_per_cm2 : float
        Specks of blood, and yellow to brown crusts, which hide what lies below.
    flakes_per_cm2 : float
        Dandruff over the hairs, translucent to white.
    flakes_um : (float, float)
        Its size.
    root_flakes : float
        Share of the roots that carry scale.
    casts : float
        Share of the shafts with a white collar near their root.
    dust_per_cm2 : float
        Small light and dark specks over everything.
    fibers_per_cm2 : float
        Curved threads of cloth over everything.
    bubbles_per_cm2 : float
        Bubbles of an immersion fluid; their rims hide what lies below.
    bubbles_um : (float, float)
        Their diameter.
    """

    buried_root: float = 0.0
    scale_specks: float = 0.0
    fragments_per_cm2: float = 0.0
    empty_ostia_per_cm2: float = 0.0
    ostia_um: tuple[float, float] = (130.0, 130.0)
    ostia_opacity: tuple[float, float] = (0.7, 0.7)
    vessels_per_cm2: float = 0.0
    glare_per_cm2: float = 0.0
    ragged_um: float = 0.0
    arborizing_per_cm2: float = 0.0
    arborizing_um: tuple[float, float] = (12.0, 60.0)
    yellow_dots_per_cm2: float = 0.0
    white_dots_per_cm2: float = 0.0
    red_dots_per_cm2: float = 0.0
    black_dots_per_cm2: float = 0.0
    ink_dots_per_cm2: float = 0.0
    ink_stains: int = 0
    blood_per_cm2: float = 0.0
    crusts_per_cm2: float = 0.0
    flakes_per_cm2: float = 0.0
    flakes_um: tuple[float, float] = (100.0, 1500.0)
    root_flakes: float = 0.0
    casts: float = 0.0
    dust_per_cm2: float = 0.0
    fibers_per_cm2: float = 0.0
    bubbles_per_cm2: float = 0.0
    bubbles_um: tuple[float, float] = (50.0, 800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """The scalp between the hairs; each strength is 0 for a flat color.

    Parameters
    ----------
    color_rgb : (float, float, float)
        Encoded value, 0-255.
    mottling, redness, furrows, glints : float
        1 is what clinical captures of clipped scalp show.
    flush : float
        Red patches with a fine red net; 1 is inflamed skin.
    root_flush : float
        Redness about the follicles.
    peripilar : float
        Brown halos about the follicles.
    root_shade : float
        Blue-grey shade of the follicle under the skin, some 0.5 mm long, behind each root; 1 is usual for black hair
        under a microscope: 0.75 of the skin's light at the root, 0.87 at 0.25 mm.
    lobules : float
        Pale, soft blobs of 100-300 um below the surface.
    wrinkles : float
        Parallel folds; 1 is strong.
    wrinkles_deg : float
        The direction in which they run.
    relief : float
        Net of fine furrows that cuts the skin into polygons; 1 is strong.
    network : float
        Honeycomb of pigment; 1 is that of dark scalp.
    network_um : float
        Its mesh.
    freckles_per_cm2, scars_per_cm2 : float
        Brown spots, and pale smooth patches.
    """

    color_rgb: RGB = (150.0, 146.0, 136.0)
    mottling: float = 0.0
    redness: float = 0.0
    furrows: float = 0.0
    glints: float = 0.0
    flush: float = 0.0
    root_flush: float = 0.0
    peripilar: float = 0.0
    root_shade: float = 0.0
    lobules: float = 0.0
    wrinkles: float = 0.0
    wrinkles_deg: float = 0.0
    relief: float = 0.0
    network: float = 0.0
    network_um: float = 110.0
    freckles_per_cm2: float = 0.0
    scars_per_cm2: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shine:
    """What the horny layer mirrors: specks and clouds of it, wet film and glare.

    Parameters
    ----------
    strength : float
        Of the fine specks, in clouds; 1 is a usual clinical capture, 2 a very shiny one.
    grain_um : float
        Size of a speck; 10-40.
    stretch : float
        Length of a speck over its width.
    along_deg : float
        Direction of long specks, and of the folds that bear them.
    color_rgb : (float, float, float)
        Grey levels that a usual speck adds: violet-white under the usual lamp.
    iridescence : float
        How far blue and yellow shine in different places: 0 even specks, 1 very colorful ones.
    lit_side : float
        Share of the shine that gathers on the lit side of the frame.
    halos : float
        Bright, fibrous, bluish sheen behind the roots, where the skin bulges; 1 is usual under a microscope.
    oil : float
        Soft, smooth highlights of 100-600 um; 1 is oily skin.
    film : float
        Bright menisci of a wet film; 1 is dripping.
    glare_per_cm2 : float
        Patches that are burned out and hide what lies below.
    glare_um : (float, float)
        Their size.
    """

    strength: float = 0.0
    grain_um: float = 20.0
    stretch: float = 1.6
    along_deg: float = 0.0
    color_rgb: RGB = (22.0, 23.0, 31.0)
    iridescence: float = 0.3
    lit_side: float = 0.6
    halos: float = 0.0
    oil: float = 0.0
    film: float = 0.0
    glare_per_cm2: float = 0.0
    glare_um: tuple[float, float] = (50.0, 500.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light on the scene; the default is even and white.

    Parameters
    ----------
    lit_deg : float
        Where the lit side is, seen from the frame's center: 0 toward larger columns, 90 toward larger rows.
    lit_rgb, far_rgb : (float, float, float)
        Factor at the lit border and at the one across; 1 on the line between. Microscopes with two lamps turn the
        one violet and the other yellow: about (0.90, 0.90, 1.12) and (0.90, 0.84, 0.78).
    spots : int
        Bright and dim places.
    spot_strength : float
        Their strongest relative brightness.
    vignette : float
        Relative loss of light in the corners.
    vignette_start : float
        Where the loss begins, as a share of the way to the corner.
    center : (float, float)
        Middle of the bright disk along rows and columns: 0 is the frame's, +-1 its border.
    white_balance : (float, float, float)
    """

    lit_deg: float = 225.0
    lit_rgb: RGB = (1.0, 1.0, 1.0)
    far_rgb: RGB = (1.0, 1.0, 1.0)
    spots: int = 0
    spot_strength: float = 0.0
    vignette: float = 0.0
    vignette_start: float = 0.0
    center: tuple[float, float] = (0.0, 0.0)
    white_balance: RGB = (1.0, 1.0, 1.0)


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
    saturation, contrast, tone_gamma : float
        What the camera's software does to the finished pixels; saturation 0 is grey, a gamma below 1 is brighter.
    defocus_px : float
        Gaussian blur of everything, skin and hairs alike; ``psf_sigma_px`` acts on the hairs and most clutter alone.
    tilt_blur_px, tilt_deg : float
        Blur at one side of the frame, and where it lies: 0 toward larger columns, 90 toward larger rows.
    motion_px, motion_deg : float
        Length and direction of a motion during the exposure.
    chromatic_px : float
        How far red lies outward of green, and blue inward, in the corners.
    chroma_noise_sd : float
        Grey levels of colored grain of two pixels.
    mosaic : float
        Grey levels by which every other pixel is brighter: a badly matched color filter.
    sharpening : float
        Strength of the unsharp mask, with its halos; 1 is strong.
    captured_share : float
        Below 1, the picture was captured this much smaller and enlarged.
    first_jpeg_quality : int or None
        Of an earlier JPEG with other blocks.
    jpeg_full_color : bool
        4:4:4 instead of 4:2:0.
    """

    psf_sigma_px: float = 1.4
    corner_blur_px: float = 0.0
    encoding_gamma: float = 1.0
    illumination: float = 0.0
    brightness: float = 1.0
    noise_sd: float = 1.5
    jpeg_quality: int | None = None
    graphics: bool = False
    saturation: float = 1.0
    contrast: float = 1.0
    tone_gamma: float = 1.0
    defocus_px: float = 0.0
    tilt_blur_px: float = 0.0
    tilt_deg: float = 0.0
    motion_px: float = 0.0
    motion_deg: float = 0.0
    chromatic_px: float = 0.0
    chroma_noise_sd: float = 0.0
    mosaic: float = 0.0
    sharpening: float = 0.0
    captured_share: float = 1.0
    first_jpeg_quality: int | None = None
    jpeg_full_color: bool = False

    def __post_init__(self) -> None:
        if not 0.3 <= self.psf_sigma_px <= 20:
            raise InputError(f"psf_sigma_px must lie in 0.3-20 px, got {self.psf_sigma_px:g}")
        if not 0.05 <= self.captured_share <= 1:
            raise InputError(f"captured_share must lie in 0.05-1, got {self.captured_share:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What software and people draw over the picture; place, color and style come with the scene's seed.

    Parameters
    ----------
    header, scale_bar, ruler, logo : bool
        Bars and rulers have their true length.
    circles, texts, arrows : int
        Number of each; a circle may have its radius and a box with measures.
    marks : int
        Roots with a counting mark beside them.
    panels : int
        Opaque strips along a side, or blocks in a corner.
    aperture : float
        Radius of a round field as a share of half the diagonal: black beyond it. 0: none.
    """

    header: bool = False
    scale_bar: bool = False
    ruler: bool = False
    logo: bool = False
    circles: int = 0
    texts: int = 0
    arrows: int = 0
    marks: int = 0
    panels: int = 0
    aperture: float = 0.0
