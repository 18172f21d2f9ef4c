"""Our people."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.process.people import Person
from shared.values.quantities import dumps


@dataclass(frozen=True, slots=True)
class Named:
    """A person as an account names them."""

    id: str
    name: str
    email: str | None
    roles: frozenset[str]


async def find(conn: AsyncConnection, person: str) -> Person | None:
    row = (await conn.execute(_FIND, {"ids": [person]})).one_or_none()
    return None if row is None else _person(row)


async def called(conn: AsyncConnection, name: str) -> Person | None:
    """With this id; else with this address, somebody who is active first."""
    row = (await conn.execute(_CALLED, {"name": name})).one_or_none()
    return None if row is None else _person(row)


async def shared(conn: AsyncConnection, ids: Iterable[str]) -> dict[str, Person]:
    """Those who exist; nobody changes them before this transaction ends."""
    rows = await conn.execute(_SHARED, {"ids": sorted(set(ids))})
    return {row.id: _person(row) for row in rows}


async def lock(conn: AsyncConnection) -> None:
    """One at a time writes persons: whose manager is whose is asked over all of them."""
    await conn.execute(_LOCK)


async def with_managers(conn: AsyncConnection, ids: Collection[str]) -> dict[str, Person]:
    """Those who exist, and everybody above them."""
    rows = await conn.execute(_WITH_MANAGERS, {"ids": sorted(set(ids))})
    return {row.id: _person(row) for row in rows}


def read(json: str | None) -> dict[str, Person]:
    """What `with_managers` answers, from `json_of` in another statement."""
    return {one.id: one for one in ([] if json is None else _DECODER.decode(json))}


async def has_address(conn: AsyncConnection, email: str, besides: str) -> bool:
    """Whether the address is another active person's."""
    given = {"email": email, "besides": besides}
    return bool((await conn.execute(_HAS_ADDRESS, given)).scalar_one())


async def page(
    conn: AsyncConnection,
    *,
    role: str | None,
    active: bool | None,
    email: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[tuple[datetime, Person]]:
    """Newest first, each with when it was made."""
    given = {
        "role": role,
        "active": active,
        "email": email,
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
        "limit": limit,
    }
    return [(row.created_at, _person(row)) for row in await conn.execute(_PAGE, given)]


async def put(conn: AsyncConnection, person: Person, now: datetime) -> bool:
    """Whether the person is new."""
    given = {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "roles": sorted(person.roles),
        "manager": person.manager,
        "active": person.active,
        "locale": person.locale,
        "time_zone": person.time_zone,
        "sales_trained": person.sales_trained,
        "close_authority": person.close_authority,
        "now": now,
    }
    return bool((await conn.execute(_PUT, given)).scalar_one())


async def make(conn: AsyncConnection, named: Sequence[Named], now: datetime) -> None:
    """Of those that accounts name and nobody knows; an address that somebody has is left out."""
    rows = [
        {"id": one.id, "name": one.name, "email": one.email, "roles": sorted(one.roles), "now": now}
        for one in sorted(named, key=lambda one: one.id)
    ]
    if rows:
        await conn.execute(_MAKE, rows)


async def restate(conn: AsyncConnection, person: Person) -> None:
    """Accounts that name this person take what they leave out from them."""
    authority = person.close_authority
    fields = {
        "name": person.name,
        "email": person.email,
        "sales_trained": person.sales_trained,
        "close_authority": None if authority is None else format(authority, "f"),
    }
    given = {"id": person.id, "fields": dumps(fields).decode()}
    for statement in (_RESTATE_CSM, _RESTATE_AE):
        await conn.execute(statement, given)


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        roles=frozenset(row.roles),
        manager=row.manager,
        active=row.active,
        locale=row.locale,
        time_zone=row.time_zone,
        sales_trained=row.sales_trained,
        close_authority=row.close_authority,
    )


_COLUMNS = """id, name, email, roles, manager, active, locale, time_zone, sales_trained,
    close_authority"""
_FIND = text(f"select {_COLUMNS} from person where id = any(cast(:ids as text[]))")
_CALLED = text(
    f"""
    select {_COLUMNS} from person where id = :name or lower(email) = lower(:name)
    order by id = :name desc, active desc, id limit 1
    """
)
_SHARED = text(
    f"select {_COLUMNS} from person where id = any(cast(:ids as text[])) order by id for share"
)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('person', 11))")


def _above(wanted: str) -> str:
    return f"""
        select {_COLUMNS} from person where {wanted}
        union
        select p.id, p.name, p.email, p.roles, p.manager, p.active, p.locale, p.time_zone,
            p.sales_trained, p.close_authority
        from above a join person p on p.id = a.manager
    """


def json_of(wanted: str) -> str:
    """Part of a statement: one row of `people`, for `read`: those whom the condition names, and
    everybody above them.
    """
    return f"""
        with recursive above as ({_above(wanted)})
        select json_agg(json_build_object('id', id, 'name', name, 'email', email, 'roles', roles,
            'manager', manager, 'active', active, 'locale', locale, 'time_zone', time_zone,
            'sales_trained', sales_trained, 'close_authority', close_authority::text))::text
            as people
        from above
    """


_DECODER = msgspec.json.Decoder(list[Person])
# Planned once and not each time: an array from a query looks equally long to the plan for any
# values and to the one for these.
_IDS = "id = any(cast((select cast(:ids as text[])) as text[]))"
_WITH_MANAGERS = text(f"with recursive above as ({_above(_IDS)}) select * from above")
_HAS_ADDRESS = text(
    """
    select exists (select from person
        where active and lower(email) = lower(:email) and id <> :besides)
    """
)
_PAGE = text(
    f"""
    select {_COLUMNS}, created_at from person
    where (cast(:role as text) is null or roles @> array[cast(:role as text)])
        and (cast(:active as boolean) is null or active = :active)
        and (cast(:email as text) is null or lower(email) = lower(:email))
        and (cast(:after_id as text) is null or (created_at, id) < (:after_at, :after_id))
    order by created_at desc, id desc limit :limit
    """
)
_PUT = text(
    """
    insert into person (id, name, email, roles, manager, active, locale, time_zone, sales_trained,
        close_authority, created_at, updated_at)
    values (:id, :name, :email, cast(:roles as text[]), :manager, :active, :locale, :time_zone,
        :sales_trained, :close_authority, :now, :now)
    on conflict (id) do update set name = excluded.name, email = excluded.email,
        roles = excluded.roles, manager = excluded.manager, active = excluded.active,
        locale = excluded.locale, time_zone = excluded.time_zone,
        sales_trained = excluded.sales_trained, close_authority = excluded.close_authority,
        updated_at = excluded.updated_at
    returning xmax = 0
    """
)
_MAKE = text(
    """
    insert into person (id, name, email, roles, created_at, updated_at)
    values (:id, :name, case when exists (select from person p where p.active
        and lower(p.email) = lower(:email)) then null else :email end, cast(:roles as text[]),
        :now, :now)
    on conflict do nothing
    """
)


def _restate(column: str) -> TextClause:
    """An account of a version before has no `stated`: it states everything."""
    return text(
        f"""
        update account set {column} = {column} || (
            select coalesce(jsonb_object_agg(f.key, f.value), '{{}}')
            from jsonb_each(cast(:fields as jsonb)) f
            where not {column} -> 'stated' @> to_jsonb(f.key))
        where {column} ->> 'id' = :id and jsonb_typeof({column} -> 'stated') = 'array'
        """
    )


_RESTATE_CSM, _RESTATE_AE = _restate("csm"), _restate("ae")
