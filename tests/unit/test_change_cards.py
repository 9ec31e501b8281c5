"""A change in cards: the verdict's words, the bar of the interval."""

from datetime import date

import pytest

from hairdensity.web.change_cards import BAR_WIDTH, change_cards, time_between, verdict_sentence


def difference(value, low, high, verdict, detectable=10.0):
    return {
        "value": value,
        "low": low,
        "high": high,
        "relative": 0.1,
        "detectable": detectable,
        "n": 40,
        "verdict": verdict,
        "site_low": None,
        "site_high": None,
    }


def document(change, *, accepted=True, control=None, flags=()):
    figure = {"value": 100.0, "low": 90.0, "high": 110.0}
    return {
        "change": {"density_per_cm2": change},
        "unmatched": {},
        "baseline": {"density_per_cm2": figure, "n_hairs": 40},
        "follow_up": {"density_per_cm2": figure, "n_hairs": 44},
        "registration": {"accepted": accepted, "reason": ""},
        "flags": list(flags),
        "control": control,
    }


@pytest.mark.parametrize(
    ("verdict", "kind", "words", "sentence"),
    [
        ("increase", "up", "increase beyond measurement noise", "Hair density rose beyond measurement noise"),
        ("decrease", "down", "decrease beyond measurement noise", "Hair density fell beyond measurement noise"),
        (
            "within noise",
            "same",
            "within measurement noise",
            "Hair density: the change is within measurement noise",
        ),
        (None, "unknown", "no verdict", "Hair density: no verdict can be given"),
    ],
)
def test_the_verdict_is_said_in_words(verdict, kind, words, sentence):
    shown = document(difference(12.0, 2.0, 22.0, verdict))
    (card,) = change_cards(shown)
    assert (card.kind, card.verdict) == (kind, words)
    assert verdict_sentence(shown) == sentence


def test_pictures_that_were_not_registered_have_no_verdict_whatever_their_numbers():
    shown = document(difference(60.0, 40.0, 80.0, "increase"), accepted=False)
    (card,) = change_cards(shown)
    assert card.kind == "unknown"
    assert "Not shown to be the same skin" in verdict_sentence(shown)


def test_the_same_file_twice_is_told():
    assert "same file" in verdict_sentence(document(difference(0.0, 0.0, 0.0, None), flags=["same_picture"]))


def test_the_bar_has_no_change_in_its_middle():
    (card,) = change_cards(document(difference(5.0, -5.0, 15.0, "within noise", detectable=10.0)))
    bar = card.bar
    assert bar.noise_low + bar.noise_high == pytest.approx(BAR_WIDTH)
    assert 0 < bar.low < BAR_WIDTH / 2 < bar.value < bar.high < BAR_WIDTH
    # 15 is the farthest end; 5 lies at a third of the way to it.
    assert bar.value - BAR_WIDTH / 2 == pytest.approx((bar.high - BAR_WIDTH / 2) / 3, abs=0.1)


def test_without_an_interval_there_is_no_bar():
    (card,) = change_cards(document(difference(5.0, None, None, None)))
    assert card.bar is None


def test_the_control_site_stands_beside():
    control = document(difference(-1.0, -8.0, 6.0, "within noise"))
    (card,) = change_cards(document(difference(12.0, 2.0, 22.0, "increase"), control=control))
    assert card.control == "-1 (-8 to +6), within noise"
    refused = document(difference(-1.0, -8.0, 6.0, "within noise"), accepted=False)
    (card,) = change_cards(document(difference(12.0, 2.0, 22.0, "increase"), control=refused))
    assert "says nothing" in card.control


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (date(2026, 1, 5), "on the same day"),
        (date(2026, 1, 6), "1 day later"),
        (date(2026, 4, 6), "13 weeks later"),
        (date(2028, 1, 5), "2.0 years later"),
    ],
)
def test_time_between(after, words):
    assert time_between(date(2026, 1, 5), after) == words
