"""Reads the rows of a CSV file as written by spreadsheets: commas, semicolons or tabs, quoted line
breaks, a byte order mark, other encodings.
"""

import csv
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

from plimsoll.bulk_import.rows import Kind, Mark, Row, Span, Unusable, row_of
from plimsoll.failures import CommandError
from shared.values.faults import Fault

LONGEST = 1_000_000
"""The most characters of a cell."""
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_LINE = 4 * 2**20
_LONG = f"is longer than {_LONGEST_LINE // 2**20} MiB, or one of its lines is"

_PERSON = ("id", "name", "email", "sales_trained", "close_authority")
_CONTACT = ("id", "name", "email", "role", "locale")
_ORDER = ("plan", "started_at", "anchor", "interval", "quantity", "renewal_date", "price")
_PROFILE = (
    "id",
    "name",
    "locale",
    "time_zone",
    "country",
    "currency",
    "segment",
    "employees",
    "customer_since",
)
_LIMIT = ("limit", "thresholds")
COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "account": (
        *_PROFILE,
        *(f"{who}.{name}" for who in ("csm", "ae") for name in _PERSON),
        "external_ids.*",
        *(f"contacts.#.{name}" for name in _CONTACT),
        *(f"subscription.{name}" for name in _ORDER),
        "subscription.add_ons.*",
        *(f"limits.*.{name}" for name in _LIMIT),
    ),
    "contact": ("account", *_CONTACT),
    "subscription": ("account", *_ORDER, "add_ons.*"),
    "limit": ("account", "meter", *_LIMIT),
    "fact": ("account", "type", "time", "id", "source", "data", "data.*"),
}
"""The columns by kind of row. `*` stands for any name, `#` for a number."""
_WHOLE = re.compile(r"(.*\.)?(employees|quantity)|(.*\.)?add_ons\..*")
_DATA_NUMBERS = frozenset(
    f"data.{name}"
    for name in (
        "score",
        "count",
        "amount",
        "price",
        "members",
        "hours",
        "hourly_rate",
        "automation_rate",
        "stakeholders",
        "approval_days",
    )
)
_FLAGS = frozenset({"csm.sales_trained", "ae.sales_trained", "data.custom_terms", "data.complex"})
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?", re.ASCII)
_LISTED = re.compile(r"\s*\d+(\s*[,;\s]\s*\d+)*\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """A file's format and the columns of its first line."""

    kind: Kind
    columns: tuple[str, ...]
    delimiter: str
    encoding: str
    first: Mark
    """The start of the first row."""

    def column_of(self, path: str, contacts: int) -> str | None:
        """The column of a fault in a row with that many contacts: the one with its path, or one
        that contains it.
        """
        parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
        if parts[:1] == ["contacts"] and len(parts) > 1:
            numbers = sorted(
                {name.split(".")[1] for name in self.columns if name.startswith("contacts.")},
                key=int,
            )
            if len(numbers) != contacts or not parts[1].isdecimal() or int(parts[1]) >= contacts:
                return None  # a row that omits one does not say which
            parts[1] = numbers[int(parts[1])]
        name = ".".join(parts)
        while name and name not in self.columns:
            name = name.rpartition(".")[0]
        return name or None


def read_head(file: BinaryIO, kind: Kind, encoding: str) -> Table:
    """CommandError, in one line, for faults of the whole file: the encoding, an unknown column."""
    start = file.read(2**16)
    if start.startswith(_OTHER_BOMS):
        raise CommandError("it is UTF-16: save it as UTF-8 (in Excel: CSV UTF-8)")
    _check_encoding(start, encoding)
    file.seek(0)
    text, mark = _line(file, Mark(), encoding)
    if text.lower().startswith("sep="):
        text, mark = _line(file, mark, encoding)
    delimiter = max(",;\t", key=text.count)
    try:
        columns = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), []))
    except csv.Error:
        raise CommandError(
            "its first line is not CSV: lines end with LF or CRLF, "
            "and the first one names the columns"
        ) from None
    while columns and not columns[-1]:
        columns = columns[:-1]
    _check_columns(columns, kind)
    return Table(kind, columns, delimiter, encoding, mark)


def _line(file: BinaryIO, mark: Mark, encoding: str) -> tuple[str, Mark]:
    raw = file.readline(_LONGEST_LINE)
    text = raw.removeprefix(_BOM) if mark.position == 0 else raw
    return text.decode(encoding, "replace"), Mark(mark.position + len(raw), mark.line + 1)


def _check_encoding(start: bytes, encoding: str) -> None:
    whole = start[: start.rfind(b"\n") + 1] if len(start) == 2**16 else start
    for number, line in enumerate(whole.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            raise CommandError(
                f"line {number} is not {encoding}: "
                "name its encoding (Excel in Japanese: --encoding cp932)"
            ) from None


def _check_columns(columns: Sequence[str], kind: Kind) -> None:
    known = COLUMNS[kind]
    patterns = [
        re.compile(
            re.escape(name).replace(r"\*", "[^.].*").replace(r"\#", r"\d{1,4}") + r"\Z", re.DOTALL
        )
        for name in known
    ]
    for name in columns:
        if not any(pattern.match(name) for pattern in patterns):
            near = difflib.get_close_matches(name[:64], known, n=1)
            meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise CommandError(
                f"the column {name[:64]!r} is not known among those of {kind}s: {meant}"
            )
        if columns.count(name) > 1:
            raise CommandError(f"the column {name[:64]!r} appears twice")
    if "data" in columns and (
        inner := next((name for name in columns if name.startswith("data.")), None)
    ):
        raise CommandError(f"the columns 'data' and {inner[:64]!r} exclude each other")
    first = "id" if kind == "account" else "account"
    if first not in columns:
        raise CommandError(f"the column {first!r} is missing: which account a row is about")


class _Source:
    """Lines for the CSV reader, which takes as many as a row has; `here` is after the last one."""

    def __init__(self, file: BinaryIO, start: Mark, encoding: str) -> None:
        self._file, self._encoding = file, encoding
        self.here = start
        file.seek(start.position)

    def __iter__(self) -> Iterator[str]:
        while raw := self._file.readline(_LONGEST_LINE + 1):
            if len(raw) > _LONGEST_LINE:
                raise csv.Error(_LONG)
            self.here = Mark(self.here.position + len(raw), self.here.line + 1)
            yield raw.decode(self._encoding, "surrogateescape")


def rows(file: BinaryIO, start: Mark, table: Table) -> Iterator[Row | Unusable]:
    """Starts at a place. Of an unreadable row only the first line is dropped; reading continues
    after that.
    """
    csv.field_size_limit(LONGEST)
    begin = max(start, table.first)
    while True:
        source = _Source(file, begin, table.encoding)
        reader = csv.reader(iter(source), delimiter=table.delimiter, strict=True)
        try:
            for cells in reader:
                span, begin = Span(begin, source.here), source.here
                if any(cell.strip() for cell in cells):
                    yield _row(cells, span, table)
            return
        except csv.Error as error:
            after = _behind_line(file, begin)
            yield Unusable(Span(begin, after), (Fault("", _reason(error)),))
            begin = after


def _behind_line(file: BinaryIO, begin: Mark) -> Mark:
    file.seek(begin.position)
    position = begin.position
    while line := file.readline(_LONGEST_LINE):
        position += len(line)
        if line.endswith(b"\n"):
            break
    return Mark(position, begin.line + 1)


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "field limit" in text:
        return f"has a cell longer than {LONGEST:,} characters, or an unterminated quote"
    return {_LONG: _LONG, "unexpected end of data": "has an unterminated quote"}.get(
        text, f"is not CSV: {text}"
    )


def _row(cells: Sequence[str], span: Span, table: Table) -> Row | Unusable:
    if len(cells) > len(table.columns) and any(
        cell.strip() for cell in cells[len(table.columns) :]
    ):
        reason = f"has {len(cells)} cells, the first line {len(table.columns)}"
        return Unusable(span, (Fault("", reason),), text=table.delimiter.join(cells)[:200])
    given = {
        name: cell.strip() for name, cell in zip(table.columns, cells, strict=False) if cell.strip()
    }
    body = body_of(given)
    wrong = [
        name for name, cell in given.items() if any("\udc80" <= char <= "\udcff" for char in cell)
    ]
    if wrong:
        clean = body_of({name: cell for name, cell in given.items() if name not in wrong})
        return Unusable(
            span,
            tuple(
                Fault("/" + name.replace(".", "/"), f"is not {table.encoding}") for name in wrong
            ),
            clean,
        )
    return row_of(body, span, table.kind)


def body_of(given: Mapping[str, str]) -> dict[str, Any]:
    """`csm.id` is a nested value; a numeric part is an index in a list."""
    body: dict[str, Any] = {}
    for name, cell in given.items():
        parts = _parts(name)
        inner = body
        for part in parts[:-1]:
            inner = inner.setdefault(part, {})
        inner[parts[-1]] = _value(name, cell)
    if isinstance(contacts := body.get("contacts"), dict):
        body["contacts"] = [contacts[number] for number in sorted(contacts, key=int)]
    return body


def _parts(name: str) -> list[str]:
    """Ids, add-ons and meters may contain dots themselves."""
    if name.startswith("limits."):
        meter, _, last = name.removeprefix("limits.").rpartition(".")
        return ["limits", meter, last]
    for outer in ("external_ids", "subscription.add_ons", "add_ons", "data"):
        if name.startswith(f"{outer}."):
            return [*outer.split("."), name.removeprefix(f"{outer}.")]
    return name.split(".")


def _value(name: str, cell: str) -> Any:
    """A cell is text; numbers, flags and lists are converted, and if that fails the API reports
    it.
    """
    if (_WHOLE.fullmatch(name) or name in _DATA_NUMBERS) and _NUMBER.fullmatch(cell):
        return Decimal(cell) if "." in cell else int(cell)
    if name in _FLAGS and cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if name.endswith("thresholds") and _LISTED.fullmatch(cell):
        return [int(part) for part in re.findall(r"\d+", cell)]
    if name == "data" or name.endswith("thresholds") or name == "data.assumed":
        with suppress(ValueError):
            return json.loads(cell, parse_float=Decimal, parse_constant=Decimal)
    return cell
