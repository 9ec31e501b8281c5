"""Files that go with deleted rows: noted before the commit, removed after it, made up for where the machine stopped.

A folder is not part of a transaction. What is to go is therefore written down first; a note that is still there at the
next start is worked off then. Files that rows name stay, whatever a note says.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.workplace import Workplace
from hairdensity.files import json_bytes, make_folder, write_whole
from hairdensity.store.database import after_commit
from hairdensity.store.models import Comparison, new_id
from hairdensity.store.references import remove_unnamed

__all__ = ["finish_removals", "forget_after_commit", "forget_unkept"]

NOTES = "removals"
_RESULTS = ("result_sha256", "view_sha256")


def forget_after_commit(at: Workplace, db: Session, files: Iterable[str], comparison_ids: Iterable[str] = ()) -> None:
    """Have files go that rows name which are deleted in this transaction, once it is committed.

    Parameters
    ----------
    at : Workplace
    db : Session
        That writes.
    files : iterable of str
        The sha256 of pictures and results; those that other rows name stay.
    comparison_ids : iterable of str, optional
        Whose tiles go.

    Raises
    ------
    StorageError
        If it cannot be noted.
    """
    folder = at.folder / NOTES
    make_folder(folder)
    note = folder / f"{new_id()}.json"
    write_whole(note, json_bytes({"files": sorted(files), "comparisons": sorted(comparison_ids)}))
    after_commit(db, lambda _: _work_off(at, note))


def finish_removals(at: Workplace) -> None:
    """Work off what an ended process has noted and not done."""
    for note in (at.folder / NOTES).glob("*.json"):
        _work_off(at, note)


def forget_unkept(at: Workplace, task: dict[str, Any], value: dict[str, Any] | None) -> None:
    """Remove what a worker has written for a picture or a comparison that was deleted meanwhile.

    Parameters
    ----------
    at : Workplace
    task : dict
        As the worker had it.
    value : dict or None
        What it answered; None where it failed.
    """
    pictures = {one["sha256"] for key, one in task.items() if key == "picture"}
    pictures |= {task[side]["picture"]["sha256"] for side in ("baseline", "follow_up") if side in task}
    pictures |= {one["picture"]["sha256"] for one in task.get("control") or ()}
    results = {value[name] for name in _RESULTS if name in value} if value is not None else set()
    comparisons = [task["comparison_id"]] if "comparison_id" in task else []
    _remove(at, pictures | results, comparisons)


def _work_off(at: Workplace, note: Path) -> None:
    try:
        noted = json.loads(note.read_bytes())
    except ValueError:
        # Half of one after a power cut: its transaction was never committed.
        noted = {"files": [], "comparisons": []}
    _remove(at, noted["files"], noted["comparisons"])
    at.database.overwrite_deleted()
    note.unlink(missing_ok=True)


def _remove(at: Workplace, files: Iterable[str], comparison_ids: Iterable[str]) -> None:
    wanted = set(files)
    if not wanted:
        return
    gone = remove_unnamed(at.database, at.files, wanted)
    with at.database.session(writes=False) as db:
        there = set(db.scalars(select(Comparison.id).where(Comparison.id.in_(list(comparison_ids)))))
    views = [at.cache / "views" / sha256 for sha256 in gone]
    views += [at.cache / "aligned" / comparison_id for comparison_id in comparison_ids if comparison_id not in there]
    # An analysis does not tell of which picture it is; all of them can be made again.
    views += [at.cache / "analyses", at.cache / "stripped"] if gone else []
    for folder in views:
        shutil.rmtree(folder, ignore_errors=True)
