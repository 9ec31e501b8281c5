"""Task ``strip``: a picture without anything but its pixels, for those who download it."""

from __future__ import annotations

from typing import Any

from hairdensity.clinic.tasks.bench import Bench
from hairdensity.files import make_folder, write_whole
from hairdensity.image import read_image
from hairdensity.study.blinding.stripping import strip

__all__ = ["handle"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Write a copy of a picture to the cache that carries no metadata and shows the same pixels.

    Parameters
    ----------
    task : dict
        ``sha256``.
    bench : Bench

    Returns
    -------
    dict
        ``suffix`` of the copy: ``.jpg`` or ``.png``.
    """
    data = bench.files.read(task["sha256"])
    copy = strip(data, read_image(data))
    path = bench.stripped(task["sha256"], copy.suffix)
    make_folder(path.parent)
    write_whole(path, copy.data)
    return {"suffix": copy.suffix}
