"""Setting a report as HTML and PDF: everything is there, nothing of it can run, load or break."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from hairdensity.study.reporting.blocks import (
    Column,
    Gallery,
    Items,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
)
from hairdensity.study.reporting.drawing import drawing, empty_figure, picture_of
from hairdensity.study.reporting.page import html_of
from hairdensity.study.reporting.paper import pdf_of

HOSTILE = "<script>alert('x')</script> & \"quoted\" \N{RIGHT-TO-LEFT OVERRIDE}=1+1"


@pytest.fixture(scope="module")
def picture() -> Picture:
    with drawing():
        figure = empty_figure(2.0, 1.0)
        figure.text(0.1, 0.5, HOSTILE)
        return picture_of(figure, caption=f"Drawn. {HOSTILE}", alt=HOSTILE)


@pytest.fixture(scope="module")
def report(picture: Picture) -> Report:
    table = Table(
        HOSTILE,
        (Column("Arm", is_number=False), Column("Visit", is_number=False), Column("n")),
        (("A", "week 1", "1"), ("A", HOSTILE, "2"), ("B", "week 1", "3")),
        note=HOSTILE,
        n_row_heads=2,
    )
    photo = Picture(caption="a", alt="b", raster=picture.raster)
    blocks = [Paragraph(HOSTILE, "intro"), table, Items((("term", HOSTILE),)), Items((HOSTILE,)), picture]
    return Report(
        title=HOSTILE,
        subtitle="of a test",
        footer=HOSTILE,
        opening=[Paragraph(HOSTILE, kind) for kind in ("lead", "warning", "small")],
        sections=[Section(HOSTILE, [*blocks, Gallery(HOSTILE, (photo, photo, photo))]), Section("Last", [Items(())])],
    )


class _Elements(HTMLParser):
    """Every element with its attributes, and whether each is closed."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_runs_nothing_and_loads_nothing(report: Report) -> None:
    text = html_of(report)
    elements = _Elements(text)
    assert elements.of("script") == elements.of("link") == elements.of("iframe") == elements.of("object") == []
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)
    for _, attributes in elements.found:
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("data:image/", "#"))
    assert "url(" not in text
    assert "<script>alert" not in text


def test_the_policy_allows_the_style_of_the_file_and_data_pictures_only(report: Report) -> None:
    text = html_of(report)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    [policy] = [a["content"] for a in _Elements(text).of("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}';")
    assert "script-src" not in policy
    assert not any("style" in attributes for _, attributes in _Elements(text).found)


def test_pictures_have_alt_texts_and_cells_their_heads(report: Report) -> None:
    elements = _Elements(html_of(report))
    assert len(elements.of("img")) == 4
    assert all(image["alt"] for image in elements.of("img"))
    assert {head["scope"] for head in elements.of("th")} == {"col", "row", "rowgroup"}
    assert [head["rowspan"] for head in elements.of("th") if head["scope"] == "rowgroup"] == ["2"]
    assert elements.of("html")[0]["lang"] == "en"
    anchors = {link["href"] for link in elements.of("a")}
    assert anchors == {f"#{heading['id']}" for heading in elements.of("h2")}


def test_drawings_hold_no_text_that_could_be_markup_and_no_date(picture: Picture) -> None:
    assert b"<script" not in picture.svg
    assert b"dc:date" not in picture.svg
    assert b"http" not in re.sub(rb"xmlns[:\w]*=\"[^\"]*\"|<!DOCTYPE[^>]*>|rdf:resource=\"[^\"]*\"", b"", picture.svg)


def test_the_paper_is_a_pdf_with_its_fonts_and_the_same_bytes_each_time(report: Report) -> None:
    data = pdf_of(report)
    assert data.startswith(b"%PDF-1.")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"/FontFile2" in data
    assert data.count(b"/Subtype /Image") >= 1
    assert b"/JavaScript" not in data
    assert b"/URI" not in data
    assert data == pdf_of(report)


def test_a_long_table_goes_on_over_pages(report: Report) -> None:
    rows = tuple((f"patient {i}", f"{i}") for i in range(200))
    long = Table("Long", (Column("Patient", is_number=False), Column("n")), rows)
    data = pdf_of(Report(title="t", subtitle="", footer="", sections=[Section("s", [long])]))
    assert len(re.findall(rb"/Type /Page\b(?!s)", data)) >= 4


COLORS = re.compile(r"--(ink|pale|mark|warn): (#[0-9a-f]{6})")


def test_words_stand_out_from_the_page(report: Report) -> None:
    colors = dict(COLORS.findall(html_of(report)))
    assert set(colors) == {"ink", "pale", "mark", "warn"}
    # WCAG 2.2, 1.4.3: at least 4.5 to 1 on white.
    assert all(1.05 / (_luminance(color) + 0.05) >= 4.5 for color in colors.values())


def _luminance(color: str) -> float:
    shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
