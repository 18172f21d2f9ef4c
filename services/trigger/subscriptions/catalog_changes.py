"""The catalogue that is in force from now on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.alerts import rate_watch, rates
from services.trigger.catalog_in_force import Applied
from services.trigger.tables import catalogs, due
from services.trigger.tables.catalogs import Catalogs
from shared.audit import trail
from shared.audit.trail import Author, Done
from shared.catalog import Catalog, CatalogError
from shared.loop import parked_rows
from shared.values.faults import Fault, pointer_part

CATALOG, CATALOG_LOOK = "catalog", "catalog_look"
"""Timers: pages of accounts to evaluate again after the meters changed, and each of those accounts.
"""
_SEEN_ONCE = (
    "must stay never: a unique meter that never resets stores only the first visit of each member, "
    "so its usage cannot be split into periods; give the new meter another id"
)


@dataclass(frozen=True, slots=True)
class Application:
    """Of a catalogue. `text`: as it was written, if it is YAML. `on`: the version that is to be
    replaced, 0 if there is none yet; None: whatever is in force.
    """

    text: bytes | None = None
    on: int | None = None


ANYHOW = Application()


class Superseded(Exception):
    """Another version is in force than the one to be replaced."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


async def apply_catalog(
    conn: AsyncConnection,
    known: Catalogs,
    catalog: Catalog,
    author: Author,
    now: datetime,
    how: Application = ANYHOW,
) -> int:
    """Returns its version. The same content keeps its version; if the meters change, all accounts
    are evaluated again in the background.

    Raises Superseded, and CatalogError if usage that was counted cannot be counted in the new way.
    """
    await catalogs.lock_plans(conn)
    before = await check_catalog(conn, known, catalog, how)
    if before is not None and before.catalog == catalog:
        await catalogs.reword(conn, before.version, how.text)
        return before.version
    revision = await catalogs.raise_plans(conn)
    version = await catalogs.store(conn, catalog, revision, now, author, how.text)
    old = None if before is None else {"version": before.version}
    done = Done("apply", "catalogue", str(version), now, before=old, after={"version": version})
    await trail.write(conn, author, done)
    await parked_rows.hasten(conn, "trigger", now)  # this catalogue may fix what another one broke
    if rates.lowest([catalog]):
        await rate_watch.expect(conn, now)
    if _is_counted_otherwise(before, catalog):
        await due.schedule(conn, due.NOBODY, CATALOG, now, {"after": ""})
    return version


async def check_catalog(
    conn: AsyncConnection, known: Catalogs, catalog: Catalog, how: Application = ANYHOW
) -> Applied | None:
    """Raises what `apply_catalog` would, and changes nothing. Returns the one in force."""
    before = await known.in_force(conn)
    in_force = before.version if before else 0
    if how.on is not None and how.on != in_force:
        raise Superseded(in_force)
    if before is None or before.catalog == catalog:
        return before
    if faults := await _uncountable(conn, known, before.catalog, catalog):
        raise CatalogError(faults)
    return before


async def _uncountable(
    conn: AsyncConnection, known: Catalogs, before: Catalog, after: Catalog
) -> list[Fault]:
    """Meters whose usage so far would have to be known in more detail than was kept, also usage of
    a meter that was left out in between. All other changes of `reset` move usage exactly.
    """
    again = {
        key
        for key, meter in after.meters.items()
        if key not in before.meters and not meter.is_gauge
    }
    counted = {**before.meters, **await known.last_meters(conn, again)}
    return [
        Fault(f"/meters{pointer_part(key)}/reset", _SEEN_ONCE)
        for key, meter in counted.items()
        if meter.aggregation == "unique"
        and meter.is_gauge
        and key in after.meters
        and not after.meters[key].is_gauge
    ]


def _is_counted_otherwise(before: Applied | None, catalog: Catalog) -> bool:
    return before is not None and before.catalog.meters != catalog.meters
