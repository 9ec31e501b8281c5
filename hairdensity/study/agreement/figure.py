"""The Bland-Altman figure: differences over means, with bias, limits and their intervals."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hairdensity.errors import InputError
from hairdensity.extras import require
from hairdensity.files import write_whole
from hairdensity.report.wording import spoken_unit
from hairdensity.study.agreement.wording import decimals_of, difference_words, figure_title, number_words, raters_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["bland_altman_figure", "write_figures"]

_MINUS: Final = "\N{MINUS SIGN}"
_SIZE_INCH = (7.0, 4.4)
_DPI = 150
_NO_PAIRS: Final[dict[str, Any]] = {"points": {"first": []}}
_POINT, _BIAS, _LIMIT, _ZERO = "#1f4e79", "#222222", "#b3401f", "#bbbbbb"


def bland_altman_figure(analysis: Mapping[str, Any]) -> Figure:
    """Draw one analysis of `hairdensity/agreement-1`.

    Where the scatter grows with the size of the figure, ratios are drawn on a logarithmic axis.

    Parameters
    ----------
    analysis : mapping
        One of the document's ``analyses``, of two raters or repeats.

    Raises
    ------
    InputError
        If the analysis has no differences.
    MissingDependencyError
        If matplotlib is not installed.
    """
    limits = analysis["bland_altman"]
    if not limits or not limits["points"]["first"]:
        raise InputError(f"{analysis['figure']}: there are no pairs of readings to draw; state two raters or repeats")
    require("matplotlib", doing="a figure")
    from matplotlib.figure import Figure  # noqa: PLC0415 -- an optional library
    from matplotlib.ticker import MaxNLocator, NullLocator  # noqa: PLC0415

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    axes = figure.subplots()
    by_ratio = limits["use"] == "ratio"
    first, second = np.array(limits["points"]["first"]), np.array(limits["points"]["second"])
    axes.scatter(
        (first + second) / 2, first / second if by_ratio else first - second, s=22, color=_POINT, alpha=0.65, lw=0
    )
    _draw_lines(axes, limits["ratio"] if by_ratio else limits, decimals=2 if by_ratio else decimals_of(analysis))
    if by_ratio:
        axes.set_yscale("log")
        # Powers of ten, the usual ticks of such an axis, lie far apart from each other here.
        axes.yaxis.set_major_locator(MaxNLocator(nbins=7))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter("{x:.2f}")
    axes.axhline(1.0 if by_ratio else 0.0, color=_ZERO, linewidth=0.8, zorder=0)
    first_name, second_name = difference_words(analysis).split(" - ", 1)
    pair = f"{first_name} {'/' if by_ratio else _MINUS} {second_name}"
    axes.set_xlabel(f"Mean of the two readings: {figure_title(analysis)} (shaded: 95 % intervals)")
    unit = spoken_unit(analysis["unit"])
    axes.set_ylabel(pair if by_ratio or not unit else f"{pair}, {unit}")
    counts = f"{analysis['n_subjects']} pairs, {analysis['n_patients']} patients"
    axes.set_title(f"{figure_title(analysis)}: {raters_words(analysis)}\n{counts}", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def write_figures(document: Mapping[str, Any], folder: Path) -> int:
    """Write one PNG for each analysis of pairs; say how many.

    Parameters
    ----------
    document : mapping
        `hairdensity/agreement-1`.
    folder : Path
        Must be there.

    Raises
    ------
    StorageError
        If a file cannot be written.
    MissingDependencyError
        If matplotlib is not installed.
    """
    drawn = [
        analysis for analysis in document["analyses"] if (analysis["bland_altman"] or _NO_PAIRS)["points"]["first"]
    ]
    for number, analysis in enumerate(drawn, start=1):
        picture = io.BytesIO()
        # No version and no date: the same bytes for the same numbers.
        bland_altman_figure(analysis).savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
        write_whole(folder / f"bland_altman_{number:02d}_{analysis['figure']}.png", picture.getvalue())
    return len(drawn)


def _draw_lines(axes: Axes, limits: Mapping[str, Any], *, decimals: int) -> None:
    for name, label, color, style in (
        ("upper", "upper limit", _LIMIT, "--"),
        ("bias", "bias", _BIAS, "-"),
        ("lower", "lower limit", _LIMIT, "--"),
    ):
        line = limits[name]
        if line["value"] is None:
            continue
        axes.axhline(line["value"], color=color, linestyle=style, linewidth=1.2)
        if line["low"] is not None and line["high"] is not None:
            axes.axhspan(line["low"], line["high"], color=color, alpha=0.10, linewidth=0)
        axes.annotate(
            f"{label}\n{number_words(line['value'], decimals).replace('-', _MINUS)}",
            (1.0, line["value"]),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=color,
            fontsize=9,
        )
