"""What lens, sensor and software do to a finished scene: blur, colored rims, grain, halos, pixels made anew."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.appearance import Camera
from hairdensity.synthetic.camera import decode_jpeg, encode_jpeg
from hairdensity.synthetic.sheet import Sheet, Stream, stream

__all__ = ["add_grain", "focus", "process"]

Map = NDArray[np.float32]
Pixels = NDArray[np.uint8]

LEAST_PX = 0.3
"""Blur below this changes no pixel by a grey level."""

MOTTLE_PX = 2
"""Demosaicing spreads the grain of color over this many pixels."""

SHARPENING_SIGMA_PX = 1.4


def focus(sheet: Sheet) -> None:
    """Blur the canvas, in place: evenly, toward one side, along a motion; shift red against blue."""
    camera, canvas = sheet.scene.settings.camera, sheet.canvas
    if camera.defocus_px >= LEAST_PX:
        cv2.GaussianBlur(canvas, (0, 0), camera.defocus_px, dst=canvas)
    if camera.tilt_blur_px >= LEAST_PX:
        _blur_one_side(canvas, camera)
    if camera.motion_px >= 1:
        canvas[...] = cv2.filter2D(canvas, -1, _streak(camera.motion_px, camera.motion_deg))
    if camera.chromatic_px:
        _spread_colors(canvas, camera.chromatic_px)


def add_grain(sheet: Sheet) -> None:
    """Add the color noise of the sensor and the pattern of its filter, in place."""
    camera, canvas = sheet.scene.settings.camera, sheet.canvas
    if camera.chroma_noise_sd:
        rng = stream(sheet.scene, Stream.SENSOR)
        height, width = sheet.shape
        size = (-(-height // MOTTLE_PX), -(-width // MOTTLE_PX), 2)
        # Linear interpolation to twice the size leaves 0.7 of the deviation.
        noise = rng.standard_normal(size, dtype=np.float32) * np.float32(camera.chroma_noise_sd / 0.7)
        mottle = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
        canvas[..., 0] += mottle[..., 0]
        canvas[..., 2] += mottle[..., 1]
        # Brightness stays.
        canvas[..., 1] -= np.float32(0.51) * mottle[..., 0] + np.float32(0.19) * mottle[..., 1]
    if camera.mosaic:
        canvas[::2, ::2] += np.float32(camera.mosaic)
        canvas[1::2, 1::2] += np.float32(camera.mosaic)


def process(pixels: Pixels, sheet: Sheet) -> Pixels:
    """The picture after the camera's software: sharpened, scaled, and stored a first time."""
    camera, rng = sheet.scene.settings.camera, stream(sheet.scene, Stream.SENSOR, 1)
    if camera.sharpening:
        soft = cv2.GaussianBlur(pixels, (0, 0), SHARPENING_SIGMA_PX)
        pixels = cv2.addWeighted(pixels, 1 + camera.sharpening, soft, -camera.sharpening, 0)
    if camera.captured_share < 1:
        pixels = _captured_smaller(pixels, camera.captured_share, rng)
    if camera.first_jpeg_quality is not None:
        pixels = _stored(pixels, camera.first_jpeg_quality, rng)
    return pixels


def _blur_one_side(canvas: Map, camera: Camera) -> None:
    """Blend three sharpnesses from one side of the frame, or corner, to the opposite one."""
    half = cv2.GaussianBlur(canvas, (0, 0), max(camera.tilt_blur_px / 2, LEAST_PX))
    full = cv2.GaussianBlur(canvas, (0, 0), camera.tilt_blur_px)
    rows, cols = (np.linspace(-1, 1, side, dtype=np.float32) for side in canvas.shape[:2])
    angle = np.deg2rad(camera.tilt_deg)
    slant = np.float32(np.sin(angle)) * rows[:, None] + np.float32(np.cos(angle)) * cols[None]
    # Sharp up to a little before the middle, fully blurred at the border.
    amount = np.clip((slant + np.float32(0.3)) * np.float32(1.54), 0, 2)[..., None]
    canvas += np.minimum(amount, 1) * (half - canvas)
    canvas += np.maximum(amount - 1, 0) * (full - canvas)


def _streak(length_px: float, angle_deg: float) -> Map:
    """(S, S) kernel of a straight motion."""
    reach = int(np.ceil(length_px / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    step = length_px / 2 * np.array([np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))])
    ends = [np.rint((reach + sign * step) * 16).astype(int).tolist() for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 255, 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(dtype=np.float32), np.float32)


def _spread_colors(canvas: Map, corner_px: float) -> None:
    """Enlarge red and shrink blue about the center until they lie ``corner_px`` off green in the corners."""
    height, width = canvas.shape[:2]
    for channel, sign in ((0, 1.0), (2, -1.0)):
        scale = 1 + sign * 2 * corner_px / float(np.hypot(height, width))
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0.0, scale)
        plane = np.ascontiguousarray(canvas[..., channel])
        canvas[..., channel] = cv2.warpAffine(
            plane, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )


def _captured_smaller(pixels: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """Pixels that were enlarged before they were stored."""
    height, width = pixels.shape[:2]
    size = (max(round(width * share), 8), max(round(height * share), 8))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[rng.integers(3)]
    return np.asarray(cv2.resize(small, (width, height), interpolation=how), np.uint8)


def _stored(pixels: Pixels, quality: int, rng: np.random.Generator) -> Pixels:
    """Pixels that were a JPEG before, whose blocks began elsewhere: the picture was cropped since."""
    height, width = pixels.shape[:2]
    top, left = (int(n) for n in rng.integers(0, 8, 2))
    wider = cv2.copyMakeBorder(pixels, top, 0, left, 0, cv2.BORDER_REPLICATE)
    again = decode_jpeg(encode_jpeg(np.asarray(wider, np.uint8), quality))
    return np.ascontiguousarray(again[top : top + height, left : left + width])
