"""A change in words: the same headline and the same rounding on the terminal, the picture and the page.

Everything here reads the document of `hairdensity.report.change_document`, so that no face can state other numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hairdensity.flags import CHANGE_FLAGS, IMAGE_FLAGS, ChangeFlag, FlagInfo, Verdict, flag_names
from hairdensity.metrics import MetricInfo
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_fates import FATES_SENTENCE
from hairdensity.report.growth_wording import growth_rows, growth_words, in_brackets
from hairdensity.report.wording import NOT_KNOWN, flag_sentence, spoken_unit

__all__ = [
    "FIRST",
    "NO_VERDICT",
    "Note",
    "Row",
    "change_notes",
    "change_span",
    "control_in_words",
    "correction_notes",
    "counts_in_words",
    "expected_sentence",
    "first_known",
    "headline",
    "headline_parts",
    "main_names",
    "main_rows",
    "main_sentences",
    "names_in_words",
    "picture_notes",
    "signed",
    "site_sentence",
    "title_of",
    "value_of",
    "verdict_word",
]

Document = dict[str, Any]

NO_VERDICT = "not known"
_OF_OTHER_SKIN = "no verdict"
"""Where the registration was refused; headline and notes say why."""

FIRST = (
    "density_per_cm2",
    "median_diameter_um",
    "median_diameter_px",
    "mean_diameter_um",
    "cumulative_diameter_mm_per_cm2",
    "terminal_density_per_cm2_40um",
    "vellus_fraction_30um",
    "vellus_fraction_40um",
    "unit_density_per_cm2",
    "hairs_per_unit",
    "single_hair_unit_fraction",
    "empty_ostia_per_cm2",
)
"""Figures of a person's table, the most important first; all others stand in the document and in changes.csv."""

N_SENTENCES = 3
"""Figures beside the density: thickness and hair mass say what a patient asks for."""

_REPLACED = {"median_diameter_px": "median_diameter_um"}
"""Shown only when the other one is not known."""


class Row(NamedTuple):
    """A figure at both visits, in words; the unit stands with the title, that of a share's change with the change."""

    title: str
    baseline: str
    follow_up: str
    change: str
    interval: str
    relative: str
    verdict: str
    detectable: str
    unmatched: str

    @property
    def change_in_words(self) -> str:
        """With what it is of the baseline, e.g. ``"+13 (+9 %)"``."""
        return self.change if self.relative == NOT_KNOWN else f"{self.change} ({self.relative})"

    @property
    def interval_in_column(self) -> str:
        """Where the column says that it is one."""
        return self.interval.removeprefix("interval ")


class Note(NamedTuple):
    """Something to know: about the comparison, or about one picture."""

    about: str
    sentence: str
    is_serious: bool


def headline(document: Document) -> str:
    """The result in one sentence."""
    return "; ".join(part for part in headline_parts(document) if part)


def headline_parts(document: Document) -> tuple[str, str]:
    """What changed, and on what basis; of a phototrichogram, how fast hairs grow."""
    if "growth" in document:
        return growth_words(document), _basis(document)
    return _main_change(document), _basis(document)


def _main_change(document: Document) -> str:
    difference = document["change"].get("density_per_cm2")
    if difference is None or difference["value"] is None:
        before, after = document["baseline"]["n_hairs"], document["follow_up"]["n_hairs"]
        return f"Hairs: {before} at baseline, {after} at follow-up; no change per cm² can be stated"
    info = info_of("density_per_cm2")
    span = f"{signed(info, difference['value'])} /cm² ({change_span(info, difference)})"
    if not document["registration"]["accepted"]:
        # No verdict in the first line: of other skin, or of another patient, it would say nothing.
        return f"Not shown to be the same skin; as two unmatched samples hair density differs by {span}"
    verdict = "" if difference["verdict"] is None else str(difference["verdict"])
    words = [verdict, span, _relative(difference["relative"])]
    return f"Hair density: {', '.join(word for word in words if word not in ('', NOT_KNOWN))}"


def _basis(document: Document) -> str:
    if "same_picture" in document["flags"]:
        return "both visits are the same file, so there is nothing to compare"
    if not document["registration"]["accepted"]:
        return "not registered"
    area = document["common_area"]
    extent = "" if area is None or area["area_cm2"] is None else f" on {_extent(area['area_cm2'])} cm²"
    return f"registered{extent}, {counts_in_words(document['summary'])}"


def _extent(area_cm2: float) -> str:
    """An area with two digits, e.g. ``"0.30"``."""
    return f"{area_cm2:.2f}" if area_cm2 >= 0.1 else f"{area_cm2:.2g}"


def names_in_words(document: Document) -> str:
    """Which picture is which: whoever mixed them up can see it."""
    names = (document["images"][visit]["image"]["path"] for visit in ("baseline", "follow_up"))
    return "Baseline {}, follow-up {}.".format(*names)


def counts_in_words(summary: dict[str, Any]) -> str:
    """The fates, e.g. ``"52 hairs kept, 3 lost, 8 new, 2 unsure"``."""
    hairs = "hair" if summary["n_kept"] == 1 else "hairs"
    unsure = f", {summary['n_unsure']} unsure" if summary["n_unsure"] else ""
    return f"{summary['n_kept']} {hairs} kept, {summary['n_lost']} lost, {summary['n_new']} new{unsure}"


def expected_sentence(document: Document) -> str:
    """Why the change is not that of the counts; empty when no hair was followed."""
    if not document["registration"]["accepted"]:
        return ""
    before, after = (document["summary"][f"expected_n_{visit}"] for visit in ("baseline", "follow_up"))
    return f"{FATES_SENTENCE} Expected: {before:.1f} hairs at baseline, {after:.1f} at follow-up."


def control_in_words(document: Document, name: str) -> str:
    """How the untreated site changed in one figure, e.g. ``"-2 (-9 to +5), within noise"``; empty without one."""
    control = document["control"]
    if control is None:
        return ""
    if not control["registration"]["accepted"]:
        return "not shown to be the same skin, so it says nothing"
    difference, info = control["change"].get(name), info_of(name)
    if difference is None or difference["value"] is None:
        return NOT_KNOWN
    return f"{signed(info, difference['value'])} ({change_span(info, difference)}), {verdict_word(difference)}"


def verdict_word(difference: dict[str, Any] | None) -> str:
    """The verdict, or that there is none."""
    return NO_VERDICT if difference is None or difference["verdict"] is None else str(difference["verdict"])


def signed(info: MetricInfo, value: float | None, *, more: int = 0) -> str:
    """A difference with its sign and the digits its figure can bear, or some more; that of a share in points."""
    if value is None:
        return NOT_KNOWN
    is_share = info.link == "logit"
    decimals = (max(info.decimals, 1) if is_share else info.decimals) + more
    text = f"{value * (100.0 if is_share else 1.0):+.{decimals}f}"
    # What rounds to zero has no direction.
    return text[1:] if float(text) == 0.0 else text


def value_of(info: MetricInfo, figure: dict[str, Any] | None) -> str:
    """A figure of one visit with the digits that it can bear."""
    value = None if figure is None else figure["value"]
    if value is None:
        return NOT_KNOWN
    return f"{value:.{info.decimals}%}" if info.link == "logit" else f"{value:.{info.decimals}f}"


def change_span(info: MetricInfo, difference: dict[str, Any]) -> str:
    """The interval of a difference, e.g. ``"+4 to +24"``."""
    low, high = signed(info, difference["low"]), signed(info, difference["high"])
    return "interval not known" if NOT_KNOWN in (low, high) else f"{low} to {high}"


def title_of(info: MetricInfo) -> str:
    """What a figure is and its unit, e.g. ``"Hair density, per cm²"``."""
    title = info.title.replace(" um", " µm")
    return f"{title}, {spoken_unit(info.unit)}" if info.unit else title


def main_rows(document: Document) -> list[Row]:
    """The main figures that are known, the most important first."""
    return [_row(document, name) for name in main_names(document)]


def main_names(document: Document) -> list[str]:
    """Names of the main figures that are known, in the order of `main_rows`."""
    changes = document["change"]
    return first_known(lambda name: name in changes and changes[name]["value"] is not None)


def first_known(is_known: Callable[[str], bool]) -> list[str]:
    """The main figures that are known, without what only stands in for another one."""
    return [name for name in FIRST if is_known(name) and not is_known(_REPLACED.get(name, ""))]


def site_sentence(document: Document) -> str:
    """The density's interval for the site around; empty where it is not known."""
    difference = document["change"].get("density_per_cm2")
    if difference is None or None in (difference["site_low"], difference["site_high"]):
        return ""
    low, high = (signed(info_of("density_per_cm2"), difference[end]) for end in ("site_low", "site_high"))
    return f"For the site around, of which this skin is a sample: hair density {low} to {high} /cm² (95 %)"


def main_sentences(document: Document) -> list[str]:
    """The figures beside the headline, the most important three."""
    if "growth" in document:
        return [
            f"{title}: {value}{in_brackets(interval)}"
            for title, value, interval, _ in growth_rows(document)[1:]
            if value != NOT_KNOWN
        ]
    rows = [row for row in main_rows(document) if not row.title.startswith("Hair density")]
    return [
        f"{row.title}: {row.verdict}, {row.change} ({row.interval}); {row.baseline} -> {row.follow_up}"
        for row in rows[:N_SENTENCES]
    ]


def _row(document: Document, name: str) -> Row:
    info, difference = info_of(name), document["change"][name]
    # Of other skin a verdict would say nothing, whatever the numbers are.
    verdict = verdict_word(difference) if document["registration"]["accepted"] else _OF_OTHER_SKIN
    unmatched = document["unmatched"].get(name)
    plain_unmatched = NOT_KNOWN
    if unmatched is not None and unmatched["value"] is not None:
        known = "" if unmatched["low"] is None else f" ({change_span(info, unmatched)})"
        plain_unmatched = f"{signed(info, unmatched['value'])}{known}"
    smallest = signed(info, difference["detectable"])
    return Row(
        title=title_of(info),
        baseline=value_of(info, document["baseline"][name]),
        follow_up=value_of(info, document["follow_up"][name]),
        change=signed(info, difference["value"]) + (" points" if info.link == "logit" else ""),
        interval=change_span(info, difference),
        relative=NOT_KNOWN if info.link == "logit" else _relative(difference["relative"]),
        verdict=verdict,
        detectable=smallest if smallest == NOT_KNOWN else f"± {smallest.lstrip('+')}",
        unmatched=plain_unmatched,
    )


def _relative(value: float | None) -> str:
    if value is None:
        return NOT_KNOWN
    text = f"{100.0 * value:+.0f}"
    return f"{text[1:] if float(text) == 0.0 else text} %"


_CHANGE_INFO = {flag_names(flag)[0]: info for flag, info in CHANGE_FLAGS.items()}
_IMAGE_INFO = {flag_names(flag)[0]: info for flag, info in IMAGE_FLAGS.items()}


def change_notes(document: Document) -> Iterator[Note]:
    """Yield what differs between the visits, and why they were not registered."""
    registration, flags = document["registration"], document["flags"]
    if not registration["accepted"] and registration["reason"]:
        yield Note("Registration", f"{registration['reason']}", True)
        # The reason says what the flag says, and why.
        flags = [name for name in flags if name != _NOT_REGISTERED]
    yield from (_note("Comparison", _CHANGE_INFO[name]) for name in flags)
    if registration["accepted"] and _has_no_errors(document):
        yield Note("Comparison", _NO_ERRORS, True)


(_NOT_REGISTERED,) = flag_names(ChangeFlag.NOT_REGISTERED)
_NO_ERRORS = (
    "no interval and no verdict: how exact a comparison is was measured for the network's hairs alone. Remedy: leave "
    "out --method ridges"
)


def _has_no_errors(document: Document) -> bool:
    """Hairs found without a network, in a comparison that would else have a verdict."""
    density = document["change"].get("density_per_cm2")
    is_known = density is not None and density["value"] is not None and density["low"] is None
    return is_known and any(visit["model"] is None for visit in document["images"].values())


def picture_notes(document: Document) -> Iterator[Note]:
    """Yield who has changed what was found on the pictures, and what is noteworthy; once where both have it."""
    yield from correction_notes(document)
    flags = {visit: document["images"][visit]["flags"] for visit in ("baseline", "follow_up")}
    for name, info in _IMAGE_INFO.items():
        having = [visit.replace("_", "-") for visit, names in flags.items() if name in names]
        if having:
            yield _note("Both pictures" if len(having) == 2 else having[0].capitalize(), info)


def correction_notes(document: Document) -> Iterator[Note]:
    """Yield which visits' hairs a person has corrected."""
    for visit, name in (("baseline", "Baseline"), ("follow_up", "Follow-up")):
        n_edits = len(document["images"][visit].get("edits", ()))
        if n_edits:
            changes = f"{n_edits} {'change' if n_edits == 1 else 'changes'}"
            yield Note(name, f"corrected by a person, {changes} to what the program found", False)


def _note(about: str, info: FlagInfo) -> Note:
    return Note(about, flag_sentence(info), info.verdict is not Verdict.GOOD)
