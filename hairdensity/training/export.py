"""From a trained network to a model's folder: weights, ONNX graph, manifest and card, checked against each other.

The graph computes what ``HairNet.predict`` computes, in an order that onnxruntime is faster at, from uint8 pixels to
float16 outputs. It is written by PyTorch's older exporter: the newer one takes 10 s instead of 0.3 s, asks for one more
library and writes the paths of the machine into the file.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
import warnings
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from hairdensity.errors import InputError, ResourceError
from hairdensity.files import sha256_of
from hairdensity.segmentation.maps import N_HEADINGS
from hairdensity.segmentation.model_files import (
    CARD,
    FOLDER_NAME,
    MANIFEST,
    NETWORK,
    SCHEMA,
    WEIGHTS,
    ModelFiles,
    read_model,
    whole_file,
)
from hairdensity.segmentation.network import NetworkSettings as Inference
from hairdensity.segmentation.network import load_predictor
from hairdensity.synthetic.presets import MICROSCOPE_UM_PER_PX, clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.training.network import TYPICAL_DIAMETER_PX, HairNet
from hairdensity.training.prediction import load_network, predict_pixels

__all__ = ["ModelCard", "check_parity", "export_model"]

OPSET = 17
"""Read by every onnxruntime since 1.13."""

LARGEST_DIFFERENCE = 1e-4
"""Of probabilities, and of diameters relative to them, beyond the rounding to float16."""

ROUNDING = 2.0**-11
"""Of float16, relative."""

DIAMETER = N_HEADINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a reader must know before trusting a model.

    Parameters
    ----------
    summary : str
        One sentence: what it is for.
    training_data : str
        On what it was trained, and under which license those data are.
    performance : str
        How well it does, on which pictures.
    limits : str
        Where it fails, and for which pictures it is not meant.
    working_um_per_px : float
    um_per_px_range : (float, float)
        Scales of the training's crops.
    license : str
        Of the weights.
    """

    summary: str
    training_data: str
    performance: str
    limits: str
    working_um_per_px: float = 5.0
    um_per_px_range: tuple[float, float] = (4.0, 8.0)
    license: str = "Apache-2.0"


def export_model(net: HairNet, folder: Path, *, name: str, version: str, card: ModelCard) -> Path:
    """Write a model's folder, and check that the graph says what the network says.

    The folder gets its name when all of it is written and checked: a half-written one never looks complete.

    Parameters
    ----------
    net : HairNet
    folder : Path
        Where models are, e.g. ``models``.
    name, version : str
        As in ``hairnet`` and ``1.0``.
    card : ModelCard

    Returns
    -------
    Path
        ``folder/<name>-<version>``.

    Raises
    ------
    InputError
        If the name is none, or taken.
    ResourceError
        If the graph and the network disagree.
    """
    target = folder / f"{name}-{version}"
    if not (parts := FOLDER_NAME.fullmatch(f"{name}-{version}")) or parts["version"] != version:
        raise InputError(f"a model is named like 'hairnet' and '1.0', got {name!r} and {version!r}")
    if target.exists():
        raise InputError(f"{target} exists: results name their model, so choose another version")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder, prefix=".unfinished-"))
    try:
        _write(net, unfinished, name=name, version=version, card=card)
        check_parity(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def check_parity(folder: Path) -> float:
    """Compare a model's ONNX graph, run by onnxruntime, with its weights, run by PyTorch.

    Parameters
    ----------
    folder : Path
        A model's folder.

    Returns
    -------
    float
        Largest difference beyond the rounding to float16.

    Raises
    ------
    ResourceError
        If it exceeds 1e-4, or the files are damaged.
    """
    model = read_model(folder)
    whole_file(model, NETWORK)
    net = load_network(whole_file(model, WEIGHTS), base=model.base, depth=model.depth)
    by_onnx = load_predictor(model, Inference(threads=1))
    worst = 0.0
    for tiles in _test_tiles(model):
        for expected, found in zip(predict_pixels(net, tiles), by_onnx(tiles), strict=True):
            worst = max(worst, _difference(expected.numpy(), found))
    if not worst <= LARGEST_DIFFERENCE:
        raise ResourceError(f"{folder}: {NETWORK} and {WEIGHTS} differ by {worst:.2g}: export the model again")
    return worst


def _test_tiles(model: ModelFiles) -> list[NDArray[np.uint8]]:
    """Two noise tiles in a batch, and rendered scalp of another size: the graph's axes must be free."""
    stride = model.stride_px
    noise = np.random.default_rng(0).integers(0, 256, (2, 2 * stride, 3 * stride, 3), dtype=np.uint8)
    side_mm = 4 * stride * MICROSCOPE_UM_PER_PX / 1000
    scalp = render(make_scene(replace(clipped(), field_mm=(side_mm, side_mm)), 0)).image.pixels
    return [noise, np.array(scalp[None])]


def _difference(expected: NDArray[np.float32], found: NDArray[np.float16]) -> float:
    """Largest difference of (B, C, h, w) outputs beyond float16's rounding; relative above 1, as diameters are."""
    if expected.shape != found.shape:
        return float("inf")
    size = np.abs(expected)
    difference = np.abs(found.astype(np.float32) - expected) - ROUNDING * size
    return float((difference / np.maximum(1, size)).max())


def _write(net: HairNet, folder: Path, *, name: str, version: str, card: ModelCard) -> None:
    weights = {key: value.detach().cpu().contiguous() for key, value in net.state_dict().items()}
    save_file(weights, folder / WEIGHTS)
    # It is made for its owner alone; a package is read by all.
    (folder / WEIGHTS).chmod(0o644)
    _write_graph(net, folder / NETWORK)
    date = datetime.now(UTC).date().isoformat()
    (folder / CARD).write_text(_card_text(name, version, card, date=date), encoding="utf-8")
    (folder / MANIFEST).write_text(_manifest_text(net, folder, name, version, card, date=date), encoding="utf-8")


def _write_graph(net: HairNet, path: Path) -> None:
    stride = net.settings.stride_px
    graph = _Graph(net).eval()
    axes = {"image": {0: "batch", 1: "height", 2: "width"}}
    axes |= {output: {0: "batch", 2: f"{output}_height", 3: f"{output}_width"} for output in ("fine", "coarse")}
    with warnings.catch_warnings():
        # The exporter announces its successor; this module says why it is used.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            (torch.zeros(1, stride, 2 * stride, 3, dtype=torch.uint8),),
            str(path),
            input_names=["image"],
            output_names=["fine", "coarse"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


class _Graph(nn.Module):
    """What is exported: (B, H, W, 3) uint8 to the float16 outputs of ``HairNet.predict``.

    Two rewritings, measured with onnxruntime 1.31 on two cores: the stem's unshuffling and first convolution as one
    convolution of stride 2 (5 % of the whole time), the softmax by its parts (10 %).
    """

    def __init__(self, net: HairNet) -> None:
        super().__init__()
        self.net = copy.deepcopy(net).cpu()
        first = self.net.encoders[0]
        assert isinstance(first, nn.Sequential)  # noqa: S101 -- for the type checker
        first[0] = _strided(next(first.parameters()).detach())
        self.net.add_module("stem", nn.Identity())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        # The network takes away 0.5 of 1; the convolution divides by 255.
        fine, coarse = self.net(image.permute(0, 3, 1, 2).float() - 127.0)
        heading = torch.exp(coarse[:, :N_HEADINGS] - coarse[:, :N_HEADINGS].amax(dim=1, keepdim=True))
        parts = (
            heading / heading.sum(dim=1, keepdim=True),
            torch.exp(coarse[:, DIAMETER : DIAMETER + 1]) * TYPICAL_DIAMETER_PX,
            torch.sigmoid(coarse[:, DIAMETER + 1 :]),
        )
        return torch.sigmoid(fine).half(), torch.cat(parts, dim=1).half()


def _strided(weight: Tensor) -> nn.Conv2d:
    """The convolution on pixels / 255 that equals one with ``weight`` (n, 12, 3, 3) on the unshuffled ones."""
    n = len(weight)
    # Channel 4 c + 2 i + j holds the pixels (i, j) of each 2x2 block of color c.
    on_pixels = weight.reshape(n, 3, 2, 2, 3, 3).permute(0, 1, 4, 2, 5, 3).reshape(n, 3, 6, 6)
    convolution = nn.Conv2d(3, n, 6, stride=2, padding=2, bias=False)
    convolution.weight = nn.Parameter((on_pixels / 255).contiguous())
    return convolution


def _manifest_text(net: HairNet, folder: Path, name: str, version: str, card: ModelCard, *, date: str) -> str:
    low, high = card.um_per_px_range
    return f"""schema = "{SCHEMA}"
name = "{name}"
version = "{version}"
date = "{date}"
license = {_quoted(card.license)}
summary = {_quoted(card.summary)}
training_data = {_quoted(card.training_data)}
working_um_per_px = {card.working_um_per_px!r}
um_per_px_range = [{low!r}, {high!r}]
inputs = ["image: uint8 (B, H, W, 3) RGB, H and W multiples of {net.settings.stride_px}"]
outputs = [
  "fine: float16 (B, 3, H, W), centerline, body, root",
  "coarse: float16 (B, {N_HEADINGS + 3}, H/2, W/2), {N_HEADINGS} headings, diameter in px, multiplicity, unreadable",
]

[architecture]
base = {net.settings.base}
depth = {net.settings.depth}

[sha256]
"{NETWORK}" = "{sha256_of(folder / NETWORK)}"
"{WEIGHTS}" = "{sha256_of(folder / WEIGHTS)}"
"{CARD}" = "{sha256_of(folder / CARD)}"
"""


def _quoted(text: str) -> str:
    """A TOML string on one line."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _card_text(name: str, version: str, card: ModelCard, *, date: str) -> str:
    low, high = card.um_per_px_range
    return f"""# {name} {version}

{card.summary}

Made on {date}. License of the weights: {card.license}.

## Training data

{card.training_data}

## Scale

Pictures are brought to {card.working_um_per_px:g} um/px; coarser ones are enlarged at most twice. The network has seen
{low:g}-{high:g} um/px in training and answers at no other scale.

## How well it does

{card.performance}

## Limits

{card.limits}
"""
