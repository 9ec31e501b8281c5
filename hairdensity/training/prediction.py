"""A trained network run by PyTorch: for GPUs, and to compare the exported one with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from hairdensity.errors import ResourceError
from hairdensity.training.network import HairNet, NetworkSettings, Outputs

__all__ = ["load_network", "load_torch_predictor", "predict_pixels"]

Half = NDArray[np.float16]


def load_network(weights: Path, *, base: int, depth: int) -> HairNet:
    """A network with its weights, ready to predict.

    Parameters
    ----------
    weights : Path
        A safetensors file.
    base, depth : int
        As in ``NetworkSettings``.

    Raises
    ------
    ResourceError
        If the weights belong to another network.
    """
    net = HairNet(NetworkSettings(base=base, depth=depth))
    try:
        net.load_state_dict(load_file(weights))
    except RuntimeError as error:
        raise ResourceError(f"{weights} holds no weights of a network of base {base} and depth {depth}") from error
    return net.eval()


def load_torch_predictor(
    weights: Path, *, base: int, depth: int, device: str
) -> Callable[[NDArray[np.uint8]], tuple[Half, Half]]:
    """A function that takes tiles (B, h, w, 3) uint8 and gives the outputs of ``HairNet.predict`` as float16.

    Parameters
    ----------
    weights : Path
    base, depth : int
    device : str
        ``cpu`` or ``cuda``.

    Raises
    ------
    ResourceError
        If there is no such device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ResourceError("device='cuda' asks for an NVIDIA GPU that PyTorch can use, and there is none: use cpu")
    net = load_network(weights, base=base, depth=depth).to(device)

    def run(tiles: NDArray[np.uint8]) -> tuple[Half, Half]:
        fine, coarse = predict_pixels(net, tiles)
        return fine.half().cpu().numpy(), coarse.half().cpu().numpy()

    return run


@torch.inference_mode()
def predict_pixels(net: HairNet, tiles: NDArray[np.uint8]) -> Outputs:
    """``net.predict`` of (B, h, w, 3) uint8 pixels, on the device of the network."""
    device = next(net.parameters()).device
    return net.predict(torch.from_numpy(tiles).to(device).permute(0, 3, 1, 2).float().div(255))
