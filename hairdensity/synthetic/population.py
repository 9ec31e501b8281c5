"""The hairs of a scene, in physical units. Every effect beyond plain bars is off unless it is set."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from hairdensity.errors import InputError

__all__ = ["Course", "Depth", "Fragments", "Grouping", "Outline", "Population", "Roots", "Tone"]

RGB = tuple[float, float, float]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How the hairs of one unit stand to each other; the shares are of the units with two hairs or more.

    Parameters
    ----------
    root_gap_um : (float, float) or None
        Range of the distance between neighboring roots, side by side; None: 80 +- 28. A real unit: 30-150.
    fan_share : float
        Units whose hairs leave one opening and spread: a V whose point is the root.
    meet_share : float
        Units whose hairs run towards each other and touch or cross near the tips: an inverted V.
    fused_share : float
        Units whose hairs lie half on top of each other along their whole length.
    fan_deg : (float, float)
        Angle between neighbors of a fan.
    meet_at : (float, float)
        Where hairs meet, as a share of their mean length; above 1 they only draw near.
    fused_gap : (float, float)
        Distance of neighbors' axes as a share of the mean diameter.
    tuft_gap_um : float or None
        Mean distance of the roots of units with more than four hairs, packed about one opening; None: side by side.
    """

    root_gap_um: Range | None = None
    fan_share: float = 0.0
    meet_share: float = 0.0
    fused_share: float = 0.0
    fan_deg: Range = (4.0, 30.0)
    meet_at: Range = (0.5, 1.4)
    fused_gap: Range = (0.35, 0.9)
    tuft_gap_um: float | None = None

    def __post_init__(self) -> None:
        _check(self)
        if self.fan_share + self.meet_share + self.fused_share > 1:
            raise InputError(
                "fan_share, meet_share and fused_share exclude each other: they must not sum to more than 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The way of a shaft over the skin, beyond its even bend.

    Parameters
    ----------
    flow_deg, flow_um : float
        Deviation of the common direction over the field, and the distance over which it changes.
    stray_share : float
        Share of hairs that run in any direction.
    wave_deg, wave_um : float, (float, float)
        Deviation of the direction to both sides along the shaft, and the range of wavelengths: 8 and 4000 um is
        wavy hair, 60 and 2000 um is curly.
    wander_deg_per_mm : float
        Deviation of a bend that changes from millimeter to millimeter.
    lock_pull, lock_um : float, (float, float)
        How far the tips of neighbors draw together, 0-1, and the range of distances between locks.
    vellus_length : float
        Length of vellus hairs as a share of the others'.
    """

    flow_deg: float = 0.0
    flow_um: float = 3000.0
    stray_share: float = 0.0
    wave_deg: float = 0.0
    wave_um: Range = (1500.0, 5000.0)
    wander_deg_per_mm: float = 0.0
    lock_pull: float = 0.0
    lock_um: Range = (600.0, 2500.0)
    vellus_length: float = 1.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The silhouette of a shaft. The mean width between root and tip stays the diameter, whatever is set.

    Parameters
    ----------
    taper : float
        Deviation, from hair to hair, of the relative change of width from root to tip.
    uneven, uneven_um : float, float
        Relative deviation of the width along a shaft, and the distance over which it changes.
    rough_um, rough_scale_um : float, float
        Deviation of each edge on its own: scales, nicks and dirt; and their size along the shaft.
    beaded_share : float
        Share of hairs whose width swings by a third every 700 um (monilethrix).
    point_share, point_um : float, (float, float)
        Share of hairs that were never cut and end in a point, and the distance over which they narrow.
    wedge_share, wedge_um : float, (float, float)
        Share of hairs that leave the skin obliquely: they widen from a third over this distance.
    bulge_share, bulge : float, (float, float)
        Share of hairs that are thicker at the root, and by how much.
    slant : float
        Deviation of the slope of the cut: 1 cuts at 45 degrees.
    round_um : float
        Mean depth of rounded corners of a cut.
    prong_share, prong_um : float, (float, float)
        Share of tips that are split in two, and how deep.
    tail_share, tail_um, tail_width_um : float, (float, float), (float, float)
        Share of tips from which a thin splinter goes on, its length and width. It is no part of the true shaft.
    """

    taper: float = 0.0
    uneven: float = 0.0
    uneven_um: float = 150.0
    rough_um: float = 0.0
    rough_scale_um: float = 30.0
    beaded_share: float = 0.0
    point_share: float = 0.0
    point_um: Range = (300.0, 2500.0)
    wedge_share: float = 0.0
    wedge_um: Range = (50.0, 150.0)
    bulge_share: float = 0.0
    bulge: Range = (0.15, 0.6)
    slant: float = 0.0
    round_um: float = 0.0
    prong_share: float = 0.0
    prong_um: Range = (30.0, 150.0)
    tail_share: float = 0.0
    tail_um: Range = (100.0, 400.0)
    tail_width_um: Range = (6.0, 20.0)

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """Colors on a shaft.

    Parameters
    ----------
    second_rgb, second_share : (float, float, float), float
        Another color, and the share of hairs that have it or lie between the two: brown or white among black.
    thin_rgb : (float, float, float) or None
        Color of the thinnest hairs; at 70 um nothing of it is left.
    stripe, stripe_width : (float, float), (float, float)
        Range of the opacity of a light line along the shaft, a highlight or the medulla, and of its width as a
        share of the shaft's.
    stripe_share : float
        Share of hairs with a line.
    stripe_offset : float
        Largest distance of the line from the axis, as a share of the shaft's width.
    stripe_gaps : float
        0 is an even line, 1 one that comes and goes.
    stripe_rgb : (float, float, float) or None
        None: the shaft's color, lightened.
    rim : (float, float)
        Range of how much darker the edges are than the middle, relatively; below 0 the middle is darker.
    dashes : float
        Opacity of short specular dashes.
    grain : float
        Relative deviation of brightness in streaks along the shaft.
    pale_root, pale_tip, pale_um : float, float, (float, float)
        Largest transparency at the root and at the tip, and the distance over which it fades.
    face : float
        Opacity of the light cut face at the tip.
    """

    second_rgb: RGB = (88.0, 62.0, 46.0)
    second_share: float = 0.0
    thin_rgb: RGB | None = None
    stripe: Range = (0.0, 0.0)
    stripe_share: float = 1.0
    stripe_width: Range = (0.1, 0.4)
    stripe_offset: float = 0.25
    stripe_gaps: float = 0.5
    stripe_rgb: RGB | None = None
    rim: Range = (0.0, 0.0)
    dashes: float = 0.0
    grain: float = 0.0
    pale_root: float = 0.0
    pale_tip: float = 0.0
    pale_um: Range = (100.0, 500.0)
    face: float = 0.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Where shafts enter the skin. ``Clutter.buried_root`` is the opacity of what shines through behind a root.

    Parameters
    ----------
    missing_share : float
        Share of hairs without a buried root.
    length_um : (float, float) or None
        Range of its reach; None: 250 +- 70.
    strength : (float, float)
        Range of a factor on its opacity.
    blur_um : (float, float) or None
        Blur at the surface and at its end; None: 42 throughout.
    color_rgb : (float, float, float)
        Blue-grey on light skin, a darker brown on dark skin.
    swing_deg : float
        Deviation of its direction from the shaft's.
    widen : float
        Relative width at its end less 1.
    cuff_share, cuff_um : float, (float, float)
        Share of roots that hide under scale, and how far it reaches along the shaft.
    cuff_rgb : (float, float, float)
    """

    missing_share: float = 0.0
    length_um: Range | None = None
    strength: Range = (1.0, 1.0)
    blur_um: Range | None = None
    color_rgb: RGB = (62.0, 80.0, 106.0)
    swing_deg: float = 0.0
    widen: float = 0.0
    cuff_share: float = 0.0
    cuff_um: Range = (30.0, 140.0)
    cuff_rgb: RGB = (196.0, 204.0, 222.0)

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Height of the shafts above the skin: out of focus, and shadows.

    Parameters
    ----------
    blur_um_per_mm : float
        Gaussian blur per height above or below the plane of focus.
    rise : (float, float)
        Range of the height that a shaft gains along its length, um per um.
    focus_um : float
        Height of the plane of focus.
    top_um : float
        Shafts rise no higher: they lie down again.
    blur_um : float
        Deviation of a blur that each hair has on its own.
    shadow : float
        Strength of the shadow on what lies below.
    shadow_deg : float
        Where it falls: 0 toward larger columns, 90 toward larger rows.
    shadow_um, shadow_blur_um : float, float
        Distance and blur at the root; both grow with the height.
    shadow_rgb : (float, float, float)
        Factor of a full shadow on each channel: light that comes through skin is red.
    """

    blur_um_per_mm: float = 0.0
    rise: Range = (0.0, 0.0)
    focus_um: float = 0.0
    top_um: float = 800.0
    blur_um: float = 0.0
    shadow: float = 0.0
    shadow_deg: float = 60.0
    shadow_um: float = 12.0
    shadow_blur_um: float = 18.0
    shadow_rgb: RGB = (0.72, 0.55, 0.42)

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragments:
    """Loose cut pieces; ``Clutter.fragments_per_cm2`` is their number.

    Parameters
    ----------
    length_um : (float, float)
    width : (float, float)
        Diameter as a share of a hair's.
    along_share : float
        Share of pieces that lie along the hairs; the others lie in any direction.
    heap_share, heap_um : float, float
        Share of pieces that lie in heaps of two to six, and the deviation of their places there.
    pale : (float, float)
        Range of the transparency that a piece has on top of a hair's.
    """

    length_um: Range = (60.0, 250.0)
    width: Range = (0.6, 0.6)
    along_share: float = 0.0
    heap_share: float = 0.0
    heap_um: float = 120.0
    pale: Range = (0.0, 0.0)

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The hairs that grow in a scene.

    Parameters
    ----------
    density_per_cm2 : float
        Hairs, not units.
    unit_shares : tuple of float
        Share of follicular units with 1, 2, 3 ... hairs; Indian men, frontal: 57/30/10/3 %.
    diameter_mean_um, diameter_sd_um : float
        Normal distribution, cut off at ``diameter_range_um``; a very large deviation makes it uniform.
    diameter_range_um : (float, float)
    vellus_share : float
        Share of hairs drawn evenly from 15-35 um instead.
    length_mean_um, length_sd_um : float
        Visible length; half of its variance is common to the hairs of a unit, which one cut has shortened.
    length_range_um : (float, float)
    direction_deg : float
        Common direction from root to tip: 0 runs along increasing columns, 90 along increasing rows.
    unit_spread_deg, hair_spread_deg : float
        Deviation of a unit from the scene, and of a hair from its unit.
    curvature_deg_per_mm : float
        Standard deviation of the bend of a shaft.
    color_rgb : (float, float, float)
        Encoded value of an opaque shaft, 0-255.
    tone_sd : float
        Relative deviation of that value from hair to hair.
    opaque_um : float
        A shaft of this diameter lets 1/e of the skin's color through: thin hairs are pale.
    highlight : float
        Strength of the light line along the middle of a shaft, 0-1.
    apart_um : float or None
        When set, units have one hair each and no two shafts come closer than this.
    grouping, course, outline, tone, roots, depth, fragments : settings of their own
    """

    density_per_cm2: float = 150.0
    unit_shares: tuple[float, ...] = (0.57, 0.30, 0.10, 0.03)
    diameter_mean_um: float = 75.0
    diameter_sd_um: float = 15.0
    diameter_range_um: Range = (15.0, 120.0)
    vellus_share: float = 0.08
    length_mean_um: float = 470.0
    length_sd_um: float = 150.0
    length_range_um: Range = (200.0, 1500.0)
    direction_deg: float = 65.0
    unit_spread_deg: float = 7.0
    hair_spread_deg: float = 6.0
    curvature_deg_per_mm: float = 8.0
    color_rgb: RGB = (30.0, 30.0, 32.0)
    tone_sd: float = 0.1
    opaque_um: float = 22.0
    highlight: float = 0.0
    apart_um: float | None = None
    grouping: Grouping = field(default_factory=Grouping)
    course: Course = field(default_factory=Course)
    outline: Outline = field(default_factory=Outline)
    tone: Tone = field(default_factory=Tone)
    roots: Roots = field(default_factory=Roots)
    depth: Depth = field(default_factory=Depth)
    fragments: Fragments = field(default_factory=Fragments)

    def __post_init__(self) -> None:
        if self.density_per_cm2 < 0:
            raise InputError(f"density_per_cm2 must be 0 or more, got {self.density_per_cm2:g}")
        if not self.unit_shares or min(self.unit_shares) < 0 or not math.isclose(sum(self.unit_shares), 1.0):
            raise InputError(f"unit_shares must be shares that sum to 1, got {self.unit_shares}: divide by their sum")
        for name in ("diameter_range_um", "length_range_um"):
            low, high = getattr(self, name)
            if not 0 < low < high:
                raise InputError(f"{name} must be (low, high) with 0 < low < high, got ({low:g}, {high:g})")


Part = Grouping | Course | Outline | Tone | Roots | Depth | Fragments


def _check(part: Part) -> None:
    """Shares lie in 0-1, ranges are in order."""
    for item in fields(part):
        value = getattr(part, item.name)
        if item.name.endswith("_share") and not 0 <= value <= 1:
            raise InputError(f"{item.name} must lie in 0-1, got {value:g}")
        if isinstance(value, tuple) and len(value) == 2 and not value[0] <= value[1]:
            raise InputError(f"{item.name} must be (low, high) with low <= high, got ({value[0]:g}, {value[1]:g})")
