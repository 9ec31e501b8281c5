"""From the files of a study to the document on agreement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.files import sha256_of
from hairdensity.study.agreement.analysis import analyze_agreement
from hairdensity.study.agreement.comparisons import ALGORITHM, plan_comparisons
from hairdensity.study.agreement.document import agreement_document
from hairdensity.study.agreement.placing import place_readings, with_densities
from hairdensity.study.columns import READINGS
from hairdensity.study.folder import read_study
from hairdensity.study.readings import read_readings
from hairdensity.tables import empty_table

__all__ = ["compare_study"]


def compare_study(
    folder: Path | None, readings: Sequence[Path], *, figures: Sequence[str] = (), grades: Sequence[str] = ()
) -> dict[str, Any]:
    """All comparisons that a study's folder and readings allow, as the document `hairdensity/agreement-1`.

    Parameters
    ----------
    folder : Path or None
        Of a study run; without it, people are compared alone.
    readings : sequence of Path
    figures : sequence of str, optional
        Only these.
    grades : sequence of str, optional
        Figures whose values are classes in order.

    Raises
    ------
    InputError
        If a file cannot be used, or a reader has the program's name.
    """
    images = None if folder is None else read_study(folder, tables=("images",)).images
    tables = [read_readings(path) for path in readings]
    read = pd.concat(tables, ignore_index=True) if tables else empty_table(READINGS)
    if (read["reader"] == ALGORITHM).any():
        raise InputError(f"a reader is called {ALGORITHM!r}, which here is the program; give the reader another code")
    placed, misplaced = place_readings(with_densities(read), images)
    comparisons, refused = plan_comparisons(placed, images, figures=figures, grades=grades)
    sources = {
        "readings": [{"file": path.name, "sha256": sha256_of(path)} for path in readings],
        "images_sha256": None if folder is None else sha256_of(folder / "images.parquet"),
    }
    return agreement_document(
        [analyze_agreement(comparison) for comparison in comparisons], (*misplaced, *refused), sources=sources
    )
