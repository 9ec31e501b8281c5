"""The whole way in a real browser, from the first start to signing out: by mouse, by finger, by keyboard alone."""

import base64
import re
from datetime import date, timedelta

import cv2
import pytest
from playwright.sync_api import expect

from hairdensity.resources import sample_images_folder
from tests.browser import Walk

WORDS = "seven quiet lamps"
DEVICE = "Trichoscope 20x"
UM_PER_PX = 5.571
BAR_MM = 2
FIRST_DAY = date.today() - timedelta(weeks=12)
BAR = (770, 400, 770, round(400 + 1000 * BAR_MM / UM_PER_PX))
"""Row and column of both ends."""


def picture_of(name):
    """A corner of a sample image with a bar of 2 mm in it, as PNG."""
    pixels = cv2.imread(str(sample_images_folder() / f"{name}.jpg"))[80:880, 150:1150].copy()
    row, start, _, end = BAR
    cv2.rectangle(pixels, (start, row - 3), (end, row + 3), (255, 255, 255), -1)
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("visit_baseline", "visit_follow_up"):
        (folder / f"{name}.png").write_bytes(picture_of(name))
    (folder / "broken.png").write_bytes(picture_of("visit_baseline")[:50_000])
    return folder


@pytest.fixture
def walk(chromium, clinic_server):
    """A function that lets somebody begin to walk; at the end nothing may have been found."""
    begun = []

    def begin(name, **context):
        page = chromium.new_context(reduced_motion="reduce", **context).new_page()
        begun.append(Walk(page, clinic_server[0], name))
        return begun[-1]

    yield begin
    faults = [f"{one.name}, {fault}" for one in begun for fault in one.faults]
    for one in begun:
        one.page.context.close()
    assert faults == []


def drop(page, files):
    """Files let fall on the first zone, as from a folder."""
    carried = page.evaluate_handle("() => new DataTransfer()")
    for file in files:
        page.evaluate(
            """([carried, name, text]) => {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                carried.items.add(new File([bytes], name, { type: "image/png" }));
            }""",
            [carried, file.name, base64.b64encode(file.read_bytes()).decode()],
        )
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event("form[data-drop]", kind, {"dataTransfer": carried})


def drag(page, locator, start, end):
    """With the mouse, between two places of an element, as shares of its width and height."""
    box = locator.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=4)
    page.mouse.up()


@pytest.fixture(scope="module")
def admin(chromium, clinic_server):
    """The first start, walked once; whoever signs in afterwards is this admin."""
    url, link = clinic_server
    walk = Walk(chromium.new_context(reduced_motion="reduce").new_page(), url, "first")
    page = walk.page
    page.goto(link)
    walk.look("welcome")
    page.get_by_label("Your name for signing in").fill("anna")
    page.get_by_label("Password", exact=True).fill(WORDS)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Patients")).to_be_visible()
    walk.look("no patient yet")
    assert walk.faults == []
    page.context.close()
    return "anna"


def count_of(page):
    """How many hairs the panel says are counted."""
    page.wait_for_selector('#figures[aria-busy="false"] .fig-count')
    return int(page.inner_text(".fig-count").split()[0])


def sign_in(walk, name):
    page = walk.page
    walk.go("/")
    walk.look("sign in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill("not these words")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(WORDS)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Patient's code")).to_be_focused()


def upload(way, pictures):
    """A place on the map, a visit of twelve weeks ago, two pictures of which one is broken."""
    page = way.page
    page.get_by_label("Patient's code").fill("P-0142")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("heading", name="Where is the picture from?").wait_for()
    way.look("patient")
    page.get_by_role("button", name="Vertex").click()
    page.get_by_text("Change this visit").click()
    page.get_by_label("Day").fill(FIRST_DAY.isoformat())
    page.get_by_role("button", name="Save").click()
    way.look("visit")

    drop(page, [pictures / "visit_baseline.png", pictures / "broken.png"])
    expect(page.locator(".upload-refused")).to_be_visible()
    expect(page.locator(".capture-card")).to_have_count(1)
    way.look("picture refused")
    expect(page.locator(".capture-card .figure")).to_contain_text("hairs counted")
    way.look("counted")
    page.get_by_role("link", name="Set the scale").click()


def set_scale_and_area(way):
    page = way.page
    page.locator("#marks").get_by_text("Marked").wait_for()
    page.get_by_label("Drawn along a ruler or bar").check()
    way.look("scale")
    page.get_by_label("Length of the line").fill(str(BAR_MM))
    expect(page.locator("#drawn-scale")).to_contain_text("µm per pixel")
    way.shoot("scale drawn")
    page.get_by_label("Keep as the device's scale").fill(DEVICE)
    page.get_by_role("button", name="Use this scale").click()

    page.get_by_role("link", name="Target area").click()
    page.get_by_label("Rectangle").check()
    drag(page, page.locator("#picture"), (0.06, 0.06), (0.94, 0.94))
    expect(page.locator("#drawn-area")).to_contain_text("cm²")
    way.look("area")
    page.get_by_role("button", name="Use this area").click()
    expect(page.locator("#fig-density_per_cm2")).to_be_visible()
    way.look("result")


def correct(way):
    page, keys = way.page, way.page.keyboard
    expect(page.locator("#picture[data-shown]")).to_be_focused()
    n_hairs = count_of(page)
    keys.press("a")
    for key in ("Space", "Shift+ArrowDown", "Shift+ArrowDown", "Space", "Enter", "Escape"):
        keys.press(key)
    expect(page.locator(".fig-origin")).to_contain_text("1 edit, not saved")
    way.look("hair added")
    keys.press("n")
    keys.press("d")
    keys.press("Control+z")
    expect(page.locator("#edit-list li")).to_have_count(1)
    keys.press("Control+s")
    expect(page.locator("#reading-state")).to_contain_text("Corrected by anna")
    expect(page.locator(".fig-origin")).to_contain_text("Corrected by hand: 1 edit")
    assert count_of(page) == n_hairs + 1
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.locator("#reading-state")).to_contain_text("Reviewed by anna")
    way.look("reviewed")


def compare(way, pictures):
    page = way.page
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="P-0142").click()
    page.get_by_role("button", name="Vertex").click()
    drop(page, [pictures / "visit_follow_up.png"])
    # The scale is the one that was kept for the device.
    expect(page.locator(".capture-card .figure")).to_contain_text("hairs per cm2")
    page.get_by_role("link", name="Over time at Vertex").click()
    way.look("timeline")
    page.get_by_role("button", name="Compare first with newest").click()
    page.wait_for_selector("#viewer[data-shown]")
    way.look("comparison")
    page.focus("#slider")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#slider")).to_have_attribute("aria-valuetext", "55 percent baseline, 45 percent follow-up")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("density|noise"))

    page.get_by_text("Print and export").click()
    # The browser's own viewer would show it: what it would show is asked for as it asks.
    sheet = page.request.get(way.url + page.get_by_role("link", name="Sheet for the patient").get_attribute("href"))
    assert sheet.body().startswith(b"%PDF")


def treat(way):
    page = way.page
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="P-0142").click()
    way.look("patient with results")
    page.get_by_role("link", name="Add a treatment").click()
    page.get_by_label("Treatment", exact=True).select_option("minoxidil")
    page.get_by_label("First day").fill((FIRST_DAY + timedelta(days=3)).isoformat())
    way.look("treatment")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Change Minoxidil").wait_for()
    page.locator("#sites").get_by_role("link", name="Vertex").click()
    expect(page.locator(".timeline-wide")).to_contain_text("inoxidil")
    way.look("timeline with treatment")


def test_with_a_mouse_from_the_first_start_to_the_verdict(walk, admin, pictures):
    way = walk("desk", viewport={"width": 1280, "height": 900})
    page = way.page
    sign_in(way, admin)
    upload(way, pictures)
    set_scale_and_area(way)
    correct(way)
    compare(way, pictures)
    treat(way)
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert way.refused == [401, 422]


def test_with_a_finger_the_shortest_way_to_a_result(walk, admin, pictures):
    way = walk("phone", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark")
    page = way.page
    sign_in(way, admin)
    page.get_by_label("Patient's code").fill("P-0390")
    page.get_by_role("button", name="Open").tap()
    page.get_by_role("heading", name="Where is the picture from?").wait_for()
    way.look("patient")
    page.get_by_role("button", name="Occipital").tap()
    page.get_by_role("heading", name="Today").wait_for()
    way.look("visit")
    with page.expect_file_chooser() as chosen:
        page.get_by_text("Take a photo").tap()
    chosen.value.set_files(pictures / "visit_baseline.png")
    expect(page.locator(".capture-card .figure")).to_be_visible()
    way.look("counted")
    page.get_by_role("link", name="Picture 1").tap()
    page.get_by_role("link", name="Scale", exact=True).tap()
    page.get_by_role("radio", name="Known").check()
    page.get_by_label("Scale", exact=True).fill(str(UM_PER_PX))
    way.look("scale")
    page.get_by_role("button", name="Use this scale").tap()
    expect(page.locator("#fig-density_per_cm2")).to_be_visible()
    way.look("result")

    page.get_by_role("button", name="Add").tap()
    box = page.locator("#picture").bounding_box()
    for share in (0.3, 0.5):
        page.touchscreen.tap(box["x"] + 0.5 * box["width"], box["y"] + share * box["height"])
    way.shoot("two taps")
    page.get_by_role("button", name="Done").tap()
    expect(page.locator("#edit-list")).to_contain_text("Added hair")
    page.get_by_role("button", name="Stop").tap()
    count_of(page)
    way.look("hair added")
    page.get_by_role("button", name="Save correction").tap()
    expect(page.locator("#reading-state")).to_contain_text("Corrected by anna")
    page.locator(".person-menu summary").tap()
    way.look("menu")
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert way.refused == [401]


SEEN = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return "nothing has the focus";
    const box = one.getBoundingClientRect();
    const label = one.labels?.[0];
    const isRing = (element) => element && getComputedStyle(element).outlineStyle !== "none";
    const rings = [one, label, one.closest("label"), one.parentElement, one.nextElementSibling, ...one.children];
    const name = one.outerHTML.slice(0, 100);
    if (!rings.some(isRing)) return `no ring on ${name}`;
    const isIn = box.bottom >= 0 && box.top <= innerHeight && box.right >= 0 && box.left <= innerWidth;
    if (!isIn) return `not in sight: ${name}`;
    return "";
}"""
"""What is wrong with what has the focus: it is shown by a ring, its own or its label's, and stands in sight."""


def tab_to(page, target, most=40):
    """Tab until something has the focus; on the way, each stop is seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN) == ""
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{target} is not reached by {most} tabs")


def test_by_keyboard_alone_from_signing_in_to_a_saved_correction(walk, admin, pictures):
    way = walk("keys", viewport={"width": 1280, "height": 900})
    page, keys = way.page, way.page.keyboard
    page.once("filechooser", lambda chooser: chooser.set_files(pictures / "visit_baseline.png"))
    way.go("/")
    expect(page.get_by_label("Name")).to_be_focused()
    keys.type(admin)
    tab_to(page, page.get_by_label("Password", exact=True))
    keys.type("not these words")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    keys.type(WORDS)
    keys.press("Enter")
    expect(page.get_by_label("Patient's code")).to_be_focused()
    keys.type("P-0777")
    keys.press("Enter")
    page.get_by_role("heading", name="Where is the picture from?").wait_for()
    tab_to(page, page.get_by_role("button", name="Mid-scalp"))
    keys.press("Enter")
    page.locator(".drop.has-script").wait_for()
    tab_to(page, page.get_by_label("Choose pictures of Mid-scalp"))
    keys.press("Enter")
    expect(page.locator(".capture-card .figure")).to_be_visible()
    assert page.evaluate(SEEN) == ""
    tab_to(page, page.get_by_role("link", name="Picture 1"))
    keys.press("Enter")
    page.wait_for_selector("#picture[data-shown]")
    expect(page.locator("#picture")).to_be_focused()
    n_hairs = count_of(page)

    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    way.look("keys")
    keys.press("Escape")
    expect(page.locator("#picture")).to_be_focused()
    keys.press("n")
    while "Not counted" in page.inner_text("#hair-facts"):
        keys.press("n")
    keys.press("d")
    expect(page.locator(".fig-count")).to_have_text(re.compile(rf"^\s*{n_hairs - 1} hair"))
    expect(page.locator("#picture")).to_be_focused()
    tab_to(page, page.get_by_label("I have looked at the whole picture: reviewed"))
    keys.press("Space")
    tab_to(page, page.get_by_role("button", name="Save correction"))
    keys.press("Enter")
    expect(page.locator("#reading-state")).to_contain_text("Reviewed by anna")
    expect(page.locator("#voice")).to_have_text("Correction saved")
    # The button that was pressed has gone: the picture has the focus, not nothing.
    assert page.evaluate(SEEN) == ""
    assert way.refused == [401]
