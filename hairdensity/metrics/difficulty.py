"""How hard a picture is, in traits that are known without its truth, and the errors that validation tied to them.

On rendered pictures, whose truth is known, the error of every figure was measured beside these traits; its deviation
follows from them (``benchmarks/accuracy/validation.py`` writes ``validation.json``). A sharp picture of clipped hair so
gets narrow intervals, and a blurred tangle wide ones. The mean error is part of the deviation: rendered pictures lose
more hairs than they gain, but whether another clinic's do is not known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.flags import HairFlag
from hairdensity.metrics.accuracy import FigureErrors

__all__ = ["Traits", "ValidatedErrors", "expected_errors", "traits_of", "validated_errors"]

Array = NDArray[np.float64]

THIN_UM = 40.0
LEAST_DOUBT = 0.01
FARTHEST_SD = 3.0
"""Traits further from their mean than any of validation count as this far: beyond, nothing was measured."""


class Traits(NamedTuple):
    """What makes a picture hard; NaN where a trait is not known.

    Parameters
    ----------
    log_doubt : float
        Logarithm of the count's own variance for each hair: the sum of p (1 - p) over all shafts that were weighed,
        hairs or not, over the count plus one, plus 0.01.
    entangled : float
        Share of all hairs that cross others or leave the picture.
    unsure_roots : float
        Share of counted hairs whose root and tip look alike.
    thin : float
        Share of counted hairs of 40 um or less: thin hairs are missed more often.
    covered : float
        Share of the skin that hair covers.
    log_hairs : float
        Logarithm of the count plus one.
    log_blur_um, log_hair_contrast, log_um_per_px : float
        Logarithms of the blur, of the contrast of narrow things and of the scale.
    """

    log_doubt: float
    entangled: float
    unsure_roots: float
    thin: float
    covered: float
    log_hairs: float
    log_blur_um: float
    log_hair_contrast: float
    log_um_per_px: float


def traits_of(
    hairs: pd.DataFrame,
    rejected_probability: Array,
    *,
    covered: float,
    blur_um: float,
    hair_contrast: float,
    um_per_px: float,
) -> Traits:
    """The traits of a picture.

    Parameters
    ----------
    hairs : DataFrame
        Columns ``tables.HAIRS``, of the whole picture.
    rejected_probability : (M,) float64 ndarray
        Of the shafts with their root in the area that were not taken for hairs.
    covered : float
        Share of the target area's pixels that hair covers.
    blur_um, hair_contrast : float
        Of the picture's quality.
    um_per_px : float
        The calibration's scale or a working one.
    """
    counted = hairs[hairs["in_area"]]
    tangle = int(HairFlag.CROSSING | HairFlag.TOUCHES_BORDER)
    return Traits(
        log_doubt=_log_doubt(counted["hair_probability"].to_numpy(dtype=np.float64), rejected_probability),
        entangled=_mean((hairs["flags"] & tangle) != 0),
        unsure_roots=_mean((counted["flags"] & int(HairFlag.ROOT_UNSURE)) != 0),
        thin=_mean((counted["diameter_px"] * um_per_px <= THIN_UM)[counted["diameter_px"].notna()]),
        covered=covered,
        log_hairs=math.log(len(counted) + 1.0),
        log_blur_um=_log(blur_um),
        log_hair_contrast=_log(hair_contrast),
        log_um_per_px=_log(um_per_px),
    )


def _log_doubt(probability: Array, rejected_probability: Array) -> float:
    """NaN where hairs have no probability."""
    if len(probability) and np.isnan(probability).all():
        return math.nan
    weighed = np.concatenate([probability, rejected_probability])
    variance = float(np.nansum(weighed * (1.0 - weighed)))
    return math.log(variance / (len(probability) + 1.0) + LEAST_DOUBT)


def _mean(values: pd.Series) -> float:
    """Mean of the known values; NaN of none."""
    known = values.dropna().to_numpy(dtype=np.float64)
    return float(known.mean()) if len(known) else math.nan


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan


class ValidatedErrors(NamedTuple):
    """What validation measured of one method.

    Parameters
    ----------
    source : str
        On which pictures.
    center, scale : (T,) float64 ndarray
        Mean and deviation of the T traits; an unknown trait counts as its mean.
    log_sd : mapping of str to (T + 1,) float64 ndarray
        By figure: constant and slopes of the logarithm of the error's deviation.
    """

    source: str
    center: Array
    scale: Array
    log_sd: Mapping[str, Array]

    def design(self, traits: Array) -> Array:
        """(..., T + 1) ones and standardized traits of (..., T) raw ones."""
        standard = np.clip((traits - self.center) / self.scale, -FARTHEST_SD, FARTHEST_SD)
        known = np.where(np.isfinite(standard), standard, 0.0)
        return np.concatenate([np.ones((*known.shape[:-1], 1)), known], axis=-1)

    def of(self, traits: Traits) -> FigureErrors:
        """Errors of the figures of a picture with these traits."""
        design = self.design(np.array(traits))
        return FigureErrors(
            source=self.source,
            sd={name: float(np.exp(design @ slopes)) for name, slopes in self.log_sd.items()},
        )


def expected_errors(traits: Traits, method: str) -> FigureErrors | None:
    """Errors that figures of a picture like this one have had; None for a method that was not validated.

    Parameters
    ----------
    traits : Traits
    method : str
        ``network`` (the shipped model) or ``ridges``.
    """
    validated = validated_errors().get(method)
    return None if validated is None else validated.of(traits)


@lru_cache(maxsize=1)
def validated_errors() -> dict[str, ValidatedErrors]:
    """What ships with the package, by method."""
    stored = json.loads(files("hairdensity.metrics").joinpath("validation.json").read_text(encoding="utf-8"))
    return {method: _read(entry) for method, entry in stored.items()}


def _read(entry: Mapping[str, Any]) -> ValidatedErrors:
    order = [entry["traits"][name] for name in Traits._fields]
    return ValidatedErrors(
        source=entry["source"],
        center=np.array([trait["center"] for trait in order]),
        scale=np.array([trait["scale"] for trait in order]),
        log_sd={name: np.array(slopes) for name, slopes in entry["log_sd"].items()},
    )
