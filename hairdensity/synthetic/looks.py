"""Random looks of a scene: what lies on the skin, the skin, its shine, the light and the camera."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hairdensity.synthetic.draws import RGB, as_rgb, even, log_even, sometimes
from hairdensity.synthetic.settings import Camera, Clutter, Light, Overlay, Shine, Skin

__all__ = ["LUMA", "Look", "any_look", "microscope_look"]

LUMA = np.array([0.299, 0.587, 0.114])

# Encoded values of skin under white light, Fitzpatrick I to VI.
SKIN_TONES = np.array(
    [
        [230.0, 196.0, 184.0],
        [216.0, 178.0, 164.0],
        [198.0, 158.0, 136.0],
        [168.0, 126.0, 100.0],
        [122.0, 88.0, 68.0],
        [82.0, 58.0, 48.0],
    ]
)


EXPOSED = 215.0
"""Grey levels of the brightest channel of bare skin, at most."""


class Look(NamedTuple):
    """All of a scene but its hairs."""

    clutter: Clutter
    skin: Skin
    shine: Shine
    light: Light
    camera: Camera
    overlay: Overlay


def any_look(rng: np.random.Generator, *, mode: str, um_per_px: float) -> Look:
    """The look of any device on any skin.

    Parameters
    ----------
    rng : Generator
    mode : str
        Clipped scenes have cut ends and loose pieces; bald ones are there for their clutter, which is rarely missing.
    um_per_px : float
    """
    skin = _skin(rng)
    return Look(
        _clutter(rng, mode), skin, _shine(rng, mode), _light(rng), _camera(rng, um_per_px, skin), _overlay(rng, 1.0)
    )


def microscope_look(rng: np.random.Generator) -> Look:
    """Pale greyish skin with sheen and buried roots under a violet and a yellow lamp."""
    return Look(
        clutter=_microscope_clutter(rng),
        skin=_microscope_skin(rng),
        shine=Shine(
            strength=log_even(rng, 0.15, 1.5),
            grain_um=even(rng, 14.0, 34.0),
            stretch=even(rng, 1.0, 3.0),
            along_deg=even(rng, 0.0, 180.0),
            color_rgb=_shine_color(rng),
            iridescence=even(rng, 0.0, 0.7),
            lit_side=even(rng, 0.1, 1.0),
            halos=sometimes(rng, 0.85, 0.3, 1.6),
            oil=sometimes(rng, 0.2, 0.2, 1.0),
            glare_per_cm2=sometimes(rng, 0.3, 1.0, 8.0),
            glare_um=(40.0, even(rng, 80.0, 400.0)),
        ),
        light=_two_lamps(rng),
        camera=Camera(
            psf_sigma_px=even(rng, 1.0, 2.8),
            corner_blur_px=even(rng, 0.5, 3.5),
            brightness=even(rng, 0.85, 1.08),
            noise_sd=even(rng, 0.5, 2.0),
            jpeg_quality=int(rng.integers(84, 97)),
            contrast=even(rng, 0.9, 1.15),
            **_faults(rng, 0.6),
        ),
        overlay=_overlay(rng, 1.5),
    )


def _microscope_clutter(rng: np.random.Generator) -> Clutter:
    """Buried roots, loose pieces, specks; now and then marker ink and flakes."""
    return Clutter(
        buried_root=even(rng, 0.5, 1.0),
        scale_specks=sometimes(rng, 0.5, 0.2, 1.2),
        fragments_per_cm2=log_even(rng, 2.0, 25.0),
        empty_ostia_per_cm2=sometimes(rng, 0.5, 2.0, 12.0),
        vessels_per_cm2=sometimes(rng, 0.8, 4.0, 30.0),
        glare_per_cm2=sometimes(rng, 0.6, 20.0, 200.0),
        ragged_um=even(rng, 2.0, 12.0),
        arborizing_per_cm2=sometimes(rng, 0.2, 1.0, 6.0),
        ink_stains=int(rng.integers(1, 4)) if rng.random() < 0.06 else 0,
        flakes_per_cm2=sometimes(rng, 0.1, 1.0, 10.0),
        root_flakes=sometimes(rng, 0.5, 0.03, 0.35),
        dust_per_cm2=sometimes(rng, 0.5, 2.0, 40.0),
        fibers_per_cm2=sometimes(rng, 0.1, 1.0, 6.0),
    )


def _microscope_skin(rng: np.random.Generator) -> Skin:
    level = even(rng, 126.0, 170.0)
    return Skin(
        color_rgb=(level + even(rng, -10.0, 8.0), level + even(rng, -4.0, 8.0), level + even(rng, -14.0, 22.0)),
        mottling=even(rng, 0.3, 1.2),
        redness=even(rng, 0.4, 2.2),
        furrows=even(rng, 0.4, 1.6),
        flush=sometimes(rng, 0.25, 0.1, 0.45),
        root_flush=sometimes(rng, 0.15, 0.1, 0.4),
        root_shade=sometimes(rng, 0.95, 0.3, 1.4),
        lobules=sometimes(rng, 0.3, 0.1, 0.6),
        wrinkles=sometimes(rng, 0.2, 0.1, 0.4),
        wrinkles_deg=even(rng, 0.0, 180.0),
        relief=sometimes(rng, 0.5, 0.1, 0.4),
    )


def _two_lamps(rng: np.random.Generator) -> Light:
    """Violet from one side, yellow from the other; the corners a little dark."""
    strength = even(rng, 0.6, 1.9)
    lit, far = np.array([-0.09, -0.06, 0.15]), np.array([-0.10, -0.12, -0.25])
    return Light(
        # From the top left as a rule; captures are turned now and then.
        lit_deg=225.0 + 35.0 * float(rng.standard_normal()) if rng.random() < 0.7 else even(rng, 0.0, 360.0),
        lit_rgb=as_rgb(1 + strength * lit + rng.normal(0, 0.03, 3)),
        far_rgb=as_rgb(1 + strength * far + rng.normal(0, 0.03, 3)),
        spots=int(rng.integers(0, 6)),
        spot_strength=even(rng, 0.05, 0.3),
        vignette=sometimes(rng, 0.9, 0.1, 0.5),
        center=_off_center(rng),
    )


def _clutter(rng: np.random.Generator, mode: str) -> Clutter:
    often = 0.8 if mode == "bald" else 0.5
    is_cut = mode == "clipped"
    return Clutter(
        buried_root=sometimes(rng, 0.7 if is_cut else 0.5, 0.1, 0.9 if is_cut else 0.6),
        scale_specks=sometimes(rng, often, 0.2, 1.8),
        fragments_per_cm2=sometimes(rng, 0.6 if is_cut else 0.25, 2.0, 40.0),
        empty_ostia_per_cm2=sometimes(rng, often, 2.0, 50.0),
        vessels_per_cm2=sometimes(rng, often, 3.0, 50.0),
        glare_per_cm2=sometimes(rng, often, 20.0, 300.0),
        ragged_um=even(rng, 0.0, 12.0) if is_cut else 0.0,
        **_disease(rng, 2.0 if mode == "bald" else 1.0),
        **_dirt(rng),
    )


def _disease(rng: np.random.Generator, factor: float) -> dict[str, Any]:
    """What diseased scalp shows: a few signs at a time, of which each is rare."""
    if rng.random() < 0.4:
        return {}
    rare = 0.15 * factor
    return {
        "arborizing_per_cm2": sometimes(rng, 1.5 * rare, 1.0, 15.0),
        "arborizing_um": (even(rng, 8.0, 16.0), even(rng, 30.0, 80.0)),
        "yellow_dots_per_cm2": sometimes(rng, 1.5 * rare, 5.0, 90.0),
        "white_dots_per_cm2": sometimes(rng, rare, 5.0, 80.0),
        "red_dots_per_cm2": sometimes(rng, rare, 5.0, 120.0),
        "black_dots_per_cm2": sometimes(rng, rare, 3.0, 60.0),
        "blood_per_cm2": sometimes(rng, 0.6 * rare, 1.0, 15.0),
        "crusts_per_cm2": sometimes(rng, 0.6 * rare, 1.0, 10.0),
        "flakes_per_cm2": sometimes(rng, 1.2 * rare, 2.0, 60.0),
        "flakes_um": (even(rng, 50.0, 150.0), even(rng, 300.0, 1500.0)),
        "root_flakes": sometimes(rng, rare, 0.05, 0.8),
        "casts": sometimes(rng, rare, 0.02, 0.4),
    }


def _dirt(rng: np.random.Generator) -> dict[str, Any]:
    """What lies between scalp and camera, and what was put into the skin."""
    return {
        "ink_dots_per_cm2": sometimes(rng, 0.03, 20.0, 150.0),
        "ink_stains": int(rng.integers(1, 5)) if rng.random() < 0.06 else 0,
        "dust_per_cm2": sometimes(rng, 0.35, 2.0, 80.0),
        "fibers_per_cm2": sometimes(rng, 0.12, 1.0, 12.0),
        "bubbles_per_cm2": sometimes(rng, 0.12, 1.0, 30.0),
        "bubbles_um": (even(rng, 40.0, 100.0), even(rng, 200.0, 1200.0)),
    }


def _skin(rng: np.random.Generator) -> Skin:
    color = _skin_color(rng)
    return Skin(
        color_rgb=color,
        mottling=sometimes(rng, 0.85, 0.2, 1.8),
        redness=sometimes(rng, 0.7, 0.2, 2.5),
        furrows=sometimes(rng, 0.7, 0.2, 1.8),
        glints=sometimes(rng, 0.25, 0.1, 1.5),
        flush=sometimes(rng, 0.25, 0.1, 1.2),
        root_flush=sometimes(rng, 0.2, 0.1, 1.0),
        root_shade=sometimes(rng, 0.4, 0.1, 1.2),
        peripilar=sometimes(rng, 0.2, 0.1, 1.0),
        lobules=sometimes(rng, 0.25, 0.1, 1.2),
        wrinkles=sometimes(rng, 0.2, 0.1, 1.0),
        wrinkles_deg=even(rng, 0.0, 180.0),
        relief=sometimes(rng, 0.35, 0.1, 1.0),
        network=_network(rng, color),
        network_um=even(rng, 80.0, 180.0),
        freckles_per_cm2=sometimes(rng, 0.12, 1.0, 20.0),
        scars_per_cm2=sometimes(rng, 0.08, 0.5, 4.0),
    )


def _overlay(rng: np.random.Generator, factor: float) -> Overlay:
    """Half of the pictures have nothing drawn over them."""
    if rng.random() < 0.5:
        return Overlay()

    def some(share: float, most: int) -> int:
        return int(rng.integers(1, most + 1)) if rng.random() < share * factor else 0

    return Overlay(
        header=some(0.3, 1) > 0,
        scale_bar=some(0.35, 1) > 0,
        ruler=some(0.08, 1) > 0,
        logo=some(0.1, 1) > 0,
        circles=some(0.15, 2),
        texts=some(0.15, 3),
        arrows=some(0.06, 3),
        marks=some(0.06, 15),
        panels=some(0.06, 2),
        aperture=sometimes(rng, 0.04, 0.75, 1.0),
    )


def _network(rng: np.random.Generator, color: RGB) -> float:
    """The honeycomb of pigment belongs to dark skin."""
    return sometimes(rng, 0.5 if color[1] < 120.0 else 0.08, 0.2, 1.2)


def _skin_color(rng: np.random.Generator) -> RGB:
    """A tone from I to VI under a lamp that is not quite white."""
    place = even(rng, 0.0, len(SKIN_TONES) - 1.0)
    color = np.array([np.interp(place, np.arange(len(SKIN_TONES)), SKIN_TONES[:, channel]) for channel in range(3)])
    # Many devices show skin almost grey.
    gray = sometimes(rng, 0.5, 0.2, 0.9)
    color += gray * (color @ LUMA - color)
    cast = 1.0 + rng.normal(0.0, 0.04, 3)
    return as_rgb(np.clip(color * cast * even(rng, 0.8, 1.08), 35.0, 240.0))


def _shine(rng: np.random.Generator, mode: str) -> Shine:
    """Polarized light shows none; contact fluid and oil show much."""
    if rng.random() < 0.3:
        return Shine()
    often = 0.5 if mode == "bald" else 0.25
    return Shine(
        strength=sometimes(rng, 0.75, 0.2, 2.0),
        grain_um=even(rng, 10.0, 40.0),
        stretch=even(rng, 1.0, 3.5),
        along_deg=even(rng, 0.0, 180.0),
        color_rgb=_shine_color(rng),
        iridescence=even(rng, 0.0, 1.0),
        lit_side=even(rng, 0.0, 1.0),
        halos=sometimes(rng, 0.35, 0.1, 1.5),
        oil=sometimes(rng, often, 0.2, 1.6),
        film=sometimes(rng, 0.5 * often, 0.2, 1.2),
        glare_per_cm2=sometimes(rng, often, 1.0, 20.0),
        glare_um=(50.0, even(rng, 100.0, 600.0)),
    )


def _shine_color(rng: np.random.Generator) -> RGB:
    level, blue = even(rng, 14.0, 34.0), even(rng, 0.95, 1.5)
    return level, level * even(rng, 0.97, 1.06), level * blue


def _light(rng: np.random.Generator) -> Light:
    """Even, one-sided or two-colored light, seldom with black borders."""
    kind = rng.random()
    if kind < 0.25:
        return Light()
    if kind < 0.45:
        return _two_lamps(rng)
    slant, tint = even(rng, 0.0, 0.2), 0.03
    is_disk = rng.random() < 0.1
    return Light(
        lit_deg=even(rng, 0.0, 360.0),
        lit_rgb=as_rgb(1 + 0.5 * slant + rng.normal(0, tint, 3)),
        far_rgb=as_rgb(1 - slant + rng.normal(0, tint, 3)),
        spots=int(rng.integers(0, 5)),
        spot_strength=even(rng, 0.0, 0.25),
        vignette=even(rng, 0.85, 1.0) if is_disk else sometimes(rng, 0.6, 0.05, 0.5),
        vignette_start=even(rng, 0.6, 0.85) if is_disk else even(rng, 0.0, 0.6),
        center=_off_center(rng),
        white_balance=as_rgb(1 + rng.normal(0, 0.03, 3)),
    )


def _off_center(rng: np.random.Generator) -> tuple[float, float]:
    row, col = rng.normal(0, 0.15, 2)
    return float(row), float(col)


def _camera(rng: np.random.Generator, um_per_px: float, skin: Skin) -> Camera:
    """Blur of the optics in um and of the pixels together."""
    psf_um = even(rng, 2.0, 11.0)
    is_gray = rng.random() < 0.06
    return Camera(
        psf_sigma_px=float(np.clip(np.hypot(psf_um / um_per_px, 0.55), 0.6, 3.0)),
        corner_blur_px=sometimes(rng, 0.6, 0.3, 3.5),
        encoding_gamma=1.0 if rng.random() < 0.7 else even(rng, 1.0, 2.2),
        # Exposed for the skin: no camera burns out all of it.
        brightness=min(even(rng, 0.75, 1.12), EXPOSED / max(skin.color_rgb)),
        noise_sd=even(rng, 0.3, 4.0),
        jpeg_quality=None if rng.random() < 0.15 else int(rng.integers(70, 99)),
        saturation=0.0 if is_gray else even(rng, 0.6, 1.3),
        contrast=even(rng, 0.85, 1.25),
        tone_gamma=even(rng, 0.85, 1.2),
        **_faults(rng, 1.0),
    )


def _faults(rng: np.random.Generator, factor: float) -> dict[str, Any]:
    """What goes wrong in optics, exposure and storage; a few at a time, ``factor`` as often and as strong."""
    return {
        "defocus_px": sometimes(rng, 0.3 * factor, 0.3, 1.8 * factor),
        "tilt_blur_px": sometimes(rng, 0.35, 0.5, 3.5),
        "tilt_deg": even(rng, 0.0, 360.0),
        "motion_px": sometimes(rng, 0.12 * factor, 1.0, 5.0),
        "motion_deg": even(rng, 0.0, 180.0),
        "chromatic_px": sometimes(rng, 0.3 * factor, 0.2, 1.5),
        "chroma_noise_sd": sometimes(rng, 0.3 * factor, 0.5, 4.0),
        "mosaic": sometimes(rng, 0.04 * factor, 0.5, 2.5),
        "sharpening": sometimes(rng, 0.4 * factor, 0.1, 1.0),
        "captured_share": even(rng, 0.5, 0.95) if rng.random() < 0.15 * factor else 1.0,
        "first_jpeg_quality": int(rng.integers(60, 95)) if rng.random() < 0.3 * factor else None,
        "jpeg_full_color": bool(rng.random() < 0.3),
    }
