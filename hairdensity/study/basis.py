"""What a figure is a figure of: its area, what is counted and by which rule. Different bases are never pooled.

A change of 12.5 hairs per inch2 and one of 8.1 hairs per cm2 look alike and are not; 30 and 40 um count other hairs as
vellus; units are no hairs. Each difference is named with its reason and remedy, and what can be converted is: per cm2
and per inch2 of one area, and a raw number in an area of known size.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from hairdensity.errors import InputError
from hairdensity.metrics.figures import CM2_PER_INCH2, OSTIUM_FIGURES, info_of

__all__ = [
    "AREA_TOLERANCE",
    "COUNTED",
    "RULES",
    "SHAPES",
    "Basis",
    "BasisError",
    "Difference",
    "basis_of",
    "converted",
    "differences",
    "require_same",
]

AREA_TOLERANCE = 0.25
"""Areas whose sizes differ by more, relative to the smaller, are different bases: the sampling error of a density goes
with 1 / sqrt(area), so it differs by more than 12 %."""

ROUNDED = 1e-3
"""Areas that differ by less, relative to the smaller, are one area with another number of digits."""

SHAPES = ("square", "rectangle", "circle", "polygon", "mask", "whole frame")
COUNTED = ("hairs", "units", "empty ostia", "yellow dots", "black dots")
HAIRS = ("all", "terminal", "vellus")
RULES = {
    "roots": "roots in the area",
    "any visible": "any visible in the area",
    "ends": "ends in the area, by two",
    "middles": "middles in the area",
}


class BasisError(InputError):
    """Figures of different bases would be mixed, or a conversion between two bases is not exact."""

    code = "basis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What one figure is a figure of.

    Parameters
    ----------
    quantity : str
        ``"count"``, or the name of a measure such as ``"median diameter um"``: measures are never mixed with counts.
    per : {"", "cm2", "inch2"}
        Empty for the raw number in the area, and for figures that are not per area.
    counted : {"hairs", "units", "empty ostia", "yellow dots", "black dots"}
    hairs : {"all", "terminal", "vellus"}
    cut_off_um : float or None
        Between terminal and vellus: 30 (Rakowska 2009) or 40 (TrichoScan).
    rule : {"", "roots", "any visible", "ends", "middles"}
        When something counts as in the area; empty where not stated.
    area_shape : str
        Of the counted area, e.g. ``"square"``, ``"circle"``, ``"whole frame"``; empty where not stated.
    area_cm2 : float or None
        Its size; None where not stated.

    Raises
    ------
    InputError
        If a part is none of its words, a cut-off is missing, or the area is not positive.
    """

    quantity: str = "count"
    per: str = ""
    counted: str = "hairs"
    hairs: str = "all"
    cut_off_um: float | None = None
    rule: str = ""
    area_shape: str = ""
    area_cm2: float | None = None

    def __post_init__(self) -> None:
        _require_word("per", self.per, ("", "cm2", "inch2"))
        _require_word("counted", self.counted, COUNTED)
        _require_word("hairs", self.hairs, HAIRS)
        _require_word("rule", self.rule, ("", *RULES))
        _require_word("area_shape", self.area_shape, ("", *SHAPES))
        if (self.hairs == "all") != (self.cut_off_um is None):
            raise InputError(
                f"{self.hairs} hairs with a cut-off of {self.cut_off_um} um: state one (30 or 40 um) for terminal and "
                "vellus hairs, and none for all"
            )
        if self.area_cm2 is not None and not (math.isfinite(self.area_cm2) and self.area_cm2 > 0):
            raise InputError(f"area_cm2 must be above 0 cm2, got {self.area_cm2}; leave it out where it is not stated")

    def __str__(self) -> str:
        """In words that `hairdensity.study.basis_words.parse_basis` reads."""
        unit = f" per {self.per}" if self.per else " in the area" if self.quantity == "count" else ""
        head = f"{self.counted}{unit}" if self.quantity == "count" else f"{self.quantity} of {self.counted}{unit}"
        which = "" if self.hairs == "all" else f"{self.hairs} by {self.cut_off_um:g} um"
        return ", ".join(part for part in (head, which, RULES.get(self.rule, ""), self._area()) if part)

    def in_area(self, shape: str, area_cm2: float | None) -> Basis:
        """The same basis in a stated area."""
        return replace(self, area_shape=shape, area_cm2=area_cm2)

    def _area(self) -> str:
        if not self.area_shape and self.area_cm2 is None:
            return ""
        size = "" if self.area_cm2 is None else f" of {self.area_cm2:.6g} cm2"
        return f"{self.area_shape or 'area'}{size}"


class Difference(NamedTuple):
    """One part in which two bases differ."""

    part: str
    first: str
    second: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.part}, {self.first} and {self.second} ({self.reason}; {self.remedy})"


_WHY: Mapping[str, tuple[str, str]] = {
    "quantity": ("they are different measures", "compare each with its own kind"),
    "per": (f"one inch2 is {CM2_PER_INCH2} cm2", "convert with `converted`"),
    "counted": ("a unit bears one to four hairs, and how many differs by person", "count both in the pictures"),
    "hairs": ("terminal and vellus hairs are parts of all, in shares that differ by person", "count the same hairs"),
    "cut-off": ("hairs between the cut-offs change class, and no factor says how many", "measure both at one cut-off"),
    "rule": ("at the border one rule counts hairs that another leaves", "count again by one rule"),
    "area shape": (
        "an area of another shape has another border and another place",
        "measure one shape; in a study, state it in the column area of the manifest",
    ),
    "area size": (
        "it samples other skin, with another error; a raw number grows with it",
        "measure one size, or compare on the common skin",
    ),
}


def basis_of(figure: str) -> Basis:
    """The basis of one of our own figures, without the area: that is the picture's.

    Parameters
    ----------
    figure : str
        Name in `hairdensity.metrics.METRICS`, e.g. ``"terminal_density_per_cm2_40um"``.

    Raises
    ------
    InputError
        If there is no such figure.
    """
    try:
        info = info_of(figure)
    except KeyError:
        raise InputError(f"there is no figure {figure!r}; docs/metrics.md lists all names") from None
    hairs = next((word for word in HAIRS[1:] if figure.startswith(f"{word}_")), "all")
    cut_off = re.search(r"_(\d+)um$", figure) if hairs != "all" else None
    name = figure.removesuffix(cut_off.group()) if cut_off else figure
    per = re.search(r"_per_(cm2|inch2)", name)
    counted = _counted(name, info.group)
    return Basis(
        quantity="count"
        if _is_count(name)
        else name.replace(per.group() if per else "_", " ").replace("_", " ").strip(),
        per=per.group(1) if per else "",
        counted=counted,
        hairs=hairs,
        cut_off_um=float(cut_off.group(1)) if cut_off else None,
        rule="ends" if name.endswith("_by_ends") else "roots" if counted == "hairs" else "middles",
    )


def _is_count(figure: str) -> bool:
    return figure.startswith("n_") or "density_per_" in figure or figure in OSTIUM_FIGURES


def _counted(figure: str, group: str) -> str:
    if figure in OSTIUM_FIGURES:
        return figure.removesuffix("_per_cm2").replace("_", " ")
    return "units" if group == "Follicular units" or figure == "n_units" else "hairs"


def differences(first: Basis, second: Basis, *, area_tolerance: float = AREA_TOLERANCE) -> tuple[Difference, ...]:
    """The parts in which two bases differ; a part that only one of them states differs too, since nobody can tell.

    ``area_tolerance`` is that of areas which figures are divided by, or do not depend on; raw numbers grow with theirs,
    which must be the same.
    """
    are_raw = first.quantity == second.quantity == "count" and not (first.per and second.per)
    same_size = _same_size(first.area_cm2, second.area_cm2, tolerance=ROUNDED if are_raw else area_tolerance)
    pairs = {
        "quantity": (first.quantity, second.quantity),
        "per": (f"per {first.per}" if first.per else "as it is", f"per {second.per}" if second.per else "as it is"),
        "counted": (first.counted, second.counted),
        "hairs": (first.hairs, second.hairs),
        "cut-off": (_um(first.cut_off_um), _um(second.cut_off_um)),
        "rule": (RULES.get(first.rule, "not stated"), RULES.get(second.rule, "not stated")),
        "area shape": (first.area_shape or "not stated", second.area_shape or "not stated"),
        "area size": (_cm2(first.area_cm2), _cm2(second.area_cm2)),
    }
    return tuple(
        Difference(part, *words, *_WHY[part])
        for part, words in pairs.items()
        if words[0] != words[1] and not (part == "area size" and same_size)
    )


def _same_size(first: float | None, second: float | None, *, tolerance: float) -> bool:
    """Both unknown, or they differ by no more than the tolerance."""
    if first is None or second is None:
        return first is second
    return max(first, second) <= min(first, second) * (1.0 + tolerance)


def require_same(bases: Mapping[str, Basis], *, doing: str) -> Basis:
    """The one basis of several figures.

    Parameters
    ----------
    bases : mapping of str to Basis
        By what each belongs to, e.g. ``{"arm A": ..., "arm B": ...}``.
    doing : str
        What they are wanted for, e.g. ``"pool the changes"``.

    Raises
    ------
    BasisError
        If they differ; every differing part is named once for each pair with the first, with its reason and remedy.
    InputError
        If there is none.
    """
    if not bases:
        raise InputError(f"cannot {doing}: there is nothing with a basis")
    names: dict[Basis, list[str]] = {}
    for name, basis in bases.items():
        names.setdefault(basis, []).append(name)
    first, *others = names
    faults = [
        f"{'; '.join(names[other])}: {other}. They differ in {'; in '.join(map(str, found))}"
        for other in others
        if (found := differences(first, other))
    ]
    if faults:
        raise BasisError(f"cannot {doing}. {'; '.join(names[first])}: {first}. {'. '.join(faults)}.")
    return first


def converted(value: float, source: Basis, target: Basis) -> float:
    """A figure on another basis, where that is exact.

    That is: per cm2 and per inch2, with all other parts equal, and a raw number in an area of stated size per cm2 or
    inch2. The area stays a part of the new basis: it says where the figure comes from.

    Raises
    ------
    BasisError
        For all else: hairs and units, 30 and 40 um, another rule or another area.
    """
    found = [part for part in differences(source, target, area_tolerance=ROUNDED) if part.part != "per"]
    if found:
        raise BasisError(f"no exact conversion from {source} to {target}: {'; '.join(map(str, found))}.")
    if source.per == target.per:
        return value
    if source.quantity != "count" and not (source.per and target.per):
        raise BasisError(f"no exact conversion from {source} to {target}: only numbers are divided by their area.")
    return value / _cm2_of(source) * _cm2_of(target)


def _cm2_of(basis: Basis) -> float:
    """The area that the figure is per."""
    if basis.per:
        return {"cm2": 1.0, "inch2": CM2_PER_INCH2}[basis.per]
    if basis.area_cm2 is None:
        raise BasisError(f"no conversion of {basis}: the size of the area is not stated; state area_cm2.")
    return basis.area_cm2


def _require_word(part: str, got: str, words: tuple[str, ...]) -> None:
    if got not in words:
        raise InputError(f"{part} must be one of {', '.join(map(repr, words))}, got {got!r}")


def _um(cut_off: float | None) -> str:
    return "none" if cut_off is None else f"{cut_off:g} um"


def _cm2(area: float | None) -> str:
    return "not stated" if area is None else f"{area:.6g} cm2"
