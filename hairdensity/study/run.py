"""The run of a study: every picture scored, every pair compared, every result kept the moment it is known."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hairdensity.child import Handler
from hairdensity.extras import require_pyarrow
from hairdensity.files import make_folder
from hairdensity.scoring import Request
from hairdensity.study.dispatching import Dispatcher
from hairdensity.study.executor import Executor
from hairdensity.study.export import Counts, export_study
from hairdensity.study.history import first_break, record_event
from hairdensity.study.identifying import Identifier
from hairdensity.study.keys import analysis_text, comparison_text, hash_of, model_sha256
from hairdensity.study.ledger import Entry, Ledger
from hairdensity.study.local import LocalExecutor
from hairdensity.study.manifest import Manifest
from hairdensity.study.planning import Shard, Site, plan_study
from hairdensity.study.results import Results
from hairdensity.study.tasks import prepare_study

__all__ = ["LEDGER", "RunSettings", "RunSummary", "ledger_name", "run_study"]

LEDGER = "ledger.sqlite"

MakeExecutor = Callable[[Callable[[], Handler]], Executor]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How a study is run; nothing of it changes a result.

    Parameters
    ----------
    shard : Shard or None
        Only this part, and no tables.
    retry_failed : bool
        Try the pictures again that failed in an earlier run.
    overlays : bool
        Draw what was counted on each picture.
    """

    shard: Shard | None = None
    retry_failed: bool = False
    overlays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a run came to.

    Parameters
    ----------
    n_images, n_pairs : int
        Of this run.
    n_known : int
        Of both, that were in the ledger when it began.
    failed : tuple of (str, str, str)
        Name, code and message of each picture without a result.
    counts : Counts or None
        Of the tables; None for a shard, which writes none.
    same_content : tuple of tuple of (int, str)
        Row and name of pictures whose files are the same, byte for byte: one of them is not what its row says.
    altered_line : int or None
        First line of the history of runs that does not follow from the one before it; None when it is whole.
    """

    n_images: int
    n_pairs: int
    n_known: int
    failed: tuple[tuple[str, str, str], ...]
    counts: Counts | None
    same_content: tuple[tuple[tuple[int, str], ...], ...]
    altered_line: int | None


def run_study(
    manifest: Manifest,
    out: Path,
    *,
    request: Request | None = None,
    settings: RunSettings | None = None,
    make_executor: MakeExecutor | None = None,
    on_progress: Callable[[int, int], object] = lambda n_done, n_tasks: None,
) -> RunSummary:
    """Score every picture of a manifest, compare every pair, and write the tables.

    The same call again goes on where a killed one has stopped.

    Parameters
    ----------
    manifest : Manifest
    out : Path
        Folder of the ledger and the tables; made when it is not there.
    request : Request, optional
        Method, model and device, which hold for every picture.
    settings : RunSettings, optional
    make_executor : callable, optional
        From what prepares a child to what handles tasks; one child of this machine by default.
    on_progress : callable, optional
        Told how many pictures and pairs are done, and how many there are.

    Raises
    ------
    InputError, ResourceError
        If the request makes no sense for any picture.
    StorageError
        If results cannot be kept: what is done is kept, the same call goes on.
    PreparationError
        If no task can be handled at all.
    MissingDependencyError
        If pyarrow is not installed.
    """
    request, settings = request or Request(), settings or RunSettings()
    make_executor = make_executor or partial(LocalExecutor, n_workers=1)
    # Now, not after hours of scoring.
    require_pyarrow()
    make_folder(out / "overlays" if settings.overlays else out)
    with Ledger(out / ledger_name(settings.shard)) as ledger:
        _bring_up_to_date(ledger, out, settings)
        study = _begin(manifest, ledger, request, settings)
        history = out / f"{Path(ledger_name(settings.shard)).stem}.history.jsonl"
        record_event(history, "start", study.described)
        with _cache_folder(out, settings.shard) as cache:
            dispatcher = Dispatcher(
                study.results,
                cache=cache,
                overlays=out if settings.overlays else None,
                on_progress=lambda n_done: on_progress(n_done, study.n_tasks),
            )
            prepare = partial(prepare_study, request)
            dispatcher.handle(study.identifier.ahead(study.sites), partial(make_executor, prepare))
        counts = None
        if settings.shard is None:
            counts = export_study(out, manifest.rows, sites=study.sites, results=study.results, run=study.described)
        failed = tuple(_failed(study.sites, study.results))
        record_event(history, "end", {"pictures_failed": len(failed)})
    n_images = sum(len(site.pictures) for site in study.sites)
    return RunSummary(
        n_images=n_images,
        n_pairs=study.n_tasks - n_images,
        n_known=dispatcher.n_known,
        failed=failed,
        counts=counts,
        same_content=_of_same_content(study.sites, study.results),
        altered_line=first_break(history),
    )


def ledger_name(shard: Shard | None) -> str:
    """Of a run's own ledger in the study's folder; a run without a shard takes in those of all shards."""
    return LEDGER if shard is None else f"ledger-{shard.number}-of-{shard.count}.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Study:
    """What a run is about.

    Parameters
    ----------
    sites : tuple of Site
    n_tasks : int
        Pictures and pairs.
    identifier : Identifier
    results : Results
    described : dict
        For run.json and the history.
    """

    sites: tuple[Site, ...]
    n_tasks: int
    identifier: Identifier
    results: Results
    described: dict[str, Any]


def _bring_up_to_date(ledger: Ledger, out: Path, settings: RunSettings) -> None:
    if settings.shard is None:
        for path in sorted(out.glob("ledger-*-of-*.sqlite")):
            ledger.merge(path)
    if settings.retry_failed:
        ledger.forget_faults()


def _begin(manifest: Manifest, ledger: Ledger, request: Request, settings: RunSettings) -> _Study:
    sites = plan_study(manifest.rows, folder=manifest.folder, request=request)
    if settings.shard is not None:
        sites = settings.shard.of(sites)
    texts = {"analysis": analysis_text(request), "comparison": comparison_text()}
    hashes = {name: hash_of(text) for name, text in texts.items()}
    for name, text in texts.items():
        ledger.put_settings(hashes[name], text)
    weights = model_sha256(request)
    return _Study(
        sites=sites,
        n_tasks=sum(len(site.pictures) + len(site.pairs) for site in sites),
        identifier=Identifier(ledger, analysis_sha256=hashes["analysis"], model_sha256=weights),
        results=Results(ledger=ledger, comparison_sha256=hashes["comparison"]),
        described={
            "manifest_sha256": manifest.sha256,
            "method": request.method,
            "model_sha256": weights,
            "settings_sha256": hashes,
        },
    )


def _failed(sites: Sequence[Site], results: Results) -> Iterator[tuple[str, str, str]]:
    for picture in sorted((p for site in sites for p in site.pictures), key=lambda p: p.row):
        entry: Entry = results.of(picture)
        if entry.code:
            yield picture.name, entry.code, entry.message


def _of_same_content(sites: Sequence[Site], results: Results) -> tuple[tuple[tuple[int, str], ...], ...]:
    found: dict[str, list[tuple[int, str]]] = {}
    for picture in sorted((p for site in sites for p in site.pictures), key=lambda p: p.row):
        if image_sha256 := results.identities[picture.row].image_sha256:
            found.setdefault(image_sha256, []).append((picture.row, picture.name))
    return tuple(tuple(rows) for rows in found.values() if len(rows) > 1)


@contextlib.contextmanager
def _cache_folder(out: Path, shard: Shard | None) -> Iterator[Path]:
    """A folder that nobody else can enter, for as long as the run lasts.

    What a killed run has left there is deleted and never opened: pickles can run code where they are loaded.
    """
    prefix = f".cache-{ledger_name(shard)}."
    for old in out.glob(f"{prefix}*"):
        shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=out, ignore_cleanup_errors=True) as cache:
        yield Path(cache)
