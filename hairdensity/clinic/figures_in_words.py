"""The figures of a reading as a clinician reads them in a hurry: value, interval, and what they mean in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hairdensity.clinic.published_ranges import REFERENCES, Reference
from hairdensity.flags import IMAGE_FLAGS, Verdict, flag_names
from hairdensity.metrics import METRICS, MetricInfo
from hairdensity.metrics.figures import info_of
from hairdensity.report.wording import NOT_KNOWN, number, percent, spoken_unit
from hairdensity.store.models import Reading

__all__ = ["Advice", "Figure", "Figures", "Laid", "Status", "figures_in_words", "figures_of"]

Result = Mapping[str, Any]


class Advice(NamedTuple):
    """Something about the picture: what was seen, what it does to the figures, what to do better next time."""

    seen: str
    effect: str
    remedy: str
    is_serious: bool


class Laid(NamedTuple):
    """A published range laid beside a figure, on a scale of 0-100; ``words`` says where the figure lies to it."""

    reference: Reference
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure, ready to be shown.

    Parameters
    ----------
    name, title : str
    value, unit : str
        As people read them; ``-`` where it is not known.
    interval : str
        ``"171 to 203"``; empty where it is not known.
    sentence : str
        What that means.
    site : str
        The interval of the site, in a sentence; may be empty.
    n : str
        What it rests on.
    bar : (float, float, float) or None
        Low end, value and high end on a scale of 0-100, where there is something to be drawn.
    laid : sequence of Laid
        Published ranges of this very figure, on the same scale.
    """

    name: str
    title: str
    value: str
    unit: str
    interval: str
    sentence: str
    site: str = ""
    n: str = ""
    bar: tuple[float, float, float] | None = None
    laid: Sequence[Laid] = ()


class Status(NamedTuple):
    """Where a result comes from: ``automatic``, ``corrected`` or ``draft`` (not saved), and the number of edits."""

    kind: str = "automatic"
    n_edits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of a panel.

    Parameters
    ----------
    verdict : str
        ``good``, ``caution`` or ``unreadable``.
    verdict_words : str
    advice : sequence of Advice
        The weightiest first.
    has_scale : bool
    count : str
        Hairs and area in a sentence.
    density, unit_density : sequence of Figure
        Per cm2 and per inch2; empty without a scale.
    thickness, thin, units : sequence of Figure
    more : sequence of Figure
        All others.
    status : Status
    """

    verdict: str
    verdict_words: str
    advice: Sequence[Advice]
    has_scale: bool
    count: str
    density: Sequence[Figure]
    unit_density: Sequence[Figure]
    thickness: Sequence[Figure]
    thin: Sequence[Figure]
    units: Sequence[Figure]
    more: Sequence[Figure]
    status: Status


_VERDICT_WORDS = {
    Verdict.GOOD: "This picture can be measured well",
    Verdict.CAUTION: "Usable with caution",
    Verdict.UNREADABLE: "This picture cannot be read",
}

_THIN = ("vellus_fraction_30um", "vellus_fraction_40um")
_THIN_BESIDE = {
    name: (f"terminal_density_per_cm2_{cut}um", f"vellus_density_per_cm2_{cut}um")
    for name, cut in zip(_THIN, (30, 40), strict=True)
}
_DENSITY = ("density_per_cm2", "density_per_inch2")
_UNIT_DENSITY = ("unit_density_per_cm2", "unit_density_per_inch2")
_THICKNESS = ("median_diameter_um", "mean_diameter_um")
_UNITS = ("hairs_per_unit", "single_hair_unit_fraction")
_SHOWN = {*_DENSITY, *_UNIT_DENSITY, *_THICKNESS, *_THIN, *_UNITS, "median_diameter_px"}

_MEANINGS = {
    "density_per_cm2": "Between {span} hairs on each cm²",
    "density_per_inch2": "Between {span} hairs on each square inch",
    "unit_density_per_cm2": "Between {span} follicular units on each cm²",
    "unit_density_per_inch2": "Between {span} follicular units on each square inch",
    "median_diameter_um": "Between {span} µm; half of the hairs are thinner",
    "mean_diameter_um": "Between {span} µm on average",
    "median_diameter_px": "Between {span} px; half of the hairs are thinner",
    "vellus_fraction_30um": "Between {span} of the hairs measure 30 µm or less",
    "vellus_fraction_40um": "Between {span} of the hairs measure 40 µm or less",
    "hairs_per_unit": "A unit bears between {span} hairs on average",
    "single_hair_unit_fraction": "Between {span} of the units bear a single hair",
}
"""Sentences for the interval of this picture."""

_SCALE_TOP = {
    "density_per_cm2": 350.0,
    "unit_density_per_cm2": 180.0,
    "median_diameter_um": 120.0,
    "mean_diameter_um": 120.0,
    "vellus_fraction_30um": 0.5,
    "vellus_fraction_40um": 0.5,
}
"""Where the drawn scales end at least; they begin at 0."""

_ADVICE = {flag_names(flag)[0]: info for flag, info in IMAGE_FLAGS.items()}


def figures_in_words(result: Result, status: Status | None = None) -> Figures:
    """A reading's figures in words.

    Parameters
    ----------
    result : mapping
        An entry of ``results`` (analysis-1), or a reading's summary.
    status : Status, optional
        An automatic one by default.
    """
    metrics, area = result["metrics"], result["target_area"]
    has_scale = result["calibration"] is not None
    verdict = Verdict(result["quality"]["verdict"])
    thickness = _THICKNESS if has_scale else ("median_diameter_px",)
    others = [info for info in METRICS if info.kind == "estimate" and info.name not in _SHOWN]
    return Figures(
        verdict=str(verdict),
        verdict_words=_VERDICT_WORDS[verdict],
        advice=_advice(result["flags"]),
        has_scale=has_scale,
        count=_count(metrics, area),
        density=_known(metrics, _DENSITY),
        unit_density=_known(metrics, _UNIT_DENSITY),
        thickness=_known(metrics, thickness),
        thin=_known(metrics, _THIN),
        units=_known(metrics, _UNITS),
        more=_known(metrics, [info.name for info in others]),
        status=status or Status(),
    )


def figures_of(reading: Reading | None) -> Figures | None:
    """The figures of a reading as it is stored; None for none."""
    if reading is None:
        return None
    return figures_in_words(reading.summary, Status(kind=reading.kind, n_edits=len(reading.edits)))


def _advice(flags: Sequence[str]) -> list[Advice]:
    infos = [_ADVICE[name] for name in flags if name in _ADVICE]
    order = list(Verdict)
    infos.sort(key=lambda info: -order.index(info.verdict))
    return [
        Advice(
            _sentence(info.meaning), _sentence(info.effect), _sentence(info.remedy), info.verdict is not Verdict.GOOD
        )
        for info in infos
    ]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _count(metrics: Result, area: Result) -> str:
    hairs = f"{metrics['n_hairs']} hair{'' if metrics['n_hairs'] == 1 else 's'}"
    units = f"{metrics['n_units']} follicular unit{'' if metrics['n_units'] == 1 else 's'}"
    size = "" if area["area_cm2"] is None else f" on {number(area['area_cm2'])} cm²"
    lost = area["unreadable_fraction"]
    left_out = f"; {percent(lost)} of the area could not be read and was left out" if lost >= 0.005 else ""
    return f"{hairs} in {units} counted{size}{left_out}"


def _known(metrics: Result, names: Sequence[str]) -> list[Figure]:
    """The figures that are there; one that could not be measured stays, with its reason."""
    return [_figure(info_of(name), metrics, metrics[name]) for name in names if metrics.get(name) is not None]


def _figure(info: MetricInfo, metrics: Result, estimate: Result) -> Figure:
    words = _words_for(info)
    value, within = estimate["value"], _span(estimate["low"], estimate["high"], words)
    return Figure(
        name=info.name,
        title=info.title.replace(" um", " µm"),
        value=words(value),
        unit="" if words is percent else spoken_unit(info.unit),
        interval=within,
        sentence=_meaning(info, value, within),
        site=_site(estimate, words),
        n=_rests_on(info, estimate, metrics),
        bar=_bar(info.name, estimate),
        laid=_laid(info.name, estimate),
    )


def _meaning(info: MetricInfo, value: float | None, within: str) -> str:
    if value is None:
        return "Nothing to measure it on"
    if not within:
        return "Its interval is not known"
    low, _, high = within.partition(" to ")
    template = _MEANINGS.get(info.name, "Between {span}")
    if low == high:
        return template.format(span=low).replace("Between", "About").replace("between", "about")
    return template.format(span=f"{low} and {high}")


def _words_for(info: MetricInfo) -> Callable[[float | None], str]:
    """How a figure's numbers are written."""
    if info.link == "logit" and info.name != "direction_coherence":
        return percent
    return _whole if info.unit == "um" or info.unit.startswith("/") else number


def _whole(value: float | None) -> str:
    """Whole from 10 on: no single picture tells a tenth of a hair per cm2, or of a um, from the next."""
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return f"{value:.0f}" if abs(value) >= 9.5 else f"{value:.2g}"


def _span(low: float | None, high: float | None, words: Callable[[float | None], str]) -> str:
    """Both ends of an interval; empty when one of them is not known."""
    ends = words(low), words(high)
    return "" if NOT_KNOWN in ends else f"{ends[0]} to {ends[1]}"


def _site(estimate: Result, words: Callable[[float | None], str]) -> str:
    around = _span(estimate["site_low"], estimate["site_high"], words)
    return f"Another spot nearby could show {around}" if around else ""


def _rests_on(info: MetricInfo, estimate: Result, metrics: Result) -> str:
    if info.name in _THIN_BESIDE and metrics.get(_THIN_BESIDE[info.name][0]) is not None:
        terminal, vellus = (metrics[name]["value"] for name in _THIN_BESIDE[info.name])
        if terminal is not None and vellus is not None:
            return f"{_whole(terminal)} terminal and {_whole(vellus)} vellus hairs per cm²"
    what = "unit" if info.group == "Follicular units" else "hair"
    return f"From {estimate['n']} {what}{'' if estimate['n'] == 1 else 's'}"


def _top(name: str, estimate: Result) -> float | None:
    """Where the drawn scale of a figure ends; None for one that is not drawn."""
    if name not in _SCALE_TOP or estimate["value"] is None:
        return None
    return float(max(_SCALE_TOP[name], 1.1 * (estimate["high"] or estimate["value"])))


def _bar(name: str, estimate: Result) -> tuple[float, float, float] | None:
    top = _top(name, estimate)
    if top is None or estimate["low"] is None or estimate["high"] is None:
        return None
    low, value, high = (round(100 * estimate[part] / top, 2) for part in ("low", "value", "high"))
    return low, value, high


def _laid(name: str, estimate: Result) -> list[Laid]:
    top = _top(name, estimate)
    if top is None:
        return []
    return [
        Laid(
            reference,
            round(100 * reference.low / top, 2),
            round(100 * min(reference.high, top) / top, 2),
            _where(estimate, reference),
        )
        for reference in REFERENCES
        if reference.figure == name
    ]


def _where(estimate: Result, reference: Reference) -> str:
    """Where an interval lies to a range, in words that judge nothing."""
    low, high = (estimate[end] if estimate[end] is not None else estimate["value"] for end in ("low", "high"))
    if high < reference.low:
        return "this picture's interval lies below it"
    if low > reference.high:
        return "this picture's interval lies above it"
    if low >= reference.low and high <= reference.high:
        return "this picture's interval lies within it"
    return "this picture's interval overlaps it"
