"""How close found hairs come to the truth: roots, whole hairs, crossings and diameters.

A right count can hide wrong hairs: splits and merges cancel. So every score carries, beside the count, how many roots,
how many whole hairs and how many crossings are right, one to one.
"""

from hairdensity.evaluation.axes import inside_margin
from hairdensity.evaluation.crossings import (
    CROSSING_BANDS_DEG,
    Crossings,
    CrossingScore,
    find_crossings,
    pool_crossings,
    score_crossings,
)
from hairdensity.evaluation.diameters import DIAMETER_BANDS_UM, DiameterAgreement, diameter_agreement
from hairdensity.evaluation.hair_set import HairSet, found_hairs
from hairdensity.evaluation.mistakes import Capture, Mistakes, pool_mistakes, sort_mistakes
from hairdensity.evaluation.roots import ROOT_TOLERANCE_UM, RootScore, match_roots, pool_roots, score_vectors
from hairdensity.evaluation.scoring import Score, pool_scores, score_hairs
from hairdensity.evaluation.whole_hairs import HairScore

__all__ = [
    "CROSSING_BANDS_DEG",
    "DIAMETER_BANDS_UM",
    "ROOT_TOLERANCE_UM",
    "Capture",
    "CrossingScore",
    "Crossings",
    "DiameterAgreement",
    "HairScore",
    "HairSet",
    "Mistakes",
    "RootScore",
    "Score",
    "diameter_agreement",
    "find_crossings",
    "found_hairs",
    "inside_margin",
    "match_roots",
    "pool_crossings",
    "pool_mistakes",
    "pool_roots",
    "pool_scores",
    "score_crossings",
    "score_hairs",
    "score_vectors",
    "sort_mistakes",
]
