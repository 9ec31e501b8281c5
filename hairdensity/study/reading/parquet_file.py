"""Tables in Parquet files, as pandas, Polars or R's arrow write them."""

from __future__ import annotations

import datetime
import io
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.extras import require_pyarrow
from hairdensity.study.reading.faults import FaultLog
from hairdensity.study.reading.sheet import MOST_COLUMNS, Sheet

__all__ = ["read_parquet_table"]


def read_parquet_table(data: bytes, log: FaultLog) -> Sheet | None:
    """The cells of a Parquet file as text; None when it cannot be read, and the log says why.

    Raises
    ------
    MissingDependencyError
        Without pyarrow.
    """
    require_pyarrow()
    import pyarrow  # noqa: PLC0415 -- an extra
    import pyarrow.parquet  # noqa: PLC0415

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(data))
        if len(file.schema_arrow.names) > MOST_COLUMNS:
            log.add(
                "too_many_columns",
                f"the file has {len(file.schema_arrow.names)} columns, more than {MOST_COLUMNS}",
                "leave out what is no column of a manifest",
            )
            return None
        table = file.read()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        log.add("broken_parquet", f"the Parquet file cannot be read ({error})", "write it again, or save it as CSV")
        return None
    cells = pd.DataFrame({at: _texts(column.to_pylist()) for at, column in enumerate(table.columns)}, dtype=object)
    return Sheet(
        names=tuple(str(name).strip() for name in table.column_names),
        cells=cells,
        rows=np.arange(1, table.num_rows + 1),
        lines=np.full(table.num_rows, np.nan),
    )


def _texts(values: list[Any]) -> pd.Series:
    return pd.Series([_text(value) for value in values], dtype=object)


def _text(value: Any) -> str:
    """A value as a person would type it; codes that a missing value made a float are whole numbers again."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
