"""How hard a pair of visits is, in traits known without its truth, and the errors that validation tied to them.

On rendered pairs, whose truth is known, the error of every figure's difference was measured beside these traits
(``benchmarks/accuracy/paired_validation.py`` writes ``validation.json``), as `metrics.difficulty` does for pictures.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.metrics.difficulty import ValidatedErrors
from hairdensity.metrics.figures import MetricInfo

__all__ = ["PairTraits", "expected_pair_errors", "level_of", "one_of", "pair_traits"]

LEAST_DOUBT = 0.002


class PairTraits(NamedTuple):
    """What makes a comparison hard; NaN where a trait is not known.

    Parameters
    ----------
    log_doubt : float
        Logarithm of the variance of gained less lost for each hair: the sum of g (1 - g) over the mean count plus one,
        plus 0.002, where g is the probability that a hair is there at one visit alone.
    log_turnover : float
        Logarithm of the sum of g over the mean count plus one, plus 0.002.
    log_hairs : float
        Logarithm of the mean count plus one.
    picture_doubt, entangled, thin : float
        Means of both pictures' own traits.
    blur_ratio, contrast_ratio : float
        Logarithm of the larger over the smaller.
    """

    log_doubt: float
    log_turnover: float
    log_hairs: float
    picture_doubt: float
    entangled: float
    thin: float
    blur_ratio: float
    contrast_ratio: float


def pair_traits(baseline: Analysis, follow_up: Analysis, matches: pd.DataFrame) -> PairTraits:
    """The traits of a pair, by the matches on the common area."""
    counted = matches[matches["in_area"].to_numpy(dtype=bool)]
    there = counted[["baseline_probability", "follow_up_probability"]].to_numpy(dtype=np.float64)
    alone = np.abs(there[:, 1] - there[:, 0])
    n = float(there.sum()) / 2 + 1.0
    before, after = baseline.traits, follow_up.traits
    return PairTraits(
        log_doubt=math.log(float((alone * (1.0 - alone)).sum()) / n + LEAST_DOUBT),
        log_turnover=math.log(float(alone.sum()) / n + LEAST_DOUBT),
        log_hairs=math.log(n),
        picture_doubt=(before.log_doubt + after.log_doubt) / 2,
        entangled=(before.entangled + after.entangled) / 2,
        thin=(before.thin + after.thin) / 2,
        blur_ratio=abs(after.log_blur_um - before.log_blur_um),
        contrast_ratio=abs(after.log_hair_contrast - before.log_hair_contrast),
    )


def level_of(info: MetricInfo, values: tuple[float, float], area_cm2: float | None) -> float:
    """What a figure's error is stated as a share of: the mean of both visits, of a count a hair more; 1 for shares."""
    if info.link != "log":
        return 1.0
    return (values[0] + values[1]) / 2 + one_of(info, area_cm2)


def one_of(info: MetricInfo, area_cm2: float | None) -> float:
    """What one hair or unit is of a figure that counts; 0 for others."""
    if info.kind == "number":
        return 1.0
    return 1.0 / area_cm2 if info.unit == "/cm2" and area_cm2 else 0.0


def expected_pair_errors(traits: PairTraits, method: str) -> dict[str, float]:
    """Deviation of each figure's difference on pairs like this one, as a share of its `level_of`.

    Of a count, what is beyond half a hair. Figures that no validation covered are missing, and so are all of a method
    that was not validated.
    """
    validated = _validated().get(method)
    if validated is None:
        return {}
    design = validated.design(np.array(traits))
    return {name: float(np.exp(design @ slopes)) for name, slopes in validated.log_sd.items()}


@lru_cache(maxsize=1)
def _validated() -> dict[str, ValidatedErrors]:
    """What ships with the package, by method."""
    stored = json.loads(
        files("hairdensity.comparison.differencing").joinpath("validation.json").read_text(encoding="utf-8")
    )
    return {
        method: ValidatedErrors(
            source=entry["source"],
            center=np.array([entry["traits"][name]["center"] for name in PairTraits._fields]),
            scale=np.array([entry["traits"][name]["scale"] for name in PairTraits._fields]),
            log_sd={name: np.array(slopes) for name, slopes in entry["log_sd"].items()},
        )
        for method, entry in stored.items()
    }
