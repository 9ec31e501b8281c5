"""Small pictures of a simulated study: a few rendered scalps, varied until every file differs, with known faults.

Each patient has a baseline and a follow-up of the same rendered skin, mirrored alike, with a gain and a noise of their
own, so that the visits can be registered and no two files are the same. Faults are of the kinds that files have in
practice; two more files are for a decoder that crashes or hangs on them: `FLAWED_DECODER` makes one of the real
decoder, from outside the package.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.follow_up import Visit, make_follow_up
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene

UM_PER_PX = 8.0
VISITS = ("baseline", "week 12")
ARMS = ("A", "B")
MIRRORED = (None, 0, 1, -1)
"""As `cv2.flip` names them."""

CRASH = b"a decoder with a flaw crashes here"
HANG = b"a decoder with a flaw hangs here"

LOG_VARIABLE = "STUDY_PICTURES_LOG"
"""Of the environment: a file that gets a line for each picture that is decoded."""

FLAWED_DECODER = f'''"""Imported by every Python that has this folder on its path: gives the JPEG decoder two flaws."""

import ctypes
import os
import time

try:
    import simplejpeg
except ImportError:
    pass
else:
    _decode = simplejpeg.decode_jpeg

    def _decode_with_flaws(data, *arguments, **named):
        with open(os.environ[{LOG_VARIABLE!r}], "ab") as log:
            log.write(b"decoded\\n")
        if {CRASH!r} in bytes(data):
            ctypes.string_at(0)
        while {HANG!r} in bytes(data):
            time.sleep(1.0)
        return _decode(data, *arguments, **named)

    simplejpeg.decode_jpeg = _decode_with_flaws
'''
"""A sitecustomize.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFiles:
    """A study on disk.

    Parameters
    ----------
    manifest : Path
    faults : dict of int to str
        Code that the row of the manifest (from 1) must end with; all others must succeed.
    """

    manifest: Path
    faults: dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySettings:
    """What is written.

    Parameters
    ----------
    n_images : int
    n_visits : {1, 2}
        Of each patient.
    shape : (int, int)
        Height and width of a picture, in px.
    density_per_cm2 : float
        Of hairs.
    n_scalps : int
        Rendered ones; all others are made of them.
    fault_share : float
        Of the files.
    with_killers : bool
        Two more faults: a file for the crash, one for the hang.
    """

    n_images: int
    n_visits: int = 2
    shape: tuple[int, int] = (300, 400)
    density_per_cm2: float = 250.0
    n_scalps: int = 6
    fault_share: float = 0.0
    with_killers: bool = False


def write_study(folder: Path, settings: StudySettings, *, seed: int) -> StudyFiles:
    """Write pictures and their manifest: patients with one or two visits, in two arms."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    scalps = [_render_pair(settings, seed=seed * 1000 + i) for i in range(settings.n_scalps)]
    spoilers = _spoilers(settings, rng)
    rows, codes = [], {}
    for i in range(settings.n_images):
        patient, visit = divmod(i, settings.n_visits)
        mirrored = patient // settings.n_scalps
        data = _encoded(_varied(scalps[patient % settings.n_scalps][visit], mirrored=mirrored, rng=rng))
        if i in spoilers:
            data, codes[i + 1] = spoilers[i](data)
        name = f"P{patient:05}_{visit}.jpg"
        (folder / name).write_bytes(data)
        rows.append((name, f"P{patient:05}", "vertex", VISITS[visit], 12 * visit, ARMS[patient % 2], UM_PER_PX))
    manifest = folder / "manifest.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "patient", "site", "visit", "week", "arm", "um_per_px"))
        writer.writerows(rows)
    return StudyFiles(manifest=manifest, faults=codes)


def _spoilers(settings: StudySettings, rng: np.random.Generator) -> dict[int, Callable[[bytes], tuple[bytes, str]]]:
    """What damages which file."""
    n_faults = round(settings.fault_share * settings.n_images)
    kinds = [FAULTS[i % len(FAULTS)] for i in range(n_faults)] + ([_crash, _hang] if settings.with_killers else [])
    files = rng.choice(settings.n_images, size=len(kinds), replace=False)
    return dict(zip(files.tolist(), kinds, strict=True))


def _render_pair(settings: StudySettings, *, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Baseline and follow-up of one rendered scalp, (H, W, 3) RGB."""
    height, width = settings.shape
    field_mm = (height * UM_PER_PX / 1000, width * UM_PER_PX / 1000)
    baseline = make_scene(replace(clipped(settings.density_per_cm2), field_mm=field_mm, um_per_px=UM_PER_PX), seed=seed)
    visit = Visit(lost_fraction=0.05, new_per_cm2=15.0, turn_deg=2.0, shift_um=(90.0, -60.0))
    follow_up = make_follow_up(baseline, visit, seed=seed + 500).scene
    return render(baseline).image.pixels, render(follow_up).image.pixels


def _varied(pixels: NDArray[np.uint8], *, mirrored: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    code = MIRRORED[mirrored % len(MIRRORED)]
    turned = pixels if code is None else cv2.flip(pixels, code)
    noisy = rng.uniform(0.95, 1.05) * turned + rng.normal(0.0, 1.0, turned.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not ok:
        raise RuntimeError("the JPEG encoder failed")
    return data.tobytes()


def _empty(data: bytes) -> tuple[bytes, str]:
    return b"", "truncated"


def _text(data: bytes) -> tuple[bytes, str]:
    return b"This was a picture before the mail program got hold of it.\n" * 40, "unsupported_format"


def _cut(data: bytes) -> tuple[bytes, str]:
    return data[: len(data) // 2], "truncated"


def _overwritten(data: bytes) -> tuple[bytes, str]:
    """Zeros where the picture was: what a disk leaves of a file that was not flushed."""
    return data[: len(data) // 3] + bytes(len(data) - len(data) // 3), "truncated"


def _bomb(data: bytes) -> tuple[bytes, str]:
    """A header that announces 65,000 x 65,000 px."""
    start = data.index(b"\xff\xc0") + 5
    return data[:start] + (65_000).to_bytes(2, "big") * 2 + data[start + 4 :], "too_large"


FAULTS = (_empty, _cut, _text, _overwritten, _bomb)


def _crash(data: bytes) -> tuple[bytes, str]:
    return _with_comment(data, CRASH), "crashed"


def _hang(data: bytes) -> tuple[bytes, str]:
    return _with_comment(data, HANG), "timeout"


def _with_comment(data: bytes, text: bytes) -> bytes:
    return data[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + data[2:]
