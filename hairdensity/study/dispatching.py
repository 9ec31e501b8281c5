"""Tasks handed out one by one to the end of a study: what is next, what is kept, what is tried again."""

from __future__ import annotations

import contextlib
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hairdensity.study.executor import Executor
from hairdensity.study.folder import overlay_path
from hairdensity.study.ledger import Entry
from hairdensity.study.planning import Pair, Picture, Site
from hairdensity.study.results import Identity, Results
from hairdensity.study.tasks import ChangedFileError, CompareTask, MissingFileError, ScoreTask
from hairdensity.workers import REPEATED, Outcome

__all__ = ["Dispatcher"]

N_QUEUED = 2
"""Tasks that wait in the executor beside those that run, so that no slot is idle while a result is written."""

_PASSING = (ChangedFileError.code, MissingFileError.code)
"""Faults that the next run may well not meet: not kept in the ledger."""

IdentifiedSite = tuple[Site, dict[int, Identity]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A task under its key, with what is known of it."""

    key: str
    task: ScoreTask | CompareTask

    @property
    def kind(self) -> str:
        return "score" if isinstance(self.task, ScoreTask) else "compare"

    def without_folders(self, message: str) -> str:
        """A message that names files alone: the tables go to others."""
        visits = (self.task,) if isinstance(self.task, ScoreTask) else self.task.visits
        for visit in visits:
            message = message.replace(str(visit.path), visit.path.name)
        return message


@dataclass(slots=True, kw_only=True, eq=False)
class _OpenSite:
    """A site of which something is still to be done.

    Parameters
    ----------
    site : Site
    cache : Path
        Folder of its analyses.
    waits_for : dict of str to int
        Keys that are not settled, and how many of its pictures or pairs they stand for.
    pairs : list of Pair
        Whose pictures are not settled.
    """

    site: Site
    cache: Path
    waits_for: dict[str, int]
    pairs: list[Pair]


class Dispatcher:
    """Handles the pictures and pairs of a study, site by site, and keeps what becomes of them.

    Parameters
    ----------
    results : Results
        Where identities and outcomes go.
    cache : Path
        Private folder of this run, for analyses that comparisons need.
    overlays : Path or None
        Study folder, when what was counted is to be drawn.
    on_progress : callable
        Told how many pictures and pairs are settled.
    """

    def __init__(
        self,
        results: Results,
        *,
        cache: Path,
        overlays: Path | None = None,
        on_progress: Callable[[int], object] = lambda n_done: None,
    ) -> None:
        self._results = results
        self._cache = cache
        self._overlays = overlays
        self._on_progress = on_progress
        self._codes = results.ledger.codes()
        self._known = frozenset(self._codes)
        self._sites: Iterator[IdentifiedSite] = iter(())
        self._waiting: dict[str, list[_OpenSite]] = {}
        self._ready: deque[_Job] = deque()
        self._in_flight: dict[str, _Job] = {}
        self._again: deque[_Job] = deque()
        self._n_done = 0
        self.n_known = 0
        self._n_opened = 0

    def handle(self, sites: Iterable[IdentifiedSite], make_executor: Callable[[], Executor]) -> None:
        """Settle every picture and pair; the executor is made when there is a task for it.

        Parameters
        ----------
        sites : iterable of (Site, dict of int to Identity)
            With the identities of their pictures by row; taken as there is room for their tasks.
        make_executor : callable
        """
        self._sites = iter(sites)
        if not self._look_for_work():
            return
        with make_executor() as executor:
            while self._submit_some(executor):
                key, outcome = executor.wait()
                self._settle(self._in_flight.pop(key), outcome)

    def _submit_some(self, executor: Executor) -> bool:
        """Fill the executor; whether anything is in flight."""
        while len(self._in_flight) < executor.n_slots + N_QUEUED and self._look_for_work():
            self._submit(executor, self._ready.popleft())
        if not self._in_flight and self._again:
            # Alone: it may have taken the machine's memory together with others.
            self._submit(executor, self._again[0])
        return bool(self._in_flight)

    def _submit(self, executor: Executor, job: _Job) -> None:
        self._in_flight[job.key] = job
        executor.submit(job.key, job.task)

    def _look_for_work(self) -> bool:
        """Whether a task is ready, when need be after opening the next sites."""
        while not self._ready:
            found = next(self._sites, None)
            if found is None:
                return False
            self._open(*found)
        return True

    def _open(self, site: Site, identities: dict[int, Identity]) -> None:
        """Make a site's tasks, but of what is known."""
        self._results.identities.update(identities)
        self._n_opened += 1
        opened = _OpenSite(site=site, cache=self._cache / str(self._n_opened), waits_for={}, pairs=list(site.pairs))
        for picture in site.pictures:
            identity = identities[picture.row]
            if identity.code or self._is_settled(identity):
                self._count(1, known=identity.key in self._known)
            else:
                self._await(identity.key, opened)
                self._add(identity.key, self._score_task(picture, opened))
        self._unlock(opened)

    def _is_settled(self, identity: Identity) -> bool:
        code = self._code(identity.key)
        if code == "" and self._overlays is not None:
            return self._overlay_of(identity).exists()
        return code is not None

    def _code(self, key: str) -> str | None:
        """The fault's code of a settled task, empty without one; None while it is not settled."""
        passing = self._results.passing.get(key)
        return self._codes.get(key) if passing is None else passing.code

    def _await(self, key: str, opened: _OpenSite) -> None:
        if key not in opened.waits_for:
            self._waiting.setdefault(key, []).append(opened)
        opened.waits_for[key] = opened.waits_for.get(key, 0) + 1

    def _add(self, key: str, task: ScoreTask | CompareTask) -> None:
        """Make a task ready, unless the same one is on its way for another row; comparisons first: they free disk."""
        is_on_its_way = key in self._in_flight or any(job.key == key for job in (*self._ready, *self._again))
        if not is_on_its_way:
            job = _Job(key=key, task=task)
            (self._ready.append if job.kind == "score" else self._ready.appendleft)(job)

    def _score_task(self, picture: Picture, opened: _OpenSite) -> ScoreTask:
        identity = self._results.identities[picture.row]
        is_compared = any(picture in pair.pictures for pair in opened.site.pairs)
        if is_compared:
            with contextlib.suppress(OSError):
                opened.cache.mkdir(mode=0o700, exist_ok=True)
        return ScoreTask(
            path=picture.path,
            request=picture.request,
            image_sha256=identity.image_sha256,
            keep_at=opened.cache / identity.key[:32] if is_compared else None,
            overlay_at=None if self._overlays is None else self._overlay_of(identity),
        )

    def _overlay_of(self, identity: Identity) -> Path:
        folder = self._overlays or Path()
        return overlay_path(folder, image_sha256=identity.image_sha256, settings_sha256=identity.settings_sha256)

    def _settle(self, job: _Job, outcome: Outcome) -> None:
        """Keep what became of a task, and let follow what waited for it."""
        is_second = bool(self._again) and self._again[0].key == job.key
        if is_second:
            self._again.popleft()
        elif outcome.code in REPEATED:
            self._again.append(job)
            return
        entry = Entry(
            kind=job.kind,
            code=outcome.code,
            message=job.without_folders(outcome.message),
            attempts=2 if is_second else 1,
            value=outcome.value,
        )
        if entry.code in _PASSING:
            self._results.passing[job.key] = entry
        else:
            self._results.ledger.put(job.key, entry)
            self._codes.setdefault(job.key, entry.code)
        for opened in self._waiting.pop(job.key, []):
            self._count(opened.waits_for.pop(job.key), known=False)
            self._unlock(opened)

    def _unlock(self, opened: _OpenSite) -> None:
        """Make the comparisons ready whose pictures are settled; let a site go when nothing is left of it."""
        for pair in list(opened.pairs):
            codes = [self._code_of(picture) for picture in pair.pictures]
            controls = () if pair.control is None else pair.control.pictures
            if None in codes or None in map(self._code_of, controls):
                continue
            opened.pairs.remove(pair)
            if any(codes):
                self._count(1, known=False)
                continue
            key = self._results.key_of_pair(pair)
            if self._code(key) is not None:
                self._count(1, known=key in self._known)
                continue
            self._await(key, opened)
            self._add(key, self._compare_task(pair, opened))
        if not opened.waits_for and not opened.pairs:
            shutil.rmtree(opened.cache, ignore_errors=True)

    def _compare_task(self, pair: Pair, opened: _OpenSite) -> CompareTask:
        baseline, follow_up = (self._score_task(picture, opened) for picture in pair.pictures)
        control = self._results.control_of(pair)
        if control is None:
            return CompareTask(baseline=baseline, follow_up=follow_up)
        before, after = (self._score_task(picture, opened) for picture in control.pictures)
        return CompareTask(baseline=baseline, follow_up=follow_up, control=(before, after))

    def _code_of(self, picture: Picture) -> str | None:
        identity = self._results.identities[picture.row]
        return identity.code or self._code(identity.key)

    def _count(self, n_more: int, *, known: bool) -> None:
        self._n_done += n_more
        self.n_known += n_more if known else 0
        self._on_progress(self._n_done)
