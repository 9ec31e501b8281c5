"""Figures as sentences, worked by hand, and the panel that shows them."""

import re

import pytest

from hairdensity.clinic.figures_in_words import Status, figures_in_words
from hairdensity.clinic.published_ranges import REFERENCES
from hairdensity.flags import IMAGE_FLAGS, flag_names
from hairdensity.metrics import METRICS

pytest.importorskip("fastapi")
from hairdensity.web.rendering import fragment


def estimate(value, low=None, high=None, n=45, site=(None, None)):
    return {"value": value, "low": low, "high": high, "n": n, "site_low": site[0], "site_high": site[1]}


def result(*, has_scale=True, flags=(), verdict="good", **metrics):
    known = {info.name: None if info.needs_scale and not has_scale else estimate(None) for info in METRICS}
    known |= {"n_hairs": 45, "n_hairs_by_ends": 45, "n_units": 30, "diameter_histogram": None}
    return {
        "calibration": {"um_per_px": 5.0} if has_scale else None,
        "target_area": {"area_cm2": 0.3 if has_scale else None, "unreadable_fraction": 0.021},
        "quality": {"verdict": verdict},
        "flags": list(flags),
        "metrics": known | metrics,
    }


def test_a_density_says_what_its_interval_means():
    dense = estimate(186.6, 171.2, 203.4, site=(150.0, 231.0))
    figure = figures_in_words(result(density_per_cm2=dense)).density[0]
    assert (figure.value, figure.unit, figure.interval) == ("187", "per cm²", "171 to 203")
    assert figure.sentence == "Between 171 and 203 hairs on each cm²"
    assert figure.site == "Another spot nearby could show 150 to 231"
    assert figure.n == "From 45 hairs"
    assert figure.bar == pytest.approx((48.91, 53.31, 58.11), abs=0.01)


@pytest.mark.parametrize(
    ("name", "found", "sentence"),
    [
        ("mean_diameter_um", estimate(64.2, 62.1, 66.3), "Between 62 and 66 µm on average"),
        ("median_diameter_um", estimate(64, 64, 64), "About 64 µm; half of the hairs are thinner"),
        ("vellus_fraction_30um", estimate(0.05, 0.02, 0.11), "Between 2% and 11% of the hairs measure 30 µm or less"),
        ("hairs_per_unit", estimate(1.5), "Its interval is not known"),
        ("hairs_per_unit", estimate(None), "Nothing to measure it on"),
    ],
)
def test_sentences(name, found, sentence):
    figures = figures_in_words(result(**{name: found}))
    shown = [*figures.thickness, *figures.thin, *figures.units]
    assert next(one for one in shown if one.name == name).sentence == sentence


def test_the_count_states_its_area_and_what_was_left_out():
    words = "45 hairs in 30 follicular units counted on 0.3 cm²; 2% of the area could not be read and was left out"
    assert figures_in_words(result()).count == words


def test_without_a_scale_there_are_shares_and_px_alone():
    figures = figures_in_words(result(has_scale=False, median_diameter_px=estimate(9.5, 9.0, 10.0)))
    assert not figures.density
    assert not figures.thin
    assert [one.name for one in figures.thickness] == ["median_diameter_px"]
    assert [one.name for one in figures.units] == ["hairs_per_unit", "single_hair_unit_fraction"]
    assert "cm²" not in figures.count


def test_advice_has_the_weightiest_first():
    figures = figures_in_words(result(flags=["overlay_graphics", "blurred"], verdict="caution"))
    assert [advice.is_serious for advice in figures.advice] == [True, False]
    assert figures.advice[0].remedy.startswith("Focus on the skin")


def test_terminal_and_vellus_stand_beside_the_share():
    densities = {
        "terminal_density_per_cm2_30um": estimate(120.0),
        "vellus_density_per_cm2_30um": estimate(12.0),
        "vellus_fraction_30um": estimate(0.09, 0.05, 0.2),
    }
    assert figures_in_words(result(**densities)).thin[0].n == "120 terminal and 12 vellus hairs per cm²"


def test_ranges_are_laid_beside_their_own_figure_alone():
    found = result(density_per_cm2=estimate(90, 80, 100), unit_density_per_cm2=estimate(70, 65, 75))
    figures = figures_in_words(found)
    for figure in (figures.density[0], figures.unit_density[0]):
        assert figure.laid
        assert {one.reference.figure for one in figure.laid} == {figure.name}
    assert all("hairs per cm²" in one.reference.published for one in figures.density[0].laid)
    assert all("units per cm²" in one.reference.published for one in figures.unit_density[0].laid)


@pytest.mark.parametrize(
    ("low", "high", "words"), [(80, 100, "below"), (180, 200, "within"), (230, 300, "overlaps"), (320, 400, "above")]
)
def test_where_an_interval_lies_to_a_range_is_said_without_a_judgement(low, high, words):
    laid = figures_in_words(result(density_per_cm2=estimate((low + high) / 2, low, high))).density[0].laid
    caucasian = next(one for one in laid if one.reference.published.startswith("226"))
    assert words in caucasian.words


def test_every_reference_names_its_people_method_and_source():
    names = {info.name for info in METRICS}
    for reference in REFERENCES:
        assert reference.figure in names
        assert reference.low < reference.high
        assert all((reference.people, reference.method, reference.published))
        assert re.search(r"\d{4};\d+", reference.source)


@pytest.mark.parametrize("has_scale", [True, False])
@pytest.mark.parametrize("kind", ["automatic", "corrected", "draft"])
def test_the_panel_has_no_inline_style_no_empty_heading_and_no_diagnosis(has_scale, kind):
    flags = [flag_names(flag)[0] for flag in IMAGE_FLAGS]
    found = result(has_scale=has_scale, flags=flags, verdict="caution")
    if has_scale:
        for name in ("density_per_cm2", "density_per_inch2", "unit_density_per_cm2", "mean_diameter_um"):
            found["metrics"][name] = estimate(150.0, 140.0, 160.0)
    html = fragment("parts/figures.html", figures=figures_in_words(found, Status(kind, 3)))
    assert " style=" not in html
    assert "<script" not in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert not re.search(r"\b(normal|abnormal|healthy range|alopecia)\b", html.lower())
    assert ("3 edits" in html) == (kind != "automatic")
