"""From nothing to the first result: install, start, welcome, patient, place, picture, in a real browser.

    python -m benchmarks.web.first_result [--json FILE] [--skip-install] [--picture PATH] [--chromium PATH]

Installs the checkout with its extra ``web`` anew, starts the server with an empty folder, and does there what a person
does, as fast as the pages allow: the time is the program's alone. Counts what has to be typed and clicked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from benchmarks.reporting import figure, write_report
from benchmarks.web.server import Server

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_images" / "clipped_sparse.jpg"
LIMIT_S = 120.0
LONGEST_MS = 120_000
BROWSER_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


class Steps:
    """Seconds of each step, and what a person had to do."""

    def __init__(self) -> None:
        self.took_s: dict[str, float] = {}
        self.typed: list[str] = []
        self.clicked: list[str] = []
        self._since = time.perf_counter()

    def done(self, name: str) -> None:
        """A step ends, and the next one begins."""
        now = time.perf_counter()
        self.took_s[name] = round(now - self._since, 2)
        self._since = now

    def type(self, page: Any, label: str, text: str) -> None:
        """Into a field."""
        page.get_by_label(label, exact=True).fill(text)
        self.typed.append(label)

    def click(self, page: Any, name: str) -> None:
        """A button."""
        page.get_by_role("button", name=name).first.click()
        self.clicked.append(name)


def main() -> None:
    options = _parse()
    steps = Steps()
    with tempfile.TemporaryDirectory() as folder:
        python = Path(sys.executable)
        if not options.skip_install:
            python = install(Path(folder) / "environment")
            steps.done("install")
        empty = Path(folder) / "empty"
        empty.mkdir()
        server = Server(empty / "data", options.port, python=python, cwd=empty)
        steps.done("server answers")
        try:
            walk(server.first_page, options, steps)
        finally:
            server.end()
    total_s = sum(took_s for name, took_s in steps.took_s.items() if name != "install")
    results = {"took_s": steps.took_s, "total_s": round(total_s, 1), "typed": steps.typed, "clicked": steps.clicked}
    write_report("first_result", results, _figures(results), path=options.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--skip-install", action="store_true", help="use the environment that runs this")
    parser.add_argument("--picture", type=Path, default=SAMPLE)
    parser.add_argument("--port", type=int, default=8770)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    return parser.parse_args()


def install(folder: Path) -> Path:
    """A new environment with the package and its extra ``web``; gives its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        "constraints.txt",
        ".[web]",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    return python


def walk(first_page: str, options: argparse.Namespace, steps: Steps) -> None:
    """What a person does, up to the hairs on the picture."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=list(BROWSER_ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(LONGEST_MS)
        steps.done("browser starts")
        page.goto(first_page)
        steps.type(page, "Your name for signing in", "anna")
        steps.type(page, "Password", "seven quiet lamps")
        steps.click(page, "Start")
        page.get_by_role("heading", name="Patients").wait_for()
        steps.done("account made")
        steps.type(page, "Patient's code", "P-0142")
        steps.click(page, "Open")
        page.get_by_role("heading", name="P-0142").wait_for()
        steps.done("patient added")
        steps.click(page, "Vertex")
        page.locator("form[data-drop] input[name=files]").first.set_input_files(options.picture)
        steps.clicked.append("the picture is dropped")
        page.locator(".capture-card").wait_for()
        steps.done("picture taken")
        page.locator(".capture-card .figure-value").wait_for()
        steps.done("figure shown")
        page.get_by_role("link", name="Picture 1", exact=True).click()
        steps.clicked.append("Picture 1")
        page.locator("#picture[data-shown]").wait_for()
        steps.done("hairs shown on the picture")
        browser.close()


def _figures(results: dict[str, Any]) -> list[dict[str, str]]:
    took_s, typed = results["took_s"], results["typed"]
    said = f"{results['total_s']:.0f} s" + (
        f", after {took_s['install']:.0f} s of installing" if "install" in took_s else ""
    )
    asked = ", ".join(label.lower() for label in typed)
    return [
        figure("From `hairdensity serve` to the first result in the browser", said, f"at most {LIMIT_S:.0f} s"),
        figure("Asked before the first result", f"{len(typed)} fields ({asked})", "nothing that has a good default"),
    ]


if __name__ == "__main__":
    main()
