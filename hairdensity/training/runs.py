"""The folder of a training: what it was made from, its settings, and how it is interrupted and gone on with."""

from __future__ import annotations

import json
import os
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from hairdensity.errors import InputError, ResourceError
from hairdensity.files import make_folder, write_whole
from hairdensity.resources import package_version
from hairdensity.segmentation.model_files import WEIGHTS, ModelFiles, find_model, whole_file
from hairdensity.training.config import read_settings, settings_text
from hairdensity.training.loop import CHECKPOINT, LoopSettings, Progress
from hairdensity.training.network import HairNet, NetworkSettings
from hairdensity.training.prediction import load_network

__all__ = [
    "RunFacts",
    "Start",
    "asked_to_stop",
    "choose_settings",
    "close_run",
    "facts_of",
    "load_start",
    "open_run",
    "progress_text",
    "read_run",
]

FACTS = "run.json"
SETTINGS = "settings.toml"
SCHEMA = "hairdensity/run-1"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a training was made from.

    Parameters
    ----------
    kind : {"scenes", "annotations"}
        Trained on rendered pictures, or fine-tuned on annotated ones.
    data : str
        Folder of the pictures.
    scenes : str or None
        Folder of the rendered pictures that were mixed in.
    start : str or None
        Model to begin with: name, version and sha256; None for random weights.
    pictures : int
        Pictures that were trained on when it began.
    held_out : tuple of str
        Stems of the pictures that were not.
    origin : dict of str to Any
        How the pictures were rendered: seed, mode, size.
    hardware, version, started : str
    finished : str or None
    """

    kind: str
    data: str
    scenes: str | None
    start: str | None
    pictures: int
    held_out: tuple[str, ...]
    origin: dict[str, Any]
    hardware: str
    version: str
    started: str
    finished: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A model to begin with: its files and its weights."""

    files: ModelFiles
    net: HairNet

    @property
    def text(self) -> str:
        """Which model it is, to the bit."""
        model = self.files.id
        return f"{model.name} {model.version} {model.sha256}"


def load_start(model: str | None) -> Start:
    """A model's weights.

    Parameters
    ----------
    model : str or None
        A shipped model's name or the folder of your own; None for the newest shipped one.

    Raises
    ------
    ResourceError
        If there is no such model, or it is damaged.
    """
    files = find_model(model)
    return Start(files=files, net=load_network(whole_file(files, WEIGHTS), base=files.base, depth=files.depth))


def choose_settings(
    defaults: LoopSettings, config: Path | None, start: Start | None, *, steps: int | None, device: str | None
) -> LoopSettings:
    """Defaults, then the size of the start, then a file, then what was asked for one by one.

    Parameters
    ----------
    defaults : LoopSettings
    config : Path or None
        TOML.
    start : Start or None
    steps : int or None
    device : str or None
        None leaves them as they are.

    Raises
    ------
    InputError
        If the file is wrong, or asks for a network of another size than the start's.
    """
    if start is not None:
        size = NetworkSettings(base=start.files.base, depth=start.files.depth)
        defaults = replace(defaults, network=size)
    settings = defaults if config is None else read_settings(config, defaults)
    if settings.network != defaults.network and start is not None:
        raise InputError(
            f"{config}: network asks for another size than {start.files.id.name} has: leave [network] out, "
            "or train from the beginning"
        )
    return replace(settings, steps=steps or settings.steps, device=device or settings.device)


def facts_of(*, data: Path, start: Start | None, device: str, **more: Any) -> RunFacts:
    """The facts of a training that begins now."""
    return RunFacts(
        data=str(data.resolve()),
        start=None if start is None else start.text,
        hardware=_hardware(device),
        version=package_version(),
        started=_now(),
        **more,
    )


def open_run(folder: Path, facts: RunFacts, settings: LoopSettings) -> RunFacts:
    """Make the folder of a training, or find the one that was interrupted.

    Parameters
    ----------
    folder : Path
    facts : RunFacts
        Of the training that is asked for.
    settings : LoopSettings

    Returns
    -------
    RunFacts
        Of the training that began here.

    Raises
    ------
    InputError
        If the folder holds a training on other pictures or from another start.
    StorageError
        If the folder cannot be written to.
    """
    make_folder(folder)
    if not (folder / CHECKPOINT).exists():
        _write(folder, facts)
        write_whole(folder / SETTINGS, settings_text(settings).encode())
        return facts
    before = read_run(folder)
    for name in ("kind", "data", "scenes", "start"):
        old, new = getattr(before, name), getattr(facts, name)
        if old != new:
            raise InputError(
                f"{folder} holds a training whose {name} is {old}, asked for {new}: choose another folder, or ask for "
                "the same to go on with it"
            )
    return before


def close_run(folder: Path, facts: RunFacts) -> None:
    """Note that a training is complete."""
    if facts.finished is None:
        _write(folder, replace(facts, finished=_now()))


def read_run(folder: Path) -> RunFacts:
    """The facts of a training.

    Raises
    ------
    InputError
        If the folder holds none.
    ResourceError
        If they are damaged.
    """
    path = folder / FACTS
    try:
        document = json.loads(path.read_bytes())
        if document.pop("schema") != SCHEMA:
            raise ResourceError(f"{path} has another schema than {SCHEMA}: update hairdensity")
        return RunFacts(**{**document, "held_out": tuple(document["held_out"])})
    except OSError as error:
        raise InputError(f"{folder} holds no training: {FACTS} cannot be read ({error.strerror})") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ResourceError(f"{path} is damaged ({error!r}): train again in another folder") from error


@contextmanager
def asked_to_stop(say: Say) -> Iterator[Callable[[], bool]]:
    """Yield what tells whether Ctrl-C was pressed or the process told to end; a second Ctrl-C ends it at once.

    A step that is cut in two leaves weights that belong to no step: the first signal waits for its end.
    """
    asked = threading.Event()

    def note(number: int, _: FrameType | None) -> None:
        if asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.set()
        say("stopping after this step; press Ctrl-C again to lose it")

    if threading.current_thread() is not threading.main_thread():
        # Only the main thread of a process gets signals.
        yield asked.is_set
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def progress_text(line: Progress, n_steps: int) -> str:
    """One line of the curves, for people."""
    if line.kind == "validation":
        heads = ", ".join(f"{name} {value:.3f}" for name, value in line.losses.items() if name != "total")
        return f"validation at step {line.step}: loss {line.losses['total']:.3f} ({heads})"
    left = _duration((n_steps - line.step) * line.seconds_per_step)
    return (
        f"step {line.step} of {n_steps}: loss {line.losses['total']:.3f}, {line.seconds_per_step:.2f} s a step, "
        f"{left} left"
    )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def _hardware(device: str) -> str:
    if device == "cuda" and torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{os.cpu_count()} cores, {platform.machine()}"


def _write(folder: Path, facts: RunFacts) -> None:
    write_whole(folder / FACTS, (json.dumps({"schema": SCHEMA, **asdict(facts)}, indent=2) + "\n").encode())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
