"""Random populations of hairs: how many, how thick and long, how grouped, shaped and colored."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.draws import RGB, as_rgb, even, log_even, sometimes
from hairdensity.synthetic.population import (
    Course,
    Depth,
    Fragments,
    Grouping,
    Outline,
    Population,
    Roots,
    Tone,
)

__all__ = ["BLACK", "WHITE", "any_population", "hair_color", "microscope_population"]

Tones = NDArray[np.float64]

# Encoded values of an opaque shaft: black, dark brown, brown, red, blond, grey, white.
HAIR_TONES = np.array(
    [
        [20.0, 19.0, 22.0],
        [46.0, 36.0, 33.0],
        [84.0, 60.0, 46.0],
        [132.0, 74.0, 46.0],
        [180.0, 148.0, 104.0],
        [150.0, 148.0, 146.0],
        [222.0, 218.0, 210.0],
    ]
)
HAIR_SHARES = np.array([0.34, 0.26, 0.16, 0.05, 0.06, 0.05, 0.08])
BLACK, WHITE = as_rgb(HAIR_TONES[0]), as_rgb(HAIR_TONES[-1])


class Growth(NamedTuple):
    """Ranges of a mode: visible length and density, drawn evenly in their logarithm, and the bend of shafts."""

    length_um: tuple[float, float]
    longest_um: float
    density_per_cm2: tuple[float, float]
    bend_deg_per_mm: tuple[float, float]
    spread_deg: tuple[float, float]


GROWTH = {
    "clipped": Growth((250.0, 1000.0), 1500.0, (25.0, 350.0), (0.0, 25.0), (3.0, 30.0)),
    "short": Growth((1000.0, 3000.0), 4000.0, (20.0, 300.0), (2.0, 20.0), (4.0, 30.0)),
    "long": Growth((3000.0, 9000.0), 15_000.0, (10.0, 220.0), (1.0, 12.0), (4.0, 25.0)),
    "bald": Growth((250.0, 2000.0), 4000.0, (1.0, 12.0), (0.0, 20.0), (5.0, 40.0)),
}


def any_population(rng: np.random.Generator, *, mode: str) -> Population:
    """Hairs of any head.

    Parameters
    ----------
    rng : Generator
    mode : {"clipped", "short", "long", "bald"}
    """
    growth, is_cut = GROWTH[mode], mode == "clipped"
    length = log_even(rng, *growth.length_um)
    shortest = max(200.0, 0.3 * length)
    mean = even(rng, 35.0, 100.0)
    density = log_even(rng, *growth.density_per_cm2)
    direction = even(rng, 0.0, 360.0)
    return Population(
        density_per_cm2=0.0 if mode == "bald" and rng.random() < 0.6 else density,
        unit_shares=_unit_shares(rng),
        diameter_mean_um=mean,
        diameter_sd_um=mean * even(rng, 0.08, 0.35),
        diameter_range_um=(15.0, 130.0),
        vellus_share=sometimes(rng, 0.7, 0.02, 0.5),
        length_mean_um=length,
        length_sd_um=length * even(rng, 0.1, 0.45),
        length_range_um=(shortest, max(min(growth.longest_um, 2.5 * length), 1.2 * shortest)),
        direction_deg=direction,
        unit_spread_deg=log_even(rng, *growth.spread_deg),
        hair_spread_deg=log_even(rng, *growth.spread_deg),
        curvature_deg_per_mm=even(rng, *growth.bend_deg_per_mm),
        color_rgb=hair_color(rng),
        tone_sd=even(rng, 0.03, 0.25),
        opaque_um=even(rng, 14.0, 34.0),
        highlight=sometimes(rng, 0.3, 0.05, 0.4),
        grouping=_grouping(rng),
        course=_course(rng, is_cut=is_cut),
        outline=_outline(rng, is_cut=is_cut),
        tone=_tone(rng),
        roots=_roots(rng),
        depth=_depth(rng, is_cut=is_cut),
        fragments=_fragments(rng),
    )


def microscope_population(rng: np.random.Generator) -> Population:
    """Black to dark brown stubs."""
    mean, length = even(rng, 70.0, 104.0), even(rng, 300.0, 900.0)
    return Population(
        density_per_cm2=even(rng, 70.0, 220.0),
        unit_shares=_unit_shares(rng),
        diameter_mean_um=mean,
        diameter_sd_um=mean * even(rng, 0.12, 0.28),
        diameter_range_um=(20.0, 125.0),
        vellus_share=sometimes(rng, 0.8, 0.01, 0.15),
        length_mean_um=length,
        length_sd_um=length * even(rng, 0.2, 0.4),
        length_range_um=(200.0, float(np.clip(2.4 * length, 800.0, 1500.0))),
        direction_deg=even(rng, 0.0, 360.0),
        unit_spread_deg=even(rng, 4.0, 15.0),
        hair_spread_deg=even(rng, 3.0, 12.0),
        curvature_deg_per_mm=even(rng, 1.0, 10.0),
        color_rgb=_between(HAIR_TONES[:2], rng.random() ** 2),
        tone_sd=even(rng, 0.05, 0.25),
        opaque_um=even(rng, 16.0, 28.0),
        grouping=_grouping(rng),
        course=_course(rng, is_cut=True),
        outline=_outline(rng, is_cut=True),
        tone=_dark_tone(rng),
        roots=_roots(rng),
        depth=_depth(rng, is_cut=True),
        fragments=_fragments(rng),
    )


def hair_color(rng: np.random.Generator) -> RGB:
    """One of the hair tones, lighter or darker."""
    tone = int(rng.choice(len(HAIR_TONES), p=HAIR_SHARES))
    color = HAIR_TONES[tone] * even(rng, 0.8, 1.15) + rng.normal(0.0, 4.0, 3)
    return as_rgb(np.clip(color, 8.0, 235.0))


def _unit_shares(rng: np.random.Generator) -> tuple[float, ...]:
    """Shares of units with 1 to 4 hairs, about the published 57/30/10/3 %; tufts of up to 8 are rare."""
    weights = [5.0, 3.2, 1.4, 0.5]
    if rng.random() < 0.05:
        weights += [0.3, 0.3, 0.2, 0.2]
    shares = rng.dirichlet(weights)
    return tuple(float(share) for share in shares / shares.sum())


def _grouping(rng: np.random.Generator) -> Grouping:
    gap = even(rng, 30.0, 80.0)
    fan, meet, fused, _ = rng.dirichlet([1.5, 1.2, 0.9, 1.9])
    return Grouping(
        root_gap_um=(gap, gap + even(rng, 20.0, 80.0)),
        fan_share=float(fan),
        meet_share=float(meet),
        fused_share=float(fused),
        fan_deg=(even(rng, 3.0, 8.0), even(rng, 12.0, 35.0)),
        meet_at=(even(rng, 0.4, 0.8), even(rng, 1.0, 1.8)),
        # Closer together, a pair cannot be told from one thick shaft: the truth would ask for guesses.
        fused_gap=(even(rng, 0.4, 0.6), even(rng, 0.7, 1.2)),
        tuft_gap_um=even(rng, 30.0, 90.0) if rng.random() < 0.5 else None,
    )


def _course(rng: np.random.Generator, *, is_cut: bool) -> Course:
    """Long hairs wave, curl and lie in locks; stubs have no room to."""
    flow = Course(
        flow_deg=sometimes(rng, 0.7, 2.0, 20.0),
        flow_um=log_even(rng, 1500.0, 8000.0),
        stray_share=sometimes(rng, 0.5, 0.01, 0.12),
        wander_deg_per_mm=sometimes(rng, 0.5, 1.0, 15.0),
        vellus_length=even(rng, 0.4, 1.2),
    )
    if is_cut:
        return flow
    is_curly = rng.random() < 0.1
    shortest = even(rng, 1200.0, 2500.0)
    return Course(
        flow_deg=flow.flow_deg,
        flow_um=flow.flow_um,
        stray_share=flow.stray_share,
        wander_deg_per_mm=flow.wander_deg_per_mm,
        vellus_length=flow.vellus_length,
        wave_deg=even(rng, 20.0, 60.0) if is_curly else sometimes(rng, 0.5, 2.0, 12.0),
        wave_um=(shortest, shortest * even(rng, 1.2, 3.0)),
        lock_pull=sometimes(rng, 0.4, 0.1, 0.8),
    )


def _outline(rng: np.random.Generator, *, is_cut: bool) -> Outline:
    return Outline(
        taper=sometimes(rng, 0.7, 0.02, 0.15),
        uneven=sometimes(rng, 0.7, 0.01, 0.08),
        uneven_um=log_even(rng, 60.0, 500.0),
        rough_um=sometimes(rng, 0.7, 0.3, 3.0),
        rough_scale_um=log_even(rng, 12.0, 60.0),
        beaded_share=sometimes(rng, 0.02, 0.2, 1.0),
        point_share=sometimes(rng, 0.3, 0.01, 0.06) if is_cut else even(rng, 0.0, 0.7),
        wedge_share=sometimes(rng, 0.6, 0.05, 0.7),
        bulge_share=sometimes(rng, 0.4, 0.02, 0.3),
        slant=sometimes(rng, 0.8, 0.05, 0.7),
        round_um=sometimes(rng, 0.6, 1.0, 15.0),
        prong_share=sometimes(rng, 0.5, 0.01, 0.15),
        tail_share=sometimes(rng, 0.4, 0.01, 0.12),
    )


def _tone(rng: np.random.Generator) -> Tone:
    """Shafts of any color; grey heads have black, white and what lies between."""
    is_mixed = rng.random() < 0.15
    low = even(rng, 0.0, 0.2)
    return Tone(
        second_rgb=hair_color(rng),
        second_share=even(rng, 0.05, 0.6) if is_mixed else 0.0,
        stripe=(low, low + even(rng, 0.05, 0.5)),
        stripe_share=sometimes(rng, 0.6, 0.1, 1.0),
        stripe_gaps=even(rng, 0.0, 1.0),
        rim=(even(rng, -0.1, 0.0), even(rng, 0.0, 0.4)),
        dashes=sometimes(rng, 0.3, 0.05, 0.4),
        grain=sometimes(rng, 0.6, 0.02, 0.2),
        pale_root=sometimes(rng, 0.4, 0.1, 0.6),
        pale_tip=sometimes(rng, 0.4, 0.1, 0.6),
        face=sometimes(rng, 0.3, 0.1, 0.6),
    )


def _dark_tone(rng: np.random.Generator) -> Tone:
    """Black shafts with a thin sheen; thin ones are brown."""
    low = even(rng, 0.0, 0.1)
    return Tone(
        second_rgb=as_rgb(HAIR_TONES[2] * even(rng, 0.7, 1.2)),
        second_share=sometimes(rng, 0.4, 0.02, 0.2),
        thin_rgb=as_rgb(HAIR_TONES[2] * even(rng, 0.8, 1.3)) if rng.random() < 0.6 else None,
        stripe=(low, low + even(rng, 0.05, 0.4)),
        stripe_share=even(rng, 0.1, 0.8),
        stripe_gaps=even(rng, 0.3, 1.0),
        dashes=sometimes(rng, 0.5, 0.05, 0.4),
        grain=even(rng, 0.02, 0.2),
        pale_root=sometimes(rng, 0.5, 0.05, 0.4),
        pale_tip=sometimes(rng, 0.3, 0.05, 0.3),
        face=sometimes(rng, 0.5, 0.1, 0.6),
    )


def _roots(rng: np.random.Generator) -> Roots:
    reach, blur, strength = even(rng, 80.0, 250.0), even(rng, 12.0, 40.0), even(rng, 0.4, 0.9)
    return Roots(
        missing_share=sometimes(rng, 0.5, 0.03, 0.3),
        length_um=(reach, reach + even(rng, 60.0, 250.0)),
        strength=(strength, even(rng, 0.9, 1.3)),
        blur_um=(blur, blur + even(rng, 10.0, 45.0)),
        color_rgb=as_rgb(np.array([62.0, 80.0, 106.0]) * even(rng, 0.7, 1.2) + rng.normal(0, 6, 3)),
        swing_deg=even(rng, 0.0, 15.0),
        widen=even(rng, 0.0, 0.8),
        cuff_share=sometimes(rng, 0.5, 0.03, 0.4),
    )


def _depth(rng: np.random.Generator, *, is_cut: bool) -> Depth:
    """Hairs that rise leave the plane of focus and cast shadows beside themselves."""
    steepest = even(rng, 0.05, 0.7)
    return Depth(
        blur_um_per_mm=sometimes(rng, 0.5, 2.0, 20.0 if is_cut else 35.0),
        rise=(even(rng, 0.0, 0.05), steepest),
        focus_um=even(rng, 0.0, 200.0),
        top_um=even(rng, 200.0, 900.0),
        blur_um=sometimes(rng, 0.5, 0.5, 4.0),
        shadow=sometimes(rng, 0.45, 0.1, 0.7),
        shadow_deg=even(rng, 0.0, 360.0),
        shadow_um=even(rng, 4.0, 30.0),
        shadow_blur_um=even(rng, 8.0, 40.0),
    )


def _fragments(rng: np.random.Generator) -> Fragments:
    return Fragments(
        length_um=(even(rng, 40.0, 90.0), even(rng, 200.0, 700.0)),
        width=(even(rng, 0.2, 0.6), even(rng, 0.7, 1.0)),
        along_share=sometimes(rng, 0.5, 0.1, 0.6),
        heap_share=sometimes(rng, 0.3, 0.1, 0.5),
        pale=(0.0, even(rng, 0.0, 0.6)),
    )


def _between(tones: Tones, place: float) -> RGB:
    """A tone between the first (0) and the second (1)."""
    return as_rgb(tones[0] + place * (tones[1] - tones[0]))
