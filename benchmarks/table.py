"""Write the README's results table from the reports of the benchmarks.

    python benchmarks/table.py [--check]

Every report in benchmarks/results/ that has ``figures`` gives its lines: ``{"what", "value", "target"}``. Lines that
also have a ``"method"`` stand in a table of their own, the methods side by side. ``--check`` changes nothing and fails
when the README does not show the reports.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
RESULTS = HERE / "results"
BEGIN = "<!-- results: written by benchmarks/table.py -->"
END = "<!-- end of results -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the README shows the reports")
    check = parser.parse_args().check
    reports = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    reports = [report for report in reports if report.get("figures")]
    if not reports:
        sys.exit(f"no reports in {RESULTS}: run `make bench` first")
    old = README.read_text()
    new = between_markers(old, results_table(reports))
    if check and new != old:
        sys.exit("README.md shows other results than benchmarks/results: run `make table`")
    if not check:
        README.write_text(new)


def results_table(reports: list[dict[str, Any]]) -> str:
    """The tables, and below them where each report was measured."""
    rows = [figure for report in reports for figure in report["figures"]]
    lines = [
        *_side_by_side([row for row in rows if row.get("method")]),
        *_plain([row for row in rows if not row.get("method")]),
        *(f"- {report['benchmark']}: {_origin(report)}" for report in reports),
    ]
    return "\n".join(lines)


def _side_by_side(rows: list[dict[str, str]]) -> list[str]:
    """One line for each thing measured, one column for each method; empty where a method was not measured."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    found = {(row["what"], row["method"]): row["value"] for row in rows}
    targets = {row["what"]: row.get("target", "") for row in rows}
    body = [[what, *(found.get((what, method), "") for method in methods), aim] for what, aim in targets.items()]
    return _table(["What", *(method.capitalize() for method in methods), "Aim"], body)


def _plain(rows: list[dict[str, str]]) -> list[str]:
    return _table(["What", "Measured", "Aim"], [[row["what"], row["value"], row.get("target", "")] for row in rows])


def _table(head: list[str], body: list[list[str]]) -> list[str]:
    """Markdown, with an empty line below; nothing without rows."""
    if not body:
        return []
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *body)] + [""]


def _origin(report: dict[str, Any]) -> str:
    machine, commit = report["machine"], report["commit"]
    # A plus for uncommitted changes, as hg and others write it.
    short = commit.removesuffix("-dirty")[:10] + ("+" if commit.endswith("-dirty") else "")
    where = f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}"
    return f"commit {short}, {report['date']}, {where}"


def between_markers(text: str, table: str) -> str:
    """The text with what stands between the markers replaced."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{README} must hold the lines {BEGIN!r} and {END!r} once each")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    main()
