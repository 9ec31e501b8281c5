"""Scenes of the kinds that clinics send."""

from __future__ import annotations

from hairdensity.synthetic.settings import Camera, Clutter, Population, SceneSettings, Skin

__all__ = ["bald", "clipped", "clipped_apart", "light_on_dark", "unclipped"]

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
