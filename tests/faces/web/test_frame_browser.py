"""The pages around the clinic's work in a real browser: first start, signing in, people, account, audit, about, faults.

Each is looked at by axe-core on a desk and on a phone, by day and by night.
"""

import pytest

from hairdensity.clinic.accounts import new_welcome_key
from hairdensity.clinic.opening import open_workplace
from hairdensity.web.app import create_app
from tests.browser import AXE, served

PAGES = ("/admin/people", "/account", "/admin/audit", "/about", "/api/v1/docs", "/no-such-page")
LOOKS = [(1280, "light"), (390, "dark")]
WORDS = "seven quiet lamps"


@pytest.fixture
def started(tmp_path):
    """The link of a first start; the application is served without its workers."""
    with open_workplace(tmp_path / "data") as workplace:
        with workplace.database.session() as db:
            key = new_welcome_key(db)
        with served(create_app(workplace), lifespan="off") as url:
            yield f"{url}/welcome?key={key}"


def faults(page):
    """What axe-core finds, and what is wider than the screen."""
    # Put in by evaluation: as a script of the page, its policy would refuse it.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] + ["too wide"] * wide


def test_first_start_and_the_pages_around_the_work(chromium, started):
    base = started.partition("/welcome")[0]
    first = chromium.new_context(reduced_motion="reduce").new_page()
    refused = []
    first.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
    first.goto(started)
    assert faults(first) == []
    # By keyboard alone: the name has the focus.
    first.keyboard.type("Anna")
    first.keyboard.press("Tab")
    first.keyboard.type(WORDS)
    first.keyboard.press("Enter")
    first.wait_for_url(f"{base}/")
    assert first.get_by_text("Your clinic is ready.").is_visible()
    first.goto(f"{base}/admin/people")
    first.get_by_label("Name for signing in").fill("clara")
    first.get_by_role("button", name="Add and make a link").click()
    link = first.get_by_role("textbox", name="Link").input_value()
    assert faults(first) == []

    for width, scheme in LOOKS:
        size = {"width": width, "height": 844}
        context = chromium.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{base}/account")
        assert page.url == f"{base}/sign-in?next=/account"
        assert faults(page) == []
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password", exact=True).fill(WORDS)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{base}/account")
        for path in PAGES:
            page.goto(base + path)
            assert faults(page) == [], (path, width, scheme)
        page.goto(f"{base}/admin/people")
        page.get_by_role("button", name="Change clara").click()
        assert faults(page) == []
        page.keyboard.press("Escape")
        page.get_by_text("anna").first.click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{base}/sign-in")
        page.go_back()
        assert page.get_by_role("button", name="Change clara").count() == 0
        context.close()

    second = chromium.new_context(reduced_motion="reduce").new_page()
    second.goto(link)
    assert faults(second) == []
    second.get_by_label("New password").fill(WORDS)
    second.get_by_role("button", name="Save and sign in").click()
    second.wait_for_url(f"{base}/")
    second.goto(f"{base}/admin/people")
    assert second.get_by_role("heading", name="This is not yours to do").is_visible()
    assert refused == []
