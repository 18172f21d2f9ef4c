"""`unique_member`: which members were seen in which period, and in which hours of which days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.counting import Place


class Seen(NamedTuple):
    """A member (by digest) in a place."""

    place: Place
    member: bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """A member's hours of one day, one bit each; for a gauge, `day` is the first on which the
    member was seen.
    """

    seen: Seen
    day: date
    hours: int


async def known(conn: AsyncConnection, asked: Collection[Seen]) -> set[Seen]:
    """Which of these were seen in their place before."""
    rows = await conn.execute(_KNOWN, _columns(sorted(asked)))
    return {Seen((row.account, row.meter, row.period_start), row.member) for row in rows}


async def note(conn: AsyncConnection, sightings: Iterable[Sighting]) -> None:
    """Adds the hours to the stored ones of these days."""
    days: dict[tuple[Seen, date], int] = defaultdict(int)
    for sighting in sightings:
        days[sighting.seen, sighting.day] |= sighting.hours
    if days:
        ordered = sorted(days)
        columns = _columns([seen for seen, _ in ordered])
        await conn.execute(
            _NOTE,
            columns
            | {"days": [day for _, day in ordered], "hours": [days[key] for key in ordered]},
        )


async def of_meters(conn: AsyncConnection, meters: Collection[tuple[str, str]]) -> list[Sighting]:
    """Every sighting for these (account, meter) pairs; for a gauge, the first of each member."""
    rows = await conn.execute(_OF_METERS, _pairs(meters))
    return [
        Sighting(Seen((row.account, row.meter, row.period_start), row.member), row.day, row.hours)
        for row in rows
    ]


async def forget(conn: AsyncConnection, meters: Collection[tuple[str, str]]) -> None:
    """Deletes all sightings for these (account, meter) pairs."""
    await conn.execute(_FORGET, _pairs(meters))


def _pairs(meters: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    return {
        "accounts": [account for account, _ in meters],
        "meters": [meter for _, meter in meters],
    }


def _columns(asked: Sequence[Seen]) -> dict[str, Any]:
    return {
        "accounts": [seen.place[0] for seen in asked],
        "meters": [seen.place[1] for seen in asked],
        "starts": [seen.place[2] for seen in asked],
        "members": [seen.member for seen in asked],
    }


_KNOWN = text(
    """
    select distinct m.account, m.meter, m.period_start, m.member
    from unnest(cast(:accounts as text[]), cast(:meters as text[]), cast(:starts as timestamptz[]),
        cast(:members as bytea[]))
         as a(account, meter, period_start, member)
    join unique_member m using (account, meter, period_start, member)
    """
)
_NOTE = text(
    """
    insert into unique_member as m (account, meter, period_start, member, day, hours)
    select * from unnest(cast(:accounts as text[]), cast(:meters as text[]),
        cast(:starts as timestamptz[]), cast(:members as bytea[]),
                         cast(:days as date[]), cast(:hours as int[]))
    on conflict (account, meter, period_start, member, day) do update
        set hours = m.hours | excluded.hours
    where m.hours | excluded.hours <> m.hours
    """
)
_OF_METERS = text(
    """
    select m.account, m.meter, m.period_start, m.member, m.day, m.hours
    from unnest(cast(:accounts as text[]), cast(:meters as text[])) as w(account, meter)
         join unique_member m on m.account = w.account and m.meter = w.meter
    """
)
_FORGET = text(
    """
    delete from unique_member m using unnest(cast(:accounts as text[]),
        cast(:meters as text[])) as f(account, meter)
    where m.account = f.account and m.meter = f.meter
    """
)
