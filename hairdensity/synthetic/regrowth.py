"""The hairs of a later visit, on the skin as it lay at the baseline: who stays, who goes, who comes, who grew."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.curves import Shafts
from hairdensity.synthetic.motion import rotation
from hairdensity.synthetic.pieces import to_um
from hairdensity.synthetic.scene import Scene, make_scene
from hairdensity.synthetic.sheet import Sheet
from hairdensity.synthetic.spots import yellow_dots
from hairdensity.synthetic.step import Step
from hairdensity.synthetic.truth import inside_frame, to_px
from hairdensity.synthetic.turnover import (
    Crop,
    drawn,
    emptied_units,
    grown_beside,
    grown_from,
    grown_thicker,
)
from hairdensity.synthetic.visit import Growth

__all__ = ["Openings", "cut_flush", "regrown"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

EMPTIED, THICKNESS, TURNED, NEW, GAINED, TAKEN, OUT, LEFT, GROWN, FLUSH = range(2, 12)
"""Each event draws its own random numbers."""

SPARE = 3.0
"""So many times more lone hairs are grown as are asked for, when an exact number of them is taken."""

BESIDE_UM = 200.0
"""No gained hair stands further from its host."""

HOURS_PER_DAY, UM_PER_MM = 24.0, 1000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Openings:
    """What of the skin has changed, in um of the baseline's frame.

    Parameters
    ----------
    ostia_um : (E, 2) float64 ndarray
    ostium_id : (E,) int64 ndarray
    closed_um : (C, 2) float64 ndarray
        Dots of sebum that are no more, in um of the first frame.
    flush : Shafts or None
        Hairs that are still cut level with the skin.
    next_id : (int, int, int)
        First free names of hairs, units and openings.
    """

    ostia_um: Array
    ostium_id: Ids
    closed_um: Array
    flush: Shafts | None
    next_id: tuple[int, int, int]


@dataclass(slots=True, kw_only=True)
class _Names:
    """Names that no hair, unit and opening has had."""

    hair: int
    unit: int
    opening: int

    def named(self, crop: Crop, *, new_units: bool) -> Crop:
        """The same hairs with names of their own, and units of their own where they found none."""
        unit_id = crop.unit_id + self.unit if new_units else crop.unit_id
        crop = replace(crop, shaft_id=crop.shaft_id + self.hair, unit_id=unit_id)
        self.hair = max(self.hair, int(crop.shaft_id.max(initial=-1)) + 1)
        self.unit = max(self.unit, int(crop.unit_id.max(initial=-1)) + 1)
        return crop


def cut_flush(scene: Scene, share: float, seed: int) -> Scene:
    """The same scene with a share of its hairs cut level with the skin, so that nothing of them shows."""
    cut = np.random.default_rng([seed, 3, FLUSH]).random(len(scene.hairs)) < share
    crop = Crop.of(scene.hairs, "kept")
    return replace(scene, hairs=crop.part(np.flatnonzero(~cut)).shafts, flush=crop.part(np.flatnonzero(cut)).shafts)


def regrown(step: Step) -> tuple[Crop, Openings]:
    """The hairs of the later visit and the openings without one, on the baseline's frame."""
    before, names = Crop.of(step.baseline.hairs, "kept"), _free_names(step.baseline)
    stay = ~_gone(step)
    kept, fresh = _kept(before.part(np.flatnonzero(stay)), step), names.named(_lone(step), new_units=True)
    gained = names.named(_gained(kept, step), new_units=False)
    ostia = _taken(step.baseline.ostia_um, step)
    from_ostia = _out_of(step.baseline.ostia_um[ostia], "empty ostium", before, step)
    dots_um = _yellow_dots(step)
    dots = _taken(dots_um, step)
    from_dots = names.named(_out_of(dots_um[dots], "yellow dot", before, step), new_units=True)
    from_ostia = names.named(from_ostia, new_units=True)
    grown, still_flush = _out_of_the_skin(step)
    left = _left_openings(before, kept, step)
    ids = np.concatenate([step.baseline.openings_id[~ostia], names.opening + np.arange(len(left))])
    openings = Openings(
        ostia_um=np.concatenate([step.baseline.ostia_um[~ostia], left]),
        ostium_id=ids,
        closed_um=_closed(step, dots_um[dots]),
        flush=still_flush,
        next_id=(names.hair, names.unit, names.opening + len(left)),
    )
    return Crop.joined(kept, fresh, gained, from_ostia, from_dots, grown), openings


def _free_names(baseline: Scene) -> _Names:
    parts = [baseline.hairs] if baseline.flush is None else [baseline.hairs, baseline.flush]
    had = baseline.seen.next_id if baseline.seen is not None else (0, 0, 0)
    return _Names(
        hair=max(had[0], *(int(part.shaft_id.max(initial=-1)) + 1 for part in parts)),
        unit=max(had[1], *(int(part.unit_id.max(initial=-1)) + 1 for part in parts)),
        opening=max(had[2], int(baseline.openings_id.max(initial=-1)) + 1),
    )


def _gone(step: Step) -> Mask:
    """(N,) True for the hairs that are lost, alone or with their whole unit."""
    hairs, visit = step.baseline.hairs, step.visit
    shared = step.shared(hairs.roots_um) if visit.exact else None
    lost = drawn(visit.lost_fraction, len(hairs), np.random.default_rng([step.seed, 3]), exact_in=shared)
    return lost | emptied_units(hairs.unit_id, visit.emptied_share, step.rng(EMPTIED))


def _kept(hairs: Crop, step: Step) -> Crop:
    """Hairs that stayed, as thick and long as they are now."""
    visit = step.visit
    factor = visit.diameter_factor * np.exp(visit.diameter_sd * step.rng(THICKNESS).standard_normal(len(hairs)))
    diameter = grown_thicker(hairs.diameter_um * factor, (visit.thickened_share, visit.thinned_share), step.rng(TURNED))
    rng = np.random.default_rng([step.seed, 3])
    # The numbers that said which hairs are lost come first.
    rng.random(len(step.baseline.hairs))
    lies = rng.standard_normal((len(hairs), 2))
    rate, factors = np.full(len(hairs), np.nan), np.exp(visit.reclip_sd * lies[:, 1])
    if visit.growth is not None:
        rate = _rates(len(hairs), visit.growth, step.rng(GROWN))
        lengths = np.array([_length_um(path) for path in hairs.paths])
        factors = 1 + _grown_um(rate, visit.growth) / lengths
    turns = np.deg2rad(visit.lean_sd_deg) * lies[:, 0]
    paths = [_changed(*values) for values in zip(hairs.paths, factors, turns, strict=True)]
    return replace(hairs, paths=paths, diameter_um=diameter, rate_mm_per_day=rate)


def _changed(path: Array, factor: float, turn_rad: float) -> Array:
    """The axis from the same root with another length and a slightly other direction."""
    return np.asarray(path[:1] + factor * (path - path[:1]) @ rotation(turn_rad).T)


def _lone(step: Step) -> Crop:
    """New hairs anywhere on the grown skin."""
    visit, first = step.visit, step.first
    density = visit.new_per_cm2 * (SPARE if visit.exact else 1.0)
    population = replace(first.settings.population, density_per_cm2=density, unit_shares=(1.0,))
    grown = make_scene(replace(first.settings, population=population), step.seed, around_um=first.around_um).hairs
    if step.baseline.seen is not None:
        grown = replace(grown, points_um=step.baseline.seen.motion.forth(grown.points_um))
    crop = Crop.of(grown, "lone")
    if not visit.exact:
        return crop
    shared, lots = step.shared(grown.roots_um), step.rng(NEW).random(len(crop))
    few = _first_of(shared, _asked(visit.new_per_cm2, step)) | (~shared & (lots < 1 / SPARE))
    return crop.part(np.flatnonzero(few))


def _gained(kept: Crop, step: Step) -> Crop:
    """New hairs beside the hairs of units."""
    visit, n, rng = step.visit, len(kept), step.rng(GAINED)
    share = visit.gained_per_cm2 / max(step.first.settings.population.density_per_cm2, 1e-9)
    if not visit.gained_per_cm2 or not n:
        return kept.part(np.zeros(0, np.int64))
    order = rng.permutation(n)
    hosts = order[rng.random(n) < share]
    if visit.exact:
        shared = _well_shared(kept.roots_um[order], step)
        # Rounded together with the lone hairs: their sum is right.
        asked = _asked(visit.new_per_cm2 + visit.gained_per_cm2, step) - _asked(visit.new_per_cm2, step)
        hosts = order[_first_of(shared, asked) | (~shared & (rng.random(n) < share))]
    return grown_beside(kept, hosts, step.first.settings.population, rng)


def _well_shared(places_um: Array, step: Step) -> Mask:
    """(N,) whether places lie so far within both frames that a hair beside them does too."""
    around = BESIDE_UM * np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    return np.asarray(np.all([step.shared(places_um + aside) for aside in around], axis=0))


def _asked(per_cm2: float, step: Step) -> int:
    """Number on the shared skin, in proportion to the hairs that are there."""
    n = np.count_nonzero(step.shared(step.baseline.hairs.roots_um))
    return round(n * per_cm2 / max(step.first.settings.population.density_per_cm2, 1e-9))


def _first_of(mask: Mask, n: int) -> Mask:
    """(N,) the first n that are True."""
    return np.asarray(mask & (np.cumsum(mask) <= n))


def _taken(places_um: Array, step: Step) -> Mask:
    """(E,) True for the openings from which a hair grows."""
    shared = step.shared(places_um) if step.visit.exact and len(places_um) else None
    if not len(step.baseline.hairs):
        return np.zeros(len(places_um), bool)
    return drawn(step.visit.reactivated_share, len(places_um), step.rng(TAKEN), exact_in=shared)


def _out_of(places_um: Array, origin: str, hairs: Crop, step: Step) -> Crop:
    if not len(places_um):
        return hairs.part(np.zeros(0, np.int64))
    return grown_from(places_um, origin, hairs, step.baseline.settings.population, step.rng(OUT))


def _yellow_dots(step: Step) -> Array:
    """(D, 2) um of the dots of sebum on the first frame, as they lie on the baseline's."""
    if not step.visit.reactivated_share:
        return np.zeros((0, 2))
    scene = step.baseline
    sheet = Sheet(scene=scene, canvas=np.zeros((0, 0, 3), np.float32), hidden=np.zeros((0, 0), bool))
    places = to_um(np.array([place for place, _ in yellow_dots(sheet)]).reshape(-1, 2), scene.settings.um_per_px)
    first = step.first.settings
    return np.asarray(places[inside_frame(to_px(_on_first(step, places), first.um_per_px), first.shape)])


def _closed(step: Step, dots_um: Array) -> Array:
    """(C, 2) um on the first frame of the dots that are no more, those of earlier visits among them."""
    now = _on_first(step, dots_um)
    return now if step.baseline.seen is None else np.concatenate([step.baseline.seen.closed_um, now])


def _on_first(step: Step, places_um: Array) -> Array:
    return places_um if step.baseline.seen is None else step.baseline.seen.motion.back(places_um)


def _out_of_the_skin(step: Step) -> tuple[Crop, Shafts | None]:
    """Hairs that were cut level with the skin: those that grew, and those that still are."""
    flush = step.baseline.flush
    if flush is None:
        return Crop.of(step.baseline.hairs, "flush").part(np.zeros(0, np.int64)), None
    crop, growth = Crop.of(flush, "flush"), step.visit.growth
    if growth is None:
        # Cut anew, like all others.
        return crop, None
    rate = _rates(len(crop), growth, step.rng(FLUSH))
    grew = rate > 0
    lengths = np.array([_length_um(path) for path in crop.paths])
    factors = _grown_um(rate, growth) / lengths
    paths = [_changed(path, factor, 0.0) for path, factor in zip(crop.paths, factors, strict=True)]
    grown = replace(crop, paths=paths, rate_mm_per_day=rate).part(np.flatnonzero(grew))
    return grown, crop.part(np.flatnonzero(~grew)).shafts


def _rates(n: int, growth: Growth, rng: np.random.Generator) -> Array:
    """(n,) mm per day; 0 in telogen."""
    rests = rng.random(n) < growth.telogen_share
    return np.where(rests, 0.0, rng.uniform(*growth.rate_mm_per_day, n))


def _grown_um(rate: Array, growth: Growth) -> Array:
    return rate * growth.hours / HOURS_PER_DAY * UM_PER_MM


def _length_um(path: Array) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def _left_openings(before: Crop, kept: Crop, step: Step) -> Array:
    """(E, 2) openings that emptied units leave, in the middle of their roots."""
    units = np.setdiff1d(before.unit_id, kept.unit_id)
    shown = units[step.rng(LEFT).random(len(units)) < step.visit.ostium_share]
    roots = before.roots_um
    middles = [roots[before.unit_id == unit].mean(axis=0) for unit in shown]
    return np.array(middles).reshape(-1, 2)
