"""Tasks that go wrong in every way: what children of the tests handle beside the real kinds."""

import os
import signal
import time
from functools import partial
from pathlib import Path

from hairdensity.errors import DecodingError, StorageError

SLOW_S = 0.3


def prepare(settings, plan_file):
    """Handlers for pictures whose fault is planned by sha256 in a file; each one's turn is written beside it."""
    return partial(_handle, settings=settings, plan_file=Path(plan_file))


def plan(path, faults):
    path.write_text("".join(f"{sha256} {fault}\n" for sha256, fault in faults.items()))


def turns(path):
    """sha256 of the pictures that children have begun with, in order; of a task without one its kind."""
    log = path.with_suffix(".log")
    return log.read_text().split() if log.exists() else []


def _handle(task, *, settings, plan_file):
    sha256 = task["picture"]["sha256"] if "picture" in task else task["kind"]
    with plan_file.with_suffix(".log").open("a") as log:
        log.write(f"{sha256}\n")
    if task["kind"] == "echo":
        return {"said": task["say"]}
    if task["kind"] == "mark":
        _hang()
    fault = dict(line.split() for line in plan_file.read_text().splitlines()).get(sha256)
    _FAULTS.get(fault, lambda: None)()
    summary = {
        "image": {"width_px": 64, "height_px": 48},
        "quality": {"verdict": "good"},
        "flags": [],
        "metrics": {},
    }
    if fault == "nonsense":
        return {"nothing": "of what is kept"}
    return {"result_sha256": sha256, "summary": summary, "model": None, "version": "0"}


def _crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def _hang():
    time.sleep(600)


def _lack_memory():
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20)) * 16)


def _refuse():
    raise DecodingError("the picture is damaged; copy it again")


def _fill_disk():
    raise StorageError("the disk is full; make room")


def _stumble():
    raise ZeroDivisionError("a mistake")


_FAULTS = {
    "crash": _crash,
    "hang": _hang,
    "memory": _lack_memory,
    "full": _fill_disk,
    "refuse": _refuse,
    "stumble": _stumble,
    "slow": partial(time.sleep, SLOW_S),
}
