"""Rows as CSV for spreadsheets: RFC 4180, UTF-8 with a byte order mark. Pure.

Text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = (str, int, type(None))
"""Most values: asking whether each is a mapping takes longer than writing it."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def csv_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """All of it: a column for each name that any row has."""
    names = list(dict.fromkeys(name for row in rows for name, _ in _flat(row)))
    return csv_head(names) + csv_lines(rows, names)


def csv_head(names: Sequence[str]) -> bytes:
    """The beginning of a file with these columns; nested names are joined by a dot."""
    return _written([names] if names else []).encode("utf-8-sig")


def csv_lines(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> bytes:
    """Further lines of a file with these columns."""
    flat = (dict(_flat(row)) for row in rows)
    return _written([_cell(row.get(name)) for name in names] for row in flat).encode()


def _written(lines: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue()


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Nested names, joined by a dot."""
    for name, value in row.items():
        if not isinstance(value, _PLAIN) and isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _cell(value: Any) -> str:
    match value:
        case str():
            return _guarded(value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case list() | tuple():
            return _guarded(";".join(_cell(item) for item in value))
        case _:
            return _guarded(str(value))


def _guarded(text: str) -> str:
    """A negative amount is a number, and no formula."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
