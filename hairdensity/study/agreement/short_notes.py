"""What the short table of agreement means, in a few sentences: each reason once, whatever it holds for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hairdensity.study.agreement.analysis import FEW
from hairdensity.study.agreement.wording import (
    decimals_of,
    figure_title,
    interval_words,
    is_algorithm_alone,
    number_words,
    raters_words,
)

__all__ = ["ENOUGH", "short_notes"]

Analysis = Mapping[str, Any]

ENOUGH: Final = 3
"""Subjects from which limits and detectable changes have an interval."""
_MOST_NAMED: Final = 4


def short_notes(analyses: Sequence[Analysis], refused: Sequence[Mapping[str, str]], *, n_few: int = 0) -> Iterator[str]:
    """Yield what the detectable change means, on what the intervals rest, what was left out, and what was refused.

    Parameters
    ----------
    analyses, refused : sequence of mapping
        ``analyses`` of the document that are shown, the primary figure's first, and its ``refused``.
    n_few : int, optional
        Comparisons that are not shown, of fewer than `ENOUGH` subjects.
    """
    yield from _change(analyses)
    yield from _patients(analyses)
    yield from _left_out(analyses, n_few)
    yield from _marks(analyses)
    whats: dict[str, list[str]] = {}
    for refusal in refused:
        whats.setdefault(refusal["reason"], []).append(refusal["what"])
    yield from (f"Refused: {_listed(found)}: {reason}" for reason, found in whats.items())


def _listed(whats: Sequence[str]) -> str:
    n_more = len(whats) - _MOST_NAMED
    return ", ".join(whats[:_MOST_NAMED]) + (f" and {n_more} more" if n_more > 0 else "")


def _change(analyses: Sequence[Analysis]) -> Iterator[str]:
    """What the minimal detectable change is, by the best measurement of the first figure that has one."""
    measured = [analysis for analysis in analyses if _mdc(analysis) is not None]
    if not measured:
        return
    own = [analysis for analysis in measured if analysis["figure"] == measured[0]["figure"]]
    best = max(own, key=_directness)
    mdc, decimals = best["repeatability"]["mdc"], decimals_of(best)
    value = number_words(mdc["value"], decimals)
    ends = interval_words(mdc["low"], mdc["high"], decimals)
    yield (
        "MDC, minimal detectable change: a smaller change of one patient cannot be told from noise (95 of 100 cases). "
        f"{figure_title(best)}: {value} ({f'95 % CI {ends}' if ends else 'no interval'}), from "
        f"{raters_words(best)} (n {best['n_subjects']})."
    )
    if any(analysis["kind"] != "repeats" for analysis in measured):
        yield (
            "Between two raters SEM and MDC hold where one of them reads both visits, and leave out their bias; "
            "repeats measure it directly. --full and agreement.json state both, and all intervals."
        )


def _mdc(analysis: Analysis) -> float | None:
    value: float | None = (analysis["repeatability"] or {"mdc": {"value": None}})["mdc"]["value"]
    return value


def _directness(analysis: Analysis) -> int:
    """Repeats measure a change's noise; those of pictures have the placing of the camera in it."""
    return 0 if analysis["kind"] != "repeats" else 1 + is_algorithm_alone(analysis)


def _patients(analyses: Sequence[Analysis]) -> Iterator[str]:
    """On what the intervals rest."""
    clustered = [analysis for analysis in analyses if analysis["clustered"]]
    counts = sorted({analysis["n_patients"] for analysis in clustered})
    if clustered:
        some = "" if len(clustered) == len(analyses) else f" in {len(clustered)} of {len(analyses)} rows"
        patients = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        rough = f"; below {FEW} patients they are rough" if counts[0] < FEW else ""
        yield f"Clustered{some}: patients have several pictures, so intervals rest on {patients} patients{rough}."
    else:
        yield "Not clustered: each picture is of another patient, or names none, and is taken as independent."


def _left_out(analyses: Sequence[Analysis], n_few: int) -> Iterator[str]:
    parts = []
    most = max((analysis["n_incomplete"] for analysis in analyses), default=0)
    if most:
        n_rows = sum(analysis["n_incomplete"] > 0 for analysis in analyses)
        parts.append(f"in {n_rows} of {len(analyses)} rows up to {most} pictures that lack a reading (complete cases)")
    if n_few:
        parts.append(f"comparisons of fewer than {ENOUGH} that were read twice: {n_few} (in --full)")
    if parts:
        yield f"Left out: {'; '.join(parts)}."


def _marks(analyses: Sequence[Analysis]) -> Iterator[str]:
    """What single rows must be read with."""
    parts = []
    if any((analysis["bland_altman"] or {}).get("use") == "ratio" for analysis in analyses):
        parts.append(
            "* Differences scatter more where the figure is large: read the limits of the ratio, which --full states"
        )
    if any(analysis["figure"].startswith("n_") for analysis in analyses):
        parts.append("Plain numbers compare only where all counted on the same area")
    if parts:
        yield f"{'. '.join(parts)}."
