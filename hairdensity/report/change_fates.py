"""Which fates are likely: the counts, looks and words of every face go by the same line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FATES_SENTENCE", "LEAST_PROBABILITY", "UNSURE", "are_likely", "count_fates", "expect_fates"]

LEAST_PROBABILITY = 0.5
"""A hair that only one visit shows may be a loose piece or no hair at all; below this its fate is not counted."""

UNSURE = "unsure"

FATES_SENTENCE = (
    "Each hair counts by the probability that it is there at each visit, so the change need not equal new less lost."
)


def are_likely(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows of MATCHES or UNIT_MATCHES have the fate that they state with an even chance at least.

    Returns
    -------
    (N,) bool ndarray
        False where nothing is known.
    """
    return np.asarray(table["fate_probability"].to_numpy(dtype=np.float64) >= LEAST_PROBABILITY)


def count_fates(table: pd.DataFrame, fates: tuple[str, ...]) -> dict[str, int]:
    """How many rows of the common area have which likely fate, and how many have none: ``unsure``."""
    counted = table[table["in_area"].astype(bool)]
    is_likely = are_likely(counted)
    likely = counted["fate"][is_likely]
    return {fate: int((likely == fate).sum()) for fate in fates} | {UNSURE: int((~is_likely).sum())}


def expect_fates(matches: pd.DataFrame) -> dict[str, float]:
    """How many hairs of the common area are expected to be there at each visit, and at both, by their probabilities.

    Returns
    -------
    dict
        ``baseline`` is ``kept`` and ``lost``, ``follow_up`` is ``kept`` and ``new``.
    """
    counted = matches[matches["in_area"].astype(bool)]
    before, after = (counted[f"{visit}_probability"].to_numpy(dtype=np.float64) for visit in ("baseline", "follow_up"))
    # Whoever is there at the visit that shows it worse is there at the other one too.
    both = np.minimum(before, after)
    parts = {"kept": both, "lost": before - both, "new": after - both, "baseline": before, "follow_up": after}
    return {name: float(np.nansum(part)) for name, part in parts.items()}
