"""What hostile people try: a stolen session, an invitation, cookies and forms that nobody of ours has made."""

import base64

import anyio
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hairdensity.clinic import accounts
from hairdensity.clinic.patient_codes import checked_code
from hairdensity.errors import ConflictError
from hairdensity.store.models import AuditEntry, Capture, User
from hairdensity.web import guards
from hairdensity.web.flash import FLASH_COOKIE
from tests.faces.web.routes import ours

__all__ = ["ours"]


def test_a_stolen_session_does_not_guess_the_password(browser):
    thief = browser("clinician")
    guess = {"old": "a guess of somebody", "new": "some odd words go here 8"}
    pages = [thief.post("/account/password", data=guess) for _ in range(6)]
    assert {page.status_code for page in pages} == {422}
    assert "the present password is not right" in pages[4].text.lower()
    assert "too many attempts" in pages[5].text.lower()


def test_somebody_who_has_not_chosen_a_password_is_no_second_admin(place, browser):
    admin = browser("admin")
    admin.post("/admin/people", data={"name": "invited", "role": "admin"})
    user_id = place.people["admin"].user_id
    assert admin.post(f"/admin/people/{user_id}/role", data={"role": "reader"}).status_code == 409
    assert admin.post(f"/admin/people/{user_id}/disable").status_code == 409
    with place.database.session() as db:
        invited = db.scalars(select(User).where(User.name == "invited")).one()
        invited.password_hash = "of a password"  # noqa: S105 -- no password has this hash
    assert admin.post(f"/admin/people/{user_id}/disable").status_code == 303


def test_a_failure_to_sign_in_costs_the_same_writing_for_names_that_nobody_has(place):
    for name in ("clinician", "nobody.of.ours"):
        accounts.sign_in(place.database, name=name, password="wrong wrong wrong", address="a")  # noqa: S106
    with place.database.session(writes=False) as db:
        entries = db.scalars(select(AuditEntry).where(AuditEntry.event == "sign-in failed")).all()
    assert [entry.object_id for entry in entries] == [place.people["clinician"].user_id, ""]
    assert "nobody.of.ours" not in str([vars(entry) for entry in entries])


@pytest.mark.parametrize("value", [b"1", b"null", b'{"a": 1}', b"[1]", b"[" * 3000, b"\xff"])
def test_a_message_that_nobody_of_ours_has_set_breaks_no_page(app, value):
    cookie = base64.urlsafe_b64encode(value).decode()
    assert TestClient(app, cookies={FLASH_COOKIE: cookie}).get("/about").status_code == 200


def test_14_3_1_a_browser_whose_session_has_ended_by_itself_forgets_pictures(app, browser, ours):
    nobody = TestClient(app, follow_redirects=False)
    assert "Clear-Site-Data" not in nobody.get("/account").headers
    somebody = browser("clinician")
    somebody.cookies.set("hairdensity_session", "one that has ended")
    for path in ("/account", f"/captures/{ours['capture_id']}/thumbnail.jpg", "/api/v1/me"):
        assert somebody.get(path).headers["Clear-Site-Data"] == '"cache"', path


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u0420-1", "P-1"),
        ("\uff30\uff0d\uff11", "P-1"),
        ("\u0391\u0392\u201112", "AB-12"),
        ("\u0416\u0420-12", "\u0416\u0420-12"),
        ("P-\u00b2", "P-2"),
    ],
)
def test_codes_that_nobody_can_tell_apart_are_one_code(browser, typed, kept):
    assert checked_code(typed) == kept
    page = browser()
    assert page.post("/api/v1/patients", json={"code": typed}).json()["code"] == kept
    assert page.post("/api/v1/patients", json={"code": kept}).status_code == 409
    assert page.get("/api/v1/patients", params={"search": typed}).json()["items"][0]["code"] == kept


@pytest.mark.parametrize("hidden", ["P-\u200b1", "P-\u202e1", "P-\x001", "P-\u20661"])
def test_signs_that_nobody_sees_are_in_no_code_and_no_treatment(browser, ours, hidden):
    page = browser()
    assert page.post("/api/v1/patients", json={"code": hidden}).status_code == 422
    treatment = {"kind": "other", "detail": hidden, "started_on": "2026-01-02"}
    assert page.post(f"/api/v1/patients/{ours['patient_id']}/treatments", json=treatment).status_code == 422


def test_two_who_save_the_same_at_once_are_told_so(place):
    with pytest.raises(ConflictError), place.database.session() as db:
        who = place.people["clinician"]
        db.add_all(
            [User(clinic_id=who.clinic_id, name="twice", role="reader", password_hash="!") for _ in range(2)]  # noqa: S106
        )


class Slow:
    """A body that comes in drops."""

    def __init__(self, monkeypatch, seconds):
        self.now = 0.0
        self.seconds = seconds
        monkeypatch.setattr(guards.time, "monotonic", lambda: self.now)

    async def __call__(self):
        self.now += self.seconds
        return {"type": "http.request", "body": b"x", "more_body": True}


def test_a_body_in_drops_is_not_waited_for(monkeypatch):
    async def read():
        body = guards.Body(Slow(monkeypatch, 20.0), float("inf"))
        for _ in range(3):
            await body()
        with pytest.raises(guards.BodyError) as caught:
            await body()
        assert caught.value.status == 408

    anyio.run(read)


def test_a_picture_that_leaves_stands_in_the_audit(place, browser, ours, tmp_path):
    copy = tmp_path / "cache" / "stripped"
    copy.mkdir(parents=True)
    with place.database.session(writes=False) as db:
        sha256 = db.get(Capture, ours["capture_id"]).sha256
    (copy / f"{sha256}.png").write_bytes(b"pixels")
    reader = browser("reader")
    for path in (f"/captures/{ours['capture_id']}/original", f"/api/v1/captures/{ours['capture_id']}/original"):
        assert reader.get(path).content == b"pixels"
    with place.database.session(writes=False) as db:
        entries = db.scalars(select(AuditEntry).where(AuditEntry.event == "exported")).all()
    assert [(one.user_id, one.detail) for one in entries] == [
        (place.people["reader"].user_id, {"file": "original"}),
    ] * 2


def test_a_request_whose_end_is_a_matter_of_opinion_is_refused(app):
    headers = {"Content-Length": "4", "Transfer-Encoding": "chunked"}
    answer = TestClient(app).post("/sign-in", content=b"0\r\n\r\n", headers=headers)
    assert answer.status_code == 400
    assert answer.headers["Connection"] == "close"
