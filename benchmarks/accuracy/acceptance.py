"""Which weights tell hairs from other shafts, on rendered pictures; and how well.

    hairdensity simulate --out SCENES --pictures 100 --seed 777
    python benchmarks/accuracy/acceptance.py SCENES [--model hairnet-0.2]

Traces every picture, notes for each shaft what speaks for a hair and whether it is one (its root lies within 200 um of
a true one, one to one), and fits the logistic regression of ``hairdensity.tracing.acceptance`` on every other picture.
Prints its weights, to be written there, and what they do on the pictures that it was not fitted on: log loss, and how
many of the shafts of each probability are hairs. The pictures must be none that the network was trained on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment, minimize

from benchmarks.accuracy.methods import PROCESSES, one_thread
from hairdensity.annotation import read_annotation
from hairdensity.evaluation import ROOT_TOLERANCE_UM, inside_margin
from hairdensity.image import read_image
from hairdensity.segmentation import find_model, segment_with_network
from hairdensity.segmentation.network import NetworkSettings
from hairdensity.tracing.acceptance import WITNESSES
from hairdensity.tracing.from_network import NetworkTracingSettings, trace_shafts

MARGIN_UM = 200.0
"""From the picture's edge: nearer to it, what is a hair is not known."""

PENALTY = 1.0
"""Of the squared weights, in units of their witness's deviation: many witnesses say nearly the same."""

BINS = np.linspace(0, 1, 11)

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


class Cases(NamedTuple):
    """``witnesses`` (N, W) of N shafts, and whether each ``is_hair`` (N,)."""

    witnesses: Array
    is_hair: np.ndarray[tuple[int], np.dtype[np.bool_]]


class Fit(NamedTuple):
    """A logistic regression."""

    weights: Array
    bias: float

    def probability(self, witnesses: Array) -> Array:
        """(N,) that a shaft is a hair."""
        return np.asarray(1 / (1 + np.exp(-(witnesses @ self.weights + self.bias))))


def main() -> None:
    arguments = _parse()
    paths = sorted(arguments.scenes.glob("*.json"))
    if not paths:
        sys.exit(f"{arguments.scenes} holds no rendered pictures: make some with `hairdensity simulate`")
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        cases = list(pool.map(partial(shafts_of, model=arguments.model), paths))
    fitted, held_out = _pooled(cases[::2]), _pooled(cases[1::2])
    fit = fit_weights(fitted)
    print(f"fitted on {len(fitted.is_hair)} shafts, of which {fitted.is_hair.mean():.1%} are hairs")
    print("    weights: tuple[float, ...] = (")
    for name, weight in zip(WITNESSES, fit.weights, strict=True):
        print(f"        {weight:.3f},  # {name}")
    print(f"    )\n    bias: float = {fit.bias:.3f}\n")
    print(f"log loss: fitted {log_loss(fit, fitted):.4f}, held out {log_loss(fit, held_out):.4f}")
    print(reliability(fit, held_out).to_string(index=False, float_format="%.3f"))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--model", help="name or folder; by default the newest")
    return parser.parse_args()


def shafts_of(path: Path, *, model: str | None) -> Cases:
    """The shafts of one rendered picture, less those near its edge."""
    annotation = read_annotation(path)
    pixels, um = read_image(annotation.image_path).pixels, annotation.um_per_px or 1.0
    maps = segment_with_network(pixels, um_per_px=um, model=find_model(model), settings=NetworkSettings(threads=1))
    hidden = maps.unreadable.astype(np.float32).mean() > 0.3
    shafts = trace_shafts(maps, unreadable=None, settings=NetworkTracingSettings())
    roots = np.array([maps.to_image_px(path[0]) for path in shafts.paths]).reshape(-1, 2)
    is_hair = _near_true(roots, annotation.hairs.roots_px, ROOT_TOLERANCE_UM / um)
    inside = inside_margin(roots, pixels.shape[:2], MARGIN_UM / um) & ~hidden
    return Cases(shafts.witnesses[inside], is_hair[inside])


def _near_true(roots: Array, true: Array, tolerance_px: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    distance = np.linalg.norm(roots[:, None] - true[None], axis=2)
    found, truth = linear_sum_assignment(np.where(distance <= tolerance_px, distance, 1e6))
    is_hair = np.zeros(len(roots), dtype=bool)
    is_hair[found] = distance[found, truth] <= tolerance_px
    return is_hair


def _pooled(cases: Sequence[Cases]) -> Cases:
    return Cases(np.concatenate([c.witnesses for c in cases]), np.concatenate([c.is_hair for c in cases]))


def fit_weights(cases: Cases) -> Fit:
    """Least penalised log loss."""
    center, scale = cases.witnesses.mean(axis=0), cases.witnesses.std(axis=0) + 1e-9
    x, sign = (cases.witnesses - center) / scale, np.where(cases.is_hair, 1.0, -1.0)

    def loss(parameters: Array) -> tuple[float, Array]:
        margin = sign * (x @ parameters[:-1] + parameters[-1])
        slope = -sign / (1 + np.exp(margin))
        value = np.logaddexp(0, -margin).sum() + PENALTY * (parameters[:-1] ** 2).sum()
        return float(value), np.append(x.T @ slope + 2 * PENALTY * parameters[:-1], slope.sum())

    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = best[:-1] / scale
    return Fit(weights, float(best[-1] - weights @ center))


def log_loss(fit: Fit, cases: Cases) -> float:
    """Mean log loss."""
    sign = np.where(cases.is_hair, 1.0, -1.0)
    return float(np.logaddexp(0, -sign * (cases.witnesses @ fit.weights + fit.bias)).mean())


def reliability(fit: Fit, cases: Cases) -> pd.DataFrame:
    """Shafts and share of hairs by probability."""
    probability = fit.probability(cases.witnesses)
    place = np.clip(np.digitize(probability, BINS) - 1, 0, len(BINS) - 2)
    table = pd.DataFrame({"from": BINS[place], "mean": probability, "is_hair": cases.is_hair})
    return (
        table.groupby("from")
        .agg(n=("mean", "size"), probability=("mean", "mean"), hairs=("is_hair", "mean"))
        .reset_index()
    )


if __name__ == "__main__":
    main()
