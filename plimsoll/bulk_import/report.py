"""What the user sees of an import: refused rows in a file that can be corrected and imported again,
and the progress.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from plimsoll.bulk_import.rows import NOTE, Row, Unusable, without
from plimsoll.bulk_import.state import Counts
from plimsoll.bulk_import.table import Table
from plimsoll.failures import CommandError
from shared.values.faults import Fault
from shared.values.quantities import dumps

_SHOWN = 200
_CALM_SECONDS, _LIVELY_SECONDS = 10.0, 0.2


class Refused:
    """One JSON line for each refused row: the row, with its place and the reason under
    `_refused`.
    """

    def __init__(self, path: Path, file: str, table: Table | None) -> None:
        self.path = path
        self._name, self._table = file, table
        try:
            self._out = path.open("ab")
        except OSError as error:
            raise CommandError(
                f"{path}: {error.strerror}: name another place with --refused"
            ) from None

    def __enter__(self) -> "Refused":
        return self

    def __exit__(self, *_: object) -> None:
        """Creates the report only if there are refused rows."""
        empty = self.size == 0
        self._out.close()
        if empty:
            self.path.unlink(missing_ok=True)

    def begin(self, size: int) -> None:
        """Drops what was written after the last saved state: it will be written again."""
        self._out.truncate(size)
        self._out.seek(0, 2)

    @property
    def size(self) -> int:
        self._out.flush()
        return self._out.tell()

    def add(self, one: Row | Unusable, faults: Sequence[Fault]) -> None:
        contacts = one.body.get("contacts") if one.body is not None else None
        errors = [
            self._error(fault, len(contacts) if isinstance(contacts, list) else 0)
            for fault in faults
        ]
        note: dict[str, Any] = {"file": self._name, "line": one.span.begin.line, "errors": errors}
        if isinstance(one, Unusable) and one.text:
            note["text"] = one.text
        body = dict(one.body) if one.body is not None else {}
        if isinstance(one, Row) and one.raw is not None and not body:
            note["text"] = one.raw[:_SHOWN].decode("utf-8", "replace")
        if isinstance(one, Row) and one.kind != "account":
            body = {"kind": one.kind, **without(body, "kind")}
        self._out.write(dumps({**without(body, NOTE), NOTE: note}) + b"\n")

    def _error(self, fault: Fault, contacts: int) -> dict[str, str]:
        column = self._table.column_of(fault.path, contacts) if self._table else None
        return ({"column": column} if column else {}) | {"path": fault.path, "reason": fault.reason}


class Display:
    """An updating line on a terminal, a plain line every ten seconds elsewhere."""

    def __init__(
        self, size: int, begun_at: int, before: Counts, stream: TextIO | None = None
    ) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._size, self._begun_at, self._rows_before = size, begun_at, before.rows
        self._began = self._said = time.monotonic()

    def show(self, position: int, counts: Counts) -> None:
        now = time.monotonic()
        if now - self._said < (_LIVELY_SECONDS if self._terminal else _CALM_SECONDS):
            return
        self._said = now
        self._write(
            progress(
                position, self._size, self._begun_at, counts, self._rows_before, now - self._began
            )
        )

    def waits(self, reason: str, seconds: float) -> None:
        self._write(f"{reason}: trying again in {seconds:.0f} s")

    def _write(self, line: str) -> None:
        self._stream.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        self._stream.flush()

    def done(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def progress(
    position: int, size: int, begun_at: int, counts: Counts, rows_before: int, seconds: float
) -> str:
    """`12,000 rows, 12 %, 2,431 a second, 36 s left, 3 refused`. Pure."""
    share = 100 * position // size if size else 100
    rate = (counts.rows - rows_before) / seconds if seconds > 0 else 0.0
    passed = position - begun_at
    left = f", {seconds * (size - position) / passed:.0f} s left" if passed > 0 else ""
    return (
        f"{counts.rows:,} rows, {share} %, {rate:,.0f} a second{left}, {counts.refused:,} refused"
    )


def summary(counts: Counts) -> str:
    """`100,000 rows: 99,990 created, 0 updated, 10 unchanged, 0 refused`. Pure."""
    kinds: Mapping[str, int] = {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
    }
    told = {"facts accepted": counts.told} if counts.told else {}
    parts = (
        f"{number:,} {kind}"
        for kind, number in {**kinds, **told, "refused": counts.refused}.items()
    )
    return f"{counts.rows:,} rows: {', '.join(parts)}"
