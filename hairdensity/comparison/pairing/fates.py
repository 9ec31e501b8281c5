"""Fates: kept, lost or new for every hair of two visits, each with its probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.pairing.second_look import Verdicts, judge, look_again
from hairdensity.comparison.pairing.witnesses import Paired, witnesses_of

__all__ = ["Fates", "settle_fates"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fates:
    """Q hairs of two visits; -1 stands for none.

    Parameters
    ----------
    before, after : (Q,) int64 ndarray
        Their numbers at either visit: first those known at baseline, in their order.
    fate : (Q,) object ndarray
        kept, lost or new.
    probability : (Q,) float64 ndarray
        That the fate is this one; NaN for a hair without a partner outside the common area.
    there_before, there_after : (Q,) float64 ndarray
        That the hair is there at either visit, seen or not.
    partner_probability : (Q,) float64 ndarray
        That it is this partner; of a hair without one, that it is this hair and not a neighbor that has none.
    second_look : (Q,) bool ndarray
    place_px : (Q, 2) float64 ndarray
        In px of the baseline.
    distance_um : (Q,) float64 ndarray
        NaN without a partner.
    in_area : (Q,) bool ndarray
    unit_before, unit_after : (Q,) int64 ndarray
        Follicular units; of an overlooked hair that of the shaft in front of it.
    """

    before: Ids
    after: Ids
    fate: NDArray[np.object_]
    probability: Array
    there_before: Array
    there_after: Array
    partner_probability: Array
    second_look: Mask
    place_px: Array
    distance_um: Array
    in_area: Mask
    unit_before: Ids
    unit_after: Ids


class _Alone(NamedTuple):
    """U hairs of one visit without a partner."""

    hair: Ids
    place_px: Array
    in_area: Mask
    verdicts: Verdicts
    no_partner: Array
    unit: Ids
    unit_behind: Ids


def settle_fates(paired: Paired, common_area: CommonArea, *, settings: MatchingSettings) -> Fates:
    """Give every hair its fate: pairs are kept; whoever has no partner is judged by a second look.

    Parameters
    ----------
    paired : Paired
    common_area : CommonArea
    settings : MatchingSettings
    """
    kept = _pairs(paired, common_area)
    lost, new = (_alone(paired, visit, common_area, kept=kept, settings=settings) for visit in (0, 1))
    return _sorted(_joined([kept, _as_fates(lost, 0), _as_fates(new, 1)]))


def _pairs(paired: Paired, common_area: CommonArea) -> Fates:
    before, after = paired.partners
    pairing, (baseline, follow_up) = paired.pairing, paired.seen
    place = (baseline.roots_um[before] + follow_up.roots_um[after]) / 2 / paired.um_per_px
    moved = follow_up.roots_um[after] - pairing.drift_um[after] - baseline.roots_um[before]
    sure = np.maximum(pairing.kept_before[before], pairing.kept_after[after])
    units = [visit.hairs["unit_id"].to_numpy(dtype=np.int64) for visit in paired.visits]
    return Fates(
        before=before,
        after=after,
        fate=np.full(len(before), "kept", dtype=object),
        probability=sure,
        there_before=sure,
        there_after=sure,
        partner_probability=pairing.probability,
        second_look=np.zeros(len(before), dtype=bool),
        place_px=place,
        distance_um=np.linalg.norm(moved, axis=1),
        in_area=common_area.baseline.contains(place),
        unit_before=units[0][before],
        unit_after=units[1][after],
    )


def _alone(paired: Paired, visit: int, common_area: CommonArea, *, kept: Fates, settings: MatchingSettings) -> _Alone:
    """The hairs of a visit, 0 or 1, that have no partner, judged."""
    seen = paired.seen[visit]
    hair = np.setdiff1d(np.arange(len(seen)), paired.partners[visit])
    place = seen.roots_um[hair] / paired.um_per_px
    in_area = common_area.baseline.contains(place)
    alone = seen.take(hair)
    witnesses = witnesses_of(paired, 1 - visit)
    courses_um = paired.compared.courses[visit].points_um[hair]
    absence = look_again(
        alone, courses_um, witnesses, paired.beside(visit, hair, witnesses), evidence=settings.evidence
    )
    units = [each.hairs["unit_id"].to_numpy(dtype=np.int64) for each in paired.visits]
    partnered = (kept.before, kept.after)[visit][kept.in_area]
    has_no_partner = (1 - paired.pairing.kept_before, 1 - paired.pairing.kept_after)[visit]
    return _Alone(
        hair=hair,
        place_px=place,
        in_area=in_area,
        verdicts=judge(
            alone.probability,
            absence,
            counts=in_area,
            kept_probability=seen.probability[partnered],
            settings=settings,
        ),
        no_partner=has_no_partner[hair],
        unit=units[visit][hair],
        unit_behind=np.append(units[1 - visit], -1)[absence.behind],
    )


def _as_fates(alone: _Alone, visit: int) -> Fates:
    """Lost or new hairs, and those that a second look keeps."""
    n, verdicts = len(alone.hair), alone.verdicts
    # Outside the area nobody knows what the other visit would show.
    overlooked = (verdicts.overlooked > 0.5) & alone.in_area
    stated = np.where(overlooked, verdicts.overlooked, verdicts.gone)
    unseen = np.full(n, -1, dtype=np.int64)
    sides = [
        (alone.hair, alone.unit, verdicts.gone + verdicts.overlooked),
        (unseen, np.where(overlooked, alone.unit_behind, -1), verdicts.overlooked),
    ]
    (before, unit_before, there_before), (after, unit_after, there_after) = sides if visit == 0 else sides[::-1]
    return Fates(
        before=before,
        after=after,
        fate=np.where(overlooked, "kept", ("lost", "new")[visit]).astype(object),
        probability=np.where(alone.in_area, stated, np.nan),
        there_before=there_before,
        there_after=there_after,
        partner_probability=alone.no_partner,
        second_look=overlooked,
        place_px=alone.place_px,
        distance_um=np.full(n, np.nan),
        in_area=alone.in_area,
        unit_before=unit_before,
        unit_after=unit_after,
    )


def _joined(parts: list[Fates]) -> Fates:
    return Fates(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Fates.__slots__})


def _sorted(rows: Fates) -> Fates:
    """Those known at baseline first, in their order, then the others in theirs."""
    order = np.lexsort((rows.after, rows.before, rows.before < 0))
    return Fates(**{name: getattr(rows, name)[order] for name in Fates.__slots__})
