"""How skin lies in a later frame: turned, shifted and stretched a little, with the way forth and back for any point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Motion", "Stretch", "draw_stretch", "rotation"]

Array = NDArray[np.float64]

N_WAVES = 6
WAVE_UM = (9000.0, 24_000.0)
"""Lengths of the waves of a stretch: skin that a lens presses gives way over about a field, not over a hair."""

BACK_STEPS = 16
"""Fixed-point steps of the way back: at a stretch of 0.1, each leaves at most a tenth of the error."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """A smooth displacement of skin: a sum of K waves less a similarity.

    Parameters
    ----------
    rate : (K, 2) float64 ndarray
        Wave vectors in rad per um along rows and columns.
    phase : (K,) float64 ndarray
    amplitude_um : (K, 2) float64 ndarray
    matrix : (2, 3) float64 ndarray
        Acts on (row, col, 1) um; what is taken off, so that nothing is left that a camera's shift, turn or zoom does.
    """

    rate: Array
    phase: Array
    amplitude_um: Array
    matrix: Array

    def at(self, points_um: Array) -> Array:
        """(N, 2) displacements in um."""
        waves = np.sin(points_um @ self.rate.T + self.phase) @ self.amplitude_um
        return np.asarray(waves - points_um @ self.matrix[:, :2].T - self.matrix[:, 2])

    def gradient(self, points_um: Array) -> Array:
        """(N, 2, 2) change of the displacement with the place."""
        slope = np.cos(points_um @ self.rate.T + self.phase)
        waves = np.einsum("nk,ki,kj->nij", slope, self.amplitude_um, self.rate)
        return np.asarray(waves - self.matrix[None, :, :2])

    def scaled(self, factor: float) -> Stretch:
        """The same field, so many times as strong."""
        return Stretch(
            rate=self.rate,
            phase=self.phase,
            amplitude_um=factor * self.amplitude_um,
            matrix=factor * self.matrix,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """Takes (row, col) um of one frame to (row, col) um of another.

    Parameters
    ----------
    turn : (2, 2) float64 ndarray
    shift_um : (2,) float64 ndarray
        A point goes to ``turn @ (point + stretch) + shift_um``.
    stretch : Stretch or None, optional
    before : Motion or None, optional
        What comes first.
    """

    turn: Array = field(default_factory=lambda: np.eye(2))
    shift_um: Array = field(default_factory=lambda: np.zeros(2))
    stretch: Stretch | None = None
    before: Motion | None = None

    def after(self, before: Motion | None) -> Self:
        """The same motion, with another one before it."""
        return type(self)(turn=self.turn, shift_um=self.shift_um, stretch=self.stretch, before=before)

    def forth(self, points_um: Array) -> Array:
        """(N, 2) um in the later frame."""
        start = points_um if self.before is None else self.before.forth(points_um)
        moved = start if self.stretch is None else start + self.stretch.at(start)
        return np.asarray(moved @ self.turn.T + self.shift_um)

    def back(self, points_um: Array) -> Array:
        """(N, 2) um in the earlier frame."""
        moved = (points_um - self.shift_um) @ np.linalg.inv(self.turn).T
        start = moved
        if self.stretch is not None:
            for _ in range(BACK_STEPS):
                start = moved - self.stretch.at(start)
        return np.asarray(start if self.before is None else self.before.back(start))

    def local(self, point_um: Array, *, reach_um: float = 50.0) -> Array:
        """(2, 2) change of a point's place in the later frame with its place in the earlier one."""
        steps = point_um + reach_um * np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        ends = self.forth(steps)
        return np.asarray(np.stack([ends[0] - ends[1], ends[2] - ends[3]], axis=1) / (2 * reach_um))


def draw_stretch(strength: float, frame_um: tuple[float, float], rng: np.random.Generator) -> Stretch | None:
    """A random stretch.

    Parameters
    ----------
    strength : float
        Its largest strain on the frame: 0.03 lengthens or shortens skin by up to 3 %. 0: no stretch.
    frame_um : (float, float)
        Height and width of the frame.
    rng : Generator

    Returns
    -------
    Stretch or None
    """
    if not strength:
        return None
    angle, phase = rng.uniform(0, 2 * np.pi, (2, N_WAVES))
    rate = 2 * np.pi / rng.uniform(*WAVE_UM, N_WAVES)
    waves = Stretch(
        rate=rate[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1),
        phase=phase,
        amplitude_um=rng.standard_normal((N_WAVES, 2)) / rate[:, None],
        matrix=np.zeros((2, 3)),
    )
    nodes = _nodes(frame_um)
    pure = Stretch(
        rate=waves.rate, phase=phase, amplitude_um=waves.amplitude_um, matrix=_similarity(nodes, waves.at(nodes))
    )
    return pure.scaled(strength / float(np.linalg.norm(pure.gradient(nodes), ord=2, axis=(1, 2)).max()))


def rotation(angle_rad: float) -> Array:
    """(2, 2) rotation of (row, col) points."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, -sin], [sin, cos]])


def _nodes(frame_um: tuple[float, float]) -> Array:
    """(81, 2) places over the frame."""
    rows, cols = (np.linspace(0, side, 9) for side in frame_um)
    return np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)


def _similarity(points: Array, moves: Array) -> Array:
    """(2, 3) shift, turn and zoom that come closest to these moves of (N, 2) points."""
    row, col = points.T
    one, none = np.ones(len(points)), np.zeros(len(points))
    system = np.concatenate([np.stack([row, -col, one, none], 1), np.stack([col, row, none, one], 1)])
    a, b, down, right = np.linalg.lstsq(system, moves.T.ravel(), rcond=None)[0]
    return np.array([[a, -b, down], [b, a, right]])
