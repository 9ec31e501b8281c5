"""The variables and parameters of the ADaM-shaped table: names, labels and codes, in one place.

Parameter codes are this package's own: no controlled terminology for hair density was found.
"""

from __future__ import annotations

from collections.abc import Sequence

from hairdensity.metrics.figures import info_of
from hairdensity.tables import Column

__all__ = ["CODES", "COMMON_SKIN", "CORE", "PATIENT", "TARGET_AREA", "parameter_code", "parameter_words"]

TARGET_AREA, COMMON_SKIN = "TARGET AREA", "COMMON SKIN"
"""BASETYPE: what a baseline is the baseline of."""

CORE: tuple[Column, ...] = (
    Column("STUDYID", "object", "", "study identifier"),
    Column("USUBJID", "object", "", "subject: study identifier and patient code"),
    Column("SUBJID", "object", "", "code of the patient"),
    Column("SITEID", "object", "", "study center"),
    Column("TRT01P", "object", "", "planned treatment: arm as assigned; empty where the manifest states none"),
    Column("TRTP", "object", "", "the same"),
    Column("LOC", "object", "", "place on the scalp"),
    Column("PARAM", "object", "", "parameter with unit, and with the place where there is more than one"),
    Column("PARAMCD", "object", "", "sponsor-defined code of the parameter, at most 8 letters and digits"),
    Column("BASETYPE", "object", "", "TARGET AREA: means of a visit's pictures; COMMON SKIN: matched hair to hair"),
    Column("AVISIT", "object", "", "visit"),
    Column("AVISITN", "float64", "", "planned week; number of the visit where weeks are not stated"),
    Column("ADT", "object", "", "day of the visit's first picture, YYYY-MM-DD; empty where not stated"),
    Column("AVAL", "float64", "", "value: mean of the visit's pictures of the place; empty where none could be read"),
    Column("BASE", "float64", "", "value at baseline; for COMMON SKIN on the skin that both pictures show"),
    Column("CHG", "float64", "", "AVAL - BASE; empty at baseline"),
    Column("PCHG", "float64", "%", "100 CHG / BASE"),
    Column("ABLFL", "object", "", "Y: the baseline"),
    Column("ANL01FL", "object", "", "Y: in the analysis of the pre-named place: has a value and was not excluded"),
    Column("DTYPE", "object", "", "AVERAGE: mean of more than one picture"),
    Column("NPIC", "int64", "", "pictures that the value rests on"),
)
"""Without covariates."""

PATIENT: tuple[tuple[str, str], ...] = (
    ("treatment", "TRTTYPE"),
    ("combined_with", "COMBWITH"),
    ("alopecia_type", "ALOPTYPE"),
    ("needle_depth_mm", "NEEDLEMM"),
    ("sessions", "SESSIONS"),
    ("interval_days", "INTRVLD"),
)
"""Columns of the manifest that follow, by their ADaM-like names; free covariates follow them in capitals."""

CODES: dict[str, str] = {
    "n_hairs": "NHAIR",
    "n_units": "NUNIT",
    "density_per_cm2": "HDCM2",
    "density_per_inch2": "HDIN2",
    "terminal_density_per_cm2_30um": "TD30",
    "terminal_density_per_cm2_40um": "TD40",
    "vellus_density_per_cm2_30um": "VD30",
    "vellus_density_per_cm2_40um": "VD40",
    "cumulative_diameter_mm_per_cm2": "CUMDIA",
    "cross_section_mm2_per_cm2": "CROSS",
    "coverage_fraction": "COVER",
    "median_diameter_um": "MEDDIA",
    "mean_diameter_um": "AVGDIA",
    "diameter_p10_um": "DIAP10",
    "diameter_p90_um": "DIAP90",
    "diameter_cv": "DIACV",
    "vellus_fraction_30um": "VF30",
    "vellus_fraction_40um": "VF40",
    "terminal_vellus_ratio_30um": "TVR30",
    "terminal_vellus_ratio_40um": "TVR40",
    "unit_density_per_cm2": "UDCM2",
    "unit_density_per_inch2": "UDIN2",
    "hairs_per_unit": "HPERU",
    "single_hair_unit_fraction": "SHUF",
    "inter_unit_distance_um": "IUDIST",
    "empty_ostia_per_cm2": "EMPOST",
    "yellow_dots_per_cm2": "YELDOT",
    "black_dots_per_cm2": "BLKDOT",
    "median_length_um": "MEDLEN",
    "mean_length_um": "AVGLEN",
    "direction_coherence": "DIRCOH",
    "erythema_index": "ERYTH",
    "scaling_fraction": "SCALE",
}
"""Six letters and digits at most: two are left for the place. The same for ever: other programs rely on them."""


def parameter_code(figure: str, site: str, sites: Sequence[str]) -> str:
    """PARAMCD: the figure's code, with the number of the place where there is more than one."""
    return CODES[figure] if len(sites) < 2 else f"{CODES[figure]}{sites.index(site) + 1}"


def parameter_words(figure: str, site: str, sites: Sequence[str]) -> str:
    """PARAM: one to one with PARAMCD."""
    info = info_of(figure)
    # Titles of figures with another cut-off or denominator may be alike; their units and names are not.
    cut_off = (
        f", {figure[-4:-2]} um"
        if figure.endswith(("_30um", "_40um")) and f"{figure[-4:-2]} um" not in info.title
        else ""
    )
    unit = f" ({info.unit})" if info.unit else ""
    place = f", {site}" if len(sites) > 1 else ""
    return f"{info.title}{cut_off}{unit}{place}"
