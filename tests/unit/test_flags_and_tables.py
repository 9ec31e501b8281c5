"""The registries: every flag explained, every column typed, every error with its own code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairdensity import errors
from hairdensity.flags import HAIR_FLAGS, IMAGE_FLAGS, HairFlag, ImageFlag, flag_names
from hairdensity.tables import HAIRS, UNITS, Column, empty_table, make_table

TWO_COLUMNS = (Column("n", "int64", "", "a count"), Column("length_um", "float64", "um", "a length"))


@pytest.mark.parametrize(("kind", "registry"), [(HairFlag, HAIR_FLAGS), (ImageFlag, IMAGE_FLAGS)])
def test_every_flag_is_explained_and_no_other(kind, registry):
    assert set(registry) == set(kind)
    assert all(info.meaning and info.effect for info in registry.values())


@pytest.mark.parametrize("kind", [HairFlag, ImageFlag])
def test_flags_are_single_bits(kind):
    assert all(flag.value.bit_count() == 1 for flag in kind)


@pytest.mark.parametrize("kind", [HairFlag, ImageFlag])
def test_flags_fit_the_table_column(kind):
    assert sum(kind) < 2**63


def test_flag_names_by_hand():
    assert flag_names(HairFlag(0)) == []
    assert flag_names(HairFlag.ROOT_UNSURE | HairFlag.CROSSING) == ["crossing", "root_unsure"]
    assert flag_names(ImageFlag.NO_HAIRS) == ["no_hairs"]


@given(st.sets(st.sampled_from(sorted(ImageFlag))))
def test_flag_names_lose_no_bit(flags):
    combined = ImageFlag(0)
    for flag in flags:
        combined |= flag
    assert {ImageFlag[name.upper()] for name in flag_names(combined)} == flags


@pytest.mark.parametrize("columns", [HAIRS, UNITS])
def test_column_names_are_unique_and_end_in_their_unit(columns):
    assert len({column.name for column in columns}) == len(columns)
    with_suffix = [column for column in columns if column.unit in {"px", "um"}]
    assert with_suffix
    assert all(column.name.endswith(f"_{column.unit}") for column in with_suffix)
    assert all(column.meaning for column in columns)


@pytest.mark.parametrize("columns", [HAIRS, UNITS])
def test_nothing_found_is_zero_rows_with_every_column_and_dtype(columns):
    table = empty_table(columns)
    assert len(table) == 0
    assert list(table.columns) == [column.name for column in columns]
    assert [str(dtype) for dtype in table.dtypes] == [column.dtype for column in columns]


def test_table_keeps_the_order_of_the_schema_and_not_of_the_values():
    table = make_table(TWO_COLUMNS, {"length_um": [1.5, 2.5], "n": [1, 2]})
    assert list(table.columns) == ["n", "length_um"]
    assert table.to_numpy().tolist() == [[1.0, 1.5], [2.0, 2.5]]


def test_missing_value_stays_nan_in_a_float_column():
    assert np.isnan(make_table(TWO_COLUMNS, {"n": [1], "length_um": [np.nan]})["length_um"][0])


def test_unknown_and_missing_columns_are_refused():
    with pytest.raises(KeyError, match=r"no such column: .*'width'"):
        make_table(TWO_COLUMNS, {"n": [1], "length_um": [1.0], "width": [1.0]})
    with pytest.raises(KeyError, match="length_um"):
        make_table(TWO_COLUMNS, {"n": [1]})


def test_columns_of_different_length_are_refused_and_not_filled_with_nan():
    with pytest.raises(ValueError, match=r"differ in length.*'n': 2, 'length_um': 1"):
        make_table(TWO_COLUMNS, {"n": [1, 2], "length_um": [1.0]})


def test_a_count_that_is_no_whole_number_is_refused():
    with pytest.raises(ValueError):
        make_table(TWO_COLUMNS, {"n": [1.5], "length_um": [1.0]})


def test_series_are_taken_in_their_order_whatever_their_index():
    lengths = pd.Series([1.0, 2.0], index=[1, 0])
    assert make_table(TWO_COLUMNS, {"n": [10, 20], "length_um": lengths})["length_um"].tolist() == [1.0, 2.0]


def test_table_does_not_share_memory_with_its_values():
    lengths = np.array([1.0, 2.0])
    table = make_table(TWO_COLUMNS, {"n": [1, 2], "length_um": lengths})
    lengths[0] = 99.0
    assert table["length_um"].tolist() == [1.0, 2.0]


def test_every_error_is_one_of_ours_and_has_its_own_code():
    kinds = [getattr(errors, name) for name in errors.__all__]
    assert all(issubclass(kind, errors.HairDensityError) for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_input_errors_are_value_errors_and_missing_libraries_import_errors():
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.TruncatedImageError, errors.DecodingError)
    assert issubclass(errors.MissingDependencyError, ImportError)
