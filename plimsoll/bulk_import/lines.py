"""Reads the rows of a JSON lines file: one object per line. The file is never in memory as a
whole.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from plimsoll.bulk_import.rows import NOTE, Mark, Row, Span, Unusable, row_of
from shared.events.strict import read_json
from shared.values.faults import Fault

LONGEST = 4 * 2**20
"""The most bytes of a line."""
_SHOWN = 200
_BOM = b"\xef\xbb\xbf"


class _Head(msgspec.Struct):
    """As much of a line as identifies the account. A plain account is passed on unchanged."""

    id: str | None = None
    kind: str | None = None
    note: msgspec.Raw | None = msgspec.field(name=NOTE, default=None)

    @property
    def is_plain(self) -> bool:
        return bool(self.id) and self.kind is None and self.note is None


_head = msgspec.json.Decoder(_Head)


def rows(file: BinaryIO, start: Mark, kind: str | None) -> Iterator[Row | Unusable]:
    """Starts at a place; skips empty lines. `kind`: of lines that do not name it."""
    file.seek(start.position)
    here = start
    while line := file.readline(LONGEST + 1):
        begin, here = here, Mark(here.position + len(line), here.line + 1)
        if len(line) > LONGEST:
            while not line.endswith(b"\n") and (line := file.readline(LONGEST)):
                here = Mark(here.position + len(line), here.line)
            yield Unusable(
                Span(begin, here), (Fault("", f"is longer than {LONGEST // 2**20} MiB"),)
            )
        elif text := (line.removeprefix(_BOM) if begin.position == 0 else line).strip():
            yield _row(text, Span(begin, here), kind)


def _row(text: bytes, span: Span, kind: str | None) -> Row | Unusable:
    if kind in (None, "account"):
        try:
            head = _head.decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            head = _Head()
        if head.is_plain and head.id is not None:
            return Row(span, "account", head.id, None, text)
    found = read_json(text)
    if isinstance(found, Fault):
        reason = found.reason.partition(": ")[2] or found.reason
        return Unusable(span, (Fault("", reason),), text=text[:_SHOWN].decode("utf-8", "replace"))
    return row_of(found, span, kind)
