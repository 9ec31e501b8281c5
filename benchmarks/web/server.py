"""The server as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

__all__ = ["Server"]


class Server:
    """``hairdensity serve``, once it answers.

    Parameters
    ----------
    data : Path
        Its folder.
    port : int
    python : Path, optional
        Of another installation.
    cwd : Path, optional
        Where it is started.
    """

    def __init__(self, data: Path, port: int, *, python: Path = Path(sys.executable), cwd: Path | None = None) -> None:
        command = [python, "-m", "hairdensity.cli", "serve", "--data", data, "--port", str(port), "--no-open"]
        begun = time.perf_counter()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.first_page = self._read_first_page()
        self.started_s = time.perf_counter() - begun

    def _read_first_page(self) -> str:
        """The address that it prints."""
        said = []
        for line in self._process.stdout or ():
            said.append(line)
            found = re.search(r"http://\S+", line)
            if found:
                # Read on, so that a full pipe never stops the server.
                threading.Thread(target=self._process.stdout.read, daemon=True).start()  # type: ignore[union-attr]
                return found[0]
        raise SystemExit(f"the server did not start:\n{''.join(said)}")

    def peak_mb(self) -> float:
        """The most memory that it held, without its workers."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1e3  # type: ignore[index]

    def kill(self) -> None:
        """As a power cut would, as far as the process goes."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """In order."""
        self._process.terminate()
        self._process.wait()
