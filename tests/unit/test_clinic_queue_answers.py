"""What a child answered becomes what a function would have raised, so that pages say the same for both."""

import pytest

from hairdensity.clinic.queue.answers import value_of
from hairdensity.errors import BusyError, HairDensityError, InputError, TargetAreaError, TruncatedImageError
from hairdensity.workers import Outcome


def test_a_value_is_given_back():
    assert value_of(Outcome(value={"n": 3})) == {"n": 3}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("truncated", TruncatedImageError),
        ("target_area", TargetAreaError),
        ("bad_input", InputError),
        ("crashed", InputError),
        ("out_of_memory", InputError),
        ("timeout", BusyError),
        ("internal", HairDensityError),
    ],
)
def test_a_fault_is_raised_as_its_class(code, kind):
    with pytest.raises(kind) as raised:
        value_of(Outcome(code=code, message="it is damaged; copy it again"))
    assert type(raised.value) is kind
    if code != "timeout":
        assert raised.value.code == code
    assert kind.code != "internal"


def test_the_words_of_a_crash_do_not_speak_of_a_second_try():
    with pytest.raises(InputError, match="upload that") as raised:
        value_of(Outcome(code="crashed", message="crashed the process that read it, twice (SIGSEGV)"))
    assert "twice" not in str(raised.value)
