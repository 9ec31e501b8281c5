"""The files of a report, written whole or not at all."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hairdensity.extras import require_pyarrow
from hairdensity.files import write_whole
from hairdensity.report.spreadsheets import csv_bytes
from hairdensity.study.reporting.adam import adam_dictionary, adam_table
from hairdensity.study.reporting.adam_names import CODES, parameter_code, parameter_words
from hairdensity.study.reporting.contents import report_of
from hairdensity.study.reporting.examples import examples_of
from hairdensity.study.reporting.page import html_of
from hairdensity.study.reporting.paper import pdf_of
from hairdensity.study.reporting.primary import primary_figure, primary_site
from hairdensity.study.reporting.r_script import r_script
from hairdensity.study.reporting.sources import ReportSources, read_sources

__all__ = ["ReportSettings", "write_report"]

PAGE, PAPER, ADAM, DICTIONARY, SCRIPT = "report.html", "report.pdf", "adam_bds", "adam_dictionary.csv", "mmrm.R"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What a report may be asked for.

    Parameters
    ----------
    title : str
        By default the folder's name.
    n_examples : int
        Patients of each arm whose pictures are shown.
    manifest : Path, optional
        Where the pictures are, if not where the run found them.
    """

    title: str = ""
    n_examples: int = 3
    manifest: Path | None = None


def write_report(folder: Path, settings: ReportSettings | None = None) -> list[Path]:
    """Write the report of a study folder into it.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        If the run or its outcomes are missing, with the command that makes them.
    MissingDependencyError
        If an optional library is missing.
    StorageError
        If a file cannot be written.
    """
    settings = settings or ReportSettings()
    sources = read_sources(folder)
    name = folder.resolve().name
    examples, rule = examples_of(sources, n_patients=settings.n_examples, manifest=settings.manifest)
    report = report_of(sources, title=settings.title or f"Study {name}", examples=examples, rule=rule)
    table = adam_table(sources, study_id=name.upper())
    contents = {
        PAGE: html_of(report).encode(),
        PAPER: pdf_of(report),
        f"{ADAM}.csv": csv_bytes(table),
        f"{ADAM}.parquet": _parquet(table),
        DICTIONARY: csv_bytes(adam_dictionary(table)),
        SCRIPT: _script(sources, table).encode(),
    }
    for file, data in contents.items():
        write_whole(folder / file, data)
    return [folder / file for file in contents]


def _parquet(table: pd.DataFrame) -> bytes:
    require_pyarrow()
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), buffer)
    return buffer.getvalue()


def _script(sources: ReportSources, table: pd.DataFrame) -> str:
    figure = primary_figure(sources)
    sites = sorted(set(sources.study.images["site"]))
    site = primary_site(sources) or sites[0]
    factors = ["SITEID"] if sources.plan.get("use_center") and table["SITEID"].nunique() > 1 else []
    return r_script(
        code=parameter_code(figure, site, sites) if figure in CODES else figure,
        words=parameter_words(figure, site, sites) if figure in CODES else figure,
        reference=sources.reference_arm,
        factors=factors,
    )
