"""Lists that people saved: `saved_view`, a name and an address."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class SavedView:
    name: str
    address: str


async def of_person(conn: AsyncConnection, person: str) -> Sequence[SavedView]:
    """By name."""
    rows = await conn.execute(_OF_PERSON, {"person": person})
    return [SavedView(row.name, row.address) for row in rows]


async def put(conn: AsyncConnection, person: str, view: SavedView, most: int) -> bool:
    """Under a name that is there already it is another address. False: they have `most` others."""
    await conn.execute(_LOCK, {"person": f"saved_view {person}"})
    given = {"person": person, "name": view.name, "address": view.address, "most": most}
    return (await conn.execute(_PUT, given)).rowcount == 1


async def delete(conn: AsyncConnection, person: str, name: str) -> None:
    await conn.execute(_DELETE, {"person": person, "name": name})


_OF_PERSON = text("select name, address from saved_view where person = :person order by name")
# Two at once would both count what the other one is about to add.
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:person, 0))")
_PUT = text(
    """
    insert into saved_view (person, name, address)
    select :person, :name, :address
        where (select count(*) from saved_view where person = :person and name <> :name) < :most
    on conflict (person, name) do update set address = excluded.address
    """
)
_DELETE = text("delete from saved_view where person = :person and name = :name")
