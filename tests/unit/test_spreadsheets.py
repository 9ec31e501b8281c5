import pytest

from hairdensity.report.spreadsheets import no_formula


@pytest.mark.parametrize("name", ["=1+1.jpg", "+a.jpg", "-b.jpg", "@sum.jpg", "\tx", "\rx", "\nx", "\uff1dcmd.jpg"])
def test_what_starts_like_a_formula_becomes_the_same_path_in_other_words(name):
    assert no_formula(name) == f"./{name}"


@pytest.mark.parametrize("name", ["a=1.jpg", "/data/=1.jpg", "a-b.jpg", "", "größe.jpg", "./=1.jpg"])
def test_other_names_stay(name):
    assert no_formula(name) == name
