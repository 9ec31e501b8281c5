"""Which hairs grow: the two populations of a phototrichogram, and the phase of each hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.differences import TWO_SIDED_95
from hairdensity.comparison.growing.lengths import FLUSH_UM, GrownLengths
from hairdensity.comparison.growing.two_populations import Growing, Measured, Populations, likelihood_of, separate

__all__ = ["phases_of", "separate_lengths"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CANDIDATES = 12
"""Lengths that a hair which was not seen at baseline may have had."""


def separate_lengths(lengths: GrownLengths, in_area: Mask, growing: Growing) -> Populations:
    """The two populations; ``probability`` has one value for each hair that `GrownLengths.is_known`."""
    known = lengths.is_known
    likelihood = np.zeros((len(known), len(growing.grid_um)))
    likelihood[lengths.is_kept] = likelihood_of(_measured(lengths, lengths.is_kept), growing)
    likelihood[lengths.is_new & known] = _likelihood_of_new(lengths, in_area, growing)
    return separate(likelihood[known], growing, counts=in_area[known])


def _measured(lengths: GrownLengths, chosen: Mask) -> Measured:
    return Measured(
        growth_um=lengths.growth_um[chosen],
        error_um=np.full(int(chosen.sum()), lengths.error_um),
        shorter_um=lengths.before_um[chosen],
        is_cut_before=lengths.is_cut_before[chosen],
        is_cut_after=lengths.is_cut_after[chosen],
        is_tangled=lengths.is_tangled[chosen],
    )


def _likelihood_of_new(lengths: GrownLengths, in_area: Mask, growing: Growing) -> Array:
    """(M, G) likelihood of hairs that were not seen at baseline: cut flush with the skin then, or missed.

    As many hairs are missed in one picture as in the other, so what is new beyond what was lost was cut flush. A missed
    hair was as long as the others were.
    """
    new = lengths.is_new & lengths.is_known
    n_new = int(new.sum())
    if not n_new:
        return np.zeros((0, len(growing.grid_um)))
    n_lost = int((in_area & (lengths.second < 0)).sum())
    flush_share = float(np.clip(1 - n_lost / max(int((in_area & new).sum()), 1), 0.1, 0.9))
    steps = (np.arange(CANDIDATES) + 0.5) / CANDIDATES
    seen = lengths.before_um[lengths.is_kept & ~lengths.is_cut_before]
    flush = FLUSH_UM * steps
    missed = np.quantile(seen, steps) if len(seen) else flush
    total = np.zeros((n_new, len(growing.grid_um)))
    for share, candidates in ((flush_share, flush), (1 - flush_share, missed)):
        for before_um in candidates:
            guess = Measured(
                growth_um=lengths.after_um[new] - before_um,
                error_um=np.full(n_new, 2 * lengths.error_um),
                shorter_um=np.full(n_new, before_um),
                is_cut_before=np.zeros(n_new, dtype=bool),
                is_cut_after=lengths.is_cut_after[new],
                is_tangled=lengths.is_tangled[new],
            )
            total += share / CANDIDATES * likelihood_of(guess, growing)
    return total


def phases_of(probability: Array, lengths: GrownLengths, growing: Growing, confidence: float) -> NDArray[np.object_]:
    """(K,) anagen, telogen or undecided.

    Where the length is sure the threshold decides, unless its error straddles it; a bound can show one side alone.
    Where another hair is in the way, the probability decides.
    """
    reach = TWO_SIDED_95 * lengths.error_um
    growth = np.where(lengths.is_new, lengths.after_um, lengths.growth_um)
    known, is_sure = lengths.is_known, ~lengths.is_tangled & (growth < growing.most_um)
    has_lower = lengths.is_kept & ~lengths.is_cut_before & is_sure
    has_upper = ~lengths.is_cut_after & ~lengths.is_tangled
    by_chance = known & ~(has_lower | has_upper) | lengths.is_new
    anagen = has_lower & (growth - reach > growing.threshold_um)
    telogen = has_upper & (growth + reach < growing.threshold_um)
    anagen |= by_chance & ~telogen & ~lengths.is_cut_before & (probability >= confidence)
    telogen |= by_chance & ~anagen & ~lengths.is_cut_after & (probability <= 1 - confidence)
    return np.select([known & anagen, known & telogen], ["anagen", "telogen"], "undecided").astype(object)
