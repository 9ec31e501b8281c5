"""The methods paragraph, the limits and the list of versions: generated from what was run, not from what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hairdensity.metrics import METRICS
from hairdensity.study.reporting.blocks import Column, Items, Paragraph, Table
from hairdensity.study.reporting.primary import primary_figure, primary_site, primary_visit
from hairdensity.study.reporting.sources import ReportSources, rows_of
from hairdensity.study.reporting.wording import NONE, arm_name, figure_name, percent, signed, visit_name
from hairdensity.study.tables import are_registered

__all__ = ["limits", "methods", "plan_items", "versions"]

_MOST_HASHES = 4
_DEFINITIONS = {info.name: info for info in METRICS}


def methods(sources: ReportSources) -> list[Paragraph]:
    """How pictures were read, compared and analyzed."""
    return [
        Paragraph(" ".join(part)) for part in (_reading(sources), _comparing(sources), _statistics(sources)) if part
    ]


def _reading(sources: ReportSources) -> list[str]:
    images = sources.study.images
    read = images[images["status"] == "ok"]
    run = sources.study.run
    version = sources.study.version or sources.outcomes.get("version") or "of a version that is not stated"
    words = [
        (
            f"Pictures were read by hairdensity {version}, each without knowledge of arm and visit: the program "
            "sees the "
            f"picture, its scale and its target area only. Of {len(images)} pictures of "
            f"{images['patient'].nunique()} patients, {len(read)} gave a result."
        )
    ]
    models = sorted({str(sha) for sha in read["model_sha256"] if sha})
    weights = f" (weights with SHA-256 {', '.join(sha[:16] for sha in models)})" if models else ""
    if method := run.get("method"):
        words.append(f"Hairs were found by the method {method}{weights}.")
    words += _scales(read)
    words.append(
        f"Counted were {_DEFINITIONS['n_hairs'].definition}. {figure_name(primary_figure(sources))} is "
        f"{_definition(primary_figure(sources))}."
    )
    return words


def _definition(figure: str) -> str:
    if figure not in _DEFINITIONS:
        return "defined in the data dictionary"
    return _DEFINITIONS[figure].definition.replace("n_hairs", "their number").replace("n_units", "the number of units")


def _scales(read: Any) -> Iterator[str]:
    """Yield where the scale of the pictures came from, and the areas that were read."""
    sources = read.loc[read["scale_source"] != "", "scale_source"].value_counts().sort_index()
    if len(sources):
        words = ", ".join(f"{name} ({n} pictures)" for name, n in sources.items())
        error = read["used_scale_error"].median()
        yield f"Scale: {words}; median relative standard error {percent(error)}."
    kinds = read.loc[read["area_kind"] != "", "area_kind"].value_counts().sort_index()
    if len(kinds):
        words = ", ".join(f"{kind} ({n})" for kind, n in kinds.items())
        low, high = read["area_cm2"].min(), read["area_cm2"].max()
        yield f"Target areas: {words}; readable {low:.3g} to {high:.3g} cm²."


def _comparing(sources: ReportSources) -> list[str]:
    pairs = sources.study.changes.drop_duplicates(["baseline_row", "row"])
    if pairs.empty:
        return []
    n_matched = int(are_registered(pairs).sum())
    return [
        (
            "Each picture of a later visit was compared with the baseline picture of the same patient, site and "
            "replicate. "
            "The two are aligned by the skin itself; where that succeeds, hairs are matched one to one and the "
            "change is "
            "stated on the skin that both show, with an interval for detection and measurement. "
            f"Of {len(pairs)} comparisons {n_matched} were matched. The others are differences of two samples of skin."
        ),
        *_controls(pairs),
    ]


def _controls(pairs: Any) -> Iterator[str]:
    """Yield what untreated sites did to the intervals, and of how many patients."""
    # Folders of earlier versions have no such column.
    controlled = pairs[pairs["control_site"].fillna("") != ""] if "control_site" in pairs else pairs[:0]
    if controlled.empty:
        return
    n, n_all = controlled["patient"].nunique(), pairs["patient"].nunique()
    sites = ", ".join(sorted(set(controlled["control_site"])))
    yield (
        f"{n} of {n_all} patients had an untreated control site ({sites}), photographed at the same visits: "
        f"{len(controlled)} of the {len(pairs)} comparisons. Its own change is not subtracted: as far as it exceeds "
        "its own error, it widens the interval of the treated site's change, since nothing but season, device or "
        "reading changed there."
    )


def _statistics(sources: ReportSources) -> list[str]:
    outcomes, words = sources.outcomes, []
    words.append(
        "Pictures of one patient, site and visit were averaged first: the patient is the unit of analysis. Missing "
        "visits stay missing and are counted."
    )
    if rows_of(outcomes, "ancova"):
        words.append(
            "Arms were compared at each visit by analysis of covariance with the baseline value as covariate (Vickers "
            "and Altman 2001, BMJ 323, 1123), with adjusted means at the mean of the covariates and two-sided "
            "intervals "
            "by Student's t."
        )
    if rows_of(outcomes, "mixed"):
        words.append(
            "Repeated visits were analyzed by a linear mixed model with a random intercept for each patient, fitted by "
            "restricted maximum likelihood (Laird and Ware 1982, Biometrics 38, 963). This is not an MMRM with "
            "unstructured covariance: mmrm.R beside this report fits one in R."
        )
    if any(row.get("p_holm") is not None for row in rows_of(outcomes, "ancova")):
        words.append("Families of tests were adjusted by Holm (1979, Scandinavian Journal of Statistics 6, 65).")
    if rows_of(outcomes, "responders"):
        words.append(
            "Shares of responders have Wilson's interval, their differences Newcombe's (1998, Statistics in "
            "Medicine 17, "
            "857 and 873), p is by Fisher's exact test."
        )
    return words


def plan_items(sources: ReportSources) -> list[Items | Paragraph]:
    """What the plan stated, and whether it was stated at all."""
    plan = sources.plan
    stated = plan.get("sha256")
    words = (
        f"The plan was stated in {plan.get('source') or 'a file'} (SHA-256 {stated})."
        if stated
        else "No plan was stated: the defaults below were used, so that nothing shows that the primary figure, "
        "visit and "
        "arm were chosen before the data were seen. Take all p values as explored."
    )
    items = [
        ("Primary figure", figure_name(primary_figure(sources))),
        ("Primary visit", visit_name(primary_visit(sources))),
        ("Site", primary_site(sources) or "not named: all sites"),
        ("Reference arm", arm_name(sources.reference_arm) if sources.reference_arm else "none"),
        *((words, _value(plan[name])) for name, words in _PLAN_KEYS.items() if name in plan),
    ]
    return [Paragraph(words, "" if stated else "warning"), Items(tuple(items))]


_PLAN_KEYS = {
    "secondary_figures": "Secondary figures",
    "primary_change": "Primary change",
    "response": "Response of the models",
    "use_center": "Center in the models, where there are several",
    "covariates": "Covariates",
    "per_protocol": "Per-protocol set",
    "excluded_quality": "Pictures left out by their quality",
    "alpha": "Level of the tests",
    "level": "Level of the intervals",
    "sensitivity": "Sensitivity analyses",
    "responders": "Responders",
    "dose_columns": "Doses",
    "power": "Power of a next trial",
    "dropout": "Dropout of a next trial",
}
_PLAN_WORDS = {
    "hc3": "standard errors that allow unequal variances (HC3)",
    "locf": "last visit carried forward",
    "matched": "hair-to-hair change where registered",
    "pictures": "difference of the visits' pictures",
    "needle_depth_mm": "needle depth (mm)",
    "interval_days": "interval (days)",
}


def _value(value: Any) -> str:
    """A value of the plan in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, dict):
        if {"figure", "threshold", "stated_in"} <= set(value):
            return f"{figure_name(value['figure'])} {signed(value['threshold'], 1)}, stated in {value['stated_in']}"
        return ", ".join(f"{key} {_value(part)}" for key, part in value.items())
    if value is None or value == "":
        return NONE
    return f"{value:g}" if isinstance(value, float) else _named(str(value))


def _named(value: str) -> str:
    """A figure or a setting by its words."""
    return figure_name(value) if value in _DEFINITIONS else _PLAN_WORDS.get(value, value)


def limits(sources: ReportSources) -> Items:
    """What a reader must keep in mind."""
    items = [
        (
            "Research use, not a medical device. Figures are measurements for monitoring, not a diagnosis, and "
            "no advice "
            "for or against a treatment."
        ),
        "No smallest change that matters to patients is published for hair density; none is used here.",
        "Counts are of visible hairs on the pictures of a target area, not of all hairs of the scalp.",
        "An error of the scale enters densities squared: 5 % of scale are 10 % of density.",
        "Adjusted differences take missing visits as missing at random, given what the model holds.",
        (
            "The flow diagram begins with the pictures: screening, eligibility, randomization and reasons to "
            "leave are not "
            "known here. Blinding of treatment and the truth of the arm in the manifest cannot be checked from "
            "pictures."
        ),
    ]
    if sources.agreement is None:
        items.append("Agreement of readings was not measured in this study (hairdensity study agreement).")
    if not sources.plan.get("sha256"):
        items.append("No analysis plan was stated before the analysis.")
    if sources.is_simulated:
        items.append("The data are simulated: nothing here was measured on people.")
    return Items(tuple(items))


def versions(sources: ReportSources) -> list[Table]:
    """Every version and hash that the numbers depend on."""
    images = sources.study.images
    rows = [
        ("hairdensity, this report", _package_version()),
        ("hairdensity, outcomes", str(sources.outcomes.get("version", NONE))),
    ]
    rows += [(f"run: {name.replace('_', ' ')}", words) for name, words in _flat(sources.study.run)]
    for column, words in (("settings_sha256", "settings of pictures"), ("model_sha256", "weights of the network")):
        rows += _hashes(sorted({str(sha) for sha in images[column] if sha}), column, words)
    rows += list(sources.hashes.items())
    columns = (Column("What", is_number=False), Column("Version or hash", is_number=False))
    return [Table("Versions, and SHA-256 of what was read", columns, tuple(rows))]


def _hashes(found: list[str], column: str, words: str) -> list[tuple[str, str]]:
    """Each hash, or where they stand when every picture has its own."""
    if len(found) > _MOST_HASHES:
        return [(words, f"{len(found)} different ones: column {column} of the table of images")]
    return [(words, sha) for sha in found]


def _flat(run: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts and numbers of nested values, each under its path."""
    for name, value in run.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _value(value)


def _package_version() -> str:
    from hairdensity.resources import package_version  # noqa: PLC0415

    return package_version()
