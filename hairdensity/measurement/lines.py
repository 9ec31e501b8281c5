"""Which hairs have a lighter or darker line along them: the lamp's reflex, or the medulla."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.banks import PLAIN, Banks
from hairdensity.measurement.diameter import REFLEX_SIGMAS, REFLEXES, BarFits, Reflex
from hairdensity.measurement.sections import KnownBars, Sections, fit_sections

__all__ = ["choose_lines"]

EVERY = 4
"""Of so many cross-sections of a hair that no other enters one is tried: a line runs along all of it."""

CLEAR_Z = 12.0

LEAST_GAIN = 6.0
"""Twice the log likelihood by which a line must improve the mean cross-section of its hair."""

LEAST_HAIRS, LEAST_SHARE = 4, 0.6
"""Wide hairs with the commonest line, and the share of them with any, where the thin ones are taken to have it too."""

ALIKE_SHARE = 0.8
"""Or: the share of wide hairs whose line is of one sign, and stronger than the least in half of them."""

LEAST_LINE = 0.1
"""Height of the line as a share of the bar's, below which it does not move the width."""


def choose_lines(sections: Sections, fits: BarFits, known: KnownBars, banks: Banks) -> Banks:
    """The banks with the line that each wide hair clearly has, and with the wide hairs' usual line for the thin ones.

    On a thin hair a line looks like a change of its width; but the lamp is the same for all hairs of a picture.

    Parameters
    ----------
    sections : Sections
    fits : BarFits
        Without lines.
    known : KnownBars
    banks : Banks
    """
    hair, n_hairs = sections.profiles.hair, len(known.width_px)
    wide = (fits.width_px >= REFLEX_SIGMAS * banks.psf_px) & (fits.z >= CLEAR_Z)
    wide[sections.around.profile] = False
    rank = np.arange(len(hair)) - np.searchsorted(hair, hair)
    tried = np.flatnonzero(wide & (rank % EVERY == 1))
    if len(tried) == 0:
        return banks
    gain, line = np.zeros((2, len(REFLEXES), n_hairs))
    for k in range(len(REFLEXES)):
        lined = fit_sections(sections, known, banks.with_reflex(np.full(len(hair), k)), rows=tried)
        gain[k] = _means(np.log(fits.unexplained[tried] / lined.unexplained), hair[tried], n_hairs)
        line[k] = _means(lined.line, hair[tried], n_hairs)
    clear = (sections.geometry.n_free * gain > LEAST_GAIN) & (np.abs(line) > LEAST_LINE)
    own = np.where(clear.any(axis=0), np.where(clear, gain, 0.0).argmax(axis=0), PLAIN)
    judged = np.bincount(hair[tried], minlength=n_hairs) > 0
    usual = _usual_line(own[judged], line[:, judged])
    if usual is None:
        return banks.with_reflex(own[hair])
    return banks.with_reflex(np.where(own == PLAIN, len(REFLEXES), own)[hair], (*REFLEXES, usual))


def _usual_line(own: NDArray[np.int64], line: NDArray[np.float64]) -> Reflex | None:
    """The line that most of the wide hairs have, with its usual height; None where most have none.

    ``own`` (J,) is the line of each, ``line`` (4, J) the height of each line tried.
    """
    votes = np.bincount(own[own != PLAIN], minlength=len(REFLEXES))
    best = int(votes.argmax())
    alike = np.sign(line[best]) == np.sign(np.median(line[best]))
    weak = abs(float(np.median(line[best]))) <= LEAST_LINE or alike.mean() < ALIKE_SHARE
    if votes[best] < LEAST_HAIRS or (weak and votes.sum() < LEAST_SHARE * len(own)):
        return None
    return replace(REFLEXES[best], ratio=float(np.median(line[best, own == best])))


def _means(values: NDArray[np.float64], group: NDArray[np.int64], n_groups: int) -> NDArray[np.float64]:
    """(G,) mean of each group; 0 for an empty one."""
    count = np.bincount(group, minlength=n_groups)
    return np.asarray(np.bincount(group, weights=values, minlength=n_groups) / np.maximum(count, 1))
