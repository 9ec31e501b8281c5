"""What a report is made from: the study folder's tables, its outcomes and, where it is there, its agreement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.files import sha256_of
from hairdensity.study.agreement.document import AGREEMENT_SCHEMA
from hairdensity.study.columns import COVARIATE_PREFIX
from hairdensity.study.folder import RUN, StudyTables, read_study
from hairdensity.study.outcomes.document import OUTCOMES_SCHEMA
from hairdensity.study.outcomes.visits import order_images

__all__ = ["ReportSources", "read_sources", "rows_of"]

OUTCOMES, AGREEMENT = "outcomes.json", "agreement.json"
_SCHEMAS = {OUTCOMES: OUTCOMES_SCHEMA, AGREEMENT: AGREEMENT_SCHEMA}
_SIMULATED = f"{COVARIATE_PREFIX}simulated"
_NO = ("", "0", "0.0", "false", "no", "n", "nan", "none")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportSources:
    """All that a report says comes from here.

    Parameters
    ----------
    folder : Path
        The study folder.
    study : StudyTables
        Images and changes.
    outcomes : dict
        outcomes.json.
    agreement : dict or None
        agreement.json.
    hashes : dict of str to str
        SHA-256 of each file that was read, by its name.
    """

    folder: Path
    study: StudyTables
    outcomes: dict[str, Any]
    agreement: dict[str, Any] | None
    hashes: dict[str, str]

    @property
    def pictures(self) -> pd.DataFrame:
        """The images with ``visit_index``: 0 is the planned baseline, also for a patient who missed it."""
        return order_images(self.study.images).rows

    @property
    def plan(self) -> dict[str, Any]:
        """The pre-stated plan, as the outcomes give it."""
        plan = self.outcomes.get("plan")
        return plan if isinstance(plan, dict) else {}

    @property
    def arms(self) -> list[str]:
        """The arms by name, the reference last."""
        names = sorted({str(arm) for arm in self.study.images["arm"]})
        reference = self.reference_arm
        return [*(arm for arm in names if arm != reference), *(arm for arm in names if arm == reference)]

    @property
    def reference_arm(self) -> str | None:
        """The arm that others are compared with; None where there is nothing to compare."""
        named = self.plan.get("reference_arm")
        references = [str(row["reference"]) for row in rows_of(self.outcomes, "ancova") if row.get("reference")]
        return str(named) if named else next(iter(references), None)

    @property
    def is_simulated(self) -> bool:
        """Whether the manifest says, by its column ``x_simulated`` or by its paths, that data are not of people."""
        images = self.study.images
        if images["image"].str.startswith("simulated/").any():
            return True
        if _SIMULATED not in images:
            return False
        return any(str(value).strip().lower() not in _NO for value in images[_SIMULATED])


def read_sources(folder: Path) -> ReportSources:
    """Read a study folder for its report.

    Raises
    ------
    InputError
        If the run or the outcomes are missing, with the command that makes them.
    MissingDependencyError
        If pyarrow is not installed.
    """
    study = read_study(folder, tables=("images", "changes"))
    outcomes = _read_json(folder / OUTCOMES)
    if outcomes is None:
        raise InputError(f"{folder} holds no {OUTCOMES}: run 'hairdensity study outcomes {folder}' first")
    names = ("images.parquet", "changes.parquet", RUN, OUTCOMES, AGREEMENT)
    hashes = {name: sha256_of(folder / name) for name in names if (folder / name).is_file()}
    return ReportSources(
        folder=folder, study=study, outcomes=outcomes, agreement=_read_json(folder / AGREEMENT), hashes=hashes
    )


def rows_of(document: dict[str, Any] | None, key: str) -> list[dict[str, Any]]:
    """The rows under a key of a document; none where it is missing."""
    found = (document or {}).get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, Sequence) else []


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); write it again with its command") from error
    schema = _SCHEMAS[path.name]
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise InputError(f"{path} is not of the schema {schema}; write it again with this version")
    return document
