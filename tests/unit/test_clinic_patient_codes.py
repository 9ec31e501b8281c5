"""What a patient's code may be."""

import pytest

from hairdensity.clinic.patient_codes import PersonalCodeError, checked_code
from hairdensity.errors import InputError

CODES = ["P-0142", "7", "AB", "ABCD", "TRIAL-7 031", "Site 12", "20260142", "P1999-12", "Ä-1", "12.5.7"]


@pytest.mark.parametrize("code", CODES)
def test_codes_are_taken(code):
    assert checked_code(f"  {code} ") == code


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        ("Maria Rossi", "name"),
        ("rossi", "name"),
        ("ROSSI", "name"),
        ("Rossi, Maria 2", "name"),
        ("1961-03-12", "date of birth"),
        ("12.03.1961", "date of birth"),
        ("M 3/12/1961", "date of birth"),
        ("03 25 1961", "date of birth"),
    ],
)
def test_what_tells_who_somebody_is_needs_a_confirmation(text, looks_like):
    with pytest.raises(PersonalCodeError, match=looks_like) as caught:
        checked_code(text)
    assert caught.value.may_confirm
    assert text not in str(caught.value)
    assert checked_code(text, confirmed=True) == text


def test_email_is_never_a_code():
    with pytest.raises(PersonalCodeError, match="e-mail") as caught:
        checked_code("m.rossi@example.org", confirmed=True)
    assert not caught.value.may_confirm


@pytest.mark.parametrize("text", ["", "   ", "x" * 65, "P\x001", "P-\u202e1"])
def test_what_is_no_code_is_refused(text):
    with pytest.raises(InputError):
        checked_code(text)


def test_the_longest_code_is_taken():
    assert len(checked_code("7" * 64)) == 64


def test_both_spellings_of_unicode_are_one_code():
    assert checked_code("A\u0308-1") == checked_code("\u00c4-1")
