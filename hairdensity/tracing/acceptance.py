"""Whether a traced shaft is a hair: all that speaks for and against it, weighed in one probability.

Cut pieces of hair, trails that strayed, and edges of thick shafts look like hairs in one respect or another. No single
threshold tells them apart; a logistic regression on several witnesses does. Its weights come from rendered pictures
(``benchmarks/accuracy/acceptance.py``), where it is known which trail is a hair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.maps import NetworkMaps
from hairdensity.tracing.orienting import log_odds
from hairdensity.tracing.root_peaks import highest_near
from hairdensity.tracing.shaft_field import Field, sample_map
from hairdensity.tracing.skeleton import Branches

__all__ = ["LARGEST_BURIED", "WITNESSES", "AcceptanceSettings", "Hearing", "acceptance", "hear_witnesses"]

Array = NDArray[np.float64]

WITNESSES = (
    "root",
    "axis",
    "length",
    "covered",
    "buried",
    "region",
    "body",
    "overlap",
)
"""In order:

- log odds of a root at the root's end
- mean probability of the axis in this direction
- logarithm of the length
- share that lies on surer trails
- buried shaft beyond the root, beyond that of the picture's other hairs
- log odds of the direction by the hairs around
- logarithm of the body's width in diameters
- mean probability of several shafts
"""

TYPICAL_LENGTH_UM = 300.0
LARGEST_BURIED = 6.0
BODY_PROBABILITY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceSettings:
    """Which shafts are hairs.

    Parameters
    ----------
    min_probability : float
        Below it a shaft is no hair.
    end_um : float
        A root's peak lies within this distance of the end of its shaft.
    weights : tuple of float
        Of the ``WITNESSES``.
    bias : float
    """

    min_probability: float = 0.5
    end_um: float = 40.0
    weights: tuple[float, ...] = (
        0.924,  # root
        -1.067,  # axis
        0.323,  # length
        -1.091,  # covered
        0.124,  # buried
        0.486,  # region
        0.103,  # body
        -0.415,  # overlap
    )
    bias: float = 0.836


class Hearing(NamedTuple):
    """What was heard of N trails before; each is (N,).

    ``covered`` is the share on surer trails, ``buried`` the log odds from the buried shaft, ``region`` those from the
    hairs around; positive for the direction settled on.
    """

    covered: Array
    buried: Array
    region: Array


def acceptance(witnesses: Array, settings: AcceptanceSettings) -> Array:
    """(N,) probability that a shaft is a hair.

    Parameters
    ----------
    witnesses : (N, W) float ndarray
        As ``hear_witnesses`` gives them.
    settings : AcceptanceSettings
    """
    return np.asarray(1 / (1 + np.exp(-(witnesses @ np.array(settings.weights) + settings.bias))))


def hear_witnesses(
    hairs: Branches,
    shafts: Field,
    root: NDArray[np.float32],
    maps: NetworkMaps,
    heard: Hearing,
    settings: AcceptanceSettings,
) -> Array:
    """(N, W) what the ``WITNESSES`` say of each shaft.

    Parameters
    ----------
    hairs : Branches
        N paths, root first.
    shafts : Field
    root : (h, w) float32 ndarray
    maps : NetworkMaps
    heard : Hearing
    settings : AcceptanceSettings
    """
    if not len(hairs):
        return np.zeros((0, len(WITNESSES)))
    um = shafts.um_per_px
    direction = hairs.directions
    diameter = hairs.mean_of(sample_map(maps.width_px, (hairs.points - 0.5) / 2))
    buried = np.clip(heard.buried - np.median(heard.buried), -LARGEST_BURIED, LARGEST_BURIED)
    body = hairs.mean_of(_body_px(shafts.body, hairs.points, direction)) / np.maximum(diameter, 1.0)
    columns = {
        "root": log_odds(highest_near(root, hairs.ends[0], settings.end_um / um)),
        "axis": hairs.mean_of(shafts.evidence(hairs.points, np.arctan2(*direction.T))),
        "length": np.log(np.maximum(hairs.lengths * um, 1.0) / TYPICAL_LENGTH_UM),
        "covered": heard.covered,
        "buried": buried,
        "region": heard.region,
        "body": np.clip(np.log(np.maximum(body, 0.2)), -1.5, 1.5),
        "overlap": hairs.mean_of(sample_map(maps.multiplicity, (hairs.points - 0.5) / 2)),
    }
    return np.stack([columns[name] for name in WITNESSES], axis=1)


def _body_px(body: NDArray[np.floating], points: Array, direction: Array) -> Array:
    """(P,) width of the body across each point."""
    normal = np.stack([direction[:, 1], -direction[:, 0]], axis=1)
    steps = np.arange(0.5, 30.0, 0.5)
    width = np.zeros(len(points))
    for way in (-1.0, 1.0):
        inside = sample_map(body, points[:, None] + way * steps[None, :, None] * normal[:, None]) >= BODY_PROBABILITY
        width += np.logical_and.accumulate(inside, axis=1).sum(axis=1) * 0.5
    return width
