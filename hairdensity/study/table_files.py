"""A table of a study as Parquet and CSV, written piece by piece: ten million hairs need no more memory than a few.

The bytes follow from the rows and the versions of the libraries alone: row groups have a fixed size, and nothing says
when or where the file was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from hairdensity.report.spreadsheets import FORMULA_STARTS
from hairdensity.tables import Column

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CSV_ROWS", "TableWriter"]

GROUP_ROWS = 16384
"""Of a row group of Parquet, and of what is kept in memory."""

CSV_ROWS = 1_048_575
"""That a worksheet takes below its header; a table with more rows is written as Parquet alone."""

_FORMULA = f"^([{''.join(FORMULA_STARTS).replace('-', chr(92) + '-')}])"
"""As a regular expression of RE2."""


class TableWriter:
    """Writes rows to two files; a context manager.

    Parameters
    ----------
    columns : sequence of Column
    parquet, csv : Path
        Written from their beginning. The CSV file is deleted again when there are more than `CSV_ROWS`.
    """

    def __init__(self, columns: Sequence[Column], *, parquet: Path, csv: Path) -> None:
        import pyarrow as pa  # noqa: PLC0415 -- optional
        import pyarrow.csv as pc  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        self._schema = pa.schema([(column.name, _type(column.dtype)) for column in columns])
        self._is_text = {column.name: column.dtype == "object" for column in columns}
        self._values: dict[str, list[Any]] = {column.name: [] for column in columns}
        self._csv_path = csv
        self._parquet = pq.ParquetWriter(parquet, self._schema, compression="zstd")
        self._csv = pc.CSVWriter(str(csv), self._schema)
        self.n_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush(len(next(iter(self._values.values()))))
        self._parquet.close()
        self._csv.close()
        if self.n_rows > CSV_ROWS:
            self._csv_path.unlink()

    def add(self, keys: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]) -> None:
        """Add rows.

        Parameters
        ----------
        keys : mapping
            What all these rows share: a value by column.
        columns : mapping
            The values of each other column, equally many; columns that are not named are missing in these rows.
        """
        n_rows = max(map(len, columns.values()), default=0)
        for name, values in self._values.items():
            if name in columns:
                values.extend(columns[name])
            else:
                values.extend([keys.get(name, "" if self._is_text[name] else None)] * n_rows)
        self.n_rows += n_rows
        while len(next(iter(self._values.values()))) >= GROUP_ROWS:
            self._flush(GROUP_ROWS)

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Add one row: a value by column."""
        self.add({}, {name: [value] for name, value in row.items()})

    def _flush(self, n_rows: int) -> None:
        """Write the first rows that are in memory."""
        import pyarrow as pa  # noqa: PLC0415 -- optional

        pairs = zip((values[:n_rows] for values in self._values.values()), self._schema, strict=True)
        table = pa.table(
            # NaN and pandas' own missing value are null, as R and SQL want it.
            [pa.array(values, field.type, from_pandas=True) for values, field in pairs],
            schema=self._schema,
        )
        for values in self._values.values():
            del values[:n_rows]
        if table.num_rows:
            self._parquet.write_table(table, row_group_size=GROUP_ROWS)
            if self.n_rows <= CSV_ROWS:
                self._csv.write_table(_without_formulas(table))


def _type(dtype: str) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 -- optional

    types = {"int64": pa.int64(), "Int64": pa.int64(), "float64": pa.float64(), "object": pa.string()}
    return types.get(dtype, pa.bool_())


def _without_formulas(table: pa.Table) -> pa.Table:
    """Texts that no spreadsheet takes for a formula and runs: a path gets ``./`` in front, another text a ``'``."""
    import pyarrow as pa  # noqa: PLC0415 -- optional
    import pyarrow.compute as pc  # noqa: PLC0415

    for place, field in enumerate(table.schema):
        if field.type == pa.string():
            sign = "./" if field.name == "image" else "'"
            safe = pc.replace_substring_regex(table.column(place), pattern=_FORMULA, replacement=rf"{sign}\1")
            table = table.set_column(place, field, safe)
    return table
