"""A real browser for the tests: one chromium, and one server with its queue and workers, for each module of tests.

With ``HAIRDENSITY_SCREENS=FOLDER`` each step of a walk is kept there as a picture, for people to look at.
"""

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

from hairdensity.clinic.accounts import new_welcome_key
from hairdensity.clinic.opening import open_workplace
from hairdensity.web.app import create_app
from hairdensity.web.settings import WebSettings

__all__ = ["AXE", "RULES", "Walk", "chromium", "clinic_server", "served"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent / "faces" / "web" / "vendor" / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = (640, 390)
"""Widths at which nothing may lie beyond the side: 1280 px at 200 %, and a phone."""

PATIENCE_MS = 60_000
"""A machine may be busy: what is waited for comes within that, most often at once."""

SCREENS = "HAIRDENSITY_SCREENS"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium():
    """One browser; each test opens contexts of its own.

    Not for longer than a module: while playwright is there, this thread has an event loop, and no other can run in it.
    """
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(app, *, lifespan="auto"):
    """The address of an application, served by a thread on a port of its own; without workers where lifespan is off."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan=lifespan, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def clinic_server(tmp_path_factory):
    """An empty installation with one worker: its address, and the link for the first admin."""
    with open_workplace(tmp_path_factory.mktemp("clinic") / "data") as workplace:
        with workplace.database.session() as db:
            key = new_welcome_key(db)
        with served(create_app(workplace, WebSettings(n_workers=1))) as url:
            yield url, f"{url}/welcome?key={key}"


@dataclass
class Walk:
    """A person's way through the pages: what the browser complains of, and what it asks for, is noted."""

    page: object
    url: str
    """Of the server; whatever else is asked for is a fault."""
    name: str
    """Of its screenshots."""
    faults: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    """Answers of 400 and above, in order."""
    n_steps: int = 0

    def __post_init__(self):
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.faults.append(f"thrown: {error}"))
        self.page.on("console", self._heard)
        # Of all pages of the context: a sheet to print opens in one of its own.
        self.page.context.on("request", self._asked)
        self.page.context.on("response", self._answered)

    def _heard(self, message):
        # What the server refuses is counted by its answers.
        is_answer = message.text.startswith("Failed to load resource: the server responded")
        if message.type in ("error", "warning") and not is_answer:
            self.faults.append(f"{message.type} in the console: {message.text}")

    def _answered(self, response):
        if response.status >= 400:
            self.refused.append(response.status)

    def _asked(self, request):
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.faults.append(f"asked for {request.url}")

    def go(self, path):
        """Open a page of the server."""
        self.page.goto(self.url + path)

    def look(self, step):
        """Look at a page as a person would: axe finds nothing, nothing lies beyond the side; keep a picture of it.

        On a desk by day and by night, and as narrow as a phone too; on a phone as it is.
        """
        self.n_steps += 1
        self.shoot(step)
        # Put in by evaluation: as a script of the page, its policy would refuse it.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        self._note(step, self.page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES))
        self._fits(step)
        size = self.page.viewport_size
        if size["width"] <= max(NARROW):
            return
        # The layout is the same by day and by night: colors alone differ.
        self.page.emulate_media(color_scheme="dark")
        answer = self.page.evaluate("axe.run(document, { runOnly: ['color-contrast'] })")
        self._note(f"{step}, dark", answer)
        self.page.emulate_media(color_scheme="light")
        for width in NARROW:
            self.page.set_viewport_size({"width": width, "height": 844})
            self._fits(step)
        self.page.set_viewport_size(size)

    def _fits(self, step):
        beyond = self.page.evaluate(WIDER)
        if beyond > 0:
            self.faults.append(f"{step}: {beyond} px beyond a side of {self.page.viewport_size['width']} px")

    def shoot(self, step):
        """Keep a picture of the whole page, where somebody has asked for them."""
        if SCREENS not in os.environ:
            return
        folder = Path(os.environ[SCREENS])
        folder.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("scrollTo(0, 0)")
        name = f"{self.name}-{self.n_steps:02d}-{step.replace(' ', '-')}"
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def _note(self, step, answer):
        for one in answer["violations"]:
            self.faults.append(f"{step}: {one['id']}: {one['nodes'][0]['html'][:160]}")
