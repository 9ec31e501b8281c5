"""Codes of the figures and units for other systems.

No standard code for the density of hair was found in SNOMED CT, LOINC or DICOM PS3.16: the figures have codes of a
private scheme, which is named as such. Units are those of UCUM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from hairdensity.metrics import METRICS, MetricInfo

__all__ = [
    "ANATOMY",
    "CODES",
    "SCHEME",
    "SCHEME_NAME",
    "SCHEME_URL",
    "SIDES",
    "UCUM",
    "Figure",
    "figures_of",
]

SCHEME: Final = "99HAIRDENSITY"
"""DICOM: names of private schemes begin with 99."""

SCHEME_NAME: Final = "hairdensity, private codes"
SCHEME_URL: Final = "urn:hairdensity:private-codes"
"""FHIR: a name, not an address that could be opened."""

CODES: Final[Mapping[str, str]] = {
    "n_hairs": "N_HAIRS",
    "n_units": "N_UNITS",
    "density_per_cm2": "DENSITY",
    "terminal_density_per_cm2_30um": "TERMINAL30",
    "terminal_density_per_cm2_40um": "TERMINAL40",
    "vellus_density_per_cm2_30um": "VELLUS30",
    "vellus_density_per_cm2_40um": "VELLUS40",
    "cumulative_diameter_mm_per_cm2": "CUMULATIVE_DIAM",
    "cross_section_mm2_per_cm2": "CROSS_SECTION",
    "coverage_fraction": "COVERAGE",
    "median_diameter_um": "DIAM_MEDIAN",
    "mean_diameter_um": "DIAM_MEAN",
    "diameter_p10_um": "DIAM_P10",
    "diameter_p90_um": "DIAM_P90",
    "diameter_cv": "DIAM_CV",
    "vellus_fraction_30um": "VELLUS30_SHARE",
    "vellus_fraction_40um": "VELLUS40_SHARE",
    "terminal_vellus_ratio_30um": "TERM_VELLUS30",
    "terminal_vellus_ratio_40um": "TERM_VELLUS40",
    "unit_density_per_cm2": "UNIT_DENSITY",
    "hairs_per_unit": "HAIRS_PER_UNIT",
    "single_hair_unit_fraction": "SINGLE_UNITS",
    "inter_unit_distance_um": "UNIT_DISTANCE",
    "empty_ostia_per_cm2": "EMPTY_OSTIA",
    "yellow_dots_per_cm2": "YELLOW_DOTS",
    "black_dots_per_cm2": "BLACK_DOTS",
    "median_length_um": "LENGTH_MEDIAN",
    "mean_length_um": "LENGTH_MEAN",
    "direction_coherence": "COHERENCE",
    "erythema_index": "ERYTHEMA",
    "scaling_fraction": "SCALING",
}
"""At most 16 letters, as DICOM's Code Value takes them. What is the same figure in other units has none: densities per
square inch, diameters in px, histograms."""

UCUM: Final[Mapping[str, str]] = {"": "1", "/cm2": "/cm2", "um": "um", "mm/cm2": "mm/cm2", "mm2/cm2": "mm2/cm2"}
_COUNTED: Final = {"n_hairs": "{hairs}", "n_units": "{units}"}

ANATOMY: Final[Mapping[str, str]] = {
    "43067004": "Skin of scalp",
    "61719002": "Skin of vertex of scalp",
    "79951008": "Skin of occipital region",
    "699900002": "Skin structure of frontal region of scalp",
}
"""SNOMED CT, as DICOM PS3.16 words them."""

SIDES: Final[Mapping[str, tuple[str, str]]] = {"left": ("7771000", "Left"), "right": ("24028007", "Right")}
"""SNOMED CT, by the end of a place's code: DICOM PS3.16, CID 244."""


class Figure(NamedTuple):
    """A figure as other systems take it: ``low`` and ``high`` are the ends of its 95 % interval, where known."""

    code: str
    meaning: str
    unit: str
    value: float
    low: float | None
    high: float | None
    info: MetricInfo


def figures_of(metrics: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield the figures that have a code and are known.

    Parameters
    ----------
    metrics : mapping
        Of an entry of ``results``.
    """
    for info in METRICS:
        figure = metrics.get(info.name)
        if info.name not in CODES or figure is None:
            continue
        is_estimate = isinstance(figure, dict)
        value = figure["value"] if is_estimate else figure
        if value is None:
            continue
        low, high = (figure["low"], figure["high"]) if is_estimate else (None, None)
        unit = _COUNTED.get(info.name, UCUM[info.unit])
        yield Figure(CODES[info.name], info.title, unit, float(value), low, high, info)
