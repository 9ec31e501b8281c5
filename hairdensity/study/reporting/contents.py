"""The report's contents in their order: what it is, the result, and everything that the result rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hairdensity.report.wording import DISCLAIMER
from hairdensity.study.outcomes.wording import grouped_refusals
from hairdensity.study.reporting import outcome_tables as tables
from hairdensity.study.reporting.agreement import agreement_blocks
from hairdensity.study.reporting.blocks import Block, Gallery, Items, Paragraph, Picture, Report, Section
from hairdensity.study.reporting.diameters import diameter_distributions
from hairdensity.study.reporting.drawing import undrawable
from hairdensity.study.reporting.flow import flow_diagram
from hairdensity.study.reporting.forest import forest
from hairdensity.study.reporting.headline import headlines
from hairdensity.study.reporting.individuals import individuals, patient_values
from hairdensity.study.reporting.methods import limits, methods, plan_items, versions
from hairdensity.study.reporting.patient_changes import patient_changes
from hairdensity.study.reporting.primary import is_primary_visit, primary_figure, primary_visit
from hairdensity.study.reporting.quality import quality_tables
from hairdensity.study.reporting.sources import ReportSources, rows_of
from hairdensity.study.reporting.summary import summary
from hairdensity.study.reporting.trajectories import trajectories
from hairdensity.study.reporting.waterfall import waterfall
from hairdensity.study.reporting.wording import arm_name, ci_words, spoken, visit_name

__all__ = ["report_of"]

_MOST_VISITS_COMPARED = 2
_SIMULATED = "The data of this report are simulated. Nothing here was measured on people."


def report_of(sources: ReportSources, *, title: str, examples: Sequence[Gallery] = (), rule: str = "") -> Report:
    """The whole report.

    Parameters
    ----------
    sources : ReportSources
    title : str
    examples : sequence of Gallery
        Pictures of patients.
    rule : str
        How they were picked, or why there are none.
    """
    sections = [
        Section("Flow of patients and pictures", _flow(sources)),
        Section("Figures", _figures(sources)),
        Section("Example pictures", [Paragraph(rule), *examples]),
        Section("Outcomes", _outcomes(sources)),
        Section("Quality and exclusions", quality_tables(sources)),
        Section("Agreement of readings", agreement_blocks(sources.agreement)),
        Section("Plan of the analysis", plan_items(sources)),
        Section("Methods", methods(sources)),
        Section("Limits", [limits(sources)]),
        Section("Versions and hashes", versions(sources)),
    ]
    return Report(
        title=title,
        subtitle=_subtitle(sources),
        opening=_opening(sources),
        sections=[section for section in sections if section.blocks],
        footer=f"{DISCLAIMER.capitalize()}. Made by hairdensity from the files named under Versions and hashes.",
    )


def _subtitle(sources: ReportSources) -> str:
    images = sources.study.images
    arms = [arm for arm in sources.arms if arm]
    dates = sorted(date for date in images["date"] if date)
    words = [
        (
            f"Outcome report of a study: {images['patient'].nunique()} patients, {len(arms) or 1} "
            f"{'arm' if len(arms) < 2 else 'arms'}, {images['visit'].nunique()} visits, {len(images)} pictures"
        )
    ]
    if dates:
        words.append(f"pictures of {dates[0]} to {dates[-1]}")
    return ", ".join(words)


def _opening(sources: ReportSources) -> list[Block]:
    simulated = [Paragraph(_SIMULATED, "warning")] if sources.is_simulated else []
    return [
        *simulated,
        *(Paragraph(sentence, "lead") for sentence in headlines(sources)),
        summary(sources),
        *([glance] if (glance := _trajectories(sources)) else []),
        Paragraph(
            "This report states what was counted and measured on pictures of the scalp and how the arms of the study "
            "differ in it. It is a measurement for monitoring and research, not a diagnosis and no advice on "
            "treatment. "
            "Intervals are 95 % unless another level is stated; a dash stands for what is not known.",
            "small",
        ),
    ]


def _flow(sources: ReportSources) -> list[Block]:
    n_patients = int(sources.study.images["patient"].nunique())
    picture = flow_diagram(rows_of(sources.outcomes, "flow"), sources.arms, n_patients)
    return [picture] if picture else [Paragraph("The outcomes hold no flow of patients.")]


def _outcomes(sources: ReportSources) -> list[Block]:
    outcomes = sources.outcomes
    parts: list[tuple[str, Iterable[Block]]] = [
        ("By arm and visit. Each patient counts once: the mean of its pictures.", tables.descriptive_tables(outcomes)),
        (
            "Analysis of covariance: change adjusted for baseline, by visit.",
            tables.model_tables(outcomes, "ancova", "ANCOVA"),
        ),
        ("Mixed model over all visits.", tables.model_tables(outcomes, "mixed", "Mixed model")),
        (
            "Matched change: hair against hair on the skin that both pictures show.",
            [*tables.matched_tables(outcomes), *tables.hair_tables(outcomes)],
        ),
        ("Responders, by the threshold that the plan stated beforehand.", tables.responder_tables(outcomes)),
        ("Dose and response within treated patients.", tables.dose_tables(outcomes)),
        ("Safety: redness of the skin.", tables.safety_tables(outcomes)),
        ("Size of a next trial.", tables.sample_size_tables(outcomes)),
    ]
    found = [block for words, made in parts if (blocks := list(made)) for block in (Paragraph(words, "intro"), *blocks)]
    return [*found, *_refused(sources)]


def _refused(sources: ReportSources) -> list[Block]:
    """What was not analyzed, with the reason, and what else the analysis noted."""
    grouped = grouped_refusals(rows_of(sources.outcomes, "refused"))
    refused = tuple((spoken(what), spoken(reason)) for what, reason in grouped)
    notes = tuple(spoken(str(note)) for note in sources.outcomes.get("notes") or ())
    blocks: list[Block] = []
    if refused:
        blocks += [Paragraph("Refused analyses, with their reason:"), Items(refused)]
    if notes:
        blocks += [Paragraph("Notes of the analysis:"), Items(notes)]
    return blocks


def _trajectories(sources: ReportSources) -> Picture | None:
    figure = primary_figure(sources)
    described = [row for row in rows_of(sources.outcomes, "descriptives") if row.get("figure") == figure]
    return trajectories(described, sources.arms, figure, level=sources.plan.get("level") or 0.95)


def _compared(sources: ReportSources) -> tuple[dict[str, list[dict[str, Any]]], list[Paragraph]]:
    """The models' rows to draw: of all visits where these are few, else of the primary one; and words on it."""
    models = {"ANCOVA": rows_of(sources.outcomes, "ancova"), "mixed model": rows_of(sources.outcomes, "mixed")}
    if len({visit_name(row) for rows in models.values() for row in rows}) <= _MOST_VISITS_COMPARED:
        return models, []
    at_primary = {name: [row for row in rows if is_primary_visit(row, sources)] for name, rows in models.items()}
    visit = visit_name(primary_visit(sources))
    words = f"Differences between arms are drawn at {visit}; those at other visits are in the tables of the outcomes."
    return at_primary, [Paragraph(words, "small")]


def _boxes(sources: ReportSources) -> list[Paragraph]:
    """Which letters of names the figures cannot show."""
    missing = undrawable("".join([*sources.arms, *sorted(set(sources.study.images["visit"]))]))
    arms = ", ".join(map(arm_name, sources.arms))
    words = (
        f"In the figures a box stands for each of the letters {missing}: no installed font has them. Arms stand in "
        f"this order: {arms}."
    )
    return [Paragraph(words, "small")] if missing else []


def _figures(sources: ReportSources) -> list[Block]:
    figure, arms = primary_figure(sources), sources.arms
    models, words_of_models = _compared(sources)
    visit, ci = visit_name(primary_visit(sources)), ci_words(sources.plan.get("level"))
    drawn: list[Picture | None] = [
        waterfall(patient_changes(sources), arms, figure, visit),
        individuals(patient_values(sources, figure), arms, figure),
        *forest(models, arms, figure, ci),
        diameter_distributions(sources),
    ]
    found: list[Block] = [*_boxes(sources), *(picture for picture in drawn if picture is not None), *words_of_models]
    if drawn[-1] is None:
        words = (
            "No patient has measured diameters at baseline and at the primary visit: their distributions are not drawn."
        )
        found.append(Paragraph(words, "small"))
    return found
