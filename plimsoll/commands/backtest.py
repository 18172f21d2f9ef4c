"""`plimsoll backtest --catalog FILE --since 90d`: who would have been told what, and how often,
compared with what was sent.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from plimsoll.commands.catalog import read_catalog
from plimsoll.installation import clock_of, database_url, installation
from plimsoll.options import data_argument
from services.trigger.backtest.rows import Report, Row
from services.trigger.backtest.run import Asked, span
from services.trigger.backtest.workers import run_shared
from shared.postgres.database import create_engine
from shared.runtime.settings import Settings
from shared.values.quantities import dumps

_HEAD = ("account", "meter", "threshold", "kind", "outcome", "would", "sent")
_TOTAL = ("all", "", "", "", "")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--catalog",
        required=True,
        type=Path,
        metavar="FILE",
        help="the catalogue to try, YAML or JSON",
    )
    parser.add_argument(
        "--since",
        type=_since,
        default=timedelta(days=90),
        metavar="SPAN",
        help="how far back: 90d, 12w, 48h (default: 90d)",
    )
    parser.add_argument("--account", help="only this account")
    parser.add_argument(
        "--json", action="store_true", help="every single message, as in the API's response"
    )
    data_argument(parser)


def _since(text: str) -> timedelta:
    try:
        return span(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(args: argparse.Namespace) -> int:
    asked = Asked(read_catalog(args.catalog), args.since, args.account)
    report = asyncio.run(_ask(installation(args), asked))
    if args.json:
        print(dumps(report.json()).decode())
        return 0
    for line in table(report):
        print(line)
    for line in summary(report):
        print(line)
    return 0


async def _ask(settings: Settings, asked: Asked) -> Report:
    engine = create_engine(database_url(settings), name="plimsoll-backtest", pool_size=1)
    try:
        clock = await clock_of(settings, engine)
        return await run_shared(engine, database_url(settings), asked, clock.now())
    finally:
        await engine.dispose()


def table(report: Report) -> Iterator[str]:
    """A line per account and message, with a count; differences are marked: `*` due to the
    catalogue, `~` only for another reason.
    """
    would, sent = _counted(report.would), _counted(report.sent)
    differing = {_what(row): "~" for row in report.differing} | {
        _what(row): "*" for row in report.differing if row.differs_by is None
    }
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += [
        (*what, str(would[what]), str(sent[what])) for what in sorted(would.keys() | sent.keys())
    ]
    rows.append((*_TOTAL, str(len(report.would)), str(len(report.sent))))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield (
            f"{differing.get(row[:5], ' ')} "
            f"{'  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))}"
        ).rstrip()


_BESIDE = {
    "grain": (
        "because usage is stored by the hour: "
        "a rise and fall within an hour is not seen, and steps within one are one message"
    ),
    "plan_change": (
        "because the contract changed later: plan, add-ons and agreed limits are the current ones"
    ),
    "version": "because the account keeps the prices and limits of an earlier catalogue version",
}


def summary(report: Report) -> Iterator[str]:
    """First the differences for other reasons than the catalogue (~), then those due to the
    catalogue (*).
    """
    yield "Usage is known by the hour."
    for reason, words in _BESIDE.items():
        if count := sum(row.differs_by == reason for row in report.differing):
            yield f"~ {count} differ {words}."
    would, sent = (
        sum(row.differs_by is None for row in rows)
        for rows in (report.only_would, report.only_sent)
    )
    yield f"{would} messages would have gone out that did not; {sent} went out that would not have."


def _counted(rows: Sequence[Row]) -> Counter[tuple[str, ...]]:
    return Counter(_what(row) for row in rows)


def _what(row: Row) -> tuple[str, ...]:
    return row.account, row.meter or "", row.threshold or "", row.kind, row.outcome
