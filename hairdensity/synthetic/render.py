"""From a scene to a picture with its truth."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.image import TrichoImage
from hairdensity.synthetic.buried import lay_buried
from hairdensity.synthetic.camera import (
    decode_jpeg,
    encode_jpeg,
    illuminate,
    soften_corners,
    to_pixels,
)
from hairdensity.synthetic.clutter import lay_glare, lay_scale
from hairdensity.synthetic.curtain import lay_curtain
from hairdensity.synthetic.debris import lay_bubbles, lay_casts, lay_fibers, lay_ink
from hairdensity.synthetic.graphics import burn_in
from hairdensity.synthetic.layers import paint_layers
from hairdensity.synthetic.light import shed_light, tone
from hairdensity.synthetic.openings import openings_of
from hairdensity.synthetic.optics import add_grain, focus, process
from hairdensity.synthetic.overlay import draw_over, mark_covered
from hairdensity.synthetic.scene import Scene
from hairdensity.synthetic.shafts import lay_shafts
from hairdensity.synthetic.sheet import Sheet
from hairdensity.synthetic.shine import lay_shine, lay_wetness
from hairdensity.synthetic.spots import lay_root_flakes, lay_spots_over
from hairdensity.synthetic.truth import Truth, truth_of

__all__ = ["Rendering", "render"]


class Rendering(NamedTuple):
    """A picture and what it really shows."""

    image: TrichoImage
    truth: Truth


def render(scene: Scene, *, image_id: str = "scene", compressed: bool = True) -> Rendering:
    """Render a scene.

    Parameters
    ----------
    scene : Scene
    image_id : str, optional
    compressed : bool, optional
        False leaves the camera's JPEG compression to whoever writes the file.

    Returns
    -------
    Rendering
        The same scene always gives the same pixels.
    """
    camera = scene.settings.camera
    pixels, sheet = _expose(scene)
    drawn = draw_over(pixels, sheet)
    if camera.graphics:
        drawn = burn_in(drawn, um_per_px=scene.settings.um_per_px, title=image_id)
    mark_covered(sheet, pixels, drawn)
    if compressed and camera.jpeg_quality is not None:
        drawn = decode_jpeg(encode_jpeg(drawn, camera.jpeg_quality, full_color=camera.jpeg_full_color))
    truth = replace(truth_of(scene), unreadable=sheet.hidden, openings=openings_of(sheet))
    return Rendering(TrichoImage.from_array(drawn, image_id=image_id), truth)


def _expose(scene: Scene) -> tuple[NDArray[np.uint8], Sheet]:
    """(H, W, 3) uint8 and its sheet: everything from the back to the front, then the lamp, the lens and the sensor."""
    camera, rng = scene.settings.camera, np.random.default_rng([scene.seed, 2])
    sheet = paint_layers(scene, rng)
    canvas = sheet.canvas
    lay_ink(sheet)
    lay_buried(canvas, scene, rng)
    lay_shine(sheet)
    lay_scale(canvas, scene, rng)
    soften_corners(canvas, camera.corner_blur_px)
    lay_shafts(canvas, scene, rng)
    lay_casts(sheet)
    lay_root_flakes(sheet)
    lay_spots_over(sheet)
    lay_fibers(sheet)
    lay_curtain(sheet)
    lay_glare(canvas, scene, rng)
    lay_wetness(sheet)
    lay_bubbles(sheet)
    illuminate(canvas, camera)
    shed_light(sheet)
    focus(sheet)
    add_grain(sheet)
    return process(tone(to_pixels(canvas, camera, rng), camera), sheet), sheet
