"""HairNet: the network that says where hairs are, which way they run and where they leave the scalp.

A plain U-Net [1]_ behind a pixel-unshuffle stem: the first convolutions see every second pixel in four times as many
channels, which on CPUs makes the network three times as fast as one that starts at full resolution.

References
----------
.. [1] Ronneberger, Fischer, Brox (2015). U-Net: convolutional networks for biomedical image segmentation. MICCAI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from hairdensity.errors import InputError
from hairdensity.segmentation.maps import N_HEADINGS

__all__ = ["COARSE", "FINE", "TYPICAL_DIAMETER_PX", "HairNet", "NetworkSettings", "Outputs"]

FINE = ("centerline", "body", "root")
"""Channels at the resolution of the input."""

COARSE = (*(f"heading_{k}" for k in range(N_HEADINGS)), "diameter", "multiplicity", "unreadable")
"""Channels at half of that resolution."""

TYPICAL_DIAMETER_PX = 12.0
"""The diameter head starts here: 60 um at 5 um/px."""

RARE = -4.0
"""Logit from which the heads of rare things start: 2 %."""


class Outputs(NamedTuple):
    """``fine`` is (B, 3, H, W) and ``coarse`` (B, 19, H / 2, W / 2), in the order of ``FINE`` and ``COARSE``."""

    fine: Tensor
    coarse: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """Size of the network.

    Parameters
    ----------
    base : int
        Channels of the first level; they double at each level up to eight times as many.
    depth : int
        Number of halvings after the stem.
    """

    base: int = 16
    depth: int = 4

    def __post_init__(self) -> None:
        if self.base < 4 or not 1 <= self.depth <= 6:
            raise InputError(f"base must be 4 or more and depth 1-6, got {self.base} and {self.depth}")

    @property
    def stride_px(self) -> int:
        """Height and width of the input must be multiples of this."""
        return int(2 ** (self.depth + 1))


class HairNet(nn.Module):
    """Maps of hairs from an RGB picture at the working scale.

    Parameters
    ----------
    settings : NetworkSettings, optional
    """

    def __init__(self, settings: NetworkSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or NetworkSettings()
        base, depth = self.settings.base, self.settings.depth
        channels = [base * min(2**level, 8) for level in range(depth + 1)]
        self.stem = nn.PixelUnshuffle(2)
        self.encoders = nn.ModuleList(
            _double(source, target) for source, target in zip([12, *channels], channels, strict=False)
        )
        self.decoders = nn.ModuleList(
            _double(channels[level] + channels[level + 1], channels[level]) for level in range(depth)
        )
        self.neck = nn.Sequential(*_convolution(base, 2 * base))
        self.fine_head = nn.Conv2d(2 * base, 4 * len(FINE), 1)
        self.coarse_head = nn.Conv2d(2 * base, len(COARSE), 1)
        self._start_heads()

    def forward(self, image: Tensor) -> Outputs:
        """Raw outputs, for the losses.

        Parameters
        ----------
        image : (B, 3, H, W) float Tensor
            RGB, 0-1; H and W multiples of ``settings.stride_px``.
        """
        x = self.stem(image - 0.5)
        levels = []
        for level, encode in enumerate(self.encoders):
            x = encode(nn.functional.max_pool2d(x, 2) if level else x)
            levels.append(x)
        for skip, decode in reversed(list(zip(levels[:-1], self.decoders, strict=True))):
            x = decode(torch.cat([skip, nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")], dim=1))
        x = self.neck(x)
        return Outputs(nn.functional.pixel_shuffle(self.fine_head(x), 2), self.coarse_head(x))

    def predict(self, image: Tensor) -> Outputs:
        """Probabilities of everything, the distribution of the heading, and the diameter in px."""
        fine, coarse = self(image)
        parts = (
            torch.softmax(coarse[:, :N_HEADINGS], dim=1),
            torch.exp(coarse[:, N_HEADINGS : N_HEADINGS + 1]) * TYPICAL_DIAMETER_PX,
            torch.sigmoid(coarse[:, N_HEADINGS + 1 :]),
        )
        return Outputs(torch.sigmoid(fine), torch.cat(parts, dim=1))

    def _start_heads(self) -> None:
        """Begin with what is usual: else the first hundred steps only teach that most pixels are skin."""
        for head in (self.fine_head, self.coarse_head):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(_bias(head))
        nn.init.constant_(_bias(self.fine_head), RARE)
        nn.init.constant_(_bias(self.coarse_head)[N_HEADINGS + 1 :], RARE)


def _bias(head: nn.Conv2d) -> Tensor:
    assert head.bias is not None  # noqa: S101 -- both heads are made with one
    return head.bias


def _double(source: int, target: int) -> nn.Sequential:
    """Two 3x3 convolutions with normalisation."""
    return nn.Sequential(*_convolution(source, target), *_convolution(target, target))


def _convolution(source: int, target: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(source, target, 3, padding=1, bias=False),
        nn.BatchNorm2d(target),
        nn.ReLU(inplace=True),
    )
