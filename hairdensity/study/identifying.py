"""Which result a picture is to have: the hash of its file and of all that is asked of it, told ahead of the run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from hairdensity.errors import InputError
from hairdensity.files import sha256_of
from hairdensity.scoring import Request
from hairdensity.study.keys import hash_of, request_text, score_key
from hairdensity.study.ledger import FileStamp, Ledger
from hairdensity.study.planning import Picture, Site
from hairdensity.study.results import Identity

__all__ = ["Identifier"]

N_AHEAD = 16
"""Sites that are hashed ahead: a slow network drive keeps no child waiting."""

N_THREADS = 4


class Identifier:
    """Tells the identities of pictures; files that were hashed before are known by their size and time of change.

    Parameters
    ----------
    ledger : Ledger
        Keeps the hashes.
    analysis_sha256, model_sha256 : str
        Hashes of what holds for every picture: the settings of the analysis, the weights.
    """

    def __init__(self, ledger: Ledger, *, analysis_sha256: str, model_sha256: str) -> None:
        self._ledger = ledger
        self._known = ledger.hashes()
        self._model_sha256 = model_sha256
        self._analysis_sha256 = analysis_sha256
        self._settings: dict[Request, Identity] = {}

    def ahead(self, sites: Iterable[Site]) -> Iterator[tuple[Site, dict[int, Identity]]]:
        """Yield each site with the identities of its pictures by their rows."""
        waiting: deque[tuple[Site, list[Future[tuple[FileStamp | None, str, str]]]]] = deque()
        with ThreadPoolExecutor(N_THREADS) as threads:
            try:
                for site in sites:
                    waiting.append((site, [threads.submit(self._hash, picture) for picture in site.pictures]))
                    if len(waiting) > N_AHEAD:
                        yield self._identified(*waiting.popleft())
                while waiting:
                    yield self._identified(*waiting.popleft())
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _identified(
        self, site: Site, hashes: list[Future[tuple[FileStamp | None, str, str]]]
    ) -> tuple[Site, dict[int, Identity]]:
        pairs = zip(site.pictures, hashes, strict=True)
        return site, {picture.row: self._identity(picture, *future.result()) for picture, future in pairs}

    def _hash(self, picture: Picture) -> tuple[FileStamp | None, str, str]:
        """Stamp and hash of its file, or the reason why there is none; in a thread, so the ledger is left alone."""
        try:
            state = picture.path.stat()
            stamp = FileStamp(str(picture.path.absolute()), state.st_size, state.st_mtime_ns)
            return stamp, self._known.get(stamp) or _sha256_of_file(picture.path), ""
        except FileNotFoundError:
            return None, "", "not_found"
        except (OSError, ValueError):
            return None, "", "unreadable"

    def _identity(self, picture: Picture, stamp: FileStamp | None, sha256: str, code: str) -> Identity:
        if stamp is None:
            words = {"not_found": "no such file: check the manifest's name", "unreadable": "it cannot be read"}
            return Identity(code=code, message=f"{picture.name}: {words[code]}; then run the same command again")
        if stamp not in self._known:
            self._known[stamp] = sha256
            self._ledger.put_hash(stamp, sha256)
        asked = self._asked(picture.request)
        if asked.code:
            return Identity(code=asked.code, message=asked.message, image_sha256=sha256)
        key = score_key(image_sha256=sha256, settings_sha256=asked.settings_sha256, model_sha256=self._model_sha256)
        return Identity(key=key, image_sha256=sha256, settings_sha256=asked.settings_sha256)

    def _asked(self, request: Request) -> Identity:
        """The part of an identity that follows from the request."""
        if request not in self._settings:
            try:
                text = request_text(request, analysis_sha256=self._analysis_sha256)
            except InputError as error:
                # It may name the person's own folder of profiles; the tables go to others.
                message = str(error).replace(str(Path.home()), "~")
                self._settings[request] = Identity(code=error.code, message=message)
            else:
                sha256 = hash_of(text)
                self._ledger.put_settings(sha256, text)
                self._settings[request] = Identity(settings_sha256=sha256)
        return self._settings[request]


def _sha256_of_file(path: Path) -> str:
    """Of a file, not of a pipe that never ends."""
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    return sha256_of(path)
