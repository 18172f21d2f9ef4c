"""Searching accounts and their contacts by name, and what belongs to the accounts found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.overview import names
from services.trigger.overview.entries import SearchEntry
from shared.erasure.requests import spares

MOST = 10
"""Of each kind."""
NEAR = 5
"""Of other spellings."""
COMMON = 2_000
"""What more accounts have in their names than this is looked for account by account."""
_HIGHEST = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `folded` is not empty."""

    typed: str
    folded: str

    @classmethod
    def of(cls, typed: str) -> "Wanted | None":
        """None: nothing that could be looked for."""
        folded = names.fold(typed)
        return cls(typed.strip(), folded) if folded else None

    @property
    def condition(self) -> str:
        """On a row `s`; a single character is in no pair."""
        pairs = "s.grams @> name_pairs(:folded) and " if len(self.folded) > 1 else ""
        return f"{pairs}s.folded like :pattern"

    @property
    def given(self) -> dict[str, Any]:
        anywhere = {"pattern": names.pattern(self.folded)}
        return anywhere | ({"folded": self.folded} if len(self.folded) > 1 else {})

    @property
    def beginnings(self) -> dict[str, str]:
        """Between these are the names that begin with it."""
        return {"from": self.folded, "below": self.folded + _HIGHEST, "whole": self.folded + " "}


async def put(
    conn: AsyncConnection, accounts: Collection[str], entries: Sequence[SearchEntry]
) -> None:
    """All that can be found of these accounts; what is stored already is left alone."""
    ordered = sorted(entries, key=lambda one: (one.account, one.kind, one.id))
    columns = {
        "accounts": [one.account for one in ordered],
        "kinds": [one.kind for one in ordered],
        "ids": [one.id for one in ordered],
        "folded": [one.folded for one in ordered],
    }
    await conn.execute(_PUT, columns | {"of": sorted(accounts)})


async def accounts(conn: AsyncConnection, wanted: Wanted) -> list[Row[Any]]:
    """Whole names first, then beginnings, then the shortest: `id`, `name`, `plan`."""
    return list(await conn.execute(_found(wanted, "account", _ACCOUNTS), _given(wanted)))


async def contacts(conn: AsyncConnection, wanted: Wanted) -> list[Row[Any]]:
    """In the same order: `id`, `account`, `name`, `of` (the account's name)."""
    return list(await conn.execute(_found(wanted, "contact", _CONTACTS), _given(wanted)))


async def near(conn: AsyncConnection, wanted: Wanted) -> list[Row[Any]]:
    """Where nothing is called so: accounts whose names are spelled almost like it, best first:
    `id`, `name`, `plan`.
    """
    half = {
        one.id: one
        for part in names.halves(wanted.folded)
        for one in await conn.execute(_SIMILAR, {"part": part, "pattern": names.pattern(part)})
    }
    folded = {id: row.folded for id, row in half.items()}
    return [half[id] for id in names.nearest(wanted.folded, folded, NEAR)]


async def opportunities(
    conn: AsyncConnection, wanted: Wanted, accounts: Collection[str]
) -> list[Row[Any]]:
    """The one with this id, and open ones of these accounts, newest first: `id`, `account`,
    `name` (the account's), `offer` (plan or add-on).
    """
    given = {"id": wanted.typed, "accounts": list(accounts), "limit": MOST}
    return list(await conn.execute(_OPPORTUNITIES, given))


async def tasks(conn: AsyncConnection, wanted: Wanted, accounts: Collection[str]) -> list[str]:
    """The ids of the task with this id, and of open ones of these accounts, newest first."""
    given = {"id": wanted.typed, "accounts": list(accounts), "limit": MOST}
    return list((await conn.execute(_TASKS, given)).scalars())


def _given(wanted: Wanted) -> dict[str, Any]:
    return wanted.given | wanted.beginnings | {"limit": MOST}


async def count(conn: AsyncConnection, wanted: Wanted, most: int) -> int:
    """In how many accounts' names it is, counted no further than `most`."""
    statement = f"""
        select count(*) from (select from account_search s
            where s.kind = 'account' and {wanted.condition} limit :most) c
    """
    counted = await conn.execute(text(statement), wanted.given | {"most": most})
    return int(counted.scalar_one())


def _found(wanted: Wanted, kind: str, shown: str) -> Any:
    """Of names that begin with it the first ones, of others a few hundred: so the time is bounded,
    whatever is looked for.
    """
    return text(
        f"""
        with candidate as (
            (select s.account, s.id, s.folded from account_search s
                where s.kind = '{kind}' and s.folded collate "C" >= :from
                    and s.folded collate "C" < :below
                order by s.folded collate "C", s.account limit :limit)
            union
            (select s.account, s.id, s.folded from account_search s
                where s.kind = '{kind}' and {wanted.condition} limit 200)
        ), found as (
            select account, id, row_number() over (order by
                not starts_with(folded || ' ', :whole), not starts_with(folded, :from),
                length(folded), account, id) as n
            from candidate order by n limit :limit)
        {shown} order by f.n
        """
    )


_SIMILAR = text(
    """
    select s.account as id, s.folded, a.name, o.plan
    from (select account, folded from account_search
            where kind = 'account' and grams @> name_pairs(:part) and folded like :pattern
            limit 200) s
        join account a on a.id = s.account
        left join account_overview o on o.account = s.account
    """
)
_ACCOUNTS = """
    select f.account as id, a.name, o.plan from found f join account a on a.id = f.account
        left join account_overview o on o.account = f.account
"""
_CONTACTS = """
    select f.id, f.account, c.name, a.name as of from found f
        join account a on a.id = f.account
        join contact c on c.account = f.account and c.id = f.id
"""
# Planned once and not each time: an array from a query looks equally long to the plan for any
# values and to the one for these.
_OF_THESE = "any(cast((select cast(:accounts as text[])) as text[]))"
_OPPORTUNITIES = text(
    f"""
    select o.id, o.account, a.name, coalesce(o.add_on, o.to_plan) as offer
    from opportunity o left join account a on a.id = o.account
    where (o.id = :id or (o.account = {_OF_THESE} and o.closed_at is null)) and {spares("o")}
    order by o.id = :id desc, o.seq desc limit :limit
    """
)
_TASKS = text(
    f"""
    select t.id from task t
    where (t.id = :id or (t.account = {_OF_THESE} and t.closed_at is null)) and {spares("t")}
    order by t.id = :id desc, t.seq desc limit :limit
    """
)
_PUT = text(
    """
    with given as (
        select g.* from unnest(cast(:accounts as text[]), cast(:kinds as text[]),
            cast(:ids as text[]), cast(:folded as text[])) as g(account, kind, id, folded)
    ), gone as (
        delete from account_search s where s.account = any(cast(:of as text[]))
            and not exists (select from given g where g.account = s.account and g.kind = s.kind
                and g.id = s.id)
    ), owners as (
        select id from account where id = any(cast(:of as text[])) order by id for key share
    )
    insert into account_search (account, kind, id, folded)
    select g.account, g.kind, g.id, g.folded from given g join owners w on w.id = g.account
    where not exists (select from account_search k where k.account = g.account
        and k.kind = g.kind and k.id = g.id and k.folded = g.folded)
    order by g.account, g.kind, g.id
    on conflict (account, kind, id) do update set folded = excluded.folded
    """
)
