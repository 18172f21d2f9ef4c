"""What ingest reads from trigger's tables: the catalogue in force, and where the accounts' periods
begin.
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.meter_amounts import Feed, feeds_of
from shared.catalog import Aggregation, parse_stored
from shared.loop.isolation import Isolation
from shared.values.periods import CALENDAR, Grid, Reset

PART = "periods"
"""The part that operators see if an account's periods cannot be computed."""


@dataclass(frozen=True, slots=True)
class Resets:
    """When each meter of the catalogue in force resets, and the revision of that catalogue."""

    by_meter: Mapping[str, Reset]
    revision: int


class Catalogue:
    """The catalogue in force, as of a revision of `plans`; empty before the first one."""

    def __init__(self) -> None:
        self._revision = 0
        self._version: int | None = None
        self.feeds: Mapping[str, Feed] = {}
        """By event type."""
        self.resets = Resets({}, 0)
        self.aggregations: Mapping[str, Aggregation] = {}
        """By meter."""
        self.counters: Set[str] = frozenset()
        """Meters that add up events and begin again with each period."""

    async def follow(self, conn: AsyncConnection, revision: int) -> None:
        """`revision` must have been read in this transaction."""
        if revision == self._revision:
            return
        row = (await conn.execute(_NEWEST)).one_or_none()
        if row is not None and row.version != self._version:
            catalog = parse_stored(row.body)
            self.feeds, self._version = feeds_of(catalog), row.version
            self.resets = Resets(
                {key: meter.reset for key, meter in catalog.meters.items()}, row.revision
            )
            self.aggregations = {key: one.aggregation for key, one in catalog.meters.items()}
            self.counters = {
                key
                for key, one in catalog.meters.items()
                if not one.is_gauge and one.aggregation in ("count", "sum")
            }
        self._revision = revision


async def rated(conn: AsyncConnection) -> Set[str] | None:
    """The meters that have a rate in some plan or account: those that the timer of rates was last
    looked at for. None: all may have one, for it has not been looked at.
    """
    payload = (await conn.execute(_RATES)).scalar_one_or_none()
    if payload is None:
        return frozenset()
    named = msgspec.json.decode(payload, type=_Rates).meters
    return None if named is None else frozenset(named)


class _Rates(msgspec.Struct):
    meters: list[str] | None = None


async def resets_since(conn: AsyncConnection, revision: int) -> list[Mapping[str, Reset]]:
    """By which resets usage may have been counted or moved since: those of every catalogue that was
    in force.
    """
    bodies = (await conn.execute(_CATALOGUES_SINCE, {"revision": revision})).scalars()
    return [
        {key: meter.reset for key, meter in parse_stored(body).meters.items()} for body in bodies
    ]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An account's grid and its revision."""

    grid: Grid
    revision: int


UNSUBSCRIBED = Subscribed(CALENDAR, 0)


async def plans_revision(conn: AsyncConnection) -> int:
    found = (
        await conn.execute(text("select value from revision where name = 'plans'"))
    ).scalar_one()
    assert isinstance(found, int)
    return found


async def subscribed(
    conn: AsyncConnection, accounts: Collection[str], isolation: Isolation
) -> dict[str, Subscribed]:
    """Which of these accounts have, or had, a subscription: an ended one keeps its grid until
    another replaces it.

    `isolation` records accounts whose grid cannot be built; they are not returned.
    """
    found = {}
    for row in await conn.execute(_SUBSCRIBED, {"accounts": list(accounts)}):
        with isolation.of(row.account, PART):
            found[row.account] = Subscribed(
                Grid(row.anchor or row.started_at, row.interval, row.time_zone), row.revision
            )
    return found


async def changed_since(conn: AsyncConnection, revision: int, most: int) -> dict[str, int]:
    """About `most` accounts whose grid may have changed since then, with the revisions, lowest
    first.
    """
    rows = await conn.execute(_CHANGED, {"revision": revision, "most": most})
    return {row.account: row.revision for row in rows}


_RATES = text("select payload::text from due where account = '' and purpose = 'rates'")
_NEWEST = text("select version, revision, body from catalog order by revision desc limit 1")
_CATALOGUES_SINCE = text("select body from catalog where revision > :revision")
_SUBSCRIBED = text(
    """
    select s.account, s.started_at, s.anchor, s.interval, s.revision, a.time_zone
    from subscription s join account a on a.id = s.account where s.account = any(:accounts)
    """
)
# One change may have touched several accounts: all with the last revision are included.
_CHANGED = text(
    """
    select account, revision from subscription
    where revision > :revision and revision <= (
        select max(revision) from (select revision from subscription
            where revision > :revision order by revision limit :most) as next
    )
    order by revision
    """
)
