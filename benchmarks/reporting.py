"""What every benchmark's report holds: the figures, and where and on what they were measured."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("hairdensity", "numpy", "opencv-python-headless", "scikit-image", "scipy")


def write_report(benchmark: str, results: Any, figures: list[dict[str, str]], *, path: Path | None) -> None:
    """Print a report as JSON, and write it to a file when one is named."""
    report = {"benchmark": benchmark, **provenance(), "figures": figures, "results": results}
    text = json.dumps(report, indent=1)
    print(text)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


def figure(what: str, value: str, target: str = "", *, method: str = "") -> dict[str, str]:
    """One line of the README's table; with a method, one of its columns."""
    return {"what": what, "value": value, "target": target} | ({"method": method} if method else {})


def provenance() -> dict[str, Any]:
    """The commit, the date, the machine and the library versions."""
    return {
        "commit": _commit(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
        },
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def _commit() -> str:
    """The full hash, with ``-dirty`` when tracked files were changed."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
