"""The body of an upload, streamed to the disk: no picture is ever whole in the event loop, nor a transaction open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar
from urllib.parse import unquote

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Request
from starlette.requests import ClientDisconnect

from hairdensity.clinic.access import Person
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.import_drafts import ImportDraft
from hairdensity.clinic.uploading import LIMITS, Accepted, Arrival, incoming, refuse_early
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import BusyError, HairDensityError, InputError

__all__ = ["Reception", "receive_file"]

BLOCK_BYTES = 256 * 1024
"""Written at once: few changes of thread, and two hundred uploads hold 50 MB."""

N_THREADS = 8
"""For all uploads, apart from those of other requests: while these wait for the database, pages still answer. Each may
hold one whole file."""

MOST_AT_ONCE = 400
"""Uploads that are on their way; the next ones are told to come back."""

Given = TypeVar("Given")


class Reception:
    """Takes the uploads of an application.

    Parameters
    ----------
    at : Workplace
    ask : callable
        Has a worker do what a person waits for.
    """

    def __init__(self, at: Workplace, ask: Ask) -> None:
        self._at = at
        self._ask = ask
        self._threads = CapacityLimiter(N_THREADS)
        self._n_coming = 0

    async def receive(self, request: Request, who: Person, arrival: Arrival) -> Accepted:
        """Take the picture that is the body of a request.

        Raises
        ------
        HairDensityError
            As `refuse_early` and `Incoming.accept` raise it.
        """
        body = request.stream()
        length = request.headers.get("Content-Length", "")
        n_bytes = int(length) if length.isdecimal() else None
        try:
            if request.headers.get("Content-Type", "").startswith("multipart/"):
                raise InputError("send the bytes of one picture as the body of the request, not a form")
            await self._in_thread(partial(refuse_early, self._at, who, arrival, n_bytes=n_bytes))
            with self._counted():
                return await self._take(body, who, arrival)
        except ClientDisconnect:
            raise InputError("the connection ended before the picture did; send it again") from None
        except HairDensityError:
            await _read_to_end(body, n_bytes)
            raise

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._n_coming >= MOST_AT_ONCE:
            raise BusyError(f"{self._n_coming} pictures are coming in at this moment; try again in a few seconds")
        self._n_coming += 1
        try:
            yield
        finally:
            self._n_coming -= 1

    async def _take(self, body: AsyncIterator[bytes], who: Person, arrival: Arrival) -> Accepted:
        with incoming(self._at) as picture:
            async for block in _blocks(body):
                await self._in_thread(partial(picture.add, block))
            await self._in_thread(partial(picture.unwrap, self._ask))
            return await self._in_thread(partial(picture.accept, who, arrival))

    async def _in_thread(self, work: Callable[[], Given]) -> Given:
        return await anyio.to_thread.run_sync(work, limiter=self._threads)


async def receive_file(request: Request, draft: ImportDraft, name: str) -> None:
    """Take a file of an import, the body of a request.

    Parameters
    ----------
    request : Request
    draft : ImportDraft
    name : str
        As uploaded, percent-encoded.

    Raises
    ------
    InputError
        If the name is none, or the file is too large.
    """
    with draft.writing(unquote(name)) as file:
        async for block in _blocks(request.stream()):
            await anyio.to_thread.run_sync(file.add, block)


async def _blocks(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What comes in, in pieces that are worth a thread."""
    held = bytearray()
    async for part in body:
        held += part
        if len(held) >= BLOCK_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


async def _read_to_end(body: AsyncIterator[bytes], n_bytes: int | None) -> None:
    """Let a refused sender finish: a browser that is cut off reports a lost connection and never reads why."""
    if n_bytes is None or n_bytes > LIMITS.max_bytes:
        return
    with suppress(ClientDisconnect):
        async for _ in body:
            pass
