"""Moves the usage of accounts whose billing periods have changed: reads all of it, has `moving` decide, writes what changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import hour_start
from services.ingest.counting import Cell, Members, Place, Slot
from services.ingest.moving import Event, HourOf, Moved, Past, Visit, in_place, move
from services.ingest.plans import PART, Subscribed
from services.ingest.tables import hours, loose, members, totals
from services.ingest.tables.loose import LooseUsage
from services.ingest.tables.members import Seen, Sighting
from services.ingest.tables.totals import Due, Held
from shared.isolation import Isolation

Meter = tuple[str, str]
"""An account and one of its meters."""


async def lay_out(conn: AsyncConnection, accounts: Mapping[str, Subscribed]) -> list[Due]:
    """Makes every total of these accounts one of a period of their grids. Returns the totals that are not what they were.

    The caller owns the partition of each in a fenced turn: nobody counts for them meanwhile. Raises AccountsFailed for those whose
    periods cannot be worked out: then nothing of the transaction may be kept.
    """
    if not accounts:
        return []
    isolation = Isolation()
    held = _by_account(await totals.lock(conn, accounts))
    waiting = await loose.of_accounts(conn, accounts)
    misplaced = {usage.account for usage in waiting}
    for account, rows in held.items():
        with isolation.of(account, PART):
            if not in_place(accounts[account].grid, [(row.place[2], row.end) for row in rows]):
                misplaced.add(account)
    isolation.check()
    if not misplaced:
        return []
    pasts = await _pasts(conn, misplaced, [row for account in sorted(misplaced) for row in held[account]], waiting)
    moved: dict[Meter, Moved] = {}
    for meter, past in pasts.items():
        with isolation.of(meter[0], PART):
            moved[meter] = move(past, accounts[meter[0]].grid)
    isolation.check()
    await _write_members(conn, moved, {meter for meter, past in pasts.items() if past.aggregation == "unique"})
    await loose.forget(conn, misplaced)
    due = []
    for account in sorted(misplaced):
        cells: dict[Place, Cell] = {
            (*meter, start): cell for meter, one in moved.items() if meter[0] == account for start, cell in one.totals.items()
        }
        gone = {row.place for row in held[account]} - cells.keys()
        due += await totals.replace(conn, gone, cells, accounts[account].revision)
    return due


def _by_account(rows: Iterable[Held]) -> Mapping[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    for row in rows:
        found[row.place[0]].append(row)
    return found


async def _pasts(
    conn: AsyncConnection, accounts: Collection[str], held: Sequence[Held], waiting: Sequence[LooseUsage]
) -> dict[Meter, Past]:
    """All usage of their meters that reset."""
    pasts: dict[Meter, Past] = {}
    for row in held:
        past = pasts.setdefault(row.place[:2], Past(row.aggregation))
        past.last += [row.last_event_at] if row.last_event_at else []
    for usage in waiting:
        past = pasts.setdefault((usage.account, usage.meter), Past(usage.aggregation))
        amounts: list[Decimal | bytes] = [*map(Decimal, usage.amounts), *usage.members]
        past.events += map(Event, usage.times, amounts)
    for hour in await hours.of_accounts(conn, accounts):
        if (meter := hour.slot[:2]) in pasts:
            pasts[meter].hours[hour.slot[2]] = HourOf(hour.amount, hour.measured)
    for sighting in await members.of_accounts(conn, accounts):
        if (meter := sighting.seen.place[:2]) in pasts:
            pasts[meter].visits.update(_visits(sighting))
    return pasts


def _visits(sighting: Sighting) -> Iterable[Visit]:
    first = int(datetime.combine(sighting.day, datetime.min.time(), UTC).timestamp()) // 3600
    return (Visit(sighting.seen.member, first + hour) for hour in range(24) if sighting.hours & 1 << hour)


async def _write_members(conn: AsyncConnection, moved: Mapping[Meter, Moved], unique: Collection[Meter]) -> None:
    if not unique:
        return
    sightings = [
        Sighting(Seen((*meter, start), visit.member), hour_start(visit.hour).date(), 1 << visit.hour % 24)
        for meter in unique
        for start, visits in moved[meter].visits.items()
        for visit in visits
    ]
    await members.forget(conn, unique)
    await members.note(conn, sightings)
    cells: dict[Slot, Cell] = {}
    for meter in unique:
        for hour, new in moved[meter].new_members.items():
            cells[(*meter, hour)] = Members(None, new, hour_start(hour), 0)
    await hours.replace(conn, unique, cells)
