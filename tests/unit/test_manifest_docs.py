from pathlib import Path

from hairdensity.study.columns import MANIFEST
from hairdensity.study.manifest import check_manifest
from hairdensity.study.reading.docs import column_table

PAGE = Path(__file__).parents[2] / "docs" / "study-manifest.md"


def test_the_page_has_the_columns_as_they_are():
    assert column_table() in PAGE.read_text(), "paste what python -m hairdensity.study.reading.docs prints"


def test_every_column_and_alias_stands_in_the_table_once():
    table = column_table()
    for column in MANIFEST:
        for name in (column.name, *column.aliases):
            # In the cell of its own, or among aliases.
            assert table.count(f"| `{name}`") + table.count(f", `{name}`") == 1


def test_the_example_is_a_manifest_without_faults(tmp_path):
    example = PAGE.read_text().split("```csv\n")[1].split("```")[0]
    path = tmp_path / "manifest.csv"
    path.write_text(example)
    for line in example.splitlines()[1:]:
        picture = tmp_path / line.split(",")[0]
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.touch()
    manifest, faults = check_manifest(path)
    assert faults == ()
    assert manifest.rows["visit_number"].tolist() == [0, 1, 0, 1]
