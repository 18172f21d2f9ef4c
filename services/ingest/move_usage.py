"""Moves the usage of meters whose periods have changed: reads all of it, lets `moving` decide,
writes the changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.calendars import Calendar, hour_start
from services.ingest.counting import Cell, Members, Place, Slot
from services.ingest.period_moves import Event, Moved, Past, Visit, in_place, move
from services.ingest.tables import hours, members, totals, unassigned
from services.ingest.tables.members import Seen, Sighting
from services.ingest.tables.plans import PART, Resets, Subscribed
from services.ingest.tables.totals import Due, Held
from services.ingest.tables.unassigned import LooseUsage
from shared.loop.isolation import Isolation
from shared.values.periods import CALENDAR

Meter = tuple[str, str]
"""An account and one of its meters."""


async def reassign_periods(
    conn: AsyncConnection, accounts: Mapping[str, Subscribed], resets: Resets
) -> list[Due]:
    """Moves every total of these accounts into a period of its meter. Returns the totals that
    trigger must look at: the newest changed total of each meter.

    The caller owns each account's partition in a fenced turn: nobody counts for them meanwhile.
    Raises AccountsFailed for those whose periods cannot be computed; the transaction must then be
    rolled back. Meters not in `resets` are left unchanged.
    """
    if not accounts:
        return []
    isolation = Isolation()
    held = _by_meter(await totals.lock(conn, accounts), resets)
    waiting = await unassigned.of_accounts(
        conn, [account for account, one in accounts.items() if one.grid is not CALENDAR]
    )
    misplaced = _misplaced(accounts, resets, held, isolation)
    misplaced |= {(one.account, one.meter) for one in waiting if one.meter in resets.by_meter}
    isolation.check()
    pasts = await _pasts(conn, misplaced, held, waiting)
    moved: dict[Meter, Moved] = {}
    for meter, past in pasts.items():
        with isolation.of(meter[0], PART):
            moved[meter] = move(past, _calendar(accounts, meter, resets))
    isolation.check()
    await _write_members(
        conn, moved, {meter for meter, past in pasts.items() if past.aggregation == "unique"}
    )
    if waiting:
        await unassigned.forget(conn, {usage.account for usage in waiting})
    epochs = {meter: max(accounts[meter[0]].revision, resets.revision) for meter in misplaced}
    return _newest(await _write_totals(conn, epochs, moved, held))


def _misplaced(
    accounts: Mapping[str, Subscribed],
    resets: Resets,
    held: Mapping[Meter, Sequence[Held]],
    isolation: Isolation,
) -> set[Meter]:
    """The meters with a total that is not in a period of its meter."""
    found = set()
    for meter, rows in held.items():
        with isolation.of(meter[0], PART):
            calendar = _calendar(accounts, meter, resets)
            if not in_place(calendar, [(row.place[2], row.end) for row in rows]):
                found.add(meter)
    return found


async def _write_totals(
    conn: AsyncConnection,
    epochs: Mapping[Meter, int],
    moved: Mapping[Meter, Moved],
    held: Mapping[Meter, Sequence[Held]],
) -> list[Due]:
    """Writes the moved totals of the meters in `epochs`, each with its epoch. Returns those that
    trigger must look at.
    """
    due = []
    for epoch, meters in groupby(sorted(epochs, key=epochs.__getitem__), key=epochs.__getitem__):
        cells: dict[Place, Cell] = {}
        gone: set[Place] = set()
        for meter in meters:
            cells |= {(*meter, start): cell for start, cell in moved[meter].totals.items()}
            gone |= {row.place for row in held.get(meter, ())}
        due += await totals.replace(conn, gone - cells.keys(), cells, epoch)
    return due


def _calendar(accounts: Mapping[str, Subscribed], meter: Meter, resets: Resets) -> Calendar:
    return Calendar(accounts[meter[0]].grid, resets.by_meter[meter[1]])


def _by_meter(rows: Iterable[Held], resets: Resets) -> dict[Meter, list[Held]]:
    found: dict[Meter, list[Held]] = defaultdict(list)
    for row in rows:
        if row.place[1] in resets.by_meter:
            found[row.place[:2]].append(row)
    return found


def _newest(due: Iterable[Due]) -> list[Due]:
    """One per meter is enough: trigger then looks at all of its periods that are not over or have
    not been examined since.
    """
    return list({one.place[:2]: one for one in sorted(due, key=lambda one: one.place)}.values())


async def _pasts(
    conn: AsyncConnection,
    wanted: Collection[Meter],
    held: Mapping[Meter, Sequence[Held]],
    waiting: Sequence[LooseUsage],
) -> dict[Meter, Past]:
    """Reads all usage of these meters."""
    if not wanted:
        return {}
    pasts: dict[Meter, Past] = {}
    for meter in sorted(wanted):
        for row in held.get(meter, ()):
            past = pasts.setdefault(meter, Past(row.aggregation))
            past.last += [row.last_event_at] if row.last_event_at else []
    for usage in waiting:
        if (meter := (usage.account, usage.meter)) in wanted:
            past = pasts.setdefault(meter, Past(usage.aggregation))
            amounts: list[Decimal | bytes] = [*map(Decimal, usage.amounts), *usage.members]
            past.events += map(Event, usage.times, amounts)
    for day in await hours.of_meters(conn, wanted):
        pasts[day.account, day.meter].add_day(day.first, day.amounts, day.measured)
    for sighting in await members.of_meters(conn, wanted):
        pasts[sighting.seen.place[:2]].visits.update(_visits(sighting))
    return pasts


def _visits(sighting: Sighting) -> Iterable[Visit]:
    first = int(datetime.combine(sighting.day, datetime.min.time(), UTC).timestamp()) // 3600
    return (
        Visit(sighting.seen.member, first + hour)
        for hour in range(24)
        if sighting.hours & 1 << hour
    )


async def _write_members(
    conn: AsyncConnection, moved: Mapping[Meter, Moved], unique: Collection[Meter]
) -> None:
    if not unique:
        return
    sightings = [
        Sighting(
            Seen((*meter, start), visit.member), hour_start(visit.hour).date(), 1 << visit.hour % 24
        )
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
