"""``hairdensity serve``: the link of the first start, the warning of plain http, a port that is taken."""

import socket

import pytest
from fastapi.testclient import TestClient

from hairdensity.clinic.opening import open_workplace
from hairdensity.errors import StorageError
from hairdensity.web import serving
from hairdensity.web.app import create_app
from hairdensity.web.settings import WebSettings, is_loopback


def place_at(host="127.0.0.1", port=8765):
    return serving.Place(data=None, host=host, port=port, open_browser=False, proxy="127.0.0.1")


def test_the_first_start_has_one_question_and_the_next_none(tmp_path):

    with open_workplace(tmp_path / "data") as workplace:
        link = serving._first_page(workplace, "http://localhost:8765")
        path = link.removeprefix("http://localhost:8765")
        assert path.startswith("/welcome?key=")
        key = path.partition("=")[2]
        browser = TestClient(create_app(workplace), base_url="http://localhost", follow_redirects=False)
        assert browser.get(path).status_code == 200
        form = {"key": key, "name": "Anna", "password": "seven quiet lamps"}
        assert browser.post("/welcome", data={**form, "key": "another"}).status_code == 404
        assert browser.post("/welcome", data=form).headers["Location"] == "/"
        assert browser.get("/account").status_code == 200
        assert browser.post("/welcome", data={**form, "name": "second"}).status_code == 404
        assert serving._first_page(workplace, "http://localhost:8765") == "http://localhost:8765/"


@pytest.mark.parametrize(
    ("host", "behind_tls", "warns"),
    [("127.0.0.1", False, False), ("::1", False, False), ("0.0.0.0", False, True), ("0.0.0.0", True, False)],  # noqa: S104
)
def test_12_2_1_serving_beyond_loopback_without_tls_warns_with_the_remedy(capsys, host, behind_tls, warns):
    serving._warn_of_plain_http(place_at(host), WebSettings(behind_tls=behind_tls))
    assert ("--behind-tls" in capsys.readouterr().err) == warns


def test_a_taken_port_is_said_with_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StorageError, match="--port"):
            serving._listen(place_at(port=taken.getsockname()[1]))


def test_answers_are_sent_at_once():
    with serving._listen(place_at(port=0)) as listening:
        # asyncio sets TCP_NODELAY only on what is named as TCP.
        assert listening.proto == socket.IPPROTO_TCP


def test_forwarded_addresses_count_only_behind_tls():
    plain = serving._config(object(), place_at(), WebSettings())
    assert not plain.proxy_headers
    behind = serving._config(object(), place_at(), WebSettings(behind_tls=True))
    assert behind.proxy_headers
    assert behind.forwarded_allow_ips == "127.0.0.1"
    assert not plain.server_header
    assert not plain.access_log


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("127.0.0.5", True), ("::1", True), ("10.0.0.1", False)]
)
def test_loopback_is_this_machine_alone(host, expected):
    assert is_loopback(host) == expected
