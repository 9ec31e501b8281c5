"""What was found about agreement, in words and numbers for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hairdensity.metrics.figures import info_of
from hairdensity.report.wording import spoken_unit
from hairdensity.study.agreement.comparisons import is_of_algorithm

__all__ = [
    "NOT_KNOWN",
    "agreement_lines",
    "bounded_words",
    "decimals_of",
    "difference_words",
    "figure_title",
    "interval_words",
    "is_algorithm_alone",
    "number_words",
    "raters_words",
    "shown_icc",
]

NOT_KNOWN: Final = "-"

_NAME_WIDTH: Final = 37

_ICC_WORDS: Final = {
    "ICC(1,1)": "one reading",
    "ICC(2,1)": "agreement",
    "ICC(3,1)": "consistency",
}


def agreement_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The document as lines of text; notes that several analyses share stand once, at the end.

    Parameters
    ----------
    document : mapping
        From `hairdensity.study.agreement.document.agreement_document`.
    """
    notes: dict[str, int] = {}
    for analysis in document["analyses"]:
        yield f"{figure_title(analysis)}: {raters_words(analysis)}"
        yield f"  {_counts(analysis)}"
        for name, value in _rows(analysis):
            yield f"  {name:<{_NAME_WIDTH}}{value}"
        yield from (f"  {sentence}" for sentence in _sentences(analysis))
        if analysis["notes"]:
            numbers = [notes.setdefault(note, len(notes) + 1) for note in analysis["notes"]]
            yield f"  notes: {', '.join(str(number) for number in numbers)}"
        yield ""
    yield from (f"note {number}: {note}" for note, number in notes.items())
    yield from (f"refused: {refusal['what']}: {refusal['reason']}" for refusal in document["refused"])


def figure_title(analysis: Mapping[str, Any]) -> str:
    """The figure as people call it, with its unit."""
    try:
        title = info_of(analysis["figure"]).title
    except KeyError:
        title = str(analysis["figure"])
    return f"{title}, {spoken_unit(analysis['unit'])}" if analysis["unit"] else title


def raters_words(analysis: Mapping[str, Any]) -> str:
    """Who is compared."""
    raters = analysis["raters"]
    if analysis["kind"] == "repeats":
        if is_algorithm_alone(analysis):
            return "repeats by the algorithm, on several pictures of one site and day"
        return f"repeats by {raters[0].rsplit(', ', 1)[0]}"
    return f"{', '.join(raters[:-1])} and {raters[-1]}"


def bounded_words(bounded: Mapping[str, Any] | None, decimals: int) -> str:
    """A figure with its interval."""
    if bounded is None or bounded["value"] is None:
        return NOT_KNOWN
    ends = interval_words(bounded["low"], bounded["high"], decimals)
    return f"{number_words(bounded['value'], decimals)} ({ends or 'no interval'})"


def interval_words(low: float | None, high: float | None, decimals: int) -> str:
    """Both ends; empty when one of them is not known."""
    return "" if low is None or high is None else f"{number_words(low, decimals)} to {number_words(high, decimals)}"


def number_words(value: float, decimals: int) -> str:
    """A number with fixed decimals, without a sign in front of a zero."""
    words = f"{value:.{decimals}f}"
    return words.removeprefix("-") if float(words) == 0.0 else words


def _counts(analysis: Mapping[str, Any]) -> str:
    subjects = "sites at a visit" if is_algorithm_alone(analysis) else "pictures"
    return (
        f"{analysis['n_subjects']} {subjects} of {analysis['n_patients']} patients, {analysis['n_readings']} readings; "
        "in brackets 95 % intervals"
    )


def decimals_of(analysis: Mapping[str, Any]) -> int:
    """Digits behind the point that show two digits of the standard error of measurement."""
    repeatability = analysis["repeatability"]
    sem = repeatability["sem"]["value"] if repeatability else None
    return max(0, 1 - math.floor(math.log10(sem))) if sem else 1


def _rows(analysis: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    decimals = decimals_of(analysis)
    if analysis["bland_altman"]:
        yield from _limits(analysis["bland_altman"], difference_words(analysis), decimals)
    for icc in analysis["icc"]:
        if icc["type"] in shown_icc(analysis):
            yield f"{icc['type']}, {_ICC_WORDS[icc['type']]}", bounded_words(icc, 2)
    if analysis["concordance"]:
        yield "Lin's concordance", bounded_words(analysis["concordance"], 2)
    if analysis["repeatability"]:
        yield from _repeatability(analysis["repeatability"], decimals)
    if analysis["kappa"]:
        for kappa in analysis["kappa"]["kappas"]:
            weights = "unweighted" if kappa["weights"] == "none" else f"{kappa['weights']} weights"
            yield f"kappa, {weights}", bounded_words(kappa, 2)


def shown_icc(analysis: Mapping[str, Any]) -> tuple[str, ...]:
    """The coefficients of single readings that people are shown, the first before the others."""
    return ("ICC(1,1)",) if analysis["kind"] == "repeats" else ("ICC(2,1)", "ICC(3,1)")


def difference_words(analysis: Mapping[str, Any]) -> str:
    """Which difference the Bland-Altman analysis is of."""
    if analysis["kind"] == "repeats":
        return "first - second"
    return str(analysis["bland_altman"]["difference"])


def _limits(limits: Mapping[str, Any], difference: str, decimals: int) -> Iterator[tuple[str, str]]:
    yield f"bias ({difference})", bounded_words(limits["bias"], decimals)
    yield "lower limit of agreement", bounded_words(limits["lower"], decimals)
    yield "upper limit of agreement", bounded_words(limits["upper"], decimals)
    if limits["use"] == "ratio":
        for name in ("bias", "lower", "upper"):
            what = "ratio" if name == "bias" else f"{name} limit of the ratio"
            yield what, bounded_words(limits["ratio"][name], 2)


def _repeatability(repeatability: Mapping[str, Any], decimals: int) -> Iterator[tuple[str, str]]:
    yield "standard error of measurement", bounded_words(repeatability["sem"], decimals)
    yield "minimal detectable change", bounded_words(repeatability["mdc"], decimals)
    if repeatability["type"] == "between raters":
        yield "  with the raters' bias: error", bounded_words(repeatability["sem_agreement"], decimals)
        yield "  with the raters' bias: change", bounded_words(repeatability["mdc_agreement"], decimals)
    variation = {name: value and 100 * value for name, value in repeatability["cv"].items()}
    yield "coefficient of variation, %", bounded_words(variation, 1)


def _sentences(analysis: Mapping[str, Any]) -> Iterator[str]:
    """What the minimal detectable change means."""
    repeatability = analysis["repeatability"]
    if not repeatability or repeatability["mdc"]["value"] is None:
        return
    change = _change_words(analysis, "mdc")
    if repeatability["type"] == "within rater":
        what = "pictures of one site on one day" if is_algorithm_alone(analysis) else "readings of one picture"
        yield (
            f"Two {what} differ by less than {change} in 95 of 100 cases without any change: a smaller change of one "
            "patient cannot be told from noise."
        )
        return
    yield (
        f"Where one of them reads both visits, a change of one patient below {change} cannot be told from noise (a "
        "guide: repeats of that one rater measure it); where each reads one visit, a change below "
        f"{_change_words(analysis, 'mdc_agreement')}."
    )


def _change_words(analysis: Mapping[str, Any], name: str) -> str:
    repeatability, limits = analysis["repeatability"], analysis["bland_altman"]
    change = f"{repeatability[name]['value']:.{decimals_of(analysis)}f} {spoken_unit(analysis['unit'])}".rstrip()
    factor = repeatability["mdc_factor"]["value"]
    if name == "mdc" and limits and limits["use"] == "ratio" and factor is not None:
        return f"{change} (a factor of {factor:.2f})"
    return change


def is_algorithm_alone(analysis: Mapping[str, Any]) -> bool:
    """Whether the program is compared with itself, on several pictures of a site."""
    return is_of_algorithm(analysis["kind"], analysis["raters"])
