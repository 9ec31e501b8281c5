"""Which reading of a capture counts, and which belong into summaries."""

from datetime import UTC, datetime

import pytest

from hairdensity.clinic.readings import current_reading, is_usable
from hairdensity.store.models import Capture, Reading


def reading(kind, hour, *, scale=None, area="whole", verdict="good", flags=()):
    summary = {"quality": {"verdict": verdict}, "flags": list(flags)}
    made = datetime(2026, 1, 1, hour, tzinfo=UTC)
    return Reading(kind=kind, scale=scale, area=area, created_at=made, summary=summary)


def capture_with(*readings, scale=None):
    return Capture(scale=scale, area="whole", readings=list(readings))


def test_the_newest_corrected_reading_counts_before_newer_automatic_ones():
    old, corrected, newer = reading("automatic", 1), reading("corrected", 2), reading("automatic", 3)
    assert current_reading(capture_with(old, corrected, newer)) is corrected
    assert current_reading(capture_with(old, newer)) is newer
    assert current_reading(capture_with()) is None


def test_a_reading_with_another_scale_does_not_count():
    given = {"kind": "given", "um_per_px": 5.0}
    with_scale, without = reading("automatic", 1, scale=given), reading("corrected", 2)
    assert current_reading(capture_with(with_scale, without, scale=given)) is with_scale
    assert current_reading(capture_with(without, scale=given)) is None


@pytest.mark.parametrize(
    ("verdict", "flags", "usable"),
    [
        ("good", [], True),
        ("caution", ["low_resolution"], True),
        ("caution", ["decoder_warning"], False),
        ("unreadable", [], False),
    ],
)
def test_damaged_and_unreadable_pictures_stay_out_of_summaries(verdict, flags, usable):
    assert is_usable(reading("automatic", 1, verdict=verdict, flags=flags)) is usable
