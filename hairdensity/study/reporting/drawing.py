"""The look of a report's figures, and a drawing as SVG and PNG: the same bytes for the same input."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from hairdensity.extras import require
from hairdensity.study.reporting.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "INK",
    "PALE",
    "RULE",
    "ArmLook",
    "arm_looks",
    "calm",
    "drawing",
    "empty_figure",
    "panel_grid",
    "panel_title",
    "picture_of",
    "undrawable",
]

_FAMILY = "DejaVu Sans"
_FOR_OTHER_LETTERS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans",
)

INK, PALE, RULE = "#1b2430", "#4a5666", "#c9d0d9"
# Each at least 4.5 : 1 on white, apart from each other in the common color vision deficiencies too, and never the only
# sign: line, marker and hatch differ as well.
_COLORS = ("#0b5c8c", "#b4480a", "#4b6b1a", "#7a3e8e", "#7a5c00", "#44505e")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
_HATCHES = ("", "////", "....", "xxxx", "----", "++++")
_TITLE_LETTERS = 96
_MOST_IN_A_ROW = 3
_PNG_DPI = 200
_SVG_PX_PER_INCH = 96


class ArmLook(NamedTuple):
    """How an arm is drawn wherever it is drawn."""

    color: str
    marker: str
    line: Any
    hatch: str


def arm_looks(arms: Sequence[str]) -> dict[str, ArmLook]:
    """A look for each arm, in their order; beyond six arms looks come again."""
    return {
        arm: ArmLook(
            _COLORS[i % len(_COLORS)], _MARKERS[i % len(_MARKERS)], _LINES[i % len(_LINES)], _HATCHES[i % len(_HATCHES)]
        )
        for i, arm in enumerate(arms)
    }


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib as a report draws: no window, one font, no dates, no random names.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    require("matplotlib", doing="a figure")
    import matplotlib as mpl  # noqa: PLC0415

    style: Any = {
        "font.family": _families(),
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.edgecolor": PALE,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.7,
        "text.color": INK,
        "xtick.color": PALE,
        "ytick.color": PALE,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.parse_math": False,
        "hatch.linewidth": 0.6,
        "svg.fonttype": "path",
        "svg.hashsalt": "hairdensity",
        "axes.unicode_minus": True,
    }
    with mpl.rc_context(), warnings.catch_warnings():
        # A report says by itself which letters it cannot draw: `undrawable`.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        mpl.rcdefaults()
        mpl.rcParams.update(style)
        yield


def undrawable(words: str) -> str:
    """The letters of some words that no font of the drawings has, each once."""
    require("matplotlib", doing="a figure")
    from matplotlib.font_manager import findfont, get_font  # noqa: PLC0415

    letters = set().union(*(get_font(findfont(family)).get_charmap() for family in _families()))
    return "".join(letter for letter in dict.fromkeys(words) if ord(letter) not in letters and not letter.isspace())


def _families() -> list[str]:
    """The font that comes with matplotlib, then installed ones for letters that it does not have."""
    from matplotlib.font_manager import fontManager  # noqa: PLC0415

    installed = set(fontManager.get_font_names())
    return [_FAMILY, *(family for family in _FOR_OTHER_LETTERS if family in installed)]


def empty_figure(width_inch: float, height_inch: float) -> Figure:
    """A figure that no window knows of; inside `drawing`."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure(figsize=(width_inch, height_inch), layout="constrained")


def panel_grid(n_panels: int) -> tuple[int, int]:
    """Rows and columns of so many panels: at most three in a row, and rows as even as they can be."""
    n_rows = -(-n_panels // _MOST_IN_A_ROW)
    return n_rows, -(-n_panels // n_rows)


def panel_title(arm: str, n_patients: int, *, n_columns: int) -> str:
    """Title of an arm's panel, on as many lines as its share of the width needs."""
    n_letters = _TITLE_LETTERS // max(1, n_columns)
    return "\n".join(wrap(f"{arm} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n_patients})", n_letters))


def calm(axes: Axes) -> None:
    """No frame but the axes, a faint grid for the values."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)


def picture_of(figure: Figure, *, caption: str, alt: str) -> Picture:
    """A drawn figure as a block: SVG for the page, PNG for paper; inside `drawing`."""
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=_PNG_DPI, metadata={"Software": None})
    width_px = round(figure.get_size_inches()[0] * _SVG_PX_PER_INCH)
    return Picture(caption=caption, alt=alt, svg=svg.getvalue(), raster=png.getvalue(), width_px=width_px)
