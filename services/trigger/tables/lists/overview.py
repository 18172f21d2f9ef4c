"""Overviews of accounts: written a hundred at a time, read as lists."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.overview.summary import Summary
from services.trigger.tables.lists import search
from services.trigger.tables.lists.search import Wanted

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Filters:
    """None: whatever it is. `wanted`: what their name or id holds. `near`: the
    fullest meter is at this percentage or above. `target`: to be approached about an upgrade.
    """

    wanted: Wanted | None = None
    csm: str | None = None
    plan: str | None = None
    segment: str | None = None
    band: str | None = None
    near: int | None = None
    target: bool | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By one of `FIELDS`; accounts without it come last either way, equals are ordered by id."""

    field: str = "account"
    descending: bool = False

    @property
    def key(self) -> str:
        return FIELDS[self.field][0]


Place = tuple[str | None, str]
"""What the last row of a page is sorted by, as text, and its account."""


async def put(
    conn: AsyncConnection,
    summaries: Sequence[Summary],
    seen: Mapping[str, tuple[int, Any]],
    now: datetime,
) -> None:
    """Of an account that is deleted meanwhile nothing is written."""
    if not summaries:
        return
    ordered = sorted(summaries, key=lambda one: one.account)
    columns = {name: [getattr(one, name) for one in ordered] for name in _NAMES}
    counted = [seen[one.account] for one in ordered]
    given = {"tasks": [one[0] for one in counted], "seen": [one[1] for one in counted]}
    await conn.execute(_PUT, columns | given | {"now": now})


async def delete(conn: AsyncConnection, accounts: Collection[str]) -> None:
    if accounts:
        await conn.execute(_DELETE, {"accounts": list(accounts)})


async def page(
    conn: AsyncConnection, filters: Filters, order: Order, after: Place | None, limit: int
) -> list[Row[Any]]:
    """The next rows, each with `key`, which is what it is sorted by, as text."""
    found: list[Row[Any]] = []
    common = filters.wanted is not None and (
        await search.count(conn, filters.wanted, search.COMMON + 1) > search.COMMON
    )
    for statement, given in _parts(filters, order, after, common):
        if len(found) < limit:
            more = await conn.execute(text(statement), given | {"limit": limit - len(found)})
            found += more.all()
    return found


def _parts(
    filters: Filters, order: Order, after: Place | None, common: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those that have a value, then those that have none: an index has each in order."""
    where, given = _where(filters, common=common)
    key, type_ = FIELDS[order.field]
    down, beyond = (" desc", "<") if order.descending else ("", ">")
    if after is None or after[0] is not None:
        start = (
            ""
            if after is None
            else f" and ({key}, o.account) {beyond} (cast(cast(:key as text) as {type_}), :after)"
        )
        place = {} if after is None else {"key": after[0], "after": after[1]}
        yield (
            (
                f"{_SELECT.format(key)} where {where} and {key} is not null{start} "
                f"order by {key}{down}, o.account{down} limit :limit"
            ),
            given | place,
        )
    if order.field in _ALWAYS:
        return
    without = after is not None and after[0] is None
    start = f" and o.account {beyond} :after" if without else ""
    yield (
        (
            f"{_SELECT.format(key)} where {where} and {key} is null{start} "
            f"order by o.account{down} limit :limit"
        ),
        given | ({"after": after[1]} if after is not None and without else {}),
    )


async def count(conn: AsyncConnection, filters: Filters) -> int:
    """How many there are; `MOST_COUNTED` + 1: more than that."""
    if filters.wanted is not None and filters == Filters(filters.wanted):
        return await search.count(conn, filters.wanted, MOST_COUNTED + 1)
    where, given = _where(filters)
    statement = f"""
        select count(*) from (select from account_overview o where {where} limit :most) c
    """
    counted = await conn.execute(text(statement), given | {"most": MOST_COUNTED + 1})
    return int(counted.scalar_one())


def _where(filters: Filters, *, common: bool = False) -> tuple[str, dict[str, Any]]:
    given = {name: value for name in _WHERE if (value := getattr(filters, name)) is not None}
    where = ["true", *(_WHERE[name] for name in given)]
    if filters.target is not None:  # as it stands in the index, not as a parameter
        where.append("o.target" if filters.target else "not o.target")
    if filters.wanted is not None:
        where.append((_COMMON if common else _NAMED).format(filters.wanted.condition))
        given |= filters.wanted.given
    return " and ".join(where), given


_NAMED = """
    o.account in (select s.account from account_search s where s.kind = 'account' and {0})
"""
# Asked of one account after another, in the order of the list: enough are found soon.
_COMMON = """
    (select {0} from account_search s
        where s.account = o.account and s.kind = 'account' and s.id = o.account)
"""
_WHERE = {
    "csm": "o.csm_id = :csm",
    "plan": "o.plan = :plan",
    "segment": "o.segment = :segment",
    "band": "o.band = :band",
    "near": "o.near_percent >= :near",
}
FIELDS: Mapping[str, tuple[str, str]] = {
    "account": ("o.account", "text"),
    "name": ("o.name", "text"),
    "plan": ("o.plan", "text"),
    "segment": ("o.segment", "text"),
    "csm": ("o.csm_name", "text"),
    "ae": ("o.ae_name", "text"),
    "loyalty": (
        "case o.loyalty when 'low' then 0 when 'medium' then 1 when 'high' then 2 end",
        "int",
    ),
    "band": ("case o.band when 'red' then 0 when 'yellow' then 1 when 'green' then 2 end", "int"),
    "score": ("o.score", "numeric"),
    "near_meter": ("o.near_meter", "text"),
    "near_percent": ("o.near_percent", "bigint"),
    "renewal_date": ("o.renewal_date", "date"),
    "arr": ("o.arr", "numeric"),
    "currency": ("o.currency", "text"),
    "open_tasks": ("o.open_tasks", "int"),
    "suppressed": ("o.suppressed::int", "int"),
}
"""What lists may be sorted by: the expression and its type. Each has an index."""
_ALWAYS = frozenset({"account", "name", "loyalty", "open_tasks", "suppressed"})
_NAMES = tuple(one.name for one in fields(Summary))
_SELECT = (
    f"select o.account, {', '.join(f'o.{one}' for one in _NAMES[1:-1])}, o.open_tasks, o.as_of, "
    "({0})::text as key from account_overview o"
)
_TYPES = {
    "score": "numeric",
    "near_percent": "bigint",
    "renewal_date": "date",
    "arr": "numeric",
    "suppressed": "boolean",
    "target": "boolean",
    "due_at": "timestamptz",
}
_COLUMNS = ", ".join(_NAMES)
_CHANGED = ", ".join(
    f"{one} = excluded.{one}" for one in (*_NAMES[1:], "open_tasks", "usage_seen", "as_of")
)
_PUT = text(
    f"""
    insert into account_overview ({_COLUMNS}, open_tasks, usage_seen, as_of)
    select {", ".join(f"s.{one}" for one in _NAMES)}, s.tasks, s.seen, :now
    from unnest({", ".join(f"cast(:{one} as {_TYPES.get(one, 'text')}[])" for one in _NAMES)},
        cast(:tasks as int[]), cast(:seen as numeric[])) as s({_COLUMNS}, tasks, seen)
    join account a on a.id = s.account
    order by s.account for key share of a
    on conflict (account) do update set {_CHANGED}
    """
)
_DELETE = text("delete from account_overview where account = any(cast(:accounts as text[]))")
