"""ASVS 8.2.2, 8.3.1, 8.4.1: nobody reaches an object of another clinic, whatever route leads to it.

The routes are those of the application itself: one that is added later is walked too, and fails here until the table
says what its ids are and how a request to it looks.
"""

import pytest
from fastapi.testclient import TestClient

from tests.faces.web.routes import QUERY_IDS, body_of, contexts, filled, ours, with_ids

__all__ = ["ours"]


def test_a_stranger_of_another_clinic_finds_none_of_our_objects(app, browser, ours):
    stranger = browser("stranger")
    wrong = []
    for method, path in with_ids(app, ours):
        answer = stranger.request(method, filled(path, ours), **body_of(method, path))
        if answer.status_code != 404:
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:150] if '/api' in path else ''}")
    assert not wrong, "\n".join(wrong)


def test_nobody_without_a_session_gets_past_a_route_with_an_id(app, ours):
    nobody = TestClient(app, follow_redirects=False)
    wrong = []
    for method, path in with_ids(app, ours):
        answer = nobody.request(method, filled(path, ours), **body_of(method, path))
        turned_away = answer.status_code == 401 or answer.headers.get("Location", "").startswith("/sign-in")
        if not turned_away:
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_every_page_but_those_for_everybody_asks_who_is_there(app):
    nobody = TestClient(app, follow_redirects=False)
    open_to_all = {
        "/welcome",
        "/sign-in",
        "/set-password",
        "/about",
        "/api/v1/docs",
        "/api/v1/openapi.json",
    }
    wrong = []
    for method, path, _ in contexts(app):
        if "{" in path or path in open_to_all:
            continue
        answer = nobody.request(method, path)
        if answer.status_code != 401 and not answer.headers.get("Location", "").startswith("/sign-in"):
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_ids_in_queries_lead_a_stranger_nowhere(app, browser, ours):
    stranger = browser("stranger")
    wrong = []
    for method, path, names in contexts(app):
        query = {name: ours[QUERY_IDS.get(name, name)] for name in names if QUERY_IDS.get(name, name) in ours}
        if not query or "{" in path:
            continue
        answer = stranger.request(method, path, params=query)
        shown = [name for name, one in ours.items() if one in answer.text and one not in query.values()]
        if shown or answer.status_code not in (200, 404):
            wrong.append(f"{method} {path}: {answer.status_code}, shows {shown}")
    assert not wrong, "\n".join(wrong)


def test_the_walk_can_fail_because_the_owner_finds_the_same_objects(app, browser, ours):
    """Otherwise a typing error in this file would look like safety."""
    admin = browser("admin")
    for path in ("/patients/{patient_id}", "/visits/{visit_id}", "/captures/{capture_id}/area", "/import/{draft_id}"):
        # Their rows hold too little to draw some pages: found is what counts.
        assert admin.get(filled(path, ours)).status_code != 404, path
    for path in ("/patients/{patient_id}", "/captures/{capture_id}", "/devices/{device_id}", "/jobs/{job_id}"):
        assert admin.get(filled(f"/api/v1{path}", ours)).status_code == 200, path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/people"),
        ("GET", "/admin/audit"),
        ("POST", "/admin/people"),
        ("GET", "/api/v1/people"),
        ("GET", "/api/v1/audit"),
        ("GET", "/api/v1/audit/verification"),
    ],
)
@pytest.mark.parametrize("name", ["reader", "clinician"])
def test_what_admins_do_is_refused_to_the_others(browser, method, path, name):
    assert browser(name).request(method, path).status_code == 403


def test_a_reader_changes_nothing(browser, ours):
    reader = browser("reader")
    assert reader.post("/api/v1/patients", json={"code": "X-9"}).status_code == 403
    assert reader.delete(f"/api/v1/visits/{ours['visit_id']}").status_code == 403
    assert reader.patch(f"/api/v1/sites/{ours['site_id']}", json={"label": "left"}).status_code == 403
