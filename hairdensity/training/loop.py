"""The training loop: AdamW with a one-cycle rate, averaged weights, checkpoints that resume, validation and curves."""

from __future__ import annotations

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hairdensity.errors import InputError, ResourceError
from hairdensity.training.crops import Crop, CropSettings, TrainingPicture, cut_crop
from hairdensity.training.losses import TargetBatch, losses, total_loss
from hairdensity.training.network import HairNet, NetworkSettings

__all__ = ["CHECKPOINT", "CURVES", "Checkpoint", "LoopSettings", "Progress", "read_checkpoint", "train"]

CHECKPOINT = "checkpoint.pt"
CURVES = "curves.csv"

LARGEST_RATE = 0.1
"""AdamW moves each weight by about the rate at each step: beyond this, nothing is learned."""

Report = Callable[["Progress"], None]
Pictures = Callable[[], Sequence[TrainingPicture]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """How a network is trained.

    Parameters
    ----------
    steps : int
    batch : int
        Crops in a step.
    learning_rate : float
        Highest rate; it rises over ``warm_up`` of the steps and falls to nothing along a cosine.
    warm_up : float
    weight_decay : float
    average : float
        Share of the averaged weights that stays at each step.
    seed : int
    checkpoint_every, validate_every, refresh_every : int
        In steps. Refreshing asks for the pictures again: a folder may grow while it is trained on.
    validation_crops : int
    device : str
        ``cpu`` or ``cuda``.
    mixed_precision : bool
        bfloat16 where the device computes it faster.
    frozen_statistics : bool
        Normalise by the statistics of the weights that were begun with: those of a few pictures are noise.
    crops : CropSettings
    network : NetworkSettings
    """

    steps: int = 20_000
    batch: int = 4
    learning_rate: float = 2e-3
    warm_up: float = 0.05
    weight_decay: float = 1e-4
    average: float = 0.998
    seed: int = 0
    checkpoint_every: int = 200
    validate_every: int = 1000
    refresh_every: int = 500
    validation_crops: int = 64
    device: str = "cpu"
    mixed_precision: bool = False
    frozen_statistics: bool = False
    crops: CropSettings = field(default_factory=CropSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "checkpoint_every", "validate_every", "refresh_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("seed", "validation_crops", "weight_decay"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must be 0 or more, got {getattr(self, name)}")
        for name in ("warm_up", "average"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} must be 0 or more and below 1, got {getattr(self, name):g}")
        if not 0 < self.learning_rate <= LARGEST_RATE:
            raise InputError(f"learning_rate must lie in 0-{LARGEST_RATE:g}, got {self.learning_rate:g}")
        if self.device not in ("cpu", "cuda"):
            raise InputError(f"device must be cpu or cuda, got {self.device!r}")
        if self.crops.side_px % self.network.stride_px:
            raise InputError(
                f"crops.side_px must be a multiple of {self.network.stride_px} for a network of depth "
                f"{self.network.depth}, got {self.crops.side_px}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One line of the curves.

    Parameters
    ----------
    step : int
        Steps done.
    kind : str
        ``train`` (mean since the last line) or ``validation`` (averaged weights).
    losses : dict of str to float
        By head, and ``total``.
    seconds_per_step : float
    """

    step: int
    kind: str
    losses: dict[str, float]
    seconds_per_step: float


def train(
    pictures: Pictures,
    validation: Sequence[TrainingPicture],
    folder: Path,
    *,
    settings: LoopSettings,
    start: HairNet | None = None,
    report: Report = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> HairNet:
    """Train a network, or go on with a training that was interrupted.

    Parameters
    ----------
    pictures : callable
        Gives the pictures to train on; asked again every ``refresh_every`` steps.
    validation : sequence of TrainingPicture
        Held out; the same crops of them at every validation.
    folder : Path
        Takes the checkpoint and the curves. With the checkpoint of the same settings in it, training resumes there.
    settings : LoopSettings
    start : HairNet, optional
        Weights to begin with instead of random ones.
    report : callable, optional
        Called with each line of the curves.
    should_stop : callable, optional
        Asked after each step.

    Returns
    -------
    HairNet
        The averaged weights, ready to predict.

    Raises
    ------
    InputError
        If the folder holds a training with other settings, or the losses cease to be numbers.
    KeyboardInterrupt
        When it was told to stop; the checkpoint is of the last step.
    ResourceError
        If there is no such device, or the checkpoint is damaged.
    """
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise ResourceError("device cuda asks for an NVIDIA GPU that PyTorch can use, and there is none: use cpu")
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(settings, start)
    run.load(folder / CHECKPOINT)
    _drop_after(folder / CURVES, run.step)
    held_out = [_crop_of(validation, settings, 1, k) for k in range(settings.validation_crops if validation else 0)]
    since, clock, done = defaultdict[str, float](float), time.perf_counter(), 0
    pool = pictures()
    for step in range(run.step, settings.steps):
        if step % settings.refresh_every == 0:
            pool = pictures()
        for name, value in run.advance(_batch(pool, settings, step)).items():
            since[name] += value
        done += 1
        last, stop = step + 1 == settings.steps, should_stop()
        if last or stop or (step + 1) % settings.checkpoint_every == 0:
            seconds = (time.perf_counter() - clock) / done
            line = Progress(step=step + 1, kind="train", losses=_mean(since, done), seconds_per_step=seconds)
            _note(folder / CURVES, line, report)
            run.save(folder / CHECKPOINT)
            since.clear()
            clock, done = time.perf_counter(), 0
        if stop and not last:
            raise KeyboardInterrupt
        if held_out and (last or (step + 1) % settings.validate_every == 0):
            measured = run.validate(held_out)
            _note(
                folder / CURVES, Progress(step=step + 1, kind="validation", losses=measured, seconds_per_step=0), report
            )
    return run.averaged.eval()


class _Run:
    """Network, optimiser and averaged weights of one training, with the step it has come to."""

    def __init__(self, settings: LoopSettings, start: HairNet | None) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device(settings.device)
        self.net = HairNet(settings.network)
        self.averaged = HairNet(settings.network).eval().requires_grad_(False)
        if start is not None:
            self.net.load_state_dict(start.state_dict())
        self.averaged.load_state_dict(self.net.state_dict())
        for net in (self.net, self.averaged):
            # Channels last: half as long a step on CPUs, tensor cores on GPUs. Torch's types do not know it.
            net.to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(_groups(self.net, settings), lr=settings.learning_rate)
        self.step = 0

    def advance(self, crops: Sequence[Crop]) -> dict[str, float]:
        """Do one step; its losses."""
        images, targets = _stacked(crops, self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = _rate(self.step, self.settings)
        self._enter_training()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.mixed_precision):
            outputs = self.net(images)
        parts = losses(type(outputs)(*(part.float() for part in outputs)), targets)
        total = total_loss(parts)
        if not bool(torch.isfinite(total)):
            raise InputError(
                f"the losses of step {self.step + 1} are no numbers: start again with a lower learning_rate "
                f"than {self.settings.learning_rate:g}"
            )
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        self._average()
        return {"total": float(total.detach())} | {name: float(part.detach()) for name, part in parts.items()}

    def validate(self, crops: Sequence[Crop]) -> dict[str, float]:
        """Mean losses of the averaged weights."""
        sums, size = defaultdict[str, float](float), self.settings.batch
        batches = [crops[k : k + size] for k in range(0, len(crops), size)]
        for batch in batches:
            images, targets = _stacked(batch, self.device)
            with torch.no_grad():
                parts = losses(self.averaged(images), targets)
            for name, part in (parts | {"total": total_loss(parts)}).items():
                sums[name] += float(part)
        return _mean(sums, len(batches))

    def _enter_training(self) -> None:
        self.net.train()
        if self.settings.frozen_statistics:
            for layer in self.net.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()

    @torch.no_grad()
    def _average(self) -> None:
        # Young averages follow faster: at the start the weights of long ago are noise.
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        for mine, new in zip(self.averaged.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(new, 1 - keep)
            else:
                mine.copy_(new)

    def save(self, path: Path) -> None:
        """Write a checkpoint; an interrupted write leaves the one before."""
        state = {
            "step": self.step,
            "settings": _settings_text(self.settings),
            "net": self.net.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one.

        Raises
        ------
        InputError
            If it belongs to a training with other settings.
        """
        if not path.exists():
            return
        state = _read_state(path, self.device)
        # A training of before a setting existed has no say in it.
        asked = json.loads(_settings_text(self.settings))
        other = _differences(json.loads(state["settings"]), asked)
        if other:
            raise InputError(
                f"{path} belongs to a training with another {' and '.join(other)}: choose another folder or remove it"
            )
        self.net.load_state_dict(state["net"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])


class Checkpoint(NamedTuple):
    """What a training has come to: steps done, its settings as JSON holds them, and the averaged network."""

    step: int
    settings: dict[str, Any]
    net: HairNet


def read_checkpoint(path: Path) -> Checkpoint:
    """The state of a training, without going on with it.

    Parameters
    ----------
    path : Path
        ``checkpoint.pt`` of its folder.

    Raises
    ------
    InputError
        If there is none.
    ResourceError
        If it is damaged.
    """
    if not path.exists():
        raise InputError(f"{path.parent} holds no training: there is no {path.name} in it")
    state = _read_state(path, torch.device("cpu"))
    settings = json.loads(state["settings"])
    net = HairNet(NetworkSettings(**settings["network"]))
    try:
        net.load_state_dict(state["averaged"])
    except RuntimeError as error:
        raise ResourceError(f"{path} was written for a network of another version of hairdensity") from error
    return Checkpoint(int(state["step"]), settings, net.eval())


def _read_state(path: Path, device: torch.device) -> dict[str, Any]:
    try:
        return dict(torch.load(path, map_location=device, weights_only=True))
    except (OSError, RuntimeError, EOFError, ValueError, UnpicklingError) as error:
        raise ResourceError(f"{path} is damaged ({type(error).__name__}): remove it and train again") from error


def _differences(old: dict[str, Any], new: dict[str, Any], place: str = "") -> list[str]:
    """Dotted names of the settings that both have and that differ."""
    found = []
    for name in old.keys() & new.keys():
        if isinstance(old[name], dict):
            found += _differences(old[name], new[name], f"{place}{name}.")
        elif old[name] != new[name]:
            found.append(place + name)
    return sorted(found)


def _drop_after(path: Path, step: int) -> None:
    """Take away the lines of the curves that a resumed training will write again."""
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    kept = rows[:1] + [row for row in rows[1:] if row and row[0].isdecimal() and int(row[0]) <= step]
    if kept == rows:
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(kept)


def _batch(pool: Sequence[TrainingPicture], settings: LoopSettings, step: int) -> list[Crop]:
    return [_crop_of(pool, settings, 0, step * settings.batch + k) for k in range(settings.batch)]


def _crop_of(pool: Sequence[TrainingPicture], settings: LoopSettings, purpose: int, number: int) -> Crop:
    """The crop with this number: the same one whenever it is asked for, so that a resumed training sees the same."""
    rng = np.random.default_rng([settings.seed, purpose, number])
    return cut_crop(pool[int(rng.integers(len(pool)))], settings.crops, rng)


def _stacked(crops: Sequence[Crop], device: torch.device) -> tuple[Tensor, TargetBatch]:
    pixels = torch.from_numpy(np.stack([crop.pixels for crop in crops])).to(device)
    images = pixels.permute(0, 3, 1, 2).float().div(255).contiguous(memory_format=torch.channels_last)
    parts = (np.stack(part) for part in zip(*(crop.targets for crop in crops), strict=True))
    return images, TargetBatch(*(torch.from_numpy(part).to(device) for part in parts))


def _rate(step: int, settings: LoopSettings) -> float:
    """One cycle: a linear rise, then half a cosine."""
    rise = max(1, round(settings.warm_up * settings.steps))
    if step < rise:
        return settings.learning_rate * (step + 1) / rise
    share = (step - rise) / max(1, settings.steps - rise)
    return float(settings.learning_rate * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * share))))


def _groups(net: nn.Module, settings: LoopSettings) -> list[dict[str, Any]]:
    """Kernels decay; biases and normalisations do not."""
    kernels = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": kernels, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]


def _settings_text(settings: LoopSettings) -> str:
    """What must be the same for a training to go on; where it runs and how often it reports may change."""
    free = {"device", "mixed_precision", "checkpoint_every", "validate_every", "refresh_every", "validation_crops"}
    return json.dumps({name: value for name, value in asdict(settings).items() if name not in free}, sort_keys=True)


def _mean(sums: dict[str, float], n: int) -> dict[str, float]:
    return {name: value / max(n, 1) for name, value in sums.items()}


def _note(path: Path, line: Progress, report: Report) -> None:
    """Append a line to the curves and say it."""
    row = {"step": line.step, "kind": line.kind, "seconds_per_step": line.seconds_per_step, **line.losses}
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=_columns(row))
        if is_new:
            writer.writeheader()
        writer.writerow({name: f"{v:.5f}" if isinstance(v, float) else v for name, v in row.items()})
    report(line)


def _columns(row: dict[str, Any]) -> list[str]:
    """The names, with the losses in the order of the alphabet: train and validation lines share a table."""
    first = ["step", "kind", "seconds_per_step"]
    return first + sorted(name for name in row if name not in first)
