"""What lies around every request: whose host, from where, how large, how often, how long; headers of every answer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hairdensity.clinic.sessions import touch
from hairdensity.clinic.workplace import Workplace
from hairdensity.web.faults import fault, unexpected
from hairdensity.web.log import log_request
from hairdensity.web.requests import READING
from hairdensity.web.settings import WebSettings

__all__ = ["Guards"]

LARGEST_BODY_BYTES = 1_000_000
"""Of everything but uploads, which count their bytes themselves while they stream."""
LONGEST_SILENCE_S = 30.0
"""Between two parts of a body; a slow telephone sends something in that time."""
LONGEST_BODY_S = 60.0
"""For a body of any size; a longer one must have come with at least `SLOWEST_BYTES_PER_S` on the whole."""
SLOWEST_BYTES_PER_S = 2000
MOST_REQUESTS = 1200
"""Of one address in a minute: a page with a picture asks for some hundred tiles, a clinic may share an address."""
MINUTE_S = 60.0
MOST_ADDRESSES = 10_000

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer, browsers would hide the origin of our own forms from us too.
    "Referrer-Policy": "same-origin",
    # Phones photograph on the page; nothing else of a device is asked for.
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"


class Guards:
    """Lies around the application (ASGI).

    Parameters
    ----------
    app : ASGIApp
    settings : WebSettings
    workplace : Workplace
    upload_paths : frozenset of str
        Last parts of paths whose bodies may be larger.
    """

    def __init__(
        self, app: ASGIApp, *, settings: WebSettings, workplace: Workplace, upload_paths: frozenset[str]
    ) -> None:
        self.app = app
        self.settings = settings
        self.workplace = workplace
        self.upload_paths = upload_paths
        self.pace = Pace(MOST_REQUESTS, MINUTE_S)
        # Who waits for the writer here must not take the threads of those who write.
        self.touching = anyio.CapacityLimiter(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        scope.setdefault("state", {})
        refusal = self._refuse(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
        else:
            await self._pass_on(scope, Body(receive, self._largest(scope)), send_guarded)
        log_request(scope, status, time.monotonic() - started)

    async def _pass_on(self, scope: Scope, body: Body, send: Send) -> None:
        has_begun = False
        answer: Response | None = None

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            # Whoever reads the body may take its refusal for a form that cannot be read, and answer that.
            if body.refusal is None or has_begun:
                has_begun = True
                await send(message)

        try:
            await self.app(scope, body, send_noted)
        except Exception as error:
            # Further out, its message would reach the log of the server.
            answer = None if error is body.refusal else unexpected(Request(scope), error)
        if body.refusal is not None:
            refused = body.refusal
            answer = fault(Request(scope), refused.status, code=refused.code, message=str(refused))
        if answer is not None and not has_begun:
            await answer(scope, body, send)
        used = scope["state"].get("used")
        if used is not None:
            await anyio.to_thread.run_sync(self._touch, *used, limiter=self.touching)

    def _touch(self, kind: type, row_id: str) -> None:
        with self.workplace.database.session() as db:
            touch(db, kind, row_id)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        request = Request(scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            # Where it ends is a matter of opinion: a proxy of another one would let a second request pass as its body.
            return Response("A request states the length of its body in one way.\n", 400, {"Connection": "close"})
        if not self.settings.allows(headers.get("host", "")):
            return Response("This installation is not known by that name: see --allowed-host.\n", 400)
        if not _is_from_here(scope["method"], headers):
            message = "the request came from a page of another site; open the page here and repeat it"
            return fault(request, 403, code="forged", message=message)
        if not scope["path"].startswith("/static/"):
            wait_s = self.pace.wait_s(scope["client"][0] if scope.get("client") else "")
            if wait_s:
                after = {"Retry-After": str(wait_s)}
                message = f"many requests came from here within a minute; go on in {wait_s} s"
                return fault(request, 429, code="too_many_requests", message=message, headers=after)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._largest(scope):
            return fault(request, 413, code="too_large", message=TOO_LARGE)
        return None

    def _largest(self, scope: Scope) -> float:
        is_upload = scope["path"].rpartition("/")[2] in self.upload_paths
        return float("inf") if is_upload else LARGEST_BODY_BYTES

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self.settings.behind_tls:
            headers["Strict-Transport-Security"] = HSTS
        # Static files state their own; everything else may show a patient.
        headers.setdefault("Cache-Control", "no-store")


TOO_LARGE = f"a request may have {LARGEST_BODY_BYTES // 1_000_000} MB here"


class BodyError(Exception):
    """A body that is too large or does not come."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Body:
    """The body of a request as it comes, counted and not waited for too long (ASGI's receive).

    Parameters
    ----------
    receive : Receive
    largest : float
        In bytes.
    """

    def __init__(self, receive: Receive, largest: float) -> None:
        self._receive = receive
        self._largest = largest
        self._n_bytes = 0
        self._has_ended = False
        self._since = time.monotonic()
        self.refusal: BodyError | None = None

    async def __call__(self) -> Message:
        """The next part."""
        try:
            return await self._next()
        except BodyError as error:
            self.refusal = error
            raise

    async def _next(self) -> Message:
        if self._has_ended:
            # What is waited for now is that the browser goes away: that may take as long as the answer.
            return await self._receive()
        try:
            async with asyncio.timeout(LONGEST_SILENCE_S):
                message = await self._receive()
        except TimeoutError:
            raise BodyError(408, "too_slow", f"nothing came for {LONGEST_SILENCE_S:.0f} s; send it again") from None
        self._n_bytes += len(message.get("body", b""))
        self._has_ended = not message.get("more_body", False)
        if self._n_bytes > self._largest:
            raise BodyError(413, "too_large", TOO_LARGE)
        took_s = time.monotonic() - self._since
        if not self._has_ended and took_s > LONGEST_BODY_S and self._n_bytes < SLOWEST_BYTES_PER_S * took_s:
            raise BodyError(408, "too_slow", "this came too slowly; send it again over a better connection")
        return message


class Pace:
    """Counts requests of each address in spans of time; in memory, as it only guards the moment.

    Parameters
    ----------
    most : int
        In a span.
    span_s : float
    """

    def __init__(self, most: int, span_s: float) -> None:
        self.most = most
        self.span_s = span_s
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Count a request; gives how many seconds to wait, 0 when there is no need."""
        now = time.monotonic()
        span = int(now / self.span_s)
        since, count = self._counts.pop(address, (span, 0))
        count = count + 1 if since == span else 1
        self._counts[address] = (span, count)
        if len(self._counts) > MOST_ADDRESSES:
            self._counts.popitem(last=False)
        return 0 if count <= self.most else max(1, int((span + 1) * self.span_s - now))


def _is_from_here(method: str, headers: Headers) -> bool:
    """Whether what changes something was sent by one of our own pages, as far as a browser says so."""
    if method in READING:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
