"""ASVS 7.2 to 7.4, 3.3 and 3.5: sessions, their cookie, requests that others forge; tokens of the API."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from hairdensity.clinic import sessions
from hairdensity.clinic.passwords import hash_password
from hairdensity.store.models import ApiToken, SignIn, User, utc_now
from hairdensity.web.app import create_app
from hairdensity.web.requests import SESSION_COOKIE
from hairdensity.web.settings import WebSettings

GOOD = "seven quiet lamps"


@pytest.fixture
def clara(place):
    with place.database.session() as db:
        db.get_one(User, place.people["clinician"].user_id).password_hash = hash_password(GOOD)
    return place.people["clinician"]


@pytest.fixture
def nobody(app):
    return TestClient(app, follow_redirects=False)


def sign_in(browser):
    return browser.post("/sign-in", data={"name": "clinician", "password": GOOD})


def test_7_2_2_and_7_2_3_tokens_are_random_and_kept_as_hashes(place, nobody, clara):
    sign_in(nobody)
    token = nobody.cookies[SESSION_COOKIE]
    assert len(token) >= 43
    with place.database.session(writes=False) as db:
        kept = db.query(SignIn).one()
        assert kept.token_sha256 == sessions.sha256_of(token)


def test_7_2_4_signing_in_makes_a_new_token_and_ends_the_one_before(app, nobody, clara):
    sign_in(nobody)
    first = nobody.cookies[SESSION_COOKIE]
    sign_in(nobody)
    assert nobody.cookies[SESSION_COOKIE] != first
    old = TestClient(app, cookies={SESSION_COOKIE: first}, follow_redirects=False)
    assert old.get("/account").status_code == 303


@pytest.mark.parametrize(
    "aged", [{"seen_at": utc_now() - sessions.IDLE}, {"expires_at": utc_now() - timedelta(seconds=1)}]
)
def test_7_3_1_and_7_3_2_a_session_ends_when_it_idles_or_is_old(place, browser, aged):
    page = browser("clinician")
    assert page.get("/account").status_code == 200
    with place.database.session() as db:
        db.query(SignIn).update(aged)
    assert page.get("/account").headers["Location"] == "/sign-in?next=/account"


def test_a_request_keeps_a_session_from_idling_out(place, browser):
    page = browser("clinician")
    page.get("/account")
    with place.database.session() as db:
        db.query(SignIn).update({"seen_at": utc_now() - sessions.IDLE / 2})
    page.get("/account")
    with place.database.session(writes=False) as db:
        assert db.query(SignIn).one().seen_at > utc_now() - timedelta(minutes=1)


def test_7_4_1_a_session_that_was_signed_out_works_no_more(app, browser):
    page = browser("clinician")
    answer = page.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    again = browser("clinician")
    assert again.get("/account").status_code == 200  # a new session of the fixture, to show that the next line can fail
    with_old_cookie = TestClient(app, cookies={SESSION_COOKIE: "token of reader"}, follow_redirects=False)
    assert with_old_cookie.get("/account").status_code == 303


def test_7_4_2_disabling_somebody_ends_sessions_and_tokens_at_once(place, app, browser):
    page = browser("clinician")
    token = page.post("/api/v1/tokens", json={"name": "register"}).json()["token"]
    program = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    assert program.get("/api/v1/me").status_code == 200
    browser("admin").post(f"/admin/people/{place.people['clinician'].user_id}/disable")
    assert page.get("/account").status_code == 303
    assert program.get("/api/v1/me").status_code == 401


def test_7_4_3_a_new_password_ends_the_other_sessions(app, nobody, clara):
    other = TestClient(app, follow_redirects=False)
    sign_in(other)
    sign_in(nobody)
    csrf = re.search(r'name="csrf-token" content="([^"]+)"', nobody.get("/account").text)[1]
    nobody.post("/account/password", data={"old": GOOD, "new": "nine green chairs", "csrf_token": csrf})
    assert nobody.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_the_only_admin_cannot_be_disabled_or_demoted(place, browser):
    admin = browser("admin")
    user_id = place.people["admin"].user_id
    assert admin.post(f"/admin/people/{user_id}/disable").status_code == 409
    assert admin.patch(f"/api/v1/people/{user_id}", json={"role": "reader"}).status_code == 409


def test_8_3_2_another_role_counts_from_the_next_request_on(place, browser):
    page = browser("clinician")
    browser("admin").post(f"/admin/people/{place.people['clinician'].user_id}/role", data={"role": "reader"})
    assert page.get("/api/v1/me").json()["role"] == "reader"


def test_3_3_1_behind_tls_cookies_are_secure_and_bound_to_the_host(place, clara):
    app = create_app(place.workplace, WebSettings(behind_tls=True, hosts=("testserver",)))
    answer = sign_in(TestClient(app, base_url="https://testserver", follow_redirects=False))
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-{SESSION_COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_3_3_2_and_3_3_4_the_cookie_is_hidden_from_scripts_and_other_sites(nobody, clara):
    cookie = sign_in(nobody).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize("sent", [{}, {"X-CSRF-Token": "of another page"}])
@pytest.mark.parametrize("path", ["/patients", "/account/sign-out-others", "/api/v1/tokens"])
def test_3_5_1_a_request_without_the_token_of_our_page_changes_nothing(browser, path, sent):
    page = browser("clinician")
    page.headers.pop("X-CSRF-Token")
    assert page.post(path, headers=sent, json={"name": "x", "code": "P-1"}).status_code == 403


def test_3_5_1_the_token_may_come_in_a_form(place, browser):
    page = browser("clinician")
    token = page.headers.pop("X-CSRF-Token")
    assert page.post("/account/sign-out-others", data={"csrf_token": "another"}).status_code == 403
    assert page.post("/account/sign-out-others", data={"csrf_token": token}).status_code == 303


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
    ],
)
def test_3_5_2_requests_of_other_sites_are_refused_even_to_sign_in(nobody, clara, sent):
    answer = nobody.post("/sign-in", data={"name": "clinician", "password": GOOD}, headers=sent)
    assert answer.status_code == 403
    assert SESSION_COOKIE not in nobody.cookies


def test_our_own_forms_are_taken(nobody, clara):
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert nobody.post("/sign-in", data={"name": "clinician", "password": GOOD}, headers=headers).status_code == 303


@pytest.mark.parametrize("path", ["/sign-out", "/account/sign-out-others", "/admin/audit/verify"])
def test_3_5_3_what_changes_something_is_no_get(browser, path):
    assert browser("admin").get(path).status_code == 405


def test_a_token_of_the_api_is_told_once_kept_as_a_hash_and_can_be_revoked(place, app, browser):
    page = browser("clinician")
    made = page.post("/api/v1/tokens", json={"name": "register", "days": 30}).json()
    assert made["token"] not in page.get("/account").text
    with place.database.session(writes=False) as db:
        row = db.query(ApiToken).one()
        assert made["token"] not in str(vars(row))
        assert timedelta(days=29) < row.expires_at - utc_now() <= timedelta(days=30)
    program = TestClient(app, headers={"Authorization": f"Bearer {made['token']}"})
    assert program.get("/api/v1/me").json()["name"] == "clinician"
    assert page.post(f"/account/tokens/{made['id']}/revoke").status_code == 303
    assert program.get("/api/v1/me").status_code == 401


def test_a_token_that_has_expired_works_no_more(place, app, browser):
    token = browser("clinician").post("/api/v1/tokens", json={"name": "register"}).json()["token"]
    with place.database.session() as db:
        db.query(ApiToken).update({"expires_at": utc_now()})
    assert TestClient(app, headers={"Authorization": f"Bearer {token}"}).get("/api/v1/me").status_code == 401


def test_a_token_opens_no_page(app, browser):
    token = browser("admin").post("/api/v1/tokens", json={"name": "register"}).json()["token"]
    program = TestClient(app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)
    assert program.get("/admin/people").headers["Location"].startswith("/sign-in")
