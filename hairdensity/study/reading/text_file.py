"""Tables in text files: as Excel, R, SAS and REDCap write them in many countries."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from hairdensity.study.reading.faults import FaultLog, quoted
from hairdensity.study.reading.sheet import MOST_COLUMNS, Sheet

__all__ = ["read_text_table"]

SEPARATORS = (",", ";", "\t")

LONGEST_CELL = 65_536
"""Characters; a quote that is never closed makes one cell of the rest of the file."""

HEAD_BYTES = 64
UTF16_ZEROS = 0.75
"""Share of zeros among every other byte of a header of plain letters in UTF-16 without a mark."""

_MISSING = ["NA", "N/A", "NaN", "nan", "NULL", "null"]
"""What R, SAS and databases write for an empty cell."""


def read_text_table(data: bytes, log: FaultLog) -> Sheet | None:
    """The cells of a text file; None when there are none, and the log says why.

    Parameters
    ----------
    data : bytes
        UTF-8 with or without mark, UTF-16 with mark or recognizable, else Windows-1252; separated by commas, semicolons
        or tabs.
    log : FaultLog
        Takes what is wrong with the file.
    """
    text = _decoded(data, log)
    if text is None:
        return None
    separator, text = _separator(text)
    records = _records(text, separator, log)
    if not records:
        log.add("empty_file", "the file holds no line", "write a header and one row an image, or use `study init`")
        return None
    header, body = records[0][1], records[1:]
    names = [name.strip().strip("\ufeff") for name in header]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        log.add(
            "too_many_columns",
            f"the header names {len(names)} columns, more than {MOST_COLUMNS}",
            "leave out what is no column of a manifest, and check that lines are separated",
        )
        return None
    return _sheet(names, body, decimal_comma=separator != ",", log=log)


def _decoded(data: bytes, log: FaultLog) -> str | None:
    """The text of a file, whatever wrote it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif _zeros(data[1:HEAD_BYTES:2]) > UTF16_ZEROS:
        encodings = ["utf-16-le"]
    elif _zeros(data[0:HEAD_BYTES:2]) > UTF16_ZEROS:
        encodings = ["utf-16-be"]
    else:
        # Excel's "CSV" is the code page of Windows; Latin-1 reads every byte and so comes last.
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    log.add(
        "no_text",
        "the file is no text: it holds zero bytes",
        "save the table as 'CSV UTF-8' (a spreadsheet's own file, e.g. .xlsx, is not read) or as Parquet",
    )
    return None


def _zeros(data: bytes) -> float:
    """Share of zero bytes."""
    return data.count(0) / max(len(data), 1)


def _separator(text: str) -> tuple[str, str]:
    """What stands between the cells, and the text without Excel's line that says so."""
    first, _, rest = text.partition("\n")
    stated = first.strip()
    if stated.lower().startswith("sep=") and len(stated) == 5:
        return stated[4], rest
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=header.count), text


def _records(text: str, separator: str, log: FaultLog) -> list[tuple[int, list[str]]]:
    """(first line, cells) of each record; records after a broken one are not read."""
    found: list[tuple[int, list[str]]] = []
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        line = 1
        while True:
            record = next(reader, None)
            if record is None:
                return found
            if found or any(cell.strip() for cell in record):
                found.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        log.add(
            "broken_quotes",
            f"the file cannot be read from here on ({error})",
            "a quote that is opened must be closed, and a quote in a cell is written twice",
            line=line,
        )
        return found
    finally:
        csv.field_size_limit(before)


def _sheet(names: Sequence[str], body: Sequence[tuple[int, list[str]]], *, decimal_comma: bool, log: FaultLog) -> Sheet:
    """The records as a table; lines without any cell are counted, but are no rows."""
    n_columns = len(names)
    cells, rows, lines = [], [], []
    for row, (line, record) in enumerate(body, start=1):
        stripped = [cell.strip() for cell in record]
        if not any(stripped):
            continue
        if any(stripped[n_columns:]):
            log.add(
                "too_many_cells",
                f"the row has {len(record)} cells, the header {n_columns}: {quoted(stripped[-1])} has no column",
                "put cells that hold the separator into quotes; a number with a comma needs semicolons between cells",
                row=row,
                line=line,
            )
        cells.append((stripped + [""] * n_columns)[:n_columns])
        rows.append(row)
        lines.append(line)
    grid = np.array(cells, dtype=object).reshape(len(cells), n_columns)
    grid[np.isin(grid.astype(str), _MISSING)] = ""
    return Sheet(
        names=tuple(names),
        cells=pd.DataFrame(grid, dtype=object),
        rows=np.array(rows, dtype=np.int64),
        lines=np.array(lines, dtype=np.float64),
        decimal_comma=decimal_comma,
    )
