"""Choices that several commands offer."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Device", "Method"]


class Method(StrEnum):
    """How shafts are found."""

    NETWORK = "network"
    RIDGES = "ridges"


class Device(StrEnum):
    """Where the network runs."""

    CPU = "cpu"
    CUDA = "cuda"
