"""Which pictures of a study may be pooled: those whose target areas have one shape and size."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from hairdensity.study.basis import Basis, differences

__all__ = ["GROUPS", "Refusal", "check_bases"]

GROUPS = ("arm", "visit", "center")
"""Columns whose groups the outcome tables compare or pool."""

_SHAPES = {"whole": "whole frame"}


class Refusal(NamedTuple):
    """What is not pooled, and why.

    Parameters
    ----------
    what : str
    reason : str
        With the remedy.
    rows : tuple of int
        Rows of the manifest that are on another basis than the others of their group; empty where whole groups are.
    """

    what: str
    reason: str
    rows: tuple[int, ...] = ()


def check_bases(images: pd.DataFrame) -> tuple[Refusal, ...]:
    """Refuse what would mix target areas of different shape or size.

    Sites are looked at one by one. Each picture's basis is the shape of its target area and the size at which it was
    aimed (what cannot be read is added back). An arm, a visit or a center whose usual basis is another than that of the
    rest makes a refusal of its own; single pictures that depart from the usual basis make one together.
    Pictures without a result, or without a known area, are left out: they have no figure per area.

    Parameters
    ----------
    images : DataFrame
        The images table of a study.

    Returns
    -------
    refusals : tuple of Refusal
        Empty where all can be pooled. Matched changes are not touched: they are on the skin that both pictures show.
    """
    found: list[Refusal] = []
    known = images[(images["status"] == "ok") & images["area_cm2"].notna()]
    for site, pictures in known.groupby("site", sort=True):
        areas = _aimed(pictures)
        usual = _usual(areas)
        groups = [refusal for column in GROUPS for refusal in _groups(areas, column, str(site))]
        found += groups or _pictures(areas, usual, str(site))
    return tuple(found)


def _aimed(pictures: pd.DataFrame) -> pd.DataFrame:
    """Shape and aimed size of each picture's area, with its groups."""
    size = pictures["area_cm2"] / (1.0 - pictures["unreadable_fraction"].clip(0.0, 0.99).fillna(0.0))
    shape = pictures["area_kind"].replace(_SHAPES)
    return pictures[["row", *GROUPS]].assign(shape=shape, size=size)


def _usual(areas: pd.DataFrame) -> Basis:
    """The most frequent shape, with the median size of its areas."""
    shape = str(areas["shape"].mode().iloc[0])
    return Basis(per="cm2", area_shape=shape, area_cm2=float(areas.loc[areas["shape"] == shape, "size"].median()))


def _groups(areas: pd.DataFrame, column: str, site: str) -> list[Refusal]:
    """One refusal where the groups of a column have different usual bases."""
    usual = {str(name): _usual(group) for name, group in areas.groupby(column, sort=True)}
    (first, basis), *others = usual.items()
    faults = [
        f"{column} {name!r}: {'; '.join(map(str, found))}"
        for name, other in others
        if (found := differences(basis, other))
    ]
    if not faults:
        return []
    what = f"densities of different {column}s at site {site!r}"
    return [Refusal(what, f"unlike {column} {first!r}, {'. '.join(faults)}")]


def _pictures(areas: pd.DataFrame, usual: Basis, site: str) -> list[Refusal]:
    """One refusal for all pictures that depart from the usual basis."""
    off = [
        (row, found)
        for row, shape, size in zip(areas["row"], areas["shape"], areas["size"], strict=True)
        if (found := differences(usual, Basis(per="cm2", area_shape=shape, area_cm2=size)))
    ]
    if not off:
        return []
    rows = tuple(int(row) for row, _ in off)
    what = f"densities of {len(rows)} of {len(areas)} pictures at site {site!r} with the others"
    return [Refusal(what, f"row {rows[0]} of the manifest: {'; '.join(map(str, off[0][1]))}", rows)]
