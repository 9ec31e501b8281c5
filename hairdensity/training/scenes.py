"""Training on rendered pictures, from a folder of them to a network; and the model that is exported from it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairdensity.annotation import read_annotation
from hairdensity.errors import InputError
from hairdensity.training.export import ModelCard, export_model
from hairdensity.training.loop import CHECKPOINT, CURVES, LoopSettings, read_checkpoint, train
from hairdensity.training.pictures import PictureFolder, load_picture
from hairdensity.training.runs import (
    RunFacts,
    asked_to_stop,
    choose_settings,
    close_run,
    facts_of,
    load_start,
    open_run,
    progress_text,
    read_run,
)

__all__ = ["SceneTraining", "export_run", "train_on_scenes"]

Say = Callable[[str], None]

LIMITS = (
    "Research use, not a medical device. It answers for scalp pictures in visible light at the scales above. Expect "
    "errors where hairs lie on each other, out of focus, and with instruments unlike those that were rendered; compare "
    "it with counts of your own before relying on it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneTraining:
    """An order to train on rendered pictures.

    Parameters
    ----------
    scenes : Path
        Written by ``hairdensity simulate``; it may grow meanwhile.
    out : Path
        Folder of the training.
    n_validation : int
        Pictures that are held out: the last ones.
    config : Path or None
        TOML with settings.
    start : str or None
        Model to begin with; None for random weights.
    steps : int or None
    device : str or None
        These two override the file.
    """

    scenes: Path
    out: Path
    n_validation: int = 16
    config: Path | None = None
    start: str | None = None
    steps: int | None = None
    device: str | None = None


def train_on_scenes(order: SceneTraining, say: Say) -> None:
    """Train, or go on with a training that was interrupted.

    Parameters
    ----------
    order : SceneTraining
    say : callable
        Takes each line of the progress.

    Raises
    ------
    InputError
        If settings, pictures or folder do not fit.
    KeyboardInterrupt
        When it was told to stop; the same order goes on with it.
    """
    start = None if order.start is None else load_start(order.start)
    settings = choose_settings(LoopSettings(), order.config, start, steps=order.steps, device=order.device)
    stems = _stems(order)
    n_training = len(stems) - order.n_validation
    facts = facts_of(
        kind="scenes",
        data=order.scenes,
        scenes=None,
        start=start,
        pictures=n_training,
        held_out=tuple(stems[n_training:]),
        origin=_origin(order.scenes / f"{stems[0]}.json"),
        device=settings.device,
    )
    facts = open_run(order.out, facts, settings)
    held_out = [load_picture(read_annotation(order.scenes / f"{stem}.json")) for stem in facts.held_out]
    with asked_to_stop(say) as should_stop:
        train(
            PictureFolder(order.scenes, held_out=frozenset(facts.held_out)),
            held_out,
            order.out,
            settings=settings,
            start=None if start is None else start.net,
            report=lambda line: say(progress_text(line, settings.steps)),
            should_stop=should_stop,
        )
    close_run(order.out, facts)


def export_run(run: Path, *, name: str, version: str, out: Path, performance: str | None = None) -> Path:
    """Write the model of a training, with a card of its facts.

    Parameters
    ----------
    run : Path
        Folder of the training; the averaged weights of its checkpoint are taken.
    name, version : str
    out : Path
        Where models are.
    performance : str, optional
        How well the model does; by default the losses on the held-out pictures.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    InputError
        If there is no training, or the name is none or taken.
    ResourceError
        If the graph and the network disagree, or a file is damaged.
    """
    facts, checkpoint = read_run(run), read_checkpoint(run / CHECKPOINT)
    low, high = checkpoint.settings["crops"]["um_per_px_range"]
    card = ModelCard(
        summary="Finds hairs in trichoscopy pictures: axes, roots, directions, widths and what cannot be read.",
        training_data=training_text(facts, checkpoint.settings, checkpoint.step),
        performance=performance or _validation_text(run / CURVES, facts),
        limits=LIMITS,
        working_um_per_px=checkpoint.settings["crops"]["working_um_per_px"],
        um_per_px_range=(low, high),
    )
    return export_model(checkpoint.net, out, name=name, version=version, card=card)


def training_text(facts: RunFacts, settings: dict[str, Any], step: int) -> str:
    """What a model was trained on, and how."""
    source = f"{facts.pictures} pictures that people annotated"
    if facts.kind == "scenes":
        made = ", ".join(f"{name} {value}" for name, value in facts.origin.items())
        source = f"{facts.pictures} pictures rendered by `hairdensity simulate` ({made}); no picture of a person"
    mixed = "; half of the crops from rendered pictures" if facts.scenes else ""
    begun = f" Begun with {' '.join(facts.start.split()[:2])}." if facts.start else ""
    when = facts.started[:10] + (f" to {facts.finished[:10]}" if facts.finished else "")
    return (
        f"{source}{mixed}.{begun} {step} of {settings['steps']} steps of {settings['batch']} crops of "
        f"{settings['crops']['side_px']} px, seed {settings['seed']}, {when}, on {facts.hardware}, "
        f"hairdensity {facts.version}."
    )


def _validation_text(curves: Path, facts: RunFacts) -> str:
    """The last validation losses."""
    with curves.open(newline="", encoding="utf-8") as file:
        lines = [row for row in csv.DictReader(file) if row["kind"] == "validation"]
    if not lines:
        return "Not measured: no picture was held out."
    heads = {name: value for name, value in lines[-1].items() if name not in ("step", "kind", "seconds_per_step")}
    values = ", ".join(f"{name} {float(value):.3f}" for name, value in heads.items())
    return f"Losses on {len(facts.held_out)} held-out pictures at step {lines[-1]['step']}: {values}."


def _stems(order: SceneTraining) -> list[str]:
    """Names of the rendered pictures in the order of their numbers."""
    stems = [path.stem for path in sorted(order.scenes.glob("*.json"))]
    if len(stems) <= order.n_validation:
        raise InputError(
            f"{order.scenes} holds {len(stems)} annotated pictures, of which {order.n_validation} would be held out: "
            f"make more with `hairdensity simulate --out {order.scenes}`, or hold out fewer"
        )
    return stems


def _origin(path: Path) -> dict[str, Any]:
    """How a picture was rendered; nothing for one that was not."""
    settings = json.loads(path.read_bytes()).get("settings") or {}
    return {name: settings[name] for name in ("seed", "mode", "megapixels") if name in settings}
