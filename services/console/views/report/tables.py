"""A report's rows and totals as tables of cells. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.console.views.report.cells import Cell, cell, flat, is_number
from services.console.views.report.vocabulary import Found, Vocabulary

ROWS = 50
MAIN = ("rows", "data", "target")
"""What a report is mainly about, by the name that it gives it: also its CSV."""


def rows_of(found: Found) -> list[Mapping[str, Any]]:
    return next((list(found[name]) for name in MAIN if name in found), [])


def tables(found: Found, names: Vocabulary, start: int = 0) -> list[dict[str, Any]]:
    """Each list of it: the rows, `ROWS` of them from `start` on; then those of the totals."""
    whole = {path: rows for path, rows in _lists(found)}
    return [
        _table(path, rows, names, start if path in MAIN else 0, _count(path, rows, found))
        for path, rows in whole.items()
        if rows
    ]


def totals(found: Found, names: Vocabulary) -> list[Cell]:
    """What is said of the whole: in `totals`, or of a report without rows, in itself."""
    told = found.get("totals")
    whole = {"totals": told} if told is not None else found
    row = told if told is not None else found
    return [
        cell(name.removeprefix("totals."), value, row, names) | {"path": name}
        for name, value in flat(whole)
        if not _is_table(value) and name not in ("flags", "data")
    ]


def _lists(found: Found) -> list[tuple[str, list[Mapping[str, Any]]]]:
    return [(name, list(value)) for name, value in flat(found)
            if _is_table(value) and name != "flags"]  # fmt: skip


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _count(path: str, rows: Sequence[Any], found: Found) -> int:
    """How many there are; of a report that came by pages, more than there are here."""
    return int(found.get("row_count", len(rows))) if path == "rows" else len(rows)


def _table(
    path: str, rows: Sequence[Mapping[str, Any]], names: Vocabulary, start: int, count: int
) -> dict[str, Any]:
    """Its columns are those of the CSV. `count`: if more, `rows` are those from `start` on."""
    told = [dict(flat(row)) for row in rows]
    columns = list(dict.fromkeys(name for row in told for name in row))
    shown = (told[start:] if count == len(rows) else told)[:ROWS]
    cells = [[cell(name, row.get(name), row, names) for name in columns] for row in shown]
    return {
        "path": path,
        "columns": columns,
        "numbers": {one["name"] for row in cells for one in row if is_number(one)},
        "rows": cells,
        "first": start + 1,
        "last": start + len(shown),
        "count": count,
    }
