"""What a rendered picture really shows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.scene import Scene, Shafts
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Openings", "Truth", "truth_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Openings:
    """E follicular openings without a shaft, on the frame.

    Parameters
    ----------
    places_px : (E, 2) float64 ndarray
        (row, col) of their middles.
    diameter_um : (E,) float64 ndarray
    kind : (E,) str ndarray
        "empty ostium", "yellow dot" (filled with sebum) or "black dot" (a shaft broken off in the skin).
    covered : (E,) bool ndarray
        The middle lies under a shaft of another follicle, a loose piece, or something opaque.
    """

    places_px: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    diameter_um: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    kind: NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, dtype=np.str_))
    covered: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """The N hairs of which at least a part lies in the frame, and the loose fragments that are no hairs.

    Parameters
    ----------
    shape : (int, int)
        H, W of the picture.
    um_per_px : float
    hairs : Centerlines
        Whole axes in px, root first; points may lie outside the frame.
    diameter_um, length_um : (N,) float64 ndarray
    unit_id, hair_id : (N,) int64 ndarray
        ``hair_id`` names the same hair at every visit.
    fragments : Centerlines
    unreadable : (H, W) bool ndarray or None
        Pixels that show what lies over the hairs: graphics, glare, bubbles' rims, dense flakes. None: not rendered.
    openings : Openings
        Empty until the scene is rendered: only then is it known what lies over them.
    """

    shape: tuple[int, int]
    um_per_px: float
    hairs: Centerlines
    diameter_um: NDArray[np.float64]
    length_um: NDArray[np.float64]
    unit_id: NDArray[np.int64]
    hair_id: NDArray[np.int64]
    fragments: Centerlines
    unreadable: NDArray[np.bool_] | None = None
    openings: Openings = field(default_factory=Openings)

    @property
    def in_frame(self) -> NDArray[np.bool_]:
        """(N,) True where the root lies on a pixel: the hair counts."""
        return inside_frame(self.hairs.roots_px, self.shape)

    @property
    def n_hairs(self) -> int:
        """Number of hairs that count."""
        return int(np.count_nonzero(self.in_frame))

    @property
    def area_cm2(self) -> float:
        """Area of the whole frame."""
        return self.shape[0] * self.shape[1] * self.um_per_px**2 / 1e8

    @property
    def density_per_cm2(self) -> float:
        """Roots in the frame per area."""
        return self.n_hairs / self.area_cm2


def truth_of(scene: Scene) -> Truth:
    """The truth of a scene as its frame shows it."""
    settings = scene.settings
    shown = _visible(scene.hairs, scene)
    hairs = _centerlines(scene.hairs, shown, settings.um_per_px)
    return Truth(
        shape=settings.shape,
        um_per_px=settings.um_per_px,
        hairs=hairs,
        diameter_um=scene.hairs.diameter_um[shown],
        length_um=hairs.lengths_px * settings.um_per_px,
        unit_id=scene.hairs.unit_id[shown],
        hair_id=scene.hairs.shaft_id[shown],
        fragments=_centerlines(scene.fragments, _visible(scene.fragments, scene), settings.um_per_px),
    )


def to_px(points_um: NDArray[np.float64], um_per_px: float) -> NDArray[np.float64]:
    """(row, col) px of points in um from the frame's top left corner, which is half a pixel off the first center."""
    return points_um / um_per_px - 0.5


def _visible(shafts: Shafts, scene: Scene) -> NDArray[np.int64]:
    """Numbers of the shafts with an axis point in the frame."""
    inside = inside_frame(to_px(shafts.points_um, scene.settings.um_per_px), scene.settings.shape)
    owner = np.repeat(np.arange(len(shafts)), np.diff(shafts.offsets))
    return np.unique(owner[inside])


def inside_frame(points_px: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(N,) True where a point lies on a pixel of the picture."""
    return np.asarray(((points_px >= -0.5) & (points_px < np.array(shape) - 0.5)).all(axis=1))


def _centerlines(shafts: Shafts, chosen: NDArray[np.int64], um_per_px: float) -> Centerlines:
    return Centerlines.from_paths(
        [to_px(shafts.path(int(i)), um_per_px) for i in chosen], root_confidence=np.ones(len(chosen))
    )
