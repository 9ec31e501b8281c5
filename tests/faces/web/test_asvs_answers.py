"""ASVS 1, 2.2, 3.2, 3.4, 4.1, 13.4, 14 and 16: headers, what is shown of input, faults, what the log holds."""

import logging
import re

import pytest
from fastapi.testclient import TestClient

from hairdensity.web import guards
from hairdensity.web.app import create_app
from hairdensity.web.rendering import STATIC, static_url
from hairdensity.web.settings import WebSettings

DRAWN_BY_THE_SERVER = ("figures.js", "uploading.js")
PRIVATE = "P-4711 of Monday"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def nobody(app):
    return TestClient(app, follow_redirects=False)


PATHS = ["/sign-in", "/about", "/account", "/no-such-page", "/api/v1/me", "/api/v1/docs", "/static/css/base.css"]


@pytest.mark.parametrize("path", PATHS)
def test_3_4_every_answer_carries_the_headers(nobody, path):
    headers = nobody.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("camera=(self)")
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers


def test_3_4_1_behind_tls_browsers_come_back_by_https_alone(place):
    app = create_app(place.workplace, WebSettings(behind_tls=True, hosts=("testserver",)))
    answer = TestClient(app, base_url="https://testserver").get("/about")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_templates_and_scripts_hold_nothing_that_the_policy_forbids():
    for path in (STATIC.parent / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son\w+=\"|javascript:|hx-on", text), path
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag or 'type="application/json"' in tag, f"{path}: {tag}"
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text), path
        # What icons are drawn of stands in the template itself.
        assert path.name == "icons.html" or "|safe" not in text.replace(" ", ""), path


def test_1_3_2_scripts_of_ours_build_no_code_and_no_html_from_text():
    for path in (STATIC / "js").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|outerHTML|insertAdjacentHTML|document\.write", text), path
        # These put in what the server has drawn and escaped, as htmx does it.
        assert path.name in DRAWN_BY_THE_SERVER or "innerHTML" not in text, path


def test_1_2_1_what_was_typed_is_shown_as_text(nobody):
    page = nobody.post("/sign-in", data={"name": '"><script>alert(1)</script>', "password": "x"})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    "next_page", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "\n//x"]
)
def test_1_2_2_and_3_7_2_nobody_is_sent_to_another_site(browser, next_page):
    assert browser("reader").get("/sign-in", params={"next": next_page}).headers["Location"] == "/"


def test_14_3_2_what_may_be_personal_is_kept_nowhere_and_static_files_for_long(browser, nobody):
    assert browser("reader").get("/account").headers["Cache-Control"] == "no-store"
    assert "immutable" in nobody.get(static_url("css/base.css")).headers["Cache-Control"]
    assert nobody.get("/static/css/base.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/.git/config", "/static/", "/docs", "/redoc"]
)
def test_13_4_nothing_but_what_is_meant_is_served(nobody, path):
    assert nobody.get(path).status_code == 404


@pytest.mark.parametrize("host", ["evil.test", "", "localhost.evil.test", "testserver.evil.test"])
def test_a_stranger_name_that_points_here_is_refused(nobody, host):
    assert nobody.get("/about", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]:8765", "192.168.1.20:8765", "testserver"])
def test_own_names_are_answered(nobody, host):
    assert nobody.get("/about", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("declared", [True, False])
def test_5_2_1_a_body_that_is_too_large_is_refused_while_it_comes(browser, declared):
    body = b"a" * (guards.LARGEST_BODY_BYTES + 1)
    content = body if declared else (body[i : i + 65536] for i in range(0, len(body), 65536))
    answer = browser("clinician").post("/patients", content=content, headers=FORM)
    assert answer.status_code == 413


def test_2_4_1_one_address_cannot_ask_without_end(nobody, monkeypatch):
    monkeypatch.setattr(guards, "MOST_REQUESTS", 3)
    # The application is put together with its first request.
    answers = [nobody.get("/about").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_pace_counts_each_address_for_itself_and_begins_anew(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(guards.time, "monotonic", lambda: clock[0])
    pace = guards.Pace(2, 60.0)
    assert [pace.wait_s("a") for _ in range(3)] == [0, 0, 60]
    assert pace.wait_s("b") == 0
    clock[0] = 61.0
    assert pace.wait_s("a") == 0


@pytest.mark.parametrize(("path", "status"), [("/no-such-page", 404), ("/api/v1/no-such-thing", 404)])
def test_faults_are_pages_for_people_and_json_for_programs(nobody, path, status):
    answer = nobody.get(path)
    assert answer.status_code == status
    if path.startswith("/api"):
        assert set(answer.json()["error"]) == {"code", "message"}
    else:
        assert "<h1>There is nothing here</h1>" in answer.text


def test_16_5_1_a_fault_of_the_program_shows_a_number_and_nothing_else(app, caplog):
    @app.get("/broken")
    def broken():
        raise RuntimeError(PRIVATE)

    with caplog.at_level(logging.INFO, "hairdensity.web"):
        answer = TestClient(app).get("/broken")
    assert answer.status_code == 500
    assert PRIVATE not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    number = re.search(r"number ([0-9a-f]{8})", answer.text)[1]
    assert number in caplog.text
    assert "RuntimeError" in caplog.text
    assert PRIVATE not in caplog.text


def test_16_2_5_the_log_holds_ids_and_nothing_that_somebody_typed(browser, caplog):
    page = browser("clinician")
    with caplog.at_level(logging.INFO, "hairdensity.web"):
        page.get("/patients/P-4711")
        page.get("/P-4711")
        page.get("/compare", params={"baseline": "P-4711"})
        page.post("/patients", data={"code": "P-4711"})
        page.get(f"/patients/{'0' * 32}")
    assert "P-4711" not in caplog.text
    assert "clinician" not in caplog.text
    assert "GET /patients/{patient_id} 404" in caplog.text
    assert f"GET /patients/{'0' * 32} 404" in caplog.text


def test_16_4_1_no_line_of_the_log_can_be_made_up(nobody, caplog):
    with caplog.at_level(logging.INFO, "hairdensity.web"):
        nobody.get("/x%0A2026-01-01%20INFO%20GET%20/admin%20200")
    assert "\n" not in caplog.records[-1].getMessage()


def test_4_1_1_answers_state_what_they_are(nobody):
    assert nobody.get("/sign-in").headers["Content-Type"] == "text/html; charset=utf-8"
    assert nobody.get("/api/v1/me").headers["Content-Type"] == "application/json"


def test_every_operation_of_the_api_declares_its_faults_and_its_token(app):
    schema = app.openapi()
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["security"] == [{"token": []}], where
            assert {"401", "403", "404", "409", "422", "429", "503"} <= set(operation["responses"]), where
            content = operation["responses"]["422"]["content"]["application/json"]["schema"]
            assert content == {"$ref": "#/components/schemas/ErrorAnswer"}, where
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_the_page_of_the_api_lists_every_operation(app, nobody):
    page = nobody.get("/api/v1/docs").text
    for path in app.openapi()["paths"]:
        assert f">{path}<" in page
