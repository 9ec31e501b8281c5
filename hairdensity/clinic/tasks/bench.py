"""What a child works with: the store of files, the folder of views, and the analyses that it remembers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairdensity.clinic.scales import scale_request
from hairdensity.clinic.tasks.analyses import Analyses
from hairdensity.clinic.tasks.settings import TaskSettings
from hairdensity.resources import package_version
from hairdensity.scoring import Request, prepare_analyzing
from hairdensity.segmentation import find_model
from hairdensity.store.files import FileStore

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis

__all__ = ["Bench", "Picture"]

Picture = dict[str, Any]
"""``sha256``, ``scale`` and ``area`` of a capture or a reading."""


class Bench:
    """What a child works with.

    Parameters
    ----------
    settings : TaskSettings

    Raises
    ------
    ResourceError
        If the model is not there or damaged.
    """

    def __init__(self, settings: TaskSettings) -> None:
        self.files = FileStore(settings.files)
        self._settings = settings
        self._analyses = Analyses(settings.cache / "analyses", most_bytes=settings.cache_bytes)
        self._model_sha256 = find_model(settings.model).id.sha256
        self._corrected: tuple[Any, Analysis] | None = None

    def views(self, sha256: str) -> Path:
        """Folder of the tiles of a picture."""
        return self._settings.cache / "views" / self.files.path(sha256).name

    def aligned(self, comparison_id: str) -> Path:
        """Folder of the tiles of a comparison's follow-up, laid on the baseline."""
        return self._settings.cache / "aligned" / comparison_id

    def stripped(self, sha256: str, suffix: str) -> Path:
        """File of the copy of a picture without metadata."""
        return self._settings.cache / "stripped" / f"{self.files.path(sha256).name}{suffix}"

    def analysis(self, picture: Picture) -> Analysis:
        """The Analysis of a picture, exactly as ``hairdensity score`` makes it; remembered where it was made before.

        Parameters
        ----------
        picture : dict
            With ``sha256``, ``scale`` and ``area``.

        Raises
        ------
        InputError
            If the picture cannot be decoded, or its scale or area do not fit it.
        """
        identity = [picture["sha256"], picture["scale"], picture["area"], self._model_sha256, package_version()]
        key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        return self._analyses.get(key, lambda: self._analyze(picture))

    def corrected(self, identity: Any, make: Callable[[], Analysis]) -> Analysis:
        """The Analysis that was corrected last, where it is asked for again: who saves has just seen its figures.

        Parameters
        ----------
        identity : JSON
            Of the picture, its reading and the edits.
        make : callable
        """
        if self._corrected is None or self._corrected[0] != identity:
            # What is not wanted any more must not take memory beside what is made.
            self._corrected = None
            self._corrected = (identity, make())
        return self._corrected[1]

    def _analyze(self, picture: Picture) -> Analysis:
        request = Request(
            area=picture["area"],
            model=self._settings.model,
            device=self._settings.device,
            **scale_request(picture["scale"], profiles=self._settings.cache / "profiles"),
        )
        return prepare_analyzing(request)(self.files.path(picture["sha256"]))
