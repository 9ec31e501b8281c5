"""Links: the scale on which the errors of a figure add, so that no interval leaves the figure's range."""

from __future__ import annotations

import math
from typing import Literal

__all__ = ["Link", "from_link", "slope", "to_link"]

Link = Literal["log", "logit", "identity"]
"""``log`` for what is above 0 (errors are relative), ``logit`` for shares of 0-1, ``identity`` for the rest."""


def to_link(value: float, link: Link) -> float:
    """The value on the scale of its link; infinite at the ends of its range."""
    if link == "identity":
        return value
    if value <= 0:
        return -math.inf
    if link == "log":
        return math.log(value)
    return math.inf if value >= 1 else math.log(value / (1 - value))


def from_link(linked: float, link: Link) -> float:
    """The value from the scale of its link; beyond the range of floats, the end of its own range. NaN stays."""
    if link == "identity" or math.isnan(linked):
        return linked
    if link == "log":
        return math.exp(linked) if linked < 700 else math.inf
    return 1 / (1 + math.exp(-linked)) if linked > -700 else 0.0


def slope(value: float, link: Link) -> float:
    """Change on the link's scale for each change of the value."""
    if link == "identity":
        return 1.0
    return 1 / value if link == "log" else 1 / (value * (1 - value))
