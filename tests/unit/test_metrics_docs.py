from pathlib import Path

from hairdensity.metrics import METRICS
from hairdensity.metrics.docs import document

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_is_what_the_table_of_figures_makes():
    assert PAGE.read_text() == document(), "run make docs"


def test_every_figure_has_its_line_once():
    lines = document().splitlines()
    for info in METRICS:
        assert sum(line.startswith(f"| `{info.name}`") for line in lines) == 1
