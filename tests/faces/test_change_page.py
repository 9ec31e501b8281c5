import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from hairdensity.flags import ChangeFlag
from hairdensity.image import TrichoImage
from hairdensity.report.change_document import change_document
from hairdensity.report.change_page import change_page

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&'.jpg"


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self._inside = [], {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._inside = tag

    def handle_data(self, data):
        if self._inside in ("script", "style"):
            self.texts.setdefault(self._inside, []).append(data)
            self._inside = ""

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page_of(make_change):
    def build(paths=("a.jpg", "b.jpg"), **kinds):
        change = make_change(**kinds)
        return change_page(change, change_document(change, paths=paths))

    return build


@pytest.mark.parametrize("is_registered", [True, False])
def test_nothing_is_loaded_from_anywhere(page_of, is_registered):
    page = Elements(page_of(is_registered=is_registered))
    sources = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert len(sources) == 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not page.all("link")
    assert not any(name.startswith("on") or name == "style" for _, found in page.tags for name in found)
    assert "url(" not in "".join(page.texts["style"])
    assert not re.search(r"fetch\(|XMLHttp|import\(|https?:", "".join(page.texts["script"]))


def test_only_the_files_own_script_and_style_may_run(page_of):
    page = Elements(page_of())
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        (text,) = page.texts[kind]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_hostile_names_stay_text(page_of):
    harmless, hostile = Elements(page_of()), Elements(page_of(paths=(HOSTILE, HOSTILE)))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in harmless.tags]
    assert page_of(paths=(HOSTILE, HOSTILE)).count("<script>") == 1


def test_each_hair_is_named_at_both_visits(page_of):
    labels = [group["aria-label"] for group in Elements(page_of()).all("g") if "aria-label" in group]
    assert labels.count("Hair 0: kept, thicker; 52 µm at baseline, 60.1 µm at follow-up (+8 ± 4 µm)") == 2
    assert sum(label.startswith("Hair 1: lost; 40 µm at baseline") for label in labels) == 2
    assert sum(label.startswith("Hair 2: new; not there at baseline, 38 µm") for label in labels) == 2
    assert sum("outside the common area" in label for label in labels) == 2


def test_fates_can_be_shown_and_hidden_by_labelled_boxes(page_of):
    boxes = [box["data-layer"] for box in Elements(page_of()).all("input") if box["type"] == "checkbox"]
    assert boxes == ["kept", "thicker", "thinner", "new", "lost", "unsure"]
    page = page_of()
    for words in (
        "kept: 1",
        "new at follow-up: 1",
        "lost since baseline: 1",
        "of these thicker: 1",
        "of these thinner: 0",
    ):
        assert words in page


def test_the_headline_the_figures_and_the_alarms_are_there(page_of):
    page = page_of(flags=ChangeFlag.FOCUS_DIFFERS)
    assert "<h1>Hair density: increase, +14&nbsp;/cm² (+4 to +24), +9&nbsp;%</h1>" in page
    assert "+3.1 points" in page
    assert "hair density -20 to +48 /cm²" in page
    assert "one picture is clearly sharper" in page
    assert "esearch use, not a medical device" in page


def test_pictures_that_were_not_registered_stand_beside_each_other(page_of):
    page = Elements(page_of(is_registered=False))
    assert not any(box.get("type") == "range" for box in page.all("input"))
    assert any("two" in (div.get("class") or "") for div in page.all("div"))
    above, below = page_of(is_registered=False).split('<section class="viewer"')
    assert "Too few follicular units agree: photograph the marked site." in above
    assert "photograph the marked site" not in below
    assert '<td class="verdict">no verdict</td>' in below
    assert "increase" not in below.split("<script")[0]


def test_a_large_picture_becomes_a_moderate_file(make_change, make_analysis):
    noise = np.random.default_rng(1).integers(0, 255, (1500, 2400, 3), dtype=np.uint8)
    baseline = make_analysis(TrichoImage.from_array(noise, image_id="large"))
    change = make_change(baseline)
    source = Elements(change_page(change, change_document(change))).all("image")[0]["href"]
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(source.split(",")[1]), np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (1000, 1600, 3)


def test_without_a_scale_thickness_is_not_known(page_of, make_change):
    change = make_change(um_per_px=None)
    unknown = change.matches.assign(baseline_diameter_um=np.nan, follow_up_diameter_um=np.nan)
    change = replace(change, matches=unknown)
    page = change_page(change, change_document(change))
    assert "thickness not known at baseline" in page
    assert "nan" not in page.lower().split("<body>")[1].split("<script>")[0].replace("data:", "")[-4000:]
