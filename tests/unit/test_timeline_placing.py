"""The timeline: what is joined, where points and treatments stand."""

from datetime import date
from types import SimpleNamespace

import pytest

from hairdensity.clinic.timelines import Point, Series, Timeline, not_comparable
from hairdensity.store.models import Treatment
from hairdensity.web.timeline.placing import draw_timeline

DENSITY = "density_per_cm2"
TODAY = date(2026, 6, 1)


def point(day, value, *, verdict="good", model="hairnet 0.2", um_per_px=5.5, area_cm2=0.4, visit=None, **more):
    """A picture of a day."""
    interval = {"value": value, "low": value - 10, "high": value + 10, "n": 50} if value is not None else None
    return Point(
        capture_id=more.get("capture_id", f"c{day}{more.get('number', 1)}"),
        reading_id=f"r{day}",
        visit_id=visit or f"v{day}",
        day=day,
        label="",
        number=more.get("number", 1),
        is_corrected=False,
        is_usable=verdict != "unreadable",
        model=model,
        summary={
            "quality": {"verdict": verdict},
            "metrics": {DENSITY: interval, "vellus_fraction_30um": {"value": 0.1, "low": 0.05, "high": 0.2}},
            "calibration": None if um_per_px is None else {"um_per_px": um_per_px},
            "target_area": {"kind": "whole", "area_cm2": area_cm2, "unreadable_fraction": 0.0},
        },
    )


def series(*points, is_control=False, refused=()):
    return Series(site_id="s", name="Vertex", is_control=is_control, points=tuple(points), refused=frozenset(refused))


def timeline(*all_series, treatments=()):
    return Timeline(site=SimpleNamespace(), series=tuple(all_series), treatments=tuple(treatments))


JAN, APR, JUL = date(2026, 1, 5), date(2026, 4, 6), date(2026, 7, 6)


def test_comparable_pictures_are_joined():
    (link,) = series(point(JAN, 100), point(APR, 110)).links(DENSITY)
    assert link.reason == ""


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"model": "hairnet 0.3"}, "read by hairnet 0.2 and by hairnet 0.3"),
        ({"um_per_px": 6.5}, "another device or zoom"),
        ({"area_cm2": 0.8}, "area size differs"),
    ],
)
def test_what_cannot_be_compared_is_not_joined(other, reason):
    assert reason in not_comparable(point(JAN, 100), point(APR, 110, **other), DENSITY)


def test_shares_do_not_depend_on_the_scale():
    before, after = point(JAN, 100), point(APR, 110, um_per_px=6.5)
    assert not_comparable(before, after, "vellus_fraction_30um") == ""


def test_a_refused_registration_parts_a_line():
    refused = [("a", "b")]
    one = series(point(JAN, 100, capture_id="a"), point(APR, 110, capture_id="b"), refused=refused)
    assert "same skin" in one.links(DENSITY)[0].reason


def test_unusable_pictures_are_shown_and_left_out_of_the_line_and_of_the_default_pair():
    shown = timeline(series(point(JAN, 100), point(APR, 20, verdict="unreadable"), point(JUL, 120)))
    first, last = shown.default_pair
    assert (first.day, last.day) == (JAN, JUL)
    panel = draw_timeline(shown, [DENSITY], width=800, today=TODAY).panels[0]
    assert [dot.look for dot in panel.dots] == ["site", "site bad", "site"]
    (segment,) = panel.segments
    assert (segment.x1, segment.x2) == (panel.dots[0].x, panel.dots[2].x)


def test_an_unusable_picture_without_a_value_is_marked_at_the_foot():
    panel = draw_timeline(
        timeline(series(point(JAN, 100), point(APR, None, verdict="unreadable"))), [DENSITY], width=800, today=TODAY
    ).panels[0]
    (mark,) = panel.unread
    assert mark.y == panel.axis.start
    assert "not usable" in mark.words


def test_the_first_usable_picture_of_a_visit_is_the_one_of_the_line():
    day = series(
        point(JAN, 100, visit="v", number=1, verdict="unreadable"),
        point(JAN, 105, visit="v", number=2),
        point(JAN, 109, visit="v", number=3),
    )
    assert [one.number for one in day.chosen] == [2]


def test_one_visit_has_no_pair():
    assert timeline(series(point(JAN, 100))).default_pair is None


def test_a_control_site_stands_beside_and_looks_different():
    shown = timeline(series(point(JAN, 100)), series(point(JAN, 130), is_control=True))
    site, control = draw_timeline(shown, [DENSITY], width=800, today=TODAY).panels[0].dots
    assert (site.look, control.look) == ("site", "control")
    assert control.x > site.x
    assert site.label == "100"
    assert control.label == ""


def test_intervals_lie_around_their_points():
    dot = draw_timeline(timeline(series(point(JAN, 100))), [DENSITY], width=800, today=TODAY).panels[0].dots[0]
    assert dot.high_y < dot.y < dot.low_y
    assert dot.words == "Vertex, 5 Jan 2026: 100, 95 % interval 90 to 110"


def test_figures_that_nothing_is_known_of_have_no_panel():
    drawing = draw_timeline(
        timeline(series(point(JAN, 100))), [DENSITY, "unit_density_per_cm2"], width=800, today=TODAY
    )
    assert [panel.title for panel in drawing.panels] == ["Hair density, per cm²"]


def test_without_pictures_there_is_no_drawing():
    assert draw_timeline(timeline(series()), [DENSITY], width=800, today=TODAY) is None


def test_a_phone_has_fewer_words():
    drawing = draw_timeline(timeline(series(point(JAN, 100), point(JUL, 90))), [DENSITY], width=350, today=TODAY)
    assert {dot.label for dot in drawing.panels[0].dots} == {""}
    assert len(drawing.time.ticks) <= 4


def treatment(kind, started_on, ended_on, **more):
    return Treatment(kind=kind, started_on=started_on, ended_on=ended_on, detail="", route="", **more)


def test_treatments_stand_under_the_time_axis():
    shown = timeline(
        series(point(JAN, 100), point(JUL, 90)),
        treatments=[
            treatment("minoxidil", date(2024, 1, 1), None),
            treatment("microneedling", JAN, JAN, depth_mm=1.5),
            treatment("microneedling", APR, APR, depth_mm=1.5),
            treatment("prp", JAN, APR),
        ],
    )
    drawing = draw_timeline(shown, [DENSITY], width=800, today=TODAY)
    minoxidil, needling, prp = drawing.lanes
    assert [lane.name for lane in drawing.lanes] == ["Minoxidil", "Microneedling, 1.5 mm", "Platelet-rich plasma (PRP)"]
    assert minoxidil.bars[0].goes_on
    assert minoxidil.bars[0].began_before
    assert minoxidil.bars[0].x == drawing.time.start
    assert [bar.is_session for bar in needling.bars] == [True, True]
    assert prp.bars[0].x == drawing.panels[0].dots[0].x
    assert prp.bars[0].width == pytest.approx(needling.bars[1].x - needling.bars[0].x, abs=0.1)
    assert minoxidil.y < needling.y < prp.y < drawing.height
    assert needling.bars[0].words == "Microneedling, 1.5 mm: 5 Jan 2026"


def test_what_was_over_before_the_first_visit_takes_no_room():
    shown = timeline(series(point(JAN, 100)), treatments=[treatment("prp", date(2020, 1, 1), date(2020, 1, 1))])
    assert draw_timeline(shown, [DENSITY], width=800, today=TODAY).lanes == ()
