"""Scenes of the kinds that clinics send."""

from __future__ import annotations

from dataclasses import replace

from hairdensity.errors import InputError
from hairdensity.synthetic.population import Roots
from hairdensity.synthetic.settings import Camera, Clutter, Population, SceneSettings, Shine, Skin

__all__ = [
    "HAIR_RGB",
    "SKIN_RGB",
    "at_scale",
    "bald",
    "blurred",
    "clipped",
    "clipped_apart",
    "light_on_dark",
    "scaly",
    "short",
    "toned",
    "unclipped",
]

HAIR_RGB = {
    "black": (20.0, 19.0, 22.0),
    "brown": (84.0, 60.0, 46.0),
    "red": (132.0, 74.0, 46.0),
    "blond": (180.0, 148.0, 104.0),
    "grey": (150.0, 148.0, 146.0),
    "white": (222.0, 218.0, 210.0),
}
"""Encoded values of an opaque shaft under white light."""

SKIN_RGB = {"I": (230.0, 196.0, 184.0), "III": (198.0, 158.0, 136.0), "VI": (82.0, 58.0, 48.0)}
"""Encoded values of skin under white light, by Fitzpatrick type."""

MICROSCOPE_FIELD_MM = (5.7047, 7.1309)
"""1280 x 1024 px at 5.571 um/px."""

MICROSCOPE_UM_PER_PX = 5.571

_SKIN = Skin(mottling=1.0, redness=1.0, furrows=1.0, glints=1.0)
_CLUTTER = Clutter(
    buried_root=0.75,
    scale_specks=1.0,
    fragments_per_cm2=8.0,
    empty_ostia_per_cm2=6.0,
    vessels_per_cm2=12.0,
    glare_per_cm2=150.0,
    ragged_um=6.0,
)
_CAMERA = Camera(psf_sigma_px=1.5, corner_blur_px=2.0, illumination=1.0, noise_sd=1.5, jpeg_quality=92)


def clipped(density_per_cm2: float = 150.0, *, direction_deg: float = 65.0, graphics: bool = False) -> SceneSettings:
    """Clipped scalp under a 70x microscope, hairs in follicular units."""
    return SceneSettings(
        field_mm=MICROSCOPE_FIELD_MM,
        um_per_px=MICROSCOPE_UM_PER_PX,
        population=Population(density_per_cm2=density_per_cm2, direction_deg=direction_deg),
        clutter=_CLUTTER,
        skin=_SKIN,
        camera=Camera(
            psf_sigma_px=1.5, corner_blur_px=2.0, illumination=1.0, noise_sd=1.5, jpeg_quality=92, graphics=graphics
        ),
    )


def clipped_apart(density_per_cm2: float = 100.0, *, um_per_px: float = 5.0) -> SceneSettings:
    """Clipped hairs of every diameter, none near another, on quiet skin: what must be right."""
    return SceneSettings(
        um_per_px=um_per_px,
        population=Population(
            density_per_cm2=density_per_cm2,
            diameter_mean_um=70.0,
            diameter_sd_um=1000.0,
            diameter_range_um=(15.0, 120.0),
            vellus_share=0.0,
            length_mean_um=550.0,
            length_range_um=(300.0, 1200.0),
            unit_spread_deg=12.0,
            apart_um=100.0,
        ),
        clutter=Clutter(buried_root=0.5, ragged_um=3.0),
        skin=Skin(mottling=0.6, redness=0.5, furrows=0.4, glints=0.3),
        camera=Camera(psf_sigma_px=1.2, illumination=0.5, noise_sd=1.5, jpeg_quality=95),
    )


def unclipped(density_per_cm2: float = 40.0, *, direction_deg: float = 80.0) -> SceneSettings:
    """Long, curved, crossing hairs of a thinning scalp under a dermatoscope."""
    return SceneSettings(
        field_mm=(7.0, 9.0),
        um_per_px=7.0,
        population=Population(
            density_per_cm2=density_per_cm2,
            diameter_mean_um=65.0,
            diameter_sd_um=18.0,
            vellus_share=0.15,
            length_mean_um=5000.0,
            length_sd_um=2000.0,
            length_range_um=(1200.0, 12_000.0),
            direction_deg=direction_deg,
            unit_spread_deg=12.0,
            hair_spread_deg=9.0,
            curvature_deg_per_mm=6.0,
            color_rgb=(52.0, 40.0, 38.0),
            highlight=0.25,
        ),
        clutter=Clutter(buried_root=0.25, scale_specks=0.2, empty_ostia_per_cm2=10.0, vessels_per_cm2=10.0),
        skin=Skin(color_rgb=(214.0, 176.0, 164.0), mottling=0.6, redness=1.0, furrows=0.6, glints=0.1),
        camera=Camera(psf_sigma_px=1.3, corner_blur_px=1.5, illumination=0.3, noise_sd=1.5, jpeg_quality=92),
    )


def short(density_per_cm2: float = 150.0) -> SceneSettings:
    """Hairs of 1-4 mm, some weeks after a clip, that cross their neighbors."""
    long = unclipped(density_per_cm2)
    population = replace(long.population, length_mean_um=2000.0, length_sd_um=500.0, length_range_um=(1000.0, 4000.0))
    return replace(long, field_mm=(5.6, 7.1), um_per_px=5.5, population=population)


def toned(hair: str = "black", skin: str = "I", *, density_per_cm2: float = 150.0) -> SceneSettings:
    """Clipped hair of one color on skin of one type; all else, down to the place of every hair, is the same.

    Raises
    ------
    InputError
        If the hair is none of ``HAIR_RGB`` or the skin none of ``SKIN_RGB``.
    """
    if hair not in HAIR_RGB or skin not in SKIN_RGB:
        raise InputError(
            f"hair must be one of {', '.join(HAIR_RGB)} and skin of {', '.join(SKIN_RGB)}, got {hair!r} and {skin!r}"
        )
    # The shade of the follicle, which tells the root from the tip, is as clear on every skin.
    red, green, blue = SKIN_RGB[skin]
    return SceneSettings(
        field_mm=(5.0, 6.3),
        um_per_px=5.5,
        population=Population(
            density_per_cm2=density_per_cm2,
            color_rgb=HAIR_RGB[hair],
            length_mean_um=650.0,
            vellus_share=0.05,
            roots=Roots(color_rgb=(0.55 * red, 0.55 * green, 0.55 * blue)),
        ),
        clutter=Clutter(buried_root=0.6, vessels_per_cm2=4.0, ragged_um=6.0),
        skin=Skin(color_rgb=SKIN_RGB[skin], mottling=0.8, redness=0.6, furrows=0.8, glints=0.15),
        camera=Camera(psf_sigma_px=1.4, corner_blur_px=1.5, illumination=0.4, noise_sd=1.8, jpeg_quality=92),
    )


def at_scale(um_per_px: float) -> SceneSettings:
    """Clipped scalp at 150 hairs per cm2 as a camera of this pixel size shows it, equally sharp in its own pixels."""
    scene = clipped()
    camera = replace(scene.camera, psf_sigma_px=1.2, corner_blur_px=0.0)
    return replace(scene, field_mm=(4.4, 5.6), um_per_px=um_per_px, camera=camera)


def blurred(sigma_px: float) -> SceneSettings:
    """Clipped scalp at 150 hairs per cm2 out of focus: hairs and skin alike have this Gaussian blur."""
    scene = clipped()
    optics_px = min(sigma_px, 0.7)
    camera = replace(
        scene.camera,
        psf_sigma_px=optics_px,
        corner_blur_px=0.0,
        defocus_px=(sigma_px**2 - optics_px**2) ** 0.5,
    )
    return replace(scene, camera=camera)


def light_on_dark(density_per_cm2: float = 110.0) -> SceneSettings:
    """Grey, clipped hair on dark skin: the contrast is reversed."""
    return SceneSettings(
        field_mm=(5.5, 7.0),
        um_per_px=5.5,
        population=Population(
            density_per_cm2=density_per_cm2,
            color_rgb=(215.0, 205.0, 190.0),
            opaque_um=30.0,
            length_mean_um=650.0,
            vellus_share=0.05,
        ),
        clutter=Clutter(vessels_per_cm2=4.0, ragged_um=6.0),
        skin=Skin(color_rgb=(92.0, 66.0, 54.0), mottling=0.8, redness=0.3, furrows=0.8, glints=0.15),
        camera=Camera(psf_sigma_px=1.4, corner_blur_px=1.5, illumination=0.4, noise_sd=1.8, jpeg_quality=92),
    )


def bald(um_per_px: float = MICROSCOPE_UM_PER_PX) -> SceneSettings:
    """Scalp without a hair: everything found is false."""
    return SceneSettings(
        field_mm=MICROSCOPE_FIELD_MM,
        um_per_px=um_per_px,
        population=Population(density_per_cm2=0.0),
        clutter=Clutter(empty_ostia_per_cm2=30.0, vessels_per_cm2=20.0, glare_per_cm2=150.0, scale_specks=1.0),
        skin=_SKIN,
        camera=_CAMERA,
    )


def scaly() -> SceneSettings:
    """Inflamed scalp without a hair, with flakes, crusts, dots, folds and branching vessels."""
    return replace(
        bald(),
        clutter=Clutter(
            empty_ostia_per_cm2=30.0,
            vessels_per_cm2=20.0,
            glare_per_cm2=80.0,
            arborizing_per_cm2=5.0,
            yellow_dots_per_cm2=25.0,
            red_dots_per_cm2=20.0,
            crusts_per_cm2=3.0,
            flakes_per_cm2=25.0,
            dust_per_cm2=10.0,
        ),
        skin=replace(_SKIN, color_rgb=(204.0, 166.0, 152.0), flush=0.5, relief=0.3, wrinkles=0.3, wrinkles_deg=30.0),
        shine=Shine(strength=0.5, oil=0.3),
    )
