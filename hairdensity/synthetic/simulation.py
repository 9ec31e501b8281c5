"""Folders of random rendered pictures with their exact annotations: what a network is trained on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.annotation import MARGIN_PX, Annotation, write_annotation
from hairdensity.errors import InputError
from hairdensity.files import make_folder, write_whole
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.synthetic.truth import inside_frame
from hairdensity.synthetic.variety import MODES, random_settings
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Simulation", "clipped_to_frame", "prepare_simulation", "render_picture", "simplified", "unfinished"]

Array = NDArray[np.float64]

MIX = {"clipped": 0.5, "short": 0.2, "long": 0.2, "bald": 0.1}
"""Shares of the modes in a mix: most clinics clip."""

MEGAPIXELS_RANGE = (0.05, 30.0)

AXIS_TOLERANCE_PX = 0.08
"""With the rounding to 0.01 px, a written axis is within 0.1 px of the rendered one."""

PNG_COMPRESSION = 1
"""Noise hardly compresses: level 1 takes a third of the time of level 6 for a few percent more bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """An order of pictures.

    Parameters
    ----------
    folder : Path
    n_pictures : int
        They are numbered from 0.
    seed : int
        With its number it determines a picture.
    mode : {"clipped", "short", "long", "bald", "microscope", "mix"}
    megapixels : float
    """

    folder: Path
    n_pictures: int
    seed: int = 0
    mode: str = "mix"
    megapixels: float = 1.0

    def __post_init__(self) -> None:
        if self.mode not in (*MODES, "mix"):
            raise InputError(f"mode must be one of {', '.join(MODES)} or mix, got {self.mode!r}")
        if self.n_pictures < 1 or self.seed < 0:
            raise InputError(f"pictures must be 1 or more and seed 0 or more, got {self.n_pictures} and {self.seed}")
        low, high = MEGAPIXELS_RANGE
        if not low <= self.megapixels <= high:
            raise InputError(f"megapixels must lie in {low:g}-{high:g}, got {self.megapixels:g}")

    @property
    def key(self) -> dict[str, Any]:
        """What two orders must share to share a folder."""
        return {"seed": self.seed, "mode": self.mode, "megapixels": self.megapixels}

    def stem(self, number: int) -> Path:
        """Path of a picture and its files without their endings."""
        return self.folder / f"scene-{number:05d}"


def unfinished(simulation: Simulation) -> list[int]:
    """Numbers of the pictures that are still to be rendered; makes the folder.

    Raises
    ------
    InputError
        If the folder holds pictures of another seed, mode or size.
    StorageError
        If the folder cannot be written to.
    """
    make_folder(simulation.folder)
    finished = [n for n in range(simulation.n_pictures) if simulation.stem(n).with_suffix(".json").exists()]
    for number in finished[:1] + finished[-1:]:
        _check_origin(simulation.stem(number).with_suffix(".json"), simulation)
    return sorted(set(range(simulation.n_pictures)) - set(finished))


def prepare_simulation(simulation: Simulation) -> Callable[[int], dict[str, Any]]:
    """Return the function that renders and writes the picture of a number; it returns what the picture shows."""
    cv2.setNumThreads(1)

    def write_picture(number: int) -> dict[str, Any]:
        settings, rendering = render_picture(simulation, number)
        origin = {**simulation.key, "number": number, "scene": asdict(settings)}
        _write(rendering, simulation.stem(number), origin)
        return {"n_hairs": rendering.truth.n_hairs}

    return write_picture


def render_picture(simulation: Simulation, number: int) -> tuple[SceneSettings, Rendering]:
    """Render one picture: the same for the same seed, mode, size and number, whatever else is rendered.

    Parameters
    ----------
    simulation : Simulation
    number : int

    Returns
    -------
    settings : SceneSettings
    rendering : Rendering
    """
    rng = np.random.default_rng([simulation.seed, number])
    drawn = str(rng.choice(list(MIX), p=list(MIX.values())))
    mode = drawn if simulation.mode == "mix" else simulation.mode
    settings = random_settings(rng, mode=mode, megapixels=simulation.megapixels)
    scene = make_scene(settings, int(rng.integers(2**31)))
    return settings, render(scene, image_id=simulation.stem(number).name)


def clipped_to_frame(line: Array, shape: tuple[int, int], *, margin_px: float = MARGIN_PX) -> list[Array]:
    """The runs of an axis that lie within a margin of the picture and touch the picture itself.

    Parameters
    ----------
    line : (K, 2) float ndarray
    shape : (int, int)
        H, W of the picture.
    margin_px : float, optional

    Returns
    -------
    list of (M, 2) float ndarray
        One for a hair in the picture; two when it leaves and comes back.
    """
    low, high = -0.5 - margin_px, np.array(shape) - 0.5 + margin_px
    if ((line >= low) & (line <= high)).all():
        return [line] if inside_frame(line, shape).any() else []
    dense = _dense(line)
    near = ((dense >= low) & (dense <= high)).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(np.int8)))
    runs = [dense[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return [run for run in runs if len(run) > 1 and inside_frame(run, shape).any()]


def simplified(line: Array, *, tolerance_px: float = AXIS_TOLERANCE_PX) -> Array:
    """The fewest of an axis' own points, its ends among them, that reproduce it within the tolerance.

    Parameters
    ----------
    line : (K, 2) float ndarray
    tolerance_px : float, optional
    """
    points = cv2.approxPolyDP(line.astype(np.float32)[:, None], tolerance_px, closed=False)[:, 0].astype(np.float64)
    # Exactly, not as float32.
    points[0], points[-1] = line[0], line[-1]
    return np.asarray(points)


def _check_origin(path: Path, simulation: Simulation) -> None:
    try:
        origin = json.loads(path.read_bytes())["settings"]
        key = {name: origin[name] for name in simulation.key}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path} was not written by simulate: choose another folder") from error
    if key != simulation.key:
        raise InputError(
            f"{simulation.folder} holds pictures of {_listed(key)}, asked for {_listed(simulation.key)}: "
            "choose another folder, or ask for the same"
        )


def _listed(key: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in key.items())


def _write(rendering: Rendering, stem: Path, origin: dict[str, Any]) -> None:
    """Write the picture, its mask and last the annotation, which says that the others are whole."""
    truth = rendering.truth
    image_path = stem.with_suffix(".png")
    write_whole(image_path, _png(rendering.image.pixels[..., ::-1]))
    unreadable_path = None
    if truth.unreadable is not None and truth.unreadable.any():
        unreadable_path = stem.with_name(f"{stem.name}-unreadable.png")
        write_whole(unreadable_path, _png(truth.unreadable.astype(np.uint8) * np.uint8(255)))
    runs = [(run, hair) for hair in range(len(truth.hairs)) for run in _runs(truth.hairs.path(hair), truth.shape)]
    pieces = [run for piece in range(len(truth.fragments)) for run in _runs(truth.fragments.path(piece), truth.shape)]
    annotation = Annotation(
        image_path=image_path,
        um_per_px=truth.um_per_px,
        patient=None,
        hairs=Centerlines.from_paths([run for run, _ in runs]),
        diameter_um=truth.diameter_um[[hair for _, hair in runs]],
        fragments=Centerlines.from_paths(pieces),
        unreadable_path=unreadable_path,
    )
    write_annotation(stem.with_suffix(".json"), annotation, settings=origin)


def _runs(line: Array, shape: tuple[int, int]) -> list[Array]:
    """The written runs of an axis; what a rounding would shrink to a point is left out."""
    runs = [simplified(run) for run in clipped_to_frame(line, shape)]
    return [run for run in runs if np.abs(run[-1] - run[0]).max() > 0.02]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    _, data = cv2.imencode(".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION])
    return data.tobytes()


def _dense(line: Array) -> Array:
    """The axis with a point at most every px; its own points are among them."""
    steps = np.maximum(np.ceil(np.linalg.norm(np.diff(line, axis=0), axis=1)), 1).astype(int)
    at = np.concatenate([[0.0], *(i + (np.arange(n) + 1) / n for i, n in enumerate(steps))])
    places = np.arange(len(line))
    return np.stack([np.interp(at, places, line[:, axis]) for axis in range(2)], axis=1)
