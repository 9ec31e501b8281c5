"""What changed about a hair that both visits show: its width beyond the error, its class, its length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.metrics.figures import VELLUS_UM

__all__ = ["HairChanges", "describe_changes"]

Array = NDArray[np.float64]
Words = NDArray[np.object_]


class HairChanges(NamedTuple):
    """Of Q hairs; NaN and empty words where a diameter is not known at both visits.

    Parameters
    ----------
    diameter_um, diameter_se_um : (Q,) float64 ndarray
        Follow-up less baseline, and its standard error.
    thickness : (Q,) object ndarray
        thicker, thinner or similar.
    class_30um, class_40um : (Q,) object ndarray
        "vellus to terminal", "terminal to vellus" or empty.
    length_um : (Q,) float64 ndarray
    """

    diameter_um: Array
    diameter_se_um: Array
    thickness: Words
    class_30um: Words
    class_40um: Words
    length_um: Array


def describe_changes(before: pd.DataFrame, after: pd.DataFrame, *, change_z: float) -> HairChanges:
    """Compare hairs row by row.

    A class changes only when the cut-off lies between both diameters and the change is beyond its error: a hair of
    29 um that is measured as 31 um has not become terminal.

    Parameters
    ----------
    before, after : DataFrame
        Q rows each, columns ``tables.HAIRS``.
    change_z : float
        Standard errors that a change must exceed.
    """
    was, now = (hairs["diameter_um"].to_numpy(dtype=np.float64) for hairs in (before, after))
    errors = (hairs["diameter_se_um"].to_numpy(dtype=np.float64) for hairs in (before, after))
    error = np.hypot(*errors)
    change = now - was
    beyond = np.abs(change) > change_z * error
    known = np.isfinite(change) & np.isfinite(error)
    thickness = np.where(beyond, np.where(change > 0, "thicker", "thinner"), "similar").astype(object)
    thickness[~known] = ""
    return HairChanges(
        diameter_um=change,
        diameter_se_um=error,
        thickness=thickness,
        class_30um=_class_change(was, now, beyond & known, VELLUS_UM[0]),
        class_40um=_class_change(was, now, beyond & known, VELLUS_UM[1]),
        length_um=after["length_um"].to_numpy(dtype=np.float64) - before["length_um"].to_numpy(dtype=np.float64),
    )


def _class_change(was: Array, now: Array, beyond: NDArray[np.bool_], cutoff_um: float) -> Words:
    """(Q,) words; a hair at the cut-off is vellus."""
    words = np.full(len(was), "", dtype=object)
    words[beyond & (was <= cutoff_um) & (now > cutoff_um)] = "vellus to terminal"
    words[beyond & (was > cutoff_um) & (now <= cutoff_um)] = "terminal to vellus"
    return words
