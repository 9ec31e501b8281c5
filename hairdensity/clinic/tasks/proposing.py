"""Task ``propose``: a manifest of uploaded pictures, as far as their names and their cameras' clocks tell it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairdensity.study.proposal import propose_manifest

if TYPE_CHECKING:
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["handle"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Propose a manifest.

    Parameters
    ----------
    task : dict
        ``folder`` of the pictures.
    bench : Bench

    Returns
    -------
    dict
        ``csv``, the manifest's text, and ``notes``, what a person is to look at.
    """
    proposal = propose_manifest(Path(task["folder"]))
    return {"csv": proposal.csv().decode("utf-8-sig"), "notes": list(proposal.notes)}
