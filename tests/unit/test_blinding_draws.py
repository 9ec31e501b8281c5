"""Order, repeats and codes: reproducible with the secret, unforeseeable without, and repeats kept apart."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from hairdensity.errors import InputError
from hairdensity.study.blinding.draws import ALPHABET, CODE_LENGTH, Draws, Place, draw_codes, draw_order, draw_repeats

ROWS = list(range(1, 61))


def draws_of(seed=1, secret=b"s" * 32):
    return Draws(seed=seed, secret=secret)


def test_the_same_seed_and_secret_give_the_same_everything():
    repeats = draw_repeats(draws_of(), ROWS, 0.1)
    assert repeats == draw_repeats(draws_of(), ROWS, 0.1)
    assert draw_order(draws_of(), ROWS, repeats, reader="r") == draw_order(draws_of(), ROWS, repeats, reader="r")
    codes = draw_codes(draws_of(), 60, reader="r", taken=set())
    assert codes == draw_codes(draws_of(), 60, reader="r", taken=set())


@pytest.mark.parametrize("other", [draws_of(seed=2), draws_of(secret=b"t" * 32)])
def test_another_seed_or_another_secret_gives_another_order_and_other_codes(other):
    assert draw_order(draws_of(), ROWS, [], reader="r") != draw_order(other, ROWS, [], reader="r")
    mine, others = (set(draw_codes(draws, 60, reader="r", taken=set())) for draws in (draws_of(), other))
    assert not mine & others


def test_readers_have_own_orders_and_own_codes():
    taken = set()
    orders = [draw_order(draws_of(), ROWS, [], reader=reader) for reader in ("reader-1", "reader-2")]
    codes = [draw_codes(draws_of(), 60, reader=reader, taken=taken) for reader in ("reader-1", "reader-2")]
    assert orders[0] != orders[1]
    assert not set(codes[0]) & set(codes[1])
    assert len(taken) == 120


def test_purposes_are_told_apart_by_their_parts():
    assert draws_of().digest("ab", "c") != draws_of().digest("a", "bc")


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.1, 6), (0.01, 1), (0.105, 7), (1, 60)])
def test_the_share_of_repeats_is_rounded_up(share, count):
    repeats = draw_repeats(draws_of(), ROWS, share)
    assert len(repeats) == len(set(repeats)) == count


def test_a_share_that_is_none_and_a_repeat_of_the_only_picture_are_refused():
    with pytest.raises(InputError, match="share of 0-1"):
        draw_repeats(draws_of(), ROWS, 10)
    with pytest.raises(InputError, match="another picture between"):
        draw_repeats(draws_of(), [1], 0.1)


@pytest.mark.parametrize(("n_rows", "share", "gap"), [(2, 1, 2), (3, 1, 2), (7, 1, 2), (60, 0.2, 6), (60, 1, 6)])
def test_every_row_is_there_once_and_its_repeat_far_from_it(n_rows, share, gap):
    rows = ROWS[:n_rows]
    for seed in range(30):
        draws = draws_of(seed=seed)
        repeats = draw_repeats(draws, rows, share)
        order = draw_order(draws, rows, repeats, reader="r")
        assert sorted(order) == sorted([Place(row, 1) for row in rows] + [Place(row, 2) for row in repeats])
        for row in repeats:
            assert order.index(Place(row, 2)) - order.index(Place(row, 1)) >= gap


def test_codes_are_of_one_length_without_vowels_and_digits_and_sorted():
    codes = draw_codes(draws_of(), 500, reader="r", taken=set())
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) == set(ALPHABET)
    assert not set(ALPHABET) & set("AEIOUY0123456789")
    assert codes == sorted(set(codes))


def test_a_code_that_is_taken_is_not_given_again():
    free = draw_codes(draws_of(), 3, reader="r", taken=set())
    assert free[0] not in draw_codes(draws_of(), 3, reader="r", taken={free[0]})


def test_codes_say_nothing_about_the_order_of_the_manifest():
    correlations = []
    for seed in range(200):
        order = draw_order(draws_of(seed=seed), ROWS, [], reader="r")
        # Codes are handed out sorted along the order.
        correlations.append(spearmanr([place.row for place in order], range(len(ROWS)))[0])
    # Without a relation the rank correlation of n items has mean 0 and standard deviation 1 / sqrt(n - 1).
    expected_sd = 1 / np.sqrt(len(ROWS) - 1)
    assert abs(np.mean(correlations)) < 3 * expected_sd / np.sqrt(200)
    assert np.std(correlations) == pytest.approx(expected_sd, rel=0.15)


def test_repeats_lie_as_often_before_as_behind():
    first = []
    for seed in range(300):
        order = draw_order(draws_of(seed=seed), ROWS[:20], [5], reader="r")
        first.append(order.index(Place(5, 1)))
    # Of 21 places the earlier one of two random ones: the mean is about a third.
    assert np.mean(first) == pytest.approx(20 / 3, abs=1)


def test_letters_of_codes_are_equally_frequent():
    letters = "".join(draw_codes(draws_of(), 5000, reader="r", taken=set()))
    counts = np.array([letters.count(letter) for letter in ALPHABET])
    expected = len(letters) / len(ALPHABET)
    # Chi-squared with 19 degrees of freedom: 43.8 is passed once in a thousand.
    assert ((counts - expected) ** 2 / expected).sum() < 43.8
