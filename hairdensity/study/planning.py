"""What a study asks for: its pictures by patient and site, each with its request, and which are compared."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.scoring import Request

__all__ = ["Pair", "Picture", "Shard", "Site", "plan_study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A row of the manifest, as a run takes it.

    Parameters
    ----------
    row : int
        From 1.
    name : str
        As the manifest has it.
    path : Path
    patient, site, visit : str
    visit_number, replicate : int
    week : float
        NaN where it is not known.
    control_site : str
        The patient's untreated site that the row names; empty without.
    request : Request
    """

    row: int
    name: str
    path: Path
    patient: str
    site: str
    visit: str
    visit_number: int
    replicate: int
    week: float
    control_site: str
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A follow-up and the baseline that it is compared with.

    Parameters
    ----------
    baseline, follow_up : Picture
    control : Pair or None
        The same two visits of the untreated site that belongs to this one.
    """

    baseline: Picture
    follow_up: Picture
    control: Pair | None = None

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Baseline and follow-up."""
        return self.baseline, self.follow_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All pictures of one patient's site and their pairs, in the order of the tables.

    Where a site is the control of another one, all sites of the patient are taken together.
    """

    patient: str
    name: str
    pictures: tuple[Picture, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of several equal parts of a study, e.g. 2/8."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``i/n``.

        Raises
        ------
        InputError
            If it is not that.
        """
        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        number, count = (int(part) for part in match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            raise InputError(f"a shard is i/n with i from 1 to n, e.g. 2/8; got {text!r}")
        return cls(number=number, count=count)

    def of(self, sites: Iterable[Site]) -> tuple[Site, ...]:
        """Its sites: every n-th patient with all that was photographed of them, so that no pair is parted."""
        sites = tuple(sites)
        patients = sorted({site.patient for site in sites})[self.number - 1 :: self.count]
        mine = set(patients)
        return tuple(site for site in sites if site.patient in mine)


def plan_study(rows: pd.DataFrame, *, folder: Path, request: Request) -> tuple[Site, ...]:
    """The sites of a checked manifest, by patient and site: little is in flight when they are handled in this order.

    Parameters
    ----------
    rows : DataFrame
        Columns `columns.MANIFEST`, ``row`` and ``visit_number``.
    folder : Path
        That the manifest's paths are relative to.
    request : Request
        What holds for every picture: method, model, device.
    """
    pictures: dict[tuple[str, str], list[Picture]] = {}
    for record in rows.to_dict("records"):
        picture = _picture({str(name): value for name, value in record.items()}, folder, request)
        pictures.setdefault((picture.patient, picture.site), []).append(picture)
    sites = [
        Site(patient=patient, name=site, pictures=tuple(found), pairs=_pairs(found))
        for (patient, site), found in sorted(pictures.items())
    ]
    return tuple(
        together for _, own in groupby(sites, key=lambda site: site.patient) for together in _with_controls(tuple(own))
    )


def _with_controls(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """The sites of a patient as they are, or as one with their controls."""
    pictures = tuple(picture for site in sites for picture in site.pictures)
    if not any(picture.control_site for picture in pictures):
        return sites
    pairs = [pair for site in sites for pair in site.pairs]
    controls: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        controls.setdefault(_visits(pair, pair.follow_up.site), []).append(pair)
    paired = tuple(replace(pair, control=_control(pair, controls)) for pair in pairs)
    return (Site(patient=sites[0].patient, name=sites[0].name, pictures=pictures, pairs=paired),)


def _control(pair: Pair, controls: Mapping[tuple[str, ...], list[Pair]]) -> Pair | None:
    """The control site's pair of the same visits: of the same replicate, else its first."""
    site = pair.follow_up.control_site or pair.baseline.control_site
    found = controls.get(_visits(pair, site), []) if site else []
    same = [control for control in found if control.follow_up.replicate == pair.follow_up.replicate]
    return next(iter(same or found), None)


def _visits(pair: Pair, site: str) -> tuple[str, ...]:
    """A site's two visits; visits of one name may lie at several weeks."""
    return (site, pair.baseline.visit, pair.follow_up.visit, f"{pair.follow_up.week:g}")


def _pairs(pictures: list[Picture]) -> tuple[Pair, ...]:
    """Each follow-up with the baseline of the same replicate number, else with the first."""
    baselines = sorted((p for p in pictures if p.visit_number == 0), key=lambda p: (p.replicate, p.row))
    if not baselines:
        return ()
    by_replicate = {p.replicate: p for p in reversed(baselines)}
    follow_ups = sorted((p for p in pictures if p.visit_number > 0), key=lambda p: (p.replicate, p.visit_number, p.row))
    return tuple(Pair(baseline=by_replicate.get(p.replicate, baselines[0]), follow_up=p) for p in follow_ups)


def _picture(record: Mapping[str, Any], folder: Path, request: Request) -> Picture:
    return Picture(
        row=int(record["row"]),
        name=record["image"],
        path=folder / record["image"],
        patient=record["patient"],
        site=record["site"],
        visit=record["visit"],
        visit_number=int(record["visit_number"]),
        replicate=int(record["replicate"]),
        week=float(record["week"]),
        control_site=record["control_site"],
        request=_request(record, folder, request),
    )


def _request(record: Mapping[str, Any], folder: Path, request: Request) -> Request:
    """What is asked of one picture: the run's request with the row's scale and area."""
    profile = record["device_profile"]
    mask = record["area_mask"]
    return replace(
        request,
        um_per_px=_number(record["um_per_px"]),
        px_per_mm=_number(record["px_per_mm"]),
        field_width_mm=_number(record["field_width_mm"]),
        relative_error=_number(record["scale_error"]),
        tick_mm=_number(record["ruler_tick_mm"]),
        # A file beside the manifest, else the name of a device.
        device_profile=(str(folder / profile) if (folder / profile).is_file() else profile) if profile else None,
        area=record["area"] or "whole",
        area_mask=folder / mask if mask else None,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
