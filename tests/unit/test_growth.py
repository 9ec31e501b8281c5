"""The phototrichogram on straight hairs whose growth is known, and every pitfall of the classical reading."""

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.growth import GrowthSettings, measure_growth
from hairdensity.errors import CalibrationError, InputError
from hairdensity.tables import GROWTH
from tests.straight_hairs import UM_PER_PX, change_of, straight, visit_of

ROOTS = [(60.0 + 70 * row, 40.0 + 210 * col) for row in range(4) for col in range(3)]
SHORT_UM = 250.0


def pictures(grown_um, *, days_um=SHORT_UM, roots=None, deg=0.0):
    """Hairs of 250 um at baseline, longer by these um at follow-up."""
    places = ROOTS[: len(grown_um)]
    before = visit_of([straight(root, days_um) for root in places])
    moved = places if roots is None else roots
    after = visit_of([straight(root, days_um + grown, deg=deg) for root, grown in zip(moved, grown_um, strict=True)])
    return before, after


def measured(grown_um, *, hours=48.0, settings=None, **changes):
    before, after = pictures(grown_um, **changes)
    pairs = [(i, i) for i in range(len(grown_um))]
    return measure_growth(change_of(before, after, pairs), hours=hours, settings=settings)


def test_nine_of_twelve_hairs_grow_by_a_third_of_a_millimeter_a_day():
    growth = measured([600.0] * 9 + [0.0] * 3)

    assert growth.median_rate_mm_per_day.value == pytest.approx(0.3, abs=0.005)
    assert growth.mean_rate_mm_per_day.value == pytest.approx(0.3, abs=0.005)
    assert growth.anagen_fraction.value == pytest.approx(0.75, abs=0.01)
    assert growth.telogen_fraction.value == pytest.approx(0.25, abs=0.01)
    assert (growth.n_anagen, growth.n_telogen, growth.n_undecided) == (9, 3, 0)
    assert list(growth.hairs.columns) == [column.name for column in GROWTH]
    assert growth.hairs["phase"].tolist() == ["anagen"] * 9 + ["telogen"] * 3
    assert growth.hairs["growth_mm_per_day"].to_numpy() == pytest.approx([0.3] * 9 + [0.0] * 3, abs=1e-3)


def test_intervals_hold_the_value_and_the_site_is_less_sure_than_the_picture():
    growth = measured([500.0, 560.0, 600.0, 640.0, 700.0, 600.0, 620.0, 580.0, 600.0, 0.0, 0.0, 0.0])

    for figure in (growth.median_rate_mm_per_day, growth.mean_rate_mm_per_day, growth.anagen_fraction):
        assert figure.site_low <= figure.low < figure.value < figure.high <= figure.site_high
    share = growth.anagen_fraction
    assert share.site_high - share.site_low > 0.3  # twelve hairs: +-25 points
    assert growth.telogen_fraction.low == pytest.approx(1 - share.high)


def test_the_rate_follows_from_the_time_between():
    assert measured([600.0] * 8, hours=72.0).median_rate_mm_per_day.value == pytest.approx(0.2, abs=0.005)


def test_the_threshold_is_a_setting_and_stored():
    slow = [600.0] * 8 + [300.0, 300.0]

    assert measured(slow).n_anagen == 10
    strict = measured(slow, settings=GrowthSettings(threshold_mm_per_day=0.2))
    assert (strict.n_anagen, strict.n_telogen) == (8, 2)
    assert strict.settings.threshold_mm_per_day == 0.2


def test_a_hair_at_the_threshold_is_undecided():
    growth = measured([600.0] * 9 + [0.0, 0.0, 200.0])  # 0.1 mm/day

    assert growth.hairs["phase"].iloc[-1] == "undecided"
    assert growth.hairs["reason"].iloc[-1] == "length error straddles the threshold"


def test_day_0_lengths_are_taken_off():
    """Hairs that were left long do not grow for that."""
    growth = measured([0.0] * 6 + [600.0] * 6, days_um=350.0)

    assert (growth.n_anagen, growth.n_telogen) == (6, 6)


def test_a_root_that_was_found_at_another_place_does_not_grow():
    """The trace begins 100 um further out at follow-up: shorter by as much, with the tip where it was."""
    roots = [(row, col + 100.0 / UM_PER_PX) for row, col in ROOTS]
    growth = measured([-100.0] * 12, roots=roots)

    assert growth.hairs["growth_um"].to_numpy() == pytest.approx(np.zeros(12), abs=3.0)
    assert growth.n_telogen == 12


def test_a_hair_that_lies_differently_does_not_grow():
    growth = measured([0.0] * 12, days_um=600.0, deg=20.0)

    assert growth.hairs["growth_um"].to_numpy() == pytest.approx(np.zeros(12), abs=1e-6)


def test_a_hair_that_was_taken_for_reversed_at_one_visit_is_still_compared_by_its_length():
    before, after = pictures([600.0] * 9 + [0.0] * 3)
    turned = visit_of([*(after.centerlines.path(i) for i in range(11)), after.centerlines.path(11)[::-1]])

    growth = measure_growth(change_of(before, turned, [(i, i) for i in range(12)]), hours=48)

    assert growth.hairs["growth_um"].iloc[11] == pytest.approx(0.0, abs=1e-6)


def test_zoom_between_the_pictures_is_not_growth():
    before = visit_of([straight(root, 400.0) for root in ROOTS[:9]])
    zoom = Alignment(matrix=np.array([[1.1, 0.0, -8.0], [0.0, 1.1, -5.0]]))
    after = visit_of([zoom.to_follow_up(path) for path in (before.centerlines.path(i) for i in range(9))])

    growth = measure_growth(change_of(before, after, [(i, i) for i in range(9)], alignment=zoom), hours=48)

    assert growth.hairs["growth_um"].to_numpy() == pytest.approx(np.zeros(9), abs=1e-6)
    assert growth.n_telogen == 9


def test_the_better_scale_counts():
    paths = [straight(root, 400.0) for root in ROOTS]
    longer = [straight(root, 1000.0) for root in ROOTS]
    before = visit_of(paths, um_per_px=6.0, relative_error=0.05)
    after = visit_of(longer, um_per_px=UM_PER_PX, relative_error=0.01)

    growth = measure_growth(change_of(before, after, [(i, i) for i in range(12)]), hours=48)

    assert growth.mean_rate_mm_per_day.value == pytest.approx(0.3, abs=0.005)


class TestHairsThatLeave:
    """A tip outside the picture gives a lower bound."""

    def edge(self, room_um, grown_um=600.0):
        """Eleven hairs, one of which has so much room from its tip to the picture's edge."""
        places = [*ROOTS[:10], (200.0, 679.5 - (SHORT_UM + room_um) / UM_PER_PX)]
        n = len(places)
        before = visit_of([straight(root, SHORT_UM) for root in places])
        lengths = [SHORT_UM + grown_um] * 7 + [SHORT_UM] * 3 + [SHORT_UM + room_um]
        after = visit_of([straight(root, length) for root, length in zip(places, lengths, strict=True)])
        return measure_growth(change_of(before, after, [(i, i) for i in range(n)]), hours=48)

    def test_beyond_the_threshold_it_is_anagen(self):
        last = self.edge(room_um=400.0).hairs.iloc[-1]

        assert (last["phase"], last["bound"]) == ("anagen", "at least")
        assert last["reason"] == "tip out of sight in the second picture"

    def test_below_the_threshold_it_is_never_telogen(self):
        last = self.edge(room_um=60.0).hairs.iloc[-1]

        assert last["phase"] == "undecided"
        assert last["anagen_probability"] > 0.5

    def test_its_bound_does_not_pull_the_rate_down(self):
        assert self.edge(room_um=220.0).mean_rate_mm_per_day.value == pytest.approx(0.3, abs=0.01)

    def test_what_cannot_be_read_hides_a_tip_too(self):
        hidden = np.zeros((400, 680), dtype=bool)
        hidden[50:70, 165:220] = True
        before, after = pictures([400.0] + [600.0] * 8 + [0.0] * 3)
        covered = visit_of([after.centerlines.path(i) for i in range(12)], hidden=hidden)

        growth = measure_growth(change_of(before, covered, [(i, i) for i in range(12)]), hours=48)

        assert growth.hairs["bound"].iloc[0] == "at least"  # its tip lies at column 40 + 130

    def test_out_of_sight_twice_says_nothing(self):
        places = [*ROOTS[:9], (200.0, 650.0)]
        to_edge = straight((200.0, 650.0), 29.5 * UM_PER_PX)
        before = visit_of([*(straight(root, SHORT_UM) for root in places[:-1]), to_edge])
        after = visit_of([*(straight(root, 850.0) for root in places[:-1]), to_edge])

        last = measure_growth(change_of(before, after, [(i, i) for i in range(10)]), hours=48).hairs.iloc[-1]

        assert last["phase"] == "undecided" and np.isnan(last["anagen_probability"])


class TestNewHairs:
    """Hairs cut flush with the skin come out within two days."""

    def with_new(self, length_um):
        before, after = pictures([600.0] * 8 + [0.0] * 2)
        more = visit_of([*(after.centerlines.path(i) for i in range(10)), straight((305.0, 480.0), length_um)])
        return measure_growth(change_of(before, more, [*((i, i) for i in range(10)), (None, 10)]), hours=48)

    def test_a_long_one_grows(self):
        last = self.with_new(650.0).hairs.iloc[-1]

        assert last["phase"] == "anagen"
        assert last["bound"] == "at most"

    def test_one_that_did_not_have_to_grow_is_no_sign_of_telogen(self):
        """It may be a loose piece of hair."""
        growth = self.with_new(130.0)

        assert growth.hairs["phase"].iloc[-1] == "undecided"
        assert "loose piece" in growth.hairs["reason"].iloc[-1]
        assert growth.anagen_fraction.value == pytest.approx(8 / 10, abs=0.01)

    def test_they_count(self):
        assert self.with_new(650.0).anagen_fraction.value == pytest.approx(9 / 11, abs=0.02)


def test_a_hair_that_is_not_found_again_has_no_phase():
    before, after = pictures([600.0] * 9 + [0.0] * 3)
    without = visit_of([after.centerlines.path(i) for i in range(11)])

    growth = measure_growth(change_of(before, without, [*((i, i) for i in range(11)), (11, None)]), hours=48)

    assert growth.hairs["phase"].iloc[-1] == "undecided"
    assert growth.hairs["reason"].iloc[-1].startswith("not found in the second picture")
    assert growth.anagen_fraction.n == 11


def test_a_trace_that_runs_on_along_another_hair_is_not_growth():
    """A resting hair, and 60 px behind its tip another hair in line, which the second picture merges with it."""
    roots = [*ROOTS[:10], (330.0, 60.0), (330.0, 150.0)]
    before = visit_of([straight(root, SHORT_UM) for root in roots])
    paths = [straight(root, SHORT_UM + 600.0) for root in roots[:8]] + [
        straight(root, SHORT_UM) for root in roots[8:10]
    ]
    after = visit_of([*paths, straight(roots[10], 1500.0)])

    growth = measure_growth(change_of(before, after, [*((i, i) for i in range(11)), (11, None)]), hours=48)

    merged = growth.hairs.iloc[10]
    assert (merged["phase"], merged["reason"]) == ("undecided", "touches another hair")
    assert growth.mean_rate_mm_per_day.value == pytest.approx(0.3, abs=0.01)


def test_a_tip_on_another_hair_may_be_hidden():
    roots = [*ROOTS[:10], (300.0, 300.0)]
    before = visit_of([straight(root, SHORT_UM) for root in roots])
    across = straight((250.0, 380.0), 600.0, deg=90.0)
    grown = [straight(root, SHORT_UM + 600.0) for root in roots[:7]] + [
        straight(root, SHORT_UM) for root in roots[7:10]
    ]
    after = visit_of([*grown, straight(roots[10], 400.0), across])

    growth = measure_growth(change_of(before, after, [*((i, i) for i in range(11)), (None, 11)]), hours=48)

    # 0.075 mm/day as measured, below the threshold: yet the tip lies on the hair that runs across.
    assert growth.hairs["growth_mm_per_day"].iloc[10] == pytest.approx(0.075, abs=1e-3)
    assert growth.hairs["phase"].iloc[10] == "undecided"


def test_shafts_that_rise_are_longer_than_their_picture():
    flat = measured([300.0] * 8 + [0.0] * 4)
    raised = measured([300.0] * 8 + [0.0] * 4, settings=GrowthSettings(elevation_deg=60.0))

    assert raised.median_rate_mm_per_day.value == pytest.approx(2 * flat.median_rate_mm_per_day.value, abs=0.01)


class TestRefusals:
    def test_not_registered(self):
        before, after = pictures([600.0] * 9)
        change = change_of(before, after, [(i, i) for i in range(9)], accepted=False)
        with pytest.raises(InputError, match="share no skin"):
            measure_growth(change, hours=48)

    @pytest.mark.parametrize("hours", [2.0, 1000.0, float("nan")])
    def test_hours_out_of_range(self, hours):
        with pytest.raises(InputError, match="hours between the pictures"):
            measured([600.0] * 9, hours=hours)

    def test_no_scale(self):
        paths = [straight(root, SHORT_UM) for root in ROOTS]
        bare = visit_of(paths, um_per_px=None)
        with pytest.raises(CalibrationError, match="needs a scale"):
            measure_growth(change_of(bare, bare, [(i, i) for i in range(12)]), hours=48)

    def test_clipped_between(self):
        with pytest.raises(InputError, match="clipped between"):
            measured([-300.0] * 12, days_um=600.0)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"threshold_mm_per_day": 0.0},
            {"threshold_mm_per_day": 0.9},
            {"hours_range": (72.0, 48.0)},
            {"confidence": 1.0},
            {"elevation_deg": 90.0},
            {"length_error_um": 0.0},
        ],
    )
    def test_settings_that_make_no_sense(self, wrong):
        with pytest.raises(InputError):
            GrowthSettings(**wrong)


def test_nothing_matched_is_zero_rows():
    empty = visit_of([])
    growth = measure_growth(change_of(empty, empty, []), hours=48)

    assert len(growth.hairs) == 0
    assert np.isnan(growth.anagen_fraction.value) and np.isnan(growth.median_rate_mm_per_day.value)


def test_inputs_stay_as_they_were():
    before, after = pictures([600.0] * 9)
    change = change_of(before, after, [(i, i) for i in range(9)])
    table = change.matches.copy()
    measure_growth(change, hours=48)
    assert change.matches.equals(table)
