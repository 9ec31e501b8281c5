"""What differs between two visits beside the hair, and may feign a change."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.calibration import ScaleKind
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.differencing.common_scale import stated_ratio, unshared_error
from hairdensity.comparison.registration import Registration
from hairdensity.comparison.visits import SIDES, ids_of
from hairdensity.flags import ChangeFlag, Verdict

__all__ = ["change_flags"]

FEWEST_HAIRS = 5
"""Medians of fewer hairs say nothing about dye or scissors."""


def change_flags(
    baseline: Analysis,
    follow_up: Analysis,
    registration: Registration,
    matches: pd.DataFrame,
    settings: ChangeSettings,
) -> ChangeFlag:
    """All that is noteworthy about a pair, without its control site.

    Parameters
    ----------
    baseline, follow_up : Analysis
    registration : Registration
    matches : DataFrame
        Columns ``tables.MATCHES``; zero rows when registration was refused.
    settings : ChangeSettings
    """
    ratios = _hair_ratios(baseline, follow_up, matches)
    skin = baseline.quality.skin_level, follow_up.quality.skin_level
    blur = baseline.quality.blur_um, follow_up.quality.blur_um
    alignment = registration.alignment if registration.accepted else None
    raised = {
        ChangeFlag.NOT_REGISTERED: not registration.accepted,
        ChangeFlag.SMALL_OVERLAP: registration.accepted and registration.overlap_fraction < settings.least_overlap,
        ChangeFlag.DEVICE_DIFFERS: _device_differs(baseline, follow_up, settings.scale_difference),
        ChangeFlag.SCALE_DIFFERS: alignment is not None and _scale_differs(baseline, follow_up, alignment, settings),
        ChangeFlag.IMAGE_SIZE_DIFFERS: baseline.image.pixels.shape != follow_up.image.pixels.shape,
        ChangeFlag.FOCUS_DIFFERS: _apart(*blur, settings.blur_ratio),
        ChangeFlag.LENGTH_DIFFERS: _apart(*ratios["length_um"], settings.length_ratio),
        ChangeFlag.DYE_DIFFERS: abs(ratios["contrast"][1] - ratios["contrast"][0]) > settings.contrast_difference,
        ChangeFlag.LIGHT_DIFFERS: _apart(*skin, settings.light_ratio),
        ChangeFlag.SAME_PICTURE: baseline.image.sha256 == follow_up.image.sha256,
        ChangeFlag.UNREADABLE_VISIT: Verdict.UNREADABLE in (baseline.quality.verdict, follow_up.quality.verdict),
    }
    flags = ChangeFlag(0)
    for flag, is_raised in raised.items():
        flags |= flag if is_raised else ChangeFlag(0)
    return flags


def _apart(before: float, after: float, ratio: float) -> bool:
    """Whether two numbers above 0 differ by more than a ratio; unknown ones do not."""
    return bool(before > 0 and after > 0 and abs(math.log(after / before)) > math.log(ratio))


def _device_differs(baseline: Analysis, follow_up: Analysis, difference: float) -> bool:
    """By what the files state of themselves, and by the scales: another lens or zoom has another scale."""
    before, after = baseline.image.metadata, follow_up.image.metadata
    if before.bit_depth != after.bit_depth or before.tag_source != after.tag_source:
        return True
    tags = before.tag_um_per_px or math.nan, after.tag_um_per_px or math.nan
    if _apart(*tags, 1 + difference):
        return True
    scales = baseline.calibration, follow_up.calibration
    if scales[0] is None or scales[1] is None:
        return False
    are_profiles = all(scale is not None and scale.kind is ScaleKind.PROFILE for scale in scales)
    if are_profiles and scales[0].source != scales[1].source:
        return True
    return _apart(scales[0].um_per_px, scales[1].um_per_px, 1 + difference)


def _scale_differs(baseline: Analysis, follow_up: Analysis, alignment: Alignment, settings: ChangeSettings) -> bool:
    """Whether skin contradicts the stated scales by more than their errors and its own stretch explain."""
    before, after = baseline.calibration, follow_up.calibration
    if before is None or after is None:
        return False
    contradiction = abs(math.log(stated_ratio(before, after, alignment)))
    sd = math.hypot(unshared_error(before, after), settings.skin_stretch)
    return contradiction > max(settings.scale_ratio, 2.5 * sd)


def _hair_ratios(baseline: Analysis, follow_up: Analysis, matches: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Median length and contrast at both visits: of kept hairs, or of all where no hairs are matched."""
    kept = matches[(matches["fate"] == "kept") & ~matches["second_look"].astype(bool)]
    medians: dict[str, tuple[float, float]] = {}
    for name in ("length_um", "contrast"):
        found = []
        for analysis, side in zip((baseline, follow_up), SIDES, strict=True):
            hairs = analysis.hairs.assign(length_um=analysis.hairs["length_px"] * analysis.working_um_per_px)
            rows = hairs.set_index("hair_id").reindex(ids_of(kept, side)) if len(kept) else hairs
            values = rows[name].to_numpy(dtype=np.float64)
            values = values[np.isfinite(values)]
            found.append(float(np.median(values)) if len(values) >= FEWEST_HAIRS else math.nan)
        medians[name] = found[0], found[1]
    return medians
