"""More people save at the same moment than the server has threads: each has its turn."""

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlsplit

from hairdensity.web.requests import SESSION_COOKIE
from tests.browser import served

N_AT_ONCE = 60
"""The web framework has 40 threads."""


def test_sixty_save_at_once(app, browser):
    sign_in = browser()
    headers = {
        "Cookie": f"{SESSION_COOKIE}={sign_in.cookies[SESSION_COOKIE]}",
        "X-CSRF-Token": sign_in.headers["X-CSRF-Token"],
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": "testserver",
    }
    together = Barrier(N_AT_ONCE)

    def add(number):
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        together.wait()
        connection.request("POST", "/patients", body=f"code=Z-{number:03d}&add=true", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    with served(app) as url, ThreadPoolExecutor(N_AT_ONCE) as threads:
        assert set(threads.map(add, range(N_AT_ONCE))) == {303}
