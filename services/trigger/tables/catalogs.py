"""Catalogue versions, and the revision by which ingest notices changes of plans."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.catalog_in_force import Applied
from shared.audit.trail import Author
from shared.catalog import Catalog, Meter, canonical, parse_stored
from shared.postgres import changes
from shared.postgres.database import LOCKS
from shared.values.quantities import dumps


class Catalogs:
    """Catalogue versions, each read once, since a version never changes.

    Which one is in force is read in every transaction.
    """

    def __init__(self) -> None:
        self._known: dict[int, Catalog] = {}

    async def in_force(self, conn: AsyncConnection) -> Applied | None:
        """None if no catalogue has been applied yet."""
        return await self._applied(conn, (await conn.execute(_NEWEST)).scalar_one_or_none())

    async def in_force_locking(
        self, conn: AsyncConnection, accounts: Collection[str]
    ) -> Applied | None:
        """The same, and takes the accounts' locks with the same statement."""
        row = (await conn.execute(_NEWEST_LOCKING, {"accounts": sorted(set(accounts))})).one()
        return await self._applied(conn, row.version)

    async def _applied(self, conn: AsyncConnection, version: int | None) -> Applied | None:
        return None if version is None else Applied(version, await self.version(conn, version))

    async def version(self, conn: AsyncConnection, version: int) -> Catalog:
        """A version that a subscription was sold with; KeyError if there is none."""
        if version not in self._known:
            body = (await conn.execute(_BODY, {"version": version})).scalar_one_or_none()
            if body is None:
                raise KeyError(version)
            self._known[version] = parse_stored(bytes(body))
        return self._known[version]

    async def last_meters(self, conn: AsyncConnection, wanted: Collection[str]) -> dict[str, Meter]:
        """Those of these meters that any version had, each as the newest version that had it."""
        found: dict[str, Meter] = {}
        versions = (
            (await conn.execute(_NAMING, {"ids": [dumps(one).decode() for one in wanted]}))
            .scalars()
            .all()
            if wanted
            else ()
        )
        for version in versions:
            meters = (await self.version(conn, version)).meters
            found = {key: meters[key] for key in wanted if key in meters} | found
        return found

    async def find(self, conn: AsyncConnection, catalog: Catalog) -> int | None:
        """The version with this content; None if it would be a new one."""
        found: int | None = (
            await conn.execute(_FIND, {"digest": sha256(canonical(catalog)).digest()})
        ).scalar_one_or_none()
        return found


async def lock_plans(conn: AsyncConnection) -> None:
    """Taken before any other lock, so that nothing is counted under a plan that is about to change
    (docs/architecture.md, "Locks").
    """
    await conn.execute(_LOCK)


async def raise_plans(conn: AsyncConnection) -> int:
    """The revision for this transaction's changes; ingest reloads all that is above its own."""
    return int((await conn.execute(_RAISE)).scalar_one())


async def store(
    conn: AsyncConnection,
    catalog: Catalog,
    revision: int,
    now: datetime,
    author: Author,
    written: bytes | None,
) -> int:
    """Returns its version: a new one, or the old one if the same content was applied before.

    In force from this revision on.
    """
    body = canonical(catalog)
    given = {"body": body, "digest": sha256(body).digest(), "revision": revision, "now": now}
    who = {"by_kind": author.kind, "by_id": author.id, "written": written}
    version = int((await conn.execute(_STORE, given | who)).scalar_one())
    changes.note(conn, "catalogue", [str(version)])
    return version


async def reword(conn: AsyncConnection, version: int, written: bytes | None) -> None:
    """The same content in other words: its comments may be others. JSON (None) has none."""
    if written is not None:
        await conn.execute(_REWORD, {"version": version, "written": written})


async def written(conn: AsyncConnection, version: int) -> bytes | None:
    """The text of a version as it was last applied; None if that was not YAML, or is unknown."""
    found = (await conn.execute(_WRITTEN, {"version": version})).scalar_one_or_none()
    return None if found is None else bytes(found)


async def accounts_on(conn: AsyncConnection, now: datetime) -> dict[str, int]:
    """How many accounts have a running subscription to each plan, whichever version sold it."""
    return {row.plan: row.accounts for row in await conn.execute(_ON_PLANS, {"now": now})}


async def page(
    conn: AsyncConnection, before: int | None, limit: int, now: datetime
) -> Sequence[Row[Any]]:
    """Versions below this revision, the last one applied first, with who applied them and how many
    running subscriptions were sold with each.
    """
    given = {"before": before, "limit": limit, "now": now}
    return (await conn.execute(_PAGE, given)).all()


_VERSION = "select version from catalog order by revision desc limit 1"
_NEWEST = text(_VERSION)
_NEWEST_LOCKING = text(
    f"select ({_VERSION}) as version, (select count(l.taken) from ({LOCKS}) l) as locks"
)
_BODY = text("select body from catalog where version = :version")
_NAMING = text(
    """
    select version from catalog
    where exists (select from unnest(cast(:ids as text[])) as i(id) where position(convert_to(i.id,
        'UTF8') in body) > 0)
    order by revision desc
    """
)
_FIND = text("select version from catalog where digest = :digest")
_LOCK = text("select value from revision where name = 'plans' for update")
_RAISE = text("update revision set value = value + 1 where name = 'plans' returning value")
_STORE = text(
    """
    insert into catalog (version, body, digest, revision, applied_at, by_kind, by_id, written)
    values ((select coalesce(max(version), 0) + 1 from catalog), :body, :digest, :revision, :now,
        :by_kind, :by_id, :written)
    on conflict (digest) do update set revision = excluded.revision,
        applied_at = excluded.applied_at, by_kind = excluded.by_kind, by_id = excluded.by_id,
        written = coalesce(excluded.written, catalog.written)
    returning version
    """
)
_REWORD = text(
    "update catalog set written = :written "
    "where version = :version and written is distinct from cast(:written as bytea)"
)
_WRITTEN = text("select written from catalog where version = :version")
_RUNNING = "started_at <= :now and (ended_at is null or ended_at > :now)"
_ON_PLANS = text(
    f"select plan, count(*) as accounts from subscription where {_RUNNING} group by plan"
)
_PAGE = text(
    f"""
    select c.version, c.revision, c.applied_at, c.by_kind, c.by_id,
        coalesce(s.accounts, 0) as accounts
    from (select * from catalog where cast(:before as bigint) is null or revision < :before
          order by revision desc limit :limit) c
    left join (select catalog_version, count(*) as accounts from subscription
               where {_RUNNING} group by catalog_version) s on s.catalog_version = c.version
    order by c.revision desc
    """
)
