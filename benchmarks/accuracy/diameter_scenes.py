"""Rendered scalps on which diameters are measured along the true axes and along those that were found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from hairdensity.calibration import Calibration
from hairdensity.evaluation.hair_set import LEAST_TOLERANCE_PX
from hairdensity.evaluation.whole_hairs import score_whole_hairs
from hairdensity.finding import find_hairs
from hairdensity.flags import HairFlag
from hairdensity.measurement import measure
from hairdensity.quality import find_graphics
from hairdensity.settings import Settings
from hairdensity.synthetic.presets import blurred, clipped, clipped_apart, light_on_dark, short
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.simulation import clipped_to_frame
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines

SCALES_UM_PER_PX = (2.5, 5.0, 8.0)
PSFS_PX = (0.7, 1.5, 2.5)
FIRST_SEED = 900
"""The constants of the measurement were chosen on seeds below 600."""

LEAST_UM = 150.0
"""A hair of which less shows in the frame is not asked for."""

ON_AXES, FOUND = "true axes", "found"


def scenes():
    """Settings by name: hairs apart at each scale and blur, units, out of focus, short, and light hair."""
    cells = {
        f"apart, {scale:g} um/px, blur {psf:g} px": _apart(scale, psf) for scale in SCALES_UM_PER_PX for psf in PSFS_PX
    }
    return cells | {
        "clipped, in units": clipped(150.0),
        "clipped, in units, blur 2.5 px": blurred(2.5),
        "short, with highlights": short(150.0),
        "light hair, dark skin": light_on_dark(),
    }


def _apart(um_per_px, psf_px):
    scene = clipped_apart(220.0, um_per_px=um_per_px)
    field_mm = (4.0, 5.0) if um_per_px < 4 else (5.0, 6.3)
    return replace(scene, field_mm=field_mm, camera=replace(scene.camera, psf_sigma_px=psf_px))


def score_scene(name, settings, seed):
    """Hairs (DataFrame) of one picture measured both ways, with their true diameters."""
    image, truth = render(make_scene(settings, seed))
    um_per_px = settings.um_per_px
    graphics = find_graphics(image.pixels, Settings().graphics)
    finding = find_hairs(image.pixels, graphics=graphics, um_per_px=um_per_px, settings=Settings())
    is_light = len(finding.centerlines) > 0 and np.mean(_light(finding.centerlines)) > 0.5
    shown, diameter_um = _shown(truth, int(HairFlag.LIGHT_HAIR) if is_light else 0)
    tolerance = np.fmax(diameter_um / um_per_px / 2, LEAST_TOLERANCE_PX)
    _, pairs = score_whole_hairs(shown, finding.centerlines, tolerance_px=tolerance, shape=truth.shape)
    tables = []
    for way, lines in ((ON_AXES, shown), (FOUND, finding.centerlines)):
        hairs = _measured(finding.darkness, lines, um_per_px)
        true, found = (np.arange(len(shown)),) * 2 if way == ON_AXES else pairs.T
        chosen = hairs.iloc[found].reset_index(drop=True)
        tables.append(chosen.assign(true_um=diameter_um[true], way=way, scene=name, seed=seed))
    return pd.concat(tables, ignore_index=True)


def _light(lines):
    return (lines.flags & int(HairFlag.LIGHT_HAIR)) != 0


def _shown(truth, flag):
    """The longest part in the frame of each true hair that shows enough of itself, and the diameters."""
    paths, hairs = [], []
    for hair in range(len(truth.hairs)):
        runs = clipped_to_frame(truth.hairs.path(hair), truth.shape, margin_px=0.0)
        lengths = [np.linalg.norm(np.diff(run, axis=0), axis=1).sum() * truth.um_per_px for run in runs]
        if lengths and max(lengths) >= LEAST_UM:
            paths.append(runs[int(np.argmax(lengths))])
            hairs.append(hair)
    return Centerlines.from_paths(paths, flags=np.full(len(paths), flag)), truth.diameter_um[hairs]


def _measured(darkness, lines, um_per_px):
    calibration = Calibration(um_per_px=um_per_px, relative_error=0.0)
    area = place_area(
        AreaShape(), image_shape=darkness.shape, unreadable=np.zeros(darkness.shape, bool), calibration=calibration
    )
    hairs, *_ = measure(darkness, lines, calibration=calibration, working_um_per_px=um_per_px, target_area=area)
    return hairs
