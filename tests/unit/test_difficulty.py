from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from hairdensity.flags import HairFlag
from hairdensity.metrics.difficulty import Traits, ValidatedErrors, expected_errors, traits_of, validated_errors
from hairdensity.tables import HAIRS, empty_table

QUIET = {"covered": 0.1, "blur_um": 10.0, "hair_contrast": 0.5, "um_per_px": 5.0}


def table(**columns: list[float] | list[bool]) -> pd.DataFrame:
    plain = {"in_area": True, "hair_probability": 0.9, "flags": 0, "diameter_px": 12.0}
    n = len(next(iter(columns.values())))
    return pd.DataFrame({name: columns.get(name, [value] * n) for name, value in plain.items()})


def validated(**figures: tuple[list[float], list[float]]) -> ValidatedErrors:
    n = len(Traits._fields)
    return ValidatedErrors(
        source="by hand",
        center=np.zeros(n),
        scale=np.ones(n),
        mean={name: np.array(mean + [0.0] * (n + 1 - len(mean))) for name, (mean, _) in figures.items()},
        log_sd={name: np.array(log_sd + [0.0] * (n + 1 - len(log_sd))) for name, (_, log_sd) in figures.items()},
    )


def test_traits_are_those_of_the_counted_hairs() -> None:
    hairs = table(
        in_area=[True, True, False],
        hair_probability=[0.9, 0.7, 0.1],
        flags=[int(HairFlag.ROOT_UNSURE), int(HairFlag.CROSSING), int(HairFlag.TOUCHES_BORDER)],
        diameter_px=[8.0, 9.0, 1.0],
    )
    traits = traits_of(hairs, **QUIET)
    assert traits.doubt == pytest.approx(0.2)
    assert traits.unsure_roots == pytest.approx(0.5)
    assert traits.entangled == pytest.approx(2 / 3), "of all hairs: one that leaves the picture is outside the area"
    assert traits.thin == pytest.approx(0.5), "40 um is thin, 45 um is not"
    assert traits.log_hairs == pytest.approx(math.log(3))
    assert traits.log_um_per_px == pytest.approx(math.log(5))


def test_a_picture_without_hairs_has_unknown_traits_and_no_fault() -> None:
    traits = traits_of(empty_table(HAIRS), **QUIET | {"blur_um": math.nan})
    assert traits.log_hairs == 0
    assert all(math.isnan(value) for value in (traits.doubt, traits.thin, traits.entangled, traits.log_blur_um))


def test_an_error_is_linear_in_the_traits_and_its_deviation_log_linear() -> None:
    errors = validated(density_per_cm2=([0.1, 0.5], [math.log(0.2), 1.0]))
    calm = errors.of(Traits(*[0.0] * len(Traits._fields))).of("density_per_cm2")
    hard = errors.of(Traits(1.0, *[0.0] * (len(Traits._fields) - 1))).of("density_per_cm2")
    assert calm is not None
    assert hard is not None
    assert calm.mean, calm.sd == pytest.approx((0.1, 0.2))
    assert hard.mean == pytest.approx(0.6)
    assert hard.sd == pytest.approx(0.2 * math.e)


def test_unknown_traits_count_as_average_and_far_ones_as_the_farthest_that_was_measured() -> None:
    errors = validated(density_per_cm2=([0.1, 0.5], [math.log(0.2), 1.0]))
    rest = [0.0] * (len(Traits._fields) - 1)
    unknown, average, far, farther = (errors.of(Traits(value, *rest)) for value in (math.nan, 0.0, 3.0, 50.0))
    assert unknown == average
    assert far == farther


def test_what_was_not_validated_has_no_error() -> None:
    traits = traits_of(table(in_area=[True]), **QUIET)
    assert expected_errors(traits, "by hand") is None


@pytest.mark.parametrize("method", ["network", "ridges"])
def test_what_ships_knows_density_and_thickness_and_widens_with_doubt(method: str) -> None:
    shipped = validated_errors()[method]
    assert {"density_per_cm2", "unit_density_per_cm2", "median_diameter_um"} <= set(shipped.mean)
    sure = Traits(*shipped.center)
    density = shipped.of(sure).of("density_per_cm2")
    assert density is not None
    assert 0.01 < density.sd < 1
    tangled = shipped.of(sure._replace(entangled=1.0)).of("density_per_cm2")
    assert tangled is not None
    assert tangled.sd > density.sd
