"""The application around its pages: what is served, to whom."""


def test_static_files_are_served_by_the_application_itself(browser):
    answer = browser().get("/static/vendor/htmx/htmx.min.js")
    assert answer.status_code == 200
    assert b"htmx" in answer.content
