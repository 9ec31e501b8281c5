"""A commented plan to fill in, with the names that a study has."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pandas as pd

from hairdensity.study.plan import Plan

__all__ = ["plan_template"]


def plan_template(plan: Plan, images: pd.DataFrame) -> str:
    """The text of a plan file that states what the analysis would do without one.

    Parameters
    ----------
    plan : Plan
        `hairdensity.study.outcomes.default_plan` of the study.
    images : (N, ...) DataFrame
        The images table: arms, sites and visits are named in comments.
    """
    reference = _line("reference_arm", plan.reference_arm or "")
    visit = (
        _line("primary_week", plan.primary_week)
        if plan.primary_week is not None
        else _line("primary_visit", plan.primary_visit or "")
    )
    return f"""\
# Analysis plan for `hairdensity study outcomes`. Write it, date it and store it before anybody sees a result: the
# outcomes carry this file's hash. Lines that are left out take the default that stands here.

# The one figure, visit and comparison that the study is judged by. All figures: docs/metrics.md.
{_line("primary_figure", plan.primary_figure)}
# pictures: the difference of two pictures, each on its own area. matched: hair to hair on the skin that both show, and
# the difference of the pictures where they could not be registered.
{_line("primary_change", plan.primary_change)}
{visit}  # or {"primary_visit" if plan.primary_week is not None else "primary_week"}; visits: {_named(images, "visit")}
{reference if plan.reference_arm else "# " + reference}  # arms: {_named(images, "arm")}

# The pre-named site of every patient. Without it all sites of a patient are averaged, control sites left out.
# site = "vertex"  # sites: {_named(images, "site")}

# Their p values at the primary visit are one family (Holm).
{_line("secondary_figures", list(plan.secondary_figures or ()))}

# What the models explain (change or value: the difference between arms is the same) and adjust for, beside baseline.
{_line("response", plan.response)}
{_line("use_center", plan.use_center)}
{_line("covariates", list(plan.covariates))}  # columns x_... of the manifest
# per_protocol = "x_per_protocol"  # column that says yes or no; adds a second set beside intention to treat

# Pictures of these verdicts are counted and not analyzed: good, caution, unreadable.
{_line("excluded_quality", list(plan.excluded_quality))}

# Two-sided; intervals have the level 1 - alpha unless level is stated.
{_line("alpha", plan.alpha)}
# level = 0.95

# Missing visits: patients with baseline and visit are analyzed as assigned (ANCOVA), and all visits in the mixed model.
# More ways for the primary figure: hc3 (unequal spread), matched (hair-to-hair change), locf (last visit carried on).
{_line("sensitivity", list(plan.sensitivity))}

# Responders exist only by a threshold that was stated beforehand; it may be repeated for other figures.
# [[responders]] must stand at the end of the file.

# Doses whose slope is estimated among treated patients, where they differ within an arm.
{_line("dose_columns", list(plan.dose_columns))}

# The next trial: differences of the primary figure to be found, with this power.
{_line("sample_size_differences", [float(difference) for difference in plan.sample_size_differences])}
{_line("power", plan.power)}
# dropout = 0.1  # by default that of this trial

# [[responders]]
# figure = "{plan.primary_figure}"
# threshold = 20.0
# stated_in = "protocol version 1.0, section 8.2"
"""


def _line(name: str, value: object) -> str:
    """A key of TOML: texts, numbers, truth and lists are written as in JSON."""
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _named(images: pd.DataFrame, column: str) -> str:
    """The different texts of a column, as a comment can hold them."""
    names: Iterable[str] = dict.fromkeys(str(name) for name in images[column].dropna() if str(name))
    return ", ".join(json.dumps(name, ensure_ascii=False) for name in names) or "none stated"
