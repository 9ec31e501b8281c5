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


def validated(*log_sd: float) -> ValidatedErrors:
    n = len(Traits._fields)
    slopes = np.array([*log_sd, *[0.0] * (n + 1 - len(log_sd))])
    return ValidatedErrors("by hand", np.zeros(n), np.ones(n), {"density_per_cm2": slopes})


def density_sd(errors: ValidatedErrors, traits: Traits) -> float:
    return errors.of(traits).sd["density_per_cm2"]


def test_traits_are_those_of_the_counted_hairs() -> None:
    hairs = table(
        in_area=[True, True, False],
        hair_probability=[0.9, 0.7, 0.1],
        flags=[int(HairFlag.ROOT_UNSURE), int(HairFlag.CROSSING), int(HairFlag.TOUCHES_BORDER)],
        diameter_px=[8.0, 9.0, 1.0],
    )
    traits = traits_of(hairs, np.array([0.5, 0.2]), **QUIET)
    weighed = 0.9 * 0.1 + 0.7 * 0.3 + 0.5 * 0.5 + 0.2 * 0.8
    assert traits.log_doubt == pytest.approx(math.log(weighed / 3 + 0.01))
    assert traits.unsure_roots == pytest.approx(0.5)
    assert traits.entangled == pytest.approx(2 / 3), "of all hairs: one that leaves the picture is outside the area"
    assert traits.thin == pytest.approx(0.5), "40 um is thin, 45 um is not"
    assert traits.log_hairs == pytest.approx(math.log(3))
    assert traits.log_um_per_px == pytest.approx(math.log(5))


def test_a_picture_without_hairs_has_unknown_traits_and_no_fault() -> None:
    traits = traits_of(empty_table(HAIRS), np.zeros(0), **QUIET | {"blur_um": math.nan})
    assert traits.log_hairs == 0
    assert all(math.isnan(value) for value in (traits.thin, traits.entangled, traits.log_blur_um))


def test_hairs_without_a_probability_leave_the_doubt_unknown() -> None:
    assert math.isnan(traits_of(table(hair_probability=[math.nan, math.nan]), np.zeros(0), **QUIET).log_doubt)


def test_the_deviation_is_log_linear_in_the_traits() -> None:
    errors, rest = validated(math.log(0.2), 1.0), [0.0] * (len(Traits._fields) - 1)
    assert density_sd(errors, Traits(0.0, *rest)) == pytest.approx(0.2)
    assert density_sd(errors, Traits(1.0, *rest)) == pytest.approx(0.2 * math.e)


def test_unknown_traits_count_as_average_and_far_ones_as_the_farthest_that_was_measured() -> None:
    errors, rest = validated(math.log(0.2), 1.0), [0.0] * (len(Traits._fields) - 1)
    unknown, average, far, farther = (density_sd(errors, Traits(value, *rest)) for value in (math.nan, 0.0, 3.0, 50.0))
    assert unknown == average
    assert far == farther


def test_a_method_that_was_not_validated_has_no_errors() -> None:
    assert expected_errors(traits_of(table(in_area=[True]), np.zeros(0), **QUIET), "by hand") is None


@pytest.mark.parametrize("method", ["network", "ridges"])
def test_what_ships_knows_density_and_thickness(method: str) -> None:
    shipped = validated_errors()[method]
    average = shipped.of(Traits(*shipped.center)).sd
    assert {"density_per_cm2", "unit_density_per_cm2", "median_diameter_um"} <= set(average)
    assert all(0.01 < sd < 3 for sd in average.values())


def test_what_ships_widens_with_doubt() -> None:
    shipped = validated_errors()["network"]
    average = Traits(*shipped.center)
    doubtful = average._replace(log_doubt=average.log_doubt + 1.0)
    assert density_sd(shipped, doubtful) > density_sd(shipped, average)
