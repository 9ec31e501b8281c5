"""Where everything of a timeline stands, for a drawing of a stated width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from hairdensity.clinic.timelines import Link, Point, Series, Timeline
from hairdensity.clinic.treatments import courses_of, days_in_words, treatment_words
from hairdensity.metrics.figures import MetricInfo, info_of
from hairdensity.report.change_wording import title_of, value_of
from hairdensity.store.models import Treatment
from hairdensity.web.timeline.axes import Axis, time_axis, value_axis

__all__ = ["Drawing", "draw_timeline"]

PANEL_PX = 190.0
TOP_PX = 34.0
BETWEEN_PX = 46.0
LANE_PX = 30.0
LEFT_PX, RIGHT_PX = 52.0, 18.0
NARROW_PX = 560.0
"""Below, a drawing is for a phone: fewer ticks, no words beside points."""

_ASIDE_PX = 7.0
"""Control sites stand beside the site of the same day."""

_LONGEST_PAST = timedelta(days=42)
"""Of a treatment before the first visit; what began earlier is drawn as going on from before."""


class Dot(NamedTuple):
    """A point with its interval."""

    x: float
    y: float
    low_y: float | None
    high_y: float | None
    look: str
    words: str
    label: str


class Segment(NamedTuple):
    """A line between two points."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One figure over the visits.

    Parameters
    ----------
    title : str
    top : float
        px.
    axis : Axis
        Of the values.
    dots : tuple of Dot
    unread : tuple of Dot
        Pictures that could not be used and have no value, at the foot of the panel.
    segments : tuple of Segment
    gaps : tuple of str
        Where neighboring points are not joined, and why.
    """

    title: str
    top: float
    axis: Axis
    dots: tuple[Dot, ...]
    unread: tuple[Dot, ...]
    segments: tuple[Segment, ...]
    gaps: tuple[str, ...]


class Bar(NamedTuple):
    """A treatment from day to day, or a session."""

    x: float
    width: float
    is_session: bool
    goes_on: bool
    began_before: bool
    words: str


class Lane(NamedTuple):
    """All courses of one treatment."""

    y: float
    name: str
    look: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A whole timeline.

    Parameters
    ----------
    width, height : float
        px of its own.
    time : Axis
    bottom : float
        px of the end of the last panel.
    panels : tuple of Panel
    lanes : tuple of Lane
    words : str
        What it shows, for who does not see it.
    """

    width: float
    height: float
    time: Axis
    bottom: float
    panels: tuple[Panel, ...]
    lanes: tuple[Lane, ...]
    words: str


def draw_timeline(timeline: Timeline, figures: Sequence[str], *, width: float, today: date) -> Drawing | None:
    """Place a timeline; None where no picture has been read yet.

    Parameters
    ----------
    timeline : Timeline
    figures : sequence of str
        One panel each; those that nothing is known of are left out.
    width : float
        px.
    today : date
        Until when treatments that go on have gone on.
    """
    days = [point.day for series in timeline.series for point in series.points]
    if not days:
        return None
    held = [*days, *_treated_days(timeline.treatments, min(days), today)]
    is_narrow = width < NARROW_PX
    time = time_axis(held, start=LEFT_PX, end=width - RIGHT_PX, most_ticks=4 if is_narrow else 9)
    panels = tuple(_panels(timeline, figures, time, has_labels=not is_narrow))
    bottom = panels[-1].top + PANEL_PX if panels else TOP_PX
    lanes = tuple(_lanes(timeline.treatments, time, bottom + 44.0))
    height = bottom + 34.0 + (14.0 + LANE_PX * len(lanes) if lanes else 0.0)
    words = (
        f"{', '.join(panel.title for panel in panels)} over {len(set(days))} days of visits; the table says the same"
    )
    return Drawing(width=width, height=height, time=time, bottom=bottom, panels=panels, lanes=lanes, words=words)


def _treated_days(treatments: Sequence[Treatment], first: date, today: date) -> Iterator[date]:
    """Yield the days that the axis must hold beside those of the visits."""
    for treatment in treatments:
        yield max(treatment.started_on, first - _LONGEST_PAST)
        ended = treatment.ended_on
        if ended is not None and ended > first - _LONGEST_PAST:
            yield min(ended, max(today, first))


def _panels(timeline: Timeline, figures: Sequence[str], time: Axis, *, has_labels: bool) -> Iterator[Panel]:
    """Yield a panel for each figure that something is known of."""
    top = TOP_PX
    for name in figures:
        info = info_of(name)
        known = [(series, point) for series in timeline.series for point in series.points if point.figure(name)]
        if not known:
            continue
        axis = value_axis(
            [end for _, point in known for end in _ends(info, point)],
            start=top + PANEL_PX,
            end=top,
            least=max(0.0, info.least),
        )
        links = [link for series in timeline.series for link in series.links(name)]
        yield Panel(
            title=title_of(info) + (", %" if info.link == "logit" else ""),
            top=top,
            axis=axis,
            dots=tuple(_dot(series, point, info, (time, axis), has_labels=has_labels) for series, point in known),
            unread=tuple(_unread(timeline, info, (time, axis))),
            segments=tuple(_segments(timeline.series, info, (time, axis))),
            gaps=tuple(_gap(link) for link in links if link.reason),
        )
        top += PANEL_PX + BETWEEN_PX


def _factor(info: MetricInfo) -> float:
    """Shares are drawn in percent."""
    return 100.0 if info.link == "logit" else 1.0


def _ends(info: MetricInfo, point: Point) -> list[float]:
    """Value and both ends of the interval, as drawn."""
    figure = point.figure(info.name) or {}
    ends = (figure.get("value"), figure.get("low"), figure.get("high"))
    return [end * _factor(info) for end in ends if end is not None]


def _place(series: Series, point: Point, info: MetricInfo, axes: tuple[Axis, Axis]) -> tuple[float, float]:
    """(x, y) px of a point."""
    x = axes[0].at(point.day.toordinal()) + (_ASIDE_PX if series.is_control else 0.0)
    return round(x, 1), axes[1].at(_ends(info, point)[0])


def _dot(series: Series, point: Point, info: MetricInfo, axes: tuple[Axis, Axis], *, has_labels: bool) -> Dot:
    x, y = _place(series, point, info, axes)
    figure = point.figure(info.name) or {}
    has_interval = figure["low"] is not None and figure["high"] is not None
    ends = [axes[1].at(figure[end] * _factor(info)) if has_interval else None for end in ("low", "high")]
    is_chosen = point in series.chosen
    look = "control" if series.is_control else "site"
    value = value_of(info, figure)
    return Dot(
        x=x,
        y=y,
        low_y=ends[0],
        high_y=ends[1],
        look=look if is_chosen else f"{look} aside" if point.is_usable else f"{look} bad",
        words=_words(series, point, info, value, figure if has_interval else None),
        label=value if has_labels and is_chosen and not series.is_control else "",
    )


def _unread(timeline: Timeline, info: MetricInfo, axes: tuple[Axis, Axis]) -> Iterator[Dot]:
    """Yield the unusable pictures that have no value: they are seen, too."""
    for series in timeline.series:
        for point in series.points:
            if point.is_usable or point.figure(info.name) is not None:
                continue
            look = "control" if series.is_control else "site"
            yield Dot(
                x=axes[0].at(point.day.toordinal()),
                y=axes[1].start,
                low_y=None,
                high_y=None,
                look=f"{look} bad",
                words=f"{series.name}, {point.day.day} {point.day:%b %Y}: picture not usable",
                label="",
            )


def _words(series: Series, point: Point, info: MetricInfo, value: str, figure: dict[str, float] | None) -> str:
    """What a point says when it is pointed at."""
    parts = [f"{series.name}, {point.day.day} {point.day:%b %Y}: {value}"]
    if figure is not None:
        low, high = (value_of(info, {"value": figure[end]}) for end in ("low", "high"))
        parts.append(f"95 % interval {low} to {high}")
    if not point.is_usable:
        parts.append("picture not usable")
    return ", ".join(parts)


def _segments(all_series: Sequence[Series], info: MetricInfo, axes: tuple[Axis, Axis]) -> Iterator[Segment]:
    """Yield the lines between comparable neighbors."""
    for series in all_series:
        for link in series.links(info.name):
            if not link.reason:
                start, end = (_place(series, point, info, axes) for point in (link.before, link.after))
                yield Segment(*start, *end, is_control=series.is_control)


def _gap(link: Link) -> str:
    days = (f"{point.day.day} {point.day:%b %Y}" for point in (link.before, link.after))
    return "{} and {}: {}".format(*days, link.reason)


def _lanes(treatments: Sequence[Treatment], time: Axis, top: float) -> Iterator[Lane]:
    """Yield a lane for each sort of treatment, in the order of their first days."""
    for number, (name, course) in enumerate(courses_of(treatments).items()):
        bars = tuple(_bar(treatment, time) for treatment in course if _is_shown(treatment, time))
        if bars:
            yield Lane(y=top + number * LANE_PX, name=name, look=number % 4, bars=bars)


def _is_shown(treatment: Treatment, time: Axis) -> bool:
    """Not over before the axis begins."""
    return treatment.ended_on is None or treatment.ended_on.toordinal() >= time.low


def _bar(treatment: Treatment, time: Axis) -> Bar:
    start = time.at(treatment.started_on.toordinal())
    goes_on = treatment.ended_on is None
    is_session = treatment.ended_on == treatment.started_on
    end = time.end if treatment.ended_on is None else time.at(treatment.ended_on.toordinal())
    return Bar(
        x=start,
        width=max(4.0, round(end - start, 1)),
        is_session=is_session,
        goes_on=goes_on,
        began_before=treatment.started_on.toordinal() < time.low,
        words=f"{treatment_words(treatment)}: {days_in_words(treatment)}",
    )
