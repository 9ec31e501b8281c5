"""Fine-tuning: a model learns from one place's own annotated pictures and is measured on unseen patients."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hairdensity.annotation import split_by_patient
from hairdensity.errors import InputError
from hairdensity.files import write_whole
from hairdensity.training.crops import TrainingPicture
from hairdensity.training.export import ModelCard, export_model
from hairdensity.training.held_out import HeldOutScore, comparison_text, is_worse, score_model
from hairdensity.training.loop import CHECKPOINT, LoopSettings, read_checkpoint, train
from hairdensity.training.network import HairNet
from hairdensity.training.pictures import OwnPicture, PictureFolder, load_own_picture, read_own_pictures
from hairdensity.training.runs import (
    RunFacts,
    Start,
    asked_to_stop,
    choose_settings,
    close_run,
    facts_of,
    load_start,
    open_run,
    progress_text,
    read_run,
)
from hairdensity.training.scenes import LIMITS, training_text

__all__ = ["DEFAULTS", "FineTuning", "Outcome", "finetune"]

Say = Callable[[str], None]

MODEL = "model"
EVALUATION = "evaluation.json"

DEFAULTS = LoopSettings(
    steps=1000,
    learning_rate=2e-4,
    warm_up=0.1,
    average=0.99,
    checkpoint_every=50,
    validate_every=250,
    validation_crops=32,
    frozen_statistics=True,
)
"""A tenth of the rate of a training: what was learned is to be moved, not replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning:
    """An order to fine-tune a model.

    Parameters
    ----------
    data : Path
        Folder of annotated pictures.
    out : Path
        Folder of the training.
    scenes : Path or None
        Rendered pictures that give half of the crops, so that what they taught is not forgotten.
    validation_share : float
        Of the pictures, by whole patients; 0 trains on all and measures nothing.
    config, start, steps, device
        As in ``SceneTraining``; without a start, the newest shipped model.
    """

    data: Path
    out: Path
    scenes: Path | None = None
    validation_share: float = 0.25
    config: Path | None = None
    start: str | None = None
    steps: int | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a fine-tuning came to.

    Parameters
    ----------
    model : Path
        Folder of the fine-tuned model.
    before, after : HeldOutScore or None
        Of the start and of the fine-tuned model on the held-out patients; None when no patient was held out.
    """

    model: Path
    before: HeldOutScore | None
    after: HeldOutScore | None

    @property
    def is_worse(self) -> bool:
        """Whether the fine-tuned model does worse than the one it began with."""
        return self.before is not None and self.after is not None and is_worse(self.before, self.after)

    def text(self) -> str:
        """The table and the verdict."""
        if self.before is None or self.after is None:
            return "no patient was held out: whether the model became better is not known"
        table = comparison_text(self.before, self.after)
        if self.is_worse:
            return f"{table}\nThe fine-tuned model is WORSE on patients it has not seen: keep the one you had."
        return table


def finetune(order: FineTuning, say: Say) -> Outcome:
    """Fine-tune, or go on with a fine-tuning that was interrupted; then measure before and after.

    Parameters
    ----------
    order : FineTuning
    say : callable
        Takes each line of the progress.

    Raises
    ------
    InputError
        If settings, pictures, patients or folder do not fit.
    KeyboardInterrupt
        When it was told to stop; the same order goes on with it.
    """
    start = load_start(order.start)
    settings = choose_settings(DEFAULTS, order.config, start, steps=order.steps, device=order.device)
    training, held_out = split_by_patient(
        read_own_pictures(order.data), validation_share=order.validation_share, seed=settings.seed
    )
    facts = open_run(order.out, _facts(order, start, settings, training, held_out), settings)
    if facts.held_out != _stems(held_out) or facts.pictures != len(training):
        raise InputError(
            f"the pictures of {order.data}, or the share that is held out, changed since the training in {order.out} "
            "began: choose another folder"
        )
    with asked_to_stop(say) as should_stop:
        net = train(
            _pool([load_own_picture(picture) for picture in training], order.scenes),
            [load_own_picture(picture) for picture in held_out],
            order.out,
            settings=settings,
            start=start.net,
            report=lambda line: say(progress_text(line, settings.steps)),
            should_stop=should_stop,
        )
    close_run(order.out, facts)
    say(f"measuring both models on {len(held_out)} held-out pictures")
    return _measured(order, start, net, held_out, device=settings.device)


def _facts(
    order: FineTuning,
    start: Start,
    settings: LoopSettings,
    training: Sequence[OwnPicture],
    held_out: Sequence[OwnPicture],
) -> RunFacts:
    return facts_of(
        kind="annotations",
        data=order.data,
        scenes=None if order.scenes is None else str(order.scenes.resolve()),
        start=start,
        pictures=len(training),
        held_out=_stems(held_out),
        origin={},
        device=settings.device,
    )


def _stems(pictures: Sequence[OwnPicture]) -> tuple[str, ...]:
    return tuple(picture.image_path.stem for picture in pictures)


def _pool(own: Sequence[TrainingPicture], scenes: Path | None) -> Callable[[], Sequence[TrainingPicture]]:
    """Own pictures alone, or as many times as it takes for half of the crops to be theirs."""
    if scenes is None:
        return lambda: own
    folder = PictureFolder(scenes)

    def mixed() -> Sequence[TrainingPicture]:
        rendered = folder()
        return [*own] * len(rendered) + [*rendered] * len(own)

    return mixed


def _measured(order: FineTuning, start: Start, net: HairNet, held_out: Sequence[OwnPicture], *, device: str) -> Outcome:
    """Export the network, compare it with the start on what was held out, and write down both."""
    model = order.out / MODEL
    _export(net, start, order.out, performance="Not measured yet.")
    if not held_out:
        return Outcome(model=model, before=None, after=None)
    before, after = (score_model(folder, held_out, device=device) for folder in (start.files.folder, model))
    outcome = Outcome(model=model, before=before, after=after)
    document = {
        "pictures": list(_stems(held_out)),
        "before": before.document(),
        "after": after.document(),
        "worse": outcome.is_worse,
    }
    write_whole(order.out / EVALUATION, (json.dumps(document, indent=2) + "\n").encode())
    _export(net, start, order.out, performance=_performance_text(outcome, len(held_out)))
    return outcome


def _performance_text(outcome: Outcome, n: int) -> str:
    return f"On {n} held-out pictures of other patients, before and after fine-tuning:\n\n```\n{outcome.text()}\n```"


def _export(net: HairNet, start: Start, run: Path, *, performance: str) -> None:
    """Write the model's folder, in place of an earlier one."""
    settings = read_checkpoint(run / CHECKPOINT).settings
    low, high = settings["crops"]["um_per_px_range"]
    card = ModelCard(
        summary=f"{start.files.id.name} {start.files.id.version}, fine-tuned to pictures of one place.",
        training_data=training_text(read_run(run), settings, settings["steps"]),
        performance=performance,
        limits=f"{LIMITS} Fine-tuned to one instrument: for pictures of others, use the model it began with.",
        working_um_per_px=start.files.working_um_per_px,
        um_per_px_range=(low, high),
    )
    with tempfile.TemporaryDirectory(dir=run) as draft:
        name = f"{start.files.id.name.removesuffix('-finetuned')}-finetuned"
        written = export_model(net, Path(draft), name=name, version=f"{start.files.id.version}.1", card=card)
        shutil.rmtree(run / MODEL, ignore_errors=True)
        written.rename(run / MODEL)
