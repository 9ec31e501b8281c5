"""The columns of a study: what a manifest may say and what its tables hold, stated once for code, exports and docs."""

from __future__ import annotations

from typing import NamedTuple

from hairdensity.tables import Column

__all__ = ["CHANGES", "COVARIATE_PREFIX", "MANIFEST", "PAIR_KEYS", "READINGS", "RESULT", "ManifestColumn"]

COVARIATE_PREFIX = "x_"
"""Columns of a manifest that begin with this are free covariates."""


class ManifestColumn(NamedTuple):
    """One column of a manifest, and of the images table that a run makes of it.

    Parameters
    ----------
    name : str
    dtype : str
        Of the checked manifest: ``object`` (text, empty where missing), ``float64`` (NaN where missing), ``Int64``.
    unit : str
    meaning : str
    required : bool
        A manifest without this column is refused.
    aliases : tuple of str
        Other names under which exports of study software bring it.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    required: bool = False
    aliases: tuple[str, ...] = ()


MANIFEST: tuple[ManifestColumn, ...] = (
    ManifestColumn(
        "image",
        "object",
        "",
        "file, relative to the manifest's folder",
        required=True,
        aliases=("file", "filename", "path"),
    ),
    ManifestColumn(
        "patient",
        "object",
        "",
        "code of the patient, never a name",
        required=True,
        aliases=("subject", "subject_id", "patient_id", "record_id", "usubjid"),
    ),
    ManifestColumn("site", "object", "", "place on the scalp, e.g. vertex", aliases=("location", "scalp_site")),
    ManifestColumn(
        "visit",
        "object",
        "",
        "name of the visit, e.g. baseline, week 12",
        required=True,
        aliases=("timepoint", "visit_name", "avisit", "redcap_event_name"),
    ),
    ManifestColumn(
        "week", "float64", "week", "planned weeks since baseline; 0 is the baseline", aliases=("weeks", "avisitn")
    ),
    ManifestColumn("date", "object", "", "day of the picture, YYYY-MM-DD", aliases=("visit_date", "adt")),
    ManifestColumn("replicate", "Int64", "", "number of the picture among those of one site and visit, from 1"),
    ManifestColumn("arm", "object", "", "treatment arm that the patient was assigned to", aliases=("group", "trt01p")),
    ManifestColumn("center", "object", "", "study center", aliases=("centre", "siteid", "redcap_data_access_group")),
    ManifestColumn("device", "object", "", "camera and lens"),
    ManifestColumn("um_per_px", "float64", "um/px", "scale: um of skin in one pixel"),
    ManifestColumn("px_per_mm", "float64", "px/mm", "scale: pixels in 1 mm of skin"),
    ManifestColumn("field_width_mm", "float64", "mm", "scale: mm of skin across the whole picture"),
    ManifestColumn("scale_error", "float64", "", "relative standard error of the stated scale"),
    ManifestColumn("ruler_tick_mm", "float64", "mm", "scale: mm between the ticks of a ruler in the picture"),
    ManifestColumn("device_profile", "object", "", "scale: a device measured by `hairdensity calibrate`, or its file"),
    ManifestColumn("area", "object", "", "target area, as `hairdensity score --area` reads it"),
    ManifestColumn("area_mask", "object", "", "target area: a picture that is white where to analyze"),
    ManifestColumn("control_site", "object", "", "name of the patient's untreated site that belongs to this one"),
    ManifestColumn("treatment", "object", "", "what the site is treated with, e.g. microneedling"),
    ManifestColumn("needle_depth_mm", "float64", "mm", "depth of the needles"),
    ManifestColumn("sessions", "float64", "", "sessions that the arm plans, or the patient had"),
    ManifestColumn("interval_days", "float64", "d", "days between sessions"),
    ManifestColumn("combined_with", "object", "", "what the treatment is combined with, e.g. minoxidil 5 %"),
    ManifestColumn("alopecia_type", "object", "", "e.g. androgenetic, female pattern"),
)

RESULT: tuple[Column, ...] = (
    Column("row", "int64", "", "row of the manifest, from 1"),
    Column("visit_number", "int64", "", "place of the visit in the patient's and site's order, 0 is the baseline"),
    Column("status", "object", "", "ok, or failed: then error_code and error_message say why"),
    Column("error_code", "object", "", "stable name of the fault"),
    Column("error_message", "object", "", "the fault and its remedy"),
    Column("image_sha256", "object", "", "hash of the file"),
    Column("settings_sha256", "object", "", "hash of all settings, of the request and of the version"),
    Column("model_sha256", "object", "", "hash of the network's weights; empty without"),
    Column("width_px", "Int64", "px", "width of the picture"),
    Column("height_px", "Int64", "px", "height of the picture"),
    Column("used_um_per_px", "float64", "um/px", "scale that was used"),
    Column("used_scale_error", "float64", "", "its relative standard error"),
    Column("scale_source", "object", "", "where the scale comes from"),
    Column("area_kind", "object", "", "shape of the target area"),
    Column("area_cm2", "float64", "cm2", "readable target area"),
    Column("area_inch2", "float64", "inch2", "the same"),
    Column("unreadable_fraction", "float64", "", "share of the target area that cannot be read"),
    Column("quality", "object", "", "good, caution or unreadable"),
    Column("flags", "object", "", "ImageFlag names, with semicolons between"),
)
"""What a run adds to each row of the manifest; the figures follow, named as in images.csv of `hairdensity score`."""

PAIR_KEYS: tuple[Column, ...] = (
    Column("patient", "object", "", "code of the patient"),
    Column("site", "object", "", "place on the scalp"),
    Column("replicate", "int64", "", "of the follow-up's picture"),
    Column("baseline_visit", "object", "", "name of the baseline visit"),
    Column("visit", "object", "", "name of the follow-up visit"),
    Column("week", "float64", "week", "of the follow-up"),
    Column("baseline_row", "int64", "", "row of the manifest"),
    Column("row", "int64", "", "row of the manifest, of the follow-up"),
)
"""What names a comparison; in front of every row of the tables changes, matches and unit_matches."""

CHANGES: tuple[Column, ...] = (
    *PAIR_KEYS,
    Column("status", "object", "", "ok, or failed: one of the pictures has no result"),
    Column("registered", "boolean", "", "the pictures show the same skin: the change is matched hair to hair"),
    Column("reason", "object", "", "why not, and the remedy"),
    Column("control_site", "object", "", "untreated site whose change widened the intervals; empty without"),
    Column("control_baseline_row", "Int64", "", "row of the manifest, of the untreated site's baseline"),
    Column("control_row", "Int64", "", "row of the manifest, of the untreated site's follow-up"),
    Column("overlap_cm2", "float64", "cm2", "skin that both pictures show and that can be read"),
    Column("flags", "object", "", "ChangeFlag names, with semicolons between"),
    Column("figure", "object", "", "name of the figure"),
    Column("unit", "object", "", "its unit"),
    Column("baseline", "float64", "", "on the common skin; on each picture's own area when not registered"),
    Column("follow_up", "float64", "", "likewise"),
    Column("value", "float64", "", "follow-up less baseline"),
    Column("low", "float64", "", "95 % interval: detection and measurement"),
    Column("high", "float64", "", "upper end"),
    Column("site_low", "float64", "", "95 % interval: sampling of gained and lost hairs added"),
    Column("site_high", "float64", "", "upper end"),
    Column("detectable", "float64", "", "smallest change that is told from noise"),
    Column("n", "float64", "", "hairs or units that it rests on"),
    Column("verdict", "object", "", "increase, decrease or within noise; empty where not stated"),
    Column("unmatched_value", "float64", "", "difference of the two pictures as unmatched samples"),
    Column("unmatched_low", "float64", "", "its 95 % interval"),
    Column("unmatched_high", "float64", "", "upper end"),
)
"""One row for each comparison and figure; of a failed comparison one row with an empty figure."""

READINGS: tuple[Column, ...] = (
    Column("reader", "object", "", "code of the reader"),
    Column("reading", "int64", "", "1 for the reader's first reading of the picture, 2 for the second"),
    Column("row", "Int64", "", "row of the manifest; empty where the readings name none"),
    Column("patient", "object", "", "code of the patient; empty while blinded"),
    Column("site", "object", "", "place on the scalp"),
    Column("visit", "object", "", "name of the visit"),
    Column("week", "float64", "week", "planned weeks since baseline"),
    Column("arm", "object", "", "treatment arm"),
    Column("replicate", "Int64", "", "number of the picture among those of one site and visit, from 1"),
    Column("image", "object", "", "file that was read; the original's name once unblinded"),
    Column("figure", "object", "", "what was read, e.g. n_hairs"),
    Column("value", "float64", "", "what the reader wrote; NaN where the figure was left empty"),
    Column("code", "object", "", "code of the copy that was read; empty where nobody was blinded"),
    Column("comment", "object", "", "what the reader noted at the picture"),
)
"""Readings by people, one row for each reader, reading, picture and figure."""
