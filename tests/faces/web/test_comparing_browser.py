"""A comparison and a timeline in a real browser: slider by keyboard, both pictures as one, fates, nothing for axe."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from hairdensity.clinic.comparing import start_comparison
from hairdensity.clinic.tasks import aligning, viewing
from hairdensity.clinic.tasks.bench import Bench
from hairdensity.clinic.tasks.settings import TaskSettings
from hairdensity.store.models import SignIn, utc_now
from hairdensity.web.app import create_app
from hairdensity.web.requests import SESSION_COOKIE
from hairdensity.web.settings import WebSettings
from tests.browser import AXE, RULES, served
from tests.compared_sites import FIRST, LAST, ComparedSite, corner_of

TOKEN = "token of a real browser"  # noqa: S105 -- of this test alone


@pytest.fixture
def shown(place):
    """A server, and the addresses of a site and of its comparison; what workers do is done in this process."""
    bench = Bench(TaskSettings(files=place.workplace.folder / "files", cache=place.workplace.cache))
    pictures = {name: bench.files.put(corner_of(name)) for name in ("visit_baseline", "visit_follow_up")}
    clinic = ComparedSite(place, bench, pictures)
    pair = clinic.read(FIRST, "visit_baseline"), clinic.read(LAST, "visit_follow_up")
    with place.database.session() as db:
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        until = utc_now() + timedelta(hours=1)
        db.add(SignIn(token_sha256=digest, csrf_token=TOKEN, user_id=clinic.who.user_id, expires_at=until))
        comparison_id = start_comparison(db, clinic.who, *pair).id
    clinic.work_off()
    app = create_app(place.workplace, WebSettings())
    tasks = {"align": aligning, "view": viewing}
    app.state.queue = SimpleNamespace(
        ask=lambda kind, task, _: tasks[kind].handle(task, bench), start=lambda: None, stop=lambda: None
    )
    with served(app) as start:
        yield f"{start}/sites/{clinic.site_id}", f"{start}/comparisons/{comparison_id}"


@pytest.fixture
def page(chromium, shown):
    """A page on which nothing may be refused or thrown."""
    faults = []
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": SESSION_COOKIE, "value": TOKEN, "domain": "localhost", "path": "/"}])
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert faults == []


def violations(page):
    """What axe finds, in words; run apart from the page's policy, which forbids scripts of others."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def test_a_comparison_by_keyboard_and_both_pictures_as_one(page, shown):
    page.goto(shown[1])
    page.wait_for_selector("#viewer[data-shown]")
    page.focus("#slider")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.get_attribute("#slider", "aria-valuetext") == "55 percent baseline, 45 percent follow-up"
    assert "55%" in page.evaluate("document.getElementById('after').style.clipPath")
    page.keyboard.press("b")
    assert page.input_value("#slider") == "0"

    page.focus("#before-picture")
    page.keyboard.press("n")
    expect(page.locator("#readout")).to_contain_text("Hair")
    expect(page.locator("#thickness")).to_be_visible()

    places = "[...document.querySelectorAll('.picture')].map((one) => one.dataset.place)"
    before = page.evaluate(places)
    page.keyboard.press("+")
    page.wait_for_function(f"before => ({places})[0] !== before && ({places})[0] === ({places})[1]", arg=before[0])

    page.click("[data-show=beside]")
    expect(page.locator("#slider")).to_be_hidden()
    kept = page.locator("[data-look=kept]")
    kept.uncheck()
    expect(kept).not_to_be_checked()
    assert violations(page) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_timeline_fits_and_has_nothing_for_axe(page, shown, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(shown[0])
    drawing = page.locator(".timeline-wide" if width > 600 else ".timeline-narrow")
    expect(drawing).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
