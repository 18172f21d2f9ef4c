"""The rows as a table in Markdown, and what is wrong below it. Pure."""

import math
from collections.abc import Iterator, Sequence

from tests.proof.verdict import Row

_HEAD = (
    "fault",
    "times",
    "events sent",
    "distinct",
    "counted",
    "lost",
    "doubled",
    "alerts due",
    "told",
    "told twice",
    "mails repeated",
    "CRM tasks",
    "seconds to recover: p50",
    "max",
)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """One line per fault, then the sum of all."""
    yield _line(_HEAD)
    yield _line(["---", *["---:"] * (len(_HEAD) - 1)])
    for row in rows:
        yield _line(_cells(row))
    yield _line(_cells(_sum(rows)))


def wrong(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for what in row.wrong:
            yield f"- {row.fault}: {what}"


def _sum(rows: Sequence[Row]) -> Row:
    whole = Row("all")
    for row in rows:
        whole.add(row)
    return whole


def _cells(row: Row) -> list[str]:
    figures = (
        row.times,
        row.sent,
        row.distinct,
        row.counted,
        row.lost,
        row.doubled,
        row.due,
        row.told,
        row.twice,
        row.repeated,
        row.tasks,
    )
    return [
        row.fault + (" **wrong**" if row.wrong and row.fault != "all" else ""),
        *(f"{figure:,}" for figure in figures),
        _seconds(row.seconds, 0.5),
        _seconds(row.seconds, 1.0),
    ]


def _seconds(found: Sequence[float], share: float) -> str:
    """The smallest value that this share of them does not exceed."""
    if not found:
        return ""
    ordered = sorted(found)
    return f"{ordered[max(math.ceil(len(ordered) * share) - 1, 0)]:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
