"""The one table of figures: what each is, how it is called, how its errors add, how it moves with the scale.

Code, JSON document and schema, CSV, terminal and docs/metrics.md take their names and words from here.
"""

# ruff: noqa: RUF009 - a row of the table is a field, made by a function

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, get_args, get_type_hints

from hairdensity.metrics.estimates import Estimate, Histogram
from hairdensity.metrics.links import Link

__all__ = ["CM2_PER_INCH2", "METRICS", "OSTIUM_FIGURES", "VELLUS_UM", "MetricInfo", "Metrics", "info_of"]

CM2_PER_INCH2 = 6.4516

VELLUS_UM = (30.0, 40.0)
"""At or below: 30 um (Rakowska 2009), 40 um (TrichoScan). Both are always stated."""

OSTIUM_FIGURES = {
    "empty_ostia_per_cm2": "empty ostium",
    "yellow_dots_per_cm2": "yellow dot",
    "black_dots_per_cm2": "black dot",
}
"""Which kind of the table of openings a figure counts."""

RAKOWSKA = "Rakowska 2009"
TRICHOSCAN = "TrichoScan; Hoffmann 2001"
BORDER = "unbiased at the border: Gundersen 1977, Miles 1974"


class MetricInfo(NamedTuple):
    """What one figure is.

    Parameters
    ----------
    name : str
        In Python, JSON and CSV.
    title : str
        In tables for people.
    group : str
    unit : str
        Empty for numbers and shares.
    definition : str
        One sentence.
    source : str
        Who states the figure this way, or why it is stated so.
    link : {"log", "logit", "identity"}
        The scale on which its errors add.
    scale_power : float
        The figure grows with this power of um per px when the picture stays the same. Shares that depend on a cut-off
        in um follow from the cut-off instead.
    decimals : int
        Digits behind the point that its interval can bear, in tables for people; of a share, those of its percents.
    least : float
        No interval reaches below.
    kind : {"estimate", "histogram", "number"}
    needs_scale : bool
        Missing without a calibration.
    """

    name: str
    title: str
    group: str
    unit: str
    definition: str
    source: str
    link: Link
    scale_power: float
    decimals: int
    least: float
    kind: str
    needs_scale: bool


def _figure(  # noqa: PLR0913 - the columns of the table
    title: str,
    group: str,
    definition: str,
    *,
    unit: str = "",
    source: str = "",
    link: Link = "log",
    power: float = 0.0,
    decimals: int = 0,
    least: float = 0.0,
) -> Any:
    """A row of the table: the field of a figure, with what it is."""
    row = {"title": title, "group": group, "unit": unit, "definition": definition, "source": source, "link": link}
    return field(metadata=row | {"scale_power": power, "decimals": decimals, "least": least})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """All figures of one picture.

    ``None`` in place of an Estimate means that the figure needs a calibration which is not known, an Estimate of NaN
    that there was nothing to measure it on.
    """

    n_hairs: int = _figure("Hairs", "Count", "hairs whose root lies on the readable target area", source=BORDER)
    n_hairs_by_ends: float = _figure(
        "Hairs by ends / 2",
        "Count",
        "visible ends, roots and tips, on the target area, divided by two: a second count by another rule",
        source="cross-check of n_hairs",
        decimals=1,
    )
    n_units: int = _figure("Follicular units", "Count", "units whose middle lies on the target area")

    density_per_cm2: Estimate | None = _figure(
        "Hair density", "Density", "n_hairs over the readable area", unit="/cm2", power=-2, source=BORDER
    )
    density_per_inch2: Estimate | None = _figure(
        "Hair density", "Density", "density_per_cm2 times 6.4516", unit="/inch2", power=-2
    )
    terminal_density_per_cm2_30um: Estimate | None = _figure(
        "Terminal hairs, above 30 um",
        "Density",
        "density_per_cm2 times the share of hairs above 30 um",
        unit="/cm2",
        power=-2,
        source=RAKOWSKA,
    )
    terminal_density_per_cm2_40um: Estimate | None = _figure(
        "Terminal hairs, above 40 um",
        "Density",
        "density_per_cm2 times the share of hairs above 40 um",
        unit="/cm2",
        power=-2,
        source=TRICHOSCAN,
    )
    vellus_density_per_cm2_30um: Estimate | None = _figure(
        "Vellus hairs, 30 um or thinner",
        "Density",
        "density_per_cm2 times vellus_fraction_30um",
        unit="/cm2",
        power=-2,
        source=RAKOWSKA,
    )
    vellus_density_per_cm2_40um: Estimate | None = _figure(
        "Vellus hairs, 40 um or thinner",
        "Density",
        "density_per_cm2 times vellus_fraction_40um",
        unit="/cm2",
        power=-2,
        source=TRICHOSCAN,
    )
    cumulative_diameter_mm_per_cm2: Estimate | None = _figure(
        "Cumulative diameter",
        "Density",
        "all diameters added up, per area (hair mass): hairs whose diameter is missing count with the mean",
        unit="mm/cm2",
        power=-1,
        decimals=1,
    )
    cross_section_mm2_per_cm2: Estimate | None = _figure(
        "Cross-section of hair",
        "Density",
        "all cross-sections added up, per area, as if shafts were round: pi / 4 times the diameter squared",
        unit="mm2/cm2",
        decimals=2,
        source="scatter of a diameter adds to its square: its variance is subtracted",
    )
    coverage_fraction: Estimate = _figure(
        "Skin covered by hair", "Density", "share of the readable area that shafts cover", link="logit", decimals=1
    )

    median_diameter_px: Estimate = _figure(
        "Median diameter in pixels", "Diameter", "median diameter of the counted hairs", unit="px", decimals=1
    )
    median_diameter_um: Estimate | None = _figure(
        "Median diameter", "Diameter", "median diameter of the counted hairs", unit="um", power=1, decimals=1
    )
    mean_diameter_um: Estimate | None = _figure(
        "Mean diameter",
        "Diameter",
        "mean diameter of the counted hairs",
        unit="um",
        power=1,
        decimals=1,
        source=RAKOWSKA,
    )
    diameter_p10_um: Estimate | None = _figure(
        "Thin hairs (10th percentile)",
        "Diameter",
        "a tenth of the counted hairs is thinner",
        unit="um",
        power=1,
        decimals=1,
    )
    diameter_p90_um: Estimate | None = _figure(
        "Thick hairs (90th percentile)",
        "Diameter",
        "a tenth of the counted hairs is thicker",
        unit="um",
        power=1,
        decimals=1,
    )
    diameter_cv: Estimate = _figure(
        "Variation of diameter (CV)",
        "Diameter",
        "standard deviation of the diameters over their mean: anisotrichosis",
        source="sample deviation, n - 1",
        decimals=2,
    )
    diameter_histogram: Histogram | None = _figure(
        "Histogram of diameters", "Diameter", "counted hairs by measured diameter, in bins of 10 um", unit="um"
    )
    vellus_fraction_30um: Estimate | None = _figure(
        "Vellus share, 30 um or thinner",
        "Diameter",
        "mean probability of the measured hairs that their true diameter is 30 um or less",
        source=RAKOWSKA,
        link="logit",
        decimals=1,
    )
    vellus_fraction_40um: Estimate | None = _figure(
        "Vellus share, 40 um or thinner",
        "Diameter",
        "mean probability of the measured hairs that their true diameter is 40 um or less",
        source=TRICHOSCAN,
        link="logit",
        decimals=1,
    )
    terminal_vellus_ratio_30um: Estimate | None = _figure(
        "Terminal hairs for each vellus hair, 30 um",
        "Diameter",
        "hairs above 30 um for each one at or below: (1 - vellus_fraction_30um) / vellus_fraction_30um",
        source=RAKOWSKA,
        decimals=1,
    )
    terminal_vellus_ratio_40um: Estimate | None = _figure(
        "Terminal hairs for each vellus hair, 40 um",
        "Diameter",
        "hairs above 40 um for each one at or below: (1 - vellus_fraction_40um) / vellus_fraction_40um",
        source=TRICHOSCAN,
        decimals=1,
    )

    unit_density_per_cm2: Estimate | None = _figure(
        "Unit density", "Follicular units", "n_units over the readable area", unit="/cm2", power=-2
    )
    unit_density_per_inch2: Estimate | None = _figure(
        "Unit density", "Follicular units", "unit_density_per_cm2 times 6.4516", unit="/inch2", power=-2
    )
    hairs_per_unit: Estimate = _figure(
        "Hairs per unit", "Follicular units", "mean number of hairs of the units in the area", decimals=2, least=1.0
    )
    single_hair_unit_fraction: Estimate = _figure(
        "Units with one hair", "Follicular units", "share of the units in the area that have one hair", link="logit"
    )
    inter_unit_distance_um: Estimate | None = _figure(
        "Distance between units",
        "Follicular units",
        "median distance from a unit in the area to the nearest other unit in the picture",
        unit="um",
        power=1,
    )

    empty_ostia_per_cm2: Estimate | None = _figure(
        "Empty follicular openings", "Openings", "openings without hair or plug, per area", unit="/cm2", power=-2
    )
    yellow_dots_per_cm2: Estimate | None = _figure(
        "Yellow dots", "Openings", "openings filled with yellow matter, per area", unit="/cm2", power=-2
    )
    black_dots_per_cm2: Estimate | None = _figure(
        "Black dots", "Openings", "hairs broken off at the level of the skin, per area", unit="/cm2", power=-2
    )

    median_length_um: Estimate | None = _figure(
        "Median visible length",
        "Length and direction",
        "median visible length of the counted hairs",
        unit="um",
        power=1,
    )
    mean_length_um: Estimate | None = _figure(
        "Mean visible length", "Length and direction", "mean visible length of the counted hairs", unit="um", power=1
    )
    direction_coherence: Estimate = _figure(
        "Coherence of direction",
        "Length and direction",
        "how alike the axes of the counted hairs run, from 0 (any way) to 1 (parallel): resultant length of the "
        "doubled angles, freed of what few hairs show by chance; root and tip may be exchanged",
        source="axial data: Mardia and Jupp 2000; correction: Kutil 2012",
        link="logit",
        decimals=2,
    )

    erythema_index: Estimate = _figure(
        "Redness of the skin (erythema index)",
        "Skin",
        "100 log10(R / G) of linear red and green: median of the bare skin between the hairs",
        source="index: Diffey 1984; compares pictures of one device, light and setting only",
        link="identity",
        decimals=1,
        least=-1000.0,
    )
    scaling_fraction: Estimate = _figure(
        "Skin covered by scale",
        "Skin",
        "share of the readable skin between the hairs on which white or yellowish scale lies",
        source="brighter and paler than the skin around, larger than a glint, not burned out",
        link="logit",
        decimals=1,
    )


_KINDS: dict[type, str] = {Estimate: "estimate", Histogram: "histogram"}


def _row(name: str, row: dict[str, Any], hint: Any) -> MetricInfo:
    parts = get_args(hint) or (hint,)
    kind = next((word for kind, word in _KINDS.items() if kind in parts), "number")
    return MetricInfo(name=name, kind=kind, needs_scale=type(None) in parts, **row)


_HINTS = get_type_hints(Metrics)
METRICS: tuple[MetricInfo, ...] = tuple(_row(f.name, dict(f.metadata), _HINTS[f.name]) for f in fields(Metrics))

_BY_NAME = {info.name: info for info in METRICS}


def info_of(name: str) -> MetricInfo:
    """The row of a figure."""
    return _BY_NAME[name]
