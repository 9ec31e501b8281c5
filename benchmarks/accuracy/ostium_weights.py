"""Which weights tell openings from other spots, on rendered pictures; and how well.

    python benchmarks/accuracy/ostium_weights.py [--pictures 300] [--seed 880000]

Renders random scenes with openings, dots and what resembles them, analyzes them, hears every spot, and fits the
softmax regression of ``hairdensity.measurement.ostium_scores``. Prints its weights, to be written there, and the log
loss on every third picture of a fit on the others. ``benchmarks/accuracy/units.py`` measures on other seeds.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.ostium_pictures import OstiumPicture, assign, make_picture
from benchmarks.accuracy.ostium_scenes import KINDS, ostium_settings
from hairdensity.measurement.ostia import candidate_spots
from hairdensity.measurement.ostium_scores import score_spots
from hairdensity.measurement.ostium_settings import OstiumSettings
from hairdensity.measurement.ostium_witnesses import WITNESSES, hear_spots

PENALTY = 0.5
"""Of the squared weights, in units of their witness's deviation."""

CROWDING = (1.0, 3.0)
"""Half of the pictures hold three times the usual number of openings: more to learn from."""

NONE, UNKNOWN = 0, -1

Array = np.ndarray


class Cases(NamedTuple):
    """``witnesses`` (S, W) of S spots and their ``label`` (S,): 0 is no opening, 1 + k is of kind k."""

    witnesses: Array
    label: Array


def main() -> None:
    arguments = _parse()
    numbers = range(arguments.pictures)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        cases = list(pool.map(partial(spots_of, seed=arguments.seed), numbers, chunksize=4))
    held_out = pooled(cases[::3])
    weights, bias = fit_weights(pooled([case for number, case in enumerate(cases) if number % 3]))
    print(f"held out: log loss {log_loss(held_out, weights, bias):.4f}", file=sys.stderr)
    everything = pooled(cases)
    weights, bias = fit_weights(everything)
    counts = np.bincount(everything.label, minlength=1 + len(KINDS))
    print(f"fitted on {counts[0]} other spots and on", dict(zip(KINDS, counts[1:].tolist(), strict=True)))
    for name, row in zip(WITNESSES, weights, strict=True):
        print(f'    "{name}": ({", ".join(f"{value:.3f}" for value in row)}),')
    print(f"BIAS = ({', '.join(f'{value:.3f}' for value in bias)})")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--seed", type=int, default=880_000)
    return parser.parse_args()


def spots_of(number: int, *, seed: int) -> Cases:
    """The spots of one picture."""
    rng = np.random.default_rng([seed, number])
    settings = ostium_settings(rng, crowding=CROWDING[number % len(CROWDING)])
    return label_spots(make_picture(settings, int(rng.integers(2**31))))


def label_spots(picture: OstiumPicture) -> Cases:
    """What the spots of a picture are; those at an opening that does not count are left out."""
    analysis = picture.analysis
    spots, surface = candidate_spots(
        analysis.image.pixels,
        analysis.centerlines,
        analysis.hairs,
        um_per_px=picture.um_per_px,
        unreadable=~analysis.target_area.mask,
        settings=OstiumSettings(),
    )
    step = surface.um_per_px / picture.um_per_px
    places = (spots.places_px + 0.5) * step - 0.5
    label = np.full(len(spots), NONE)
    if len(spots) and len(picture.kind):
        distance = np.linalg.norm(places[:, None] - picture.places_px[None], axis=2) * picture.um_per_px
        label[(distance <= np.maximum(60.0, picture.diameter_um / 2)).any(axis=1)] = UNKNOWN
    found, true = assign(places, picture)
    counts = (picture.in_area & picture.visible)[true]
    label[found[counts]] = 1 + picture.kind[true[counts]]
    known = label != UNKNOWN
    return Cases(hear_spots(spots, surface)[known], label[known])


def pooled(cases: list[Cases]) -> Cases:
    return Cases(np.concatenate([c.witnesses for c in cases]), np.concatenate([c.label for c in cases]))


def fit_weights(cases: Cases) -> tuple[Array, Array]:
    """(W, kinds) weights and (kinds,) biases of a softmax regression against "none", whose log odds are 0."""
    mean, spread = cases.witnesses.mean(axis=0), np.maximum(cases.witnesses.std(axis=0), 1e-9)
    scaled = (cases.witnesses - mean) / spread
    n_kinds, n_witnesses = len(KINDS), scaled.shape[1]
    is_kind = cases.label[:, None] == 1 + np.arange(n_kinds)

    def loss(values: Array) -> tuple[float, Array]:
        weights, bias = values[:-n_kinds].reshape(n_witnesses, n_kinds), values[-n_kinds:]
        odds = scaled @ weights + bias
        share = score_spots(scaled, weights=weights, bias=bias)
        highest = np.maximum(odds.max(axis=1), 0.0)
        total = highest + np.log(np.exp(-highest) + np.exp(odds - highest[:, None]).sum(axis=1))
        value = total.sum() - odds[is_kind].sum() + 0.5 * PENALTY * (weights**2).sum()
        wrong = share - is_kind
        return value, np.concatenate([(scaled.T @ wrong + PENALTY * weights).ravel(), wrong.sum(axis=0)])

    start = np.zeros((n_witnesses + 1) * n_kinds)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 3000}).x
    weights = found[:-n_kinds].reshape(n_witnesses, n_kinds) / spread[:, None]
    return weights, found[-n_kinds:] - mean @ weights


def log_loss(cases: Cases, weights: Array, bias: Array) -> float:
    """Mean surprise, in nats."""
    share = score_spots(cases.witnesses, weights=weights, bias=bias)
    every = np.concatenate([1 - share.sum(axis=1, keepdims=True), share], axis=1)
    return float(-np.log(np.maximum(every[np.arange(len(every)), cases.label], 1e-12)).mean())


if __name__ == "__main__":
    main()
