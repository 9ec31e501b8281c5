"""Roles, and the one way to an object: through its clinic."""

import pytest

from hairdensity.clinic.access import Person, Role, require_role
from hairdensity.errors import NotAllowedError


@pytest.mark.parametrize(
    ("has", "asked", "may"),
    [
        ("reader", "reader", True),
        ("reader", "clinician", False),
        ("clinician", "reader", True),
        ("clinician", "admin", False),
        ("admin", "clinician", True),
    ],
)
def test_a_role_may_what_the_lower_ones_may(has, asked, may):
    assert Person(user_id="u", clinic_id="c", name="n", role=Role(has)).may(Role(asked)) is may


def test_who_may_not_is_told_the_role_that_may():
    reader = Person(user_id="u", clinic_id="c", name="n", role=Role.READER)
    with pytest.raises(NotAllowedError, match="needs the role clinician"):
        require_role(reader, Role.CLINICIAN)
