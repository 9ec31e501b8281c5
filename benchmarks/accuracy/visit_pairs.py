"""Named sets of rendered visit pairs with known fates.

    for pair in visit_pairs("clipped", 100, seed=1):
        baseline, follow_up = render_pair(pair)

A pair is determined by its set's name, its number and the seed; scenes are cheap, pictures are rendered when they are
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from hairdensity.synthetic.follow_up import Exposure, FollowUp, Growth, Visit, make_follow_up
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.regrowth import cut_flush
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import Scene, make_scene
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.synthetic.simulation import MIX
from hairdensity.synthetic.step import plan_step
from hairdensity.synthetic.truth import inside_frame
from hairdensity.synthetic.variety import random_settings

__all__ = ["PAIR_SETS", "VisitPair", "render_pair", "retaken", "shared_fraction", "visit_pair", "visit_pairs"]

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


def shared_fraction(baseline: Scene, follow_up: FollowUp) -> float:
    """Share of the baseline's frame that the follow-up shows too; 0 for a pair that is not related."""
    if not np.isfinite(follow_up.matrix_px).all():
        return 0.0
    moved = follow_up.to_follow_up(_grid(baseline.settings.shape))
    return float(inside_frame(moved, follow_up.scene.settings.shape).mean())


def retaken(settings: SceneSettings, rng: Rng, **happened: Any) -> tuple[Scene, FollowUp]:
    """A scene, and the same skin by the same device on another day, with what happened since (see `Visit`)."""
    return _placed(settings, replace(_retake(settings, rng), **happened), rng, RETAKEN)


def _clipped(rng: Rng) -> tuple[Scene, FollowUp]:
    """Up to 25 % lost and new, any turn and zoom, at least 60 % overlap."""
    return _changed_much(_clipped_settings(rng), rng)


def _microscope(rng: Rng) -> tuple[Scene, FollowUp]:
    """The same on heads of every kind that is clipped under a microscope, as near to real captures as is rendered."""
    return _changed_much(random_settings(rng, mode="microscope", megapixels=1.3), rng)


def _changed_much(settings: SceneSettings, rng: Rng) -> tuple[Scene, FollowUp]:
    lost, new = rng.uniform(0.0, 0.25), rng.uniform(0.0, 0.23)
    per_cm2 = settings.population.density_per_cm2
    visit = Visit(
        exact=True,
        lost_fraction=lost,
        new_per_cm2=0.6 * new * per_cm2,
        gained_per_cm2=0.4 * new * per_cm2,
        reactivated_share=rng.uniform(0.0, 0.4),
        diameter_factor=rng.uniform(0.92, 1.08),
        diameter_sd=rng.uniform(0.0, 0.08),
        thickened_share=rng.uniform(0.0, 0.1),
        thinned_share=rng.uniform(0.0, 0.03),
        reclip_sd=rng.uniform(0.1, 0.3),
        lean_sd_deg=rng.uniform(2.0, 10.0),
        stretch=rng.uniform(0.0, 0.06),
        exposure=_exposure(settings, rng, zoom=1.1),
    )
    return _placed(settings, visit, rng, Placing(turn_deg=180.0, shift=0.4, shared=(0.6, 1.0)))


def _hard(rng: Rng) -> tuple[Scene, FollowUp]:
    """Half of the skin, two fifths of the hairs gone, as many new."""
    settings = _clipped_settings(rng)
    per_cm2 = settings.population.density_per_cm2
    visit = Visit(
        exact=True,
        lost_fraction=0.4,
        new_per_cm2=0.25 * per_cm2,
        gained_per_cm2=0.15 * per_cm2,
        reclip_sd=0.3,
        lean_sd_deg=10.0,
        diameter_sd=0.1,
        stretch=0.06,
        exposure=_exposure(settings, rng, zoom=1.1),
    )
    return _placed(settings, visit, rng, Placing(turn_deg=180.0, shift=0.55, shared=(0.47, 0.53)))


def _no_change(rng: Rng) -> tuple[Scene, FollowUp]:
    """The same hairs, clipped and photographed anew."""
    settings = _clipped_settings(rng, field_mm=CM2_FIELD_MM)
    return _placed(settings, _retake(settings, rng), rng, RETAKEN)


def _denser(rng: Rng) -> tuple[Scene, FollowUp]:
    """A tenth more hairs: 4 % shed, 9 % new on their own, 5 % beside others."""
    settings = _clipped_settings(rng, field_mm=CM2_FIELD_MM)
    per_cm2 = settings.population.density_per_cm2
    visit = replace(
        _retake(settings, rng),
        exact=True,
        lost_fraction=0.04,
        new_per_cm2=0.09 * per_cm2,
        gained_per_cm2=0.05 * per_cm2,
    )
    return _placed(settings, visit, rng, RETAKEN)


def _slight(rng: Rng) -> tuple[Scene, FollowUp]:
    """Up to 6 % lost and up to 6 % new: as little as is easily taken for nothing."""
    settings = _clipped_settings(rng)
    visit = replace(
        _retake(settings, rng),
        lost_fraction=rng.uniform(0.0, 0.06),
        new_per_cm2=rng.uniform(0.0, 0.06) * settings.population.density_per_cm2,
    )
    return _placed(settings, visit, rng, RETAKEN)


def _thicker(rng: Rng) -> tuple[Scene, FollowUp]:
    """Every hair about 5 % thicker; none shed and none new, which would move the median too."""
    settings = _clipped_settings(rng, field_mm=CM2_FIELD_MM)
    return _placed(settings, replace(_retake(settings, rng), diameter_factor=1.05, diameter_sd=0.01), rng, RETAKEN)


def _mixed(rng: Rng) -> tuple[Scene, FollowUp]:
    """Any head, device and length of hair."""
    settings = _any_settings(rng)
    per_cm2, new = settings.population.density_per_cm2, rng.uniform(0.0, 0.2)
    visit = Visit(
        lost_fraction=rng.uniform(0.0, 0.2),
        new_per_cm2=0.6 * new * per_cm2,
        gained_per_cm2=0.4 * new * per_cm2,
        reactivated_share=rng.uniform(0.0, 0.4),
        diameter_factor=rng.uniform(0.92, 1.08),
        diameter_sd=rng.uniform(0.0, 0.08),
        thickened_share=rng.uniform(0.0, 0.1),
        thinned_share=rng.uniform(0.0, 0.05),
        reclip_sd=0.2,
        lean_sd_deg=rng.uniform(2.0, 10.0),
        stretch=rng.uniform(0.0, 0.06),
        exposure=_exposure(settings, rng, zoom=1.1),
    )
    return _placed(settings, visit, rng, Placing(turn_deg=30.0, shift=0.4, shared=(0.6, 1.0)))


def _phototrichogram(rng: Rng) -> tuple[Scene, FollowUp]:
    """Clipped very short, and as it grew for two or three days; some hairs are cut flush and come out later."""
    plain = _clipped_settings(rng)
    shorter = replace(plain.population, length_mean_um=230.0, length_sd_um=60.0, length_range_um=(130.0, 420.0))
    settings = replace(plain, population=shorter)
    growth = Growth(hours=float(rng.choice([48.0, 72.0])), telogen_share=rng.uniform(0.05, 0.30))
    visit = Visit(
        lost_fraction=0.01,
        new_per_cm2=0.0,
        lean_sd_deg=rng.uniform(3.0, 10.0),
        stretch=rng.uniform(0.0, 0.02),
        growth=growth,
        exposure=_exposure(settings, rng),
    )
    flush = rng.uniform(0.0, 0.1)
    return _placed(settings, visit, rng, RETAKEN, flush_share=flush)


def _unrelated_same_head(rng: Rng) -> tuple[Scene, FollowUp]:
    """The same hair, skin and device on another place of the head."""
    settings = _clipped_settings(rng)
    turned = settings.population.direction_deg + rng.uniform(-20.0, 20.0)
    return _strangers(settings, replace(settings, population=replace(settings.population, direction_deg=turned)), rng)


def _unrelated(rng: Rng) -> tuple[Scene, FollowUp]:
    """Two heads; most of them clipped, because pictures of one kind are the easiest to mistake."""
    modes = ("clipped", "short", "long", "microscope")
    mode = str(rng.choice(modes, p=(0.35, 0.15, 0.15, 0.35)))
    return _strangers(random_settings(rng, mode=mode), random_settings(rng, mode=mode), rng)


class Placing(NamedTuple):
    """How the skin may lie in the follow-up.

    Largest turn; largest shift as a share of the frame; the shares of the baseline's frame that it may show.
    """

    turn_deg: float
    shift: float
    shared: tuple[float, float]


RETAKEN = Placing(turn_deg=8.0, shift=0.08, shared=(0.8, 1.0))
N_TRIES = 1000


def _placed(
    settings: SceneSettings, visit: Visit, rng: Rng, placing: Placing, *, flush_share: float = 0.0
) -> tuple[Scene, FollowUp]:
    """A baseline and its follow-up, placed by chance so that they share as much skin as is asked for."""
    frame = np.array(settings.frame_um)
    # The longest side shifted, half of the diagonal turned in, some zoom and stretch.
    around = float(placing.shift * frame.max() + 0.65 * np.hypot(*frame) - 0.5 * frame.min())
    baseline, seed = make_scene(settings, _seed(rng), around_um=around), _seed(rng)
    if flush_share:
        baseline = cut_flush(baseline, flush_share, seed)
    grid = _grid(settings.shape)
    for _ in range(N_TRIES):
        row, col = (rng.uniform(-placing.shift, placing.shift, 2) * frame).tolist()
        turn = rng.uniform(-placing.turn_deg, placing.turn_deg)
        placed = replace(visit, turn_deg=turn, shift_um=(row, col))
        shared = float(plan_step(baseline, placed, seed).shared((grid + 0.5) * settings.um_per_px).mean())
        if placing.shared[0] <= shared <= placing.shared[1]:
            return baseline, make_follow_up(baseline, placed, seed)
    raise ValueError(f"no place in {N_TRIES} tries shares {placing.shared} of the skin")


def _strangers(first: SceneSettings, second: SceneSettings, rng: Rng) -> tuple[Scene, FollowUp]:
    follow_up = FollowUp(scene=make_scene(second, _seed(rng)), matrix_px=np.full((2, 3), np.nan))
    return make_scene(first, _seed(rng)), follow_up


def _retake(settings: SceneSettings, rng: Rng) -> Visit:
    """The same hairs soon after, clipped and photographed anew."""
    return Visit(
        lost_fraction=0.0,
        new_per_cm2=0.0,
        reclip_sd=0.15,
        lean_sd_deg=5.0,
        stretch=rng.uniform(0.0, 0.02),
        exposure=_exposure(settings, rng),
    )


def _exposure(settings: SceneSettings, rng: Rng, *, zoom: float = 1.0) -> Exposure:
    """The same device on another day: focus, lamp, balance and compression vary; with a zoom, the scale too."""
    camera, light = settings.camera, settings.light
    tinted = light.white_balance * rng.uniform(0.95, 1.05, 3)
    return Exposure(
        camera=replace(
            camera,
            psf_sigma_px=float(np.clip(camera.psf_sigma_px * rng.uniform(0.8, 1.3), 0.5, 8.0)),
            illumination=camera.illumination * rng.uniform(0.3, 1.4),
            brightness=camera.brightness * rng.uniform(0.88, 1.10),
            noise_sd=camera.noise_sd * rng.uniform(0.7, 1.6),
            jpeg_quality=int(rng.integers(80, 96)),
            saturation=camera.saturation * rng.uniform(0.85, 1.15),
            contrast=camera.contrast * rng.uniform(0.9, 1.1),
            tone_gamma=camera.tone_gamma * rng.uniform(0.9, 1.1),
        ),
        light=replace(
            light,
            lit_deg=rng.uniform(0.0, 360.0),
            vignette=float(np.clip(light.vignette + rng.uniform(0.0, 0.2), 0.0, 0.6)),
            white_balance=(float(tinted[0]), float(tinted[1]), float(tinted[2])),
        ),
        um_per_px=settings.um_per_px * float(rng.uniform(1 / zoom, zoom)) if zoom > 1 else None,
    )


def _clipped_settings(rng: Rng, field_mm: tuple[float, float] | None = None) -> SceneSettings:
    settings = clipped(150.0, direction_deg=rng.uniform(0.0, 360.0))
    return settings if field_mm is None else replace(settings, field_mm=field_mm)


def _any_settings(rng: Rng) -> SceneSettings:
    return random_settings(rng, mode=str(rng.choice(list(MIX), p=list(MIX.values()))))


def _grid(shape: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(1600, 2) px spread over a picture."""
    rows, cols = (np.linspace(0, side - 1, 40) for side in shape)
    return np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**31))


PAIR_SETS: dict[str, Callable[[Rng], tuple[Scene, FollowUp]]] = {
    "clipped": _clipped,
    "microscope": _microscope,
    "hard": _hard,
    "no_change": _no_change,
    "denser": _denser,
    "thicker": _thicker,
    "slight": _slight,
    "mixed": _mixed,
    "phototrichogram": _phototrichogram,
    "unrelated_same_head": _unrelated_same_head,
    "unrelated": _unrelated,
}
