"""Task ``strip``: a picture without anything but its pixels, for those who download it."""

from __future__ import annotations

from typing import Any

from hairdensity.clinic.tasks.bench import Bench
from hairdensity.image import read_image
from hairdensity.study.blinding.stripping import strip

__all__ = ["handle"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Keep a copy of a picture that carries no metadata and shows the same pixels.

    Parameters
    ----------
    task : dict
        ``sha256``.
    bench : Bench

    Returns
    -------
    dict
        ``sha256`` of the copy, and its ``suffix``: ``.jpg`` or ``.png``.
    """
    data = bench.files.read(task["sha256"])
    copy = strip(data, read_image(data))
    return {"sha256": bench.files.put(copy.data), "suffix": copy.suffix}
