"""Memory of a process and its descendants while it runs, read from /proc (Linux)."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

LOOK_S = 0.25
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
BEGIN = 0.3
"""Share of the run that is left out of a slope: libraries and caches fill in it."""

CHILD_MB = 30.0
"""A child at work holds more; multiprocessing's own helper holds less."""


@dataclass(slots=True, kw_only=True)
class MemoryTrace:
    """Resident memory over a run.

    Parameters
    ----------
    seconds : list of float
        Since its start.
    parent_mb : list of float
    child_mb : list of float
        Of the largest descendant.
    all_mb : list of float
        Sum over all processes; shared pages count once for each.
    """

    seconds: list[float] = field(default_factory=list)
    parent_mb: list[float] = field(default_factory=list)
    child_mb: list[float] = field(default_factory=list)
    all_mb: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Peaks in MB; growth in MB along a straight line, while there are children, without the beginning."""
        return {
            "parent_peak_mb": max(self.parent_mb),
            "child_peak_mb": max(self.child_mb),
            "all_peak_mb": max(self.all_mb),
            "parent_growth_mb": self._growth(self.parent_mb),
            "child_growth_mb": self._growth(self.child_mb),
        }

    def _growth(self, memory_mb: list[float]) -> float:
        seconds = np.array(self.seconds)
        at_work = np.flatnonzero(np.array(self.child_mb) > CHILD_MB)
        if not len(at_work):
            return float("nan")
        late = (seconds > BEGIN * seconds[-1]) & (seconds <= seconds[at_work[-1]])
        if late.sum() < 3:
            return float("nan")
        slope = np.polyfit(seconds[late], np.array(memory_mb)[late], 1)[0]
        return float(slope * np.ptp(seconds[late]))


def run_traced(command: list[str]) -> tuple[float, int, MemoryTrace]:
    """Run a command to its end: seconds, exit code, memory."""
    trace, start = MemoryTrace(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        memory = _memory_mb(process.pid)
        if memory:
            parent, *children = memory
            trace.seconds.append(time.perf_counter() - start)
            trace.parent_mb.append(parent)
            trace.child_mb.append(max(children, default=0.0))
            trace.all_mb.append(sum(memory))
        try:
            process.wait(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            continue
    seconds = time.perf_counter() - start
    return seconds, process.returncode, trace


def _memory_mb(root: int) -> list[float]:
    """Of a process, then of its descendants; empty when it is gone."""
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    family, found = [root], 0
    while found < len(family):
        family += [pid for pid, parent in parents.items() if parent == family[found]]
        found += 1
    try:
        sizes = [_resident_mb(root)]
    except OSError:
        return []
    for pid in family[1:]:
        try:
            sizes.append(_resident_mb(pid))
        except OSError:
            continue
    return sizes


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return -1


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
