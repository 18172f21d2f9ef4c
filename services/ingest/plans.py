"""What ingest reads of the trigger's tables: the catalogue in force, and where the billing periods of accounts begin."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.reading import Feed, feeds_of
from shared.catalog import parse_stored
from shared.isolation import Isolation
from shared.periods import Grid

PART = "periods"
"""What operators read where an account's periods cannot be worked out."""


class Catalogue:
    """The feeds of the catalogue in force, as of a revision of `plans`."""

    def __init__(self) -> None:
        self._revision = 0
        self._version: int | None = None
        self._feeds: Mapping[str, Feed] = {}

    async def feeds(self, conn: AsyncConnection, revision: int) -> Mapping[str, Feed]:
        """By event type; none before the first catalogue. `revision` was read in this transaction."""
        if revision != self._revision:
            row = (await conn.execute(_NEWEST)).one_or_none()
            if row is not None and row.version != self._version:
                self._feeds, self._version = feeds_of(parse_stored(row.body)), row.version
            self._revision = revision
        return self._feeds


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An account's grid, and the revision with which it came."""

    grid: Grid
    revision: int


async def plans_revision(conn: AsyncConnection) -> int:
    found = (await conn.execute(text("select value from revision where name = 'plans'"))).scalar_one()
    assert isinstance(found, int)
    return found


async def subscribed(conn: AsyncConnection, accounts: Collection[str], isolation: Isolation) -> dict[str, Subscribed]:
    """Those of these accounts that have, or had, a subscription: an ended one keeps its grid until another replaces it.

    `isolation` takes down whose grid cannot be made; they are not among those returned.
    """
    found = {}
    for row in await conn.execute(_SUBSCRIBED, {"accounts": list(accounts)}):
        with isolation.of(row.account, PART):
            found[row.account] = Subscribed(Grid(row.anchor or row.started_at, row.interval, row.time_zone), row.revision)
    return found


async def changed_since(conn: AsyncConnection, revision: int, most: int) -> dict[str, int]:
    """About `most` accounts whose grid may have changed since then, with the revisions that did it, lowest first."""
    rows = await conn.execute(_CHANGED, {"revision": revision, "most": most})
    return {row.account: row.revision for row in rows}


_NEWEST = text("select version, body from catalog order by revision desc limit 1")
_SUBSCRIBED = text(
    """
    select s.account, s.started_at, s.anchor, s.interval, s.revision, a.time_zone
    from subscription s join account a on a.id = s.account where s.account = any(:accounts)
    """
)
# One change may have touched several accounts: whoever shares the last revision comes too.
_CHANGED = text(
    """
    select account, revision from subscription
    where revision > :revision and revision <= (
        select max(revision) from (select revision from subscription where revision > :revision order by revision limit :most) as next
    )
    order by revision
    """
)
