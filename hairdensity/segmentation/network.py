"""Hair maps by a network: resample, run it tile by tile, stitch. The only file that imports an inference runtime.

Tiles overlap, and each is cut in the middle of the overlaps: no pixel of the result comes from near a tile's edge,
where the network sees nothing beyond. They start at multiples of the network's stride, so that its grids coincide.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError, MissingDependencyError, ResourceError
from hairdensity.segmentation.maps import N_HEADINGS, NetworkMaps
from hairdensity.segmentation.model_files import NETWORK, WEIGHTS, ModelFiles, whole_file
from hairdensity.segmentation.skin_level import relative_darkness

__all__ = ["NetworkSettings", "Predictor", "load_predictor", "predict_tiled", "segment_with_network"]

Half = NDArray[np.float16]

Predictor = Callable[[NDArray[np.uint8]], tuple[Half, Half]]
"""(B, h, w, 3) uint8 to the fine (B, 3, h, w) and the coarse (B, 19, h / 2, w / 2) outputs."""

N_FINE = 3
N_COARSE = N_HEADINGS + 3

RED, GREEN = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """How a network is applied.

    Parameters
    ----------
    working_um_per_px : float
        Pictures are brought to this scale.
    largest_zoom : float
        Coarser pictures are enlarged at most so much: enlarging shows nothing new.
    tile_px, overlap_px : int
        Side of the largest tile and what neighbors share, in working px; rounded up to the network's stride. Sharing
        192 px changes no probability by more than 0.002 against the untiled picture, 96 px by up to 0.09.
    skin_window_um : float
        Window of the skin's own level, against which darkness is measured.
    device : str
        ``cpu`` (onnxruntime), or ``cuda`` (PyTorch on an NVIDIA GPU).
    threads : int or None
        Threads of one picture on the CPU; by default ``OMP_NUM_THREADS``, else all usable cores.
    """

    working_um_per_px: float = 5.0
    largest_zoom: float = 2.0
    tile_px: int = 1536
    overlap_px: int = 128
    skin_window_um: float = 1000.0
    device: str = "cpu"
    threads: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.overlap_px <= self.tile_px / 2:
            raise InputError(f"overlap_px must be 0 to half of tile_px ({self.tile_px}), got {self.overlap_px}")
        if self.device not in ("cpu", "cuda"):
            raise InputError(f"device must be cpu or cuda, got {self.device!r}")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"threads must be 1 or more, got {self.threads}")

    def zoom_of(self, um_per_px: float) -> float:
        """Working px in one pixel of a picture."""
        return min(um_per_px / self.working_um_per_px, self.largest_zoom)


class Span(NamedTuple):
    """One tile along one axis: it reads ``start:stop`` and answers for ``first:last``."""

    start: int
    stop: int
    first: int
    last: int


def segment_with_network(
    pixels: NDArray[np.uint8], *, um_per_px: float, model: ModelFiles, settings: NetworkSettings | None = None
) -> NetworkMaps:
    """Maps of the shafts of a picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    um_per_px : float
        The calibration's scale or a working one.
    model : ModelFiles
    settings : NetworkSettings, optional

    Raises
    ------
    InputError
        If the picture is coarser than anything that the network has seen.
    MissingDependencyError, ResourceError
        If the runtime, the GPU or the weights are missing.
    """
    settings = settings or NetworkSettings()
    zoom = settings.zoom_of(um_per_px)
    _refuse_unseen_scale(um_per_px, zoom, model)
    predictor = load_predictor(model, settings)
    tiling = (settings.tile_px, settings.overlap_px, model.stride_px)
    working = _resampled(pixels, zoom)
    fine, coarse = predict_tiled(working, predictor, tiling=tiling)
    window_px = settings.skin_window_um / um_per_px
    green, red = (relative_darkness(_channel(working, k), window_px=window_px * zoom) for k in (GREEN, RED))
    return NetworkMaps(
        darkness=relative_darkness(_channel(pixels, GREEN), window_px=window_px),
        contrast=green.astype(np.float16),
        red_contrast=red.astype(np.float16),
        centerline=fine[0],
        body=fine[1],
        root=fine[2],
        heading=coarse[:N_HEADINGS],
        width_px=coarse[N_HEADINGS],
        multiplicity=coarse[N_HEADINGS + 1],
        unreadable=coarse[N_HEADINGS + 2],
        px_per_map_px=1 / zoom,
        um_per_map_px=um_per_px / zoom,
        model=model.id,
    )


def predict_tiled(
    pixels: NDArray[np.uint8], predictor: Predictor, *, tiling: tuple[int, int, int]
) -> tuple[Half, Half]:
    """Run a network over a picture of any size.

    Parameters
    ----------
    pixels : (h, w, 3) uint8 ndarray
        At the working scale.
    predictor : callable
    tiling : (int, int, int)
        Side of the largest tile, overlap of neighbors, and the network's stride, in px.

    Returns
    -------
    fine : (3, h, w) float16 ndarray
    coarse : (19, ceil(h / 2), ceil(w / 2)) float16 ndarray
    """
    height, width = pixels.shape[:2]
    fine = np.empty((N_FINE, height, width), np.float16)
    coarse = np.empty((N_COARSE, (height + 1) // 2, (width + 1) // 2), np.float16)
    for row in _spans(height, *tiling):
        for col in _spans(width, *tiling):
            window = _mirrored(pixels[row.start : row.stop, col.start : col.stop], row, col)
            tile_fine, tile_coarse = predictor(window[None])
            _paste(fine, tile_fine[0], row, col, step=1)
            _paste(coarse, tile_coarse[0], row, col, step=2)
    return fine, coarse


def _spans(extent: int, tile: int, overlap: int, stride: int) -> Iterator[Span]:
    """Tiles of one size along an axis, as small as their number allows."""
    extent, tile, overlap = (_rounded_up(value, stride) for value in (extent, tile, overlap))
    n = max(1, -((overlap - extent) // (tile - overlap)))
    length = _rounded_up(-((-extent - (n - 1) * overlap) // n), stride)
    starts = [min(i * (length - overlap), extent - length) for i in range(n)]
    cuts = [0, *((start + before + length) // 2 for before, start in pairwise(starts)), extent]
    return (Span(start, start + length, cuts[i], cuts[i + 1]) for i, start in enumerate(starts))


def _rounded_up(value: int, stride: int) -> int:
    return -(-value // stride) * stride


def _mirrored(window: NDArray[np.uint8], row: Span, col: Span) -> NDArray[np.uint8]:
    """A tile that reaches over the picture's lower and right edge, filled by reflection."""
    below, right = row.stop - row.start - window.shape[0], col.stop - col.start - window.shape[1]
    if not below and not right:
        return np.ascontiguousarray(window)
    return np.asarray(cv2.copyMakeBorder(window, 0, below, 0, right, cv2.BORDER_REFLECT_101), dtype=np.uint8)


def _paste(whole: Half, tile: Half, row: Span, col: Span, *, step: int) -> None:
    """Copy what a tile answers for, at one px of ``whole`` for ``step`` working px."""
    target = whole[:, row.first // step : row.last // step, col.first // step : col.last // step]
    top, left = (row.first - row.start) // step, (col.first - col.start) // step
    target[...] = tile[:, top : top + target.shape[1], left : left + target.shape[2]]


def _refuse_unseen_scale(um_per_px: float, zoom: float, model: ModelFiles) -> None:
    low, high = model.um_per_px_range
    # Rounding of the scale must not decide.
    if not low * 0.999 <= um_per_px / zoom <= high * 1.001:
        raise InputError(
            f"the model {model.id.name} {model.id.version} answers at {low:g}-{high:g} um/px, and this picture of "
            f"{um_per_px:g} um/px is shown to it at {um_per_px / zoom:g}: use --method ridges (method='ridges')"
        )


def _resampled(pixels: NDArray[np.uint8], zoom: float) -> NDArray[np.uint8]:
    """A picture at the working scale, made as those of the training were."""
    height, width = (max(1, round(extent * zoom)) for extent in pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    method = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), dtype=np.uint8)


def _channel(pixels: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.extractChannel(pixels, index), dtype=np.uint8)


def load_predictor(model: ModelFiles, settings: NetworkSettings) -> Predictor:
    """A model, ready to run; loaded once for each process.

    Parameters
    ----------
    model : ModelFiles
    settings : NetworkSettings
        Its device and threads.

    Raises
    ------
    MissingDependencyError
        If onnxruntime (for the CPU) or PyTorch (for a GPU) is missing.
    ResourceError
        If the weights are damaged, or there is no GPU.
    """
    if settings.device == "cuda":
        return _torch_predictor(whole_file(model, WEIGHTS), model.base, model.depth)
    session = _session(model.folder / NETWORK, model.id.sha256, settings.threads or _usable_cores())

    def run(tiles: NDArray[np.uint8]) -> tuple[Half, Half]:
        fine, coarse = session.run(["fine", "coarse"], {"image": tiles})
        return fine, coarse

    return run


def _usable_cores() -> int:
    """Worker processes are told to use one thread each; a container may hold fewer cores than the machine."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=2)
def _session(path: Path, sha256: str, threads: int) -> Any:
    """An onnxruntime session; the hash only tells another file of the same path apart."""
    try:
        # Loading takes 0.1 s, which a run without a network need not pay.
        import onnxruntime  # noqa: PLC0415
    except ImportError as error:
        raise MissingDependencyError("networks need onnxruntime: pip install onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Planning memory ahead takes 60 % more of it for a tile of 1024 px and saves no time.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class
        raise ResourceError(f"{path} cannot be loaded by onnxruntime {onnxruntime.__version__}: {error}") from error


@lru_cache(maxsize=2)
def _torch_predictor(weights: Path, base: int, depth: int) -> Predictor:
    """A predictor on the GPU. Imported by name: the core must not depend on the training's library."""
    try:
        prediction = importlib.import_module("hairdensity.training.prediction")
    except ImportError as error:
        raise MissingDependencyError("device='cuda' needs PyTorch: pip install 'hairdensity[train]'") from error
    predictor: Predictor = prediction.load_torch_predictor(weights, base=base, depth=depth, device="cuda")
    return predictor
