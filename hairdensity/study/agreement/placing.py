"""Which picture of the study each reading belongs to, and what follows from several figures of one reading."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from hairdensity.study.comparable import Refusal

__all__ = ["AREA", "on_same_area", "place_readings", "with_densities"]

AREA: Final = "area_cm2"
"""What readers call the area that they counted on."""

AREA_TOLERANCE: Final = 0.01
"""Plain numbers from areas whose sizes differ by more, relative to the smaller, are not compared."""

_DENSITIES: Final = {"n_hairs": "density_per_cm2", "n_units": "unit_density_per_cm2"}
_READING: Final = ["reader", "reading", "image", "code"]
_SITE: Final = ["patient", "site", "visit", "replicate"]


def with_densities(readings: pd.DataFrame) -> pd.DataFrame:
    """Add densities where a reader counted and stated the area, but wrote no density.

    Parameters
    ----------
    readings : (N,) DataFrame
        Columns `hairdensity.study.columns.READINGS`.
    """
    of_area = readings[readings["figure"] == AREA].drop_duplicates(_READING)
    areas = of_area[of_area["value"] > 0].set_index(_READING)["value"]
    made = [readings]
    for count, density in _DENSITIES.items():
        if (readings["figure"] == density).any():
            continue
        counted = readings[readings["figure"] == count]
        area = areas.reindex(pd.MultiIndex.from_frame(counted[_READING])).to_numpy()
        made.append(counted.assign(figure=density, value=counted["value"] / area))
    return pd.concat([table for table in made if len(table)] or [readings], ignore_index=True)


def place_readings(readings: pd.DataFrame, images: pd.DataFrame | None) -> tuple[pd.DataFrame, tuple[Refusal, ...]]:
    """Readings with the picture that each belongs to.

    Parameters
    ----------
    readings : (N,) DataFrame
        Columns `hairdensity.study.columns.READINGS`.
    images : DataFrame, optional
        The images table of the study: pictures are found by row, else by file, else by patient, site, visit and
        replicate, and patients are taken from there.

    Returns
    -------
    placed : (M,) DataFrame
        The readings that have a value, with the columns ``subject`` and ``patient``, first readings first.
    refused : tuple of Refusal
        Readings that belong to no picture of the study, or name another patient than the study.
    """
    known = readings[readings["value"].notna()]
    refused: list[Refusal] = []
    if images is None:
        by_row = known["row"].map(lambda row: "" if pd.isna(row) else f"row {row}")
        placed = known.assign(subject=by_row.where(by_row != "", known["image"]))
    else:
        rows = _rows_of(known, images)
        patients = rows.map(dict(zip(images["row"], images["patient"], strict=True))).fillna("")
        strange = rows.isna()
        other = ~strange & (known["patient"] != "") & (known["patient"] != patients)
        if strange.any():
            refused.append(_strange(known[strange]))
        if other.any():
            refused.append(_other_patient(known[other]))
        placed = known.assign(subject=rows.map(lambda row: f"row {row}"), patient=patients)[~strange & ~other]
    order = ["reader", "figure", "subject", "reading"]
    return placed.sort_values(order, kind="stable", ignore_index=True), tuple(refused)


def _rows_of(readings: pd.DataFrame, images: pd.DataFrame) -> pd.Series:
    """Row of the manifest for each reading; missing where there is none."""
    own = readings["row"].where(readings["row"].isin(images["row"]))
    by_file = readings["image"].map(_unique(images, ["image"]))
    by_site = pd.Series(
        [_unique(images, _SITE).get(key) for key in readings[_SITE].itertuples(index=False, name=None)],
        index=readings.index,
    )
    # A row that the study does not have is no reason to look for the picture elsewhere.
    found = own.astype("Int64").fillna(by_file.astype("Int64")).fillna(by_site.astype("Int64"))
    return found.mask(readings["row"].notna() & own.isna())


def _unique(images: pd.DataFrame, keys: list[str]) -> dict[object, int]:
    once = images[~images.duplicated(keys, keep=False)]
    names = once[keys[0]] if len(keys) == 1 else once[keys].itertuples(index=False, name=None)
    return dict(zip(names, once["row"], strict=True))


def _strange(readings: pd.DataFrame) -> Refusal:
    first = ", ".join(sorted(set(readings["image"]))[:3])
    return Refusal(
        f"{len(readings)} readings",
        f"they belong to no picture of the study (first: {first}); unblind coded copies with 'hairdensity study "
        "unblind', or name pictures by row or as the manifest does",
    )


def _other_patient(readings: pd.DataFrame) -> Refusal:
    first = readings.iloc[0]
    return Refusal(
        f"{len(readings)} readings",
        f"they name another patient than the study does (first: {first['image']}, patient {first['patient']}); these "
        "are readings of another study, or the manifest was changed: state the study that was read",
    )


def on_same_area(
    read: pd.DataFrame, placed: pd.DataFrame, images: pd.DataFrame | None, *, figure: str
) -> tuple[pd.DataFrame, tuple[Refusal, ...]]:
    """Readings of a plain number that were all counted on one area, as far as areas are stated.

    Parameters
    ----------
    read : DataFrame
        Readings of one figure, from `place_readings`.
    placed : DataFrame
        All of them: readers state their area as the figure ``area_cm2``.
    images : DataFrame or None
        Where the area of the algorithm stands, which then is the one; without, it is that of the first reading.
    figure : str

    Returns
    -------
    kept : DataFrame
    refused : tuple of Refusal
        How many readings were on another area.
    """
    keys = ["reader", "reading", "subject"]
    if not figure.startswith("n_") or (images is not None and AREA not in images.columns):
        return read, ()
    stated = placed[placed["figure"] == AREA].drop_duplicates(keys)
    own = stated.set_index(keys)["value"].reindex(pd.MultiIndex.from_frame(read[keys])).to_numpy()
    first = stated.drop_duplicates("subject").set_index("subject")["value"] if images is None else _areas_of(images)
    wanted = read["subject"].map(first).to_numpy(dtype=np.float64)
    larger, smaller = np.fmax(own, wanted), np.fmin(own, wanted)
    differs = np.isfinite(own) & np.isfinite(wanted) & (larger > smaller * (1 + AREA_TOLERANCE))
    if not differs.any():
        return read, ()
    place = int(np.argmax(differs))
    reason = (
        f"{differs.sum()} of {len(read)} readings are numbers from another area than "
        f"{'the first reading' if images is None else 'the algorithm'} of the picture ({own[place]:.3g} and "
        f"{wanted[place]:.3g} cm2) and are not compared with it; compare {_DENSITIES.get(figure, 'figures per cm2')}"
    )
    return read[~differs], (Refusal(figure, reason),)


def _areas_of(images: pd.DataFrame) -> pd.Series:
    return pd.Series(images[AREA].to_numpy(dtype=np.float64), index=[f"row {row}" for row in images["row"]])
