import csv
import io
import json
from importlib import resources

import cv2
import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from hairdensity import cli
from hairdensity.comparison.growth import Growth
from hairdensity.errors import InputError
from hairdensity.report.change_frame import frame_of
from hairdensity.report.change_looks import UNMATCHED
from hairdensity.report.change_page import change_page
from hairdensity.report.change_schemas import file_name
from hairdensity.report.growth_document import growth_document
from hairdensity.report.series_document import series_document
from hairdensity.report.series_terminal import print_growth, print_series


def is_valid(document, kind):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(resources.files("hairdensity.report").joinpath(file_name(kind)).read_text())
    return jsonschema.Draft202012Validator(schema).is_valid(document)


def printed(printer, document):
    stream = io.StringIO()
    printer(Console(file=stream, width=140, highlight=False), document)
    return " ".join(stream.getvalue().split())


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_growth_document_has_the_form_of_the_contract_and_survives_json(make_growth):
    document = growth_document(make_growth(), paths=("a.jpg", "b.jpg"))
    assert is_valid(document, "growth")
    assert not is_valid(document | {"hours": None}, "growth")
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_growth_is_stated_with_its_intervals(make_growth):
    document = growth_document(make_growth())
    assert document["headline"] == (
        "Growth: 0.33 mm per day (0.31 to 0.35), 60% of the hairs grow (40% to 80%); 3 hairs over 48 hours"
    )
    assert document["growth"]["mean_rate_mm_per_day"]["value"] is None
    assert document["phases"] == {"anagen": 1, "telogen": 1, "undecided": 1}
    text = printed(print_growth, document)
    assert text.startswith("Growth: 0.33 mm per day (0.31 to 0.35)")
    assert "Baseline by_hand, follow-up later." in text
    assert "1 growing, 1 resting, 1 undecided." in text
    assert "faster than 0.1 mm per day" in text


def test_phases_take_the_place_of_fates(make_growth):
    growth = make_growth()
    phases = growth.hairs["phase"].tolist()
    assert frame_of(growth.change, width_px=160, phases=phases).looks == ("anagen", "telogen", "undecided", UNMATCHED)
    page = change_page(growth.change, growth_document(growth), phases=phases)
    assert "Hair 0: growing; 0.33 mm per day" in page
    assert "Hair 2: undecided; leaves the picture" in page
    assert "<h1>Growth: 0.33 mm per day" in page
    assert "growing: 1" in page


@pytest.mark.parametrize("days", [(0.0, 90.0, 180.0), None])
def test_a_series_document_has_the_form_of_the_contract_and_survives_json(make_series, days):
    document = series_document(make_series(days=days), paths=("a.jpg", "b.jpg", "c.jpg"))
    assert is_valid(document, "series")
    assert not is_valid(document | {"visits": []}, "series")
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_series_states_trend_visits_and_tracks(make_series):
    document = series_document(make_series(), paths=("a.jpg", "b.jpg", "c.jpg"))
    assert document["headline"] == (
        "Hair density: increase, +2.0 /cm² per month (+0.5 to +3.6); 2 of 3 visits registered"
    )
    assert [visit["registered"] for visit in document["visits"]] == [True, True, False]
    assert [visit["day"] for visit in document["visits"]] == [0.0, 90.0, 180.0]
    assert document["visits"][2]["metrics"] is None
    assert document["tracks"][1]["fates"] == "present lost missing"
    text = printed(print_series, document)
    assert text.startswith(document["headline"])
    assert "Visits: 0 a.jpg, 1 b.jpg, 2 c.jpg." in text
    assert "day 90" in text
    assert "Visit 2: registration: too few follicular units agree" in text
    assert "per visit" in series_document(make_series(days=None))["headline"]


@pytest.fixture
def pictures(tmp_path, monkeypatch, make_analysis, make_change, make_growth, make_series, pool_here):
    """Three files, and analyses, growth and series by hand in this process."""

    def analyze(image, *, calibration=None, area=None, settings=None):
        return make_analysis(image)

    def measure_growth(change, *, hours, settings=None) -> Growth:
        if hours > 100:
            raise InputError("clipped between: photograph both before the next clipping")
        return make_growth(change, hours=hours)

    monkeypatch.setattr("hairdensity.analysis.analyze", analyze)
    monkeypatch.setattr("hairdensity.comparison.change.compare", lambda a, b, **_: make_change(a, b))
    monkeypatch.setattr("hairdensity.comparison.growth.measure_growth", measure_growth)
    monkeypatch.setattr(
        "hairdensity.comparison.series.follow_series", lambda visits, *, days: make_series(tuple(visits), days=days)
    )
    monkeypatch.setattr("hairdensity.cli.visits.WorkerPool", pool_here)
    monkeypatch.setattr("cv2.setNumThreads", lambda n: None)
    paths = [tmp_path / f"v{index}.png" for index in range(3)]
    for index, path in enumerate(paths):
        pixels = np.full((120, 160, 3), 150 + index, dtype=np.uint8)
        path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    return paths


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_growth_writes_the_same_numbers_everywhere(pictures, tmp_path):
    out = tmp_path / "out"
    result = run(
        *("growth", *pictures[:2], "--hours", 48, "--json", "--csv", out),
        *("--picture", out / "g.png", "--html", out / "g.html"),
    )
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    rows = rows_of(out / "growth.csv")
    assert [row["phase"] for row in rows] == [hair["phase"] for hair in document["hairs"]]
    assert float(rows[0]["growth_mm_per_day"]) == pytest.approx(0.33126)
    assert document["hairs"][0]["growth_mm_per_day"] == 0.3313
    assert document["headline"].split(";")[0] in (out / "g.html").read_text()
    assert cv2.imread(str(out / "g.png")) is not None
    assert run("growth", *pictures[:2], "--hours", 48).stdout.startswith(document["headline"][:60])


def test_growth_that_cannot_be_measured_exits_3_with_the_reason(pictures):
    result = run("growth", *pictures[:2], "--hours", 110, "--json")
    assert result.exit_code == 3
    (error,) = json.loads(result.stdout)["errors"]
    assert "photograph both" in error["message"]
    assert run("growth", *pictures[:2]).exit_code == 2


@pytest.mark.parametrize("hours", ["2", "121", "nan", "-48", "inf"])
def test_hours_out_of_range_are_refused_before_any_work(pictures, hours):
    pictures[0].unlink()
    result = run("growth", *pictures[:2], "--hours", hours)
    assert result.exit_code == 2
    assert "20-120" in result.stderr


def test_three_visits_make_a_series_with_its_tables(pictures, tmp_path):
    out = tmp_path / "out"
    result = run("compare", *pictures, "--days", "0,90,180", "--json", "--csv", out, "--html", out / "s.html")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["schema"]) == (0, "hairdensity/series-1")
    assert [visit["image"]["path"] for visit in document["visits"]] == [str(path) for path in pictures]
    assert [row["fates"] for row in rows_of(out / "tracks.csv")] == [track["fates"] for track in document["tracks"]]
    (trend,) = rows_of(out / "trends.csv")
    assert float(trend["slope"]) == document["trends"]["density_per_cm2"]["slope"] == 2.04
    assert {row["follow_up_image"] for row in rows_of(out / "changes.csv")} == {str(path) for path in pictures[1:]}
    assert len(rows_of(out / "sightings.csv")) == 2
    assert "Trends over the series" in (out / "s.html").read_text()


def test_a_series_goes_on_without_a_visit_that_fails(pictures):
    pictures[1].write_bytes(b"")
    result = run("compare", *pictures, "--days", "0,90,180", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert [error["path"] for error in document["errors"]] == [str(pictures[1])]
    assert [visit["image"]["path"] for visit in document["visits"]] == [str(pictures[0]), str(pictures[2])]
    assert [visit["day"] for visit in document["visits"]] == [0.0, 180.0]
