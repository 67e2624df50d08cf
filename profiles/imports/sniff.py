"""What a file is, from its first bytes and lines: form, columns, delimiter, decimal mark, order of dates."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from .fields import suggest
from .layout import DateOrder, Form, Layout
from .models import Import
from .readers import BadFile, Record, parquet_end, read_records

LOOKED_AT = 200
HEAD = 1 << 16
MOST_COLUMNS = 300
_DELIMITERS = ",;\t|"
_SPEC_FIELDS = {"userId", "anonymousId", "messageId"}
_SPEC_TYPES = {"identify", "track", "page", "screen", "group", "alias"}
_DAY_FIRST = re.compile(r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{2}|\d{4})\b")
_COMMA = re.compile(r"^-?[\d.]*\d,\d{1,2}(\s*\D)?$")
_TELLING = {
    b"PK\x03\x04": "This is a ZIP archive or an Excel workbook. Unpack it, or save the sheet as CSV (UTF-8).",
    b"\xd0\xcf\x11\xe0": "This is an Excel workbook. Save the sheet as CSV (UTF-8).",
    b"%PDF": "This is a PDF.",
    b"\xff\xfe": "This text is UTF-16. Save it as UTF-8.",
    b"\xfe\xff": "This text is UTF-16. Save it as UTF-8.",
}


def sniff(file: io.BufferedReader, name: str, size: int, kind: str, time_zone: str) -> tuple[Layout, int]:
    """(layout with suggested meanings, the position at the end). Raises `BadFile` with what to do instead."""
    file.seek(0)
    head = file.read(HEAD)
    if not head.strip():
        raise BadFile("The file is empty.")
    said = next((words for start, words in _TELLING.items() if head.startswith(start)), None)
    if said:
        raise BadFile(said)
    if head.startswith(b"--") and b"form-data" in head[:512]:
        raise BadFile(
            "This is a web form around a file. Send the file itself as the body: curl --data-binary @FILE."
        )
    form = _form(head)
    if form != "parquet" and b"\x00" in head:
        raise BadFile("This is no text. Send CSV, NDJSON or Parquet.")
    end = size
    if form == "parquet":
        end, columns = parquet_end(file)
        layout = Layout("parquet", columns, time_zone=time_zone)
    elif form == "ndjson":
        layout = Layout("ndjson", time_zone=time_zone)
    else:
        layout = _csv_layout(head, time_zone)
    records = list(islice(read_records(file, layout, 0, 0), LOOKED_AT))
    rows = [record.values for record in records if record.values]
    if not rows:
        raise BadFile(_nothing(records))
    if form == "ndjson":
        layout = layout.changed(columns=_columns(rows))
    if len(layout.columns) > MOST_COLUMNS:
        raise BadFile(f"The file has {len(layout.columns):,} columns; {MOST_COLUMNS} are the most.")
    spec = form != "csv" and kind == Import.Kind.EVENTS and _is_spec(rows)
    layout = layout.changed(
        spec=spec,
        mapping={} if spec else suggest(layout.columns, kind),
        decimal="," if form == "csv" and _decimal_comma(rows, layout.delimiter) else ".",
    )
    column = layout.column_of("timestamp")
    return layout.changed(date_order=_date_order(row.get(column or "") for row in rows)), end


def _form(head: bytes) -> Form:
    if head.startswith(b"PAR1"):
        return "parquet"
    return "ndjson" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "csv"


def _csv_layout(head: bytes, time_zone: str) -> Layout:
    # The last line of the piece may be cut in the middle of a character.
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        text, encoding = whole.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = whole.decode("cp1252", "replace"), "cp1252"
    if text.lstrip()[:1] == "[":
        raise BadFile("This is a JSON array. Send NDJSON: one object per line, without commas between lines.")
    first = text.splitlines()[0]
    delimiter = max(_DELIMITERS, key=lambda mark: (first.count(mark), -_DELIMITERS.index(mark)))
    columns = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    if len(columns) < 2:
        raise BadFile(
            "The first line should name the columns, with a comma, semicolon, tab or bar between them."
        )
    named = [name or f"column {place}" for place, name in enumerate(columns, 1)]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise BadFile(f"Two columns have the same name: {', '.join(twice[:3])}.")
    return Layout("csv", tuple(named), delimiter=delimiter, encoding=encoding, time_zone=time_zone)


def _columns(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _is_spec(rows: list[dict[str, Any]]) -> bool:
    like = sum(bool(_SPEC_FIELDS & row.keys()) and row.get("type") in _SPEC_TYPES for row in rows)
    return like * 2 > len(rows)


def _decimal_comma(rows: list[dict[str, Any]], delimiter: str) -> bool:
    if delimiter == ",":
        return any(
            _COMMA.match(str(value)) and "." not in str(value) for row in rows for value in row.values()
        )
    return any(_COMMA.match(str(value).strip()) for row in rows for value in row.values())


def _date_order(values: Iterable[Any]) -> DateOrder:
    """From days above twelve; where none is, from the mark: dots are written day first."""
    found: DateOrder = "ymd"
    for value in values:
        match = _DAY_FIRST.match(value) if isinstance(value, str) else None
        if not match:
            continue
        if int(match[1]) > 12:
            return "dmy"
        if int(match[2]) > 12:
            return "mdy"
        found = "dmy" if "." in match[0] else "mdy" if "/" in match[0] else "dmy"
    return found


def _nothing(records: list[Record]) -> str:
    problem = next((record.problem for record in records if record.problem), "")
    return f"No line can be read. {problem}".strip() if problem else "The file has a head, but no lines."
