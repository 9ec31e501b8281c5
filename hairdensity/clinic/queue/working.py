"""The queue: threads that hand jobs of the database, and what people wait for, to children that may die.

Each thread has one child. Some work on jobs; others answer what a person waits for (`Queue.ask`) and nothing else, so
that a correction does not stand behind fifty uploads. Jobs live in the database alone: a crash loses none of them.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from queue import PriorityQueue
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.child import Handler
from hairdensity.clinic.forgetting import forget_unkept
from hairdensity.clinic.jobs import QUEUED
from hairdensity.clinic.queue.answers import value_of
from hairdensity.clinic.queue.gate import Gate
from hairdensity.clinic.queue.lane import Lane
from hairdensity.clinic.queue.states import Claim, claim_next, conclude, give_back, requeue_running
from hairdensity.clinic.tasks import TaskSettings, prepare_tasks
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import BusyError, HairDensityError
from hairdensity.store.models import Job
from hairdensity.workers import REPEATED, Outcome

__all__ = ["Queue", "QueueSettings"]

_log = logging.getLogger(__name__)

POLL_S = 5.0
"""s after which a thread looks for jobs unasked: what a command has added from another process."""

LATER = {"mark": 12.0}
"""Kinds that a page asks for by itself, as an offer, and s that one may take: they stand behind what a person has just
asked for, and none holds it up for long."""

_END, _NOW, _LATER = range(3)

PAUSE_S = 5.0
"""s until the next try where no job can be worked on: the disk is full, or a child cannot start."""


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """How much a queue may take.

    Parameters
    ----------
    n_workers : int
        Children that work on jobs.
    n_live : int
        Children that answer what people wait for.
    limit_s : float
        Time for one job.
    memory_gb : float
        Memory for one task, where the system tells what a process holds (Linux).
    """

    n_workers: int = field(default_factory=lambda: min(8, max(1, _usable_cores() - 1)))
    n_live: int = 1
    limit_s: float = 120.0
    memory_gb: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a person waits for."""

    task: dict[str, Any]
    until: float
    limit_s: float
    answer: Future[Outcome] = field(default_factory=Future)

    def rest_s(self) -> float:
        """Time that a child may take when it begins now."""
        return max(0.1, min(self.limit_s, self.until - time.monotonic()))


class Queue:
    """The work of an installation; one for each that is open.

    Parameters
    ----------
    workplace : Workplace
    settings : QueueSettings, optional
    prepare : callable, optional
        Makes the function that a child handles tasks with, from its `TaskSettings`; must be picklable.
    """

    def __init__(
        self,
        workplace: Workplace,
        *,
        settings: QueueSettings | None = None,
        prepare: Callable[[TaskSettings], Handler] = prepare_tasks,
    ) -> None:
        self._workplace = workplace
        self._database = workplace.database
        self._settings = settings or QueueSettings()
        told = TaskSettings(files=workplace.files.folder, cache=workplace.cache)
        self._prepare_live = partial(prepare, told)
        # Pictures that wait anyway stand back behind the server and behind what people wait for.
        self._prepare_work = partial(prepare, replace(told, niceness=5))
        self._asked: PriorityQueue[tuple[int, int, _Asked | None]] = PriorityQueue()
        self._n_asked = count()
        self._wake = threading.Condition()
        self._n_nudges = 0
        self._stopping = threading.Event()
        self._claiming = threading.Lock()
        self._turns: dict[str, int] = {}
        self._gate = Gate()
        self._lanes: list[Lane] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Queue again what the last server was working on, and begin."""
        with self._database.session() as db:
            requeue_running(db)
        self._database.after_commit.append(self._after_commit)
        for _ in range(self._settings.n_live):
            self._open_lane(self._answer_asked, self._prepare_live)
        for _ in range(self._settings.n_workers):
            self._open_lane(self._work_on_jobs, self._prepare_work)

    def stop(self) -> None:
        """End at once: what runs is queued again, and what people wait for is refused."""
        self._stopping.set()
        self.nudge()
        if self._after_commit in self._database.after_commit:
            self._database.after_commit.remove(self._after_commit)
        for _ in range(self._settings.n_live):
            self._put(None, rank=_END)
        while any(thread.is_alive() for thread in self._threads):
            for lane in self._lanes:
                lane.interrupt()
            for thread in self._threads:
                thread.join(timeout=0.1)
        self._threads.clear()

    def nudge(self) -> None:
        """Say that there may be a new job."""
        with self._wake:
            self._n_nudges += 1
            self._wake.notify_all()

    def ask(self, kind: str, task: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Have a child handle what a person waits for, before all jobs; nothing of it is kept here.

        Never with a transaction open that writes: nobody else could write meanwhile.

        Parameters
        ----------
        kind : str
            Of `hairdensity.clinic.tasks.KINDS`.
        task : dict
        timeout_s : float

        Raises
        ------
        BusyError
            If there was no answer in time.
        HairDensityError
            As the task raised it.
        """
        if self._stopping.is_set() or not self._threads:
            raise BusyError("the server is starting or ending: try again in a moment")
        limit_s = min(timeout_s, LATER.get(kind, timeout_s))
        asked = _Asked(task={**task, "kind": kind}, until=time.monotonic() + timeout_s, limit_s=limit_s)
        self._put(asked, rank=_LATER if kind in LATER else _NOW)
        try:
            outcome = asked.answer.result(timeout_s)
        except (TimeoutError, CancelledError):
            asked.answer.cancel()
            raise BusyError("the server has much to do: try again in a moment") from None
        return value_of(outcome)

    def _put(self, asked: _Asked | None, *, rank: int) -> None:
        self._asked.put((rank, next(self._n_asked), asked))

    def _open_lane(self, work: Callable[[Lane], None], prepare: Callable[[], Handler]) -> None:
        lane = Lane(prepare, memory_gb=self._settings.memory_gb)
        thread = threading.Thread(target=work, args=(lane,), name=work.__name__, daemon=True)
        self._lanes.append(lane)
        self._threads.append(thread)
        thread.start()

    def _after_commit(self, session: Session) -> None:
        if session.info.pop(QUEUED, False):
            self.nudge()

    def _answer_asked(self, lane: Lane) -> None:
        """Thread: answer until the queue ends."""
        _warm_up(lane)
        while (asked := self._asked.get()[-1]) is not None:
            if self._stopping.is_set() or not asked.answer.set_running_or_notify_cancel():
                asked.answer.cancel()
                continue
            try:
                asked.answer.set_result(lane.run(asked.task, limit_s=asked.rest_s()))
            except Exception as error:
                asked.answer.set_exception(error)
        lane.close()

    def _work_on_jobs(self, lane: Lane) -> None:
        """Thread: work until the queue ends."""
        if lane is self._lanes[self._settings.n_live]:
            # One of them is enough for the first picture of the day.
            _warm_up(lane)
        while not self._stopping.is_set():
            n_nudges = self._n_nudges
            try:
                claim = self._claim()
                if claim is not None:
                    self._work_on(claim, lane)
                    continue
            except Exception:
                # A database that does not answer now may answer later: this thread must not end.
                _log.exception("the queue could not go on; it tries again")
                self._stopping.wait(PAUSE_S)
            with self._wake:
                self._wake.wait_for(lambda seen=n_nudges: self._n_nudges != seen, timeout=POLL_S)  # type: ignore[misc]
        lane.close()

    def _claim(self) -> Claim | None:
        with self._claiming:
            with self._database.session(writes=False) as db:
                if db.scalars(select(Job.id).where(Job.state == "queued").limit(1)).one_or_none() is None:
                    return None
            with self._database.session() as db:
                claim = claim_next(db, self._turns)
            if claim is not None:
                self._turns[claim.clinic_id] = max(self._turns.values(), default=0) + 1
            return claim

    def _work_on(self, claim: Claim, lane: Lane) -> None:
        """Run a job, once more and alone where the machine may be to blame, and keep what became of it."""
        try:
            with self._gate.shared():
                outcome = lane.run(claim.task, limit_s=self._settings.limit_s)
            if outcome.code in REPEATED and not self._stopping.is_set():
                with self._gate.alone():
                    outcome = lane.run(claim.task, limit_s=self._settings.limit_s)
        except (HairDensityError, OSError) as error:
            # No fault of the picture: the disk is full, or the child cannot start.
            _log.warning("a job waits: %s", type(error).__name__)
            self._settle(partial(give_back, claim=claim, reason=str(error)))
            self._stopping.wait(PAUSE_S)
            return
        if self._stopping.is_set() and outcome.code in REPEATED:
            self._settle(partial(give_back, claim=claim))
        else:
            self._conclude(claim, outcome)

    def _conclude(self, claim: Claim, outcome: Outcome) -> None:
        try:
            if self._settle(partial(conclude, claim=claim, outcome=outcome)) is False:
                forget_unkept(self._workplace, claim.task, outcome.value)
        except Exception:
            # A mistake of the program must not leave a job that runs for ever.
            _log.exception("the result of a job could not be kept")
            message = "the result could not be kept; please report this as a bug"
            self._settle(partial(conclude, claim=claim, outcome=Outcome(code="internal", message=message)))

    def _settle(self, write: Callable[[Session], bool | None]) -> bool | None:
        """Write what became of a job, however long the database takes to answer; gives what ``write`` gave."""
        while True:
            try:
                with self._database.session() as db:
                    answer = write(db)
                return answer
            except HairDensityError as error:
                _log.warning("what became of a job cannot be written yet: %s", error.code)
                if self._stopping.wait(1.0):
                    # It stays running in the database, and is queued again by the next start.
                    return None


def _warm_up(lane: Lane) -> None:
    """Start a lane's child, in the thread that will use it: on Linux a child ends with the thread that started it."""
    # What is in the way is met, and told, with the first task.
    with suppress(OSError):
        lane.warm_up()
