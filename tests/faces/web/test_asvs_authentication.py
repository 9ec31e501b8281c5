"""ASVS 6.2 to 6.4: passwords, signing in, links for the first password."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from hairdensity.clinic import accounts, passwords, sign_in_attempts
from hairdensity.store.models import OneTimeLink, SignInFailure, User, utc_now

GOOD = "seven quiet lamps"


@pytest.fixture
def nobody(app):
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def clara(place):
    """A clinician with a password; her id."""
    with place.database.session() as db:
        user = db.get_one(User, place.people["clinician"].user_id)
        user.password_hash = passwords.hash_password(GOOD)
    return place.people["clinician"]


def sign_in(browser, name="clinician", typed=GOOD):
    return browser.post("/sign-in", data={"name": name, "password": typed})


def try_from(place, address, *, name="clinician", typed=GOOD):
    return accounts.sign_in(place.database, name=name, password=typed, address=address)


@pytest.mark.parametrize("short", ["", "a" * 11, "Tr0ub4dor&3"])
def test_6_2_1_a_short_password_is_refused(short):
    with pytest.raises(ValueError, match="at least 12 characters"):
        passwords.check_password(short, name="clara")


def test_6_2_2_and_6_2_3_a_person_changes_the_password_with_the_present_one(nobody, clara):
    sign_in(nobody)
    token = csrf_of(nobody, "/account")
    wrong = nobody.post(
        "/account/password", data={"old": "not this one", "new": "nine green chairs", "csrf_token": token}
    )
    assert wrong.status_code == 422
    assert "present password is not right" in wrong.text
    right = nobody.post("/account/password", data={"old": GOOD, "new": "nine green chairs", "csrf_token": token})
    assert right.headers["Location"] == "/account"
    assert sign_in(nobody, typed=GOOD).status_code == 401
    assert sign_in(nobody, typed="nine green chairs").status_code == 303


@pytest.mark.parametrize(
    "common",
    [
        "password1234",
        "123456789012",
        "qwertyuiop12",
        "Summer2024!!!",
        "iloveyou iloveyou",
        "P@ssw0rd1234",
        "aaaaaaaaaaaa",
    ],
)
def test_6_2_4_common_passwords_are_refused(common):
    with pytest.raises(ValueError, match="among the first that are tried"):
        passwords.check_password(common, name="clara")


def test_6_2_11_names_of_the_program_and_of_the_person_make_no_password():
    for guess in ("hairdensity1!", "dermatologist", "clara.weber-1"):
        with pytest.raises(ValueError, match="among the first that are tried"):
            passwords.check_password(guess, name="clara.weber")


@pytest.mark.parametrize(
    "free",
    [
        "only small letters here",
        "ELEPHANT RIVER COPPER",
        "ein schöner Tag im Mai",
        "🦔🪴🧶🪁🛶🎻🧭🪐🌋🗝🧩🎠",
        "a" * 3 + "bq" * 62 + "x7",
    ],
)
def test_6_2_5_and_6_2_9_any_signs_and_long_passwords_are_taken(free):
    passwords.check_password(free, name="clara")


def test_6_2_6_and_6_2_7_fields_mask_and_let_password_managers_work(nobody):
    page = nobody.get("/sign-in").text
    assert re.search(r'<input[^>]*name="password"[^>]*type="password"[^>]*autocomplete="current-password"', page)
    assert "onpaste" not in page


@pytest.mark.parametrize("other", [GOOD.upper(), GOOD + " ", " " + GOOD, GOOD[:-1]])
def test_6_2_8_a_password_is_compared_as_it_was_typed(nobody, clara, other):
    assert sign_in(nobody, typed=other).status_code == 401


def test_11_4_2_passwords_are_kept_as_argon2id_of_19_mib(place, clara):
    with place.database.session(writes=False) as db:
        assert db.get_one(User, clara.user_id).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_that_was_kept_with_less_is_kept_anew_when_its_owner_signs_in(place, nobody, clara):
    with place.database.session() as db:
        db.get_one(User, clara.user_id).password_hash = PasswordHasher(1, 8192, 1).hash(GOOD)
    assert sign_in(nobody).status_code == 303
    with place.database.session(writes=False) as db:
        assert "m=19456,t=2" in db.get_one(User, clara.user_id).password_hash


def test_6_3_1_guessing_one_account_from_one_address_ends_after_five(nobody, clara):
    for _ in range(sign_in_attempts.MOST_TOGETHER):
        assert sign_in(nobody, typed="wrong wrong wrong").status_code == 401
    refused = sign_in(nobody)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= sign_in_attempts.WINDOW.total_seconds()


def test_6_1_1_a_stranger_does_not_lock_somebody_out_from_another_address(place, clara):
    for _ in range(sign_in_attempts.MOST_TOGETHER + 1):
        try_from(place, "203.0.113.9", typed="wrong")
    assert try_from(place, "192.0.2.1").opened is not None


def test_many_names_from_one_address_are_stopped_too(place, monkeypatch):
    monkeypatch.setattr(accounts, "is_right", lambda kept, password: False)
    names = [f"n{i}" for i in range(sign_in_attempts.MOST_OF_AN_ADDRESS + 1)]
    waits = [try_from(place, "203.0.113.9", name=name).wait_s for name in names]
    assert waits[-2] == 0 < waits[-1]


def test_a_right_password_forgets_the_wrong_ones_before_it(nobody, place, clara):
    sign_in(nobody, typed="wrong wrong wrong")
    sign_in(nobody)
    with place.database.session(writes=False) as db:
        kept = db.query(SignInFailure).count()
    # Those of the name and of the address alone stay: others may be guessing from there.
    assert kept == 2


def test_failures_are_kept_without_names_or_addresses(nobody, place, clara):
    sign_in(nobody, typed="wrong wrong wrong")
    with place.database.session(writes=False) as db:
        assert all(re.fullmatch("[0-9a-f]{64}", one.against) for one in db.query(SignInFailure))


def test_6_3_2_nobody_has_an_account_before_somebody_makes_one(tmp_path, place):
    with place.database.session(writes=False) as db:
        assert {user.name for user in db.query(User)} == {"reader", "clinician", "admin", "stranger"}


def test_6_3_8_an_unknown_name_and_a_wrong_password_get_the_same_answer(nobody, clara, monkeypatch):
    checked = []
    real = accounts.is_right
    monkeypatch.setattr(accounts, "is_right", lambda kept, password: (checked.append(kept), real(kept, password))[1])
    wrong = sign_in(nobody, typed="wrong wrong wrong")
    unknown = sign_in(nobody, name="nobody.here", typed="wrong wrong wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("clinician", "") == unknown.text.replace("nobody.here", "")
    # Both cost one argon2: `is_right` spends it also where nothing is kept.
    assert [kept is None for kept in checked] == [False, True]


def test_6_4_1_a_link_for_a_password_works_once_and_not_for_ever(place, browser, nobody):
    page = browser("admin").post("/admin/people", data={"name": "New.Person", "role": "reader"}).text
    key = re.search(r"set-password\?key=([\w-]{32})", page)[1]
    assert nobody.post("/set-password", data={"key": key, "password": "too short"}).status_code == 422
    assert nobody.post("/set-password", data={"key": key, "password": GOOD}).headers["Location"] == "/"
    assert nobody.get("/account").status_code == 200
    assert nobody.post("/set-password", data={"key": key, "password": "another good one here"}).status_code == 404


def test_a_link_ends_after_its_time(place, browser, nobody):
    page = browser("admin").post(f"/admin/people/{place.people['clinician'].user_id}/link").text
    key = re.search(r"set-password\?key=([\w-]{32})", page)[1]
    with place.database.session() as db:
        db.query(OneTimeLink).one().expires_at = utc_now() - timedelta(seconds=1)
    assert nobody.get("/set-password", params={"key": key}).status_code == 404


def test_6_4_6_an_admin_gives_a_link_and_never_learns_a_password(browser):
    page = browser("admin").get("/admin/people").text
    assert 'type="password"' not in page


def csrf_of(browser, path):
    return re.search(r'name="csrf-token" content="([^"]+)"', browser.get(path).text)[1]
