"""Named sets of rendered visit pairs with known fates.

    for pair in visit_pairs("clipped", 100, seed=1):
        baseline, follow_up = render_pair(pair)

A pair is determined by its set's name, its number and the seed; scenes are cheap, pictures are rendered when they are
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hairdensity.synthetic.follow_up import FollowUp, Visit, make_follow_up
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import Scene, make_scene
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.synthetic.simulation import MIX
from hairdensity.synthetic.variety import random_settings

__all__ = ["PAIR_SETS", "VisitPair", "render_pair", "visit_pair", "visit_pairs"]

CM2_FIELD_MM = (8.9, 11.24)
"""1.0 cm2."""

Rng = np.random.Generator


class VisitPair(NamedTuple):
    """Two visits before they are rendered; where ``related`` is False they show other skin and no mapping exists."""

    name: str
    number: int
    baseline: Scene
    follow_up: FollowUp
    related: bool


def visit_pairs(name: str, n_pairs: int, *, seed: int, first: int = 0) -> Iterator[VisitPair]:
    """Pairs ``first`` to ``first + n_pairs - 1`` of a set."""
    return (visit_pair(name, number, seed=seed) for number in range(first, first + n_pairs))


def visit_pair(name: str, number: int, *, seed: int) -> VisitPair:
    """One pair of a set; the same for the same name, number and seed.

    Raises
    ------
    KeyError
        If the set is none of ``PAIR_SETS``.
    """
    rng = np.random.default_rng([seed, number, *name.encode()])
    baseline, follow_up = PAIR_SETS[name](rng)
    return VisitPair(name, number, baseline, follow_up, bool(np.isfinite(follow_up.matrix_px).all()))


def render_pair(pair: VisitPair) -> tuple[Rendering, Rendering]:
    """Both pictures with their truths."""
    stem = f"{pair.name}-{pair.number:04d}"
    return (
        render(pair.baseline, image_id=f"{stem}-baseline"),
        render(pair.follow_up.scene, image_id=f"{stem}-follow-up"),
    )


def _clipped(rng: Rng) -> tuple[Scene, FollowUp]:
    """Up to 25 % lost and new, any turn, at least 60 % overlap."""
    visit = Visit(
        lost_fraction=rng.uniform(0.0, 0.25),
        new_per_cm2=150.0 * rng.uniform(0.0, 0.25),
        diameter_factor=rng.uniform(0.92, 1.08),
        turn_deg=rng.uniform(-180.0, 180.0),
        shift_um=_shift(rng, 850.0),
        reclip_sd=0.2,
        lean_sd_deg=rng.uniform(2.0, 10.0),
    )
    return _visited(_clipped_settings(rng), visit, rng)


def _hard(rng: Rng) -> tuple[Scene, FollowUp]:
    """40 % turnover at the least overlap."""
    visit = Visit(
        lost_fraction=0.4,
        new_per_cm2=60.0,
        turn_deg=rng.uniform(-180.0, 180.0),
        shift_um=_shift(rng, 900.0),
        reclip_sd=0.25,
        lean_sd_deg=10.0,
    )
    return _visited(_clipped_settings(rng), visit, rng)


def _no_change(rng: Rng) -> tuple[Scene, FollowUp]:
    return _visited(_clipped_settings(rng, field_mm=CM2_FIELD_MM), _retake(rng), rng)


def _denser(rng: Rng) -> tuple[Scene, FollowUp]:
    """A tenth more hairs: 4 % shed, 14 % new."""
    visit = replace(_retake(rng), lost_fraction=0.04, new_per_cm2=0.14 * 150.0)
    return _visited(_clipped_settings(rng, field_mm=CM2_FIELD_MM), visit, rng)


def _thicker(rng: Rng) -> tuple[Scene, FollowUp]:
    """Every hair 5 % thicker."""
    visit = replace(_retake(rng), diameter_factor=1.05)
    return _visited(_clipped_settings(rng, field_mm=CM2_FIELD_MM), visit, rng)


def _mixed(rng: Rng) -> tuple[Scene, FollowUp]:
    """Any head, device and length of hair."""
    settings = _any_settings(rng)
    lost = rng.uniform(0.0, 0.2)
    visit = Visit(
        lost_fraction=lost,
        new_per_cm2=settings.population.density_per_cm2 * rng.uniform(0.0, 0.2),
        diameter_factor=rng.uniform(0.92, 1.08),
        turn_deg=rng.uniform(-30.0, 30.0),
        shift_um=_shift(rng, 600.0),
    )
    return _visited(settings, visit, rng)


def _unrelated_same_head(rng: Rng) -> tuple[Scene, FollowUp]:
    """The same hair, skin and device on another place of the head."""
    settings = _clipped_settings(rng)
    return _strangers(settings, settings, rng)


def _unrelated(rng: Rng) -> tuple[Scene, FollowUp]:
    """Two heads."""
    return _strangers(_any_settings(rng), _any_settings(rng), rng)


def _visited(settings: SceneSettings, visit: Visit, rng: Rng) -> tuple[Scene, FollowUp]:
    baseline = make_scene(settings, _seed(rng))
    return baseline, make_follow_up(baseline, visit, _seed(rng))


def _strangers(first: SceneSettings, second: SceneSettings, rng: Rng) -> tuple[Scene, FollowUp]:
    follow_up = FollowUp(scene=make_scene(second, _seed(rng)), matrix_px=np.full((2, 3), np.nan))
    return make_scene(first, _seed(rng)), follow_up


def _retake(rng: Rng) -> Visit:
    """The same hairs soon after, clipped and photographed anew."""
    return Visit(
        lost_fraction=0.0,
        new_per_cm2=0.0,
        turn_deg=rng.uniform(-8.0, 8.0),
        shift_um=_shift(rng, 500.0),
        reclip_sd=0.15,
        lean_sd_deg=5.0,
    )


def _clipped_settings(rng: Rng, field_mm: tuple[float, float] | None = None) -> SceneSettings:
    settings = clipped(150.0, direction_deg=rng.uniform(0.0, 360.0))
    return settings if field_mm is None else replace(settings, field_mm=field_mm)


def _any_settings(rng: Rng) -> SceneSettings:
    return random_settings(rng, mode=str(rng.choice(list(MIX), p=list(MIX.values()))))


def _shift(rng: Rng, most_um: float) -> tuple[float, float]:
    row, col = rng.uniform(-most_um, most_um, 2).tolist()
    return row, col


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**31))


PAIR_SETS: dict[str, Callable[[Rng], tuple[Scene, FollowUp]]] = {
    "clipped": _clipped,
    "hard": _hard,
    "no_change": _no_change,
    "denser": _denser,
    "thicker": _thicker,
    "mixed": _mixed,
    "unrelated_same_head": _unrelated_same_head,
    "unrelated": _unrelated,
}
