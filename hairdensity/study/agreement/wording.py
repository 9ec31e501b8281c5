"""What was found about agreement, in words and numbers for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hairdensity.metrics.figures import info_of

__all__ = ["agreement_lines", "bounded_words", "figure_title", "raters_words"]

NOT_KNOWN: Final = "-"

_ICC_WORDS: Final = {
    "ICC(1,1)": "one reading, raters interchangeable",
    "ICC(2,1)": "agreement",
    "ICC(3,1)": "consistency",
}


def agreement_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The document as lines of text.

    Parameters
    ----------
    document : mapping
        From `hairdensity.study.agreement.document.agreement_document`.
    """
    for analysis in document["analyses"]:
        yield f"{figure_title(analysis)}: {raters_words(analysis)}"
        yield f"  {_counts(analysis)}"
        for name, value in _rows(analysis):
            yield f"  {name:<34}{value}"
        yield from (f"  {sentence}" for sentence in _sentences(analysis))
        yield from (f"  note: {note}" for note in analysis["notes"])
        yield ""
    for refusal in document["refused"]:
        yield f"refused: {refusal['what']}: {refusal['reason']}"


def figure_title(analysis: Mapping[str, Any]) -> str:
    """The figure as people call it, with its unit."""
    try:
        title = info_of(analysis["figure"]).title
    except KeyError:
        title = str(analysis["figure"])
    return f"{title}, {analysis['unit']}" if analysis["unit"] else title


def raters_words(analysis: Mapping[str, Any]) -> str:
    """Who is compared."""
    raters = analysis["raters"]
    if analysis["kind"] == "repeats":
        who, what = raters[0].rsplit(", ", 1)
        return f"repeats by {who}" if not what.startswith("picture") else "repeats by the algorithm, one picture each"
    return f"{', '.join(raters[:-1])} and {raters[-1]}"


def bounded_words(bounded: Mapping[str, Any] | None, decimals: int) -> str:
    """A figure with its interval."""
    if bounded is None or bounded["value"] is None:
        return NOT_KNOWN
    value = f"{bounded['value']:.{decimals}f}"
    if bounded["low"] is None or bounded["high"] is None:
        return f"{value} (no interval)"
    return f"{value} ({bounded['low']:.{decimals}f} to {bounded['high']:.{decimals}f})"


def _counts(analysis: Mapping[str, Any]) -> str:
    of_algorithm = analysis["kind"] == "repeats" and analysis["raters"][0].startswith("algorithm,")
    subjects = "sites at a visit" if of_algorithm else "pictures"
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
        yield from _limits(analysis["bland_altman"], decimals)
    for icc in analysis["icc"]:
        if icc["type"] in _shown_icc(analysis):
            yield f"{icc['type']}, {_ICC_WORDS[icc['type']]}", bounded_words(icc, 2)
    if analysis["concordance"]:
        yield "Lin's concordance", bounded_words(analysis["concordance"], 2)
    if analysis["repeatability"]:
        yield from _repeatability(analysis["repeatability"], decimals)
    if analysis["kappa"]:
        for kappa in analysis["kappa"]["kappas"]:
            weights = "unweighted" if kappa["weights"] == "none" else f"{kappa['weights']} weights"
            yield f"kappa, {weights}", bounded_words(kappa, 2)


def _shown_icc(analysis: Mapping[str, Any]) -> tuple[str, ...]:
    return ("ICC(1,1)",) if analysis["kind"] == "repeats" else ("ICC(2,1)", "ICC(3,1)")


def _limits(limits: Mapping[str, Any], decimals: int) -> Iterator[tuple[str, str]]:
    yield f"bias ({limits['difference']})", bounded_words(limits["bias"], decimals)
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
    repeatability = analysis["repeatability"]
    if not repeatability or repeatability["mdc"]["value"] is None:
        return
    decimals, unit = decimals_of(analysis), analysis["unit"]
    mdc = f"{repeatability['mdc']['value']:.{decimals}f} {unit}".rstrip()
    if repeatability["type"] == "within rater":
        yield (
            f"Without any change, two such readings differ by less than {mdc} in 95 of 100 cases: a smaller change of "
            "one patient cannot be told from noise."
        )
        return
    apart = f"{repeatability['mdc_agreement']['value']:.{decimals}f} {unit}".rstrip()
    yield (
        f"When one of these raters reads both visits, a change below {mdc} cannot be told from noise (an upper guide: "
        f"only repeats of the one rater measure it); when they read one visit each, a change below {apart}."
    )
