"""A table in a file, whichever format it has: known by its first bytes, whatever the file is called."""

from __future__ import annotations

from hairdensity.study.reading.faults import FaultLog
from hairdensity.study.reading.parquet_file import read_parquet_table
from hairdensity.study.reading.sheet import Sheet
from hairdensity.study.reading.text_file import read_text_table

__all__ = ["read_sheet"]

_PARQUET = b"PAR1"


def read_sheet(data: bytes, log: FaultLog) -> Sheet | None:
    """The cells of a file's table as text; None where there are none, and the log says why.

    Parameters
    ----------
    data : bytes
        Parquet, or text as `read_text_table` reads it.
    log : FaultLog

    Raises
    ------
    MissingDependencyError
        If it is Parquet and pyarrow is not installed.
    """
    return read_parquet_table(data, log) if data.startswith(_PARQUET) else read_text_table(data, log)
