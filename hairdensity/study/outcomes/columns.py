"""The columns of the outcome tables: name, dtype, unit and meaning, stated once for document, CSV and docs."""

from __future__ import annotations

from hairdensity.tables import Column

__all__ = ["OUTCOME_TABLES"]

_ARM = Column("arm", "object", "", "treatment arm as assigned; empty: no arm stated")
_VISIT = Column("visit", "object", "", "name of the visit")
_WEEK = Column("week", "float64", "week", "planned week")
_FIGURE = Column("figure", "object", "", "name of the figure")
_UNIT = Column("unit", "object", "", "its unit")
_REFERENCE = Column("reference", "object", "", "arm that is compared with")
_LOW = Column("low", "float64", "", "interval of the difference")
_HIGH = Column("high", "float64", "", "upper end")
_DF = Column("df", "float64", "", "degrees of freedom of t")
_P = Column("p", "float64", "", "two-sided, not adjusted")
_HOLM = Column("p_holm", "float64", "", "adjusted by Holm within the family; empty outside")

_SAMPLE = (
    Column("n", "int64", "", "patients with the figure"),
    Column("n_missing", "int64", "", "patients of the arm without it"),
    Column("mean", "float64", "", "mean of the patients"),
    Column("sd", "float64", "", "standard deviation between patients"),
    Column("median", "float64", "", "median"),
    Column("q1", "float64", "", "lower quartile"),
    Column("q3", "float64", "", "upper quartile"),
    Column("change_n", "int64", "", "patients with baseline and visit"),
    Column("change_mean", "float64", "", "mean change from baseline"),
    Column("change_sd", "float64", "", "its standard deviation"),
    Column("change_low", "float64", "", "t interval of the mean change"),
    Column("change_high", "float64", "", "upper end"),
)

_DIFFERENCE = (
    _FIGURE,
    _UNIT,
    _VISIT,
    _WEEK,
    Column("analysis_set", "object", "", "who is analyzed, and how where it is not the main analysis"),
    _ARM,
    _REFERENCE,
    Column("n", "int64", "", "patients of the arm in the model"),
    Column("adjusted_mean", "float64", "", "mean of the arm at the mean of all covariates"),
    Column("adjusted_se", "float64", "", "its standard error"),
    Column("adjusted_low", "float64", "", "its interval"),
    Column("adjusted_high", "float64", "", "upper end"),
    Column("difference", "float64", "", "adjusted mean less that of the reference; empty for the reference"),
    Column("se", "float64", "", "its standard error"),
    _LOW,
    _HIGH,
    _DF,
    _P,
    _HOLM,
    Column("family", "object", "", "primary, secondary, or empty: explored"),
)

_HAIR_FATES = ("kept", "lost", "new", "thicker", "thinner", "reactivated", "emptied")
_FATE_WORDS = {
    "kept": "hairs seen at both visits, each by its probability",
    "lost": "hairs of the baseline that are not there any more, each by its probability",
    "new": "hairs that were not there at baseline, each by its probability",
    "thicker": "kept hairs that became thicker beyond the error, of fates with an even chance at least",
    "thinner": "kept hairs that became thinner beyond the error, likewise",
    "reactivated": "follicular units that were empty at baseline and bear hair, of fates with an even chance at least",
    "emptied": "follicular units that bore hair at baseline and are empty, likewise",
}

OUTCOME_TABLES: dict[str, tuple[Column, ...]] = {
    "flow": (
        _ARM,
        Column("stage", "object", "", "what is counted"),
        _WEEK,
        _VISIT,
        Column("n_patients", "int64", "", "patients"),
        Column("n_images", "int64", "", "images"),
        Column("note", "object", "", "reasons, with their numbers"),
    ),
    "descriptives": (_FIGURE, _UNIT, _ARM, _VISIT, _WEEK, *_SAMPLE),
    "ancova": _DIFFERENCE,
    "mixed": _DIFFERENCE,
    "matched": (
        _FIGURE,
        _UNIT,
        _ARM,
        _VISIT,
        _WEEK,
        Column("n", "int64", "", "patients whose pictures were shown to be of the same skin"),
        Column("n_not_registered", "int64", "", "patients with both visits compared, but not hair to hair"),
        Column("mean", "float64", "", "mean hair-to-hair change"),
        Column("sd", "float64", "", "its standard deviation between patients"),
        Column("low", "float64", "", "t interval of the mean"),
        Column("high", "float64", "", "upper end"),
        Column("unmatched_mean", "float64", "", "mean difference of the same pictures as unmatched samples"),
        Column("unmatched_sd", "float64", "", "its standard deviation"),
        _REFERENCE,
        Column("difference", "float64", "", "adjusted difference of the change to the reference; empty for it"),
        Column("se", "float64", "", "its standard error"),
        Column("difference_low", "float64", "", "its interval"),
        Column("difference_high", "float64", "", "upper end"),
        _DF,
        _P,
        Column("not_registered", "object", "", "reasons, with their numbers of comparisons"),
    ),
    "hairs": (
        _ARM,
        _VISIT,
        _WEEK,
        Column("n_patients", "int64", "", "patients with a registered comparison"),
        *(
            Column(f"{fate}_per_cm2{end}", "float64", "/cm2", words)
            for fate in _HAIR_FATES
            for end, words in (
                ("", f"{_FATE_WORDS[fate]}, per cm2 of common skin"),
                ("_low", "t interval over patients"),
                ("_high", "upper end"),
            )
        ),
    ),
    "responders": (
        _FIGURE,
        _UNIT,
        Column("threshold", "float64", "", "change that makes a responder, stated in the plan"),
        _ARM,
        _VISIT,
        _WEEK,
        Column("n", "int64", "", "patients"),
        Column("n_responders", "int64", "", "responders"),
        Column("share", "float64", "", "share of responders"),
        Column("low", "float64", "", "Wilson interval of the share"),
        Column("high", "float64", "", "upper end"),
        _REFERENCE,
        Column("difference", "float64", "", "share less that of the reference; empty for it"),
        Column("difference_low", "float64", "", "Newcombe interval"),
        Column("difference_high", "float64", "", "upper end"),
        Column("p", "float64", "", "Fisher's exact test, two-sided"),
        Column("analysis_set", "object", "", "how missing patients count"),
        Column("stated_in", "object", "", "where the threshold was stated"),
    ),
    "dose_response": (
        _FIGURE,
        Column("dose", "object", "", "column of the dose"),
        Column("unit", "object", "", "of the figure; the slope is per unit of the dose, which its name states"),
        Column("n", "int64", "", "treated patients with a dose"),
        Column("slope", "float64", "", "change of the adjusted change by one unit of dose"),
        Column("se", "float64", "", "its standard error"),
        Column("low", "float64", "", "its interval"),
        Column("high", "float64", "", "upper end"),
        _P,
        Column("p_holm", "float64", "", "adjusted by Holm over the doses"),
    ),
    "safety": (
        _FIGURE,
        _UNIT,
        _ARM,
        _VISIT,
        _WEEK,
        *_SAMPLE,
        _REFERENCE,
        Column("difference", "float64", "", "adjusted difference of the change to the reference; empty for it"),
        Column("difference_low", "float64", "", "its interval"),
        Column("difference_high", "float64", "", "upper end"),
        _P,
        Column("n_judged", "int64", "", "patients whose change has a verdict"),
        Column("n_increased", "int64", "", "of them, increased beyond noise"),
        Column("share_increased", "float64", "", "their share"),
        Column("share_low", "float64", "", "Wilson interval"),
        Column("share_high", "float64", "", "upper end"),
    ),
    "sample_size": (
        _FIGURE,
        _UNIT,
        Column("difference", "float64", "", "true difference between two arms that is to be found"),
        Column("sd", "float64", "", "between patients, after adjustment for baseline (residual of the ANCOVA)"),
        Column("correlation", "float64", "", "of baseline and visit, within arms"),
        Column("power", "float64", "", "chance to find it"),
        Column("alpha", "float64", "", "two-sided"),
        Column("n_per_arm", "int64", "", "patients per arm, dropout included"),
        Column("dropout", "float64", "", "share of patients lost that is allowed for"),
        Column("n_analyzed_per_arm", "int64", "", "of them, to be analyzed"),
        Column("basis", "object", "", "observed in this trial, or stated in the plan"),
    ),
}
"""By key of the outcome document."""
